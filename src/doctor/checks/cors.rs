//! Whether the API lets the app's pages call it.

use std::time::Duration;

use url::Url;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Cure, Facts};
use crate::system::http::{self, Request, Response, Trouble};
use crate::text::remedy;

use super::place;

/// Browsers will refuse the API's answers.
pub(super) static REFUSED: Rule = Rule {
    code: "cors/refused",
    severity: Severity::Error,
    summary: "the API does not let the app's pages call it",
    text: "\
A browser asks the API first whether pages of the app's origin may call it. If the API does not name
that origin, every call of the frontend fails with `blocked by CORS policy`.

Way out: add the app's URL to the list of allowed origins that the backend reads; restart the API.",
};

pub(super) static RULES: &[&Rule] = &[&REFUSED];

const LIMIT: Duration = Duration::from_secs(5);

const LISTS: &[&str] = &[
    "SECURITY_ALLOWED_ORIGINS",
    "ALLOWED_ORIGINS",
    "CORS_ORIGINS",
    "BACKEND_CORS_ORIGINS",
];

/// What a running API said.
enum Live {
    /// Nobody is there.
    Silent,
    /// Nobody was asked, or what answers says nothing about origins.
    Unknown,
    /// It answered without a word for this origin.
    Refuses,
    /// It lets this origin in.
    Allows(String),
}

/// What is known.
struct Known<'a> {
    app: String,
    /// The variable that holds the list, with its place and its value.
    list: Option<(&'a str, String, &'a str)>,
    /// Adds the app to it.
    cure: Option<Cure>,
    /// What the API itself said, where it runs.
    live: Live,
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let Some(app) = facts
        .value("frontend", "NEXT_PUBLIC_APP_URL")
        .and_then(|url| Url::parse(url).ok())
    else {
        return Answer::irrelevant("the frontend sets no NEXT_PUBLIC_APP_URL");
    };
    let list = facts
        .first_set(&["backend", "root"], LISTS)
        .map(|(tier, name, value)| (name, facts.origin(tier, name), value));
    let cure = match facts.first_set(&["backend", "root"], LISTS) {
        Some((tier, name, value)) => {
            let added = format!("{name}={}", with(value, &origin(&app)));
            place::set(facts, tier, name, &[&added])
        }
        None => None,
    };
    let known = Known {
        app: origin(&app),
        list,
        cure,
        live: live(facts, &origin(&app)),
    };
    judge(&known)
}

/// `https://app.example.com`, without the default port.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Asks a running API as a browser does.
fn live(facts: &Facts, app: &str) -> Live {
    let named = facts.value("frontend", "NEXT_PUBLIC_API_URL");
    let own = || {
        let port = facts.value("backend", "PORT").unwrap_or("8000");
        (!facts.of_deployment()).then(|| format!("http://localhost:{port}/"))
    };
    let Some(url) = named
        .map(str::to_owned)
        .or_else(own)
        .and_then(|url| Url::parse(&url).ok())
    else {
        return Live::Unknown;
    };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if facts.questions.offline && !local {
        return Live::Unknown;
    }
    let request = Request {
        method: "OPTIONS",
        ..Request::get(url).stay()
    };
    let request = request
        .header("origin", app)
        .header("access-control-request-method", "GET");
    let response = match wait(http::send(&request, LIMIT)) {
        Some(Ok(response)) => response,
        Some(Err(Trouble::Refused)) => return Live::Silent,
        Some(Err(_)) | None => return Live::Unknown,
    };
    // Whoever answers without a word about origins may not be the API at all.
    match response.header("access-control-allow-origin") {
        Some(allowed) => Live::Allows(allowed.to_owned()),
        None if says_cors(&response) => Live::Refuses,
        None => Live::Unknown,
    }
}

/// Starlette answers a refused preflight with 400 and these words.
fn says_cors(response: &Response) -> bool {
    response.body.contains("Disallowed CORS")
}

/// Where no file holds the list: the variable of the terminal, or the file that should have one.
fn by_hand(known: &Known<'_>) -> String {
    match &known.list {
        Some((name, _, value)) => remedy::set_to(name, &with(value, &known.app)),
        None => format!(
            "pixcrawler env set --tier backend {}",
            remedy::quoted(&format!("{}=[\"{}\"]", LISTS[0], known.app))
        ),
    }
}

