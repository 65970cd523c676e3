//! Words to text: quotes, escapes, `$NAME`, `${…}`, `$((…))`, tildes.

use super::lexer::{joined, piece_end};
use super::{Shell, Stop, arithmetic, name_len, pattern};
use crate::env::dialect::model::NoteKind;
use std::ops::Range;

/// How deep `${A:-${B:-…}}` is followed.
const DEPTH: usize = 100;

/// Text that grows piece by piece and, for words of a command, breaks at unquoted blanks that came from expansion.
#[derive(Default)]
struct Out {
    done: Vec<String>,
    current: Option<String>,
    splits: bool,
}

impl Out {
    fn literal(&mut self, text: &str) {
        self.current.get_or_insert_default().push_str(text);
    }

    fn expanded(&mut self, text: &str, quoted: bool) {
        if quoted || !self.splits {
            return self.literal(text);
        }
        let mut rest = text;
        while let Some(at) = rest.find([' ', '\t', '\n']) {
            if at > 0 {
                self.literal(&rest[..at]);
            }
            self.done.extend(self.current.take());
            rest = rest[at..].trim_start_matches([' ', '\t', '\n']);
        }
        if !rest.is_empty() {
            self.literal(rest);
        }
    }

    fn len(&self) -> usize {
        self.current.as_ref().map_or(0, String::len)
    }
}

/// The piece of the file that an expansion belongs to, for notes.
type Place = Range<usize>;

