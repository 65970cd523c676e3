//! How grave a log line is, as uvicorn, loguru, Celery, Next, structlog, pino, Postgres, Valkey and
//! the others of this stack say it.

mod compiler;
pub(super) mod crash;
mod json;
mod nothing;

use std::fmt;
use std::str::FromStr;

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Every step.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// What usually happens; also what says nothing of itself.
    Info,
    /// Look at it.
    Warn,
    /// Broken.
    Error,
}

impl Level {
    /// `error`, as it is typed and stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level that a word of a log means, in whatever case.
    fn word(word: &[u8]) -> Option<Self> {
        const WORDS: [(&str, Level); 26] = [
            ("trace", Level::Trace),
            ("verbose", Level::Trace),
            ("silly", Level::Trace),
            ("debug", Level::Debug),
            ("info", Level::Info),
            ("information", Level::Info),
            ("notice", Level::Info),
            ("success", Level::Info),
            ("log", Level::Info),
            ("event", Level::Info),
            ("wait", Level::Info),
            ("ready", Level::Info),
            ("warn", Level::Warn),
            ("warning", Level::Warn),
            // Alembic's own format cuts its words to five letters.
            ("warni", Level::Warn),
            ("criti", Level::Error),
            ("error", Level::Error),
            ("err", Level::Error),
            ("err!", Level::Error),
            ("critical", Level::Error),
            ("crit", Level::Error),
            ("alert", Level::Error),
            ("emerg", Level::Error),
            ("fatal", Level::Error),
            ("panic", Level::Error),
            ("exception", Level::Error),
        ];
        WORDS
            .iter()
            .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word))
            .map(|(_, level)| *level)
    }

    /// pino's and bunyan's numbers.
    fn number(number: u32) -> Self {
        match number {
            0..20 => Self::Trace,
            20..30 => Self::Debug,
            30..40 => Self::Info,
            40..50 => Self::Warn,
            _ => Self::Error,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "trace" => Ok(Self::Trace),
            "debug" => Ok(Self::Debug),
            "info" => Ok(Self::Info),
            "warn" | "warning" => Ok(Self::Warn),
            "error" => Ok(Self::Error),
            _ => Err(format!(
                "`{text}` is no level, expected trace, debug, info, warn or error"
            )),
        }
    }
}

/// As much of a line as its level stands in, without escape sequences.
const HEAD: usize = 200;

/// How far into a JSON line its level is looked for.
const JSON_HEAD: usize = 16 * 1024;

/// Words that are looked at.
const WORDS: usize = 9;

/// The level that a line states; none when it states none.
#[must_use]
pub fn of(line: &[u8]) -> Option<Level> {
    let mut head = [0; HEAD];
    let head = visible(line, &mut head).trim_ascii();
    match head.first()? {
        b'{' => json::level(&line[..line.len().min(JSON_HEAD)], stated),
        // pytest's margin beside what failed.
        b'E' if head.starts_with(b"E   ") => Some(Level::Error),
        // A row of a table, whose columns may be called so.
        b'|' if head.ends_with(b"|") => None,
        0xe2 | 0xc3 | 0xf0 => sign(head).or_else(|| words(head)),
        _ => words(head).or_else(|| crash::is_of_ruby(line).then_some(Level::Error)),
    }
}

/// How grave a line is that stands by itself: whoever states nothing says what usually happens.
#[must_use]
pub fn alone(line: &[u8]) -> Level {
    of(line).unwrap_or(Level::Info)
}

/// The beginning of a line without escape sequences.
pub(super) fn visible<'a>(line: &'a [u8], room: &'a mut [u8]) -> &'a [u8] {
    let head = &line[..line.len().min(room.len())];
    if memchr::memchr(0x1b, head).is_none() {
        return head;
    }
    let (mut from, mut length) = (0, 0);
    while from < line.len() && length < room.len() {
        if line[from] == 0x1b {
            from += crate::text::escape(&line[from..]).0;
        } else {
            room[length] = line[from];
            (from, length) = (from + 1, length + 1);
        }
    }
    &room[..length]
}

