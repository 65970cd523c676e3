//! What a service is.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde::Serialize;

use super::endpoint::Endpoint;
use super::managed::Managed;

/// A supervised process, or a task that runs once.
#[derive(Debug, Clone)]
pub struct Service {
    /// `backend`, `worker`, `frontend`, …; unique in a plan.
    pub name: String,
    /// What sort of thing it is.
    pub kind: Kind,
    /// The folder it runs in, absolute.
    pub cwd: Utf8PathBuf,
    /// The tier whose environment it gets.
    pub tier: Option<String>,
    /// Variables on top of what it would see otherwise.
    pub env: Vec<(String, String)>,
    /// The port that it listens on.
    pub port: Option<u16>,
    /// The address to show when it is ready.
    pub url: Option<String>,
    /// What must be so before it starts.
    pub after: Vec<Dependency>,
    /// How to tell that it is ready.
    pub ready: Readiness,
    /// When to start it again.
    pub restart: Restart,
    /// How to stop it.
    pub stop: Stop,
    /// Why it is in the plan: "`FastAPI` app, backend/main.py:12".
    pub origin: String,
}

/// What a service does.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Runs until it is stopped.
    Process(Command),
    /// Runs once and must succeed.
    Task(Command),
    /// A server that the tool itself starts for the workspace.
    Managed(Managed),
}

impl Kind {
    /// Whether it runs once and must succeed.
    #[must_use]
    pub fn is_task(&self) -> bool {
        matches!(self, Self::Task(_))
    }

    /// Whether the tool itself provides it.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        matches!(self, Self::Managed(_))
    }
}

/// How to start a process: never a string that might be a shell line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// A program with its arguments.
    Exec(Vec<String>),
    /// One line for the shell.
    Shell(String),
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shell(line) => f.write_str(line),
            Self::Exec(words) => {
                for (index, word) in words.iter().enumerate() {
                    let space = if index == 0 { "" } else { " " };
                    let plain = !word.is_empty()
                        && word
                            .chars()
                            .all(|c| c.is_alphanumeric() || "-_./:=@%+,\\".contains(c));
                    if plain {
                        write!(f, "{space}{word}")?;
                    } else {
                        write!(f, "{space}'{}'", word.replace('\'', "'\\''"))?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// One service waits for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The other's name.
    pub name: String,
    /// What must be so.
    pub condition: Condition,
}

/// When a dependency counts as met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Its process runs.
    Started,
    /// Its readiness check passed; a task: it succeeded.
    Ready,
    /// It ended, however.
    Completed,
    /// It ended with success.
    CompletedSuccessfully,
}

/// How to tell that a service is ready, and how long that may take.
#[derive(Debug, Clone)]
pub struct Readiness {
    /// The check; none when the start is enough.
    pub probe: Option<Probe>,
    /// Time from the start after which it counts as failed.
    pub timeout: Duration,
    /// Time between two attempts.
    pub interval: Duration,
}

impl Readiness {
    /// A check with the usual times.
    #[must_use]
    pub fn by(probe: Probe) -> Self {
        Self {
            probe: Some(probe),
            timeout: Duration::from_mins(2),
            interval: Duration::from_millis(200),
        }
    }

    /// Ready as soon as it runs.
    #[must_use]
    pub fn at_start() -> Self {
        Self {
            probe: None,
            timeout: Duration::from_mins(2),
            interval: Duration::from_millis(200),
        }
    }
}

/// One readiness check.
#[derive(Debug, Clone)]
pub enum Probe {
    /// This URL answers with a status below 400.
    Http(String),
    /// This port of this machine accepts a connection.
    Tcp(u16),
    /// A line of the output holds this text.
    Log(String),
    /// This command ends with success.
    Exec(Command),
    /// A Celery worker of this service's process tree answers over the broker.
    Celery(Endpoint),
    /// The managed server answers in its own protocol and holds what the plan asks for.
    Managed,
}

/// When a service is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// Its end ends the session.
    Never,
    /// When it failed.
    OnFailure,
    /// Whenever it ended.
    Always,
}

/// How a service is asked to stop, and how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// The gentle signal.
    pub signal: StopSignal,
    /// Who gets it.
    pub scope: StopScope,
    /// Time after which the whole tree is killed.
    pub grace: Duration,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            signal: StopSignal::Terminate,
            scope: StopScope::Leader,
            grace: Duration::from_secs(5),
        }
    }
}

/// A gentle signal. Windows knows one way to ask: Ctrl+Break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum StopSignal {
    /// SIGTERM.
    #[serde(rename = "SIGTERM")]
    Terminate,
    /// SIGINT.
    #[serde(rename = "SIGINT")]
    Interrupt,
    /// SIGQUIT.
    #[serde(rename = "SIGQUIT")]
    Quit,
    /// SIGHUP.
    #[serde(rename = "SIGHUP")]
    HangUp,
    /// SIGKILL: not gentle at all.
    #[serde(rename = "SIGKILL")]
    Kill,
}

impl StopSignal {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Terminate, "SIGTERM"),
        (Self::Interrupt, "SIGINT"),
        (Self::Quit, "SIGQUIT"),
        (Self::HangUp, "SIGHUP"),
        (Self::Kill, "SIGKILL"),
    ];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(signal, _)| *signal == self)
            .map_or("SIGTERM", |(_, name)| name)
    }
}

impl std::str::FromStr for StopSignal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.to_ascii_uppercase();
        let wanted = if wanted.starts_with("SIG") {
            wanted
        } else {
            format!("SIG{wanted}")
        };
        Self::ALL
            .iter()
            .find(|(_, name)| *name == wanted)
            .map(|(signal, _)| *signal)
            .ok_or_else(|| {
                format!(
                    "unknown signal `{text}`, expected SIGTERM, SIGINT, SIGQUIT, SIGHUP or SIGKILL"
                )
            })
    }
}

/// Who gets the gentle signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StopScope {
    /// The process that was started; it passes it on as it sees fit. A Celery pool child that
    /// got the signal itself would die in the middle of its task.
    Leader,
    /// Its whole process group: a shell does not pass signals on.
    Group,
}
