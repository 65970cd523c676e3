//! The worker's broker, where no variable names it: a worker has one all the same.

use crate::doctor::{Cure, Facts};
use crate::env::is_placeholder;
use crate::service::assemble::{self, Broker};
use crate::service::endpoint::Endpoint;
use crate::workspace::stack::{CeleryApp, Setting};

use super::super::{place, reached};
use super::is_here;
use super::naming::Naming;

/// A broker that is named by no variable.
pub(super) enum Unnamed {
    /// The server, and how it is named.
    Server(Box<Endpoint>, Box<Naming>),
    /// Why it is not asked.
    Apart(String),
}

/// The worker's, as far as that is one.
pub(super) fn unnamed(facts: &Facts) -> Option<Unnamed> {
    let celery = facts.stack().celery.as_ref()?;
    let sight = facts.tiers().sight();
    match assemble::broker_of(celery, sight) {
        Broker::Set { .. } => None,
        Broker::Beyond { why } => {
            (!celery.broker_variables.is_empty()).then_some(Unnamed::Apart(why))
        }
        Broker::Text { place, .. } => Some(written(facts, celery, &place)),
        Broker::Given { place, .. } => Some(written(facts, celery, place)),
        Broker::Outside { url, .. } if is_placeholder(url) => None,
        Broker::Outside { place, .. } => {
            let broker = assemble::broker(celery, sight)?;
            let naming = Naming {
                origin: place::apart(&place),
                ..Naming::of(&broker, "backend")
            };
            Some(Unnamed::Server(Box::new(broker), Box::new(naming)))
        }
        Broker::Default { variable, url } => {
            let broker = assemble::broker(celery, sight)?;
            // A Redis of this machine is none of the deployment's.
            if facts.of_deployment() && is_here(&broker) {
                return Some(Unnamed::Apart(format!(
                    "{variable} is not set; celery says what is missing"
                )));
            }
            let own = celery.broker.as_ref();
            let (tier, home) = reached::home(facts, celery, own, &broker.variable);
            let passed_over = own.and_then(|own| reached::passed_over(facts, celery, own));
            let unread = passed_over
                .map(|(tier, name)| (tier, name.as_str()))
                .or_else(|| under_another_name(facts, own?, &broker));
            let named = Naming::of(&broker, &tier);
            let naming = match own {
                // What would be written there is not read, or goes over what somebody meant.
                Some(own) if unread.is_some() || home == reached::NOWHERE => Naming {
                    origin: format!("{}:{}", own.file, own.line),
                    unread: unread.map(|(other, name)| {
                        let place = format!("{name} ({})", facts.origin(other, name));
                        (
                            place,
                            read_as_well(facts, own, (other, name), (&tier, &home), &broker),
                        )
                    }),
                    ..named
                },
                _ => Naming {
                    places: vec![(broker.variable.clone(), place::DEFAULT.to_owned())],
                    meant: url.filter(|url| !url.contains('@')).map(str::to_owned),
                    ..named
                },
            };
            Some(Unnamed::Server(Box::new(broker), Box::new(naming)))
        }
    }
}

/// Where a broker stands under a name that the worker does not read, on the same server and with a password of its own:
/// the tier, and the name.
fn under_another_name<'a>(
    facts: &'a Facts,
    own: &Setting,
    broker: &Endpoint,
) -> Option<(&'static str, &'a str)> {
    let is_it = |name: &String, value: &str| {
        let is_other = *name != own.variable && !own.others.contains(name);
        is_other
            && name.contains("BROKER")
            && Endpoint::broker(value, name, "").is_ok_and(|it| {
                let is_there = it.redis_place() == broker.redis_place();
                is_there && it.password.is_some() && it.password != broker.password
            })
    };
    ["backend", "root"].into_iter().find_map(|tier| {
        let mut seen = facts.tiers().seen.get(tier)?.iter();
        let (name, _) = seen.find(|(name, value)| is_it(name, value))?;
        Some((tier, name.as_str()))
    })
}

/// The command that sets the worker's own variable where its settings look, to what stands where they do not: as
/// `celery` says it. None where that is the same, or where no file of ours is read.
fn read_as_well(
    facts: &Facts,
    own: &Setting,
    (tier, name): (&str, &str),
    (home, origin): (&str, &str),
    broker: &Endpoint,
) -> Option<Cure> {
    let there = facts.value(tier, name)?;
    let there = Endpoint::broker(there, name, "").ok()?;
    let is_same = there.redis_place() == broker.redis_place()
        && there.user == broker.user
        && there.password == broker.password;
    if own.reads.is_process() || is_same {
        return None;
    }
    let variable = own.exact.as_deref().unwrap_or(&own.variable);
    let what = [variable, "--like", &format!("{tier}:{name}")];
    let origin = place::changed(facts, home, origin);
    place::at(home, &origin, facts.questions.environment, &what)
}

/// One that stands in code, or in what the worker alone is given: its address is known.
fn written(facts: &Facts, celery: &CeleryApp, place: &str) -> Unnamed {
    match assemble::broker(celery, facts.tiers().sight()) {
        // A Redis of this machine is none of the deployment's.
        Some(broker) if !(facts.of_deployment() && is_here(&broker)) => {
            let naming = Naming::of(&broker, "backend");
            Unnamed::Server(Box::new(broker), Box::new(naming))
        }
        Some(_) => Unnamed::Apart(format!(
            "the worker's broker ({place}) is one of this machine, and is not asked"
        )),
        None => Unnamed::Apart(format!(
            "the worker's broker ({place}) is no Redis, and is not asked"
        )),
    }
}

/// The worker's broker, where its variable stands without a value, of which env says what it should be: until
/// then it has none. `CELERY_BROKER_URL (backend/.env:31)`.
pub(in crate::doctor::checks) fn emptied(facts: &Facts) -> Option<String> {
    let celery = facts.stack().celery.as_ref()?;
    let Broker::Set {
        variable,
        tier,
        value,
    } = assemble::broker_of(celery, facts.tiers().sight())
    else {
        return None;
    };
    let told = facts.tiers().findings.iter().any(|finding| {
        finding.tier.as_deref() == Some(tier)
            && finding.subject.as_deref() == Some(variable)
            && ["env/empty", "env/missing"].contains(&finding.rule.code)
    });
    let place = facts.origin(tier, variable);
    (value.trim().is_empty() && told).then(|| format!("{variable} ({place})"))
}
