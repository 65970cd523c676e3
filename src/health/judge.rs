//! What the reports of a deployment mean.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::Answer;
use crate::system::http::{Response, Trouble};
use crate::text::{and_list, duration};

use super::body::{Component, Health, State};
use super::closed::{closed, later};
use super::passing::meaning;
use super::read::{self, UNREADABLE};
use super::ways::{DATABASE, REDIS, WORKER, Way};

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

/// It says that it is not well.
pub(super) static UNHEALTHY: Rule = Rule {
    code: "health/unhealthy",
    severity: Severity::Error,
    summary: "a deployment answers, and says that it or something it stands on is not well",
    text:
        "\
The status code of a health report proves nothing: PixCrawler's detailed report answers 200 with
`\"status\": \"unhealthy\"` in its body. So the body decides, and in it the worst component.

Way out: mend the component that is named; its own message stands beside it. `degraded` warns and
fails with `--strict`, and so does a whole that says `disabled`: only a part may be off on purpose.",
};

/// What is said of a report whose status tells otherwise than its words.
pub(super) const WELL: &str = ", though it says healthy";

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
            (Err(trouble), _) if trouble.is_late() => Self::Late,
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

/// An answer that is no report.
fn unread(way: &Way, response: &Response) -> Answer {
    if response.status >= 500 {
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
    } else if response.status >= 400 {
        let later = later(response).map(|it| format!("; {it}"));
        let Response { url, status, .. } = response;
        Answer::skipped(format!(
            "{url} answers {status}{}",
            later.unwrap_or_default()
        ))
    } else {
        Answer::skipped(format!("{} is no report that can be read", response.url))
    }
}

