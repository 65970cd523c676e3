//! The URLs that `pixcrawler.toml` gives to single services: each counts in its process over all env files.

use std::collections::BTreeMap;

use crate::doctor::{Answer, Facts};
use crate::gather::alembic;
use crate::schema::Kind;
use crate::service::assemble::{self, Handed, WORKER};
use crate::service::endpoint::{Endpoint, EndpointError, Protocol};
use crate::workspace::{CONFIG, Runtime, Tier};

use super::super::place;
use super::{Naming, Server};

/// A URL that a service of a tier is given.
pub(super) struct Given<'a> {
    pub(super) tier: &'a Tier,
    pub(super) url: Handed,
    /// What a value is to lead to that is no URL at all.
    meant: Option<Protocol>,
    /// What its process is given beside it.
    pub(super) beside: BTreeMap<String, String>,
}

impl Given<'_> {
    /// The servers that it names.
    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        let origin = |_: &str, _: &str| self.url.place.clone();
        assemble::endpoints(&self.alone(), origin, |_, _, endpoint| endpoint)
    }

    /// Why it makes no sense.
    pub(super) fn error(&self, protocol: Protocol) -> Option<EndpointError> {
        if let Some(meant) = self.meant {
            let why = if self.url.value.trim().is_empty() {
                "it is empty"
            } else {
                "it has no scheme"
            };
            return (meant == protocol).then(|| EndpointError::NotAUrl(why.to_owned()));
        }
        let mut all = assemble::unreadable(&self.alone(), protocol).into_iter();
        all.next().map(|(.., error)| error)
    }

    fn alone(&self) -> BTreeMap<String, assemble::Variables> {
        let Handed {
            variable, value, ..
        } = &self.url;
        let alone = BTreeMap::from([(variable.clone(), value.clone())]);
        BTreeMap::from([(self.tier.name.clone(), alone)])
    }
}

/// All of them, of those services that `dev` starts when nobody is chosen. A deployment starts none of them.
pub(super) fn all(facts: &Facts) -> Vec<Given<'_>> {
    let mut all: Vec<Given<'_>> = Vec::new();
    if facts.of_deployment() {
        return all;
    }
    for name in facts.workspace().options.services.keys() {
        // Its replicas are given the same.
        let mut services = facts.services().iter();
        let is_it = |of: Option<&str>, own: &str| of.unwrap_or(own) == name;
        let service = services.find(|it| {
            is_it(it.replica.as_ref().map(|it| it.of.as_str()), &it.name) && it.profiles.is_empty()
        });
        let tier = service.and_then(|it| facts.workspace().tier(it.tier.as_deref()?));
        let Some(tier) = tier else {
            continue;
        };
        let given = assemble::set_for(facts.workspace(), name);
        let set = given.iter().filter(|it| !it.value.trim().is_empty());
        let pair = |it: &Handed| (it.variable.clone(), it.value.clone());
        let beside: BTreeMap<String, String> = set.map(pair).collect();
        // What a replica's number is put into is not what stands there. The worker's broker is asked as Celery asks it.
        let of_broker = |it: &Handed| name == WORKER && it.variable.contains("BROKER");
        for url in given {
            let meant = meant(facts, tier, &url);
            let is_one = url.value.contains("://") || meant.is_some();
            if is_one && !url.value.contains('{') && !url.is_computed() && !of_broker(&url) {
                let beside = beside.clone();
                all.push(Given {
                    tier,
                    url,
                    meant,
                    beside,
                });
            }
        }
    }
    all
}

