//! What `pixcrawler.toml` gives the process of one service: variables on top, and the worker the broker of its command.

use crate::workspace::{CONFIG, CommandOptions, Workspace, label};

/// The service that runs the Celery application.
pub const WORKER: &str = "worker";

/// The option of Celery's command, which it puts into the environment as [`OVER_ALL`].
const OPTION: &str = "the broker by -b";

/// What Celery itself reads, whatever the code gives it.
pub(super) const OVER_ALL: &str = "CELERY_BROKER_URL";

/// A variable that nobody but one service sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Its name.
    pub variable: String,
    /// What it says.
    pub value: String,
    /// Whether it is an option of the command.
    pub is_option: bool,
    /// Where it stands: `pixcrawler.toml:3`.
    pub place: String,
}

impl Handed {
    /// Whether a shell makes its value, so that nobody else can tell it.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        self.is_option && self.value.contains(['$', '`'])
    }

    /// How it is named for people.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.is_option {
            OPTION
        } else {
            &self.variable
        }
    }
}

/// What the worker gets, what counts first before the others. What is set to nothing is left out.
#[must_use]
pub fn handed(workspace: &Workspace) -> Vec<Handed> {
    let written = workspace.options.services.get(WORKER);
    let option = written.and_then(|it| it.command.as_ref().and_then(broker_of));
    let option = option.map(|value| Handed {
        variable: OVER_ALL.to_owned(),
        value,
        is_option: true,
        place: place(workspace, WORKER, &["command"]),
    });
    let option = option.filter(|it| !it.value.trim().is_empty());
    option
        .into_iter()
        .chain(variables(workspace, WORKER))
        .collect()
}

/// The variables that a service gets on top of what it would see otherwise. What is set to nothing is left out.
#[must_use]
pub fn variables(workspace: &Workspace, service: &str) -> Vec<Handed> {
    let Some(written) = workspace.options.services.get(service) else {
        return Vec::new();
    };
    let set = written.env.iter();
    let set = set.filter(|(_, value)| !value.trim().is_empty());
    set.map(|(name, value)| Handed {
        variable: name.clone(),
        value: value.clone(),
        is_option: false,
        place: place(workspace, service, &["env", name]),
    })
    .collect()
}

/// Where something of a service stands: `pixcrawler.toml:3`.
fn place(workspace: &Workspace, service: &str, path: &[&str]) -> String {
    let path = [&["services", service], path].concat();
    let settings = workspace.settings.as_ref();
    let label = settings.and_then(|source| label(source, &path, ""));
    format!("{CONFIG}:{}", label.map_or(1, |label| label.start().line))
}

/// Whether the worker is started by a command of `pixcrawler.toml`, which may load what it likes.
#[must_use]
pub fn has_own_command(workspace: &Workspace) -> bool {
    let written = workspace.options.services.get(WORKER);
    written.is_some_and(|written| written.command.is_some())
}

/// What follows `-b` or `--broker` in a command that runs Celery.
fn broker_of(command: &CommandOptions) -> Option<String> {
    let words: Vec<&str> = match command {
        CommandOptions::Shell(line) => line.split_whitespace().collect(),
        CommandOptions::Exec(words) => words.iter().map(String::as_str).collect(),
    };
    let is_celery = |word: &&str| bare(word).rsplit(['/', '\\']).next() == Some("celery");
    let mut words = words
        .into_iter()
        .skip_while(|word| !is_celery(word))
        .skip(1);
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

fn bare(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_of_a_command_is_found() {
        let of = |line: &str| broker_of(&CommandOptions::Shell(line.to_owned()));
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
        let words = ["celery", "-b", "redis://h/9"].map(str::to_owned);
        let exec = CommandOptions::Exec(words.to_vec());
        assert_eq!(broker_of(&exec).as_deref(), Some("redis://h/9"));
    }
}
