//! A worker without a broker.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::service::assemble::{self, Broker};
use crate::service::endpoint::{Endpoint, Protocol};
use crate::system::net;
use crate::text::remedy::{open_at, set_here};
use crate::workspace::stack::{CeleryApp, Setting};

use super::super::servers;
use super::transport::Use;
use super::{Read, filled, unsaid};

/// Nobody says which broker it is.
pub(super) static ABSENT: Rule = Rule {
    code: "celery/no-broker",
    severity: Severity::Error,
    summary: "nobody says which broker the worker is to use",
    text: "\
Where its variable is not set, a worker has the default of its settings. In a deployment that is a Redis on the
worker's own machine, where usually none runs: it waits for it, and no task is done. Settings without a default
refuse to be made, and the worker does not start.

An application whose code gives Celery no broker has the one that Celery itself looks for, a RabbitMQ on the worker's
own machine, whatever else the env files name.

Way out: set the variable that is named to the URL of the broker, or give the application one in its code.",
};

/// With what is wrong where the variable of the broker is set nowhere.
pub(super) fn told(
    facts: &Facts,
    celery: &CeleryApp,
    read: &Broker<'_>,
    broker: &Read<'_>,
    answer: Answer,
) -> Answer {
    let Broker::Default { variable, url } = read else {
        return answer;
    };
    let own = celery.broker.as_ref();
    if let Some(own) = own.filter(|own| own.is_unsaid) {
        return given_none(facts, own, answer);
    }
    let is_required = own.is_some_and(|own| own.is_required) && url.is_none();
    let endpoint = assemble::broker(celery, facts.tiers().sight());
    let is_own = facts.of_deployment() && endpoint.as_ref().is_some_and(Endpoint::is_local);
    // What somebody set under another name is told already, and mends this.
    let is_told = answer
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    if is_told || !(is_required || is_own) {
        return answer;
    }
    let environment = facts.questions.environment;
    let (message, why) = if is_required {
        (
            format!("`{variable}` is not set, and has no default: the worker does not start"),
            None,
        )
    } else {
        (
            format!("`{variable}` is not set for {environment}: the worker has no broker"),
            Some("it would look for a Redis on its own machine, the default"),
        )
    };
    let mut finding = Finding::new(&ABSENT, message).subject(*variable);
    finding.notes.extend(why.map(str::to_owned));
    let finding = finding.note(match own {
        Some(own) => format!("it is read at {}:{}", own.file, own.line),
        None => format!("the application at {}:{}", celery.file, celery.line),
    });
    match filled(facts, broker) {
        Some(cure) => answer.mended_by(finding, cure),
        None => answer.problem(finding.help(set_here(variable))),
    }
}

/// Where Celery looks for the broker that nobody gives it.
const RABBITMQ: u16 = 5672;

/// With what is wrong where the code gives Celery no broker, nor does a variable: a `RabbitMQ` of this machine may be
/// meant, as long as one is there or nobody names a Redis.
fn given_none(facts: &Facts, own: &Setting, answer: Answer) -> Answer {
    let is_there = || !facts.of_deployment() && net::answers(RABBITMQ);
    // What stands where the worker does not read it is told already, and leads to the same place.
    if !answer.findings.is_empty() || is_there() {
        return answer;
    }
    let message = if facts.of_deployment() {
        "the worker has no broker: it looks for a RabbitMQ on its own machine".to_owned()
    } else {
        format!(
            "the worker has no broker: it looks for a RabbitMQ, and nothing answers on port {RABBITMQ}"
        )
    };
    let redis = servers::find(facts, Protocol::Redis);
    let named = redis
        .first()
        .map(|it| format!("a Redis is named by {}", it.named_by()));
    let severity = if named.is_some() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut finding = Finding::new(&ABSENT, message)
        .severity(severity)
        .note(unsaid::words(Use::Broker));
    finding.notes.extend(named);
    answer.problem(finding.help(open_at(own.file.as_str(), own.line)))
}
