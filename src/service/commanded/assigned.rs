//! The variables that a command gives its program.

use super::{Commanded, bare};

/// The variables that a command gives its program: words `NAME=value` before it, also behind `env`. Where it is a line
/// for the shell, those of its last program count, with what was exported before.
pub(super) fn assigned(command: Commanded<'_>) -> Vec<(String, String)> {
    let mut line = Line::default();
    match command {
        Commanded::Shell(text) => {
            for word in text.split_whitespace() {
                if word == "|" {
                    break;
                }
                let (word, ends) = match word.strip_suffix(';') {
                    Some(word) => (word, true),
                    None => (word, matches!(word, "&&" | "||" | "&")),
                };
                // Only a part of what stands in quotes is no value.
                if word.matches(['"', '\'']).count() % 2 == 1 {
                    line.at = At::Arguments;
                } else if !matches!(word, "&&" | "||" | "&" | "") {
                    line.take(word, bare);
                }
                if ends {
                    line.ends();
                }
            }
        }
        Commanded::Exec(words) => {
            line.at = At::Arguments;
            for word in words {
                line.take(word, |word| word);
            }
        }
    }
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in line.exported.into_iter().chain(line.own) {
        all.retain(|(known, _)| *known != name);
        all.push((name, value));
    }
    all
}

/// Where in a line a word stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    /// Before the program.
    #[default]
    Begin,
    /// Behind `env`.
    Env,
    /// Behind an option of `env` that takes a word.
    EnvOption,
    /// Behind `export`.
    Export,
    /// Behind the program.
    Arguments,
}

#[derive(Debug, Default)]
struct Line {
    at: At,
    own: Vec<(String, String)>,
    exported: Vec<(String, String)>,
}

impl Line {
    fn take(&mut self, word: &str, unquoted: impl Fn(&str) -> &str) {
        let pair = |word: &str| {
            let (name, value) = word.split_once('=')?;
            is_name(name).then(|| (name.to_owned(), unquoted(value).to_owned()))
        };
        let is_env = word.rsplit('/').next() == Some("env");
        self.at = match self.at {
            At::Begin | At::Arguments if is_env => At::Env,
            At::Begin if word == "exec" => At::Begin,
            At::Begin if word == "export" => At::Export,
            At::Begin => match pair(word) {
                Some(pair) => {
                    self.own.push(pair);
                    At::Begin
                }
                None => At::Arguments,
            },
            At::Env => match (pair(unquoted(word)), word) {
                (Some(pair), _) => {
                    self.own.push(pair);
                    At::Env
                }
                (None, "-u" | "--unset" | "-C" | "--chdir") => At::EnvOption,
                (None, _) if word.starts_with('-') || is_env => At::Env,
                (None, _) => At::Arguments,
            },
            At::EnvOption => At::Env,
            At::Export => {
                self.exported.extend(pair(unquoted(word)));
                At::Export
            }
            At::Arguments => At::Arguments,
        };
    }

    /// Another program follows.
    fn ends(&mut self) {
        self.own.clear();
        self.at = At::Begin;
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| is_part(c) && !c.is_ascii_digit()) && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::super::Commanded;
    use super::super::tests::{exec, shell};
    use crate::workspace::CommandOptions;

    #[test]
    fn variables_before_the_program_are_found() {
        let told = |command: &CommandOptions| {
            let pairs = Commanded::from(command).assigned().into_iter();
            let pairs: Vec<String> = pairs.map(|(name, value)| name + "=" + &value).collect();
            pairs.join(" ")
        };
        for (line, pairs) in [
            ("A=1 B='2' uv run celery C=3", "A=1 B=2"),
            ("exec env -i -u D \"A=1\" B=2 celery", "A=1 B=2"),
            ("uv run env A=1 celery", "A=1"),
            ("export A=1 B=2; B=3 celery", "A=1 B=3"),
            ("A=1 alembic upgrade head && B=$(cat x) celery", "B=$(cat"),
            ("A=1 celery | tee B=2", "A=1"),
            ("A=\"1 2\" celery", ""),
            ("celery worker", ""),
            ("pixcrawler env run --tier backend -- celery A=1", ""),
        ] {
            assert_eq!(told(&shell(line)), pairs, "{line}");
        }
        assert_eq!(told(&exec(&["env", "A=1", "uv", "run"])), "A=1");
        assert_eq!(told(&exec(&["/usr/bin/env", "A='1'", "x"])), "A='1'");
        assert_eq!(told(&exec(&["A=1", "celery"])), "");
    }
}
