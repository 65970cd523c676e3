//! What a URL says to its driver alone, whatever the server is.

use camino::Utf8Path;
use url::Url;

use crate::diagnostic::Severity;
use crate::doctor::{Answer, Facts};
use crate::env::{Unfit, WITHOUT_FALLBACK, has_fallback, unfit_for_asyncpg, unfit_for_postgres_js};
use crate::service::endpoint::Endpoint;
use crate::system::fs;
use crate::text::{and_list, remedy};
use crate::toolchain::Version;

use super::super::servers::{Driver, Naming, Server, finding, mended, value};
use super::rules::OPTIONS;

/// Where a starter workspace says what its worker connects to.
const SETTINGS: &str = "backend/core/settings/database.py";

/// What early ones say there: the worker's psycopg gets asyncpg's URL under its own name.
const HANDED_ON: &str = ".replace(ASYNC_DRIVER, SYNC_DRIVER";

/// What asyncpg takes, and psycopg does not.
const ASYNCPGS_OWN: &[&str] = &[
    "async_fallback",
    "command_timeout",
    "direct_tls",
    "prepared_statement_cache_size",
    "ssl",
];

/// Options that the worker's driver refuses, where the code hands them on to it.
pub(super) fn handed_on(answer: Answer, facts: &Facts, servers: &[Server]) -> Answer {
    const VARIABLE: &str = "DATABASE_URL";
    let url = facts.value("backend", VARIABLE).unwrap_or_default();
    let options = for_asyncpg_alone(url);
    let namings = |server: &&Server| {
        let mut named = server.named.iter();
        named.any(|it| it.variable == VARIABLE && it.driver == Driver::Asyncpg)
    };
    let Some(server) = servers.iter().find(namings).filter(|_| !options.is_empty()) else {
        return answer;
    };
    let path = facts.workspace().path(Utf8Path::new(SETTINGS));
    let text = fs::read_text_if_there(&path).ok().flatten();
    let Some(line) = text.and_then(|text| text.lines().position(|it| it.contains(HANDED_ON)))
    else {
        return answer;
    };
    let message = format!(
        "{VARIABLE} ({}) has {} behind its ?, which sync_url in {SETTINGS} hands on to the worker's psycopg, which does not take it",
        facts.origin("backend", VARIABLE),
        and_list(&options)
    );
    let server = server.only_where(|it| it.variable == VARIABLE);
    let mut finding = finding(&OPTIONS, &server, None, message);
    finding.subject = Some(VARIABLE.to_owned());
    answer.problem(
        finding
            .note("psycopg calls `ssl` `sslmode`, and has none of the others: sync_url must rename it and leave them out")
            .note("a new workspace has that file as it must be; pixcrawler new makes one")
            .help(remedy::open_at(SETTINGS, line + 1)),
    )
}

fn for_asyncpg_alone(url: &str) -> Vec<String> {
    let Ok(url) = Url::parse(url.trim()) else {
        return Vec::new();
    };
    let pairs = url.query_pairs();
    let own = pairs.filter(|(name, value)| !value.is_empty() && ASYNCPGS_OWN.contains(&&**name));
    own.map(|(name, _)| format!("`{name}`")).collect()
}

/// The versions of a package of Python that are locked, or else installed: several where platforms differ.
pub(super) fn versions<'a>(facts: &'a Facts, name: &str) -> Vec<&'a String> {
    let Some(python) = facts.packages().python.as_ref() else {
        return Vec::new();
    };
    let locked = python.lock.as_ref().and_then(|lock| lock.as_ref().ok());
    if let Some(versions) = locked.and_then(|lock| lock.versions.get(name)) {
        return versions.iter().collect();
    }
    let installed = python.installed.as_ref();
    installed.and_then(|it| it.get(name)).into_iter().collect()
}

/// The version of `SQLAlchemy` that is locked, or else installed, where it hands on what older ones kept.
fn without_fallback(facts: &Facts) -> Option<String> {
    let versions = versions(facts, "sqlalchemy");
    let first = Version::parse(WITHOUT_FALLBACK)?;
    // Where platforms differ, one of them still takes it.
    let mut all = versions.iter();
    let newer = all.all(|it| Version::parse(it).is_some_and(|version| version >= first));
    versions.into_iter().next().filter(|_| newer).cloned()
}

/// What a driver does not take of a URL, and how the driver is called.
fn unfit(facts: &Facts, naming: &Naming, url: &str) -> Option<(Unfit, &'static str)> {
    match naming.driver {
        Driver::Asyncpg => {
            let newer = has_fallback(url).then(|| without_fallback(facts)).flatten();
            let mut unfit = unfit_for_asyncpg(url, newer.is_none())?;
            unfit.notes.extend(newer.map(|version| {
            format!("SQLAlchemy {version} has no `async_fallback` any more; up to 2.0 it kept that for itself")
        }));
            Some((unfit, "asyncpg"))
        }
        Driver::PostgresJs => Some((unfit_for_postgres_js(url)?, "postgres.js")),
        Driver::NodePostgres | Driver::Other => None,
    }
}

/// Options that its driver refuses, in each URL. `is_to_be_plain` tells of whom the server is told to have no TLS:
/// what the URL says of that goes, however it is written.
pub(super) fn judge(
    facts: &Facts,
    servers: &[Server],
    is_to_be_plain: &dyn Fn(&Naming) -> bool,
) -> Answer {
    let mut answer = Answer::default();
    let mut told: Vec<(&str, &str, &str)> = Vec::new();
    for server in servers {
        for naming in &server.named {
            let value = value(facts, naming);
            let unfit = value.and_then(|url| unfit(facts, naming, &url));
            let Some((unfit, driver)) = unfit.filter(|(it, _)| it.fatal || !is_to_be_plain(naming))
            else {
                continue;
            };
            // Two tiers may see it, each with authorities of its own.
            let place = (naming.variable.as_str(), naming.origin.as_str(), driver);
            if told.contains(&place) {
                continue;
            }
            told.push(place);
            let options: Vec<String> = unfit.options.iter().map(|it| format!("`{it}`")).collect();
            let does = if unfit.fatal {
                "does not take"
            } else {
                "takes for verify-full"
            };
            let message = format!(
                "{} ({}) has {} behind its ?, which {driver} {does}",
                naming.variable,
                naming.origin,
                and_list(&options)
            );
            let mut finding = finding(&OPTIONS, &server.only(naming), None, message).of_value();
            // Supabase's pooler overlooks what it does not know.
            if !unfit.fatal || driver == "postgres.js" && is_overlooked(&server.endpoint) {
                finding = finding.severity(Severity::Warning);
            }
            finding.subject = Some(naming.variable.clone());
            finding.notes.extend(unfit.notes);
            let cure = naming.rewrite(facts.questions.environment, &unfit.parts);
            let words = format!("take it out of {}", naming.variable);
            answer = mended(answer, finding, cure, words);
        }
    }
    answer
}

fn is_overlooked(endpoint: &Endpoint) -> bool {
    endpoint.host.ends_with(".pooler.supabase.com")
}
