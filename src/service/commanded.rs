//! What the command of a service says by itself, of `pixcrawler.toml` as of a plan: the variables before its program,
//! the env files that it has loaded, and what it has Celery do.

mod assigned;
mod loads;

use crate::workspace::CommandOptions;

use super::Command;

pub use loads::Loads;

/// A command by its words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Commanded<'a> {
    /// One line for the shell.
    Shell(&'a str),
    /// A program with its arguments.
    Exec(&'a [String]),
}

impl<'a> From<&'a CommandOptions> for Commanded<'a> {
    fn from(command: &'a CommandOptions) -> Self {
        match command {
            CommandOptions::Shell(line) => Self::Shell(line),
            CommandOptions::Exec(words) => Self::Exec(words),
        }
    }
}

impl<'a> From<&'a Command> for Commanded<'a> {
    fn from(command: &'a Command) -> Self {
        match command {
            Command::Shell(line) => Self::Shell(line),
            Command::Exec(words) => Self::Exec(words),
        }
    }
}

impl<'a> Commanded<'a> {
    /// Its words as they are written.
    fn words(self) -> Vec<&'a str> {
        match self {
            Self::Shell(line) => line.split_whitespace().collect(),
            Self::Exec(words) => words.iter().map(String::as_str).collect(),
        }
    }

    /// The same as its programs see them.
    fn plain(self) -> Vec<&'a str> {
        match self {
            Self::Shell(line) => line.split_whitespace().map(bare).collect(),
            Self::Exec(_) => self.words(),
        }
    }

    /// Whether a shell reads it.
    pub(super) fn is_shell(self) -> bool {
        matches!(self, Self::Shell(_))
    }

    /// The variables that it gives its program.
    pub(super) fn assigned(self) -> Vec<(String, String)> {
        assigned::assigned(self)
    }

    /// What it loads before its program, where its words tell that.
    pub(super) fn loads(self) -> Vec<Loads> {
        loads::loads(self)
    }

    /// The tier whose files it asks for: `pixcrawler env run --tier NAME -- …`.
    pub(super) fn asked_tier(self) -> Option<&'a str> {
        loads::runs(self).into_iter().find_map(|run| run.tier)
    }

    /// Whether it starts its program by `uv run`, as `pixcrawler dev` does by itself.
    pub(super) fn is_run_by_uv(self) -> bool {
        let words = self.plain();
        words.windows(2).any(|it| it == ["uv", "run"]) && !words.contains(&"--no-env-file")
    }

    /// What follows `-b` or `--broker` where it runs Celery.
    pub(super) fn broker(self) -> Option<String> {
        let mut words = self.behind_celery()?.into_iter();
        while let Some(word) = words.next() {
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

    /// Whether it runs a worker of Celery's.
    pub(super) fn is_worker(self) -> bool {
        self.behind_celery()
            .is_some_and(|words| words.contains(&"worker"))
    }

    /// Whether tasks may be queued by what it runs: of Celery's own programs that is its clock.
    pub(super) fn may_queue(self) -> bool {
        self.behind_celery()
            .is_none_or(|words| words.contains(&"beat"))
    }

    /// Whether it runs a worker of Celery's that says when it works: only with these levels it does.
    pub(super) fn says_when_it_works(self) -> bool {
        let Some(words) = self.behind_celery() else {
            return false;
        };
        // What is written into a file nobody hears.
        let is_elsewhere = |word: &&str| *word == "-f" || word.starts_with("--logfile");
        if words.iter().any(is_elsewhere) {
            return false;
        }
        let is_told = |level: &str| {
            let level = level.trim_start_matches('=');
            ["info", "debug"]
                .iter()
                .any(|it| level.eq_ignore_ascii_case(it))
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let level = match word {
                "-l" | "--loglevel" => words.next(),
                _ => word
                    .strip_prefix("--loglevel")
                    .or_else(|| word.strip_prefix("-l")),
            };
            if let Some(level) = level {
                return is_told(level);
            }
        }
        false
    }

    /// The words behind Celery's program, where it runs that.
    fn behind_celery(self) -> Option<Vec<&'a str>> {
        let words: Vec<&str> = self.words().into_iter().map(bare).collect();
        let at = words.iter().position(|word| name_of(word) == "celery")?;
        Some(words[at + 1..].to_vec())
    }
}

/// A word without the quotes around it.
fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// What a program is called, without the way to it.
fn name_of(word: &str) -> &str {
    word.rsplit(['/', '\\']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn shell(line: &str) -> CommandOptions {
        CommandOptions::Shell(line.to_owned())
    }

    pub(super) fn exec(words: &[&str]) -> CommandOptions {
        CommandOptions::Exec(words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn the_broker_of_a_command_is_found() {
        let of = |line: &str| Commanded::from(&shell(line)).broker();
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
        assert_eq!(
            Commanded::from(&exec).broker().as_deref(),
            Some("redis://h/9")
        );
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
            let command = Commanded::from(&command);
            assert_eq!((command.is_worker(), command.may_queue()), (worker, queues));
        }
    }
}
