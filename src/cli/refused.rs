//! Command lines that are refused before their flags are understood: programs that asked for JSON get an object
//! all the same.

use std::ffi::OsString;

use clap::{CommandFactory, ValueEnum};

use crate::commands::Context;
use crate::failure::Failure;
use crate::output::Format;
use crate::settings;
use crate::system::variables;

use super::{Cli, value};

/// What is known of such a line: how the result was to be printed.
pub(super) fn context(arguments: &[OsString]) -> Context {
    let variable = || variables::snapshot().remove(settings::FORMAT);
    let format = typed_format(arguments).or_else(variable);
    let format = format.and_then(|it| Format::from_str(&it, false).ok());
    Context {
        format: format.unwrap_or(Format::Human),
        ..Context::bare()
    }
}

/// What `--format` says; behind a `--` are the words of another program.
fn typed_format(arguments: &[OsString]) -> Option<String> {
    let words = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    let mut words = words.take_while(|word| word != "--");
    while let Some(word) = words.next() {
        if word == "--format" {
            return words.next().map(String::from);
        }
        if let Some(format) = word.strip_prefix("--format=") {
            return Some(format.to_owned());
        }
    }
    None
}

/// The object on stdout: on one line where a session is read line by line.
pub(super) fn tell(context: &Context, arguments: &[OsString], failure: &Failure) {
    let words = value::path(arguments, Cli::command());
    let command = words.get(1..).unwrap_or_default();
    let has = |option: &str| arguments.iter().any(|word| word == option);
    let streams = match command.first().map(String::as_str) {
        Some("attach" | "logs") => true,
        Some("dev") => !has("--dry-run") && !has("--detach"),
        _ => false,
    };
    let name = command.join(" ");
    if streams {
        context.stream_failure(&name, failure);
    } else {
        context.report_failure(&name, failure);
    }
}

/// What the parser says, taken apart: its first paragraph is what is wrong, its tips or else the usage the way out.
pub(super) fn failure(told: &str) -> Failure {
    let rest = |begin: &str| {
        let lines = told.lines().map(str::trim_start);
        lines
            .filter_map(|line| line.strip_prefix(begin).map(str::trim))
            .collect::<Vec<_>>()
    };
    let wrong = told.strip_prefix("error: ").map(|text| {
        let lines = text.lines().take_while(|line| !line.trim().is_empty());
        lines.map(str::trim).collect::<Vec<_>>().join(" ")
    });
    // Whoever types half of a command gets its help.
    let wrong = wrong.unwrap_or_else(|| "the command is not complete".to_owned());
    let mut ways = rest("tip: ");
    if ways.is_empty() {
        ways = rest("Usage: ");
    }
    let help = match ways.as_slice() {
        [] => "pixcrawler --help".to_owned(),
        ways => ways.join("; "),
    };
    Failure::usage(wrong).help(help)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_format_is_known_of_lines_that_are_refused() {
        for (line, wanted) in [
            ("pixcrawler scale w=x --format json", Some("json")),
            ("pixcrawler --format=json scale", Some("json")),
            ("pixcrawler dev -- cargo --format json", None),
            ("pixcrawler scale --format", None),
        ] {
            assert_eq!(typed_format(&words(line)).as_deref(), wanted, "{line}");
        }
    }

    #[test]
    fn what_the_parser_says_becomes_a_failure() {
        for (line, wanted) in [
            (
                "pixcrawler dev --nosuch",
                "unexpected argument '--nosuch' found → a similar argument exists: '--no-check'; to pass '--nosuch' as a value, use '-- --nosuch'",
            ),
            (
                "pixcrawler ps --nosuch",
                "unexpected argument '--nosuch' found → pixcrawler ps [OPTIONS]",
            ),
            (
                "pixcrawler scale",
                "the following required arguments were not provided: <SERVICE=N> → pixcrawler scale <SERVICE=N>",
            ),
            (
                "pixcrawler docter",
                "unrecognized subcommand 'docter' → a similar subcommand exists: 'doctor'",
            ),
            (
                "pixcrawler env",
                "the command is not complete → pixcrawler env [OPTIONS] <COMMAND>",
            ),
        ] {
            let error = Cli::try_parse_from(words(line)).expect_err(line);
            let failure = failure(&error.render().to_string());
            assert_eq!(failure.in_words(), wanted, "{line}");
        }
    }
}
