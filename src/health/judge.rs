//! What the reports of a deployment mean.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::Answer;
use crate::system::http::{Response, Trouble};
use crate::text::{and_list, duration};

use super::body::{Component, Health, State};
use super::read::{self, UNREADABLE};
use super::ways::{self, DATABASE, REDIS, WORKER, Way};

/// Nobody answers.
pub(super) static UNREACHABLE: Rule = Rule {
    code: "health/unreachable",
    severity: Severity::Error,
    summary: "a part of the deployment does not answer",
    text: "\
Nothing answers at the address, its name does not resolve, its certificate does not hold, or it sends
us to another address of which that is true. Where `http_proxy`, `https_proxy` or `all_proxy` name a proxy,
that one may be what does not answer: the message names it then. In its password `/`, `?`, `#` and `@` are
written as %2F, %3F, %23 and %40: bare ones end it, and another server is asked.

Way out: start it, or give the right address: `pixcrawler health https://api.example.com`. Past a proxy:
`NO_PROXY=api.example.com pixcrawler health https://api.example.com`.",
};

/// It answers, and not to us.
pub(super) static CLOSED: Rule = Rule {
    code: "health/closed",
    severity: Severity::Error,
    summary: "a deployment answers, and does not let us in",
    text: "\
The health report is answered with 401 or 403: it wants a user and a password, or others than it got.
Those of an address are for its own server: where that sends us to another one, they stay behind.

Way out: give the ones that open it, `pixcrawler health https://USER:PASSWORD@api.example.com`; a
password's `@` is written `%40`, its `/` `%2F`. Or let the report be read without.",
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

/// The detailed report, as far as it came.
#[derive(Debug, Clone, Copy)]
pub enum Detailed<'a> {
    /// It can be read.
    Read(&'a Health),
    /// It did not come in time.
    Late,
    /// There is none.
    Missing,
}

impl<'a> Detailed<'a> {
    /// What came of asking for it; `health` is what could be read of it.
    #[must_use]
    pub fn of(said: &Result<Response, Trouble>, health: Option<&'a Health>) -> Self {
        match (said, health) {
            (Err(trouble), _) if *trouble.last() == Trouble::TimedOut => Self::Late,
            // An object with nothing of health in it, as `{"detail": "Not Found"}`.
            (_, Some(health)) if health.speaks() || (health.errors.is_some() && is_well(said)) => {
                Self::Read(health)
            }
            _ => Self::Missing,
        }
    }
}

fn is_well(said: &Result<Response, Trouble>) -> bool {
    said.as_ref()
        .is_ok_and(|response| (200..300).contains(&response.status))
}

/// What the detailed report says about the whole. `alive` is whether the API answers at all.
#[must_use]
pub fn readiness(
    way: &Way,
    alive: bool,
    said: &Result<Response, Trouble>,
    detailed: Detailed<'_>,
) -> Answer {
    let response = match said {
        Err(trouble) if alive && *trouble.last() == Trouble::TimedOut => {
            let message = "the API answers, and its detailed report does not come in time";
            let finding = Finding::new(&UNHEALTHY, message)
                .subject("ready")
                .note("it waits for something that it stands on, which these look at")
                .help("pixcrawler doctor --only postgres,redis,celery");
            return Answer::default().problem(finding);
        }
        Err(_) if !alive => return Answer::skipped("the API does not answer"),
        Err(trouble) => return Answer::skipped(format!("no detailed report: {trouble}")),
        Ok(response) if response.status == 404 => return Answer::skipped("no detailed report"),
        Ok(response) => response,
    };
    let Detailed::Read(health) = detailed else {
        return if response.status >= 500 {
            let message = format!("{} answers {}", response.url, response.status);
            let mut finding = Finding::new(&UNHEALTHY, message).subject("ready");
            let said = Health::parse(&response.body);
            finding.notes.extend(said.iter().flat_map(Health::told));
            Answer::default().problem(way.look(finding, &response.url))
        } else if (200..300).contains(&response.status)
            && let Some(finding) = read::unreadable(response)
        {
            let finding = finding.subject("ready");
            Answer::default().problem(way.look(finding, &response.url))
        } else {
            Answer::skipped(format!("{} is no report that can be read", response.url))
        };
    };
    let sick: Vec<&str> = health.sick().map(|it| it.name.as_str()).collect();
    let mut facts = vec![match health.state {
        Some(State::Healthy) if sick.is_empty() => "says healthy".to_owned(),
        Some(State::Healthy) => format!("says healthy in spite of {}", and_list(&sick)),
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
    // What no row of its own tells.
    let others = health
        .components
        .iter()
        .filter(|it| ![DATABASE, REDIS, WORKER].iter().any(|words| it.is(words)));
    let answer = others.fold(Answer::found(facts.join(", ")), |answer, it| {
        component(way, answer, it)
    });
    let (severity, word) = match health.state {
        Some(State::Unhealthy) => (Severity::Error, "unhealthy"),
        Some(State::Degraded) => (Severity::Warning, "degraded"),
        _ if response.status >= 500 => (Severity::Error, "nothing about it"),
        _ => {
            let unknown = unknown(health, response).map(|finding| finding.subject("ready"));
            return unknown.into_iter().fold(answer, |answer, finding| {
                answer.problem(way.look(finding, &response.url))
            });
        }
    };
    let whom = if sick.is_empty() {
        String::new()
    } else {
        format!(": {}", and_list(&sick))
    };
    let message = format!(
        "{} answers {} and says {word}{whom}",
        response.url, response.status
    );
    let mut finding = Finding::new(&UNHEALTHY, message)
        .severity(severity)
        .subject("ready");
    finding.notes.extend(health.told());
    let mended = ways::doctor(health.sick());
    answer.problem(match mended {
        Some(line) => there(way, finding.help(line)),
        None => way.look(finding, &response.url),
    })
}

/// A word of itself that nobody knows may mean anything, and one that is good nothing where errors stand
/// beside it.
pub(super) fn unknown(health: &Health, response: &Response) -> Option<Finding> {
    let Some(word) = &health.unknown else {
        let errors = health.errors.as_ref()?;
        let message = format!(
            "{} answers {} and tells of errors: {errors}",
            response.url, response.status
        );
        return Some(Finding::new(&UNHEALTHY, message).severity(Severity::Warning));
    };
    let message = format!(
        "{} answers {} and says `{word}`, which may mean anything",
        response.url, response.status
    );
    Some(Finding::new(&UNREADABLE, message).severity(Severity::Warning))
}

/// How the application sees what it stands on.
#[must_use]
pub fn components(way: &Way, detailed: Detailed<'_>, words: &[&str]) -> Answer {
    let health = match detailed {
        Detailed::Read(health) => health,
        Detailed::Late => return Answer::skipped("the detailed report does not come in time"),
        Detailed::Missing => return Answer::irrelevant("no detailed report"),
    };
    let found: Vec<&Component> = health.named(words).collect();
    if found.is_empty() {
        return Answer::skipped("the report does not speak of it");
    }
    found
        .into_iter()
        .fold(Answer::default(), |answer, it| component(way, answer, it))
}

pub(super) fn component(way: &Way, answer: Answer, component: &Component) -> Answer {
    let name = &component.name;
    let helped = |finding: Finding| match ways::doctor([component]) {
        Some(line) => there(way, finding.help(line)),
        None => way.look(finding, &way.url),
    };
    if let Some(doubt) = &component.doubt {
        let message = format!("{name} {doubt}, which may mean anything");
        let finding = Finding::new(&UNREADABLE, message)
            .severity(Severity::Warning)
            .subject(name.clone());
        return answer.problem(helped(finding));
    }
    let (severity, word) = match component.state {
        Some(State::Healthy) => return answer.and(format!("{name} healthy")),
        Some(State::Disabled) => return answer.and(format!("{name} switched off")),
        Some(State::Degraded) => (Severity::Warning, "degraded"),
        Some(State::Unhealthy) => (Severity::Error, "unhealthy"),
        None => return answer.and(format!("{name} of unknown state")),
    };
    let mut finding = Finding::new(&UNHEALTHY, format!("the application sees {name} as {word}"))
        .severity(severity)
        .subject(name.clone());
    finding.notes.extend(component.message.clone());
    answer.problem(helped(finding))
}

/// What is asked from another machine proves nothing about the application's.
fn there(way: &Way, finding: Finding) -> Finding {
    if way.local {
        finding
    } else {
        finding.note("to be run on the machine of the application, which sees what it sees")
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::doctor::Status;

    #[expect(clippy::unnecessary_wraps, reason = "what a question gives")]
    fn said(status: u16, body: &str) -> Result<Response, Trouble> {
        Ok(Response::said("http://h/health", status, &[], body))
    }

    fn judged(said: &Result<Response, Trouble>, body: &str) -> Answer {
        let health = Health::parse(body);
        let detailed = Detailed::of(said, health.as_ref());
        readiness(&Way::default(), true, said, detailed)
    }

    fn ready(status: u16, body: &str) -> Status {
        judged(&said(status, body), body).status()
    }

    #[test]
    fn the_body_decides_and_not_the_code() {
        assert_eq!(ready(200, r#"{"status":"healthy"}"#), Status::Pass);
        assert_eq!(ready(200, r#"{"status":"unhealthy"}"#), Status::Fail);
        assert_eq!(ready(200, r#"{"status":"degraded"}"#), Status::Warn);
        assert_eq!(ready(503, "down"), Status::Fail);
        assert_eq!(ready(404, "{}"), Status::Skipped);
        assert_eq!(ready(401, ""), Status::Skipped);
        assert_eq!(ready(200, r#"{"status":"heal"#), Status::Fail);
        assert_eq!(ready(200, ""), Status::Warn);
        assert_eq!(ready(200, r#"{"status":"kaputt"}"#), Status::Warn);
        let body = r#"{"status":"ok","redis":"down"}"#;
        assert_eq!(
            judged(&said(200, body), body).found[0],
            "says healthy in spite of redis, 200 <0.1 ms"
        );
    }

    #[test]
    fn the_sick_are_named_with_the_checks_that_look_at_them() {
        let body = r#"{"status":"unhealthy","components":{"database":{"status":"down"},"redis_cache":{"status":"up"},"storage":{"status":"down","message":"no container"}}}"#;
        let answer = judged(&said(503, body), body);
        let told: Vec<&str> = answer
            .findings
            .iter()
            .map(|finding| finding.message.as_str())
            .collect();
        assert_eq!(
            told,
            [
                "the application sees storage as unhealthy",
                "http://h/health answers 503 and says unhealthy: database and storage"
            ]
        );
        assert_eq!(
            answer.findings[1].help.as_deref(),
            Some("pixcrawler doctor --only postgres")
        );
    }

    #[test]
    fn a_part_that_says_what_nobody_knows_warns() {
        let told = |body: &str, words: &[&str]| -> Vec<String> {
            let health = Health::parse(body).expect("a report");
            let answer = components(&Way::default(), Detailed::Read(&health), words);
            let told = answer.findings.iter();
            told.map(|it| format!("{} {}", it.severity, it.message))
                .collect()
        };
        for body in [
            r#"{"status":"healthy","redis":"starting"}"#,
            r#"{"components":{"redis":{"status":"starting"}}}"#,
        ] {
            assert_eq!(
                told(body, REDIS),
                ["warning redis says `starting`, which may mean anything"],
                "{body}"
            );
        }
        for word in [
            "stopped",
            "OUT_OF_SERVICE",
            "NOT_SERVING",
            "lost",
            "no",
            "red",
        ] {
            let body = format!(r#"{{"status":"healthy","database":"{word}"}}"#);
            assert_eq!(
                told(&body, DATABASE),
                ["error the application sees database as unhealthy"],
                "{word}"
            );
        }
        // What no row of its own tells.
        let storage = r#"{"status":"ok","checks":{"storage":"kaputt"}}"#;
        let answer = judged(&said(200, storage), storage);
        assert_eq!(
            answer.findings[0].message,
            "storage says `kaputt`, which may mean anything"
        );
    }

    #[test]
    fn errors_beside_a_good_word_warn() {
        for (body, status) in [
            (
                r#"{"status":"healthy","errors":["database gone"]}"#,
                Status::Warn,
            ),
            (r#"{"status":"healthy","error":"gone"}"#, Status::Warn),
            (r#"{"error":"gone"}"#, Status::Warn),
            (
                r#"{"status":"healthy","errors":[],"error":null}"#,
                Status::Pass,
            ),
            (
                r#"{"status":"healthy","error":"none","problems":{}}"#,
                Status::Pass,
            ),
            (
                r#"{"status":"ok","checks":{"s":{"status":"up","error":"gone"}}}"#,
                Status::Warn,
            ),
        ] {
            assert_eq!(ready(200, body), status, "{body}");
        }
        assert_eq!(ready(401, r#"{"error":"unauthorized"}"#), Status::Skipped);
    }

    #[test]
    fn the_whole_is_told_with_its_reason() {
        let notes = |status, body: &str| {
            let answer = judged(&said(status, body), body);
            answer.findings[0].notes.first().cloned()
        };
        for (status, body) in [
            (200, r#"{"status":"unhealthy","reason":"locked"}"#),
            (503, r#"{"status":"degraded","message":"locked"}"#),
            (
                200,
                r#"{"status":"healthy","degraded":true,"degraded_reasons":["locked"]}"#,
            ),
            (503, r#"{"detail":"locked"}"#),
        ] {
            assert_eq!(notes(status, body).as_deref(), Some("locked"), "{body}");
        }
        let twice =
            r#"{"status":"error","checks":{"smtp":"error"},"details":{"smtp":{"status":"error"}}}"#;
        let answer = judged(&said(500, twice), twice);
        let told: Vec<&str> = answer
            .findings
            .iter()
            .map(|it| it.message.as_str())
            .collect();
        assert_eq!(
            told,
            [
                "the application sees smtp as unhealthy",
                "http://h/health answers 500 and says unhealthy: smtp"
            ]
        );
    }

    #[test]
    fn a_report_that_does_not_come_is_no_health() {
        let late = Err(Trouble::TimedOut);
        let detailed = Detailed::of(&late, None);
        assert_eq!(
            readiness(&Way::default(), true, &late, detailed).status(),
            Status::Fail
        );
        let database = components(&Way::default(), detailed, DATABASE);
        assert!(!database.irrelevant && database.status() == Status::Skipped);
    }

    #[test]
    fn components_count_even_where_the_whole_says_healthy() {
        let health = Health::parse(
            r#"{"status":"healthy","components":{"redis_cache":{"status":"unhealthy","message":"refused"}}}"#,
        )
        .expect("a report");
        let detailed = Detailed::Read(&health);
        let answer = components(&Way::default(), detailed, REDIS);
        assert_eq!(answer.status(), Status::Fail);
        assert_eq!(answer.findings[0].notes[0], "refused");
        assert_eq!(
            components(&Way::default(), detailed, DATABASE).status(),
            Status::Skipped
        );
    }
}
