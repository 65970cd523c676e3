//! The URLs that `pixcrawler.toml` gives to single services: each counts in its process over all env files.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::doctor::{Answer, Facts};
use crate::gather::alembic;
use crate::schema::Kind;
use crate::service::assemble::{self, Handed, WORKER};
use crate::service::endpoint::{Endpoint, EndpointError, Protocol};
use crate::workspace::{CONFIG, Runtime, Tier};

use super::super::place;
use super::view::View;
use super::{Naming, Server, parts};

/// A URL that a service of a tier is given.
pub(super) struct Given<'a> {
    pub(super) tier: &'a Tier,
    pub(super) url: Handed,
    /// What a value is to lead to that is no URL at all.
    meant: Option<Protocol>,
}

impl Given<'_> {
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

/// The services that `dev` starts when nobody is chosen, each with its tier. A deployment starts none of them.
fn services(facts: &Facts) -> Vec<(&str, &Tier)> {
    if facts.of_deployment() {
        return Vec::new();
    }
    let names = facts.workspace().options.services.keys();
    let started = names.filter_map(|name| {
        // Its replicas are given the same.
        let mut services = facts.services().iter();
        let is_it = |of: Option<&str>, own: &str| of.unwrap_or(own) == name;
        let service = services.find(|it| {
            is_it(it.replica.as_ref().map(|it| it.of.as_str()), &it.name) && it.profiles.is_empty()
        })?;
        let tier = facts.workspace().tier(service.tier.as_deref()?)?;
        Some((name.as_str(), tier))
    });
    started.collect()
}

/// Whether a value is asked for as it stands: not where a replica's number is put into it, and the URL of the worker's
/// broker is asked as Celery asks it.
fn is_plain(facts: &Facts, service: &str, it: &Handed) -> bool {
    let is_part = || parts::group(&it.variable, &facts.tiers().groups).is_some();
    let of_broker = service == WORKER && it.variable.contains("BROKER") && !is_part();
    !it.value.contains('{') && !it.is_computed() && !of_broker
}

/// All of them.
pub(super) fn all(facts: &Facts) -> Vec<Given<'_>> {
    let mut all: Vec<Given<'_>> = Vec::new();
    for (name, tier) in services(facts) {
        for url in assemble::set_for(facts.workspace(), name) {
            let meant = meant(facts, tier, &url);
            let is_one = url.value.contains("://") || meant.is_some();
            if is_one && is_plain(facts, name, &url) {
                all.push(Given { tier, url, meant });
            }
        }
    }
    all
}

/// The servers that the variables of a process name.
pub(super) fn endpoints(view: &View<'_>) -> Vec<Endpoint> {
    let alone = BTreeMap::from([(view.tier.name.clone(), view.seen.clone())]);
    let origin = |_: &str, name: &str| view.origin(name);
    let mut all = assemble::endpoints(&alone, view.groups(), origin, |_, _, endpoint| endpoint);
    all.extend(parts::find(view, &all));
    all
}