impl Shell<'_> {
    /// The fields of a command word; none if all of it expands to nothing.
    pub(super) fn fields(&mut self, word: Range<usize>) -> Result<Vec<String>, Stop> {
        let mut out = Out {
            splits: true,
            ..Out::default()
        };
        let text = self.text;
        self.expand(&joined(&text[word.clone()]), false, &word, &mut out, 0)?;
        out.done.extend(out.current.take());
        Ok(out.done)
    }

    /// The value of an assignment: not split, and with tildes at the start and after each colon.
    pub(super) fn assigned(&mut self, raw: &str, place: &Place) -> Result<String, Stop> {
        let mut out = Out::default();
        let mut at = 0;
        let mut fresh = true;
        while at < raw.len() {
            let end = piece_end(raw, at, 0).map_err(|_| Stop::Line)?;
            let end = if raw.is_char_boundary(end) {
                end
            } else {
                next_boundary(raw, end)
            };
            if fresh
                && raw[at..].starts_with('~')
                && matches!(raw.as_bytes().get(end), None | Some(b'/' | b':'))
            {
                let home = self.get("HOME").unwrap_or("~").to_owned();
                out.literal(&home);
            } else if raw.as_bytes()[at] == b'$' {
                // A reference is longer than its first piece: the name follows the dollar.
                let end = reference_end(raw, at, end);
                self.expand(&raw[at..end], false, place, &mut out, 0)?;
                fresh = false;
                at = end;
                continue;
            } else {
                self.expand(&raw[at..end], false, place, &mut out, 0)?;
            }
            fresh = raw.as_bytes()[at] == b':';
            at = end;
        }
        self.spend(out.len(), place)?;
        Ok(out.current.unwrap_or_default())
    }

    fn spend(&mut self, len: usize, place: &Place) -> Result<(), Stop> {
        self.room = self
            .room
            .checked_sub(len)
            .ok_or_else(|| Stop::Shell(NoteKind::ExpansionLimit, place.clone()))?;
        Ok(())
    }

    fn expand(
        &mut self,
        raw: &str,
        quoted: bool,
        place: &Place,
        out: &mut Out,
        depth: usize,
    ) -> Result<(), Stop> {
        if depth > DEPTH {
            self.note(NoteKind::Unsupported, place.clone());
            return Err(Stop::Line);
        }
        let bytes = raw.as_bytes();
        let mut at = 0;
        while at < raw.len() {
            if out.len() > self.room {
                return Err(Stop::Shell(NoteKind::ExpansionLimit, place.clone()));
            }
            let piece = piece_end(raw, at, 0);
            let next = bytes.get(at + 1).copied();
            let opens = match bytes[at] {
                b'\'' => !quoted,
                b'"' => true,
                b'$' => {
                    matches!(next, Some(b'{' | b'('))
                        || (!quoted && matches!(next, Some(b'\'' | b'"')))
                }
                _ => false,
            };
            if opens && piece.is_err() {
                self.note(NoteKind::InvalidExpansion, place.clone());
                return Err(Stop::Line);
            }
            let end = piece.map_or(raw.len(), |end| next_boundary(raw, end));
            match (bytes[at], next) {
                (b'\\', Some(b'$' | b'`' | b'"' | b'\\')) => out.literal(&raw[at + 1..end]),
                (b'\\', Some(_)) if !quoted => out.literal(&raw[at + 1..end]),
                (b'\'', _) if !quoted && end > at + 1 => out.literal(&raw[at + 1..end - 1]),
                (b'\'', _) if quoted => {
                    out.literal("'");
                    at += 1;
                    continue;
                }
                (b'"', _) if end > at + 1 => {
                    out.literal("");
                    self.expand(&raw[at + 1..end - 1], true, place, out, depth + 1)?;
                }
                (b'`', _) => {
                    self.note(NoteKind::Command, place.clone());
                    self.status = 127;
                }
                (b'$', Some(b'\'')) if !quoted => out.literal(&ansi(&raw[at + 2..end - 1])),
                (b'$', Some(b'"')) if !quoted => {
                    out.literal("");
                    self.expand(&raw[at + 2..end - 1], true, place, out, depth + 1)?;
                }
                (b'$', Some(b'\'' | b'"')) => {
                    out.literal("$");
                    at += 1;
                    continue;
                }
                (b'$', Some(b'{')) => {
                    self.braced(&raw[at + 2..end - 1], quoted, place, out, depth)?;
                }
                (b'$', Some(b'(')) => {
                    self.parenthesised(&raw[at + 2..end - 1], quoted, place, out, depth)?;
                }
                (b'$', Some(_)) => {
                    let end = reference_end(raw, at, end);
                    if end > at + 1 {
                        let value = self.parameter(&raw[at + 1..end]);
                        out.expanded(&value.unwrap_or_default(), quoted);
                    } else {
                        out.literal("$");
                    }
                    at = end;
                    continue;
                }
                _ => out.literal(&raw[at..end]),
            }
            at = end;
        }
        Ok(())
    }

    /// A variable or special parameter. The process id is not known before there is a process.
    fn parameter(&self, name: &str) -> Option<String> {
        Some(match name {
            "$" => "PID".to_owned(),
            "?" => self.status.to_string(),
            "#" => "0".to_owned(),
            "-" => "ahBc".to_owned(),
            "0" => "bash".to_owned(),
            _ => return self.get(name).map(str::to_owned),
        })
    }

    fn parenthesised(
        &mut self,
        inner: &str,
        quoted: bool,
        place: &Place,
        out: &mut Out,
        depth: usize,
    ) -> Result<(), Stop> {
        let Some(expression) = inner
            .strip_prefix('(')
            .and_then(|inner| inner.strip_suffix(')'))
        else {
            self.note(NoteKind::Command, place.clone());
            self.status = 127;
            return Ok(());
        };
        let mut text = Out::default();
        self.expand(expression, true, place, &mut text, depth + 1)?;
        let value = arithmetic::evaluate(&text.current.unwrap_or_default(), |name| {
            self.get(name).map(str::to_owned)
        });
        if let Some(value) = value {
            out.expanded(&value.to_string(), quoted);
            return Ok(());
        }
        self.note(NoteKind::InvalidExpansion, place.clone());
        Err(Stop::Line)
    }

    /// The inside of `${…}`.
    fn braced(
        &mut self,
        inner: &str,
        quoted: bool,
        place: &Place,
        out: &mut Out,
        depth: usize,
    ) -> Result<(), Stop> {
        if let Some(name) = inner.strip_prefix('#')
            && parameter_len(name) == name.len()
            && !name.is_empty()
        {
            let length = self
                .parameter(name)
                .map_or(0, |value| value.chars().count());
            out.expanded(&length.to_string(), quoted);
            return Ok(());
        }
        let len = parameter_len(inner);
        if len == 0 {
            return self.bad_substitution(place);
        }
        let (name, rest) = inner.split_at(len);
        let value = self.parameter(name);
        let (colon, operator) = rest
            .strip_prefix(':')
            .map_or((false, rest), |operator| (true, operator));
        let counts = value.clone().filter(|value| !colon || !value.is_empty());
        let mut chars = operator.chars();
        let kind = chars.next();
        let word = chars.as_str();
        match kind {
            None if !colon => out.expanded(&value.unwrap_or_default(), quoted),
            Some('-') => match counts {
                Some(value) => out.expanded(&value, quoted),
                None => self.expand(word, quoted, place, out, depth + 1)?,
            },
            Some('+') if counts.is_some() => self.expand(word, quoted, place, out, depth + 1)?,
            Some('+') => {}
            Some('=') => match counts {
                Some(value) => out.expanded(&value, quoted),
                None if super::is_name(name) => {
                    let value = self.word_text(word, quoted, place, depth)?;
                    self.set(name, value.clone(), place.clone(), place.clone());
                    out.expanded(&value, quoted);
                }
                None => return self.bad_substitution(place),
            },
            Some('?') => match counts {
                Some(value) => out.expanded(&value, quoted),
                None => return Err(Stop::Shell(NoteKind::RequiredUnset, place.clone())),
            },
            Some(kind @ ('#' | '%')) if !colon => {
                let (longest, word) = word
                    .strip_prefix(kind)
                    .map_or((false, word), |word| (true, word));
                let glob = self.word_text(word, false, place, depth)?;
                let value = value.unwrap_or_default();
                out.expanded(pattern::strip(&value, &glob, kind == '#', longest), quoted);
            }
            Some('/' | '^' | ',' | '@' | '[') if !colon => {
                self.note(NoteKind::Unsupported, place.clone());
            }
            _ if colon => self.note(NoteKind::Unsupported, place.clone()),
            _ => return self.bad_substitution(place),
        }
        Ok(())
    }

    fn word_text(
        &mut self,
        word: &str,
        quoted: bool,
        place: &Place,
        depth: usize,
    ) -> Result<String, Stop> {
        let mut out = Out::default();
        self.expand(word, quoted, place, &mut out, depth + 1)?;
        Ok(out.current.unwrap_or_default())
    }

    fn bad_substitution(&mut self, place: &Place) -> Result<(), Stop> {
        self.note(NoteKind::InvalidExpansion, place.clone());
        Err(Stop::Line)
    }
}

