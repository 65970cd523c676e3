//! The variables that name a broker, or where results go, and what Celery has against their URLs.

use crate::doctor::Facts;
use crate::env::is_placeholder;
use crate::workspace::Runtime;
use crate::workspace::stack::CeleryApp;

use super::super::{patterns, place, reached, redis};
use super::leads::{Logins, leads_to, logins, no_redis};
use super::names::{Meant, in_code, meant};
use super::taken;
use super::transport::{self, Use};

/// A variable that names a broker, or where results go, where it is set.
pub(super) struct Named {
    pub(super) variable: String,
    pub(super) tier: String,
    pub(super) origin: String,
    /// Where it is to be set.
    pub(super) place: String,
    /// Address and database.
    pub(super) leads_to: Option<String>,
    /// Whom it names there.
    pub(super) logins: Logins,
    /// What it is where it is no Redis.
    pub(super) transport: String,
    /// What it is meant to be; none for what the worker reads.
    pub(super) meant: Option<Meant>,
    /// What is wrong with what it says.
    pub(super) objection: Option<transport::Objection>,
}

/// Every variable that bears on it.
pub(super) fn named(
    facts: &Facts,
    celery: &CeleryApp,
    broker: &str,
    results: Option<&str>,
) -> Vec<Named> {
    let mut set: Vec<Named> = Vec::new();
    for tier in &facts.workspace().tiers {
        let Some(seen) = facts.tiers().seen.get(&tier.name) else {
            continue;
        };
        for (variable, value) in seen {
            if reached::is_unread(facts, celery, &tier.name, variable) {
                continue;
            }
            let of = if variable == broker {
                Some(Use::Broker)
            } else {
                (Some(variable.as_str()) == results).then_some(Use::Results)
            };
            // Pages reach no broker of Celery's: what they name so is another one.
            let meant = (tier.runtime != Runtime::Next)
                .then(|| meant(variable, value, broker, results))
                .flatten();
            let is_read = celery.mentions.contains(variable);
            let worker = celery
                .results
                .as_ref()
                .is_some_and(|own| Some(own.variable.as_str()) == results);
            // What leads into a value has no name of its own.
            let leads_in = variable.contains("__")
                && celery
                    .mentions
                    .iter()
                    .any(|it| it == "env_nested_delimiter");
            let meant = meant.filter(|it| !(leads_in && it.is_misnamed()));
            let left = meant.map(|it| in_code(it, variable, is_read, worker));
            let read_elsewhere = left == Some(None);
            let meant = left.flatten();
            let origin = facts.origin(&tier.name, variable);
            let known = set
                .iter()
                .any(|known| known.variable == *variable && known.origin == origin);
            if known || value.is_empty() || read_elsewhere || (of.is_none() && meant.is_none()) {
                continue;
            }
            let unfilled = is_placeholder(value);
            set.push(Named {
                leads_to: if unfilled {
                    Some("a placeholder; env says where".to_owned())
                } else {
                    leads_to(variable, value)
                },
                logins: logins(variable, value),
                transport: no_redis(value),
                objection: of.filter(|_| !unfilled).and_then(|of| {
                    let speaks_tls = || redis::speaks_tls(facts, variable);
                    let told = objection(celery, of, variable, value, &origin, &speaks_tls)?;
                    Some(told.without(|scheme| {
                        patterns::is_refused(facts, variable, &format!("{scheme}:///"))
                    }))
                }),
                variable: variable.clone(),
                tier: tier.name.clone(),
                place: place::changed(facts, &tier.name, &origin),
                origin,
                meant,
            });
        }
    }
    set
}

/// What Celery has against a URL. One that it does not take at all comes first.
pub(super) fn objection(
    celery: &CeleryApp,
    of: Use,
    variable: &str,
    value: &str,
    origin: &str,
    speaks_tls: &dyn Fn() -> Option<bool>,
) -> Option<transport::Objection> {
    taken::judge(celery, of, variable, value, origin)
        .or_else(|| transport::judge(celery, of, variable, value, origin, speaks_tls))
}
