//! What a command of `pixcrawler.toml` says by itself: the variables before its program, and what it has Celery do.

use crate::workspace::CommandOptions;

/// The variables that a command gives its program: words `NAME=value` before it, also behind `env`. Where it is a line
/// for the shell, those of its last program count, with what was exported before.
pub(super) fn assigned(command: &CommandOptions) -> Vec<(String, String)> {
    let mut line = Line::default();
    match command {
        CommandOptions::Shell(text) => {
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
        CommandOptions::Exec(words) => {
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

/// What puts env files into the environment of what a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loads {
    /// `pixcrawler env run --tier TIER --`: what the tier's loader reads.
    Tier(String),
    /// `uv run --env-file FILE`, or `UV_ENV_FILE`: a file by its way from where the command runs.
    File(String),
}

/// What a command loads before its program, where its words tell that.
pub(super) fn loads(command: &CommandOptions) -> Vec<Loads> {
    let words: Vec<&str> = match command {
        CommandOptions::Shell(line) => line.split_whitespace().map(bare).collect(),
        CommandOptions::Exec(words) => words.iter().map(String::as_str).collect(),
    };
    let program = |word: &str| word.rsplit(['/', '\\']).next().map(str::to_owned);
    let mut all = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let rest = words.get(at + 1..).unwrap_or_default();
        match program(word).as_deref() {
            Some("pixcrawler") if rest.starts_with(&["env", "run"]) => {
                let own = rest.iter().take_while(|it| **it != "--");
                let own: Vec<&str> = own.copied().collect();
                // Without it the backend's counts.
                let tier = option(&own, "--tier").unwrap_or("backend");
                // Another environment reads other files.
                let is_other = own.iter().any(|it| it.starts_with("--env"));
                all.extend((!is_other).then(|| Loads::Tier(tier.to_owned())));
            }
            Some("uv") if rest.first() == Some(&"run") => {
                let is_celery = |it: &&&str| program(it).as_deref() != Some("celery");
                let own: Vec<&str> = rest.iter().take_while(is_celery).copied().collect();
                if !own.contains(&"--no-env-file") {
                    all.extend(option(&own, "--env-file").map(|it| Loads::File(it.to_owned())));
                }
            }
            _ => {}
        }
    }
    all
}

/// What an option says: `--name value`, `--name='value'`.
fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == name {
            return words.next().copied();
        }
        let behind = word.strip_prefix(name).and_then(|it| it.strip_prefix('='));
        if behind.is_some() {
            return behind.map(bare);
        }
    }
    None
}

/// Whether a command starts its program by `uv run`, as `pixcrawler dev` does by itself.
pub(super) fn is_run_by_uv(command: &CommandOptions) -> bool {
    let words: Vec<&str> = match command {
        CommandOptions::Shell(line) => line.split_whitespace().map(bare).collect(),
        CommandOptions::Exec(words) => words.iter().map(String::as_str).collect(),
    };
    words.windows(2).any(|it| it == ["uv", "run"]) && !words.contains(&"--no-env-file")
}

/// What follows `-b` or `--broker` in a command that runs Celery.
pub(super) fn broker_of(command: &CommandOptions) -> Option<String> {
    let mut words = behind_celery(command)?.into_iter();
    while let Some(word) = words.next() {
        let word = bare(word);
        let value = match word {
            "-b" | "--broker" => words.next(),
            // Only its letter is short, and what follows that is the value.
            _ => word
                .strip_prefix("--broker=")
                .or_else(|| word.strip_prefix("-b")),
        };
        if let Some(value) = value {
            return Some(bare(value).to_owned());
        }
    }
    None
}

/// Whether a command runs a worker of Celery's.
pub(super) fn is_worker(command: &CommandOptions) -> bool {
    behind_celery(command).is_some_and(|words| words.into_iter().any(|it| bare(it) == "worker"))
}

/// Whether tasks may be queued by what a command runs: of Celery's own programs that is its clock.
pub(super) fn may_queue(command: &CommandOptions) -> bool {
    behind_celery(command).is_none_or(|words| words.into_iter().any(|it| bare(it) == "beat"))
}

/// The words behind Celery's program, where a command runs it.
fn behind_celery(command: &CommandOptions) -> Option<Vec<&str>> {
    let words: Vec<&str> = match command {
        CommandOptions::Shell(line) => line.split_whitespace().collect(),
        CommandOptions::Exec(words) => words.iter().map(String::as_str).collect(),
    };
    let is_celery = |word: &&str| bare(word).rsplit(['/', '\\']).next() == Some("celery");
    let at = words.iter().position(is_celery)?;
    Some(words[at + 1..].to_vec())
}

fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(line: &str) -> CommandOptions {
        CommandOptions::Shell(line.to_owned())
    }

    fn exec(words: &[&str]) -> CommandOptions {
        CommandOptions::Exec(words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn the_broker_of_a_command_is_found() {
        let of = |line: &str| broker_of(&shell(line));
        for line in [
            "uv run --no-sync celery -A celery_core.app -b redis://h/9 worker",
            "celery --broker=redis://h/9 worker",
            "python -m celery -A x --broker 'redis://h/9' worker",
            ".venv/bin/celery '-bredis://h/9' worker",
        ] {
            assert_eq!(of(line).as_deref(), Some("redis://h/9"), "{line}");
        }
        for line in ["celery -A x worker -B", "run -b redis://h/9", "celery -b"] {
            assert_eq!(of(line), None, "{line}");
        }
        let exec = exec(&["celery", "-b", "redis://h/9"]);
        assert_eq!(broker_of(&exec).as_deref(), Some("redis://h/9"));
    }

    #[test]
    fn variables_before_the_program_are_found() {
        let told = |command: &CommandOptions| {
            let pairs = assigned(command).into_iter();
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

    #[test]
    fn what_a_command_loads_is_told() {
        let tier = |name: &str| vec![Loads::Tier(name.to_owned())];
        let file = |name: &str| vec![Loads::File(name.to_owned())];
        for (line, told) in [
            (
                "pixcrawler env run --tier backend -- celery -A x worker",
                tier("backend"),
            ),
            ("pixcrawler env run --tier=root -- celery", tier("root")),
            ("pixcrawler env run -- celery --tier x", tier("backend")),
            ("pixcrawler env run --env production -- celery", vec![]),
            ("uv run --env-file .env celery -A x worker", file(".env")),
            (
                "uv run --env-file='backend/.env' celery",
                file("backend/.env"),
            ),
            ("uv run --no-env-file --env-file .env celery", vec![]),
            ("uv run celery --env-file .env", vec![]),
            ("celery -A x worker", vec![]),
        ] {
            assert_eq!(loads(&shell(line)), told, "{line}");
        }
        assert!(is_run_by_uv(&shell("exec uv run celery")));
        assert!(!is_run_by_uv(&shell("celery")));
    }

    #[test]
    fn of_celerys_programs_its_clock_queues() {
        for (line, worker, queues) in [
            ("celery -A x worker", true, false),
            ("celery -A x beat", false, true),
            ("celery -A x flower", false, false),
            ("uvicorn backend.main:app", false, true),
        ] {
            let command = shell(line);
            assert_eq!((is_worker(&command), may_queue(&command)), (worker, queues));
        }
    }
}
