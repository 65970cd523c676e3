//! Values that cannot be: what is taken in their place, with an example to type.

use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use clap::Command;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use url::Url;

/// An example of each sort of value, by the name that it has in the help.
const EXAMPLES: &[(&str, &str)] = &[
    ("CMD", "\"pytest -q\""),
    ("LEVEL", "warn"),
    ("N", "20"),
    ("REGEX", "\"refused|timed out\""),
    ("ROW", "3"),
    ("SECONDS", "5"),
    ("SERVICE=N", "worker=3"),
    ("SEVERITY", "warnings"),
    ("TIME", "90s"),
    ("TIMES", "5"),
    ("URL", "https://api.example.com"),
];

/// Options of every command, whose values stand before a command's name.
const GLOBAL: &[&str] = &["--workspace", "--env", "--format", "--color"];

/// A whole number within these bounds.
pub(super) fn number<N>(text: &str, bounds: &RangeInclusive<N>) -> Result<N, String>
where
    N: FromStr + PartialOrd + Display,
{
    let number = text.parse().ok();
    number
        .filter(|number| bounds.contains(number))
        .ok_or_else(|| {
            let (least, most) = (bounds.start(), bounds.end());
            format!("`{text}` is no whole number from {least} to {most}")
        })
}

/// An error of a value gets an example of one that is taken, as it may be typed.
pub(super) fn with_example(error: &mut Error, typed: &[OsString], line: Command) {
    let is_wrong = error.kind() == ErrorKind::ValueValidation;
    if !is_wrong && error.kind() != ErrorKind::InvalidValue {
        return;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let first = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => values.first().map(String::as_str),
        _ => None,
    };
    let Some(argument) = text(ContextKind::InvalidArg) else {
        return;
    };
    let (option, name) = parts(argument);
    let known = EXAMPLES.iter().find(|(known, _)| *known == name);
    // An address that is left out may be of anything: of a database, too.
    let known = known.filter(|(name, _)| is_wrong || *name != "URL");
    let near = text(ContextKind::SuggestedValue).or(first);
    let typed_value = text(ContextKind::InvalidValue).filter(|_| name == "URL");
    let meant = typed_value.and_then(with_scheme);
    let near = near.or(meant.as_deref());
    let Some(value) = near.or(known.map(|(_, value)| *value)) else {
        return;
    };
    let mut words = path(typed, line);
    words.extend(option.map(str::to_owned));
    words.push(value.to_owned());
    let example = StyledStr::from(format!("for example: {}", words.join(" ")));
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![example]),
    );
}

/// A host with a port or a path as an address, where nothing in it lets somebody in.
pub(super) fn with_scheme(text: &str) -> Option<String> {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b".-_:/[]".contains(&it);
    let is_place = text.contains(['.', ':']) && !text.contains("://");
    let whole = format!("http://{text}");
    (is_place && text.bytes().all(is_plain) && Url::parse(&whole).is_ok()).then_some(whole)
}

/// The option and the value's name of an argument as the parser writes it: `--timeout <TIME>`, `[URL]`.
fn parts(argument: &str) -> (Option<&str>, &str) {
    let (option, value) = match argument.split_once([' ', '[']) {
        Some((option, value)) if option.starts_with('-') => (Some(option), value),
        _ => (None, argument),
    };
    (option, value.trim_matches(|c| "[]<>.= ".contains(c)))
}

/// The words that lead to the command that was typed.
pub(super) fn path(typed: &[OsString], mut line: Command) -> Vec<String> {
    line.build();
    let mut path = vec![line.get_name().to_owned()];
    let mut at = &line;
    let mut words = typed.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if GLOBAL.contains(&&*word) {
            words.next();
        } else if let Some(next) = at.find_subcommand(&*word) {
            path.push(next.get_name().to_owned());
            at = next;
        } else if !word.starts_with('-') {
            break;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_taken_apart_as_the_parser_writes_them() {
        for (argument, told) in [
            ("--timeout <TIME>", (Some("--timeout"), "TIME")),
            ("--watch [<SECONDS>]", (Some("--watch"), "SECONDS")),
            ("--timings[=<FILE>]", (Some("--timings"), "FILE")),
            ("<SERVICE=N>", (None, "SERVICE=N")),
            ("[URL]", (None, "URL")),
            ("<SERVICE>...", (None, "SERVICE")),
        ] {
            assert_eq!(parts(argument), told, "{argument}");
        }
    }

    #[test]
    fn a_number_is_whole_and_within_its_bounds() {
        assert_eq!(number("7", &(1..=9)), Ok(7));
        for text in ["x", "0", "10", "1.5", ""] {
            let why = number::<u16>(text, &(1..=9)).expect_err(text);
            assert_eq!(why, format!("`{text}` is no whole number from 1 to 9"));
        }
    }
}
