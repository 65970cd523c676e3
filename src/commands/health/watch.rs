//! `health --watch`: each round over the one before it.

use std::fmt::Write as _;

/// Rows and columns of a terminal.
pub(super) type Size = (usize, usize);

/// A round's text as it is drawn over the last one: from the top left, each line to its end, then what is
/// left of the last round, so that nothing flickers. What does not fit would push the top out of sight,
/// line by line: it is counted instead.
pub(super) fn frame(text: &str, size: Option<Size>) -> String {
    let lines: Vec<&str> = text.lines().collect();
    // The cursor needs a line of its own.
    let fits = size.map_or(usize::MAX, |(rows, _)| rows.saturating_sub(1).max(1));
    let taken = |line: &str| {
        let width = console::measure_text_width(line).max(1);
        size.map_or(1, |(_, columns)| width.div_ceil(columns.max(1)))
    };
    let shown = if lines.iter().map(|line| taken(line)).sum::<usize>() <= fits {
        lines.len()
    } else {
        // The line that counts them has to fit, too.
        let mut left = fits.saturating_sub(1);
        let fitting = lines.iter().take_while(|line| {
            let taken = taken(line);
            let fits = taken <= left;
            left = left.saturating_sub(taken);
            fits
        });
        fitting.count()
    };
    let mut out = String::from("\x1b[H");
    for line in lines.iter().take(shown) {
        out.push_str(line);
        out.push_str("\x1b[0m\x1b[K\n");
    }
    if shown < lines.len() {
        let _ = writeln!(out, "… {} more lines\x1b[K", lines.len() - shown);
    }
    out.push_str("\x1b[J");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_the_top_stays() {
        let text = "one\ntwo\nthree\nfour\n";
        let all = "\x1b[Hone\x1b[0m\x1b[K\ntwo\x1b[0m\x1b[K\nthree\x1b[0m\x1b[K\nfour\x1b[0m\x1b[K\n\x1b[J";
        assert_eq!(frame(text, None), all);
        assert_eq!(frame(text, Some((5, 80))), all);
        let short = "\x1b[Hone\x1b[0m\x1b[K\ntwo\x1b[0m\x1b[K\n… 2 more lines\x1b[K\n\x1b[J";
        assert_eq!(frame(text, Some((4, 80))), short);
        // `three` takes two rows of four columns, and there is no room for it and for what counts the rest.
        assert_eq!(
            frame(text, Some((5, 4))),
            "\x1b[Hone\x1b[0m\x1b[K\ntwo\x1b[0m\x1b[K\n… 2 more lines\x1b[K\n\x1b[J"
        );
        assert!(frame(text, Some((0, 0))).starts_with("\x1b[H… 4 more lines"));
    }
}