fn judge(known: &Known<'_>) -> Answer {
    let app = &known.app;
    let way = match &known.list {
        Some((name, origin, _)) => format!("add {app} to {name} in {origin}"),
        None => format!("{}=[\"{app}\"] where the backend reads it", LISTS[0]),
    };
    let refused = |message: String, severity: Severity| {
        let finding = Finding::new(&REFUSED, message)
            .severity(severity)
            .subject("NEXT_PUBLIC_APP_URL");
        match &known.cure {
            Some(cure) => Answer::default().mended_by(finding, cure.clone()),
            None => Answer::default().problem(finding.note(way.clone()).help(by_hand(known))),
        }
    };
    match &known.live {
        Live::Allows(allowed) if allowed == "*" || allowed == app => {
            return Answer::found(format!("the API lets {app} call it"));
        }
        Live::Refuses | Live::Allows(_) => {
            return refused(
                format!("the running API refuses pages of {app}"),
                Severity::Error,
            );
        }
        Live::Silent | Live::Unknown => {}
    }
    let silence = match known.live {
        Live::Silent => "the API does not run",
        _ => "no running API tells",
    };
    match &known.list {
        Some((name, _, value)) if !allows(value, app) => refused(
            format!("{name} does not hold {app}, where the app's pages are"),
            Severity::Error,
        ),
        Some((name, ..)) => Answer::found(format!("{name} holds {app}; {silence}")),
        None => Answer::skipped(format!("{silence}, and no list of origins is set")),
    }
}

/// The list with one more, written as it was.
fn with(list: &str, app: &str) -> String {
    match serde_json::from_str::<Vec<String>>(list) {
        Ok(mut entries) => {
            entries.push(app.to_owned());
            serde_json::to_string(&entries).unwrap_or_else(|_| app.to_owned())
        }
        Err(_) => format!("{},{app}", list.trim_end_matches([',', ' '])),
    }
}

/// JSON or commas; a `*` lets everybody.
fn allows(list: &str, app: &str) -> bool {
    let entries: Vec<String> =
        serde_json::from_str(list).unwrap_or_else(|_| list.split(',').map(str::to_owned).collect());
    entries
        .iter()
        .map(|entry| entry.trim().trim_end_matches('/'))
        .any(|entry| entry == "*" || entry == app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn judged(list: Option<&str>, live: Live) -> Answer {
        judge(&Known {
            app: "http://localhost:3000".to_owned(),
            list: list.map(|list| ("ALLOWED_ORIGINS", "backend/.env:9".to_owned(), list)),
            cure: None,
            live,
        })
    }

    #[test]
    fn what_the_running_api_says_decides_and_the_list_otherwise() {
        assert_eq!(
            judged(None, Live::Allows("http://localhost:3000".to_owned())).status(),
            Status::Pass
        );
        assert_eq!(judged(Some("*"), Live::Refuses).status(), Status::Fail);
        assert_eq!(
            judged(Some("[\"http://localhost:3000\"]"), Live::Silent).status(),
            Status::Pass
        );
        assert_eq!(
            judged(Some("http://a, http://localhost:3000/"), Live::Silent).status(),
            Status::Pass
        );
        let refused = judged(Some("http://localhost:3001"), Live::Silent);
        assert_eq!(
            refused.findings[0].help.as_deref(),
            Some(
                remedy::set_to(
                    "ALLOWED_ORIGINS",
                    "http://localhost:3001,http://localhost:3000"
                )
                .as_str()
            )
        );
        assert_eq!(
            refused.findings[0].notes,
            ["add http://localhost:3000 to ALLOWED_ORIGINS in backend/.env:9"]
        );
        assert_eq!(judged(None, Live::Silent).status(), Status::Skipped);
    }

    #[test]
    fn a_list_gets_one_more_in_its_own_writing() {
        assert_eq!(
            with("[\"http://a\"]", "http://b"),
            "[\"http://a\",\"http://b\"]"
        );
        assert_eq!(with("http://a, ", "http://b"), "http://a,http://b");
    }
}
