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
    /// The head of a stack; or a stack, or a whole traceback, which another may follow that led to it.
    Likely,
    /// A traceback, whose last line is yet to come, or a chain of them.
    Surely,
}

/// Where the lines that belong together have got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    /// Behind them.
    #[default]
    End,
    /// Behind an error.
    Error,
    /// Within a traceback.
    Traceback,
}

/// What came since an error began: the more of it, the likelier that it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Past {
    #[default]
    Nothing,
    /// A first line as it stands over a stack.
    Head,
    /// Indented lines.
    Stack,
    /// A traceback.
    Traceback,
    /// A line which says that another traceback comes.
    Link,
}

/// Reads the lines of one service in their order.
#[derive(Debug, Clone, Default)]
pub struct Block {
    level: Option<Level>,
    at: At,
    tail: u8,
    /// Whether the last line began something of its own.
    began: bool,
    past: Past,
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
        let traced = traceback(line);
        self.began = !self.continues(line, traced, at_once);
        if !self.began {
            return self.level.unwrap_or(Level::Info);
        }
        // That of a group has a frame, and no level: `  + Exception Group Traceback (most …`.
        let own = level::of(line).or(traced.then_some(Level::Error));
        (self.level, self.tail, self.at) = (own, 0, At::End);
        self.past = Past::Nothing;
        if own == Some(Level::Error) {
            (self.at, self.past) = if traced {
                (At::Traceback, Past::Traceback)
            } else if heads_stack(line) {
                (At::Error, Past::Head)
            } else {
                (At::Error, Past::Nothing)
            };
            self.tail = TAIL;
        }
        own.unwrap_or(Level::Info)
    }

    /// The level that the last line states, by itself or with those before it; none when it states none.
    #[must_use]
    pub fn stated(&self) -> Option<Level> {
        self.level
    }

    /// Whether more of the same is to come.
    #[must_use]
    pub fn open(&self) -> Open {
        match (self.at, self.past) {
            (At::End, _) => Open::No,
            (At::Traceback, _) | (At::Error, Past::Link) => Open::Surely,
            (At::Error, Past::Head | Past::Stack | Past::Traceback) => Open::Likely,
            (At::Error, Past::Nothing) => Open::Perhaps,
        }
    }

    /// How much of these whole lines, which come now, belongs to what the last line left open.
    #[must_use]
    pub fn continued_by(&self, whole: &[u8], at: Duration) -> usize {
        let mut ahead = self.clone();
        let mut length = 0;
        for line in whole.split_inclusive(|byte| *byte == b'\n') {
            ahead.level(line, at);
            if ahead.began {
                break;
            }
            length += line.len();
        }
        length
    }

    fn continues(&mut self, line: &[u8], traced: bool, at_once: bool) -> bool {
        let mut head = [0; 64];
        let head = level::visible(line, &mut head);
        let Some(first) = head.first() else {
            // An empty line separates the links of a chain of exceptions.
            return true;
        };
        let indented = first.is_ascii_whitespace();
        if self.at == At::Traceback {
            if !traced && (!indented || closes_group(head)) {
                self.at = At::Error;
                self.tail = TAIL;
            }
            return true;
        }
        if traced && self.at == At::Error {
            // Behind a traceback that nothing was said to follow, it is the next error's.
            let same = self.past != Past::Traceback;
            if same {
                (self.at, self.past) = (At::Traceback, Past::Traceback);
            }
            return same;
        }
        if indented && !traced {
            let same = self.level.is_some() && level::of(line).is_none() && !request(head);
            if same {
                self.past = self.past.max(Past::Stack);
            }
            return same;
        }
        if matches!(first, b'}' | b']' | b')') && self.level.is_some() {
            return true;
        }
        let linked = head.starts_with(b"During handling of the above")
            || head.starts_with(b"The above exception was");
        let told = at_once && !request(head) && level::of(line).is_none();
        if self.tail > 0 && (linked || told) {
            self.tail -= 1;
            if linked {
                self.past = Past::Link;
            }
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

/// Whether a line is the head of a stack: ` ⨯ Error: boom`, `[TypeError: x]`, `⨯ unhandledRejection: …`.
/// Next looks for the source of each frame before it prints them, so they come a moment later.
fn heads_stack(line: &[u8]) -> bool {
    let mut head = [0; 64];
    let head = level::visible(line, &mut head).trim_ascii_start();
    let said = head.strip_prefix("⨯".as_bytes()).unwrap_or(head);
    let said = said.trim_ascii_start();
    let said = said.strip_prefix(b"[").unwrap_or(said);
    let end = said.iter().position(|byte| matches!(byte, b':' | b' '));
    let Some((name, rest)) = end.and_then(|end| said.split_at_checked(end)) else {
        return false;
    };
    let is_name = name
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let is_class = name.ends_with(b"Error") && name.first().is_some_and(u8::is_ascii_uppercase);
    let is_news = matches!(name, b"unhandledRejection" | b"uncaughtException");
    let is_headed = rest.starts_with(b":") || (rest.starts_with(b" [") && is_class);
    is_name && is_headed && (is_class || is_news)
}

/// Whether a traceback begins: the words are the end of the line. A whole one may stand in a line of JSON.
fn traceback(line: &[u8]) -> bool {
    // Made once: it is asked for every line.
    static WORDS: LazyLock<Finder<'static>> =
        LazyLock::new(|| Finder::new(b"Traceback (most recent call last):"));
    let Some(at) = WORDS.find(line) else {
        return false;
    };
    let rest = &line[at + WORDS.needle().len()..];
    level::visible(rest, &mut [0; 8]).trim_ascii().is_empty()
}

/// The last line of a group of exceptions, which is indented like all of them: `    +---------------`.
fn closes_group(head: &[u8]) -> bool {
    let dashes = head.trim_ascii().strip_prefix(b"+-");
    dashes.is_some_and(|dashes| dashes.iter().all(|byte| *byte == b'-'))
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
        assert_eq!(seen[5].1, Open::Likely);
        assert_eq!(seen[7].1, Open::Surely, "what was said to come");
        assert_eq!(seen[9].1, Open::Surely);
        assert_eq!(seen[14], (Level::Info, Open::No));
    }

    #[test]
    fn a_traceback_that_nobody_announced_is_another_error() {
        let one = TRACEBACK.join("\n") + "\n";
        let mut block = Block::default();
        for line in one.lines() {
            block.level(line.as_bytes(), Duration::ZERO);
        }
        let continued = |text: &str| block.continued_by(text.as_bytes(), Duration::ZERO);
        assert_eq!(continued(&one), 0);
        assert_eq!(continued(&format!("more of it\n\n{one}")), 12);
        let chain = "\nThe above exception was the direct cause of the following exception:\n\n";
        let chained = format!("{chain}{one}");
        assert_eq!(continued(&format!("{chained}{one}")), chained.len());
        let headed = format!("ERROR: it broke\n  while it ran\n{one}");
        let whole = Block::default().continued_by(headed.as_bytes(), Duration::ZERO);
        assert_eq!(whole, 0, "its first line belongs to nothing before");
        assert_eq!(levels(&headed)[2], (Level::Error, Open::Surely));
    }

    #[test]
    fn a_traceback_within_a_line_is_whole() {
        let line = r#"{"level":"error","exception":"Traceback (most recent call last):\n  File"}"#;
        let seen = levels(&format!(
            "{line}\nINFO: fine\n{}",
            line.replace("error", "info")
        ));
        assert_eq!(seen[0], (Level::Error, Open::Perhaps));
        assert_eq!(seen[1..], [(Level::Info, Open::No); 2]);
        let coloured = "\x1b[33m\x1b[1mTraceback (most recent call last):\x1b[0m";
        assert_eq!(levels(coloured)[0], (Level::Error, Open::Surely));
    }

    #[test]
    fn a_group_of_exceptions_ends_with_its_frame() {
        let text = "  + Exception Group Traceback (most recent call last):
  |   File \"x.py\", line 1, in <module>
  | ExceptionGroup: both (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File \"x.py\", line 3, in one
    | ValueError: 1
    +---------------- 2 ----------------
    | TypeError: 2
    +------------------------------------
INFO: fine";
        let seen = levels(text);
        assert!(
            seen[..9]
                .iter()
                .all(|one| *one == (Level::Error, Open::Surely)),
            "{seen:?}"
        );
        assert_eq!(seen[9], (Level::Error, Open::Likely));
        assert_eq!(seen[10], (Level::Info, Open::No));
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
    fn the_head_of_a_stack_is_known_by_its_class() {
        for (line, open) in [
            (" ⨯ Error: boom", Open::Likely),
            (
                " \x1b[31m\x1b[1m⨯\x1b[22m\x1b[39m TypeError: x is not a function",
                Open::Likely,
            ),
            (" ⨯ [Error: boom] { digest: '1' }", Open::Likely),
            ("⨯ unhandledRejection: Error: boom", Open::Likely),
            (
                "Error: listen EADDRINUSE: address already in use :::3000",
                Open::Likely,
            ),
            (" ⨯ Failed to start server", Open::Perhaps),
            ("ERROR: it broke", Open::Perhaps),
            ("error: it broke", Open::Perhaps),
            (
                "2026-11-24 15:00:00,123 - app - ERROR - Error: x",
                Open::Perhaps,
            ),
            ("app.errors.ValidationError: no", Open::Perhaps),
        ] {
            assert_eq!(levels(line), [(Level::Error, open)], "{line}");
        }
        assert_eq!(
            levels("Error: boom\n    at Page\nINFO: fine")[2].1,
            Open::No
        );
    }

    #[test]
    fn indented_lines_without_anything_before_are_their_own() {
        assert_eq!(levels("   starting\nplain")[0].0, Level::Info);
    }
}
