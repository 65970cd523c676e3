//! The broker that the worker really reads.

mod absent;
mod apart;
mod beyond;
mod elsewhere;
mod empty;
mod fallback;
mod leads;
mod lost;
mod named;
mod names;
mod other;
mod queued;
mod queuers;
mod taken;
mod transport;
mod unread;
mod unsaid;

use crate::diagnostic::{Finding, Rule};
use crate::doctor::{Answer, Cure, Facts};
use crate::service::assemble::{self, Broker};
use crate::text::and_list;
use crate::text::remedy::{set_here, unset};
use crate::workspace::Environment;
use crate::workspace::stack::CeleryApp;

use super::{place, reached, servers};
use absent::ABSENT;
use empty::{EMPTY, is_empty_by_default};
use fallback::Fallback;
use leads::{leads_to, no_redis};
use lost::LOST;
use named::{Named, named, objection};
use names::{Meant, results_beside};
use other::MEMORY;
use taken::URL;
use transport::{SENTINEL, TLS, Use};
use unread::{UNREAD, Unread};

pub(super) static RULES: &[&Rule] = &[
    &UNREAD, &EMPTY, &ABSENT, &LOST, &URL, &TLS, &SENTINEL, &MEMORY,
];

/// What the worker reads, and where that is to be set.
struct Read<'a> {
    variable: &'a str,
    /// Tier and place.
    home: (String, String),
    /// The place for this environment alone.
    place: String,
}

impl<'a> Read<'a> {
    fn of(facts: &Facts, variable: &'a str, home: (String, String)) -> Self {
        Self {
            place: place::changed(facts, &home.0, &home.1),
            variable,
            home,
        }
    }
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let Some(celery) = &facts.stack().celery else {
        return Answer::irrelevant("no Celery application");
    };
    if let Some(answer) = lost::judge(celery) {
        return answer;
    }
    let read = assemble::broker_of(celery, facts.tiers().sight());
    let answer = asked(facts, celery, &read);
    let answer = queuers::told(facts, celery, &read, answer);
    let answer = queued::told(facts, celery, &read, answer);
    other::told(facts, &read, answer)
}

fn asked(facts: &Facts, celery: &CeleryApp, read: &Broker<'_>) -> Answer {
    let (variable, home) = match read {
        Broker::Beyond { why } => return beyond::judge(facts, celery, why),
        Broker::Text { url, place } => {
            let found = format!("the broker stands in the code ({place})");
            return apart::judge(facts, celery, &found, url, place);
        }
        Broker::Given { name, url, place } => {
            let found = format!("the worker alone is given {name} ({place})");
            return apart::judge(facts, celery, &found, url, place);
        }
        Broker::Set { variable, tier, .. } => {
            let origin = facts.origin(tier, variable);
            (*variable, ((*tier).to_owned(), origin))
        }
        Broker::Outside {
            variable, place, ..
        } => (*variable, ("backend".to_owned(), place::apart(place))),
        Broker::Default { variable, .. } => {
            let own = celery.broker.as_ref();
            (*variable, reached::home(facts, celery, own, variable))
        }
    };
    let own = celery.results.as_ref().map(|own| own.variable.clone());
    let named_first = celery.broker_variables.first();
    let results = own.or_else(|| named_first.and_then(|it| results_beside(it)));
    let mut set = named(facts, celery, variable, results.as_deref());
    set.extend(elsewhere::outside(facts, celery, read));
    let broker = Read::of(facts, variable, home);
    let results = results.as_deref().map(|variable| {
        let home = reached::home(facts, celery, celery.results.as_ref(), variable);
        Read::of(facts, variable, home)
    });
    let environment = facts.questions.environment;
    let fallback = Fallback::of(celery, read);
    let answer = judge(
        celery,
        &set,
        &broker,
        results.as_ref(),
        &fallback,
        environment,
    );
    let answer = elsewhere::told(facts, celery, read, &fallback, answer);
    let answer = absent::told(facts, celery, read, &broker, answer);
    let own = (Use::Broker, &broker, celery.broker.as_ref());
    let results = results.as_ref();
    let both = std::iter::once(own)
        .chain(results.map(|results| (Use::Results, results, celery.results.as_ref())));
    let answer = both
        .filter(|(_, read, _)| !set.iter().any(|named| named.variable == read.variable))
        .filter_map(|(of, read, setting)| {
            let finding = empty::judge(celery, of, read, setting)?;
            Some((read, finding, setting))
        })
        .fold(answer, |answer, (read, finding, setting)| {
            if place::is_replaced(facts, &read.home.0, read.variable)
                || (place::file(&read.home.1).is_none()
                    && read.home.1 != place::DEFAULT
                    && !place::is_apart(&read.home.1)
                    && setting
                        .is_some_and(|it| it.default.as_ref().is_some_and(|it| !it.is_empty())))
            {
                return answer.problem(finding.help(unset(&[read.variable.to_owned()])));
            }
            match filled(facts, read) {
                Some(cure) => answer.mended_by(finding, cure),
                None => answer.problem(finding.help(set_here(read.variable))),
            }
        });
    place::by_hand(answer, broker.variable, &broker.home.1)
}

