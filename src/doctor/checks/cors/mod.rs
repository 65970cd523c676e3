//! Whether the API lets the app's pages call it.

mod app;
mod code;
mod first;
mod judge;
mod list;
mod listed;
mod voice;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use url::Url;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::placed::label;
use crate::doctor::{Answer, Cure, Facts};
use crate::env::is_placeholder;
use crate::gather::cors::{self as of_code, Preflights};
use crate::gather::session;
use crate::schema::check;
use crate::system::fs;
use crate::system::http::{self, Request, Response, Trouble};
use crate::text::remedy;

use self::app::Unfit;
use self::code::Code;
use self::judge::{Known, Live, Named};
use self::list::Holds;
use self::listed::listed_in;
use super::{fields, place, servers};

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

Where no CORS middleware is in it, or where another asks for a token before, the API says nothing of origins:
browsers ask without one, and take silence for a no. So they do where a redirect, a limit or a proxy that
reaches nobody answers before, whatever its headers say; and where two name the origin, as an API and a
proxy before it: one of them has to leave it to the other.

An app's URL without http:// or https:// in front has no origin: browsers write `null` for such, which
frames and files of everybody's have, too, and which no list should hold.

Way out: add the app's URL to the list of allowed origins that the backend reads; restart the API.",
};

/// A part of the calls will be refused.
pub(super) static METHODS: Rule = Rule {
    code: "cors/methods",
    severity: Severity::Warning,
    summary: "the API lets the app's pages call it, but not with all methods that its routes have",
    text: "\
Before a page sends JSON, or anything with PUT, PATCH or DELETE, the browser asks whether that method is
let through. Starlette's CORSMiddleware answers 400 to a method that `allow_methods` does not name, and
names GET alone where nothing is said.

Methods of routes are read from the code: `@router.post(…)`, `methods=[…]`. A running API is asked with one
of those that it does not name.

Way out: add the method to `allow_methods`, and restart the API. Where no page calls these routes, as with
webhooks, this is how it should be.",
};

pub(super) static RULES: &[&Rule] = &[&REFUSED, &METHODS];

const LIMIT: Duration = Duration::from_secs(5);

/// How long one question may take whether that is an API: it has answered already.
const TELLING: Duration = Duration::from_secs(2);

const FRONTEND: &str = "frontend";
/// The service of the API.
const API: &str = "backend";
const APP: &str = "NEXT_PUBLIC_APP_URL";
/// What its address is where nothing sets it.
const DEFAULTED: &str = "the default of NEXT_PUBLIC_APP_URL, which is not set";
/// What it is where the port is known on which `dev` runs the frontend.
const RUN: &str = "where the frontend is run";
const BACKEND: &[&str] = &["backend", "root"];
const LISTS: &[&str] = &[
    "SECURITY_ALLOWED_ORIGINS",
    "ALLOWED_ORIGINS",
    "CORS_ORIGINS",
    "BACKEND_CORS_ORIGINS",
];

