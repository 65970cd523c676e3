//! Lines that belong together: a traceback, an error with its stack. They have one level, and on a
//! merged screen nobody else's line may stand among them.

mod form;

use std::time::Duration;

use super::level::{self, Level};
use form::{
    announces, closes_group, heads_stack, is_class, is_detail, is_frame, is_go_call, is_goroutine,
    is_inner, is_link, is_of_box, is_of_code, is_of_python, is_place, is_record, is_sure_detail,
    promises, request, says_fall, traceback,
};

/// Lines without a level of their own that still belong to an error's message.
const TAIL: u8 = 10;

/// The same behind a traceback, where a line counts fourfold that was not read together with the one before it.
const MESSAGE: u8 = 4 * TAIL;

/// Lines of a statement.
const STATEMENT: u8 = 200;

/// They come at once: whoever writes a message of several lines does not wait between them.
const AT_ONCE: Duration = Duration::from_millis(50);

/// What comes so soon behind a traceback is more of its message, or a note on it: that is written at once, and what the
/// program prints of itself usually later.
const MOMENT: Duration = Duration::from_millis(20);

/// What is known by its form to be more of an error may come so much later.
const SOON: Duration = Duration::from_millis(1500);

/// Lines that are further apart than this are written one by one.
const SLOW: Duration = Duration::from_millis(15);

/// Further apart than this is no pace: there was a pause.
const SLOWEST: Duration = Duration::from_millis(100);

/// What the last line of a service leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Open {
    /// Nothing: the next line may be anybody's.
    #[default]
    No,
    /// An error, whose stack may follow.
    Perhaps,
    /// A stack, or a whole traceback, which another may follow that led to it.
    Likely,
    /// The head of a stack; or what comes line by line, and has been a stack before.
    Soon,
    /// A traceback, whose last line is yet to come, or a chain of them; or a stack that comes line by line.
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
    /// Lines of code with their numbers, as Bun has them over an error; or anybody's table.
    Frame,
    /// The sign below such a line: the error itself is still to come.
    Pointed,
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
    /// How far apart its lines came at most, and the last one from the one before.
    pace: Duration,
    lag: Duration,
    form: Form,
    /// Whether only what says so of itself is more of a message.
    is_strict: bool,
}

/// Whether a line has been more of an error by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Form {
    #[default]
    Never,
    /// One before.
    Before,
    /// The last one that is not empty.
    Now,
}

/// What the message of an error goes on with, besides what tells of itself that it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum More {
    /// Nothing: a plain line is another one.
    #[default]
    Nothing,
    /// Whatever comes at once.
    Anything,
    /// The line of code at Node's place of what nobody caught, whatever it says.
    Code,
    /// Go's calls, each over its place, and whatever comes at once.
    Calls,
    /// What comes with the last line of a traceback, and is no record of a logger.
    Message,
    /// So many of Pydantic's fields, each in a line of its own over what is wrong with it.
    Fields(u16),
    /// The rest of a statement, up to its bracket: so many lines at most.
    Statement(u8),
}

impl Block {
    /// One that takes a traceback to end with its exception, unless what is behind says of itself that it is more of
    /// it: what a program did after that is not to be missed.
    #[must_use]
    pub fn strict() -> Self {
        Self {
            is_strict: true,
            ..Self::default()
        }
    }

    /// One in which a traceback has just ended with this line, where that tells of fields in lines of their own
    /// below it: `4 validation errors for Settings`.
    #[must_use]
    pub fn of_fields(line: &[u8], at: Duration) -> Option<Self> {
        form::fields(line)?;
        let mut block = Self::strict();
        block.level(b"Traceback (most recent call last):", at);
        block.level(line, at);
        Some(block)
    }

    /// The level of the next line: its own, or that of the lines which it continues. It came `at` that
    /// time, counted from any moment.
    pub fn level(&mut self, line: &[u8], at: Duration) -> Level {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let gap = at.saturating_sub(self.last);
        let is_near = gap <= self.at_once();
        let traced = traceback(line);
        self.began = !self.continues(line, traced, gap);
        (self.gap, self.lag) = (line.is_empty(), gap);
        // An empty line within a message keeps it together; one that comes later begins nothing.
        if !line.is_empty() || is_near {
            self.last = at;
        }
        if !self.began {
            if self.last == at && gap <= SOON {
                self.pace = self.pace.max(gap.min(SLOWEST));
            }
            return self.level.unwrap_or(Level::Info);
        }
        self.begin(line, traced)
    }