/// The command that gives what is empty the value that it has to have, where the workspace tells, or asks.
fn filled(facts: &Facts, read: &Read<'_>) -> Option<Cure> {
    let (tier, origin) = (read.home.0.as_str(), read.place.as_str());
    let environment = facts.questions.environment;
    servers::derived(facts, tier, read.variable, origin).or_else(|| {
        let ask = format!("{}=-", read.variable);
        place::at(tier, origin, environment, &[&ask])
    })
}

fn judge(
    celery: &CeleryApp,
    set: &[Named],
    broker: &Read<'_>,
    results: Option<&Read<'_>>,
    fallback: &Fallback,
    environment: Environment,
) -> Answer {
    let used = |read: &Read<'_>| set.iter().find(|named| named.variable == read.variable);
    let mut answer = Answer::found(match used(broker) {
        Some(named) => {
            let leads_to = match &named.leads_to {
                Some(target) => format!("leads to {target}"),
                None => named.transport.clone(),
            };
            format!("{} ({}) {leads_to}", broker.variable, named.origin)
        }
        None if ![place::DEFAULT, reached::NOWHERE].contains(&broker.home.1.as_str())
            && celery.broker.as_ref().is_none_or(|own| !own.ignores_empty) =>
        {
            format!(
                "{} is empty ({}): the worker finds no broker there",
                broker.variable, broker.home.1
            )
        }
        None if celery.broker.as_ref().is_some_and(is_empty_by_default) => {
            format!("{} is not set, and empty by default", broker.variable)
        }
        None => format!("{} is not set{}", broker.variable, fallback.words),
    });
    let mut told: Vec<&str> = Vec::new();
    for named in set {
        let (Some(meant), false) = (named.meant, told.contains(&named.variable.as_str())) else {
            continue;
        };
        told.push(&named.variable);
        let read = match (meant, results) {
            (Meant::Results | Meant::MisnamedResults, Some(results)) => results,
            (Meant::Results | Meant::MisnamedResults, None) => continue,
            _ => broker,
        };
        let unread = Unread {
            celery,
            named,
            meant,
            read,
            used: used(read),
            fallback,
        };
        answer = unread.judge(answer, environment);
    }
    for named in set {
        let Some(objection) = &named.objection else {
            continue;
        };
        let finding = objection.finding.clone();
        answer = if objection.parts.is_empty() && finding.rule.code == URL.code {
            let ask = format!("{}=-", named.variable);
            match place::at(&named.tier, &named.place, environment, &[&ask]) {
                Some(cure) => answer.mended_by(finding, cure),
                None => answer.problem(finding.help(set_here(&named.variable))),
            }
        } else if objection.parts.is_empty() {
            answer.problem(finding)
        } else {
            with_parts(answer, finding, named, &objection.parts, environment)
        };
    }
    answer
}

