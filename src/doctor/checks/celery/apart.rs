//! A broker that no env file names: it stands in the code, or the worker alone is given it.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Facts};
use crate::workspace::stack::CeleryApp;

use super::super::place;
use super::queuers;
use super::transport::Use;
use super::unread::UNREAD;
use super::{leads_to, no_redis, objection};

/// What is said of it, and of the variables that somebody takes for it. `found` is how the worker comes to it.
pub(super) fn judge(facts: &Facts, celery: &CeleryApp, found: &str, url: &str, at: &str) -> Answer {
    let target = leads_to("BROKER", url);
    let mut answer = Answer::found(match &target {
        Some(target) => format!("{found}: {target}"),
        None => format!("{found}: one that {}", no_redis(url)),
    });
    let nobody = || None;
    if let Some(wrong) = objection(celery, Use::Broker, "broker_url", url, at, &nobody) {
        answer = with_place(answer, wrong.finding, at);
    }
    let set = celery.broker_variables.iter().filter(|name| {
        // What is called `REDIS_URL` is no broker's alone.
        name.contains("BROKER")
    });
    let set = set.flat_map(|name| ["backend", "root"].map(|tier| (tier, name)));
    let found = set
        .filter_map(|(tier, name)| Some((tier, name, facts.value(tier, name)?)))
        .find(|(.., value)| !value.trim().is_empty());
    let Some((tier, name, value)) = found else {
        return answer;
    };
    let origin = facts.origin(tier, name);
    if !celery.mentions.contains(name) {
        return answer.and(format!("{name} ({origin}) is not read"));
    }
    if queuers::is_replaced(facts, name) {
        return answer.and(format!(
            "who queues is given another than {name} ({origin})"
        ));
    }
    let Some(other) = leads_to(name, value).filter(|it| target.as_ref() != Some(it)) else {
        return answer;
    };
    let finding = Finding::new(
        &UNREAD,
        match target {
            Some(target) => {
                format!("`{name}` leads to {other}, and the worker listens on {target}")
            }
            None => format!("`{name}` leads to {other}, where the worker does not listen"),
        },
    )
    .severity(Severity::Warning)
    .subject(name.clone())
    .note(format!(
        "{name} stands at {origin}; the worker's broker at {at}"
    ))
    .note(format!(
        "{name} is named in the code: what is queued there by it reaches no worker"
    ));
    with_place(answer, finding, at)
}

fn with_place(answer: Answer, finding: Finding, at: &str) -> Answer {
    match place::open(at) {
        Some(line) => answer.problem(finding.help(line)),
        None => answer.problem(finding),
    }
}
