//! Text with limits.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{nearest, or_list, plural};

use super::Problem;

/// What a text must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Fewest characters.
    pub min_length: Option<usize>,
    /// Most characters.
    pub max_length: Option<usize>,
    /// How it must begin.
    pub prefix: Option<String>,
    /// The values that are accepted.
    pub one_of: Option<Vec<String>>,
}

impl Text {
    pub(super) fn check(&self, value: &str) -> Result<(), Problem> {
        if let Some(accepted) = &self.one_of {
            return one_of(value, accepted);
        }
        let length = value.chars().count();
        if let Some(min) = self.min_length.filter(|min| length < *min) {
            return Err(Problem::out_of_range(format!(
                "has {}, fewer than {min}",
                plural(length, "character")
            ))
            .way_out(format!("give it at least {min}")));
        }
        if let Some(max) = self.max_length.filter(|max| length > *max) {
            return Err(Problem::out_of_range(format!(
                "has {}, more than {max}",
                plural(length, "character")
            ))
            .way_out(format!("shorten it to {max}")));
        }
        if let Some(prefix) = self
            .prefix
            .as_ref()
            .filter(|prefix| !value.starts_with(prefix.as_str()))
        {
            return Err(Problem::wrong(format!("does not begin with `{prefix}`"))
                .way_out(format!("write {prefix}…")));
        }
        Ok(())
    }
}

/// One of some words; another case or a near miss is named.
pub(super) fn one_of(value: &str, accepted: &[String]) -> Result<(), Problem> {
    if accepted.iter().any(|word| word == value) {
        return Ok(());
    }
    let quoted: Vec<String> = accepted.iter().map(|word| format!("`{word}`")).collect();
    let problem = Problem::out_of_range(format!("is none of {}", or_list(&quoted)));
    let same = accepted
        .iter()
        .find(|word| word.eq_ignore_ascii_case(value.trim()));
    Err(
        match (same, nearest(value, accepted.iter().map(String::as_str))) {
            (Some(word), _) => problem
                .way_out(format!("write {word}: case and blanks count"))
                .replacement(word),
            (None, Some(word)) => problem.way_out(format!("did you mean {word}?")),
            (None, None) => problem.way_out(format!("write {}", or_list(accepted))),
        },
    )
}

/// A path that a file system can have.
pub(super) fn path(value: &str) -> Result<(), Problem> {
    if value.trim().is_empty() {
        return Err(
            Problem::wrong("is an empty path").way_out("name a file or folder, or delete the line")
        );
    }
    if value.contains('\0') {
        return Err(Problem::wrong("holds a NUL byte, which no path can")
            .way_out("write the path as plain text"));
    }
    Ok(())
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(accepted) = &self.one_of {
            return f.write_str(&accepted.join(", "));
        }
        match (&self.prefix, self.min_length, self.max_length) {
            (Some(prefix), _, _) => write!(f, "text that begins with {prefix}"),
            (None, Some(1) | None, None) => f.write_str("any text"),
            (None, Some(min), None) => write!(f, "text of at least {min} characters"),
            (None, None, Some(max)) => write!(f, "text of at most {max} characters"),
            (None, Some(min), Some(max)) => write!(f, "text of {min} to {max} characters"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_case_is_a_certain_fix_and_a_near_miss_is_a_question() {
        let levels = ["DEBUG".to_owned(), "INFO".to_owned()];
        let problem = one_of("info", &levels).expect_err("case counts");
        assert_eq!(problem.replacement.as_deref(), Some("INFO"));
        let problem = one_of("INF", &levels).expect_err("no such level");
        assert_eq!(
            (problem.replacement, problem.way_out.as_deref()),
            (None, Some("did you mean INFO?"))
        );
    }
}