pub(super) fn ask(facts: &Facts) -> Answer {
    let given = named(facts, APP);
    let value = given.as_ref().map(|it| it.value.as_str());
    let value = value.or_else(|| usual(facts));
    if value.is_some_and(is_placeholder) {
        return Answer::skipped(format!("{APP} is a placeholder; env says where"));
    }
    let Some(value) = value else {
        if said(facts).is_some() {
            return Answer::skipped(format!("{APP} is not set; env says where"));
        }
        return Answer::irrelevant(format!("the frontend sets no {APP}"));
    };
    let app = match app::read(value) {
        Ok(app) => app,
        Err(unfit) => return nowhere(facts, given.as_ref(), &unfit),
    };
    let listed = listed_in(facts);
    let write = |list: &str| listed.write(facts, list);
    let url = api(facts);
    let file = listed.named.as_ref().and_then(|it| place::file(&it.origin));
    let here = origin(&app);
    let found = of_code::of(
        facts.workspace(),
        facts.stack().api.as_ref().map(|it| it.file.as_path()),
    );
    // Pages that come from there themselves need nobody's leave.
    let is_own = url.as_ref().is_some_and(|url| origin(url) == here);
    let code = if is_own {
        Code::Settings
    } else {
        code::of(&found, alone(facts).as_ref(), &here)
    };
    let known = Known {
        app: origin(&app),
        meaning: match &given {
            Some(_) => "where the app's pages are",
            None if said(facts).is_none() && listens(facts) => RUN,
            None => DEFAULTED,
        },
        unread: listed.unread.clone(),
        read_since: url.as_ref().is_some_and(|url| is_younger(facts, url, file)),
        named: listed.named.as_ref(),
        write: &write,
        unset: (&listed.unset.0, listed.unset.1),
        strips: of_code::strips(&facts.workspace().root),
        code: &code,
        live: url
            .as_ref()
            .map_or(Live::Unknown, |url| live(facts, url, &origin(&app))),
        look: url.as_ref().map(|url| look(url, &here, "GET")),
        here: url.as_ref().is_some_and(is_local),
        restart: url.as_ref().and_then(|url| restart(facts, url)),
    };
    if let Some(told) = told(facts, &known) {
        return told;
    }
    let mut answer = judge::judge(&known);
    let of_methods = match (&known.live, &url) {
        _ if is_own => None,
        (Live::Silent | Live::Unknown, _) => code::methods(&found),
        (Live::Names { methods, .. }, Some(url)) if answer.findings.is_empty() => {
            let refused = refused(url, &here, methods.as_deref(), &found);
            let shown = telling(&refused).map(|method| look(url, &here, method));
            let restart = known.restart.as_deref();
            code::live_methods(&refused, &found, restart, shown)
        }
        _ => None,
    };
    if let Some(finding) = of_methods {
        // What is told of origins stays a fact beside it.
        answer = Answer::default().beside(answer).problem(finding);
    }
    if let Some(Named { name, origin, .. }) = &listed.named {
        let about = |it: &&mut Finding| it.subject.as_deref() == Some(name.as_str());
        for finding in answer.findings.iter_mut().filter(about) {
            if place::open(origin).is_none() {
                finding.place = label(facts.environments(), &listed.home.0, name);
            }
        }
        answer = place::by_hand(answer, name, origin);
    }
    answer
}

/// The command that puts the app's origin into the list, where that is what a finding about env files asks for.
pub(super) fn listed(facts: &Facts, finding: &Finding) -> Option<Cure> {
    let listed = listed_in(facts);
    let named = listed.named.as_ref()?;
    if finding.subject.as_deref() != Some(&named.name) {
        return None;
    }
    let given = self::named(facts, APP);
    let app = given.as_ref().map(|it| it.value.as_str());
    let app = app::read(app.or_else(|| usual(facts))?).ok()?;
    listed.write(facts, &named.list.with(&origin(&app)))
}

/// What `env` tells of a list is told there alone, where no API says more.
fn told(facts: &Facts, known: &Known<'_>) -> Option<Answer> {
    let named = known.named.filter(|it| it.list.amiss.is_none())?;
    let is_silent = matches!(known.live, Live::Silent | Live::Unknown);
    if !is_silent || !facts.is_asked("env") {
        return None;
    }
    let rules: &[&str] = match named.list.holds(&known.app) {
        // Of what is no list nobody says what it does not hold.
        Holds::No => &["env/contradiction", "env/wrong-type"],
        Holds::WithSlash(_) if !known.strips => &["env/doubtful"],
        _ => return None,
    };
    let mut findings = facts.tiers().findings.iter();
    let is_told = findings.any(|it| {
        rules.contains(&it.rule.code)
            && it.severity > Severity::Info
            && it.subject.as_deref() == Some(named.name.as_str())
            && BACKEND.contains(&it.tier.as_deref().unwrap_or_default())
    });
    is_told.then(|| Answer::skipped(format!("env says what is wrong with {}", named.name)))
}

/// Whether something says on which port the frontend is run: that is in the default already.
fn listens(facts: &Facts) -> bool {
    let gathered = facts.environments().gathered(FRONTEND);
    gathered.is_some_and(|it| it.listens.is_some())
}

/// What the frontend's code says of the app's address.
fn said(facts: &Facts) -> Option<&check::Said> {
    let gathered = facts.environments().gathered(FRONTEND)?;
    gathered.said.iter().find(|it| it.name == APP)
}

