//! Secrets that were typed: what we say about a command line does not repeat them.

use std::ffi::OsString;

use crate::diagnostic::Finding;
use crate::env::looks_secret;
use crate::failure::Failure;
use crate::text::{MASK, typed_password};

/// The secrets on a command line.
pub(super) struct Typed {
    /// Passwords that are part of an address.
    passwords: Vec<String>,
    /// Words with a value in them, and what is shown in their place.
    words: Vec<(String, String)>,
    /// The same for words that may have one: to a command, `TIER:NAME` is something else.
    doubtful: Vec<(String, String)>,
    /// Values that the parser may say alone.
    values: Vec<String>,
    /// What stands behind the `?` or `#` of an address, and what is shown in its place.
    queries: Vec<(String, String)>,
}

impl Typed {
    pub(super) fn of(arguments: &[OsString]) -> Self {
        let arguments: Vec<String> = arguments
            .iter()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        let password = |argument: &String| typed_password(argument).map(str::to_owned);
        let mut passwords: Vec<String> = arguments.iter().filter_map(password).collect();
        // One may be the beginning of another.
        passwords.sort_by_key(|password| std::cmp::Reverse(password.len()));
        let (mut words, mut doubtful, mut values) = (Vec::new(), Vec::new(), Vec::new());
        // Whoever sets a variable types values, in whatever form they are thought to be taken.
        let sets = arguments.iter().skip(1).any(|word| word == "env");
        let program = usize::from(!arguments.is_empty());
        for argument in arguments.iter().skip(program) {
            let Some((shown, value)) = hidden(argument, sets) else {
                continue;
            };
            let list = if argument.contains('=') {
                &mut words
            } else {
                &mut doubtful
            };
            list.push((argument.clone(), shown));
            values.push(value.to_owned());
        }
        let options = arguments.iter().skip(program);
        let mut queries: Vec<(String, String)> = options.filter_map(|word| query(word)).collect();
        for list in [&mut words, &mut doubtful, &mut queries] {
            list.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        }
        Self {
            passwords,
            words,
            doubtful,
            values,
            queries,
        }
    }

    /// The text with each password masked where it stands in an address, the values of an address's options,
    /// and each value where the word that it was typed in stands.
    pub(super) fn masked(&self, text: &str) -> String {
        self.without_queries(self.without_words(text))
    }

    fn without_queries(&self, text: String) -> String {
        let queries = self.queries.iter();
        queries.fold(text, |text, (query, shown)| text.replace(query, shown))
    }

    fn without_words(&self, text: &str) -> String {
        let text = self
            .passwords
            .iter()
            .fold(text.to_owned(), |text, password| {
                text.replace(&format!(":{password}@"), &format!(":{MASK}@"))
            });
        let words = self.words.iter();
        words.fold(text, |text, (word, shown)| text.replace(word, shown))
    }