/// Next and its kind say it with a sign.
fn sign(head: &[u8]) -> Option<Level> {
    let starts = |signs: &[&str]| signs.iter().any(|sign| head.starts_with(sign.as_bytes()));
    // esbuild has its word behind it: `▲ [WARNING] …`.
    let word = head.split(u8::is_ascii_whitespace).nth(1);
    let word = word.filter(|word| word.starts_with(b"["));
    if let Some(level) = word.and_then(|word| Level::word(trimmed(word))) {
        return Some(level);
    }
    if starts(&["⨯", "✖", "✗", "✘", "×", "❌"]) {
        Some(Level::Error)
    } else if starts(&["⚠"]) {
        Some(Level::Warn)
    } else if starts(&["✓", "✔", "○", "▲", "●", "◐"]) {
        Some(Level::Info)
    } else {
        None
    }
}

fn words(head: &[u8]) -> Option<Level> {
    let mut parts = head
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .take(WORDS);
    let first = parts.next()?;
    if first == b"thread" && parts.clone().any(|word| word == b"panicked") {
        return Some(Level::Error);
    }
    if crash::is_said(head) {
        return Some(Level::Error);
    }
    if let Some(level) = first_word(first, parts.clone().next()) {
        let is_none = level >= Level::Warn && nothing::is_said(first, parts);
        return (!is_none).then_some(level);
    }
    // `2026-11-24 15:00:00,123 - app - ERROR - …`: behind a stamp, a word in capitals is a level. Nest has its
    // own name and a number before it.
    let stamped = first == b"[Nest]"
        || first
            .iter()
            .find(|byte| **byte != b'[')
            .is_some_and(u8::is_ascii_digit);
    let (mut before, mut is_vite) = (first, first == b"[vite]");
    for (index, word) in parts.enumerate() {
        if let Some(level) = word.strip_prefix(b"level=").or(word.strip_prefix(b"lvl=")) {
            return Level::word(trimmed(level));
        }
        let open = matches!(word.first(), Some(b'[' | b'<' | b'('));
        let fenced = matches!(before, b"|" | b"-" | b":");
        if (open || stamped || fenced) && (index < 5 || stamped) {
            let core = trimmed(word);
            let core = core.split(|byte| *byte == b'/').next().unwrap_or(core);
            let capitals = core.iter().all(u8::is_ascii_uppercase);
            if (open || capitals)
                && let Some(level) = Level::word(core)
            {
                return Some(level);
            }
        }
        if let Some(level) = compiler::level(before, word, is_vite) {
            return Some(level);
        }
        is_vite |= word == b"[vite]";
        // Valkey: `4711:M 24 Nov 2026 15:00:00.123 # …`.
        if index == 4 && first.contains(&b':') {
            match word {
                b"#" if head.ends_with(b", aborting.") => return Some(Level::Error),
                b"#" => return Some(Level::Warn),
                b"*" => return Some(Level::Info),
                b"-" | b"." => return Some(Level::Debug),
                _ => {}
            }
        }
        if word.ends_with(b"Warning:") && index < 3 {
            return Some(Level::Warn);
        }
        before = word;
    }
    None
}

