//! What services say about themselves.

use tokio::sync::mpsc::Sender;

use super::super::news::News;
use super::Hub;
use crate::service::event::Event;
use crate::service::fleet::{Id, Input, State};
use crate::service::notify::{self, Said};
use crate::service::{HealthCheck, Pattern, Probe};
use crate::system::notify::Socket;

/// Reports what a service says on its socket.
pub(super) async fn listen(id: Id, run: u32, mut socket: Socket, hub: Sender<News>) {
    while let Ok(datagram) = socket.next().await {
        let said = notify::read(&datagram);
        if hub.send(News::Said(id, run, said)).await.is_err() {
            return;
        }
    }
}

impl Hub {
    pub(super) fn hear(&mut self, id: Id, said: Vec<Said>) {
        for said in said {
            match said {
                Said::Ready if self.says_ready(id) => self.input(Input::Passed(id)),
                Said::Ready => {}
                Said::Alive => self.input(Input::Alive(id)),
                Said::Stopping => self.input(Input::Leaving(id)),
                Said::Status(status) => self.push(&Event::Progress(id, &status)),
            }
        }
    }

    fn says_ready(&self, id: Id) -> bool {
        matches!(self.fleet.services()[id].ready.probe, Some(Probe::Notify))
    }

    /// What was looked for in a service's lines was there.
    pub(super) fn heard(&mut self, id: Id) {
        let starting = matches!(self.fleet.machine(id).state, State::Starting(_));
        self.input(if starting {
            Input::Passed(id)
        } else {
            Input::Alive(id)
        });
    }

    /// What is looked for in a service's lines at the moment.
    pub(super) fn listens_for(&self, id: Id) -> Option<Pattern> {
        let service = &self.fleet.services()[id];
        match self.fleet.machine(id).state {
            State::Starting(_) => match &service.ready.probe {
                Some(Probe::Log(pattern)) => Some(pattern.clone()),
                _ => None,
            },
            State::Ready => match service.health.as_ref().map(|health| &health.check) {
                Some(HealthCheck::Lines(pattern, _)) => Some(pattern.clone()),
                _ => None,
            },
            _ => None,
        }
    }
}
