//! One service's state.

use std::time::Duration;

use serde::Serialize;

use crate::service::{Condition, Ending, Service};

use super::Id;

/// A straggler is named after this time.
const PATIENCE: Duration = Duration::from_millis(700);

/// Where a service is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not all that it waits for is there.
    Waiting,
    /// It is being prepared and started.
    Launching,
    /// Its process runs and it is not ready; at this time that counts as failed.
    Starting(Duration),
    /// Ready.
    Ready,
    /// Asked to stop; at this time its tree is killed (none: already killed).
    Stopping(Option<Duration>),
    /// Its process ended; the rest of its tree is being swept.
    Sweeping(Ending),
    /// It failed and is started again at this time.
    BackOff(Duration),
    /// Stopped by hand; it can be started again by hand.
    Stopped,
    /// Over: it ended like this.
    Ended(Ending),
    /// Over: something that it waited for will never be there.
    Skipped,
}

impl State {
    /// Whether nothing will happen any more unless somebody asks for it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended(_) | Self::Skipped | Self::Stopped)
    }

    /// Whether a process of it may be alive.
    #[must_use]
    pub fn is_live(self) -> bool {
        self.is_up() || matches!(self, Self::Stopping(_) | Self::Sweeping(_))
    }

    /// Whether it is started or being started, and nobody has asked it to stop.
    #[must_use]
    pub fn is_up(self) -> bool {
        matches!(self, Self::Launching | Self::Starting(_) | Self::Ready)
    }
}

/// A service's state in one word, for people and programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It waits for others.
    Waiting,
    /// It is being started, or its readiness check has not passed.
    Starting,
    /// It does not get ready, or ended before it was: it waits for another code.
    Stalled,
    /// It runs, and nothing tells whether it is ready: a task, or a service without a check.
    Running,
    /// Its readiness check passed.
    Ready,
    /// It was ready, and its health check fails.
    Unhealthy,
    /// It failed and is started again in a moment.
    BackOff,
    /// It was asked to stop, or what is left of it is being ended.
    Stopping,
    /// It was stopped by hand.
    Stopped,
    /// It ended with success.
    Exited,
    /// It ended without success.
    Failed,
    /// It was never started, since something that it waits for is not there.
    Skipped,
}

impl Phase {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Stalled => "stalled",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Unhealthy => "unhealthy",
            Self::BackOff => "backoff",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Exited => "exited",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why we ended a service: how it answered says nothing then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It did not get ready, or not in time.
    NotReady,
    /// Its health check failed.
    Unhealthy,
    /// It had more processes than it may.
    Overgrown,
    /// Its server died, and what is left of it answers nobody.
    ServerDied,
    /// It said that it was about to end, and did not.
    Lingering,
}

impl Fault {
    /// What a service did: `slow did not get ready`.
    #[must_use]
    pub fn as_verb(self) -> &'static str {
        match self {
            Self::NotReady => "did not get ready",
            Self::Unhealthy => "was unhealthy",
            Self::Overgrown => "had too many processes",
            Self::ServerDied => "answered nobody any more",
            Self::Lingering => "said STOPPING=1 and did not end",
        }
    }

    /// What it was before it ended: `not ready, then exit code 0`.
    fn before(self) -> &'static str {
        match self {
            Self::NotReady => "not ready",
            Self::Unhealthy => "unhealthy",
            Self::Overgrown => "too many processes",
            Self::ServerDied => "no answer",
            Self::Lingering => "STOPPING=1 without an end",
        }
    }
}

/// What comes after a service's process has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// What its restart policy says.
    AsPolicy,
    /// Nothing: somebody stopped it.
    Stay,
    /// It is started again: somebody, or something, asked for that.
    Again,
    /// It was stopped because it had failed: as after a crash.
    AsFailed,
}

/// A service's state and its history in this session.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is true or false by itself"
)]
pub struct Machine {
    /// Where it is.
    pub state: State,
    /// When its process was last started.
    pub since: Duration,
    /// How long it took to get ready, once it was.
    pub ready_after: Option<Duration>,
    /// Its process, while there is one.
    pub pid: Option<u32>,
    /// The port that its process was given: its definition may name another one by now.
    pub(super) port: Option<u16>,
    /// How often it was started again.
    pub restarts: u32,
    /// How its last process ended.
    pub ending: Option<Ending>,
    /// When that was.
    pub(super) ended_at: Duration,
    /// Whether its health check passes; none before the first answer, or without a check.
    pub healthy: Option<bool>,
    /// It lives, and does not get ready: its server could not start and waits for another code. Or it
    /// has ended so, and is started again when what it is made of changes.
    pub stalled: bool,
    /// How the server below its process ended, where that is known.
    pub server_ending: Option<Ending>,
    /// It was ended because it had failed: whatever code it answers with, that is no success.
    pub condemned: Option<Fault>,
    /// Its end, and whether that was a success as it was judged then: what counts as one may change.
    pub(super) judged: Option<(Ending, bool)>,
    /// It was asked to stop, and it, or what it left behind, had to be killed.
    pub killed: bool,
    /// The tasks that it was running when it was asked to stop.
    pub busy: Vec<String>,
    /// One replica too many since it was scaled down, or gone from the settings: stopped, and shown
    /// no more.
    pub retired: bool,
    /// The settings have it no more: no order brings it back.
    pub gone: bool,
    /// What was brought along for this start and it waits for besides: what a finished task needed.
    pub(super) behind: Vec<(Id, Condition)>,
    /// Nobody asked for this start: it was made for something that was saved.
    pub(super) for_a_save: bool,
    /// Why the last attempt of its readiness check failed, in this start.
    pub(super) unready: Option<String>,
    /// Failed health checks in a row.
    pub(super) misses: u32,
    /// It is unhealthy, and whoever waits for its health does so until then.
    pub(super) recovers_by: Option<Duration>,
    /// It was unhealthy for so long that nobody waits any more for its health.
    pub(super) hopeless: bool,
    /// A service that speaks by itself counts as unhealthy when it is silent until then.
    pub(super) silent_at: Option<Duration>,
    /// When it was asked to stop.
    pub(super) asked: Option<Duration>,
    /// When those are killed that outlive its leader; none where they are not waited for.
    pub(super) rest_until: Option<Duration>,
    /// Whether it was said that we wait for it.
    pub(super) announced: bool,
    /// Ends in a row without a stable time between them.
    pub(super) failures: u32,
    /// What comes after its end.
    pub(super) next: Next,
    /// Whether it was started before.
    pub(super) started: bool,
}