    /// A line begins something of its own.
    fn begin(&mut self, line: &[u8], traced: bool) -> Level {
        // That of a group has a frame, and no level: `  + Exception Group Traceback (most …`.
        let placed = is_place(line);
        let linked = is_link(level::visible(line, &mut [0; 64]));
        let own = level::of(line)
            .or((traced || placed || linked || is_class(line)).then_some(Level::Error));
        (self.level, self.tail, self.at) = (own, 0, At::End);
        (self.past, self.more) = (Past::Nothing, More::Nothing);
        self.pace = Duration::ZERO;
        self.form = if traced { Form::Now } else { Form::Never };
        if own == Some(Level::Error) {
            (self.at, self.past) = if traced {
                (At::Traceback, Past::Traceback)
            } else if placed {
                self.more = More::Code;
                (At::Error, Past::Place)
            } else if linked {
                (At::Error, Past::Link)
            } else if heads_stack(line) || promises(line) || level::crash::is_of_ruby(line) {
                (At::Error, Past::Head)
            } else if says_fall(line) {
                self.more = More::Anything;
                (At::Error, Past::Head)
            } else if is_class(line) {
                (At::Error, Past::Message)
            } else if announces(line) {
                self.more = More::Anything;
                (At::Error, Past::Message)
            } else {
                (At::Error, Past::Nothing)
            };
            self.tail = TAIL;
        } else if own == Some(Level::Warn) && is_of_python(line) {
            self.tail = TAIL;
        } else if own.is_none() && form::is_numbered(level::visible(line, &mut [0; 64])) {
            (self.at, self.past) = (At::Error, Past::Frame);
        }
        own.unwrap_or(Level::Info)
    }

