//! A service as others see it: for `ps`, for screens, for programs.

use std::time::Duration;

use serde::Serialize;

use super::machine::Phase;
use super::{Fleet, Id, State};

/// What is to be known of a service at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// Its name.
    pub name: String,
    /// The name that all its replicas share.
    pub group: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// Its process, while there is one.
    pub pid: Option<u32>,
    /// How long its process has been running, in milliseconds.
    pub up_ms: Option<u64>,
    /// How long it took to get ready, in milliseconds, once it was.
    pub ready_ms: Option<u64>,
    /// Whether its health check passes, where it has one that has answered.
    pub healthy: Option<bool>,
    /// How often it was started again.
    pub restarts: u32,
    /// How its last process ended, in words.
    pub ending: Option<String>,
    /// That as an exit code: 128 + number for a signal.
    pub code: Option<u8>,
    /// The port that it listens on.
    pub port: Option<u16>,
    /// The address to show.
    pub url: Option<String>,
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Fleet {
    /// A service's state in one word.
    #[must_use]
    pub fn phase(&self, id: Id) -> Phase {
        let service = &self.services[id];
        match self.machines[id].state {
            State::Waiting => Phase::Waiting,
            State::Starting(_) | State::Ended(_) if self.machines[id].stalled => Phase::Stalled,
            State::Starting(_) if service.kind.is_task() => Phase::Running,
            State::Launching | State::Starting(_) => Phase::Starting,
            State::Ready if self.machines[id].healthy == Some(false) => Phase::Unhealthy,
            State::Ready if service.ready.probe.is_none() => Phase::Running,
            State::Ready => Phase::Ready,
            State::Stopping(_) | State::Sweeping(_) => Phase::Stopping,
            State::BackOff(_) => Phase::BackOff,
            State::Stopped => Phase::Stopped,
            State::Ended(ending) if self.succeeds(id, ending) => Phase::Exited,
            State::Ended(_) => Phase::Failed,
            State::Skipped => Phase::Skipped,
        }
    }

    /// A service as others see it.
    #[must_use]
    pub fn view(&self, now: Duration, id: Id) -> View {
        let (service, machine) = (&self.services[id], &self.machines[id]);
        View {
            name: service.name.clone(),
            group: service.group().to_owned(),
            phase: self.phase(id),
            pid: machine.pid,
            up_ms: machine
                .pid
                .map(|_| millis(now.saturating_sub(machine.since))),
            ready_ms: machine.ready_after.map(millis),
            healthy: machine.healthy,
            restarts: machine.restarts,
            ending: machine.ending.map(|ending| ending.to_string()),
            code: machine.ending.map(crate::service::Ending::shell_code),
            port: service.port,
            url: service.url.clone(),
        }
    }

    /// Every service as others see it, in the plan's order.
    #[must_use]
    pub fn views(&self, now: Duration) -> Vec<View> {
        (0..self.services.len())
            .filter(|id| self.is_shown(*id))
            .map(|id| self.view(now, id))
            .collect()
    }
}
