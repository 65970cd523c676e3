//! A `requires-python` that lets one release in, where a whole line of them is meant.

use crate::text::remedy;

use super::install::PYTHONS;
use super::range::Range;
use super::requires::{Requires, together};
use super::{Tool, choice};

/// What is said, and the way out, where only one release would fit and a line of releases was written: uv may
/// know no download of the first one, and nobody wants to stay there.
pub(super) fn told(tool: &Tool) -> Option<(String, String)> {
    let (one, meant) = meant(tool)?;
    let Requires { text, file, line } = one;
    let note = format!(
        "in `{text}` ({file}) uv takes a version for its first release alone, as 3.11 for 3.11.0; for the \
         whole line: requires-python = \"{meant}\""
    );
    Some((note, remedy::open_at(file, *line)))
}

/// The first that is too narrow, and what was meant by it, where all of them would let a line of releases in
/// if they were written so, and do not.
fn meant(tool: &Tool) -> Option<(&Requires, String)> {
    let is_line = |range: &Range| choice::line(range, PYTHONS).is_some();
    if tool.name != "python" || is_line(&tool.range) {
        return None;
    }
    let wide: Vec<String> = tool.requires.iter().map(|one| widened(&one.text)).collect();
    let all = together(wide.iter().map(String::as_str))?;
    let mut both = tool.requires.iter().zip(wide);
    both.find(|(one, wide)| one.text != *wide)
        .filter(|_| is_line(&all))
}

/// The same with every release of a line where its first one is the last: `==3.11`, `<=3.11`.
fn widened(text: &str) -> String {
    let is_short = |version: &str| {
        let mut numbers = version.split('.');
        let all = numbers.clone().count();
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        all < 3 && numbers.all(is_number)
    };
    let clauses = text.split(',').map(|clause| {
        let narrow = ["===", "==", "<="].into_iter().find_map(|operator| {
            let version = clause.trim().strip_prefix(operator)?.trim();
            is_short(version).then(|| format!("{}{version}", operator.replace("===", "==")))
        });
        // What npm leaves out may be any number.
        narrow.map_or_else(
            || clause.to_owned(),
            |narrow| Range::of_npm(&narrow).specifier(),
        )
    });
    clauses.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_for_a_line_of_releases_is_told_from_one_release() {
        let wide = |texts: &[&str]| {
            let requires = texts.iter().map(|text| Requires {
                text: (*text).to_owned(),
                file: "pyproject.toml".to_owned(),
                line: 5,
            });
            let tool = Tool {
                name: "python",
                command: Vec::new(),
                range: together(texts.iter().copied()).expect("a range"),
                install: Vec::new(),
                pinned: None,
                asked_in: String::new(),
                requires: requires.collect(),
            };
            meant(&tool).map(|(_, meant)| meant)
        };
        for (texts, meant) in [
            (&["==3.11"][..], "==3.11.*"),
            (&["===3.11"], "==3.11.*"),
            (&[">=3.11", "==3.11"], "==3.11.*"),
            (&[">=3.11,<3.16", "<=3.11"], "<3.12"),
            (&[">=3.11, <= 3.11"], ">=3.11,<3.12"),
            (&["==3"], "==3.*"),
        ] {
            assert_eq!(wide(texts).as_deref(), Some(meant), "{texts:?}");
        }
        for texts in [
            &[">=3.11"][..],
            &["==3.11.*"],
            &["==3.11.4"],
            // 3.10 will do.
            &[">=3.10,<=3.11"],
            &["<3.10", "==3.11"],
            &["==3.11", "==3.12"],
        ] {
            assert_eq!(wide(texts), None, "{texts:?}");
        }
    }
}