    /// How soon a line comes at once. Who writes line by line takes as long for each as for those before.
    fn at_once(&self) -> Duration {
        AT_ONCE.max(2 * self.pace)
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
            _ if matches!(self.more, More::Fields(1..) | More::Statement(_)) => Open::Surely,
            // Nothing says where it ends.
            _ if self.form == Form::Now && self.lag >= SLOW => Open::Surely,
            _ if self.form != Form::Never && self.lag >= SLOW => Open::Soon,
            (At::Error, Past::Place | Past::Head | Past::Pointed) => Open::Soon,
            (At::Error, Past::Stack | Past::Traceback) => Open::Likely,
            // Who writes line by line takes as long for the next one.
            _ if (SLOW..=SLOWEST).contains(&self.lag) => Open::Soon,
            (At::Error, Past::Nothing | Past::Message | Past::Frame) => Open::Perhaps,
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

    fn continues(&mut self, line: &[u8], traced: bool, gap: Duration) -> bool {
        let mut head = [0; 64];
        let head = level::visible(line, &mut head);
        let Some(first) = head.first() else {
            // An empty line separates the links of a chain of exceptions.
            return true;
        };
        let indented = first.is_ascii_whitespace();
        if self.form == Form::Now {
            self.form = Form::Before;
        }
        if self.at == At::Traceback {
            // Loguru points at the frame in which it was caught.
            let is_within = indented || is_of_box(head) || head.starts_with(b"> File \"");
            if traced || (is_within && !closes_group(head)) {
                self.note_form();
            } else {
                self.at = At::Error;
                (self.tail, self.more) = (MESSAGE, self.behind_exception(line, head));
            }
            return true;
        }
        if matches!(self.past, Past::Frame | Past::Pointed) {
            return gap <= self.at_once() && self.goes_on_with_frame(line, head);
        }
        if self.past == Past::Stack && self.gap && form::is_numbered(head) && gap <= AT_ONCE {
            // The frame of what it was caused by.
            self.past = Past::Frame;
            return true;
        }
        if self.at == At::Error && is_of_code(head) {
            // However late: the compiler makes it of the source, line by line.
            self.past = self.past.max(Past::Stack);
            self.note_form();
            return true;
        }
        if traced && self.at == At::Error {
            // Behind a traceback that nothing was said to follow, it is the next error's.
            let same = self.past != Past::Traceback;
            if same {
                (self.at, self.past) = (At::Traceback, Past::Traceback);
                self.note_form();
            }
            return same;
        }
        if self.past == Past::Place {
            let is_code = std::mem::take(&mut self.more) == More::Code;
            if heads_stack(line) {
                self.past = Past::Head;
                return true;
            }
            // However it is cut into pieces: the code stands below its place, with a sign below that.
            let is_code = is_code && !is_record(head, line) && !request(head);
            if gap <= SOON && (is_code || form::is_caret(head)) {
                self.note_form();
                return true;
            }
        }
        if indented && !traced {
            let is_inner = self.at == At::Error && is_inner(head);
            let is_more = is_inner || level::of(line).is_none();
            let same = self.level.is_some() && is_more && !request(head);
            if self.level == Some(Level::Warn) {
                // The line of code that a warning of Python's ends with.
                self.tail = 0;
            }
            if same && self.past != Past::Place {
                self.past = self.past.max(Past::Stack);
            }
            if same && self.at == At::Error && is_frame(head) {
                self.note_form();
            }
            return same;
        }
        if matches!(first, b'}' | b']' | b')') && self.level.is_some() {
            return true;
        }
        if is_link(head) && self.at == At::Error {
            self.past = Past::Link;
            self.note_form();
            return true;
        }
        self.tail > 0
            && !request(head)
            && level::of(line).is_none()
            && self.goes_on_with(line, head, gap)
    }

    /// Whether lines of code go on with this one. What comes below the sign is the error, whatever it is called.
    fn goes_on_with_frame(&mut self, line: &[u8], head: &[u8]) -> bool {
        if self.past == Past::Pointed {
            let level = level::of(line).unwrap_or(Level::Error);
            (self.level, self.tail) = (Some(level.max(Level::Warn)), TAIL);
            self.past = Past::Head;
            return true;
        }
        let points = form::is_caret(head);
        if points {
            self.past = Past::Pointed;
        }
        points || form::is_numbered(head)
    }

    /// Takes note that a line is more of an error by its form.
    fn note_form(&mut self) {
        self.form = Form::Now;
    }

    /// What the last line of a traceback has behind it. It says itself where more comes in a known form.
    fn behind_exception(&self, line: &[u8], head: &[u8]) -> More {
        let fields = form::fields(line);
        if let Some(fields) = fields {
            More::Fields(fields)
        } else if form::ends_with_colon(line) {
            More::Anything
        } else if self.is_strict || closes_group(head) {
            More::Nothing
        } else {
            More::Message
        }
    }

    /// Whether the message goes on with this line, which says nothing of a level.
    fn goes_on_with(&mut self, line: &[u8], head: &[u8], gap: Duration) -> bool {
        let (soon, at_once) = (gap <= SOON, gap <= self.at_once());
        let left = match self.more {
            _ if soon && form::is_statement(head) => Some(STATEMENT),
            More::Statement(left) if at_once => Some(left),
            _ => None,
        };
        if let Some(left) = left {
            let is_last = left == 1 || form::ends_with_bracket(line);
            self.more = if is_last {
                More::Nothing
            } else {
                More::Statement(left - 1)
            };
            self.note_form();
            return true;
        }
        let is_call = self.more == More::Calls && is_go_call(line, head);
        if soon && (is_call || is_goroutine(head) || is_sure_detail(line)) {
            if is_goroutine(head) {
                self.more = More::Calls;
            } else if head.starts_with(form::BACKGROUND) {
                self.more = More::Nothing;
            }
            self.note_form();
            return true;
        }
        if at_once && is_detail(line) {
            return true;
        }
        if let More::Fields(left) = &mut self.more {
            let is_one = soon && *left > 0 && !head.contains(&b' ');
            *left = if is_one { *left - 1 } else { 0 };
            if is_one {
                self.note_form();
            }
            return is_one;
        }
        self.is_plain_more(line, head, gap)
    }

    /// The same of a line that says nothing at all. A logger's single line is whole; what comes right behind it is as
    /// likely another one. A traceback may have a message of several lines and notes, which come with it. Where that
    /// is known to be over, an empty line makes what comes at once the next paragraph of the same message.
    fn is_plain_more(&mut self, line: &[u8], head: &[u8], gap: Duration) -> bool {
        let at_once = gap <= self.at_once();
        let is_message = self.more == More::Message
            && gap <= MOMENT.max(2 * self.pace)
            && !is_record(head, line);
        let may_go_on = match self.past {
            _ if is_message => true,
            _ if matches!(self.more, More::Anything | More::Calls) => at_once,
            _ if self.level == Some(Level::Warn) => at_once,
            Past::Place | Past::Head | Past::Link => at_once,
            Past::Traceback => at_once && self.gap && !is_record(head, line),
            Past::Nothing | Past::Message | Past::Stack | Past::Frame | Past::Pointed => false,
        };
        if may_go_on {
            let is_apart = is_message && !gap.is_zero();
            self.tail = self.tail.saturating_sub(if is_apart { 4 } else { 1 });
            if self.past == Past::Traceback && !is_message {
                self.more = More::Anything;
            }
        }
        may_go_on
    }
}

/// A time as RFC 3339 has it, counted from 1970: what [`Block::level`] is told of lines that came
/// earlier or elsewhere. The beginning for what is no time.
#[must_use]
pub fn moment(time: &str) -> Duration {
    let time = time.parse::<jiff::Timestamp>().unwrap_or_default();
    Duration::try_from(time.as_duration()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
