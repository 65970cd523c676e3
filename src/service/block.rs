//! Lines that belong together: a traceback, an error with its stack. They have one level, and on a
//! merged screen nobody else's line may stand among them.

use std::sync::LazyLock;
use std::time::Duration;

use memchr::memmem::Finder;

use super::level::{self, Level};

/// Lines without a level of their own that still belong to an error's message.
const TAIL: u8 = 10;

/// They come at once: whoever writes a message of several lines does not wait between them.
const AT_ONCE: Duration = Duration::from_millis(50);

/// What the last line of a service leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Open {
    /// Nothing: the next line may be anybody's.
    #[default]
    No,
    /// An error, whose stack may follow.
    Perhaps,
    /// A traceback, whose last line is yet to come.
    Surely,
}

/// Reads the lines of one service in their order.
#[derive(Debug, Clone, Default)]
pub struct Block {
    level: Option<Level>,
    open: Open,
    tail: u8,
    /// When the last line came that is not empty.
    last: Duration,
}

impl Block {
    /// The level of the next line: its own, or that of the lines which it continues. It came `at` that
    /// time, counted from any moment.
    pub fn level(&mut self, line: &[u8], at: Duration) -> Level {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let at_once = at.saturating_sub(self.last) <= AT_ONCE;
        if !line.is_empty() {
            self.last = at;
        }
        if self.continues(line, at_once) {
            return self.level.unwrap_or(Level::Info);
        }
        let own = level::of(line);
        self.level = own;
        self.tail = 0;
        self.open = Open::No;
        if own == Some(Level::Error) {
            self.open = if traceback(line) {
                Open::Surely
            } else {
                Open::Perhaps
            };
            self.tail = TAIL;
        }
        own.unwrap_or(Level::Info)
    }

    /// Whether more of the same is to come.
    #[must_use]
    pub fn open(&self) -> Open {
        self.open
    }

    fn continues(&mut self, line: &[u8], at_once: bool) -> bool {
        let mut head = [0; 64];
        let head = level::visible(line, &mut head);
        let Some(first) = head.first() else {
            // An empty line separates the links of a chain of exceptions.
            return true;
        };
        if self.open == Open::Surely {
            if !first.is_ascii_whitespace() && !traceback(line) {
                self.open = Open::Perhaps;
                self.tail = TAIL;
            }
            return true;
        }
        if traceback(line) && self.level == Some(Level::Error) && self.open != Open::No {
            self.open = Open::Surely;
            return true;
        }
        if first.is_ascii_whitespace() {
            return self.level.is_some() && level::of(line).is_none() && !request(head);
        }
        if matches!(first, b'}' | b']' | b')') && self.level.is_some() {
            return true;
        }
        let linked = head.starts_with(b"During handling of the above")
            || head.starts_with(b"The above exception was");
        let told = at_once && !request(head) && level::of(line).is_none();
        if self.tail > 0 && (linked || told) {
            self.tail -= 1;
            return true;
        }
        false
    }
}

/// A time as RFC 3339 has it, counted from 1970: what [`Block::level`] is told of lines that came
/// earlier or elsewhere. The beginning for what is no time.
#[must_use]
pub fn moment(time: &str) -> Duration {
    let time = time.parse::<jiff::Timestamp>().unwrap_or_default();
    Duration::try_from(time.as_duration()).unwrap_or_default()
}

fn traceback(line: &[u8]) -> bool {
    // Made once: it is asked for every line.
    static WORDS: LazyLock<Finder<'static>> =
        LazyLock::new(|| Finder::new(b"Traceback (most recent call last)"));
    WORDS.find(line).is_some()
}

