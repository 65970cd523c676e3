//! What others ask of the session.

use super::super::request::{Ask, Reply, Request};
use super::Hub;
use crate::service::fleet::{Id, Input, Reason, Why};

impl Hub {
    pub(super) fn answer(&mut self, ask: Ask) {
        let reply = self.request(ask.request);
        let _ = ask.answer.send(reply);
    }

    fn request(&mut self, request: Request) -> Reply {
        let input = match request {
            Request::Snapshot => return Reply::Snapshot(self.fleet.views(self.now())),
            Request::Shutdown => {
                self.stop(Reason::Asked);
                return Reply::Accepted;
            }
            _ if self.fleet.stopping().is_some() => {
                return Reply::Refused("the session is stopping".to_owned());
            }
            Request::Scale(name, _) => {
                return Reply::Refused(format!("`{name}` has no replicas"));
            }
            Request::Stop(name) => self.find(name).map(Input::StopOne),
            Request::Start(name) => self.find(name).map(Input::StartOne),
            Request::Restart(name) => self.find(name).map(|id| Input::RestartOne(id, Why::Asked)),
        };
        match input {
            Ok(input) => {
                self.input(input);
                Reply::Accepted
            }
            Err(unknown) => unknown,
        }
    }

    /// The service of that name.
    fn find(&self, name: String) -> Result<Id, Reply> {
        let services = self.fleet.services();
        services
            .iter()
            .position(|service| service.name == name)
            .ok_or_else(|| Reply::Unknown {
                name,
                known: services
                    .iter()
                    .map(|service| service.name.clone())
                    .collect(),
            })
    }
}
