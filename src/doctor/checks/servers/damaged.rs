//! Data of servers that `pixcrawler dev` manages, which kept the last start of them from succeeding.

use crate::doctor::Facts;
use crate::gather::{aside, last_start};
use crate::service::cause::{DAMAGED, parted_from};
use crate::service::endpoint::Protocol;
use crate::system::fs;
use crate::text::command::Command;

use super::find;

/// Data that is of no use as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor::checks) struct Damaged {
    /// The port of its server.
    pub(in crate::doctor::checks) port: u16,
    /// What the last session told of it.
    pub(in crate::doctor::checks) words: String,
    /// The command that keeps it and clears its place; of data that is sound, that of the password beside it.
    pub(in crate::doctor::checks) afresh: String,
    /// The data is sound, and the password beside it that of other data.
    pub(in crate::doctor::checks) parted: bool,
}

/// That of the servers of one kind, where it still stands in its place.
pub(super) fn of(facts: &Facts, protocol: Protocol) -> Vec<Damaged> {
    let kind = match protocol {
        Protocol::Postgres => "postgres",
        Protocol::Redis => "redis",
    };
    let servers = find(facts, protocol);
    let here = servers.iter().map(|server| &server.endpoint);
    let here = here.filter(|endpoint| endpoint.is_usual_loopback());
    let mut ports: Vec<u16> = here.map(|endpoint| endpoint.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let state = facts.workspace().state();
    let said = fs::read_text(&state.join(kind).join("postmaster.opts"));
    let said = said.ok().and_then(|text| port_of(&text));
    let has_own = |port: u16| fs::exists(&state.join(format!("{kind}-{port}")));
    let plainly = plainly_named(&ports, said, has_own);
    let of_port = |port: u16| {
        let plain = (plainly == Some(port)).then(|| kind.to_owned());
        let mut names = [Some(format!("{kind}-{port}")), plain]
            .into_iter()
            .flatten();
        names.find_map(|name| {
            let data = facts.workspace().state().join(&name);
            let words = fs::exists(&data).then(|| last_start::trouble(facts.workspace(), &name));
            let words = words.flatten()?;
            let parted = parted_from(&words).map(|file| {
                let remove = if cfg!(windows) { "del" } else { "rm" };
                Command::new(remove).path(file).to_string()
            });
            let is_parted = parted.is_some();
            let damaged = || words.starts_with(DAMAGED).then(|| aside::command(&data));
            let afresh = parted.or_else(damaged)?;
            Some(Damaged {
                port,
                words,
                afresh,
                parted: is_parted,
            })
        })
    };
    ports.into_iter().filter_map(of_port).collect()
}

/// The port of the server whose data has the plain name, which the first one that was ever started got: as its last
/// start `said`, or else the only one that has no data of its own name. None where that does not tell.
fn plainly_named(ports: &[u16], said: Option<u16>, has_own: impl Fn(u16) -> bool) -> Option<u16> {
    if let [only] = ports {
        return Some(*only);
    }
    if let Some(said) = said.filter(|port| ports.contains(port)) {
        return Some(said);
    }
    let mut others = ports.iter().filter(|port| !has_own(**port));
    let first = others.next()?;
    others.next().is_none().then_some(*first)
}

/// The port that Postgres was last started with, as it notes in its data: each word in quotes.
fn port_of(options: &str) -> Option<u16> {
    let mut words = options.split('"');
    words.find_map(|word| word.strip_prefix("port=")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_servers_one_has_the_data_with_the_plain_name() {
        let ports = [5432, 5433, 5434];
        let own = |names: &'static [u16]| move |port| names.contains(&port);
        assert_eq!(plainly_named(&[5432], None, own(&[])), Some(5432));
        assert_eq!(plainly_named(&ports, Some(5433), own(&[])), Some(5433));
        assert_eq!(plainly_named(&ports, None, own(&[5432, 5434])), Some(5433));
        // It may have gone to another port since.
        assert_eq!(
            plainly_named(&ports, Some(5999), own(&[5432, 5433])),
            Some(5434)
        );
        for names in [&[5432][..], &[5432, 5433, 5434]] {
            assert_eq!(plainly_named(&ports, None, own(names)), None, "{names:?}");
        }
        let noted = "/usr/bin/postgres \"-D\" \"/w/port=1/x\" \"-c\" \"listen_addresses=127.0.0.1\" \"-c\" \"port=5433\"\n";
        assert_eq!(port_of(noted), Some(5433));
        assert_eq!(port_of(""), None);
    }
}