/// What servers say of requests, which Next indents: ` GET / 200 in 12ms`, and behind an address and
/// a time `127.0.0.1 - - [24/Nov/2026 15:00:00] "GET / HTTP/1.1" 500 -`.
fn request(head: &[u8]) -> bool {
    let mut word = head.trim_ascii_start();
    if word.first().is_some_and(u8::is_ascii_hexdigit)
        && let Some(at) = memchr::memchr(b']', word)
        && let Some(quoted) = word[at + 1..].strip_prefix(b" \"")
    {
        word = quoted;
    }
    [
        &b"GET "[..],
        b"POST ",
        b"PUT ",
        b"PATCH ",
        b"DELETE ",
        b"HEAD ",
        b"OPTIONS ",
    ]
    .iter()
    .any(|method| word.starts_with(method))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(text: &str) -> Vec<(Level, Open)> {
        let mut block = Block::default();
        text.lines()
            .map(|line| (block.level(line.as_bytes(), Duration::ZERO), block.open()))
            .collect()
    }

    #[test]
    fn moments_are_apart_as_their_times_are() {
        let [one, other] = ["2026-11-24T14:02:11.000Z", "2026-11-24T14:02:11.250001Z"].map(moment);
        assert_eq!(one + Duration::from_micros(250_001), other);
        assert_eq!(moment("never"), Duration::ZERO);
    }

    const TRACEBACK: [&str; 3] = [
        "Traceback (most recent call last):",
        "  File \"x.py\", line 1, in <module>",
        "ValueError: no",
    ];

    #[test]
    fn lines_that_come_later_are_no_part_of_an_error() {
        for error in [&TRACEBACK[..], &["ERROR: it broke"]] {
            let mut block = Block::default();
            for line in error {
                block.level(line.as_bytes(), Duration::from_mins(1));
            }
            let mut later = |line: &str, millis| {
                let at = Duration::from_mins(1) + Duration::from_millis(millis);
                let level = block.level(line.as_bytes(), at);
                (level, block.open())
            };
            assert_eq!(later("  more of it", 20).0, Level::Error);
            assert_eq!(later("and more", 70).0, Level::Error);
            assert_eq!(later("", 500).0, Level::Error);
            let own = (Level::Info, Open::No);
            assert_eq!(later("health 200 1", 500), own);
            assert_eq!(later("health 200 2", 501), own);
            assert_eq!(later("  and its own", 502), own);
        }
    }

    #[test]
    fn what_belongs_to_an_error_may_take_its_time() {
        let mut block = Block::default();
        let chain = "During handling of the above exception, another exception occurred:";
        let lines = [&TRACEBACK[..], &["", chain, ""], &TRACEBACK].concat();
        for (second, line) in (0..).zip(lines) {
            let level = block.level(line.as_bytes(), Duration::from_secs(second));
            assert_eq!(level, Level::Error, "{line}");
        }
    }

    #[test]
    fn a_request_is_no_part_of_an_error_however_soon_it_comes() {
        for line in [
            "GET /health 200 1",
            "127.0.0.1 - - [24/Nov/2026 15:00:00] \"GET / HTTP/1.1\" 500 -",
        ] {
            let text = format!("{}\n{line}", TRACEBACK.join("\n"));
            assert_eq!(levels(&text)[3], (Level::Info, Open::No), "{line}");
        }
    }

    #[test]
    fn a_traceback_is_an_error_from_its_first_line_to_its_last() {
        let text = "\
INFO:     fine
ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File \"x.py\", line 1, in <module>
    raise KeyError(1)
KeyError: 1

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"x.py\", line 3, in <module>
pydantic_core.ValidationError: 1 validation error for S
DATABASE_URL
  Field required
INFO:     fine again";
        let seen = levels(text);
        let errors = seen
            .iter()
            .filter(|(level, _)| *level == Level::Error)
            .count();
        assert_eq!((errors, seen.len()), (13, 15));
        assert_eq!(seen[2].1, Open::Surely);
        assert_eq!(seen[4].1, Open::Surely);
        assert_eq!(seen[5].1, Open::Perhaps);
        assert_eq!(seen[9].1, Open::Surely);
        assert_eq!(seen[14], (Level::Info, Open::No));
    }

    #[test]
    fn an_error_of_next_has_its_stack_and_requests_are_their_own() {
        let text = " ⨯ Error: boom\n    at Page (app/page.tsx:3:9)\n  2 | export\n> 3 | throw\n{\n  digest: '1'\n}\n GET / 500 in 12ms\n ✓ Compiled";
        let seen: Vec<Level> = levels(text).into_iter().map(|(level, _)| level).collect();
        assert!(
            seen[..7].iter().all(|level| *level == Level::Error),
            "{seen:?}"
        );
        assert!(
            seen[7..].iter().all(|level| *level == Level::Info),
            "{seen:?}"
        );
    }

    #[test]
    fn indented_lines_without_anything_before_are_their_own() {
        assert_eq!(levels("   starting\nplain")[0].0, Level::Info);
    }
}