/// The servers that single services name otherwise than their tier: by a URL, by a part of an address, or by what a
/// driver takes where a URL leaves a part open.
pub(super) fn servers(facts: &Facts, protocol: Protocol) -> Vec<(Rc<View<'_>>, Endpoint)> {
    let mut all = Vec::new();
    for (name, tier) in services(facts) {
        let given = assemble::set_for(facts.workspace(), name);
        let asked = |variable: &str| {
            let mut given = given.iter().filter(|it| it.variable == variable);
            given.next().is_some_and(|it| is_plain(facts, name, it))
        };
        let groups: Vec<String> = given
            .iter()
            .filter(|it| is_plain(facts, name, it))
            .filter_map(|it| parts::group(&it.variable, &facts.tiers().groups))
            .collect();
        let lends = given.iter().any(|it| it.variable.starts_with("PG"));
        let view = Rc::new(View::of_service(facts, tier, &given));
        let is_url = |name: &str| view.seen.get(name).is_some_and(|it| it.contains("://"));
        let mut endpoints = endpoints(&view);
        endpoints.retain(|it| {
            let variable = it.variable.as_str();
            let of_group = || parts::prefix(variable).is_some_and(|it| groups.contains(&it));
            it.protocol == protocol
                && match (is_url(variable), view.is_given(variable)) {
                    (true, true) => asked(variable),
                    (true, false) => lends && protocol == Protocol::Postgres,
                    (false, _) => of_group(),
                }
        });
        all.extend(endpoints.into_iter().map(|it| (Rc::clone(&view), it)));
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
/// service that could is given a value of its own, or another part of the address.
pub(super) fn replaced(facts: &Facts, tier: &str, variable: &str) -> Option<String> {
    let is_url = facts
        .value(tier, variable)
        .is_some_and(|it| it.contains("://"));
    let group = parts::prefix(variable).filter(|_| !is_url);
    let is_it = |name: &str| match &group {
        Some(group) => parts::group(name, &facts.tiers().groups).as_ref() == Some(group),
        None => name == variable,
    };
    let may_read = |of: Option<&str>| tier == "root" || of == Some(tier);
    let (given, own) = services(facts).into_iter().find_map(|(name, own)| {
        let given = assemble::set_for(facts.workspace(), name);
        let mut given = given.into_iter().filter(|it| is_it(&it.variable));
        let given = given.find(|it| is_plain(facts, name, it) && !it.value.trim().is_empty())?;
        may_read(Some(&own.name)).then_some((given, own))
    })?;
    let mut services = facts.services().iter();
    let is_without = services
        .any(|it| may_read(it.tier.as_deref()) && !it.env.iter().any(|(name, _)| is_it(name)));
    // Whoever runs migrations is no service, or one that is given nothing; that a Redis is none of its own.
    let drizzle = facts.stack().migrations.as_ref();
    let migrates = drizzle.is_some_and(|it| may_read(Some(it.tier.as_str())))
        || (own.runtime != Runtime::Next && alembic::home(facts.workspace()).is_some());
    (!is_without && !migrates).then(|| {
        format!(
            "{variable} ({}) is not asked: what could read it is given another ({})",
            facts.origin(tier, variable),
            given.place
        )
    })
}

/// What a naming stands for: the variable of its tier, or what a service is given.
pub(in crate::doctor::checks) fn value(facts: &Facts, naming: &Naming) -> Option<String> {
    let is_own = place::file(&naming.origin) == Some(CONFIG);
    if naming.prefix.is_some() || !is_own {
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

/// Whether it stands in `pixcrawler.toml`, or a part of it does.
pub(super) fn is_given(naming: &Naming) -> bool {
    let parts = naming.given.iter().map(|it| it.origin.as_str());
    let lent = naming.places.iter().map(|(_, place)| place.as_str());
    let mut all = parts.chain(lent).chain([naming.origin.as_str()]);
    all.any(|place| place::file(place) == Some(CONFIG))
}

/// The addresses of those servers that `dev` would not start, since it looks for them in env files, and for the
/// worker's broker.
pub(super) fn unmanaged(facts: &Facts, servers: &[Server]) -> Vec<String> {
    let celery = facts.stack().celery.as_ref();
    let broker = celery.and_then(|it| assemble::broker(it, facts.tiers().sight()));
    let broker = broker.map(|it| it.address());
    let given = servers.iter().filter(|it| it.is_given());
    given
        .filter(|server| Some(server.endpoint.address()) != broker)
        .filter(|server| {
            let mut others = servers.iter().filter(|it| !it.is_given());
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
        let parts = naming.given.iter().map(|it| (&it.variable, &it.origin));
        let lent = naming.places.iter().map(|(name, place)| (name, place));
        let own = [(&naming.variable, &naming.origin)];
        let mut all = own.into_iter().chain(parts).chain(lent);
        let Some((_, place)) = all.find(|(_, it)| place::file(it) == Some(CONFIG)) else {
            return answer;
        };
        let answer = place::by_hand(answer, &naming.variable, place);
        // What a URL leaves open is told under the name of who says it.
        naming
            .lent
            .places(|name| naming.place(name).to_owned())
            .into_iter()
            .fold(answer, |answer, (name, place)| {
                place::by_hand(answer, &name, &place)
            })
    })
}
