//! Services that `pixcrawler.toml` gives a broker of their own: what they queue there is to reach a worker.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Facts};
use crate::env::is_placeholder;
use crate::service::Service;
use crate::service::assemble::{self, Broker, Handed, READ_OVER_ALL, Sight, WORKER};
use crate::workspace::Runtime;
use crate::workspace::stack::CeleryApp;

use super::super::place;
use super::queued::{VARIABLE, listens};
use super::transport::Use;
use super::unread::UNREAD;
use super::{leads_to, no_redis, objection};

/// With those whose broker no worker listens on.
pub(super) fn told(facts: &Facts, celery: &CeleryApp, read: &Broker<'_>, answer: Answer) -> Answer {
    if facts.of_deployment() {
        return answer;
    }
    let workspace = facts.workspace();
    let names = || {
        let mut names: Vec<&str> = started(facts).map(Service::group).collect();
        names.dedup();
        names.into_iter()
    };
    let of = |name: &str| assemble::handed_to(workspace, name);
    let mut listening: Vec<String> = Vec::new();
    for name in names().filter(|it| *it != WORKER && assemble::listens(workspace, it)) {
        let given = of(name);
        if let Broker::Given { url, .. } = broker(facts, celery, &given) {
            listening.extend(leads_to("BROKER", url));
        }
    }
    names()
        .filter(|name| assemble::queues(workspace, name))
        .filter_map(|name| {
            let given = of(name);
            let broker = queue(facts, celery, &given)?;
            judge(celery, name, &broker, listens(read), &listening)
        })
        .fold(answer, Answer::problem)
}

/// Whether all who may queue tasks are given a variable of their own: what files say of it nobody queues by.
pub(super) fn is_replaced(facts: &Facts, variable: &str) -> bool {
    let workspace = facts.workspace();
    let mut queuers = started(facts)
        .filter(|it| it.tier.is_some() && assemble::queues(workspace, it.group()))
        .peekable();
    !facts.of_deployment()
        && queuers.peek().is_some()
        && queuers.all(|it| {
            it.env
                .iter()
                .any(|(name, value)| name == variable && !value.is_empty())
        })
}

/// The services that `dev` starts when nobody is chosen, and that are no pages.
fn started(facts: &Facts) -> impl Iterator<Item = &Service> {
    facts.services().iter().filter(|service| {
        let tier = service.tier.as_deref();
        let tier = tier.and_then(|tier| facts.workspace().tier(tier));
        service.profiles.is_empty() && tier.is_none_or(|it| it.runtime != Runtime::Next)
    })
}

/// What a process that is given this has for a broker.
fn broker<'a>(facts: &'a Facts, celery: &'a CeleryApp, given: &'a [Handed]) -> Broker<'a> {
    let sight = Sight {
        handed: given,
        // What the worker's command loads is the worker's alone.
        loads: &[],
        ..facts.tiers().sight()
    };
    assemble::broker_of(celery, sight)
}

/// Where it queues by what it alone is given: name, URL, place.
fn queue(facts: &Facts, celery: &CeleryApp, given: &[Handed]) -> Option<(String, String, String)> {
    let own = |(name, url, place): (&str, &str, &str)| {
        (name.to_owned(), url.to_owned(), place.to_owned())
    };
    if let Some(first) = given.iter().find(|it| it.variable == VARIABLE) {
        return (!first.is_computed()).then(|| own((VARIABLE, &first.value, &first.place)));
    }
    let mut process = facts.questions.variables.iter();
    let is_told = process.any(|(name, url)| name == VARIABLE && !url.trim().is_empty());
    // Who has one for queueing looks at no other.
    if is_told || celery.queued.is_some() || celery.is_for_reading {
        return None;
    }
    let mut given = given.to_vec();
    given.retain(|it| it.variable != READ_OVER_ALL);
    match broker(facts, celery, &given) {
        Broker::Given { name, url, place } => Some(own((name, url, place))),
        _ => None,
    }
}

fn judge(
    celery: &CeleryApp,
    service: &str,
    (name, url, at): &(String, String, String),
    listens: Option<&str>,
    listening: &[String],
) -> Option<Finding> {
    if is_placeholder(url) {
        return None;
    }
    let open = |finding: Finding| match place::open(at) {
        Some(line) => finding.help(line),
        None => finding,
    };
    if !url.contains("://") {
        let wrong = objection(celery, Use::Broker, name, url, at, &|| None)?;
        return Some(open(wrong.finding));
    }
    let here = leads_to("BROKER", listens.filter(|it| !is_placeholder(it))?)?;
    let there = leads_to("BROKER", url);
    if there
        .as_ref()
        .is_some_and(|it| *it == here || listening.contains(it))
    {
        return None;
    }
    let leads = match there {
        Some(there) => format!("leads to {there}"),
        None => no_redis(url),
    };
    let message = format!("`{name}` of `{service}` {leads}, and the worker listens on {here}");
    let finding = Finding::new(&UNREAD, message)
        .severity(Severity::Warning)
        .note(format!("{name} stands at {at}, for `{service}` alone"))
        .note(format!(
            "what `{service}` queues there reaches no worker, unless something carries it over"
        ));
    Some(open(finding))
}
