//! What a service has begun to say and not ended, as for a question: for those who get whole lines
//! and cannot be shown one that grows.

use std::collections::BTreeMap;

use crate::service::fleet::Id;
use crate::service::screen::{harmless, settled};
use crate::text::Secrets;

/// Bytes of an unfinished line that are told, its last ones: it is told again as it grows, and comes
/// whole when it ends.
const LONGEST: usize = 4096;

/// What was told of everybody's unfinished line, and how much of it that was.
#[derive(Debug, Default)]
pub(super) struct Asking {
    told: BTreeMap<Id, (usize, String)>,
}

impl Asking {
    /// Takes note that a service ended its line; whether something was told of it.
    pub(super) fn ended(&mut self, id: Id) -> bool {
        self.told.remove(&id).is_some()
    }

    /// The line in which a service stopped, as far as it may be shown; none where it says nothing
    /// that was not told. That one which grows and grows is seldom told, whoever hears of its pauses sees to.
    pub(super) fn text(&mut self, id: Id, line: &[u8], secrets: &Secrets) -> Option<String> {
        let line = &line[..settled(line).min(secrets.settled(line))];
        let told = self.told.get(&id);
        if told.is_some_and(|(length, _)| line.len() <= *length) {
            return None;
        }
        let (mut masked, mut text) = (Vec::new(), Vec::new());
        secrets.mask_into(line, &mut masked);
        harmless(&masked, false, &mut text);
        let text = String::from_utf8_lossy(&text);
        let text = end_of(&text);
        let is_same = told.is_some_and(|(_, told)| told.trim_end() == text.trim_end());
        if text.trim().is_empty() || is_same {
            return None;
        }
        self.told.insert(id, (line.len(), text.clone()));
        Some(text)
    }
}

/// The end of a text that is too long.
fn end_of(text: &str) -> String {
    let Some(from) = text.len().checked_sub(LONGEST).filter(|from| *from > 0) else {
        return text.to_owned();
    };
    let from = (from..text.len()).find(|at| text.is_char_boundary(*at));
    format!("… {}", &text[from.unwrap_or(text.len())..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(asking: &mut Asking, line: &str) -> Option<String> {
        asking.text(0, line.as_bytes(), &Secrets::new(["s3cret-s3cret"]))
    }

    #[test]
    fn what_a_line_grows_by_is_told_whatever_it_is() {
        let mut asking = Asking::default();
        for line in ["Name? ", "Name? Age? "] {
            assert_eq!(told(&mut asking, line).as_deref(), Some(line));
            assert_eq!(told(&mut asking, line), None, "it was told");
        }
        assert!(asking.ended(0) && !asking.ended(0));
        assert_eq!(told(&mut asking, " "), None);
        assert_eq!(told(&mut asking, " .").as_deref(), Some(" ."));
        assert_eq!(told(&mut asking, " .  "), None, "there is nothing to read");
        assert_eq!(told(&mut asking, " .. .").as_deref(), Some(" .. ."));
        assert!(asking.ended(0));
        for line in ["Delete file", "Delete file? ", "Delete file? [y/n]"] {
            assert_eq!(told(&mut asking, line).as_deref(), Some(line));
        }
        assert!(asking.ended(0));
        assert_eq!(told(&mut asking, " .. .").as_deref(), Some(" .. ."));
        assert_eq!(told(&mut asking, " .. . ä").as_deref(), Some(" .. . ä"));
        // What draws over itself says what it said last.
        assert!(asking.ended(0));
        assert_eq!(
            told(&mut asking, "\rPassword: ").as_deref(),
            Some("Password: ")
        );
        let again = told(&mut asking, "\rPassword: \rpassphrase: ");
        assert_eq!(again.as_deref(), Some("passphrase: "));
        let again = told(
            &mut asking,
            "\rPassword: \rpassphrase: \x1b[2K\x1b[1GName: ",
        );
        assert_eq!(again.as_deref(), Some("Name: "));
    }

    #[test]
    fn a_secret_is_not_told_however_much_of_it_is_there() {
        let mut asking = Asking::default();
        assert_eq!(told(&mut asking, "key: s3cret-").as_deref(), Some("key: "));
        let whole = told(&mut asking, "key: s3cret-s3cret, next? ");
        assert_eq!(whole.as_deref(), Some("key: ••••••, next? "));
    }

    #[test]
    fn of_a_long_line_the_end_is_told() {
        let long = format!("{}Name? ", "ä ".repeat(LONGEST));
        let text = told(&mut Asking::default(), &long).expect("it says something");
        assert!(text.starts_with("… ") && text.ends_with("ä Name? "));
        assert!(text.len() < LONGEST + 10, "{}", text.len());
    }
}