/// With the command that sets parts of the URL; of a list all of it is asked for.
fn with_parts(
    answer: Answer,
    finding: Finding,
    named: &Named,
    parts: &[(&str, String)],
    environment: Environment,
) -> Answer {
    let variable = &named.variable;
    let settings: Vec<String> = parts
        .iter()
        .map(|(part, value)| format!("{part}={value}"))
        .collect();
    let ask = format!("{variable}=-");
    let several = named.leads_to.as_deref().unwrap_or_default().contains(", ");
    let mut what = vec![variable.as_str()];
    for setting in &settings {
        what.extend(["--part", setting]);
    }
    if several {
        what = vec![&ask];
    }
    match place::at(&named.tier, &named.place, environment, &what) {
        Some(cure) => answer.mended_by(finding, cure),
        None => answer.problem(
            finding
                .note(format!("set {} in {variable}", and_list(&settings)))
                .help(set_here(variable)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::names::meant;
    use super::*;
    use crate::doctor::Status;

    fn celery() -> CeleryApp {
        CeleryApp {
            target: "celery_core.app".to_owned(),
            cwd: "".into(),
            imports: "".into(),
            file: "celery_core/app.py".into(),
            line: 20,
            broker_variables: [READ, "CELERY_BROKER_URL"].map(str::to_owned).into(),
            by_code: crate::workspace::stack::ByCode::Variable,
            is_for_reading: false,
            queued: None,
            broker: None,
            results: None,
            mentions: Vec::new(),
            unasked: None,
        }
    }

    const READ: &str = "PIXCRAWLER_CELERY_BROKER_URL";
    const RESULTS: &str = "PIXCRAWLER_CELERY_RESULT_BACKEND";

    fn named(variable: &str, url: &str) -> Named {
        Named {
            variable: variable.to_owned(),
            tier: "backend".to_owned(),
            origin: "backend/.env:31".to_owned(),
            place: "backend/.env:31".to_owned(),
            leads_to: leads_to(variable, url),
            logins: leads::logins(variable, url),
            transport: no_redis(url),
            meant: meant(variable, url, READ, Some(RESULTS)),
            objection: (variable == RESULTS)
                .then(|| {
                    objection(
                        &celery(),
                        Use::Results,
                        variable,
                        url,
                        "backend/.env:31",
                        &|| None,
                    )
                })
                .flatten(),
        }
    }

    fn judged(set: &[Named]) -> Answer {
        let read = |variable| Read {
            variable,
            home: ("root".to_owned(), place::DEFAULT.to_owned()),
            place: place::DEFAULT.to_owned(),
        };
        let (broker, results) = (read(READ), read(RESULTS));
        judge(
            &celery(),
            set,
            &broker,
            Some(&results),
            &Fallback::usual(),
            Environment::Development,
        )
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

    #[test]
    fn another_login_is_another_broker() {
        let url = "redis://:pass-word@localhost:6379/0";
        let alone = judged(&[named("CELERY_BROKER_URL", url)]);
        assert_eq!(alone.status(), Status::Fail);
        assert!(
            alone.cures[0]
                .line
                .ends_with("--like backend:CELERY_BROKER_URL"),
            "{}",
            alone.cures[0].line
        );
        let told = format!("{:?}", alone.findings);
        assert!(
            told.contains("without the login that CELERY_BROKER_URL has"),
            "{told}"
        );
        assert!(!told.contains("pass-word"), "{told}");
        // The default itself needs none.
        let same = judged(&[named("CELERY_BROKER_URL", "redis://localhost:6379/0")]);
        assert_eq!(same.status(), Status::Pass);
        // Of two that are set neither is one too many.
        let both = judged(&[
            named("REDIS_BROKER_URL", url),
            named(READ, "redis://localhost/0"),
        ]);
        assert_eq!((both.status(), both.cures.len()), (Status::Pass, 0));
        let finding = &both.findings[0];
        assert_eq!(finding.help, None, "{finding:?}");
        assert!(
            finding.notes[1].ends_with("each with a login of its own"),
            "{finding:?}"
        );
    }

    #[test]
    fn a_name_that_nobody_reads_is_given_up_for_the_one_that_is_read() {
        let alone = judged(&[named("CELERY_BROKER", "redis://localhost:6379/1")]);
        assert_eq!(alone.status(), Status::Fail);
        assert_eq!(
            alone.cures[0].line,
            "pixcrawler env set --tier root PIXCRAWLER_CELERY_BROKER_URL --like backend:CELERY_BROKER && pixcrawler env unset --file backend/.env CELERY_BROKER"
        );
        let results = judged(&[named("CELERY_RESULT_BACKEND_URL", "redis://localhost/3")]);
        assert_eq!(results.status(), Status::Fail);
        assert!(
            results.cures[0].line.starts_with(
                "pixcrawler env set --tier root PIXCRAWLER_CELERY_RESULT_BACKEND --like"
            ),
            "{}",
            results.cures[0].line
        );
        // What is read stands there, too: the other one does nothing.
        let both = judged(&[
            named("REDIS_BROKER_URL", "redis://localhost/7"),
            named(READ, "redis://localhost/1"),
        ]);
        assert_eq!(both.status(), Status::Warn);
        assert_eq!(
            both.cures[0].line,
            "pixcrawler env unset --file backend/.env REDIS_BROKER_URL"
        );
    }

    #[test]
    fn lists_and_tls_are_told() {
        let list = named(READ, "redis://:secret@one/1;redis://two/1");
        let answer = judged(&[list, named(RESULTS, "rediss://:secret@one/2")]);
        assert_eq!(
            answer.found,
            [format!(
                "{READ} (backend/.env:31) leads to one:6379/1, else two:6379/1"
            )]
        );
        assert_eq!(answer.findings[0].rule.code, "celery/tls");
        let socket = judged(&[named(RESULTS, "unix:///run/r.sock?db=3")]);
        assert_eq!(socket.findings[0].rule.code, "celery/url");
        assert_eq!(
            socket.cures[0].line,
            format!(
                "pixcrawler env set --file backend/.env {RESULTS} --part scheme=redis+socket --part database=3"
            )
        );
        assert_eq!(
            answer.cures[0].line,
            format!(
                "pixcrawler env set --file backend/.env {RESULTS} --part ssl_cert_reqs=CERT_REQUIRED"
            )
        );
    }
}
