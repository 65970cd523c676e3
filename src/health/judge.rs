//! What the answers of a deployment mean.

use std::time::Duration;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::Answer;
use crate::system::celery::WorkerAnswer;
use crate::system::http::{Response, Trouble};
use crate::text::{and_list, duration, plural};

use super::body::{Component, Health, State};

/// Nobody answers.
pub(super) static UNREACHABLE: Rule = Rule {
    code: "health/unreachable",
    severity: Severity::Error,
    summary: "a part of the deployment does not answer",
    text: "\
Nothing answers at the address, its name does not resolve, or its certificate does not hold.

Way out: start it, or give the right address: `pixcrawler health https://api.example.com`.",
};

/// It says that it is not well.
pub(super) static UNHEALTHY: Rule = Rule {
    code: "health/unhealthy",
    severity: Severity::Error,
    summary: "a deployment answers, and says that it or something it stands on is not well",
    text: "\
The status code of a health report proves nothing: PixCrawler's detailed report answers 200 with
`\"status\": \"unhealthy\"` in its body. So the body decides, and in it the worst component.

Way out: mend the component that is named; its own message stands beside it. `degraded` warns and
fails with `--strict`.",
};

/// No worker listens, or tasks pile up.
pub(super) static WORKERS: Rule = Rule {
    code: "health/workers",
    severity: Severity::Error,
    summary: "no worker listens on the broker, or tasks wait for none",
    text: "\
Tasks are accepted by the API and stay in the broker. Users see jobs that never begin.

Way out: start a worker (`pixcrawler dev worker`, or your platform's way), and look at its log.",
};

/// The API answers, or why not.
#[must_use]
pub fn api(base: &str, said: &Result<Response, Trouble>) -> Answer {
    let finding = |message: String| {
        Finding::new(&UNREACHABLE, message)
            .subject("api")
            .help(format!(
                "start it, or give the right address: pixcrawler health URL (asked {base})"
            ))
    };
    match said {
        Err(trouble) => Answer::default().problem(finding(format!("{base}: {trouble}"))),
        Ok(response) if response.status == 404 => Answer::default().problem(finding(format!(
            "{} answers, and has no health report there (404)",
            response.url
        ))),
        // Somebody else's server on that port answers 200 to everything.
        Ok(response) if is_page(response) => Answer::default().problem(finding(format!(
            "{} answers with a web page: that is no API's health report",
            response.url
        ))),
        Ok(response) => {
            let time = duration(response.elapsed);
            let word = Health::parse(&response.body).and_then(|health| health.state);
            let sick = response.status >= 400 || word == Some(State::Unhealthy);
            if sick {
                let finding = Finding::new(
                    &UNHEALTHY,
                    format!(
                        "{} answers {}{}",
                        response.url,
                        response.status,
                        said_so(word)
                    ),
                )
                .subject("api")
                .help("look at the log of the API");
                return Answer::default().problem(finding);
            }
            Answer::found(format!("{} {}, {time}", response.url, response.status))
        }
    }
}

/// Whether an answer is for people to look at.
#[must_use]
pub fn is_page(response: &Response) -> bool {
    let html = response
        .header("content-type")
        .is_some_and(|kind| kind.contains("text/html"));
    html || response.body.trim_start().starts_with('<')
}

fn said_so(state: Option<State>) -> &'static str {
    match state {
        Some(State::Unhealthy) => ", unhealthy",
        Some(State::Degraded) => ", degraded",
        _ => "",
    }
}