/// The end of `$NAME`, `$1` or `$?`; a quoted or bracketed piece ends where it was found to end.
fn reference_end(raw: &str, dollar: usize, piece: usize) -> usize {
    if piece > dollar + 1 {
        piece
    } else {
        dollar + 1 + bare_len(&raw[dollar + 1..])
    }
}

/// A name, or one special character or digit.
fn bare_len(text: &str) -> usize {
    match name_len(text) {
        0 => usize::from(
            text.starts_with(['@', '*', '#', '?', '-', '$', '!'])
                || text.starts_with(|c: char| c.is_ascii_digit()),
        ),
        len => len,
    }
}

/// As [`bare_len`], but `${12}` has both digits.
fn parameter_len(text: &str) -> usize {
    match text.bytes().take_while(u8::is_ascii_digit).count() {
        0 => bare_len(text),
        digits => digits,
    }
}

fn next_boundary(text: &str, at: usize) -> usize {
    (at..=text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(text.len())
}

/// The escapes of `$'…'`.
fn ansi(raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        let number = |skip: usize, most: usize, radix: u32| {
            let digits = rest[skip..]
                .chars()
                .take(most)
                .take_while(|c| c.is_digit(radix))
                .count();
            let code = u32::from_str_radix(&rest[skip..skip + digits], radix)
                .ok()
                .and_then(char::from_u32);
            code.map(|c| (c, skip + digits))
        };
        let (escaped, len) = match c {
            'a' => ('\u{7}', 1),
            'b' => ('\u{8}', 1),
            'e' | 'E' => ('\u{1B}', 1),
            'f' => ('\u{C}', 1),
            'n' => ('\n', 1),
            'r' => ('\r', 1),
            't' => ('\t', 1),
            'v' => ('\u{B}', 1),
            '\\' | '\'' | '"' | '?' => (c, 1),
            '0'..='7' => number(0, 3, 8).unwrap_or(('\\', 0)),
            'x' => number(1, 2, 16).unwrap_or(('\\', 0)),
            'u' => number(1, 4, 16).unwrap_or(('\\', 0)),
            'U' => number(1, 8, 16).unwrap_or(('\\', 0)),
            _ => ('\\', 0),
        };
        out.push(escaped);
        rest = &rest[len..];
    }
    out.push_str(rest);
    out
}
