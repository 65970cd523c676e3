//! The servers that the tiers name: each distinct connection once, with everybody who names it.

use std::collections::BTreeMap;

use crate::doctor::Facts;
use crate::service::assemble;
use crate::service::endpoint::{Endpoint, Protocol, RedisParts};
use crate::text::and_list;

/// Who names a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::doctor) struct Naming {
    pub(in crate::doctor) tier: String,
    pub(in crate::doctor) variable: String,
    /// As people read it: `backend/.env:14`.
    pub(in crate::doctor) origin: String,
    /// The number of the Redis database.
    pub(in crate::doctor) database: u16,
}

/// A connection that somebody makes.
#[derive(Debug, Clone)]
pub(in crate::doctor) struct Server {
    pub(in crate::doctor) endpoint: Endpoint,
    pub(in crate::doctor) named: Vec<Naming>,
}

impl Server {
    /// `DATABASE_URL (backend/.env:14) and POSTGRES_URL (frontend/.env:3)`.
    pub(super) fn named_by(&self) -> String {
        let named: Vec<String> = self
            .named
            .iter()
            .map(|naming| format!("{} ({})", naming.variable, naming.origin))
            .collect();
        and_list(&named)
    }

    /// Where a person corrects it: `DATABASE_URL in backend/.env:14`.
    pub(super) fn place(&self) -> String {
        self.named.first().map_or_else(String::new, |naming| {
            if naming.origin == "default" {
                format!("{}, which is not set", naming.variable)
            } else {
                format!("{} in {}", naming.variable, naming.origin)
            }
        })
    }

    /// `localhost:5432/pixcrawler`.
    pub(super) fn shown(&self) -> String {
        match (&self.endpoint.database, self.endpoint.protocol) {
            (Some(database), Protocol::Postgres) => {
                format!("{}/{database}", self.endpoint.address())
            }
            _ => self.endpoint.address(),
        }
    }

    pub(super) fn is_of(&self, tier: &str) -> bool {
        self.named.iter().any(|naming| naming.tier == tier)
    }
}

/// Every distinct connection of one protocol. Redis databases share one.
pub(super) fn find(facts: &Facts, protocol: Protocol) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::new();
    for tier in &facts.workspace().tiers {
        let Some(seen) = facts.tiers().seen.get(&tier.name) else {
            continue;
        };
        let alone = BTreeMap::from([(tier.name.clone(), seen.clone())]);
        let mut endpoints = assemble::endpoints(&alone, |tier, name| facts.origin(tier, name));
        endpoints.extend(by_parts(facts, &tier.name));
        for endpoint in endpoints {
            if endpoint.protocol == protocol {
                add(&mut servers, endpoint, &tier.name);
            }
        }
    }
    // A worker has a broker even where nobody names one.
    let celery = facts.stack().celery.as_ref();
    let broker = celery.and_then(|celery| assemble::broker(celery, &facts.tiers().seen));
    if let Some(broker) =
        broker.filter(|broker| broker.protocol == protocol && broker.origin == "default")
    {
        add(&mut servers, broker, "backend");
    }
    servers
}

/// Groups such as `CACHE_REDIS_PORT` and `CACHE_REDIS_DB`: their host is this machine.
fn by_parts(facts: &Facts, tier: &str) -> Vec<Endpoint> {
    let Some(seen) = facts.tiers().seen.get(tier) else {
        return Vec::new();
    };
    let get = |prefix: &str, part: &str| {
        seen.get(&format!("{prefix}REDIS_{part}"))
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    };
    let mut prefixes: Vec<&str> = seen
        .keys()
        .filter_map(|name| {
            ["REDIS_PORT", "REDIS_DB"]
                .iter()
                .find_map(|part| name.strip_suffix(part))
        })
        .filter(|prefix| get(prefix, "HOST").is_none())
        .collect();
    prefixes.dedup();
    prefixes
        .into_iter()
        .filter_map(|prefix| {
            let part = ["PORT", "DB"]
                .into_iter()
                .find(|part| get(prefix, part).is_some())?;
            let variable = format!("{prefix}REDIS_{part}");
            let origin = facts.origin(tier, &variable);
            let parts = RedisParts {
                host: None,
                port: get(prefix, "PORT").and_then(|port| port.parse().ok()),
                password: get(prefix, "PASSWORD"),
                database: get(prefix, "DB"),
                tls: false,
            };
            Endpoint::redis_parts(parts, variable, origin).ok()
        })
        .collect()
}

fn add(servers: &mut Vec<Server>, endpoint: Endpoint, tier: &str) {
    let same = |known: &Endpoint| {
        known.protocol == endpoint.protocol
            && known.address() == endpoint.address()
            && known.user == endpoint.user
            && known.password == endpoint.password
            && known.tls == endpoint.tls
            && (endpoint.protocol == Protocol::Redis || known.database == endpoint.database)
    };
    let naming = Naming {
        tier: tier.to_owned(),
        variable: endpoint.variable.clone(),
        origin: endpoint.origin.clone(),
        database: endpoint.redis_database(),
    };
    match servers.iter_mut().find(|server| same(&server.endpoint)) {
        // The root's file is in the chains of other tiers, too.
        Some(server) => {
            let known = server
                .named
                .iter_mut()
                .find(|known| known.variable == naming.variable && known.origin == naming.origin);
            match known {
                Some(known) if known.tier == "root" => known.tier = naming.tier,
                Some(_) => {}
                None => server.named.push(naming),
            }
        }
        None => servers.push(Server {
            endpoint,
            named: vec![naming],
        }),
    }
}
