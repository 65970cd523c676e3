//! Whether the API and the pages answer at all.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::Answer;
use crate::env::mask_told;
use crate::system::http::{Response, Trouble};
use crate::text::duration;

use super::body::{Health, State};
use super::closed::{CLOSED, closed, later, origin};
use super::judge::{UNHEALTHY, UNREACHABLE, WELL, unknown};
use super::own::spoken;
use super::read::{UNREADABLE, broken, is_xml, unreadable};
use super::stranger;
use super::ways::Way;

/// The API answers, or why not.
#[must_use]
pub fn api(way: &Way, said: &Result<Response, Trouble>) -> Answer {
    stranger::told(way, answer(way, said), "api")
}

fn answer(way: &Way, said: &Result<Response, Trouble>) -> Answer {
    let unreachable = |message: String| Finding::new(&UNREACHABLE, message).subject("api");
    let response = match said {
        Ok(response) => response,
        Err(trouble) => {
            // That which leads in a circle or is late is that place alone.
            let place = if *trouble == Trouble::Redirects || trouble.is_late() {
                way.place()
            } else {
                &way.url
            };
            let finding =
                broken(way, trouble).unwrap_or_else(|| unreachable(format!("{place}: {trouble}")));
            return Answer::default().problem(way.after(finding.subject("api"), trouble));
        }
    };
    let url = format!("{}{}", response.url, asked(way, response));
    let status = response.status;
    if status == 400 && response.body.contains("HTTPS") {
        let finding = unreachable(format!("{url} wants TLS ({status})"));
        return Answer::default().problem(way.after(finding, &Trouble::Closed));
    }
    if matches!(status, 401 | 403 | 407) {
        return Answer::default().problem(closed(way, response, &url).subject("api"));
    }
    if (300..400).contains(&status) {
        let finding = unreachable(format!(
            "{url} sends us elsewhere and says nothing ({status})"
        ));
        return Answer::default().problem(way.stranger(finding));
    }
    // The web application runs, too, and is no API without a report.
    let is_api = status == 404 && !way.named && way.other.is_none();
    if let Some(name) = way.runs.as_ref().filter(|_| is_api) {
        let message = format!("`{name}` runs at {}, and has no health report", way.url);
        let finding = Finding::new(&UNREADABLE, message)
            .severity(Severity::Warning)
            .subject("api");
        let finding = way
            .told_where(finding)
            .note("a route that says how it is tells: `@app.get(\"/health\")`; this says what is read:")
            .help("pixcrawler explain health/unreadable");
        return Answer::default().problem(finding);
    }
    if status == 404 {
        let finding = unreachable(format!(
            "{url} answers, and has no health report there (404)"
        ));
        return Answer::default().problem(way.told_where(way.stranger(finding)));
    }
    // Somebody else's server on that port answers 200 to everything. A proxy says with a page, too, that what
    // stands behind it does not answer: that is a server in trouble.
    let health = Health::parse(&response.body);
    if status < 400 && health.is_none() && is_xml(response) {
        let message = format!("{url} answers {status} with XML that does not say how it is");
        let finding = Finding::new(&UNREADABLE, message)
            .subject("api")
            .note("a report is read when it says `<status>UP</status>` or the like, in JSON, or in a few words");
        return Answer::default().problem(way.look(finding, &response.url));
    }
    if status < 500 && response.is_page() && health.is_none() {
        return Answer::default().problem(page(way, response, &url));
    }
    let word = health.as_ref().and_then(|health| health.state);
    if status >= 400 || word == Some(State::Unhealthy) {
        let said = match word {
            Some(State::Unhealthy) => ", unhealthy",
            Some(State::Degraded) => ", degraded",
            Some(State::Healthy) => WELL,
            _ => "",
        };
        let mut finding =
            Finding::new(&UNHEALTHY, format!("{url} answers {status}{said}")).subject("api");
        finding.notes.extend(in_words(response));
        finding.notes.extend(health.iter().flat_map(Health::told));
        finding.notes.extend(later(response));
        return Answer::default().problem(way.look(finding, &response.url));
    }
    let time = duration(response.elapsed);
    let answer = Answer::found(match word {
        Some(_) => format!("{url} {status}, {time}"),
        None => format!("{url} {status}, {time}, says nothing of itself"),
    });
    let degraded = || {
        let health = health.as_ref().filter(|_| word == Some(State::Degraded))?;
        let mut finding = Finding::new(&UNHEALTHY, format!("{url} answers {status}, degraded"))
            .severity(Severity::Warning);
        finding.notes.extend(in_words(response));
        finding.notes.extend(health.told());
        Some(finding)
    };
    let read = || word.is_none().then(|| unreadable(response)).flatten();
    let finding = degraded()
        .or_else(read)
        .or_else(|| unknown(health.as_ref()?, response));
    match finding {
        Some(finding) => answer.problem(way.look(finding.subject("api"), &response.url)),
        None => answer,
    }
}

/// With a warning where what was asked says nothing of health at all, though no report is anywhere else: it may be
/// a greeting.
#[must_use]
pub fn unreported(answer: Answer, way: &Way, said: &Result<Response, Trouble>) -> Answer {
    let Ok(response) = said else {
        return answer;
    };
    let speaks = Health::parse(&response.body).is_some_and(|it| it.speaks());
    if speaks || response.body.trim().is_empty() || !answer.findings.is_empty() {
        return answer;
    }
    let message = format!(
        "{} answers {} and says nothing of its health; no report is below it",
        response.url, response.status
    );
    let finding = Finding::new(&UNREADABLE, message).severity(Severity::Warning);
    answer.problem(way.look(finding.subject("api"), &response.url))
}

