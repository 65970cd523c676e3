//! What a deployment says, as it may be shown.

use crate::env::mask_told;
use crate::text::MASK;

use super::body::State;
use super::words::is_part;

/// Somebody else's words without secrets, and no longer than so many characters. Drivers tell whole URLs, with
/// whatever is in them. The mark at the end tells whoever looks for other secrets that the last word may be half
/// of one.
pub(super) fn shown(text: &str, most: usize) -> String {
    let text = mask_told(text.trim());
    if text.chars().count() <= most {
        return text;
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// A report with these words masked wherever they stand as words. What says how well something is tells nothing of a
/// password that is the same word, and the names of its fields are read.
#[must_use]
pub fn without(words: &[String], report: &str) -> String {
    let mut out = report.to_owned();
    for word in words {
        if State::word(word).is_some() || is_part(word) || word == "null" {
            continue;
        }
        let report = std::mem::take(&mut out);
        let mut from = 0;
        for (at, _) in report.match_indices(word.as_str()) {
            let (before, behind) = (&report[..at], &report[at + word.len()..]);
            let is_within = before.ends_with(char::is_alphanumeric)
                || behind.starts_with(char::is_alphanumeric);
            let quoted = behind.strip_prefix('"').map(str::trim_start);
            let is_name = before.ends_with('"') && quoted.is_some_and(|it| it.starts_with(':'));
            if !is_within && !is_name {
                out.push_str(&report[from..at]);
                out.push_str(MASK);
                from = at + word.len();
            }
        }
        out.push_str(&report[from..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_cut_where_it_is_seen() {
        assert_eq!(shown(" refused ", 7), "refused");
        assert_eq!(shown("refused", 6), "refus…");
        assert_eq!(shown("redis://u:pw@host", 11), "redis://u:…");
    }

    #[test]
    fn a_plain_word_is_masked_where_it_is_said() {
        let said = |word: &str, report: &str| without(&[word.to_owned()], report);
        let report = r#"{"answers":"no answers","name":"answers","more":"answersheet"}"#;
        let shown = r#"{"answers":"no ••••••","name":"••••••","more":"answersheet"}"#;
        assert_eq!(said("answers", report), shown);
        for (word, report) in [
            ("unhealthy", r#"{"status":"unhealthy"}"#),
            ("database", r#"{"name":"database"}"#),
            ("ööö", "äöööä"),
        ] {
            assert_eq!(said(word, report), report);
        }
    }
}
