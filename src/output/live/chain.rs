//! Exceptions that led to others: what each said, which stands above tracebacks that may be long.

use std::time::Duration;

use memchr::memmem;

use crate::service::screen::harmless;
use crate::service::served;

/// Lines of an exception's message that are kept.
const SAID: usize = 8;

/// Bytes of a line that are kept.
const WIDTH: usize = 400;

/// Links that are kept: the first one, which is the cause, and the last ones.
const LINKS: usize = 4;

/// What both lines have that Python prints between two tracebacks of a chain.
const LINK: &[u8] = b" above exception";

/// The first line of a traceback, and how many lines came after it.
pub(super) type Head = (String, usize);

/// An exception that led to another one.
#[derive(Debug)]
pub(super) struct Link {
    /// When it was said.
    pub(super) at: Duration,
    /// How its traceback begins, where that is known.
    pub(super) head: Vec<String>,
    /// How many lines there are between.
    pub(super) more: usize,
    /// Its message, and the line which says that it led to another.
    pub(super) said: Vec<String>,
    /// How many lines came after that, without empty ones.
    after: usize,
}

/// The last chain of a service, the first exception first.
#[derive(Debug, Default)]
pub(super) struct Chain(Vec<Link>);

impl Chain {
    /// So many more lines came.
    pub(super) fn grow(&mut self, more: usize) {
        for link in &mut self.0 {
            link.after += more;
        }
    }

    /// Looks for links in what came, of which `before` are the lines before it, the oldest first. `heads` are
    /// first lines of errors in all of it.
    pub(super) fn find<'a>(
        &mut self,
        came: &'a [u8],
        before: &(impl DoubleEndedIterator<Item = &'a [u8]> + Clone),
        heads: &[Head],
        now: Duration,
    ) {
        if memmem::find(came, LINK).is_none() {
            return;
        }
        let lines = came.split(|byte| *byte == b'\n');
        let lines: Vec<&[u8]> = lines.filter(|line| !line.trim_ascii().is_empty()).collect();
        for (at, line) in lines.iter().enumerate() {
            let link = text(line);
            if !is_link(&link) {
                continue;
            }
            let earlier = before.clone().chain(lines[..at].iter().copied());
            let mut said = message(earlier);
            if said.is_empty() {
                continue;
            }
            said.push(link);
            self.push(said, lines.len() - 1 - at, heads, now);
        }
    }

    fn push(&mut self, said: Vec<String>, after: usize, heads: &[Head], at: Duration) {
        // The message is an error's first line, too.
        let begins = after + said.len();
        let head = heads.iter().rev().find(|(_, after)| *after >= begins);
        let is_next = |link: &Link| head.is_some_and(|(_, after)| link.after == after + 1);
        if !self.0.last().is_some_and(is_next) {
            self.0.clear();
        }
        let (mut first, mut more) = (Vec::new(), 0);
        if let Some((text, after)) = head {
            more = after - begins;
            first.push(text.clone());
            if !served::is_traceback(text) && more > 0 {
                first.push("Traceback (most recent call last):".to_owned());
                more -= 1;
            }
        }
        self.0.push(Link {
            at,
            head: first,
            more,
            said,
            after,
        });
        if self.0.len() > LINKS {
            let gone = self.0.remove(1);
            self.0[1].more += gone.head.len() + gone.more + gone.said.len();
        }
    }

    /// The exceptions that led to the traceback whose first line so many came after.
    pub(super) fn before(&self, after: usize) -> &[Link] {
        let is_next = |link: &Link| link.after == after + 1;
        if self.0.last().is_some_and(is_next) {
            &self.0
        } else {
            &[]
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Whether a line says that the exception above it led to the next one.
fn is_link(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("During handling of the above exception")
        || line.starts_with("The above exception was the direct cause")
}

/// The message at the end of these lines: what stands behind the last place of a traceback, and the code there.
fn message<'a>(lines: impl DoubleEndedIterator<Item = &'a [u8]>) -> Vec<String> {
    let lines = lines.rev().take(SAID).map(text);
    let is_of_it = |line: &String| {
        let begins = line.trim_start().starts_with("File \"") || served::is_traceback(line);
        !begins && !is_link(line)
    };
    let mut said: Vec<String> = lines.take_while(is_of_it).collect();
    while said
        .last()
        .is_some_and(|line| line.starts_with(char::is_whitespace))
    {
        said.pop();
    }
    said.reverse();
    said
}

fn text(line: &[u8]) -> String {
    let mut out = Vec::new();
    plain(line, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends a line without anything that moves or colours, as far as it is kept.
pub(super) fn plain(line: &[u8], out: &mut Vec<u8>) {
    harmless(&line[..line.len().min(WIDTH)], false, out);
}
