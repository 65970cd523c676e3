//! `health --watch`: each round over the one before it.

use crate::doctor::{Answer, Checked, Status};
use crate::text::plural;

/// Rows and columns of a terminal.
pub(super) type Size = (usize, usize);

/// Whether all of a text is seen at once.
pub(super) fn fits(text: &str, size: Option<Size>) -> bool {
    let lines = text.lines().map(|line| taken(line, size));
    lines.sum::<usize>() <= room(size)
}

/// What is wrong before all else, for where not all is seen: in a check, what is well beside it is only counted.
pub(super) fn sick_first(checked: &mut [Checked]) {
    for it in checked.iter_mut() {
        let Answer {
            found, findings, ..
        } = &mut it.answer;
        if findings.is_empty() || found.len() < 3 {
            continue;
        }
        let more = found.len() - 1;
        found.truncate(1);
        found.push(format!("and {}", plural(more, "more fact")));
    }
    checked.sort_by_key(|it| match it.answer.status() {
        Status::Fail => 0,
        Status::Warn => 1,
        Status::Pass | Status::Skipped => 2,
    });
}

/// Lines of a window that is too small for a head.
const SMALL: usize = 8;

/// Lines of a head: an address of some length is broken.
const LONGEST_HEAD: usize = 4;

/// Lines for text. The cursor needs a line of its own.
fn room(size: Option<Size>) -> usize {
    size.map_or(usize::MAX, |(rows, _)| rows.saturating_sub(1).max(1))
}

/// How many rows a line takes.
fn taken(line: &str, size: Option<Size>) -> usize {
    let width = console::measure_text_width(line).max(1);
    size.map_or(1, |(_, columns)| width.div_ceil(columns.max(1)))
}

/// A round's text as it is drawn over the last one: from the top left, each line to its end, then what is
/// left of the last round, so that nothing flickers. What does not fit would push the top out of sight,
/// line by line: it is counted instead, before the last line, which is the sum.
pub(super) fn frame(text: &str, size: Option<Size>) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    // The head and the empty line behind it leave no room for what is wrong.
    if room(size) <= SMALL
        && !fits(text, size)
        && let Some(head) = lines
            .iter()
            .take(LONGEST_HEAD + 1)
            .position(|it| it.is_empty())
    {
        lines.drain(..=head);
    }
    let (shown, last) = if fits(text, size) {
        (lines.len(), None)
    } else {
        // The line that counts the others has to fit, too.
        let sum = lines.last().copied();
        let mut left = room(size).saturating_sub(1 + sum.map_or(0, |it| taken(it, size)));
        let fitting = lines.iter().take_while(|line| {
            let taken = taken(line, size);
            let fits = taken <= left;
            left = left.saturating_sub(taken);
            fits
        });
        (fitting.count(), sum)
    };
    let mut out = String::from("\x1b[H");
    let mut draw = |line: &str| {
        out.push_str(line);
        out.push_str("\x1b[0m\x1b[K\n");
    };
    lines.iter().take(shown).for_each(|line| draw(line));
    if let Some(sum) = last {
        let more = lines.len().saturating_sub(shown + 1);
        draw(&format!("… {}", plural(more, "more line")));
        if room(size) > 1 {
            draw(sum);
        }
    }
    out.push_str("\x1b[J");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Finding;

    #[test]
    fn what_is_wrong_comes_before_what_is_well() {
        let facts = |many: usize| {
            (0..many).fold(Answer::default(), |it, at| it.and(format!("c{at} healthy")))
        };
        let sick = Finding::new(crate::health::RULES[0], "c9 is down");
        let check = |id, answer| Checked {
            id,
            answer,
            elapsed: std::time::Duration::ZERO,
        };
        let mut checked = [
            check("api", facts(5)),
            check("ready", facts(5).problem(sick)),
        ];
        sick_first(&mut checked);
        let found = checked.map(|it| {
            (
                it.id,
                it.answer.found.len(),
                it.answer.found.last().cloned(),
            )
        });
        let last = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                ("ready", 2, last("and 4 more facts")),
                ("api", 5, last("c4 healthy"))
            ]
        );
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_top_stays() {
        let text = "one\ntwo\nthree\nfour\n";
        let all = "\x1b[Hone\x1b[0m\x1b[K\ntwo\x1b[0m\x1b[K\nthree\x1b[0m\x1b[K\nfour\x1b[0m\x1b[K\n\x1b[J";
        assert_eq!(frame(text, None), all);
        assert_eq!(frame(text, Some((5, 80))), all);
        let end = "\x1b[0m\x1b[K\n";
        let short = |first: &str, more: &str| format!("\x1b[H{first}… {more}{end}four{end}\x1b[J");
        assert_eq!(
            frame(text, Some((4, 80))),
            short(&format!("one{end}"), "2 more lines")
        );
        // A head of two lines gives way to what is wrong.
        let headed = "health\nhttp://h\n\n✗ api\none\ntwo\nsum\n";
        let shown = frame(headed, Some((5, 40)));
        assert!(shown.starts_with("\x1b[H✗ api"), "{shown:?}");
        // `three` takes two rows of four columns, and there is no room for it and for what counts the rest.
        let two = format!("one{end}two{end}");
        assert_eq!(frame(text, Some((5, 4))), short(&two, "1 more line"));
        assert!(!fits(text, Some((5, 4))) && fits(text, Some((6, 4))));
        // A small window has no room for the head.
        let headed = "head\n\none\ntwo\nsum\n";
        let one = format!("\x1b[Hone{end}… 1 more line{end}sum{end}\x1b[J");
        assert_eq!(frame(headed, Some((4, 80))), one);
        assert!(frame(text, Some((0, 0))).starts_with("\x1b[H… 3 more lines"));
    }
}
