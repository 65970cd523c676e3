//! Exceptions that led to others: what each said, which stands above tracebacks that may be long.

use std::time::Duration;

use memchr::memmem;

use crate::service::block::Block;
use crate::service::screen::harmless;
use crate::service::served;

/// Lines of an exception's message that are kept.
const SAID: usize = 8;

/// Places above it that are kept, and their lines at most.
const PLACES: usize = 2;
const PLACE: usize = 6;

/// The same where a message tells of fields: whose those are only the places tell, and loguru draws the values
/// below each line of code.
const PLACE_OF_FIELDS: usize = 24;

/// So many last lines are looked at for a message.
pub(super) const READ: usize = 64;

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
    /// Its message below the last places of its traceback, and the line which says that it led to another.
    pub(super) said: Vec<String>,
    /// Of these the lines up to the exception, where its message has more lines than are shown.
    ends: usize,
    /// How many lines came after that, without empty ones.
    after: usize,
}

impl Link {
    /// What of it is shown: lines, each with how many are left out behind them.
    pub(super) fn shown(&self) -> Vec<(Vec<String>, usize)> {
        let (first, ends) = match self.ends {
            0 => (0, self.said.len()),
            ends => (shown_of(&self.said[..ends]), ends),
        };
        let rest = &self.said[ends..];
        let left_out = rest.len().saturating_sub(SAID);
        let mut shown = vec![(self.head.clone(), self.more + first)];
        if rest.is_empty() {
            shown.push((self.said[first..].to_vec(), 0));
        } else {
            shown.push((self.said[first..ends].to_vec(), left_out));
            shown.push((rest[left_out..].to_vec(), 0));
        }
        shown
    }
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
            let (mut said, ends) = message(earlier);
            if said.is_empty() {
                continue;
            }
            said.push(link);
            self.push((said, ends), lines.len() - 1 - at, heads, now);
        }
    }

    fn push(
        &mut self,
        (said, ends): (Vec<String>, usize),
        after: usize,
        heads: &[Head],
        at: Duration,
    ) {
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
            ends,
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

/// The end of these lines: a traceback's message, below the last places of it, which say what was asked for where
/// the message does not: `KeyError: 'X'` is a variable's name only where the code reads one. And how many of them
/// there are up to the exception, where its message tells of fields in lines of their own; otherwise 0.
pub(super) fn message<'a>(
    lines: impl DoubleEndedIterator<Item = &'a [u8]>,
) -> (Vec<String>, usize) {
    let mut back: Vec<String> = lines.rev().take(READ).map(text).collect();
    let begins = |line: &String| is_place(line) || served::is_traceback(line) || is_link(line);
    let said = back.iter().take_while(|line| !begins(line));
    let of_fields = |line: &String| Block::of_fields(line.as_bytes(), Duration::ZERO).is_some();
    let (said, place, is_of_fields) = if let Some(at) = said.clone().position(of_fields) {
        (at + 1, PLACE_OF_FIELDS, true)
    } else {
        let said = said.take(SAID).enumerate();
        let said = said.filter(|(_, line)| !line.starts_with(char::is_whitespace));
        match said.last() {
            Some((at, _)) => (at + 1, PLACE, false),
            None => return (Vec::new(), 0),
        }
    };
    let is_end = |line: &&String| served::is_traceback(line) || is_link(line);
    let above = back[said..]
        .iter()
        .take(place)
        .take_while(|line| !is_end(line));
    let places = above
        .enumerate()
        .filter(|(_, line)| is_place(line))
        .take(PLACES);
    let place = places.map(|(at, _)| at + 1).last().unwrap_or_default();
    back.truncate(said + place);
    back.reverse();
    let ends = if is_of_fields { place + 1 } else { 0 };
    (back, ends)
}

/// Where begins what is shown of the end of a traceback: of much code, or of drawn values, there is more than that.
pub(super) fn shown_of(ends: &[String]) -> usize {
    let first = ends.len().saturating_sub(PLACE + 1);
    let place = ends[first..].iter().position(|line| is_place(line));
    place.map_or(ends.len().saturating_sub(1), |at| first + at)
}

/// Whether a line is a place of a traceback; loguru has a sign before the one that caught it.
fn is_place(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("> ").unwrap_or(line);
    line.starts_with("File \"")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_kept_with_the_last_places_of_its_traceback() {
        let lines = "Traceback (most recent call last):
  File \"/w/a.py\", line 9, in <module>
    main()
  File \"/w/a.py\", line 3, in main
    os.environ['A_KEY']
    ~~~~~~~~~~^^^^^^^^^
  File \"<frozen os>\", line 679, in __getitem__
KeyError: 'A_KEY'";
        let lines: Vec<&[u8]> = lines.lines().map(str::as_bytes).collect();
        let (said, _) = message(lines.iter().copied());
        assert_eq!(said.len(), 5, "{said:?}");
        assert!(
            said[0].contains("in main") && said[4].starts_with("KeyError"),
            "{said:?}"
        );
        // Nothing stands above what has no place.
        let (short, _) = message([lines[0], &b"ValueError: x"[..]].into_iter());
        assert_eq!(short, ["ValueError: x"]);
        assert_eq!(message(lines[..4].iter().copied()).0, [""; 0]);
    }
}