/// What the detailed report says about the whole.
#[must_use]
pub fn readiness(said: &Result<Response, Trouble>, health: Option<&Health>) -> Answer {
    let response = match said {
        Err(trouble) => return Answer::skipped(format!("no detailed report: {trouble}")),
        Ok(response) if response.status == 404 => return Answer::skipped("no detailed report"),
        Ok(response) => response,
    };
    let Some(health) = health else {
        return if response.status >= 500 {
            let message = format!("{} answers {}", response.url, response.status);
            Answer::default().problem(
                Finding::new(&UNHEALTHY, message)
                    .subject("ready")
                    .help("look at the log of the API"),
            )
        } else {
            Answer::skipped(format!("{} is no report that can be read", response.url))
        };
    };
    let mut facts = vec![match health.state {
        Some(State::Healthy) => "says healthy".to_owned(),
        Some(State::Degraded) => "says degraded".to_owned(),
        Some(State::Unhealthy) => "says unhealthy".to_owned(),
        Some(State::Disabled) | None => "says nothing of itself".to_owned(),
    }];
    facts.extend(
        health
            .version
            .iter()
            .map(|version| format!("version {version}")),
    );
    facts.extend(health.environment.clone());
    facts.push(format!(
        "{} {}",
        response.status,
        duration(response.elapsed)
    ));
    let answer = Answer::found(facts.join(", "));
    let finding = |severity: Severity, word: &str| {
        Finding::new(
            &UNHEALTHY,
            format!(
                "{} answers {} and says {word}",
                response.url, response.status
            ),
        )
        .severity(severity)
        .subject("ready")
        .help("mend the component that is named")
    };
    match health.state {
        Some(State::Unhealthy) => answer.problem(finding(Severity::Error, "unhealthy")),
        Some(State::Degraded) => answer.problem(finding(Severity::Warning, "degraded")),
        _ if response.status >= 500 => answer.problem(finding(Severity::Error, "nothing about it")),
        _ => answer,
    }
}

/// How the application sees what it stands on.
#[must_use]
pub fn components(health: Option<&Health>, words: &[&str]) -> Answer {
    let Some(health) = health else {
        return Answer::irrelevant("no detailed report");
    };
    let found: Vec<&Component> = health.named(words).collect();
    if found.is_empty() {
        return Answer::skipped("the report does not speak of it");
    }
    found.into_iter().fold(Answer::default(), component)
}

fn component(answer: Answer, component: &Component) -> Answer {
    let name = &component.name;
    let message = component.message.as_deref().unwrap_or_default();
    let (severity, word) = match component.state {
        Some(State::Healthy) => return answer.and(format!("{name} healthy")),
        Some(State::Disabled) => return answer.and(format!("{name} switched off")),
        Some(State::Degraded) => (Severity::Warning, "degraded"),
        Some(State::Unhealthy) => (Severity::Error, "unhealthy"),
        None => return answer.and(format!("{name} of unknown state")),
    };
    let mut finding = Finding::new(&UNHEALTHY, format!("the application sees {name} as {word}"))
        .severity(severity)
        .subject(name.clone())
        .help("look from its machine: pixcrawler doctor --only postgres,redis,celery");
    if !message.is_empty() {
        finding = finding.note(message);
    }
    answer.problem(finding)
}

/// What the broker says.
#[derive(Debug, Clone, PartialEq)]
pub struct Broker {
    /// `localhost:6379/1`.
    pub address: String,
    /// The workers that answered.
    pub workers: Vec<WorkerAnswer>,
    /// Tasks that wait, by queue.
    pub queues: Vec<(String, u64)>,
    /// Tasks that were handed out and are not done.
    pub running: u64,
    /// Time that asking took.
    pub elapsed: Duration,
}

/// Workers and queues.
#[must_use]
pub fn broker(said: &Result<Broker, String>) -> Answer {
    let broker = match said {
        Ok(broker) => broker,
        Err(why) => {
            let finding = Finding::new(&UNREACHABLE, format!("the broker cannot be asked: {why}"))
                .subject("workers")
                .help("pixcrawler doctor --only redis,celery");
            return Answer::default().problem(finding);
        }
    };
    let waiting: u64 = broker.queues.iter().map(|(_, length)| length).sum();
    let names: Vec<String> = broker
        .workers
        .iter()
        .map(|worker| match worker.concurrency {
            Some(concurrency) => format!(
                "{} ({concurrency} at once, {} done)",
                worker.name, worker.total
            ),
            None => format!("{} ({} done)", worker.name, worker.total),
        })
        .collect();
    let queues: Vec<String> = broker
        .queues
        .iter()
        .filter(|(_, length)| *length > 0)
        .map(|(name, length)| format!("{name} {length}"))
        .collect();
    let mut answer = Answer::default();
    if !names.is_empty() {
        answer = answer.and(format!("{} on {}", and_list(&names), broker.address));
    }
    answer = answer.and(if queues.is_empty() {
        format!(
            "nothing waits, {} running",
            plural(
                usize::try_from(broker.running).unwrap_or(usize::MAX),
                "task"
            )
        )
    } else {
        format!(
            "waiting: {}; running: {}",
            queues.join(", "),
            broker.running
        )
    });
    if broker.workers.is_empty() {
        let message = format!(
            "no worker listens on {}{}",
            broker.address,
            if waiting > 0 {
                format!(
                    ", {} wait",
                    plural(usize::try_from(waiting).unwrap_or(usize::MAX), "task")
                )
            } else {
                String::new()
            }
        );
        let finding = Finding::new(&WORKERS, message).subject("workers").help(
            "start one: pixcrawler start worker, or where no session runs: pixcrawler dev worker",
        );
        answer = answer.problem(finding);
    }
    answer
}

