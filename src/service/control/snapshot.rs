//! The state of a session as a value that travels.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::service::fleet::{self, Fleet, Machine, Reason, State};
use crate::service::{Ending, Kind, Service};

/// A session and its services at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    /// The session.
    pub session: SessionView,
    /// Its services, in the plan's order.
    pub services: Vec<ServiceView>,
}

/// A session at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionView {
    /// The supervisor's process.
    pub pid: u32,
    /// The version of the program that runs it.
    pub version: String,
    /// The environment: `development`, …
    pub environment: String,
    /// The workspace's folder.
    pub root: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// Milliseconds since it began.
    pub uptime_ms: u64,
}

/// Where a session is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Not everything was ready yet, and something is on the way.
    Starting,
    /// Everything was ready once, or what is not will not be by itself.
    Running,
    /// It stops.
    Stopping,
}

impl Phase {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
        }
    }
}

/// A service at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceView {
    /// Its name.
    pub name: String,
    /// The name that all its replicas share, where it is one of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// `service`, `task` or `managed`.
    pub kind: String,
    /// Where it is in its life.
    pub state: Stage,
    /// The process that was started, while there is one.
    pub pid: Option<u32>,
    /// What its processes carry in their environment as `PIXCRAWLER_CLI_SERVICE`.
    pub mark: String,
    /// The port that it listens on.
    pub port: Option<u16>,
    /// Its address.
    pub url: Option<String>,
    /// Milliseconds since its process was started, while there is one.
    pub uptime_ms: Option<u64>,
    /// Milliseconds that it took to get ready (a task: to be done), once it was.
    pub ready_ms: Option<u64>,
    /// How often it was started again.
    pub restarts: u32,
    /// How it ended last: `exit code 1`, `SIGKILL`, `not ready, then exit code 0`, …
    pub ending: Option<String>,
    /// Milliseconds until it is killed (stopping) or started again (back-off).
    pub left_ms: Option<u64>,
    /// The service that was stopped by hand and without which it does not start, where it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// The unhealthy service that it waits for to be healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for_health_of: Option<String>,
    /// The services that it waits for before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// What its user has to know of it before trusting it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Where a service is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Not all that it waits for is there.
    Waiting,
    /// It is started and not ready.
    Starting,
    /// It lives and does not get ready: its server could not start and waits for another code.
    Stalled,
    /// It runs, and nothing tells whether it is ready: a task, or a service without a check.
    Running,
    /// Ready.
    Ready,
    /// It was ready, and its health check fails.
    Unhealthy,
    /// Asked to stop.
    Stopping,
    /// It failed and is started again in a while.
    BackOff,
    /// Stopped because somebody asked for it.
    Stopped,
    /// It ended with success.
    Done,
    /// It ended without success.
    Failed,
    /// Not started: something that it waits for will never be there.
    Skipped,
    /// A later version of the program knows it.
    #[serde(other)]
    Unknown,
}

impl Stage {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Stalled => "stalled",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Unhealthy => "unhealthy",
            Self::Stopping => "stopping",
            Self::BackOff => "back-off",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }

    /// Whether processes of it may be alive.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(
            self,
            Self::Starting | Self::Running | Self::Ready | Self::Unhealthy | Self::Stopping
        )
    }
}

impl From<fleet::Phase> for Stage {
    fn from(phase: fleet::Phase) -> Self {
        match phase {
            fleet::Phase::Waiting => Self::Waiting,
            fleet::Phase::Starting => Self::Starting,
            fleet::Phase::Stalled => Self::Stalled,
            fleet::Phase::Running => Self::Running,
            fleet::Phase::Ready => Self::Ready,
            fleet::Phase::Unhealthy => Self::Unhealthy,
            fleet::Phase::BackOff => Self::BackOff,
            fleet::Phase::Stopping => Self::Stopping,
            fleet::Phase::Stopped => Self::Stopped,
            fleet::Phase::Exited => Self::Done,
            fleet::Phase::Failed => Self::Failed,
            fleet::Phase::Skipped => Self::Skipped,
        }
    }
}

impl Snapshot {
    /// The state of `fleet`, with what does not change in `session`; its processes carry `mark`.
    #[must_use]
    pub fn of(fleet: &Fleet, now: Duration, session: &SessionView, mark: &str) -> Self {
        let phase = match (fleet.stopping(), fleet.has_started()) {
            (Some(_), _) => Phase::Stopping,
            (None, true) => Phase::Running,
            (None, false) => Phase::Starting,
        };
        let services = fleet.services().iter().enumerate();
        Self {
            session: SessionView {
                phase,
                uptime_ms: millis(now),
                ..session.clone()
            },
            services: services
                .filter(|(id, _)| fleet.is_shown(*id))
                .map(|(id, service)| {
                    let machine = fleet.machine(id);
                    let mut view = view(service, machine, now, mark);
                    view.state = Stage::from(fleet.phase(id));
                    if view.state == Stage::Waiting {
                        let name = |id: usize| fleet.services()[id].name.clone();
                        view.held_by = fleet.held_by(id).map(name);
                        view.waits_for_health_of = fleet.waits_for_health_of(id).map(name);
                    }
                    // When everything stops, only the one that is the reason has failed.
                    let reason = fleet.stopping();
                    let asked = reason.is_some() && reason != Some(Reason::Service(id));
                    if asked && view.state == Stage::Failed {
                        view.state = Stage::Stopped;
                    }
                    // The start before this one says nothing of it.
                    if view.state == Stage::Stalled && machine.pid.is_some() {
                        view.ending = machine.server_ending.map(|ending| ending.to_string());
                    }
                    if view.state == Stage::Failed {
                        view.ending = machine.ending.map(|ending| failed(machine, ending));
                    }
                    view
                })
                .collect(),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// How a service failed. Where it was unhealthy, whoever ended it says nothing of why.
fn failed(machine: &Machine, ending: Ending) -> String {
    let how = machine.how_it_failed(ending);
    let was_unhealthy = machine.healthy == Some(false) && ending.is_from_outside();
    if was_unhealthy && machine.condemned.is_none() {
        format!("unhealthy, then {how}")
    } else {
        how
    }
}

fn view(service: &Service, machine: &Machine, now: Duration, mark: &str) -> ServiceView {
    let left = match machine.state {
        State::Stopping(Some(at)) | State::BackOff(at) => Some(at.saturating_sub(now)),
        _ => None,
    };
    ServiceView {
        name: service.name.clone(),
        group: service.replica.as_ref().map(|replica| replica.of.clone()),
        kind: kind(service).to_owned(),
        state: Stage::Unknown,
        pid: machine.pid,
        mark: format!("{mark}/{}", service.name),
        port: service.port,
        url: service.url.clone(),
        uptime_ms: machine
            .pid
            .map(|_| millis(now.saturating_sub(machine.since))),
        ready_ms: machine.ready_after.map(millis),
        restarts: machine.restarts,
        ending: machine.ending.map(|ending| ending.to_string()),
        left_ms: left.map(millis),
        held_by: None,
        waits_for_health_of: None,
        after: service.after.iter().map(|on| on.name.clone()).collect(),
        warnings: Vec::new(),
    }
}

/// What sort of thing a service is.
fn kind(service: &Service) -> &'static str {
    match &service.kind {
        Kind::Process(_) => "service",
        Kind::Task(_) => "task",
        Kind::Managed(_) => "managed",
        Kind::Guest(_) => "command",
    }
}
