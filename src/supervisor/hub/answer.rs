//! What others ask of the session.

use super::super::control::Asked;
use super::{Hub, Slot};
use crate::exit::Exit;
use crate::service::Service;
use crate::service::control::{Ask, Refusal, Reply};
use crate::service::fleet::Standing;
use crate::system::{fs, net};

impl Hub {
    /// Does what another terminal asks for.
    pub(super) fn answer(&mut self, asked: Asked) {
        if let Ask::Scale { service, replicas } = &asked.ask {
            let now = self.now();
            let count = u32::from(*replicas);
            let added = self.fleet.missing(service, count);
            let scaled = added.and_then(|added| {
                let standing = self.fleet.standings();
                added.iter().try_for_each(|new| is_free(new, &standing))?;
                self.fleet.scale(now, service, count)
            });
            let effects = self.orders.scaled(asked, scaled, &self.fleet, now);
            let services = self.fleet.services().len();
            self.slots.resize_with(services, Slot::default);
            return self.perform(effects);
        }
        if let Some(refusal) = self.homeless(&asked.ask) {
            return asked.feed.finish(Reply::Refused(refusal));
        }
        for input in self.orders.take(asked, &self.fleet, self.now()) {
            self.input(input);
        }
    }

    /// Why a service is not started over that runs: the workspace has another name by now, so that its folder
    /// does not come back.
    fn homeless(&self, ask: &Ask) -> Option<Refusal> {
        let Ask::Restart { services } = ask else {
            return None;
        };
        if fs::is_dir(&self.launcher.root) {
            return None;
        }
        let ids = services.iter().flat_map(|name| self.fleet.members(name));
        let mut running = ids.filter(|id| self.fleet.machine(*id).state.is_up());
        let id = running.find(|id| !fs::is_dir(&self.fleet.services()[*id].cwd))?;
        let Service { name, cwd, .. } = &self.fleet.services()[id];
        Some(Refusal::new(
            Exit::Findings,
            format!("{cwd} is gone: {name} runs there, and would not start again"),
            "the workspace has another name by now: pixcrawler stop, then pixcrawler dev"
                .to_owned(),
        ))
    }
}

/// Whether nobody has the port that a service needs: a stranger there would answer in its place. One of
/// ours that is about to end is waited for.
fn is_free(service: &Service, standing: &[Standing]) -> Result<(), String> {
    let passes_on = |one: &Standing| one.port == service.port && one.is_leaving;
    if standing.iter().any(passes_on) {
        return Ok(());
    }
    let Some(port) = service.port.filter(|port| net::is_taken(*port)) else {
        return Ok(());
    };
    let holder = net::holder(port).map_or_else(
        || "a process that we may not see".to_owned(),
        |holder| format!("{} (pid {})", holder.name, holder.pid),
    );
    let name = &service.name;
    Err(format!("port {port} of `{name}` is taken by {holder}"))
}
