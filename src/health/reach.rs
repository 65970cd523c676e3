//! Whether the API and the pages answer at all.

use crate::diagnostic::{Finding, Severity};
use crate::doctor::Answer;
use crate::env::mask_told;
use crate::system::http::{Response, Trouble};
use crate::text::duration;

use super::body::{Health, State};
use super::judge::{CLOSED, UNHEALTHY, UNREACHABLE, unknown};
use super::own::spoken;
use super::read::unreadable;
use super::ways::Way;

/// The API answers, or why not.
#[must_use]
pub fn api(way: &Way, said: &Result<Response, Trouble>) -> Answer {
    let unreachable = |message: String| Finding::new(&UNREACHABLE, message).subject("api");
    let response = match said {
        Ok(response) => response,
        Err(trouble) => {
            let finding = unreachable(format!("{}: {trouble}", way.url));
            return Answer::default().problem(way.after(finding, trouble));
        }
    };
    let url = format!("{}{}", response.url, asked(way, response));
    let status = response.status;
    if status == 400 && response.body.contains("HTTPS") {
        let finding = unreachable(format!("{url} wants TLS ({status})"));
        return Answer::default().problem(way.after(finding, &Trouble::Closed));
    }
    if matches!(status, 401 | 403 | 407) {
        return Answer::default().problem(closed(way, response, &url));
    }
    if (300..400).contains(&status) {
        let finding = unreachable(format!(
            "{url} sends us elsewhere and says nothing ({status})"
        ));
        return Answer::default().problem(way.stranger(finding));
    }
    if status == 404 {
        let finding = unreachable(format!(
            "{url} answers, and has no health report there (404)"
        ));
        return Answer::default().problem(way.stranger(finding));
    }
    // Somebody else's server on that port answers 200 to everything. A proxy says with a page, too, that what
    // stands behind it does not answer: that is a server in trouble.
    let health = Health::parse(&response.body);
    if status < 500 && response.is_page() && health.is_none() {
        let with = match status {
            200 => "with a web page".to_owned(),
            other => format!("{other} with a web page"),
        };
        let finding = unreachable(format!(
            "{url} answers {with}: that is no API's health report"
        ));
        return Answer::default().problem(way.stranger(finding));
    }
    let word = health.as_ref().and_then(|health| health.state);
    if status >= 400 || word == Some(State::Unhealthy) {
        let said = match word {
            Some(State::Unhealthy) => ", unhealthy",
            Some(State::Degraded) => ", degraded",
            _ => "",
        };
        let mut finding =
            Finding::new(&UNHEALTHY, format!("{url} answers {status}{said}")).subject("api");
        finding.notes.extend(in_words(response));
        finding.notes.extend(health.iter().flat_map(Health::told));
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

/// What a report says beside its word that is a text: `degraded: redis is slow`. One with parts tells of them.
fn in_words(response: &Response) -> Option<String> {
    let text = response.body.trim_start_matches('\u{feff}').trim();
    let is_list = Health::parse(text).is_some_and(|it| !it.components.is_empty());
    let more = !is_list && spoken(text).is_some() && text.contains(char::is_whitespace);
    more.then(|| format!("it says: {}", mask_told(text)))
}

/// It answers, and does not let us in; `url` is how the answer's place is told.
fn closed(way: &Way, response: &Response, url: &str) -> Finding {
    let Response { status, .. } = response;
    let moved = origin(&way.url) != origin(&response.url);
    let finding = |message| Finding::new(&CLOSED, message).subject("api");
    if way.credentials && !moved {
        return finding(format!(
            "{url} does not let in the user and the password of its address ({status})"
        ))
        .note("a password's `@` is written %40 there, its `/` %2F, its `%` %25; curl asks for it as it is")
        .help(format!("curl -si -u USER {}", response.url));
    }
    let (place, note) = if way.credentials {
        (
            format!("{}/", origin(&response.url)),
            "the user and the password were for the server that sends us there, which alone got them",
        )
    } else {
        (
            way.url.clone(),
            "where a user and a password open it, they stand in the address",
        )
    };
    finding(format!("{url} is closed to us ({status})"))
        .note(note)
        .help(format!(
            "pixcrawler health {}",
            place.replacen("://", "://USER:PASSWORD@", 1)
        ))
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> &str {
    let end = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(end..).unwrap_or_default();
    let length = rest.find('/').unwrap_or(rest.len());
    url.get(..end + length).unwrap_or_default()
}

/// Where it was asked, when another host answered.
fn asked(way: &Way, response: &Response) -> String {
    if origin(&way.url) == origin(&response.url) {
        String::new()
    } else {
        format!(" (asked {})", way.url)
    }
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
        Err(trouble) if page.alive && *trouble.last() == Trouble::TimedOut => {
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
mod tests {

    use super::*;
    use crate::doctor::Status;

    fn way() -> Way {
        Way {
            url: "http://localhost:8000/".to_owned(),
            local: true,
            start: Some("pixcrawler dev backend".to_owned()),
            log: Some("pixcrawler logs backend -n 50".to_owned()),
            ..Way::default()
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "what a question gives")]
    fn said(status: u16, body: &str) -> Result<Response, Trouble> {
        Ok(Response::said(
            "http://localhost:8000/health",
            status,
            &[],
            body,
        ))
    }

    fn help(said: &Result<Response, Trouble>) -> String {
        let answer = api(&way(), said);
        assert_eq!(answer.status(), Status::Fail);
        answer.findings[0].help.clone().unwrap_or_default()
    }

    #[test]
    fn the_body_decides_and_not_the_code() {
        let status = |body: &str| api(&way(), &said(200, body)).status();
        assert_eq!(status(r#"{"status":"unhealthy"}"#), Status::Fail);
        assert_eq!(status("ok"), Status::Pass);
        assert_eq!(status("pong"), Status::Pass);
        assert_eq!(status("Unhealthy"), Status::Fail);
        assert_eq!(status(r#"{"isHealthy":false}"#), Status::Fail);
        assert_eq!(status(r#"{"Status":"Degraded"}"#), Status::Warn);
        for degraded in [
            "Degraded",
            "\"degraded\"",
            "degraded: redis slow",
            "warning",
        ] {
            let answer = api(&way(), &said(200, degraded));
            assert_eq!(answer.status(), Status::Warn, "{degraded}");
            assert!(
                answer.findings[0]
                    .message
                    .ends_with("answers 200, degraded")
            );
        }
        assert_eq!(status(r#"{"healthy":false}"#), Status::Fail);
        assert_eq!(status(r#"{"status":"heal"#), Status::Fail);
        assert_eq!(status(""), Status::Warn);
        assert_eq!(status(r#"{"status":"kaputt"}"#), Status::Warn);
        assert_eq!(status("\u{feff}{\"status\":\"ok\"}"), Status::Pass);
    }

    #[test]
    fn what_the_report_says_beside_its_word_is_told() {
        for (status, body, note) in [
            (200, r#"{"status":"unhealthy","reason":"locked"}"#, "locked"),
            (503, r#"{"detail":"locked"}"#, "locked"),
            (200, r#"{"status":"degraded","errors":["a","b"]}"#, "a; b"),
            (200, "down: locked", "it says: down: locked"),
        ] {
            let answer = api(&way(), &said(status, body));
            assert_eq!(answer.findings[0].notes[0], note, "{body}");
        }
        let listed = "[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed";
        let answer = api(&way(), &said(500, listed));
        assert!(
            answer.findings[0]
                .message
                .ends_with("answers 500, unhealthy")
        );
        assert!(answer.findings[0].notes.is_empty());
    }

    #[test]
    fn each_trouble_has_its_own_command() {
        assert_eq!(help(&Err(Trouble::Refused)), "pixcrawler dev backend");
        assert_eq!(
            help(&Err(Trouble::Closed)),
            "pixcrawler health https://localhost:8000/"
        );
        assert_eq!(
            help(&Err(Trouble::TimedOut)),
            "pixcrawler health http://localhost:8000/ --timeout 60"
        );
        // What is wrong is wrong where it sends us.
        let moved = |to: &str, why| {
            help(&Err(Trouble::Moved {
                to: to.to_owned(),
                why: Box::new(why),
            }))
        };
        assert_eq!(
            moved("http://localhost:9000/", Trouble::Refused),
            "curl -sIL --max-redirs 5 http://localhost:8000/"
        );
        assert!(
            moved("https://localhost:9000/", Trouble::Untrusted)
                .ends_with("pixcrawler health https://localhost:9000/")
        );
        let other = Trouble::Other("reads no answer".to_owned());
        assert_eq!(help(&Err(other)), "curl -v http://localhost:8000/");
        assert!(help(&Err(Trouble::Authority)).contains("CA:FALSE"));
        assert!(help(&Err(Trouble::Untrusted)).contains("SSL_CERT_FILE=ca.pem"));
        assert_eq!(help(&Err(Trouble::Broken)), "pixcrawler logs backend -n 50");
        assert_eq!(help(&Err(Trouble::Unresolved)), "nslookup localhost");
        assert_eq!(help(&said(404, "{}")), "pixcrawler doctor --only ports");
        assert_eq!(help(&said(302, "")), "pixcrawler doctor --only ports");
        assert_eq!(help(&said(503, "")), "pixcrawler logs backend -n 50");
        let page = "<html><title>502 Bad Gateway</title>";
        assert_eq!(help(&said(502, page)), "pixcrawler logs backend -n 50");
        assert_eq!(help(&said(200, page)), "pixcrawler doctor --only ports");
        assert_eq!(
            help(&said(401, "")),
            "pixcrawler health http://USER:PASSWORD@localhost:8000/"
        );
        assert_eq!(
            help(&said(400, "sent an HTTP request to an HTTPS server")),
            "pixcrawler health https://localhost:8000/"
        );
    }

    #[test]
    fn a_page_tells_its_status() {
        let told = |status| {
            let answer = api(&way(), &said(status, "<html>"));
            let finding = &answer.findings[0];
            let message = finding
                .message
                .rsplit("/health ")
                .next()
                .unwrap_or_default();
            (finding.rule.code, message.to_owned())
        };
        for status in [502, 503] {
            assert_eq!(
                told(status),
                ("health/unhealthy", format!("answers {status}"))
            );
        }
        assert_eq!(
            told(200),
            (
                "health/unreachable",
                "answers with a web page: that is no API's health report".to_owned()
            )
        );
        assert!(told(429).1.starts_with("answers 429 with a web page"));
    }

    #[test]
    fn a_report_is_none_the_less_one_for_what_it_is_called() {
        let called_a_page = |body: &str| {
            let mut response = said(200, body).expect("an answer");
            response.headers = vec![("content-type".to_owned(), "text/html".to_owned())];
            let answer = api(&way(), &Ok(response));
            let findings = answer.findings.iter();
            let codes: Vec<&str> = findings.map(|it| it.rule.code).collect();
            (answer.status(), codes.join(" "))
        };
        let is = |status, code: &str| (status, code.to_owned());
        assert_eq!(
            called_a_page(r#"{"status":"ok","db":"down"}"#),
            is(Status::Pass, "")
        );
        assert_eq!(called_a_page("OK"), is(Status::Pass, ""));
        assert_eq!(
            called_a_page(r#" {"status":"down"}"#),
            is(Status::Fail, "health/unhealthy")
        );
        assert_eq!(
            called_a_page(r#"{"status": "heal"#),
            is(Status::Fail, "health/unreadable")
        );
        assert_eq!(
            called_a_page("[+]ping ok\n[+]log ok\nreadyz check passed"),
            is(Status::Pass, "")
        );
        for page in ["<p>ok</p>", "Welcome", ""] {
            assert_eq!(
                called_a_page(page),
                is(Status::Fail, "health/unreachable"),
                "{page}"
            );
        }
    }

    #[test]
    fn who_gave_a_password_is_not_told_to_give_one() {
        let way = Way {
            credentials: true,
            ..way()
        };
        let refused = api(&way, &said(401, ""));
        let finding = &refused.findings[0];
        assert_eq!(finding.rule.code, "health/closed");
        assert_eq!(
            finding.message,
            "http://localhost:8000/health does not let in the user and the password of its address (401)"
        );
        assert_eq!(
            finding.help.as_deref(),
            Some("curl -si -u USER http://localhost:8000/health")
        );
        let moved = Way {
            url: "https://old.example/".to_owned(),
            ..way
        };
        assert_eq!(
            api(&moved, &said(401, "")).findings[0].help.as_deref(),
            Some("pixcrawler health http://USER:PASSWORD@localhost:8000/")
        );
    }

    #[test]
    fn the_page_decides_and_not_that_somebody_answers() {
        let status = |said, alive| web(Some((&way(), &Page { said, alive }))).status();
        assert_eq!(status(said(200, ""), true), Status::Pass);
        assert_eq!(status(said(401, ""), true), Status::Pass);
        assert_eq!(status(said(404, ""), true), Status::Warn);
        assert_eq!(status(said(500, ""), true), Status::Fail);
        assert_eq!(status(Err(Trouble::TimedOut), true), Status::Warn);
        assert_eq!(status(Err(Trouble::TimedOut), false), Status::Fail);
        assert_eq!(status(Err(Trouble::Refused), false), Status::Fail);
    }

    #[test]
    fn who_answers_in_the_place_of_another_is_told() {
        let way = Way {
            url: "http://old.example/".to_owned(),
            ..Way::default()
        };
        let answer = api(&way, &said(200, "ok"));
        assert!(
            answer.found[0]
                .starts_with("http://localhost:8000/health (asked http://old.example/) 200"),
            "{}",
            answer.found[0]
        );
    }
}