/// The API whose code alone answers for origins, as far as anybody knows: a proxy of a deployment may do so in its
/// place, and where no page is told where it is, none may call it.
fn alone(facts: &Facts) -> Option<code::Api<'_>> {
    let api = facts.stack().api.as_ref()?;
    let is_called = facts.value(FRONTEND, "NEXT_PUBLIC_API_URL").is_some();
    (is_called && !facts.of_deployment()).then(|| code::Api {
        file: api.file.as_str(),
        line: api.line,
    })
}

/// What starts the API over, where a session of this workspace runs it: no other one does.
fn restart(facts: &Facts, url: &Url) -> Option<String> {
    let port = url.port_or_known_default().filter(|_| is_local(url))?;
    wait(session::uptime(facts.workspace(), port))??;
    let mut ports = facts.ports().into_iter();
    let service = ports.find(|(_, number)| *number == port);
    let service = service.map_or_else(|| "backend".to_owned(), |(name, _)| name);
    Some(format!("pixcrawler restart {service}"))
}

/// Whether the API runs in a session that started it after this file was changed: it has read that.
fn is_younger(facts: &Facts, url: &Url, file: Option<&str>) -> bool {
    let younger = || {
        let changed = fs::modified(&facts.workspace().path(file?))?;
        let port = url.port_or_known_default()?;
        let uptime = wait(session::uptime(facts.workspace(), port))??;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        Some(now.as_millis().saturating_sub(u128::from(uptime)) > changed)
    };
    younger().unwrap_or(false)
}

/// An address without an origin: it is mended, and no list, where everybody's `null` would stand.
fn nowhere(facts: &Facts, named: Option<&Address>, unfit: &Unfit) -> Answer {
    let origin = named.map_or(place::DEFAULT, |it| it.origin.as_str());
    let message = format!(
        "{APP} ({origin}) {}, so that its pages have no origin that the API could let in",
        unfit.why
    );
    let finding = Finding::new(&REFUSED, message).subject(APP).of_value();
    let finding = match &unfit.perhaps {
        Some(url) => finding.note(format!("it is asked for: {url}, as it seems")),
        None => finding,
    };
    let value = unfit.right.as_deref().unwrap_or("-");
    let stands = place::open(origin).is_none();
    let cure = stands.then(|| place::set(facts, FRONTEND, APP, &[&format!("{APP}={value}")]));
    let words = format!("correct {APP}");
    let answer = servers::mended(Answer::default(), finding, cure.flatten(), words);
    place::by_hand(answer, APP, origin)
}

/// An address that the frontend is told.
struct Address {
    value: String,
    origin: String,
}

/// What the frontend is told under a name: what `dev` gives its process, else what its tier sees.
fn named(facts: &Facts, name: &str) -> Option<Address> {
    if let Some((_, given)) = place::given(facts, FRONTEND, &[name]) {
        return Some(Address {
            value: given.value,
            origin: given.place,
        });
    }
    Some(Address {
        value: facts.value(FRONTEND, name)?.to_owned(),
        origin: facts.origin(FRONTEND, name),
    })
}

/// Where the app's pages are when nothing says it, where there is such an app at all.
fn usual(facts: &Facts) -> Option<&str> {
    let seen = facts.tiers().seen.get(FRONTEND)?;
    if facts.of_deployment() || !(seen.contains_key(APP) || facts.stack().web.is_some()) {
        return None;
    }
    if let Some(said) = said(facts) {
        return said.default.as_deref();
    }
    let schema = &facts.environments().gathered(FRONTEND)?.schema;
    schema.get(APP)?.default_in(facts.questions.environment)
}

/// `https://app.example.com`, without the default port.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Where the API is.
fn api(facts: &Facts) -> Option<Url> {
    let named = named(facts, "NEXT_PUBLIC_API_URL").map(|it| it.value);
    if named.as_deref().is_some_and(is_placeholder) {
        return None;
    }
    let own = || {
        let port = facts.value("backend", "PORT").unwrap_or("8000");
        (!facts.of_deployment()).then(|| format!("http://localhost:{port}/"))
    };
    Url::parse(&named.or_else(own)?).ok()
}

