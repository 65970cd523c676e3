//! Words into lines.

use console::measure_text_width;

/// Breaks `text` at spaces so that no line is wider than `width` where a space allows it.
/// What stands between backticks stays together: it is there to be copied.
#[must_use]
pub fn wrap(text: &str, width: usize) -> String {
    wrap_within(text, width, usize::MAX)
}

/// A line in parts that are no wider than `width` where a space allows it, and as it stands where it fits: of what
/// was typed every space counts, but for those at which it is broken.
#[must_use]
pub fn broken(line: &str, width: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while measure_text_width(rest) > width {
        let spaces = rest.match_indices(' ').map(|(at, _)| at);
        let spaces = spaces.filter(|at| !rest[..*at].trim().is_empty());
        let (mut fitting, mut beyond) = (None, None);
        for at in spaces {
            if measure_text_width(rest[..at].trim_end()) <= width {
                fitting = Some(at);
            } else {
                beyond = Some(at);
                break;
            }
        }
        let Some(at) = fitting.or(beyond) else {
            break;
        };
        parts.push(rest[..at].trim_end());
        rest = rest[at..].trim_start();
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(rest);
    }
    parts
}

/// The same where a line of its own may have up to `most`: what is quoted and wider than even that is broken at
/// spaces, too. Nobody could copy it whole.
pub(super) fn wrap_within(text: &str, width: usize, most: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        wrap_line(line, width, most, &mut out);
    }
    out
}

fn wrap_line(line: &str, width: usize, most: usize, out: &mut String) {
    let mut used = 0;
    let parts = words(line).flat_map(|word| {
        let quoted = measure_text_width(word) <= most;
        word.split(move |it: char| !quoted && it == ' ')
    });
    for word in parts.filter(|word| !word.is_empty()) {
        let wide = measure_text_width(word);
        if used > 0 && used + 1 + wide > width {
            out.push('\n');
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += wide;
    }
}

/// Splits at spaces outside backticks. A backtick without a partner quotes nothing.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let paired = line.matches('`').count().is_multiple_of(2);
    let mut quoted = false;
    line.split(move |character: char| {
        quoted ^= paired && character == '`';
        character == ' ' && !quoted
    })
    .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_keeps_its_spaces_where_it_is_not_broken() {
        assert_eq!(broken("a  b  'c   d'", 40), ["a  b  'c   d'"]);
        assert_eq!(broken("a  b   'c  d' e", 8), ["a  b", "'c  d' e"]);
        assert_eq!(
            broken("far/too/long/for/it b", 6),
            ["far/too/long/for/it", "b"]
        );
        assert_eq!(
            broken("b far/too/long/for/it", 6),
            ["b", "far/too/long/for/it"]
        );
        assert_eq!(broken("  日本 日本 ", 6), ["  日本", "日本 "]);
        assert_eq!(broken("", 6), [""]);
        assert_eq!(broken("no bound", usize::MAX), ["no bound"]);
    }

    #[test]
    fn lines_break_at_spaces_but_not_in_code() {
        assert_eq!(
            wrap("run `uv sync --all-packages` in the root", 12),
            "run\n`uv sync --all-packages`\nin the root"
        );
        assert_eq!(wrap("it's 5` wide and long", 10), "it's 5`\nwide and\nlong");
        assert_eq!(wrap("日本 日本 日本", 9), "日本 日本\n日本");
        assert_eq!(wrap("one\ntwo three", 20), "one\ntwo three");
        assert_eq!(
            wrap_within("run `uv sync --all-packages` there", 12, 20),
            "run `uv sync\n--all-packages`\nthere"
        );
    }
}
