//! What a service is.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde::Serialize;

use super::check::{Health, Readiness};
use super::command::Command;
use super::ending::Ending;
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
    /// Variables whose values are put into the line of its command before a shell reads that, in this
    /// order: a Procfile's.
    pub inline: Vec<String>,
    /// The port that it listens on.
    pub port: Option<u16>,
    /// Its own command names that port, so that no setting gives it another one.
    pub names_port: bool,
    /// The address to show when it is ready.
    pub url: Option<String>,
    /// What must be so before it starts.
    pub after: Vec<Dependency>,
    /// How to tell that it is ready.
    pub ready: Readiness,
    /// How to tell that it still works.
    pub health: Option<Health>,
    /// When to start it again.
    pub restart: Restart,
    /// How patiently.
    pub back_off: BackOff,
    /// Exit codes that count as success beside 0.
    pub success: Vec<u8>,
    /// How to stop it.
    pub stop: Stop,
    /// Which of several it is.
    pub replica: Option<Replica>,
    /// It is started only with one of these; always when empty.
    pub profiles: Vec<String>,
    /// The files whose change starts it again.
    pub watch: Option<Watch>,
    /// How many processes it may have; the usual when it does not say.
    pub most: Option<u32>,
    /// What happens when the variables change that its env files set.
    pub on_env: OnEnv,
    /// Why it is in the plan: "`FastAPI` app, backend/main.py:12".
    pub origin: String,
}

impl Service {
    /// A service that is ready at its start and is not started again.
    #[must_use]
    pub fn new(name: &str, kind: Kind, cwd: Utf8PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            cwd,
            tier: None,
            env: Vec::new(),
            inline: Vec::new(),
            port: None,
            names_port: false,
            url: None,
            after: Vec::new(),
            ready: Readiness::at_start(),
            health: None,
            restart: Restart::Never,
            back_off: BackOff::default(),
            success: Vec::new(),
            stop: Stop::default(),
            replica: None,
            profiles: Vec::new(),
            watch: None,
            most: None,
            on_env: OnEnv::Restart,
            origin: String::new(),
        }
    }

    /// Whether an end like this is a success.
    #[must_use]
    pub fn succeeds(&self, ending: Ending) -> bool {
        ending.is_success()
            || matches!(ending, Ending::Code(_) | Ending::Signal(_))
                && self.success.contains(&ending.shell_code())
    }

    /// The name by which a person knows it: that of all its replicas.
    #[must_use]
    pub fn group(&self) -> &str {
        self.replica
            .as_ref()
            .map_or(self.name.as_str(), |replica| replica.of.as_str())
    }
}

/// Which of several of the same sort a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// The name that all of them share.
    pub of: String,
    /// Counted from one.
    pub number: u32,
}

/// The files whose change starts a service again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Files and folders, absolute.
    pub paths: Vec<Utf8PathBuf>,
    /// The service's folder, absolute: patterns fit from there, too.
    pub home: Utf8PathBuf,
    /// Only files of these patterns count; all when empty.
    pub only: Vec<String>,
    /// What does not count, beside the usual.
    pub ignore: Vec<String>,
    /// Changes within this time are one.
    pub debounce: Duration,
}

impl Watch {
    /// Time within which changes are one when nothing else is said: an editor writes several files.
    pub const DEBOUNCE: Duration = Duration::from_millis(300);
}

/// What happens to a service when its env files set other values than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnEnv {
    /// It is started again.
    Restart,
    /// It reads its tier's files again by itself, as Next.js in development does: only what comes
    /// another way is a reason to start it again.
    ReadsAgain,
    /// Nothing: it keeps what it has.
    Keep,
}

