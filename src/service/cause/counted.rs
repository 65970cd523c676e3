//! Which of the last words count: not those about an exception that somebody caught, about a test, or
//! about what the program went on after.

use std::collections::BTreeSet;

use super::caught;
use super::in_use::is_of_no_place;
use super::part::{self, Behind, Part};
use super::statement::{
    fails, goes_on, is_handled, is_link, is_report, is_statement, is_up, new_words, tries_again,
    unconditional,
};

/// The lines that count.
pub(super) struct Counted<'a> {
    lines: Vec<Line<'a>>,
    /// Where what failed last begins: what is before it the program went on after.
    from: usize,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) part: Part,
}

impl Line<'_> {
    fn is_frame(&self) -> bool {
        self.part == Part::Frame
    }

    /// Whether something can have failed with it.
    fn is_news(&self) -> bool {
        matches!(self.part, Part::Own | Part::Assertion)
    }
}

impl<'a> Counted<'a> {
    pub(super) fn of(lines: &[&'a str]) -> Self {
        let lines = without_tests(caught::behind(lines));
        // Who raises another exception from one says so in other words.
        let handled = lines.iter().rposition(|line| is_handled(line));
        let behind = handled.map_or(0, |at| at + 1);
        let mut lines = told(lines.get(behind..).unwrap_or_default());
        let retried = |at: usize| {
            let mut later = lines.iter().skip(at + 1);
            tries_again(lines[at].text) && later.any(|line| is_own(line) && !tries_again(line.text))
        };
        let keeps: Vec<bool> = (0..lines.len()).map(|at| !retried(at)).collect();
        let mut keeps = keeps.into_iter();
        lines.retain(|_| keeps.next().unwrap_or(true));
        let from = last_failure(&lines);
        Self { lines, from }
    }

    /// All of them: a cause may be told in several.
    pub(super) fn all(&self) -> Vec<&'a str> {
        self.lines.iter().map(|line| line.text).collect()
    }

    /// Those since the last thing that failed began, with the frames that led there.
    pub(super) fn last(&self) -> &[Line<'a>] {
        &self.lines[self.from..]
    }

    /// The same, with the lines directly before the first of them that are its like, as it is one itself.
    pub(super) fn last_alike(&self, is_like: impl Fn(&str) -> bool) -> &[Line<'a>] {
        let is_one = |line: &&Line<'_>| line.part == Part::Own && is_like(line.text);
        if !self.last().first().is_some_and(|line| is_one(&line)) {
            return self.last();
        }
        let before = self.lines[..self.from].iter().rev();
        let before = before.take_while(is_one).count();
        &self.lines[self.from - before..]
    }

    /// Of those the ones that state something, the latest first.
    pub(super) fn statements(&self) -> impl Iterator<Item = &'a str> {
        let last = self.last().iter().rev();
        last.filter(|line| line.part == Part::Own)
            .map(|line| line.text)
    }
}

/// What comes behind the report on tests: its lines are about those, and not about who ran them. When
/// these could not even be loaded, why is among its lines.
fn without_tests<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let Some(last) = lines.iter().rposition(|line| is_of_tests(line)) else {
        return lines.to_vec();
    };
    let unloaded = [
        "while loading conftest",
        "during collection",
        "ERROR collecting",
    ];
    let is_unloaded = lines
        .iter()
        .any(|line| unloaded.iter().any(|words| line.contains(words)));
    let said = lines[..=last].iter().filter(|_| is_unloaded);
    let said = said.filter_map(|line| line.strip_prefix("E   "));
    said.map(str::trim_start)
        .chain(lines[last + 1..].iter().copied())
        .collect()
}

/// Lines of the reports of pytest, unittest, Vitest, Jest and Bun.
fn is_of_tests(line: &str) -> bool {
    let has = |words: &[&str]| words.iter().any(|word| line.contains(word));
    let begins = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
    let is_ruled = |rule: &str| line.starts_with(rule) && line.ends_with(rule);
    let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let counts = line.trim_start_matches('=').trim_start();
    let is_count = starts_with_digit(counts)
        && has(&[" failed", " passed", " error", " errors"])
        && counts
            .rsplit_once(" in ")
            .is_some_and(|(_, time)| starts_with_digit(time));
    is_count
        || begins(&[
            "E   ",
            ">   ",
            " FAIL  ",
            " Test Files  ",
            "Test Suites: ",
            "(fail) ",
        ])
        || (begins(&["FAILED ", "ERROR "]) && has(&["::", ".py", "(failures=", "(errors="]))
        || (is_ruled("===") && has(&["FAILURES", "ERRORS", "test", "failed", "passed", "warnings"]))
        || is_ruled("___")
        || (is_ruled("!!!") && line.contains("Interrupted"))
        || (line.starts_with("Ran ") && line.contains(" test"))
}

