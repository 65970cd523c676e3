//! A broker that a validator makes, so that it cannot be told: which variable it is made from can.

use crate::diagnostic::Severity;
use crate::doctor::{Answer, Facts};
use crate::workspace::stack::{ByCode, CeleryApp};

use super::fallback::Fallback;
use super::unread::Unread;
use super::{Read, elsewhere, named, reached};

/// That it is not asked, and the names that somebody takes for its variable.
pub(super) fn judge(facts: &Facts, celery: &CeleryApp, why: &str) -> Answer {
    let (ByCode::Beyond { .. }, Some(own)) = (&celery.by_code, &celery.broker) else {
        return Answer::skipped(why);
    };
    let answer = elsewhere::changed(facts, celery, own);
    let set = named(facts, celery, &own.variable, None);
    let names = || std::iter::once(&own.variable).chain(&own.others);
    let is_read = |name: &String| names().any(|own| own == name);
    let mut answer = answer;
    if answer.findings.is_empty() && !set.iter().any(|it| is_read(&it.variable)) {
        let home = reached::home(facts, celery, Some(own), &own.variable);
        let read = Read::of(facts, &own.variable, home);
        let mut told: Vec<&str> = Vec::new();
        for named in &set {
            let (Some(meant), false) = (named.meant, told.contains(&named.variable.as_str()))
            else {
                continue;
            };
            told.push(&named.variable);
            let unread = Unread {
                celery,
                named,
                meant,
                read: &read,
                used: None,
                fallback: &Fallback::made(),
            };
            answer = unread.judge(answer, facts.questions.environment);
        }
    }
    if answer.findings.is_empty() {
        return Answer::skipped(why);
    }
    // What comes of it is not known.
    for finding in &mut answer.findings {
        finding.severity = finding.severity.min(Severity::Warning);
    }
    answer.and(why)
}
