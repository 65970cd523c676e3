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
    /// A line that says of more that it comes, or whose writer usually has more to say.
    Message,
    /// Node's place of what nobody caught, and the line there: the error itself is still to come.
    Place,
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
    /// What its message goes on with.
    more: More,
    /// Whether the last line was empty.
    gap: bool,
    /// When the last line came that is not empty.
    last: Duration,
}

/// What the message of an error goes on with, besides what tells of itself that it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum More {
    /// Nothing: a plain line is another one.
    #[default]
    Nothing,
    /// Whatever comes at once.
    Anything,
    /// So many of Pydantic's fields, each in a line of its own over what is wrong with it.
    Fields(u16),
    /// The rest of a statement, up to its bracket.
    Statement,
}

impl Block {
    /// The level of the next line: its own, or that of the lines which it continues. It came `at` that
    /// time, counted from any moment.
    pub fn level(&mut self, line: &[u8], at: Duration) -> Level {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let at_once = at.saturating_sub(self.last) <= AT_ONCE;
        // An empty line within a message keeps it together; one that comes later begins nothing.
        if !line.is_empty() || at_once {
            self.last = at;
        }
        let traced = traceback(line);
        self.began = !self.continues(line, traced, at_once);
        self.gap = line.is_empty();
        if !self.began {
            return self.level.unwrap_or(Level::Info);
        }
        // That of a group has a frame, and no level: `  + Exception Group Traceback (most …`.
        let placed = is_place(line);
        let own = level::of(line).or((traced || placed).then_some(Level::Error));
        (self.level, self.tail, self.at) = (own, 0, At::End);
        (self.past, self.more) = (Past::Nothing, More::Nothing);
        if own == Some(Level::Error) {
            (self.at, self.past) = if traced {
                (At::Traceback, Past::Traceback)
            } else if placed {
                (At::Error, Past::Place)
            } else if heads_stack(line) {
                (At::Error, Past::Head)
            } else if announces(line) {
                self.more = More::Anything;
                (At::Error, Past::Message)
            } else {
                (At::Error, Past::Nothing)
            };
            self.tail = TAIL;
        } else if own == Some(Level::Warn) && is_of_python(line) {
            self.tail = TAIL;
        }
        own.unwrap_or(Level::Info)
    }

    /// The level that the last line states, by itself or with those before it; none when it states none.
    #[must_use]
    pub fn stated(&self) -> Option<Level> {
        self.level
    }

    /// Whether the last line began something of its own.
    #[must_use]
    pub fn began(&self) -> bool {
        self.began
    }

    /// Whether more of the same is to come.
    #[must_use]
    pub fn open(&self) -> Open {
        match (self.at, self.past) {
            (At::End, _) => Open::No,
            (At::Traceback, _) | (At::Error, Past::Link) => Open::Surely,
            (At::Error, Past::Place | Past::Head | Past::Stack | Past::Traceback) => Open::Likely,
            (At::Error, Past::Nothing | Past::Message) => Open::Perhaps,
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
            // Loguru points at the frame in which it was caught.
            let is_frame = indented || head.starts_with(b"> File \"");
            if !traced && (!is_frame || closes_group(head)) {
                self.at = At::Error;
                self.tail = TAIL;
                self.more = behind_exception(line);
            }
            return true;
        }
        if self.at == At::Error && is_of_code(head) {
            // However late: the compiler makes it of the source, line by line.
            self.past = self.past.max(Past::Stack);
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
        if self.past == Past::Place && heads_stack(line) {
            self.past = Past::Head;
            return true;
        }
        if indented && !traced {
            let same = self.level.is_some() && level::of(line).is_none() && !request(head);
            if self.level == Some(Level::Warn) {
                // The line of code that a warning of Python's ends with.
                self.tail = 0;
            }
            if same && self.past != Past::Place {
                self.past = self.past.max(Past::Stack);
            }
            return same;
        }
        if matches!(first, b'}' | b']' | b')') && self.level.is_some() {
            return true;
        }
        let linked = head.starts_with(b"During handling of the above")
            || head.starts_with(b"The above exception was");
        if linked && self.tail > 0 {
            self.tail -= 1;
            self.past = Past::Link;
            return true;
        }
        at_once
            && self.tail > 0
            && !request(head)
            && level::of(line).is_none()
            && self.goes_on_with(line, head)
    }

    /// Whether the message goes on with this line, which comes at once and says nothing of a level.
    fn goes_on_with(&mut self, line: &[u8], head: &[u8]) -> bool {
        if self.more == More::Statement || is_statement(head) {
            let is_last = end_of(line, &mut [0; 64]).ends_with(b"]");
            self.more = if is_last {
                More::Nothing
            } else {
                More::Statement
            };
            return true;
        }
        if is_detail(line) {
            return true;
        }
        if let More::Fields(left) = &mut self.more {
            let is_one = *left > 0 && !head.contains(&b' ');
            *left = left.saturating_sub(1);
            return is_one;
        }
        // A logger's single line is whole, and so is a traceback. What comes right behind them is as likely
        // another one, unless an empty line makes it the next paragraph of the same message.
        let may_go_on = match self.past {
            _ if self.more == More::Anything || self.level == Some(Level::Warn) => true,
            Past::Place | Past::Head | Past::Link => true,
            Past::Traceback => self.gap,
            Past::Nothing | Past::Message | Past::Stack => false,
        };
        if may_go_on {
            self.tail -= 1;
            if self.past == Past::Traceback {
                self.more = More::Anything;
            }
        }
        may_go_on
    }
}

/// Whether the first line of an error has more behind it: it ends with a colon, says nothing yet, has Next's
/// sign, behind which often no more than the file stands, or is Go's or Java's word of a fall.
fn announces(line: &[u8]) -> bool {
    let mut head = [0; 64];
    let end = end_of(line, &mut head);
    let is_alone = !end.contains(&b' ') && !line.starts_with(b"{");
    if end.ends_with(b":") || is_alone {
        return true;
    }
    let begin = level::visible(line, &mut head).trim_ascii_start();
    level::crash::is_said(begin) || begin.first().is_some_and(|first| !first.is_ascii())
}

/// What is seen of the end of a line.
fn end_of<'a>(line: &'a [u8], room: &'a mut [u8; 64]) -> &'a [u8] {
    let end = &line[line.len().saturating_sub(room.len())..];
    level::visible(end, room).trim_ascii_end()
}

/// What the last line of a traceback has behind it. It is the whole message, unless it says of more that it
/// comes.
fn behind_exception(line: &[u8]) -> More {
    // `1 validation error for Settings`.
    const FIELDS: &[u8] = b" validation error";
    // What stands behind that may be long, as a value that is refused is.
    let head = &line[..line.len().min(512)];
    let before = memchr::memmem::find(head, FIELDS).map(|at| &head[..at]);
    let number = before.and_then(|before| before.rsplit(|byte| *byte == b' ').next());
    let number = number.and_then(|number| std::str::from_utf8(number).ok()?.parse().ok());
    match number {
        Some(fields) => More::Fields(fields),
        None if end_of(line, &mut [0; 64]).ends_with(b":") => More::Anything,
        None => More::Nothing,
    }
}

/// Whether a line is one of a code frame: `> 5 |   throw`, `  6 | }`, `    |   ^`.
fn is_of_code(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b">").or(head.strip_prefix(b" ")) else {
        return false;
    };
    let rest = rest.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let bar = rest[digits..].trim_ascii_start();
    bar.first() == Some(&b'|') || bar.starts_with("│".as_bytes())
}

