//! Shell text to words and operators. A word keeps its quotes: what they mean is for the expansion.

use crate::env::dialect::model::NoteKind;
use std::borrow::Cow;
use std::ops::Range;

/// How deep quotes, `${…}` and `$(…)` may nest before the reader gives up.
const DEPTH: usize = 100;

/// A place where reading ends: an open quote or bracket, or nesting beyond [`DEPTH`].
pub(super) struct Broken {
    pub(super) kind: NoteKind,
    pub(super) at: usize,
}

#[derive(Clone, PartialEq)]
pub(super) enum Token {
    Word(Range<usize>),
    Operator(&'static str),
    Newline,
    End,
}

/// Longest first.
const OPERATORS: [&str; 20] = [
    "&>>", "<<<", "<<-", ";;&", "&&", "||", ";;", ";&", "&>", "|&", "<<", "<&", "<>", ">>", ">&",
    ">|", ";", "&", "|", "<",
];

pub(super) struct Lexer<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

impl Lexer<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    pub(super) fn next(&mut self) -> Result<Token, Broken> {
        loop {
            match self.byte(self.at) {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.byte(self.at + 1) == Some(b'\n') => self.at += 2,
                Some(b'#') => self.at = super::super::text::find_or_end(self.text, self.at, b'\n'),
                _ => break,
            }
        }
        let Some(first) = self.byte(self.at) else {
            return Ok(Token::End);
        };
        if first == b'\n' {
            self.at += 1;
            return Ok(Token::Newline);
        }
        let rest = &self.text[self.at..];
        let operator = OPERATORS
            .iter()
            .chain(&[">", "(", ")"])
            .find(|operator| rest.starts_with(**operator));
        if let Some(operator) = operator {
            self.at += operator.len();
            return Ok(Token::Operator(operator));
        }
        let start = self.at;
        self.at = self.word_end(start)?;
        Ok(Token::Word(start..self.at))
    }

    fn word_end(&self, start: usize) -> Result<usize, Broken> {
        let mut at = start;
        loop {
            at = match self.byte(at) {
                None | Some(b' ' | b'\t' | b'\n' | b'|' | b'&' | b';' | b')' | b'<' | b'>') => {
                    return Ok(at);
                }
                Some(b'(') => {
                    if super::assignment(&self.text[start..at])
                        .is_some_and(|sign| start + sign.end == at)
                    {
                        closing(self.text, at, Closer::Paren, 0)?
                    } else {
                        return Ok(at);
                    }
                }
                Some(_) => piece_end(self.text, at, 0)?,
            };
        }
    }
}

/// The end of the quoted piece, expansion, escape or single byte at `at`.
pub(super) fn piece_end(text: &str, at: usize, depth: usize) -> Result<usize, Broken> {
    let bytes = text.as_bytes();
    let second = if bytes[at] == b'$' {
        joined_next(bytes, at)
    } else {
        at + 1
    };
    match (bytes[at], bytes.get(second)) {
        (b'\\', Some(_)) | (b'$', Some(b'$')) => Ok(second + 1),
        (b'\'', _) => {
            let len = memchr::memchr(b'\'', &bytes[at + 1..]).ok_or(Broken {
                kind: NoteKind::UnclosedQuote,
                at,
            })?;
            Ok(at + 1 + len + 1)
        }
        (b'"', _) => closing(text, at, Closer::Double, depth),
        (b'`', _) => closing(text, at, Closer::Backtick, depth),
        (b'$', Some(b'\'')) => closing(text, second, Closer::Ansi, depth),
        (b'$', Some(b'"')) => closing(text, second, Closer::Double, depth),
        (b'$', Some(b'{')) => closing(text, second, Closer::Brace, depth),
        (b'$', Some(b'(')) => closing(text, second, Closer::Paren, depth),
        _ => Ok(at + 1),
    }
}

/// Where what follows the byte at `at` stands: a `$` and its bracket may be on two lines.
fn joined_next(bytes: &[u8], at: usize) -> usize {
    let mut next = at + 1;
    while bytes
        .get(next..)
        .is_some_and(|rest| rest.starts_with(b"\\\n"))
    {
        next += 2;
    }
    next
}

#[derive(Clone, Copy, PartialEq)]
enum Closer {
    Double,
    Backtick,
    Ansi,
    Brace,
    Paren,
}

/// The position after what closes the quote or bracket that opens at `open`.
fn closing(text: &str, open: usize, closer: Closer, depth: usize) -> Result<usize, Broken> {
    let bytes = text.as_bytes();
    if depth > DEPTH {
        return Err(Broken {
            kind: NoteKind::Unsupported,
            at: open,
        });
    }
    let mut at = open + 1;
    let mut parens = 1_usize;
    while let Some(&byte) = bytes.get(at) {
        match (closer, byte) {
            (_, b'\\') => at += 2,
            (Closer::Double, b'"')
            | (Closer::Backtick, b'`')
            | (Closer::Ansi, b'\'')
            | (Closer::Brace, b'}') => {
                return Ok(at + 1);
            }
            (Closer::Paren, b'(') => {
                parens += 1;
                at += 1;
            }
            (Closer::Paren, b')') if parens == 1 => return Ok(at + 1),
            (Closer::Paren, b')') => {
                parens -= 1;
                at += 1;
            }
            (Closer::Backtick | Closer::Ansi, _) | (Closer::Double, b'\'') => at += 1,
            (Closer::Double, b'$')
                if matches!(bytes.get(joined_next(bytes, at)), Some(b'\'' | b'"')) =>
            {
                at += 1;
            }
            (Closer::Double | Closer::Brace | Closer::Paren, b'`' | b'$' | b'\'' | b'"') => {
                at = piece_end(text, at, depth + 1)?;
            }
            _ => at += 1,
        }
    }
    Err(Broken {
        kind: NoteKind::UnclosedQuote,
        at: open,
    })
}

/// A word without its line continuations, which vanish everywhere but in single quotes, also inside a name.
pub(super) fn joined(raw: &str) -> Cow<'_, str> {
    if !raw.contains("\\\n") {
        return Cow::Borrowed(raw);
    }
    let bytes = raw.as_bytes();
    let mut out = String::with_capacity(raw.len());
    let (mut at, mut kept, mut double) = (0, 0, false);
    while at < raw.len() {
        match bytes[at] {
            b'\\' if bytes.get(at + 1) == Some(&b'\n') => {
                out.push_str(&raw[kept..at]);
                at += 2;
                kept = at;
            }
            b'\\' => at += 2,
            b'\'' if !double => at = piece_end(raw, at, 0).unwrap_or(raw.len()),
            byte => {
                double ^= byte == b'"';
                at += 1;
            }
        }
    }
    out.push_str(&raw[kept..]);
    Cow::Owned(out)
}
