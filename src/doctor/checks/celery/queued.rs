//! Tasks that are queued elsewhere than where the worker listens.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::{Answer, Facts};
use crate::env::is_placeholder;
use crate::service::assemble::Broker;
use crate::text::remedy::{open_at, unset};
use crate::workspace::stack::CeleryApp;

use super::leads_to;
use super::unread::UNREAD;

/// What Celery looks at in the process environment before all else that says where tasks are queued.
pub(super) const VARIABLE: &str = "CELERY_BROKER_WRITE_URL";

/// The URL that the worker listens on, where that is known.
pub(super) fn listens<'a>(read: &Broker<'a>) -> Option<&'a str> {
    match read {
        Broker::Set { value: url, .. }
        | Broker::Outside { url, .. }
        | Broker::Given { url, .. }
        | Broker::Text { url, .. }
        | Broker::Default { url: Some(url), .. } => Some(url),
        Broker::Default { url: None, .. } | Broker::Beyond { .. } => None,
    }
}

/// With that.
pub(super) fn told(facts: &Facts, celery: &CeleryApp, read: &Broker<'_>, answer: Answer) -> Answer {
    let Some(listens) = listens(read) else {
        return answer;
    };
    let of_process = facts.questions.variables.get(VARIABLE);
    let of_process = of_process.filter(|url| !url.trim().is_empty());
    let (url, what, place, help) = match (of_process, &celery.queued) {
        (Some(url), _) => (
            url,
            format!("`{VARIABLE}`"),
            "the process environment".to_owned(),
            unset(&[VARIABLE.to_owned()]),
        ),
        (None, Some(queued)) => (
            &queued.url,
            "`broker_write_url`".to_owned(),
            format!("{}:{}", queued.file, queued.line),
            open_at(queued.file.as_str(), queued.line),
        ),
        (None, None) => return answer,
    };
    if [listens, url].into_iter().any(is_placeholder) {
        return answer;
    }
    let (Some(there), Some(here)) = (leads_to("BROKER", url), leads_to("BROKER", listens)) else {
        return answer;
    };
    if there == here {
        return answer;
    }
    let message = format!("{what} has tasks queued at {there}, and the worker listens on {here}");
    let finding = Finding::new(&UNREAD, message)
        .severity(Severity::Warning)
        .note(format!("it stands in {place}"))
        .note("what is queued there reaches no worker, unless something carries it over");
    let finding = if of_process.is_some() {
        finding.subject(VARIABLE)
    } else {
        finding
    };
    answer.problem(finding.help(help))
}