impl Machine {
    pub(super) fn new() -> Self {
        Self {
            state: State::Waiting,
            since: Duration::ZERO,
            ready_after: None,
            pid: None,
            port: None,
            restarts: 0,
            ending: None,
            ended_at: Duration::ZERO,
            healthy: None,
            stalled: false,
            server_ending: None,
            condemned: None,
            judged: None,
            killed: false,
            busy: Vec::new(),
            retired: false,
            gone: false,
            behind: Vec::new(),
            for_a_save: false,
            unready: None,
            misses: 0,
            recovers_by: None,
            hopeless: false,
            silent_at: None,
            asked: None,
            rest_until: None,
            announced: false,
            failures: 0,
            next: Next::AsPolicy,
            started: false,
        }
    }

    /// From the beginning: it is started as soon as what it waits for is there.
    pub(super) fn begin_anew(&mut self) {
        self.state = State::Waiting;
        self.stalled = false;
        self.condemned = None;
        self.judged = None;
        self.killed = false;
        self.asked = None;
        self.rest_until = None;
        self.announced = false;
        self.next = Next::AsPolicy;
    }

    /// Whether this end of it is a success: its code says so, and nobody had to end it because it had
    /// failed. One that has ended stays as it was judged then.
    #[must_use]
    pub fn succeeds(&self, service: &Service, ending: Ending) -> bool {
        match self.judged {
            Some((judged, succeeded)) if judged == ending => succeeded,
            _ => self.condemned.is_none() && service.succeeds(ending),
        }
    }

    /// How it ended, for whom its name stands before: `ended with exit code 1`, `did not get ready`.
    #[must_use]
    pub fn how_it_ended(&self, ending: Ending) -> String {
        match (self.condemned, ending) {
            (Some(fault), _) => fault.as_verb().to_owned(),
            (None, Ending::Unstarted) => "could not be started".to_owned(),
            (None, Ending::Aborted) => "was called off".to_owned(),
            (None, _) => format!("ended with {ending}"),
        }
    }

    /// How it came to wait for a change of the code, for whom its name stands before.
    #[must_use]
    pub fn how_it_stalled(&self) -> String {
        let why = match (self.ready_after, self.server_ending) {
            (None, _) => "did not get ready: its server could not start".to_owned(),
            (Some(_), None) => "answers no more: its server ended".to_owned(),
            (Some(_), Some(ending)) => format!("answers no more: its server ended with {ending}"),
        };
        format!("{why}, and waits for a change of the code")
    }

    /// How it failed: `exit code 1`, `not ready, then exit code 0`.
    #[must_use]
    pub fn how_it_failed(&self, ending: Ending) -> String {
        match self.condemned {
            Some(fault) => format!("{}, then {}", fault.before(), self.named(ending)),
            None => ending.to_string(),
        }
    }

    /// How its process ended: `exit code 1`. Who was killed by us needs no guess at who did it.
    #[must_use]
    pub fn named(&self, ending: Ending) -> String {
        match (self.condemned, ending) {
            (Some(_), Ending::Signal(9)) => "SIGKILL".to_owned(),
            _ => ending.to_string(),
        }
    }

    /// Whether it has ended, and is started again when what it is made of changes.
    #[must_use]
    pub fn awaits_change(&self) -> bool {
        self.stalled && matches!(self.state, State::Ended(_))
    }

    /// When it is to be said that we wait for it; none where it was, or nobody asked it to stop.
    pub(super) fn announce_at(&self) -> Option<Duration> {
        let asked = self.asked.filter(|_| !self.announced)?;
        Some(asked.saturating_add(PATIENCE))
    }

    /// When something is due for one that was asked, and is killed at this time.
    pub(super) fn patience(&self, until: Option<Duration>) -> Option<Duration> {
        let until = until?;
        Some(self.announce_at().map_or(until, |at| at.min(until)))
    }

    /// Whether it may have read its files at this time or later: it was being started, or its server
    /// still is.
    #[must_use]
    pub fn may_have_read_since(&self, time: Duration) -> bool {
        let was_starting_then = self.since + self.ready_after.unwrap_or_default() >= time;
        let is_starting = matches!(self.state, State::Launching | State::Starting(_));
        self.started && (was_starting_then || is_starting || self.stalled)
    }

    /// Its process is being started, and is to listen on this port.
    pub(super) fn launch(&mut self, now: Duration, port: Option<u16>) {
        self.port = port;
        self.restarts += u32::from(self.started);
        self.started = true;
        self.state = State::Launching;
        self.since = now;
        self.healthy = None;
        self.stalled = false;
        self.server_ending = None;
        self.condemned = None;
        self.judged = None;
        self.killed = false;
        self.busy.clear();
        self.behind.clear();
        self.unready = None;
        self.silent_at = None;
        self.misses = 0;
        self.recovers_by = None;
        self.hopeless = false;
        self.ready_after = None;
    }
}
