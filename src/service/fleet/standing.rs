//! How services stand, for whoever plans them anew.

use super::machine::Next;
use super::{Fleet, State};

/// How a service stands at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is true or false by itself"
)]
pub struct Standing {
    /// Its name.
    pub service: String,
    /// The name that all its replicas share.
    pub group: String,
    /// The port that its process has, while there is one.
    pub port: Option<u16>,
    /// Its process ends, and is not started again.
    pub is_leaving: bool,
    /// Its process is there, and goes on.
    pub is_up: bool,
    /// It was stopped by hand, or waits for what was.
    pub is_idle: bool,
    /// It has ended by itself, or had to be ended.
    pub has_ended: bool,
    /// It was scaled away, or is gone from the settings.
    pub is_retired: bool,
}

impl Fleet {
    /// How every service stands.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let services = self.services.iter().zip(&self.machines);
        services
            .map(|(service, machine)| {
                let state = machine.state;
                Standing {
                    service: service.name.clone(),
                    group: service.group().to_owned(),
                    port: machine.port.filter(|_| state.is_live()),
                    is_leaving: state.is_live()
                        && !state.is_up()
                        && (machine.retired || machine.next == Next::Stay),
                    is_up: state.is_up(),
                    is_idle: matches!(state, State::Stopped | State::Waiting),
                    has_ended: matches!(state, State::Ended(_)),
                    is_retired: machine.retired,
                }
            })
            .collect()
    }
}
