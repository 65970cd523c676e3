//! What others ask of the session.

use super::super::control::Asked;
use super::super::home::Home;
use super::{Hub, Slot};
use crate::exit::Exit;
use crate::service::Service;
use crate::service::control::{Ask, Refusal, Reply};
use crate::service::fleet::{Id, Standing};
use crate::system::net;

impl Hub {
    /// Does what another terminal asks for.
    pub(super) fn answer(&mut self, asked: Asked) {
        if let Some(refusal) = self.homeless(&asked.ask) {
            return asked.feed.finish(Reply::Refused(refusal));
        }
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
        for input in self.orders.take(asked, &self.fleet, self.now()) {
            self.input(input);
        }
    }

    /// Why nothing is started: the workspace has another name by now, so that its folder does not come back,
    /// and whoever asked would wait for ever.
    fn homeless(&self, ask: &Ask) -> Option<Refusal> {
        let home = &self.launcher.home;
        let way_on = home.way_on()?;
        let starts = self.starts(ask);
        let (service, runs) = starts.iter().find(|(service, _)| !home.has(&service.cwd))?;
        let Service { name, cwd, .. } = service;
        let fate = Home::fate(cwd);
        let why = if *runs {
            format!("{name} runs there, and would not start again")
        } else {
            format!("{name} is to run there, and would not start")
        };
        let message = format!("{cwd} {fate}: {why}");
        Some(Refusal::new(Exit::Findings, message, way_on.to_owned()))
    }

    /// What an order starts, or starts over, and whether it runs.
    fn starts(&self, ask: &Ask) -> Vec<(Service, bool)> {
        let with_state = |id: Id| {
            let runs = self.fleet.machine(id).state.is_up();
            (self.fleet.services()[id].clone(), runs)
        };
        match ask {
            Ask::Start { services } | Ask::Restart { services } => {
                let ids = services.iter().flat_map(|name| self.fleet.members(name));
                let named = ids.filter(|id| !self.fleet.machine(*id).retired);
                let is_meant = |(_, runs): &(_, bool)| !runs || matches!(ask, Ask::Restart { .. });
                named.map(with_state).filter(is_meant).collect()
            }
            Ask::Scale { service, replicas } => {
                let count = u32::from(*replicas);
                // Those that are refused for another reason are told that one.
                let Ok(added) = self.fleet.missing(service, count) else {
                    return Vec::new();
                };
                let number = |one: &Service| one.replica.as_ref().map_or(1, |it| it.number);
                let members = self.fleet.members(service).into_iter().map(with_state);
                let down = members.filter(|(one, runs)| !runs && number(one) <= count);
                added
                    .into_iter()
                    .map(|new| (new, false))
                    .chain(down)
                    .collect()
            }
            _ => Vec::new(),
        }
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