/// What the detailed report says about the whole. `alive` is whether the API answers at all, `is_there` whether
/// such a report is known to be there.
#[must_use]
pub fn readiness(
    way: &Way,
    alive: bool,
    is_there: bool,
    said: &Result<Response, Trouble>,
    detailed: Detailed<'_>,
) -> Answer {
    let response = match said {
        Err(trouble) if alive && trouble.is_late() => {
            let message = "the API answers, and its detailed report does not come in time";
            let finding = Finding::new(&UNHEALTHY, message)
                .subject("ready")
                .note("it waits for something that it stands on");
            let line = "pixcrawler doctor --only postgres,redis,celery".to_owned();
            return Answer::default().problem(way.there(finding, line, way.place()));
        }
        Err(trouble) if let Some(finding) = read::broken(way, trouble).filter(|_| is_there) => {
            return Answer::default().problem(way.after(finding.subject("ready"), trouble));
        }
        Err(_) if !alive => return Answer::skipped("the API does not answer"),
        Err(trouble) => return Answer::skipped(format!("no detailed report: {trouble}")),
        Ok(response) if response.status == 404 => return Answer::skipped("no detailed report"),
        // Where everything is closed, nobody tells whether there is one.
        Ok(response) if matches!(response.status, 401 | 403) => {
            let Response { url, status, .. } = response;
            return if is_there {
                let finding = closed(way, response, url).subject("ready");
                Answer::default().problem(finding.severity(Severity::Warning))
            } else {
                Answer::skipped(format!("{url} is closed to us ({status})"))
            };
        }
        Ok(response) => response,
    };
    let Detailed::Read(health) = detailed else {
        return unread(way, response);
    };
    let sick: Vec<&str> = health.sick().map(|it| it.name.as_str()).collect();
    let mut facts = vec![match health.state {
        Some(State::Healthy) if sick.is_empty() => "says healthy".to_owned(),
        Some(State::Healthy) => format!("says healthy in spite of {}", and_list(&sick)),
        Some(State::Degraded) => "says degraded".to_owned(),
        Some(State::Unhealthy) => "says unhealthy".to_owned(),
        Some(State::Disabled) => "says that it is switched off".to_owned(),
        None => match &health.unknown {
            Some(word) => format!("says `{word}`"),
            None => "says nothing of itself".to_owned(),
        },
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
    let in_its_words = health.unknown.as_ref().map(|word| {
        let says = format!("says `{word}`");
        format!(" and {says}{}", meant(&says).1)
    });
    let (severity, says) = match health.state {
        Some(State::Unhealthy) => (Severity::Error, " and says unhealthy"),
        Some(State::Degraded) => (Severity::Warning, " and says degraded"),
        Some(State::Healthy) if response.status >= 500 => (Severity::Error, WELL),
        Some(State::Disabled) if response.status >= 500 => {
            (Severity::Error, " and says that it is switched off")
        }
        None if response.status >= 500 => {
            let says = in_its_words.as_deref();
            (
                Severity::Error,
                says.unwrap_or(" and says nothing about it"),
            )
        }
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
    let message = format!("{} answers {}{says}{whom}", response.url, response.status);
    let mut finding = Finding::new(&UNHEALTHY, message)
        .severity(severity)
        .subject("ready");
    finding.notes.extend(health.told());
    let sick: Vec<&Component> = health.sick().collect();
    answer.problem(way.mend(finding, &sick, &response.url))
}

/// The same where the report of the API is this one, and what it says of the whole is told there.
#[must_use]
pub fn told_by_api(mut ready: Answer) -> Answer {
    ready
        .findings
        .retain(|it| it.subject.as_deref() != Some("ready"));
    if ready.findings.is_empty() {
        Answer::skipped("it is the report that api tells of")
    } else {
        ready
    }
}

/// A word of itself that nobody knows may mean anything, and one that is good nothing where errors stand
/// beside it.
pub(super) fn unknown(health: &Health, response: &Response) -> Option<Finding> {
    let Some(word) = &health.unknown else {
        // Of a part that is meant; a whole that is off serves nobody, or says so of its report alone.
        if health.state == Some(State::Disabled) {
            let message = format!(
                "{} answers {} and says that it is switched off",
                response.url, response.status
            );
            let mut finding = Finding::new(&UNHEALTHY, message).severity(Severity::Warning);
            finding.notes.extend(health.told());
            return Some(finding);
        }
        let errors = health.errors.as_ref()?;
        let message = format!(
            "{} answers {} and tells of errors: {errors}",
            response.url, response.status
        );
        // Nothing good is said beside them.
        let alone = health.worst().is_none();
        return Some(Finding::new(&UNHEALTHY, message).severity(if alone {
            Severity::Error
        } else {
            Severity::Warning
        }));
    };
    let says = format!("says `{word}`");
    let (rule, means) = meant(&says);
    let message = format!(
        "{} answers {} and {says}{means}",
        response.url, response.status
    );
    Some(Finding::new(rule, message).severity(Severity::Warning))
}

/// The rule for a doubt, and what it means: what is only not ready yet can be read well.
fn meant(doubt: &str) -> (&'static Rule, &'static str) {
    match meaning(doubt) {
        (true, means) => (&UNHEALTHY, means),
        (false, means) => (&UNREADABLE, means),
    }
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
    let is_silent = |it: &&Component| it.state.is_none() && it.doubt.is_none();
    if found.iter().all(is_silent) {
        let names: Vec<&str> = found.iter().map(|it| it.name.as_str()).collect();
        return Answer::skipped(format!(
            "the report does not say how {} is",
            and_list(&names)
        ));
    }
    found
        .into_iter()
        .fold(Answer::default(), |answer, it| component(way, answer, it))
}

pub(super) fn component(way: &Way, answer: Answer, component: &Component) -> Answer {
    let name = &component.name;
    let helped = |finding: Finding| way.mend(finding, &[component], &way.url);
    if let Some(doubt) = &component.doubt {
        let (rule, means) = meant(doubt);
        let finding = Finding::new(rule, format!("{name} {doubt}{means}"))
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

#[cfg(test)]
mod tests;
