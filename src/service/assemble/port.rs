//! The port of a service: as pixcrawler.toml says it, by `port`, by its command or by a variable.

use crate::workspace::ServiceOptions;

use super::super::claimed::{self, Claim};
use super::super::{Command, Kind, Probe, Service, listening};
use super::Inputs;
use super::checks::Complaint;

/// Gives a service the port that the settings say, whichever way.
pub(super) fn place(service: &mut Service, written: &ServiceOptions) -> Result<(), Complaint> {
    if written.port == Some(0) {
        let why = "port 0 is none: write one from 1 to 65535".to_owned();
        return Err((&["port"], why));
    }
    if written.port_step == Some(0) {
        let why = "all replicas would have one port: 1 is the least".to_owned();
        return Err((&["port-step"], why));
    }
    let detected = written.command.is_none();
    let of_command = listening::of_command(service).filter(|_| !detected);
    service.names_port = of_command.is_some();
    match (written.port, of_command) {
        (Some(port), Some(own)) if port != own => {
            let why = format!("`port` is {port}, and `--port` in its command is {own}");
            return Err((&["port"], why));
        }
        (Some(port), _) => give(service, port, detected),
        // A detected command has the port from us.
        (None, own) => {
            let told = own.or_else(|| of_variable(written));
            if let Some(port) = told.filter(|port| service.port.is_some_and(|it| it != *port)) {
                give(service, port, detected);
            }
        }
    }
    Ok(())
}

/// The port that a service is told by its variable.
fn of_variable(written: &ServiceOptions) -> Option<u16> {
    let port: u16 = written.env.get("PORT")?.trim().parse().ok()?;
    (port != 0).then_some(port)
}

/// Gives a service another port: in its variables, its address and its check, and in a detected
/// command's own `--port`.
fn give(service: &mut Service, port: u16, detected: bool) {
    let old = service.port.replace(port);
    let (from, to) = (old.map(|old| format!(":{old}")), format!(":{port}"));
    let moved = |text: &str| {
        from.as_ref()
            .map_or(text.to_owned(), |from| text.replacen(from.as_str(), &to, 1))
    };
    service.url = service.url.as_deref().map(moved);
    match &mut service.ready.probe {
        Some(Probe::Http(http)) => http.url = moved(&http.url),
        Some(Probe::Tcp(checked)) => *checked = port,
        _ => {}
    }
    if let (true, Kind::Process(Command::Exec(words))) = (detected, &mut service.kind)
        && let Some(at) = words.iter().position(|word| word == "--port")
        && let Some(value) = words.get_mut(at + 1)
    {
        *value = port.to_string();
    }
    service.env.retain(|(name, _)| name != "PORT");
    service.env.push(("PORT".to_owned(), port.to_string()));
}

/// Gives those the port that they have without having been told, as far as that is known: none that another one has, and
/// none whose replicas would have one together.
pub(super) fn claim(inputs: &Inputs<'_>, services: &mut [Service]) {
    for at in 0..services.len() {
        let service = &services[at];
        let written = inputs.workspace.options.services.get(&service.name);
        let is_several = inputs.scale.contains_key(&service.name)
            || written.is_some_and(|it| it.replicas.is_some() || it.port_step.is_some());
        let Some(Claim::Own(port)) = claimed::of(service).filter(|_| !is_several) else {
            continue;
        };
        if !services.iter().any(|other| other.port == Some(port)) {
            (services[at].port, services[at].names_port) = (Some(port), true);
        }
    }
}
