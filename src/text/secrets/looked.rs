//! What is looked for of the values that must not be seen.

use std::collections::HashSet;

use crate::text::written::forms;

/// Values shorter than this are not searched for in logs: masking every `1` or `dev` would
/// make logs unreadable and would tell the value all the same.
pub(super) const SHORTEST: usize = 6;

/// Lines of a secret of several lines that are masked by themselves.
const LINE: usize = 16;

/// No more lines of one secret than that: keys have less than a hundred.
const MOST_LINES: usize = 1000;

/// A longer value is looked for by so many of its first bytes: the automaton grows with every byte
/// of every value, and a value may be megabytes.
pub(super) const LONGEST: usize = 1024;

/// So much of the end of such a value is known too: who leaves out its middle may show that.
const END: usize = 128;

/// The texts that are looked for; those of which that is only the beginning, and how these end.
pub(super) struct Looked {
    pub(super) values: Vec<String>,
    pub(super) ends: Vec<String>,
    pub(super) long: Vec<String>,
}

/// What is looked for, of values that must be masked.
pub(super) fn looked_for<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> Looked {
    let mut values: Vec<String> = values
        .into_iter()
        .map(|value| value.as_ref().trim().to_owned())
        .filter(|value| value.len() >= SHORTEST)
        .collect();
    // A key of several lines is printed line by line.
    let lines: Vec<String> = values
        .iter()
        .filter(|value| value.contains('\n'))
        .flat_map(|value| value.lines().take(MOST_LINES).map(str::trim))
        .filter(|line| line.len() >= LINE && !line.starts_with("-----"))
        .map(str::to_owned)
        .collect();
    let parts: HashSet<&str> = values
        .iter()
        .filter(|value| value.contains('\n'))
        .flat_map(|value| value.lines().map(str::trim))
        .collect();
    // Who writes a key of several lines in another form writes all of it so.
    let written: Vec<String> = values
        .iter()
        .filter(|value| !parts.contains(value.as_str()))
        .flat_map(|value| forms(beginning(value)))
        .collect();
    let is_long = |value: &&String| value.len() > LONGEST;
    let long: Vec<String> = values.iter().filter(is_long).cloned().collect();
    let ends = long.iter().flat_map(|value| {
        let end = &value[value.ceil_char_boundary(value.len() - END)..];
        let mut ends = forms(end);
        ends.push(end.to_owned());
        ends
    });
    let ends = ends.collect();
    values.extend(lines);
    values.extend(written);
    for value in &mut values {
        value.truncate(beginning(value).len());
    }
    Looked { values, ends, long }
}

/// The value, or the part of a long one that is looked for.
fn beginning(value: &str) -> &str {
    &value[..value.floor_char_boundary(LONGEST)]
}