/// What a value that is no URL is to lead to, by the schema of its tier. An empty one is told where the code's own
/// settings are known to take it for a value.
fn meant(facts: &Facts, tier: &Tier, set: &Handed) -> Option<Protocol> {
    // A broker that is no URL is told as one of Celery's.
    if set.value.contains("://") || set.variable.contains("BROKER") {
        return None;
    }
    let name = set.variable.as_str();
    let gathered = facts.environments().gathered(&tier.name)?;
    let known = gathered.schema.get(name)?;
    if set.value.trim().is_empty() {
        let mut declared = facts.declared().iter();
        declared.find(|it| {
            let is_it = it.variables().any(|it| it.eq_ignore_ascii_case(name));
            let kind = it.field.kind.as_deref().unwrap_or_default();
            // A text may be meant to be empty.
            let is_wanted = kind.ends_with("Dsn") || !known.required.never();
            is_it && is_wanted && !it.field.ignores_empty
        })?;
    }
    match known.kind {
        Kind::PostgresUrl(_) => Some(Protocol::Postgres),
        Kind::RedisUrl => Some(Protocol::Redis),
        _ => None,
    }
}

/// Why nobody whom `dev` starts uses what a tier's files, or the process environment, have for a variable: each
/// service that could is given a value of its own.
pub(super) fn replaced(facts: &Facts, tier: &str, variable: &str) -> Option<String> {
    let given = all(facts);
    let mut own = given.iter().filter(|it| it.url.variable == variable);
    let first = own.find(|it| tier == "root" || it.tier.name == tier)?;
    let may_read = |of: Option<&str>| tier == "root" || of == Some(tier);
    let mut services = facts.services().iter();
    let is_without = services
        .any(|it| may_read(it.tier.as_deref()) && !it.env.iter().any(|(name, _)| name == variable));
    // Whoever runs migrations is no service, or one that is given nothing.
    let drizzle = facts.stack().migrations.as_ref();
    let migrates = drizzle.is_some_and(|it| may_read(Some(it.tier.as_str())))
        || (first.tier.runtime != Runtime::Next && alembic::home(facts.workspace()).is_some());
    (!is_without && !migrates).then(|| {
        format!(
            "{variable} ({}) is not asked: what could read it is given another ({})",
            facts.origin(tier, variable),
            first.url.place
        )
    })
}

/// What a naming stands for: the variable of its tier, or what a service is given.
pub(in crate::doctor::checks) fn value(facts: &Facts, naming: &Naming) -> Option<String> {
    if !is_given(naming) {
        let value = facts.value(&naming.tier, &naming.variable);
        return value.map(str::to_owned);
    }
    let mut all = all(facts).into_iter();
    let is_it = |it: &Given<'_>| {
        it.url.variable == naming.variable
            && it.url.place == naming.origin
            && it.tier.name == naming.tier
    };
    all.find(is_it).map(|it| it.url.value)
}

/// Whether it stands in `pixcrawler.toml`.
pub(super) fn is_given(naming: &Naming) -> bool {
    place::file(&naming.origin) == Some(CONFIG)
}

/// The addresses of those servers that `dev` would not start, since it looks for them in env files, and for the
/// worker's broker.
pub(super) fn unmanaged(facts: &Facts, servers: &[Server]) -> Vec<String> {
    let celery = facts.stack().celery.as_ref();
    let broker = celery.and_then(|it| assemble::broker(it, facts.tiers().sight()));
    let broker = broker.map(|it| it.address());
    let is_given = |server: &Server| server.named.iter().all(is_given);
    let given = servers.iter().filter(|it| is_given(it));
    given
        .filter(|server| Some(server.endpoint.address()) != broker)
        .filter(|server| {
            let mut others = servers.iter().filter(|it| !is_given(it));
            !others.any(|other| other.is_beside(server))
        })
        .map(|server| server.endpoint.address())
        .collect()
}

/// With the place opened where what a service is given would be set for a terminal alone.
pub(in crate::doctor::checks) fn by_hand(answer: Answer, servers: &[Server]) -> Answer {
    let named = servers.iter().flat_map(|server| &server.named);
    let given = named.filter(|it| is_given(it));
    given.fold(answer, |answer, naming| {
        place::by_hand(answer, &naming.variable, &naming.origin)
    })
}
