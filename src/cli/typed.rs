//! Passwords that were typed as part of an address: what we say about it does not repeat them.

use std::ffi::OsString;

use crate::diagnostic::Finding;
use crate::failure::Failure;
use crate::text::{MASK, typed_password};

/// The passwords on a command line.
pub(super) struct Typed(Vec<String>);

impl Typed {
    pub(super) fn of(arguments: &[OsString]) -> Self {
        let password = |argument: &OsString| {
            let argument = argument.to_string_lossy();
            typed_password(&argument).map(str::to_owned)
        };
        let mut passwords: Vec<String> = arguments.iter().filter_map(password).collect();
        // One may be the beginning of another.
        passwords.sort_by_key(|password| std::cmp::Reverse(password.len()));
        Self(passwords)
    }

    /// The text with each of them masked where it stands in an address.
    pub(super) fn masked(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, password| {
            text.replace(&format!(":{password}@"), &format!(":{MASK}@"))
        })
    }

    pub(super) fn masked_failure(&self, mut failure: Failure) -> Failure {
        let mask = |text: &mut String| *text = self.masked(text);
        mask(&mut failure.message);
        failure.help.iter_mut().for_each(mask);
        for finding in &mut failure.findings {
            let Finding {
                message,
                notes,
                help,
                ..
            } = finding;
            mask(message);
            notes.iter_mut().for_each(mask);
            help.iter_mut().for_each(mask);
        }
        failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_without_its_passwords() {
        let typed = Typed::of(&["--web=http://u:a b@h:99999", "c:a b@h"].map(OsString::from));
        assert_eq!(
            typed.masked("invalid value 'http://u:a b@h:99999' or 'c:a b@h': a b"),
            "invalid value 'http://u:••••••@h:99999' or 'c:••••••@h': a b"
        );
        let failure = Failure::usage("no http://u:a b@h").help("ask http://u:a b@h");
        let masked = typed.masked_failure(failure).in_words();
        assert_eq!(masked, "no http://u:••••••@h → ask http://u:••••••@h");
    }
}
