//! The ports that services are to have and cannot: somebody else has them, or there are none such.

use std::collections::BTreeSet;

use crate::diagnostic::{Finding, Label};
use crate::gather::{leftovers, neighbour};
use crate::service::claimed::{self, Claim};
use crate::service::{Service, listening, ports};
use crate::system::net;
use crate::workspace::{Workspace, label};

/// Every service whose port somebody else has, all asked before anything is started; of the whole `plan`.
pub(super) fn taken_ports<'a>(
    workspace: &Workspace,
    plan: &[Service],
    services: impl IntoIterator<Item = &'a Service>,
) -> Vec<Finding> {
    let wanted = services
        .into_iter()
        .filter_map(|service| Some((service, service.port?)));
    let had = wanted.filter(|(_, port)| net::is_forbidden(*port) || net::is_taken(*port));
    let finding = |service: &Service, port| {
        let other = ports::Other::of(service, plan, net::other_ports);
        if !net::is_taken(port) {
            return ports::port_forbidden(&service.name, port, &other);
        }
        let holder = net::holder(port);
        let words = holder
            .as_ref()
            .map(|holder| (holder.name.as_str(), holder.pid, holder.command.as_str()));
        let left = holder
            .as_ref()
            .and_then(|holder| leftovers::session_of(workspace, holder.pid));
        if let Some(began) = left {
            return ports::port_left(&service.name, port, words, &other, &began);
        }
        let of = words.and_then(|(_, pid, _)| neighbour::of(workspace, pid));
        if let (Some(of), Some(words)) = (of, words) {
            return ports::port_of_neighbour(&service.name, port, words, &other, &of);
        }
        ports::port_taken(&service.name, port, words, &other)
    };
    had.map(|(service, port)| {
        let mut finding = finding(service, port);
        finding.place = finding.place.or_else(|| port_at(workspace, service));
        finding
    })
    .collect()
}

/// Where the settings give a service its port.
fn port_at(workspace: &Workspace, service: &Service) -> Option<Label> {
    let name = service.group();
    let written = workspace.options.services.get(name)?;
    let key = match written.port {
        Some(_) => "port",
        None if service.names_port => "command",
        None => return None,
    };
    let settings = workspace.settings.as_ref()?;
    label(settings, &["services", name, key], "")
}

/// The services whose readiness somebody tells already, though nobody knows whether the port is their own. Of what is
/// `meant` for servers it is not, nor where another service of the plan has it.
pub(super) fn answered(workspace: &Workspace, plan: &[Service], meant: &[u16]) -> Vec<Finding> {
    let of_plan = plan.iter().filter_map(|service| service.port);
    let known: BTreeSet<u16> = of_plan.chain(meant.iter().copied()).collect();
    let asked = plan
        .iter()
        .filter_map(|service| match claimed::of(service) {
            Some(Claim::Own(port) | Claim::Asked(port)) if !known.contains(&port) => {
                Some((service, port))
            }
            _ => None,
        });
    let taken = asked.filter(|(_, port)| net::is_taken(*port));
    taken
        .map(|(service, port)| {
            let holder = net::holder(port);
            let holder = holder.as_ref();
            let began = holder.and_then(|it| leftovers::session_of(workspace, it.pid));
            let of = holder.and_then(|it| neighbour::of(workspace, it.pid));
            let words = holder.map(|it| (it.name.as_str(), it.pid));
            let group = service.group();
            let mut finding = claimed::answered(group, port, words, began.as_deref(), of.as_ref());
            let settings = workspace.settings.as_ref();
            finding.place = settings.and_then(|it| label(it, &["services", group, "ready"], ""));
            finding
        })
        .collect()
}

/// The commands that name what is no port.
pub(super) fn unusable(workspace: &Workspace, plan: &[Service]) -> Vec<Finding> {
    let mut told = BTreeSet::new();
    let found = plan.iter().filter_map(|service| {
        let group = service.group();
        let written = workspace.options.services.get(group)?;
        written.command.as_ref()?;
        let mut finding = listening::unusable(service)?;
        let settings = workspace.settings.as_ref();
        finding.place = settings.and_then(|it| label(it, &["services", group, "command"], ""));
        told.insert(group).then_some(finding)
    });
    found.collect()
}