/// A page of the web application.
pub struct Page<'a> {
    /// Where it was asked for, as people may see it.
    pub url: &'a str,
    /// What came back.
    pub said: &'a Result<Response, Trouble>,
}

/// The web application answers, or why not.
#[must_use]
pub fn web(page: Option<&Page<'_>>) -> Answer {
    let Some(page) = page else {
        return Answer::irrelevant("no address of the web application; give one with --web URL");
    };
    match page.said {
        Ok(response) if response.status < 500 => {
            let moved = if response.url.trim_end_matches('/') == page.url.trim_end_matches('/') {
                String::new()
            } else {
                format!(" (asked {})", page.url)
            };
            Answer::found(format!(
                "{} {}{moved}, {}",
                response.url,
                response.status,
                duration(response.elapsed)
            ))
        }
        Ok(response) => Answer::default().problem(
            Finding::new(
                &UNHEALTHY,
                format!("{} answers {}", response.url, response.status),
            )
            .subject("web")
            .help("look at the log of the web application"),
        ),
        Err(trouble) => Answer::default().problem(
            Finding::new(&UNREACHABLE, format!("{}: {trouble}", page.url))
                .subject("web")
                .help("start it, or give the right address with --web URL"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::doctor::Status;

    #[expect(clippy::unnecessary_wraps, reason = "what a question gives")]
    fn said(status: u16, body: &str) -> Result<Response, Trouble> {
        Ok(Response {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
            elapsed: Duration::ZERO,
            at: SystemTime::UNIX_EPOCH,
            url: "http://h/health".to_owned(),
        })
    }

    fn ready(status: u16, body: &str) -> Status {
        readiness(&said(status, body), Health::parse(body).as_ref()).status()
    }

    #[test]
    fn the_body_decides_and_not_the_code() {
        assert_eq!(ready(200, r#"{"status":"healthy"}"#), Status::Pass);
        assert_eq!(ready(200, r#"{"status":"unhealthy"}"#), Status::Fail);
        assert_eq!(ready(200, r#"{"status":"degraded"}"#), Status::Warn);
        assert_eq!(ready(503, "down"), Status::Fail);
        assert_eq!(ready(404, "{}"), Status::Skipped);
        assert_eq!(
            api("http://h", &said(200, r#"{"status":"unhealthy"}"#)).status(),
            Status::Fail
        );
        assert_eq!(api("http://h", &said(200, "ok")).status(), Status::Pass);
        assert_eq!(
            api("http://h", &Err(Trouble::Refused)).status(),
            Status::Fail
        );
    }

    #[test]
    fn components_count_even_where_the_whole_says_healthy() {
        let health = Health::parse(
            r#"{"status":"healthy","components":{"redis_cache":{"status":"unhealthy","message":"refused"}}}"#,
        );
        let answer = components(health.as_ref(), &["redis"]);
        assert_eq!(answer.status(), Status::Fail);
        assert_eq!(answer.findings[0].notes, ["refused"]);
        assert_eq!(
            components(health.as_ref(), &["database"]).status(),
            Status::Skipped
        );
    }

    #[test]
    fn a_broker_without_workers_fails() {
        let mut told = Broker {
            address: "localhost:6379/1".to_owned(),
            workers: Vec::new(),
            queues: vec![("crawl".to_owned(), 3)],
            running: 0,
            elapsed: Duration::ZERO,
        };
        let alone = broker(&Ok(told.clone()));
        assert_eq!(
            alone.findings[0].message,
            "no worker listens on localhost:6379/1, 3 tasks wait"
        );
        told.workers.push(WorkerAnswer {
            name: "celery@vm".to_owned(),
            pid: 1,
            concurrency: Some(2),
            processes: Vec::new(),
            total: 9,
        });
        assert_eq!(
            broker(&Ok(told)).found[0],
            "celery@vm (2 at once, 9 done) on localhost:6379/1"
        );
    }
}
