//! Whether the API lets the app's pages call it.

mod app;
mod judge;
mod list;
mod settings;

use std::time::Duration;

use url::Url;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Facts};
use crate::env::is_placeholder;
use crate::schema::types::Kind;
use crate::system::http::{self, Request, Response, Trouble};

use self::app::Unfit;
use self::judge::{Known, Live, Named};
use self::list::{Form, List};
use super::{place, servers};

/// Browsers will refuse the API's answers.
pub(super) static REFUSED: Rule = Rule {
    code: "cors/refused",
    severity: Severity::Error,
    summary: "the API does not let the app's pages call it",
    text: "\
A browser asks the API first whether pages of the app's origin may call it. If the API does not name
that origin, every call of the frontend fails with `blocked by CORS policy`.

Origins are compared as texts: scheme, host and port in small letters, without a default port, a path
or a slash behind them, which the starter's settings take off by themselves. A list that the backend reads as JSON has brackets and double quotes; one with
commas has neither. Where the list is right and the running API refuses all the same, it was started
before, or reads another file.

An app's URL without http:// or https:// in front has no origin: browsers write `null` for such, which
frames and files of everybody's have, too, and which no list should hold.

Way out: add the app's URL to the list of allowed origins that the backend reads; restart the API.",
};

pub(super) static RULES: &[&Rule] = &[&REFUSED];

const LIMIT: Duration = Duration::from_secs(5);

const FRONTEND: &str = "frontend";
const APP: &str = "NEXT_PUBLIC_APP_URL";
const BACKEND: &[&str] = &["backend", "root"];
const LISTS: &[&str] = &[
    "SECURITY_ALLOWED_ORIGINS",
    "ALLOWED_ORIGINS",
    "CORS_ORIGINS",
    "BACKEND_CORS_ORIGINS",
];

pub(super) fn ask(facts: &Facts) -> Answer {
    let value = facts.value(FRONTEND, APP).or_else(|| usual(facts));
    if value.is_some_and(is_placeholder) {
        return Answer::skipped(format!("{APP} is a placeholder; env says where"));
    }
    let Some(value) = value else {
        return Answer::irrelevant(format!("the frontend sets no {APP}"));
    };
    let app = match app::read(value) {
        Ok(app) => app,
        Err(unfit) => return nowhere(facts, &unfit),
    };
    let set = facts.first_set(BACKEND, LISTS).or_else(|| empty(facts));
    let named = set.map(|(tier, name, value)| Named {
        name,
        origin: facts.origin(tier, name),
        list: List::read(value, form(facts, name)),
    });
    let write = |list: &str| {
        let (tier, name, value) = set?;
        // What is set to nothing counts as not set where its place is looked for; in the process
        // environment it wins over every file all the same.
        if value.is_empty() && place::file(&facts.origin(tier, name)).is_none() {
            return None;
        }
        place::set(facts, tier, name, &[&format!("{name}={list}")])
    };
    let declared = LISTS
        .iter()
        .find_map(|name| Some((*name, form(facts, name)?)));
    let url = api(facts);
    let known = Known {
        app: origin(&app),
        named,
        write: &write,
        unset: declared.unwrap_or((LISTS[0], Form::Json)),
        strips: settings::strip(facts),
        live: url
            .as_ref()
            .map_or(Live::Unknown, |url| live(facts, url, &origin(&app))),
        restart: url.as_ref().filter(|url| is_local(url)).map(|url| {
            let port = url.port_or_known_default();
            let mut ports = facts.ports().into_iter();
            let service = ports.find(|(_, number)| Some(*number) == port);
            let service = service.map_or_else(|| "backend".to_owned(), |(name, _)| name);
            format!("pixcrawler restart {service}")
        }),
    };
    judge::judge(&known)
}

/// An address without an origin: it is mended, and no list, where everybody's `null` would stand.
fn nowhere(facts: &Facts, unfit: &Unfit) -> Answer {
    let origin = facts.origin(FRONTEND, APP);
    let message = format!(
        "{APP} ({origin}) {}, so that its pages have no origin that the API could let in",
        unfit.why
    );
    let finding = Finding::new(&REFUSED, message).subject(APP);
    let finding = match &unfit.perhaps {
        Some(url) => finding.note(format!("it is asked for: {url}, as it seems")),
        None => finding,
    };
    let value = unfit.right.as_deref().unwrap_or("-");
    let cure = place::set(facts, FRONTEND, APP, &[&format!("{APP}={value}")]);
    servers::mended(Answer::default(), finding, cure, format!("correct {APP}"))
}

/// Where the app's pages are when nothing says it, where there is such an app at all.
fn usual(facts: &Facts) -> Option<&str> {
    let seen = facts.tiers().seen.get(FRONTEND)?;
    if facts.of_deployment() || !(seen.contains_key(APP) || facts.stack().web.is_some()) {
        return None;
    }
    let schema = &facts.environments().gathered(FRONTEND)?.schema;
    schema.get(APP)?.default_in(facts.questions.environment)
}

/// A list that is set to nothing.
fn empty(facts: &Facts) -> Option<(&'static str, &'static str, &'static str)> {
    BACKEND.iter().find_map(|tier| {
        let seen = facts.tiers().seen.get(*tier)?;
        let name = LISTS.iter().find(|name| seen.contains_key(**name))?;
        Some((*tier, *name, ""))
    })
}

/// How the backend reads a variable, where its schema says so.
fn form(facts: &Facts, name: &str) -> Option<Form> {
    let backend = facts.environments().gathered("backend")?;
    match backend.schema.get(name)?.kind {
        Kind::Csv(_) => Some(Form::Commas),
        Kind::JsonList(_) => Some(Form::Json),
        _ => None,
    }
}

/// `https://app.example.com`, without the default port.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Where the API is.
fn api(facts: &Facts) -> Option<Url> {
    let named = facts.value(FRONTEND, "NEXT_PUBLIC_API_URL");
    if named.is_some_and(is_placeholder) {
        return None;
    }
    let own = || {
        let port = facts.value("backend", "PORT").unwrap_or("8000");
        (!facts.of_deployment()).then(|| format!("http://localhost:{port}/"))
    };
    Url::parse(&named.map(str::to_owned).or_else(own)?).ok()
}

fn is_local(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Asks a running API as a browser does.
fn live(facts: &Facts, url: &Url, app: &str) -> Live {
    if facts.questions.offline && !is_local(url) {
        return Live::Unknown;
    }
    let request = Request {
        method: "OPTIONS",
        ..Request::get(url.clone()).stay()
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
        Some(origin) => Live::Names {
            origin: origin.to_owned(),
            credentials: response
                .header("access-control-allow-credentials")
                .is_some_and(|it| it == "true"),
            status: response.status,
        },
        None if says_cors(&response) => Live::Refuses,
        None => Live::Unknown,
    }
}

/// Starlette answers a refused preflight with 400 and these words.
fn says_cors(response: &Response) -> bool {
    response.body.contains("Disallowed CORS")
}
