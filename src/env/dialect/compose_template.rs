//! The `$NAME` and `${NAME…}` templates of compose files.

use super::EXPANSION_LIMIT;
use super::model::{Ambient, Values};
use memchr::{memchr, memrchr};

/// How deep `${A:-${B:-…}}` is followed. Compose itself has no limit but its stack.
const DEPTH: usize = 100;

/// Why a template is refused; all of them cost the whole file.
pub(super) enum Failure {
    /// `${` without a name, or with an operator that does not exist.
    Invalid,
    /// `${NAME:?…}` or `${NAME?…}` and it is not set.
    Required,
    /// The outcome would outgrow [`EXPANSION_LIMIT`], or nests beyond [`DEPTH`].
    Limit,
}

/// Expands the values of one file.
pub(super) struct Template<'e> {
    ambient: &'e Ambient,
    room: usize,
}

impl<'e> Template<'e> {
    pub(super) fn new(ambient: &'e Ambient) -> Self {
        Self {
            ambient,
            room: EXPANSION_LIMIT,
        }
    }

    /// The text with every reference replaced; the process environment is asked before the earlier lines.
    pub(super) fn substitute(&mut self, text: &str, earlier: &Values) -> Result<String, Failure> {
        if memchr(b'$', text.as_bytes()).is_none() {
            return Ok(text.to_owned());
        }
        let mut out = String::new();
        self.append(text, earlier, &mut out, 0)?;
        self.room = self.room.checked_sub(out.len()).ok_or(Failure::Limit)?;
        Ok(out)
    }

    fn get<'v>(&'v self, name: &str, earlier: &'v Values) -> Option<&'v str> {
        self.ambient.get(name).or_else(|| earlier.value(name))
    }

    fn append(
        &self,
        text: &str,
        earlier: &Values,
        out: &mut String,
        depth: usize,
    ) -> Result<(), Failure> {
        if depth > DEPTH {
            return Err(Failure::Limit);
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(len) = memchr(b'$', &bytes[at..]) {
            let dollar = at + len;
            out.push_str(&text[at..dollar]);
            if out.len() > self.room {
                return Err(Failure::Limit);
            }
            at = dollar + 1;
            match bytes.get(at) {
                Some(b'$') => {
                    out.push('$');
                    at += 1;
                }
                Some(b'{') => {
                    let end = braced_end(text, at)?;
                    at = self.braced(text, at, end, earlier, out, depth)?;
                }
                _ => {
                    let end = name_end(text, at);
                    if end > at {
                        out.push_str(self.get(&text[at..end], earlier).unwrap_or(""));
                    } else {
                        out.push('$');
                    }
                    at = end;
                }
            }
        }
        out.push_str(&text[at..]);
        Ok(())
    }

    /// Replaces the `{…}` from `open`, of which the expression takes all up to `end`; where reading goes on.
    fn braced(
        &self,
        text: &str,
        open: usize,
        end: usize,
        earlier: &Values,
        out: &mut String,
        depth: usize,
    ) -> Result<usize, Failure> {
        let name_stop = name_end(text, open + 1);
        let name = &text[open + 1..name_stop];
        let value = self.get(name, earlier);
        if text.as_bytes()[name_stop] == b'}' {
            out.push_str(value.unwrap_or(""));
            return Ok(end);
        }
        // The expression is greedy up to the last brace; the inner text ends where the braces balance.
        let close = balanced(&text.as_bytes()[open..end]).map_or(end - 1, |len| open + len);
        let colon = text[name_stop..].starts_with(':');
        let operator = name_stop + usize::from(colon);
        let Some(word) = text.get(operator + 1..close) else {
            return Err(Failure::Invalid);
        };
        let counts = value.filter(|value| !colon || !value.is_empty());
        let mut default = String::new();
        // Compose 2.40 expands the word whether it is needed or not, so an error in it always counts.
        self.append(word, earlier, &mut default, depth + 1)?;
        match (text.as_bytes()[operator], counts) {
            (b'-' | b'?', Some(value)) => out.push_str(value),
            (b'?', None) => return Err(Failure::Required),
            (b'+', None) => out.push_str(value.unwrap_or("")),
            _ => out.push_str(&default),
        }
        Ok(close + 1)
    }
}

/// `{NAME}` or `{NAME op …}` up to the last `}` on the line.
fn braced_end(text: &str, open: usize) -> Result<usize, Failure> {
    let bytes = text.as_bytes();
    let stop = name_end(text, open + 1);
    if stop == open + 1 {
        return Err(Failure::Invalid);
    }
    let operator = match bytes.get(stop) {
        Some(b'}') => return Ok(stop + 1),
        Some(b':') => stop + 1,
        _ => stop,
    };
    if !matches!(bytes.get(operator), Some(b'-' | b'?' | b'+')) {
        return Err(Failure::Invalid);
    }
    let line_end = memchr(b'\n', &bytes[operator..]).map_or(bytes.len(), |len| operator + len);
    let last = memrchr(b'}', &bytes[operator + 1..line_end]).ok_or(Failure::Invalid)?;
    Ok(operator + 1 + last + 1)
}

/// The brace that closes the first one. The original also skips the byte after each opening brace.
fn balanced(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut open) = (0, 0_isize);
    loop {
        at += memchr::memchr2(b'{', b'}', bytes.get(at..)?)?;
        if bytes[at] == b'{' {
            open += 1;
            at += 2;
        } else {
            open -= 1;
            if open == 0 {
                return Some(at);
            }
            at += 1;
        }
    }
}

/// `[_a-z][_a-z0-9]*` in any case; Go folds the long s and the Kelvin sign in, too.
fn name_end(text: &str, start: usize) -> usize {
    if text[start..].starts_with(|c: char| c.is_ascii_digit()) {
        return start;
    }
    super::text::skip(text, start, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '\u{17F}' | '\u{212A}')
    })
}
