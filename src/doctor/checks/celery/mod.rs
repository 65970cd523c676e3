//! The broker that the worker really reads.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::service::endpoint::Endpoint;
use crate::text::remedy::{quoted, set_here};
use crate::workspace::Environment;
use crate::workspace::stack::CeleryApp;

use super::place;

/// A broker is named under a name that the worker does not read.
pub(super) static UNREAD: Rule = Rule {
    code: "celery/unread-broker",
    severity: Severity::Error,
    summary: "a broker is set under a name that the worker does not read",
    text: "\
The worker's settings class has a prefix of its own, so it reads another variable than the one that
is set, and connects to its default, redis://localhost:6379/0. Whoever reads the other name sends
tasks to a broker on which no worker listens; nothing is said about it anywhere.

Way out: set the variable that is named in the root's .env; leave the other one out, or give it the
same value.",
};

pub(super) static RULES: &[&Rule] = &[&UNREAD];

/// A variable that names a broker, where it is set.
struct Named {
    variable: String,
    tier: String,
    origin: String,
    /// Address and database.
    leads_to: Option<String>,
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let Some(celery) = &facts.stack().celery else {
        return Answer::irrelevant("no Celery application");
    };
    let mut set: Vec<Named> = Vec::new();
    for tier in &facts.workspace().tiers {
        let Some(seen) = facts.tiers().seen.get(&tier.name) else {
            continue;
        };
        for (variable, value) in seen {
            let origin = facts.origin(&tier.name, variable);
            let known = set
                .iter()
                .any(|known| known.variable == *variable && known.origin == origin);
            if variable.ends_with("BROKER_URL") && !value.is_empty() && !known {
                set.push(Named {
                    leads_to: leads_to(variable, value),
                    variable: variable.clone(),
                    tier: tier.name.clone(),
                    origin,
                });
            }
        }
    }
    judge(celery, &set, facts.questions.environment)
}

fn leads_to(variable: &str, value: &str) -> Option<String> {
    let endpoint = Endpoint::redis(value, variable, "").ok()?;
    let address = endpoint.address().replace("localhost", "127.0.0.1");
    let database = endpoint.redis_database();
    Some(if endpoint.is_socket() {
        format!("database {database} at {address}")
    } else {
        format!("{address}/{database}")
    })
}

/// Where Celery's settings lead when nothing is set.
const DEFAULT: &str = "127.0.0.1:6379/0";

fn judge(celery: &CeleryApp, set: &[Named], environment: Environment) -> Answer {
    let Some(read) = celery.broker_variables.first() else {
        return Answer::skipped("the application's settings name no broker");
    };
    let used = set.iter().find(|named| named.variable == *read);
    let target = used.map_or(DEFAULT, |named| {
        named.leads_to.as_deref().unwrap_or("no Redis")
    });
    let mut answer = Answer::found(match used {
        Some(named) => format!("{read} ({}) leads to {target}", named.origin),
        None => format!("{read} is not set: the worker uses {DEFAULT}"),
    });
    let mut told: Vec<&str> = Vec::new();
    for named in set.iter().filter(|named| named.variable != *read) {
        if told.contains(&named.variable.as_str()) {
            continue;
        }
        told.push(&named.variable);
        let same = named.leads_to.as_deref() == Some(target);
        let message = format!(
            "`{}` is set, but the worker ({}) reads `{read}`",
            named.variable, celery.target
        );
        let other = named.leads_to.as_deref().unwrap_or("no Redis");
        let note = match (used, same) {
            (_, true) => format!(
                "both lead to {target} at present; change the one, and the other must follow"
            ),
            (Some(_), false) => format!(
                "the worker listens on {target}, {} leads to {other}",
                named.variable
            ),
            (None, false) => format!(
                "so the worker listens on its default, {DEFAULT}, and {} leads to {other}",
                named.variable
            ),
        };
        let severity = if same {
            Severity::Info
        } else {
            Severity::Error
        };
        // Where the name that is read stands already, or the root's file, which the worker reads.
        let origin = used.map_or("default", |used| used.origin.as_str());
        let tier = used.map_or("root", |used| used.tier.as_str());
        let like = format!("{}:{}", named.tier, named.variable);
        let cure = place::at(tier, origin, environment, &[read, "--like", &like]);
        let finding = Finding::new(&UNREAD, message)
            .severity(severity)
            .subject(named.variable.clone())
            .note(format!(
                "{} stands at {}; the application at {}:{}",
                named.variable, named.origin, celery.file, celery.line
            ))
            .note(note);
        answer = match (same, cure) {
            // Nothing is wrong: one name would do, where nobody else reads the other.
            (true, _) => answer.problem(finding.help(match place::file(&named.origin) {
                Some(file) => {
                    let file = quoted(file);
                    format!("pixcrawler env unset --file {file} {}", named.variable)
                }
                None => format!("unset {}", named.variable),
            })),
            (false, Some(cure)) => answer.mended_by(finding, cure),
            (false, None) => answer.problem(
                finding
                    .note(format!(
                        "give {read} the value of {} in {}",
                        named.variable, named.origin
                    ))
                    .help(set_here(read)),
            ),
        };
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn celery() -> CeleryApp {
        CeleryApp {
            target: "celery_core.app".to_owned(),
            cwd: "".into(),
            file: "celery_core/app.py".into(),
            line: 20,
            broker_variables: vec![
                "PIXCRAWLER_CELERY_BROKER_URL".to_owned(),
                "CELERY_BROKER_URL".to_owned(),
            ],
            mentions: Vec::new(),
        }
    }

    fn named(variable: &str, url: &str) -> Named {
        Named {
            variable: variable.to_owned(),
            tier: "backend".to_owned(),
            origin: "backend/.env:31".to_owned(),
            leads_to: leads_to(variable, url),
        }
    }

    fn judged(set: &[Named]) -> Answer {
        judge(&celery(), set, Environment::Development)
    }

    #[test]
    fn a_name_that_nobody_reads_is_told_with_the_one_that_is_read() {
        let other = named("CELERY_BROKER_URL", "redis://localhost:6379/1");
        let alone = judged(&[other]);
        assert_eq!(alone.status(), Status::Fail);
        assert_eq!(
            alone.cures[0].line,
            "pixcrawler env set --tier root PIXCRAWLER_CELERY_BROKER_URL --like backend:CELERY_BROKER_URL"
        );
        assert_eq!(
            alone.findings[0].message,
            "`CELERY_BROKER_URL` is set, but the worker (celery_core.app) reads `PIXCRAWLER_CELERY_BROKER_URL`"
        );
        let other = named("CELERY_BROKER_URL", "redis://localhost:6379/1");
        let read = named("PIXCRAWLER_CELERY_BROKER_URL", "redis://127.0.0.1/1");
        let both = judged(&[other, read]);
        assert_eq!((both.status(), both.findings.len()), (Status::Pass, 1));
        let read = named("PIXCRAWLER_CELERY_BROKER_URL", "redis://127.0.0.1/1");
        assert_eq!(judged(&[read]).status(), Status::Pass);
    }
}