fn is_local(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Asks a running API as a browser does.
fn live(facts: &Facts, url: &Url, app: &str) -> Live {
    if facts.questions.offline && !is_local(url) {
        return Live::Unknown;
    }
    let response = match preflight(url, app, "GET") {
        Some(Ok(response)) => response,
        Some(Err(Trouble::Refused)) => return Live::Silent,
        Some(Err(_)) | None => return Live::Unknown,
    };
    match voice::of(&response) {
        // Pages that come from there themselves, as through rewrites, need nobody's leave.
        Some(Live::Several { .. }) | None if origin(url) == app => return Live::Unknown,
        Some(said) => return said,
        None => {}
    }
    // Whoever answers without a word about origins may not be the API at all.
    let Some(told) = tells(facts, url, app) else {
        return Live::Unknown;
    };
    // Who asks for a token does so here, whatever is open elsewhere.
    if matches!(response.status, 401 | 403) {
        return Live::Mute(voice::manner(&response));
    }
    // What is mounted at the address may have no CORS of its own, beside an API that has.
    let there = Url::parse(&told.url).ok();
    let there = there.and_then(|url| preflight(&url, app, "GET")?.ok());
    match (there.as_ref().and_then(voice::of), voice::of(&told)) {
        (Some(said), _) => said,
        (None, Some(_)) => Live::Unknown,
        (None, None) => Live::Mute(voice::manner(&response)),
    }
}

type Said = Result<Response, Trouble>;

/// What a browser asks before it lets a page of the app call.
fn preflight(url: &Url, app: &str, method: &str) -> Option<Said> {
    let request = Request {
        method: "OPTIONS",
        ..Request::get(url.clone()).stay()
    };
    let request = request
        .header("origin", app)
        .header("access-control-request-method", method);
    wait(http::send(&request, LIMIT))
}

/// The methods of routes that a running API refuses: one question more tells, and only where it does not name all.
fn refused(
    url: &Url,
    app: &str,
    named: Option<&[String]>,
    found: &Preflights,
) -> Vec<&'static str> {
    let has = |named: Option<&[String]>, method: &str| {
        named.is_some_and(|named| named.iter().any(|it| it == "*" || it == method))
    };
    let methods = found.routes.keys().copied();
    let missing: Vec<&'static str> = methods.filter(|it| !has(named, it)).collect();
    let Some(first) = telling(&missing) else {
        return Vec::new();
    };
    let Some(Ok(response)) = preflight(url, app, first) else {
        return Vec::new();
    };
    let lets = match voice::of(&response) {
        Some(Live::Names {
            methods, manner, ..
        }) => manner.is_yes() && (first == "POST" || has(methods.as_deref(), first)),
        // It refuses in Starlette's words.
        Some(_) => false,
        // Who answers that is not known.
        None => true,
    };
    match (lets, named) {
        // An answer that names only what was asked for tells nothing of the others.
        (true, _) => Vec::new(),
        (false, None) => vec![first],
        (false, Some(_)) => missing,
    }
}

/// The method to ask with: with POST the answer's status decides alone, since browsers take it for granted.
fn telling(methods: &[&'static str]) -> Option<&'static str> {
    let post = methods.iter().find(|it| **it == "POST");
    post.or(methods.first()).copied()
}

/// The same for people to see.
fn look(url: &Url, app: &str, method: &str) -> String {
    let header = |text: String| format!("-H {}", remedy::quoted(&text));
    format!(
        "curl -si -X OPTIONS {} {} {}",
        header(format!("Origin: {app}")),
        header(format!("Access-Control-Request-Method: {method}")),
        remedy::quoted(&http::shown(url))
    )
}

/// What tells that an API is there: its report, or the description of its routes.
fn tells(facts: &Facts, url: &Url, app: &str) -> Option<Response> {
    let below = url.path().trim_end_matches('/');
    let own = facts
        .stack()
        .api
        .as_ref()
        .and_then(|api| api.health.clone());
    let mut paths: Vec<String> = own.into_iter().collect();
    for name in ["/health", "/openapi.json"] {
        paths.extend([name.to_owned(), format!("{below}{name}")]);
    }
    let mut asked: Vec<String> = Vec::new();
    paths.into_iter().find_map(|path| {
        if asked.contains(&path) {
            return None;
        }
        let mut url = url.clone();
        url.set_path(&path);
        url.set_query(None);
        asked.push(path);
        let request = Request::get(url).stay().header("origin", app);
        let response = wait(http::send(&request, TELLING))?.ok()?;
        voice::is_of_api(&response).then_some(response)
    })
}
