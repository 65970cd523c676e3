//! Data of servers that `pixcrawler dev` manages, which kept the last start of them from succeeding.

use crate::doctor::Facts;
use crate::gather::{aside, last_start};
use crate::service::cause::DAMAGED;
use crate::service::endpoint::Protocol;
use crate::system::fs;

use super::find;

/// Data that is of no use as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor::checks) struct Damaged {
    /// The port of its server.
    pub(in crate::doctor::checks) port: u16,
    /// What the last session told of it.
    pub(in crate::doctor::checks) words: String,
    /// The command that keeps it and clears its place.
    pub(in crate::doctor::checks) afresh: String,
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
    let is_only = ports.len() == 1;
    let of_port = |port: u16| {
        // Which of several has the plain name, their ports do not tell.
        let plain = is_only.then(|| kind.to_owned());
        let mut names = [Some(format!("{kind}-{port}")), plain]
            .into_iter()
            .flatten();
        names.find_map(|name| {
            let data = facts.workspace().state().join(&name);
            let words = fs::exists(&data).then(|| last_start::trouble(facts.workspace(), &name));
            let words = words.flatten().filter(|it| it.starts_with(DAMAGED))?;
            let afresh = aside::command(&data);
            Some(Damaged {
                port,
                words,
                afresh,
            })
        })
    };
    ports.into_iter().filter_map(of_port).collect()
}