/// What a service does.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Runs until it is stopped.
    Process(Command),
    /// Runs once and must succeed.
    Task(Command),
    /// A server that the tool itself starts for the workspace.
    Managed(Managed),
    /// The command for whose sake all the others run: it has our terminal, and its end is the
    /// session's end.
    Guest(Command),
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
    /// Its health check passed; a managed server, which has none: its readiness check. A task: it succeeded.
    Healthy,
    /// It ended, however.
    Completed,
    /// It ended with success.
    CompletedSuccessfully,
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

/// How patiently a service is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    /// Time before the first new start; doubled for each further one.
    pub delay: Duration,
    /// The longest that time becomes.
    pub longest: Duration,
    /// A run of this length is a success: what failed before is forgotten.
    pub stable: Duration,
    /// Failures in a row after which it is given up; none for never.
    pub limit: Option<u32>,
}

impl Default for BackOff {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            stable: Duration::from_secs(30),
            limit: Some(5),
        }
    }
}

impl BackOff {
    /// Time until the next start after so many failures in a row; `chance` (0 to 255) adds up to a
    /// quarter, so that what failed together does not come back together. Where that would be more
    /// than the longest, chance takes off instead: otherwise all would meet there.
    #[must_use]
    pub fn wait(&self, failures: u32, chance: u8) -> Duration {
        let factor = 1_u32 << failures.saturating_sub(1).min(16);
        let wait = self.delay.saturating_mul(factor).min(self.longest);
        let apart = wait / 1024 * u32::from(chance);
        match wait.saturating_add(apart) {
            more if more <= self.longest => more,
            _ => wait.saturating_sub(apart).max(self.delay),
        }
    }
}

/// How a service is asked to stop, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// This command stops it; the signal is for when that fails.
    pub command: Option<Command>,
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
            command: None,
            signal: StopSignal::Terminate,
            scope: StopScope::Leader,
            grace: Duration::from_secs(5),
        }
    }
}

/// A gentle signal. Windows knows one way to ask, Ctrl+Break, whichever of them is meant.
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
    /// SIGABRT.
    #[serde(rename = "SIGABRT")]
    Abort,
    /// SIGUSR1.
    #[serde(rename = "SIGUSR1")]
    UserOne,
    /// SIGUSR2.
    #[serde(rename = "SIGUSR2")]
    UserTwo,
    /// SIGWINCH: Apache finishes its requests, nginx those of its workers.
    #[serde(rename = "SIGWINCH")]
    Window,
    /// SIGKILL: not gentle at all.
    #[serde(rename = "SIGKILL")]
    Kill,
}

impl StopSignal {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Terminate, "SIGTERM"),
        (Self::Interrupt, "SIGINT"),
        (Self::Quit, "SIGQUIT"),
        (Self::HangUp, "SIGHUP"),
        (Self::Abort, "SIGABRT"),
        (Self::UserOne, "SIGUSR1"),
        (Self::UserTwo, "SIGUSR2"),
        (Self::Window, "SIGWINCH"),
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
                let names: Vec<&str> = Self::ALL.iter().map(|(_, name)| *name).collect();
                format!(
                    "unknown signal `{text}`, expected one of {}",
                    names.join(", ")
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

#[cfg(test)]
mod tests {
    use super::StopSignal;

    #[test]
    fn signals_have_their_names_with_and_without_their_beginning() {
        for (text, signal) in [
            ("SIGTERM", StopSignal::Terminate),
            ("quit", StopSignal::Quit),
            ("USR1", StopSignal::UserOne),
            ("SIGUSR2", StopSignal::UserTwo),
            ("winch", StopSignal::Window),
            ("SigAbrt", StopSignal::Abort),
            ("KILL", StopSignal::Kill),
        ] {
            assert_eq!(text.parse(), Ok(signal));
            assert_eq!(signal.as_str().parse(), Ok(signal));
        }
        for text in ["", "SIG", "10", "SIGSIGTERM", "TERM "] {
            let why = text.parse::<StopSignal>().expect_err("no signal");
            assert!(
                why.contains(&format!("`{text}`")) && why.contains("SIGWINCH"),
                "{why}"
            );
        }
    }
}
