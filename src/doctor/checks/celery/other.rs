//! A broker of another kind than Redis: it is not asked, and one that lives in memory reaches nobody.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::env::is_placeholder;
use crate::service::assemble::Broker;
use crate::text::remedy::set_here;
use crate::workspace::Environment;

use super::super::place;
use super::queued::listens;
use super::{leads_to, names};

/// Whoever queues a task there is the only one who sees it.
pub(super) static MEMORY: Rule = Rule {
    code: "celery/memory",
    severity: Severity::Warning,
    summary: "the broker lives in the memory of one process",
    text: "\
With `memory://` each process has a broker of its own: what the API queues stays in the API, and the worker waits for
ever. That does for tests, where one process is both.

Way out: name the broker that both reach, as `redis://…`.",
};

/// With that, and with what is not asked as such.
pub(super) fn told(facts: &Facts, read: &Broker<'_>, answer: Answer) -> Answer {
    let Some(scheme) = listens(read).and_then(other) else {
        return answer;
    };
    let mut answer = answer;
    if scheme == "memory" && facts.questions.environment != Environment::Test {
        answer = in_memory(facts, read, answer);
    }
    if answer.findings.is_empty() {
        answer.skipped = Some(answer.found.join("; "));
        answer.found.clear();
    }
    answer
}

/// The scheme of a broker that is no Redis, and that Celery has a transport for.
fn other(url: &str) -> Option<String> {
    if is_placeholder(url) || leads_to("BROKER", url).is_some() {
        return None;
    }
    let scheme = url.split_once("://")?.0.trim().to_ascii_lowercase();
    let of_redis = ["redis", "valkey"].iter().any(|it| scheme.starts_with(it));
    (names::takes(&scheme) && !of_redis).then_some(scheme)
}

fn in_memory(facts: &Facts, read: &Broker<'_>, answer: Answer) -> Answer {
    let (name, at, ask) = match read {
        Broker::Set { variable, tier, .. } => {
            let ask = format!("{variable}=-");
            let cure = place::set(facts, tier, variable, &[&ask]);
            (*variable, facts.origin(tier, variable), cure)
        }
        Broker::Outside {
            variable, place, ..
        } => (*variable, place::apart(place), None),
        Broker::Given { name, place, .. } => (*name, (*place).to_owned(), None),
        Broker::Text { place, .. } => ("the broker", place.clone(), None),
        Broker::Default { .. } | Broker::Beyond { .. } => return answer,
    };
    let shown = if name.contains(' ') {
        name.to_owned()
    } else {
        format!("`{name}`")
    };
    let message = format!("{shown} is memory://, which no other process reaches");
    let finding = Finding::new(&MEMORY, message)
        .note(format!("it stands at {at}"))
        .note("what the API queues stays in its own memory, and the worker waits for ever");
    let finding = if name.contains(' ') {
        finding
    } else {
        finding.subject(name)
    };
    let answer = match (ask, place::open(&at)) {
        (Some(cure), _) => answer.mended_by(finding, cure),
        (None, Some(line)) => answer.problem(finding.help(line)),
        (None, None) => answer.problem(finding.help(set_here(name))),
    };
    place::by_hand(answer, name, &at)
}

#[cfg(test)]
mod tests {
    use super::other;

    #[test]
    fn brokers_that_are_no_redis_are_known() {
        for url in [
            "memory://",
            "amqp://h",
            "filesystem://",
            "sqs://",
            "Memory://",
        ] {
            assert!(other(url).is_some(), "{url}");
        }
        for url in [
            "redis://h/1",
            "rediss://h",
            "sentinel://h",
            "mqtt://h",
            "x",
            "redis+x://",
        ] {
            assert_eq!(other(url), None, "{url}");
        }
    }
}