/// Within what the next line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Traceback,
    Usage,
}

/// The lines that tell something of the process, without the conditions in them.
fn told<'a>(lines: &[&'a str]) -> Vec<Line<'a>> {
    let (mut within, mut behind) = (Within::Nothing, part::before(lines));
    let mut is_ignored = false;
    let mut told = Vec::new();
    for (at, line) in lines.iter().copied().enumerate() {
        if line.starts_with("Exception ignored ") {
            is_ignored = true;
            continue;
        }
        // A group of exceptions has a margin.
        let margin = line.trim_start().strip_prefix("| ");
        let body = margin.unwrap_or(line);
        let is_deep = body.starts_with(char::is_whitespace);
        // loguru has a sign before the place that caught it.
        let place = body.trim_start();
        let place = place.strip_prefix("> ").unwrap_or(place);
        let is_place = place.starts_with("File \"") && place.contains("\", line ");
        let is_head = is_place || line.contains("Traceback (most recent call last)");
        // rich draws a box around it.
        let is_within = is_deep || body.starts_with(['│', '╰']);
        if is_head || (within == Within::Traceback && is_within) {
            (within, behind) = (Within::Traceback, Behind::Nothing);
            if !is_ignored {
                told.push(Line {
                    text: line,
                    part: Part::Frame,
                });
            }
            continue;
        }
        if std::mem::take(&mut is_ignored) {
            within = Within::Nothing;
            continue;
        }
        if within == Within::Usage && (is_deep || line.trim_end().ends_with(':')) {
            continue;
        }
        let ends_traceback = within == Within::Traceback;
        within = Within::Nothing;
        if line.starts_with("usage:") || line.starts_with("Usage:") {
            within = Within::Usage;
        }
        let part;
        (part, behind) = part::of(body, behind, ends_traceback);
        let text = unconditional(body);
        let is_marked = lines.get(at + 1).is_some_and(|next| is_mark(next));
        let is_none = text.trim().is_empty() || is_option(text) || is_code(text) || is_marked;
        let goes_on = goes_on(text) && !is_of_no_place(text);
        if !is_none && !goes_on && !is_report(text) {
            told.push(Line { text, part });
        }
    }
    told
}

/// Whether a line does no more than point to a place in the one above, which is code then.
fn is_mark(line: &str) -> bool {
    let mark = line.trim();
    mark.contains('^') && mark.bytes().all(|byte| matches!(byte, b'^' | b'~'))
}

/// Whether a line is one of a program, behind its number, as Bun and Next show it: `> 3 | throw x`.
fn is_code(line: &str) -> bool {
    let numbered = line.trim_start_matches(['>', ' ']);
    let code = numbered.trim_start_matches(|c: char| c.is_ascii_digit());
    code.len() < numbered.len() && code.trim_start().starts_with('|')
}

/// Whether a line explains an option: `  --port PORT  …`, `-p, --port PORT`.
fn is_option(line: &str) -> bool {
    let mut chars = line.trim_start().chars();
    let (dash, letter, end) = (chars.next(), chars.next(), chars.next());
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    dash == Some('-')
        && ((letter == Some('-') && is_letter(end))
            || (is_letter(letter) && matches!(end, None | Some(',' | ' '))))
}

fn is_own(line: &Line<'_>) -> bool {
    line.is_news() && is_statement(line.text)
}

/// Where what failed last begins. Who repeats what was said, or says no more than that it failed, says
/// it of that.
fn last_failure(lines: &[Line<'_>]) -> usize {
    let mut from = 0;
    let mut said: BTreeSet<String> = BTreeSet::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.is_news()) {
        if is_up(line.text) {
            from = at + 1;
        } else if fails(line.text) && !tries_again(line.text) {
            let known = said.len();
            said.extend(new_words(line.text));
            if said.len() > known {
                from = beginning(lines, at);
            }
        }
    }
    from
}

/// The first line of the traceback that ends there, and of those of the exceptions that it was made of.
fn beginning(lines: &[Line<'_>], end: usize) -> usize {
    let frames_before = |at: usize| {
        let frames = lines[..at].iter().rev().take_while(|line| line.is_frame());
        at - frames.count()
    };
    let mut from = frames_before(end);
    while from < end && from > 0 && is_link(lines[from - 1].text) {
        let words = lines[..from]
            .iter()
            .rev()
            .take_while(|line| !line.is_frame());
        let before = from - words.count();
        from = frames_before(before);
    }
    from
}