/// A level at the very beginning: `INFO:`, `[warn]`, `error - `, `ValueError: `, `npm ERR!`.
fn first_word(first: &[u8], next: Option<&[u8]>) -> Option<Level> {
    if first == b"Traceback" || first == b"panicked" {
        return Some(Level::Error);
    }
    // `Uncaught TypeError: …`, `Uncaught (in promise) …`.
    if first == b"Uncaught"
        && next.is_some_and(|next| next == b"(in" || is_error_class(trimmed(next)))
    {
        return Some(Level::Error);
    }
    if let Some(level) = glog(first, next).or_else(|| ruby(first, next)) {
        return Some(level);
    }
    if matches!(first, b"npm" | b"bun" | b"warning") {
        let word = if first == b"warning" {
            Some(first)
        } else {
            next
        };
        return word.and_then(|word| Level::word(trimmed(word)));
    }
    if let Some(level) = first
        .strip_prefix(b"level=")
        .or(first.strip_prefix(b"lvl="))
    {
        return Level::word(trimmed(level));
    }
    // Python's own format joins them: `WARNING:root:…`.
    let core = first.split(|byte| *byte == b':').next().unwrap_or(first);
    let colon = core.len() < first.len();
    let fenced = colon || matches!(first.first(), Some(b'[' | b'<' | b'(')) || next == Some(b"-");
    let core = trimmed(core);
    let capitals = core.iter().all(u8::is_ascii_uppercase);
    if (fenced || capitals)
        && let Some(level) = Level::word(core)
    {
        return Some(level);
    }
    let name = core.rsplit(|byte| *byte == b'.').next().unwrap_or(core);
    // Node puts a code between: `Error [ERR_MODULE_NOT_FOUND]: …`, `AggregateError [ECONNREFUSED]: `.
    let coded = next.is_some_and(|next| {
        next.starts_with(b"[ERR_") || (next.starts_with(b"[E") && next.ends_with(b"]:"))
    });
    let class = (colon || coded) && name.first().is_some_and(u8::is_ascii_uppercase);
    if class && is_error_class(name) {
        return Some(Level::Error);
    }
    (class && name.ends_with(b"Warning")).then_some(Level::Warn)
}

fn is_error_class(name: &[u8]) -> bool {
    name.ends_with(b"Error") || name.ends_with(b"Exception")
}

/// glog's letter, month and day, which a time follows: `W1129 12:00:00.000000       1 file.go:3] …`.
fn glog(first: &[u8], next: Option<&[u8]>) -> Option<Level> {
    let (letter, day) = first.split_first()?;
    let stamped = day.len() == 4
        && day.iter().all(u8::is_ascii_digit)
        && next.is_some_and(|next| next.get(2) == Some(&b':') && next.get(5) == Some(&b':'));
    match letter {
        _ if !stamped => None,
        b'I' => Some(Level::Info),
        b'W' => Some(Level::Warn),
        b'E' | b'F' => Some(Level::Error),
        _ => None,
    }
}

/// Ruby's logger has a letter before its stamp: `E, [2026-11-30T08:00:00.123456 #7] ERROR -- : broken`.
fn ruby(first: &[u8], next: Option<&[u8]>) -> Option<Level> {
    let stamp = next?.strip_prefix(b"[")?;
    let (letter, rest) = first.split_first()?;
    match letter {
        _ if rest != b"," || !stamp.first().is_some_and(u8::is_ascii_digit) => None,
        b'D' => Some(Level::Debug),
        b'I' | b'A' => Some(Level::Info),
        b'W' => Some(Level::Warn),
        b'E' | b'F' => Some(Level::Error),
        _ => None,
    }
}

fn trimmed(word: &[u8]) -> &[u8] {
    let noise = |byte: &u8| {
        matches!(
            byte,
            b'[' | b']'
                | b'('
                | b')'
                | b'{'
                | b'}'
                | b'<'
                | b'>'
                | b'|'
                | b':'
                | b','
                | b';'
                | b'*'
                | b'-'
                | b'"'
                | b'\''
        )
    };
    let from = word.iter().position(|byte| !noise(byte)).unwrap_or(0);
    let to = word
        .iter()
        .rposition(|byte| !noise(byte))
        .map_or(0, |at| at + 1);
    word.get(from..to).unwrap_or_default()
}

/// What JSON has for a level: a word, or a number, which may be a text as well.
fn stated(value: &[u8]) -> Option<Level> {
    Level::word(value.trim_ascii()).or_else(|| {
        let number = std::str::from_utf8(value).ok()?.parse().ok()?;
        Some(Level::number(number))
    })
}

#[cfg(test)]
mod tests;