/// What a report says beside its word that is a text: `degraded: redis is slow`. One with parts tells of them.
fn in_words(response: &Response) -> Option<String> {
    let text = response.body.trim_start_matches('\u{feff}').trim();
    let is_list = Health::parse(text).is_some_and(|it| !it.components.is_empty());
    let kind = response.header("content-type").unwrap_or_default();
    // `Invalid host header`.
    let is_reason = || {
        let is_line = !text.contains(['\n', '<', '{']) && text.chars().count() <= REASON;
        response.status >= 400 && kind.starts_with("text/plain") && is_line
    };
    let is_said = spoken(text).is_some() || is_reason();
    let more = !is_list && is_said && text.contains(char::is_whitespace);
    more.then(|| format!("it says: {}", mask_told(text)))
}

/// Characters of a line that tells why an answer is none.
const REASON: usize = 160;

/// Where it was asked, when another host answered, or another place than the one that somebody named.
fn asked(way: &Way, response: &Response) -> String {
    let place = way.url.trim_end_matches('/');
    let below = response.url.strip_prefix(place);
    let is_below = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_there = origin(&way.url) == origin(&response.url) && (is_below || !way.named);
    if is_there {
        String::new()
    } else {
        format!(" (asked {})", way.url)
    }
}

/// A page where a report was asked for.
fn page(way: &Way, response: &Response, url: &str) -> Finding {
    let Response { status, .. } = response;
    let is_other =
        |from: &&String| from.trim_end_matches('/') != response.url.trim_end_matches('/');
    let finding = |rule, message| Finding::new(rule, message).subject("api");
    if let Some(from) = response.asked.as_ref().filter(is_other) {
        let finding = if is_login(&response.url) {
            let message = format!("{from} sends us to a page to log in, {}", response.url);
            finding(&CLOSED, message).note("a health report is to be read without one")
        } else {
            let message = format!(
                "{from} sends us to a web page, {}: that is no API's health report",
                response.url
            );
            finding(&UNREACHABLE, message)
        };
        let finding = finding.help(format!("curl -si {}", way.typed(from)));
        return way.explained(finding);
    }
    let with = match status {
        200 => "with a web page".to_owned(),
        other => format!("{other} with a web page"),
    };
    let finding = finding(
        &UNREACHABLE,
        format!("{url} answers {with}: that is no API's health report"),
    );
    way.told_where(way.stranger(finding))
}

/// Whether a page is there to log in, by what it is called.
fn is_login(url: &str) -> bool {
    const WORDS: &[&str] = &[
        "login",
        "signin",
        "logon",
        "auth",
        "oauth",
        "oauth2",
        "sso",
        "saml",
        "authorize",
    ];
    let path = url.strip_prefix(origin(url)).unwrap_or_default();
    let words = path.split(['/', '.']);
    words
        .map(|it| it.to_ascii_lowercase().replace(['-', '_'], ""))
        .any(|it| WORDS.contains(&it.as_str()))
}

/// What the web application says.
#[derive(Debug, Clone)]
pub struct Page {
    /// The page at its address.
    pub said: Result<Response, Trouble>,
    /// Whether the server answers something else meanwhile.
    pub alive: bool,
}

/// The web application answers with a page, or why not.
#[must_use]
pub fn web(asked: Option<(&Way, &Page)>) -> Answer {
    let Some((way, page)) = asked else {
        return Answer::irrelevant("no address of the web application; give one with --web URL");
    };
    stranger::told(way, of_page(way, page), "web")
}

fn of_page(way: &Way, page: &Page) -> Answer {
    match &page.said {
        // A page that all others hang from may be elsewhere: that is for people to judge.
        Ok(response) if response.status == 404 => {
            let message = format!("{} answers, and has no page there (404)", response.url);
            let finding = Finding::new(&UNHEALTHY, message)
                .severity(Severity::Warning)
                .subject("web");
            Answer::default().problem(way.stranger(finding))
        }
        Ok(response) if response.status < 500 => {
            let moved = if response.url.trim_end_matches('/') == way.url.trim_end_matches('/') {
                String::new()
            } else {
                format!(" (asked {})", way.url)
            };
            Answer::found(format!(
                "{} {}{moved}, {}",
                response.url,
                response.status,
                duration(response.elapsed)
            ))
        }
        Ok(response) => {
            let message = format!("{} answers {}", response.url, response.status);
            let finding = Finding::new(&UNHEALTHY, message).subject("web");
            Answer::default().problem(way.look(finding, &response.url))
        }
        Err(trouble) if page.alive && trouble.is_late() => {
            let message = format!(
                "{} does not come in time, though its server answers",
                way.url
            );
            let finding = Finding::new(&UNHEALTHY, message)
                .severity(Severity::Warning)
                .subject("web")
                .note("a development server makes a page when it is first asked for");
            Answer::default().problem(way.after(finding, trouble))
        }
        Err(trouble) => {
            let finding =
                Finding::new(&UNREACHABLE, format!("{}: {trouble}", way.url)).subject("web");
            Answer::default().problem(way.after(finding, trouble))
        }
    }
}

#[cfg(test)]
mod tests;