    /// What the parser of the command line says, which takes words apart.
    pub(super) fn masked_usage(&self, text: &str) -> String {
        let masked = self.without_words(text);
        let masked = self
            .doubtful
            .iter()
            .fold(masked, |text, (word, shown)| text.replace(word, shown));
        let masked = self.values.iter().fold(masked, |text, value| {
            text.replace(&format!("'{value}'"), &format!("'{MASK}'"))
        });
        self.without_queries(masked)
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

/// What stands in a word behind the `?` or `#` of an address, as it is and as it may be shown: with the
/// names of its options alone. None where nothing is behind it.
fn query(word: &str) -> Option<(String, String)> {
    let is_address = word.contains("://");
    let at = word
        .find(['?', '#'])
        .filter(|at| is_address || word[*at..].contains('='))?;
    let (sign, rest) = word[at..].split_at(1);
    let mut shown = sign.to_owned();
    for piece in rest.split_inclusive(['&', '#', ';']) {
        let end = piece.trim_end_matches(['&', '#', ';']).len();
        let (option, separator) = piece.split_at(end);
        match option.split_once('=') {
            Some((name, value)) if !value.is_empty() => {
                shown.push_str(name);
                shown.push('=');
                shown.push_str(MASK);
            }
            Some(_) => shown.push_str(option),
            None if option.is_empty() => {}
            None => shown.push_str(MASK),
        }
        shown.push_str(separator);
    }
    (!rest.is_empty()).then(|| (word[at..].to_owned(), shown))
}

/// A word as it may be shown, and the value in it; none for a word that has none. `sets`: all values are
/// those of variables, otherwise only those whose names say so.
fn hidden(word: &str, sets: bool) -> Option<(String, &str)> {
    let bare = word.trim_start_matches('-');
    let dashes = &word[..word.len() - bare.len()];
    let is_name = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    let at = bare.find(['=', ':']).filter(|at| {
        let after = bare.get(at + 1..).unwrap_or_default();
        // An address is not `NAME:VALUE`; its password is looked for by itself.
        !(after.is_empty() || after == "-" || after.starts_with("//"))
    });
    if let Some(at) = at {
        let (name, value) = (&bare[..at], &bare[at + 1..]);
        // What an option takes is no variable's value, but for these.
        let free = sets && (dashes.is_empty() || ["part", "like"].contains(&name));
        let hides = is_name(name) && (free || looks_secret(&name.replace('-', "_")));
        return hides.then(|| (format!("{dashes}{}{MASK}", &bare[..=at]), value));
    }
    // `-s3cret`, which the parser takes for options of one letter, and says whole.
    let is_option = match dashes {
        "-" => bare.len() < 2,
        _ => bare.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
    };
    (sets && !dashes.is_empty() && !is_option).then(|| (format!("{dashes}{MASK}"), bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_without_its_passwords() {
        let typed = Typed::of(&["", "--web=http://u:a b@h:99999", "c:a b@h"].map(OsString::from));
        assert_eq!(
            typed.masked("invalid value 'http://u:a b@h:99999' or 'c:a b@h': a b"),
            "invalid value 'http://u:••••••@h:99999' or 'c:••••••@h': a b"
        );
        let failure = Failure::usage("no http://u:a b@h").help("ask http://u:a b@h");
        let masked = typed.masked_failure(failure).in_words();
        assert_eq!(masked, "no http://u:••••••@h → ask http://u:••••••@h");
    }

    #[test]
    fn options_of_an_address_come_back_by_their_names() {
        let shown = |word: &str| query(word).map(|(_, shown)| shown);
        for (word, wanted) in [
            ("http://h/x?key=topsecret", Some("?key=••••••")),
            (
                "--web=http://h?a=1&b=&t0k&#x=y",
                Some("?a=••••••&b=&••••••&#x=••••••"),
            ),
            ("h/x?key=topsecret", Some("?key=••••••")),
            ("http://h/#t0k", Some("#••••••")),
            ("http://h/?", None),
            ("why?", None),
            ("http://h/x", None),
        ] {
            assert_eq!(shown(word).as_deref(), wanted, "{word}");
        }
        let words = ["pixcrawler", "http://u:pw@h?token=abc", "--web=h?key=s"].map(OsString::from);
        assert_eq!(
            Typed::of(&words).masked_usage("'http://u:pw@h?token=abc' or 'h?key=s'"),
            "'http://u:••••••@h?token=••••••' or 'h?key=••••••'"
        );
    }

    #[test]
    fn values_of_variables_are_hidden_in_whatever_form_they_are_typed() {
        let shown = |word: &str| hidden(word, true).map(|(shown, _)| shown);
        for (word, wanted) in [
            ("NAME=s3cret", "NAME=••••••"),
            ("password:s3cret", "password:••••••"),
            ("--password=s3cret", "--password=••••••"),
            ("--part=password=s3cret", "--part=••••••"),
            ("-s3cret", "-••••••"),
            ("--s3cret", "--••••••"),
        ] {
            assert_eq!(shown(word).as_deref(), Some(wanted), "{word}");
        }
        for word in [
            "NAME=-",
            "NAME=",
            "--file",
            "--tier=x",
            "-v",
            "set",
            "redis://h:1/2",
            "a b:c",
        ] {
            assert_eq!(shown(word), None, "{word}");
        }
        // Elsewhere a word has a secret only where its name says so.
        let elsewhere = |word: &str| hidden(word, false).map(|(shown, _)| shown);
        assert_eq!(
            elsewhere("API_TOKEN=s3cret").as_deref(),
            Some("API_TOKEN=••••••")
        );
        assert_eq!(elsewhere("--scale=worker=3"), None);
        assert_eq!(elsewhere("-v5"), None);
        let words = ["pixcrawler", "env", "set", "password:s3cret"].map(OsString::from);
        let typed = Typed::of(&words);
        assert_eq!(
            typed.masked_usage("invalid value 's3cret' of password:s3cret"),
            "invalid value '••••••' of password:••••••"
        );
    }
}