/// Whether a statement begins, as `SQLAlchemy` puts it behind an error.
fn is_statement(head: &[u8]) -> bool {
    head.starts_with(b"[SQL:") || head.starts_with(b"[parameters:")
}

/// Whether a line tells more of the error before it, in the words of Postgres, of `SQLAlchemy`, Java or Node, or
/// shows the code that is meant.
fn is_detail(line: &[u8]) -> bool {
    const LABELS: [&[u8]; 6] = [
        b"CONTEXT:",
        b"DETAIL:",
        b"HINT:",
        b"LOCATION:",
        b"QUERY:",
        b"STATEMENT:",
    ];
    const BEGINNINGS: [&[u8]; 6] = [
        b"at ",
        b"(Background on this error at:",
        b"Caused by: ",
        b"LINE ",
        b"Node.js v",
        b"[cause]: ",
    ];
    let mut head = [0; 160];
    let head = level::visible(line, &mut head);
    if BEGINNINGS.iter().any(|begin| head.starts_with(begin))
        || matches!(head.first(), Some(b'|' | b'>' | b'^'))
        // What an error of JavaScript has besides its message.
        || head.trim_ascii_end() == b"{"
    {
        return true;
    }
    // The server has its stamp before it.
    let mut words = head.split(u8::is_ascii_whitespace).take(8);
    words.any(|word| LABELS.contains(&word))
}

/// Whether a line begins a warning of Python's, `/w/x.py:3: UserWarning: …`: its lines, then that of the code
/// there, indented. What any program says behind another warning, however soon, may be something else; and
/// without a file there is no code, which would tell where it ends.
fn is_of_python(line: &[u8]) -> bool {
    let mut head = [0; 200];
    let mut words = level::visible(line, &mut head).split(u8::is_ascii_whitespace);
    let place = words.next().and_then(|place| place.strip_suffix(b":"));
    let is_file = place.is_some_and(|place| {
        let digits = place.iter().rev().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        digits > 0 && place[..place.len() - digits].ends_with(b":") && !place.starts_with(b"<")
    });
    is_file && words.next().is_some_and(|word| word.ends_with(b"Warning:"))
}

/// A time as RFC 3339 has it, counted from 1970: what [`Block::level`] is told of lines that came
/// earlier or elsewhere. The beginning for what is no time.
#[must_use]
pub fn moment(time: &str) -> Duration {
    let time = time.parse::<jiff::Timestamp>().unwrap_or_default();
    Duration::try_from(time.as_duration()).unwrap_or_default()
}

/// Whether a line is nothing but the place of an error that nobody caught, as Node has it before the
/// error itself: `node:internal/modules/cjs/loader:1148`, `/w/server.mjs:3`, `file:///w/server.mjs:3`.
fn is_place(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let digits = line.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let (path, number) = line.split_at(line.len() - digits.count());
    let Some(path) = path.strip_suffix(b":").filter(|_| !number.is_empty()) else {
        return false;
    };
    let is_absolute = path.starts_with(b"/")
        || path.starts_with(b"file:///")
        || matches!(path, [b'A'..=b'Z' | b'a'..=b'z', b':', b'\\', ..]);
    let ends: [&[u8]; 8] = [
        b".js", b".mjs", b".cjs", b".jsx", b".ts", b".mts", b".cts", b".tsx",
    ];
    path.starts_with(b"node:") || (is_absolute && ends.iter().any(|end| path.ends_with(end)))
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
mod tests;
