//! The Supabase projects that the tiers name: the URL resolves, TLS holds, the services answer, the keys open
//! it.

mod address;
mod judge;
mod lapsed;
mod rules;
mod voice;

use std::time::{Duration, SystemTime};

use url::Url;

use crate::diagnostic::Finding;
use crate::doctor::facts::{Asked, unable, wait};
use crate::doctor::{Answer, Cure, Facts};
use crate::env::is_placeholder;
use crate::gather::env_files;
use crate::system::http::{self, Request, Response, Trouble};
use crate::system::program;
use crate::text::remedy;

use super::{patterns, place, servers};

pub(super) use rules::RULES;
use rules::{ADDRESS, KEY, UNREACHABLE};

/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(8);

/// For whom a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Anon,
    Service,
}

impl Role {
    /// The path that a key of this role opens. The description of the REST interface, which stands at its
    /// root, is for secret keys alone: there is no table of this name, and whoever is told so was let in.
    fn opens(self) -> &'static str {
        match self {
            Self::Anon => "rest/v1/pixcrawler_no_table",
            Self::Service => "auth/v1/admin/users",
        }
    }
}

/// A key with where it stands.
#[derive(Clone)]
struct Key {
    role: Role,
    variable: String,
    origin: String,
    value: String,
    /// In words, that its time is over.
    ended: Option<String>,
    /// Asks for another one.
    ask_again: Option<Cure>,
}

type Said = Result<Response, Trouble>;

/// What came of asking.
pub(super) struct Project {
    url: Url,
    variable: String,
    origin: String,
    /// Who else names it: `NEXT_PUBLIC_SUPABASE_URL in frontend/.env:3`.
    beside: Vec<String>,
    /// Asks for another address, for each who names it.
    ask_again: Option<Cure>,
    /// It may be started here: it is this machine's, and no deployment's.
    is_ours: bool,
    health: Said,
    /// Each distinct key with what it opened; none where there was no use in asking.
    keys: Vec<(Key, Option<Said>)>,
}

impl Project {
    /// Its host's name.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Its reference, where Supabase itself runs it: the first label of its name.
    fn reference(&self) -> Option<&str> {
        self.host().strip_suffix(".supabase.co")
    }

    /// What its clock said, and ours then; nothing for a project of this machine.
    pub(super) fn date(&self) -> Option<(SystemTime, SystemTime)> {
        let response = self.health.as_ref().ok().filter(|_| !is_local(&self.url))?;
        let date = jiff::fmt::rfc2822::parse(response.header("date")?).ok()?;
        Some((date.timestamp().into(), response.at))
    }
}

fn is_local(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

const TIERS: &[&str] = &["backend", "root", "frontend"];
const URLS: &[&str] = &["SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL"];
const KEYS: &[(Role, &str)] = &[
    (Role::Anon, "SUPABASE_ANON_KEY"),
    (Role::Anon, "SUPABASE_PUBLISHABLE_KEY"),
    (Role::Anon, "NEXT_PUBLIC_SUPABASE_ANON_KEY"),
    (Role::Anon, "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY"),
    (Role::Service, "SUPABASE_SERVICE_ROLE_KEY"),
    (Role::Service, "SUPABASE_SECRET_KEY"),
];

/// The URL that goes with a variable of a tier: pages have one of their own beside their keys. A tier that
/// has none uses another's.
fn url_beside<'a>(
    facts: &'a Facts,
    tier: &'a str,
    variable: &str,
) -> Option<(&'a str, &'a str, &'a str)> {
    let [own, public] = [URLS[0], URLS[1]];
    let order = if variable.starts_with("NEXT_PUBLIC_") {
        [public, own]
    } else {
        [own, public]
    };
    let beside = facts.first_set(&[tier], &order);
    beside.or_else(|| facts.first_set(TIERS, URLS))
}

/// The keys that are used with one project.
fn keys(facts: &Facts, project: &Url) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    for (role, variable) in KEYS {
        for tier in TIERS {
            let Some(value) = facts
                .value(tier, variable)
                .filter(|value| !is_placeholder(value))
            else {
                continue;
            };
            // No key travels to another project than its own.
            let url = url_beside(facts, tier, variable).and_then(|(.., url)| address::read(url).0);
            if !url.is_some_and(|url| same(&url, project)) {
                continue;
            }
            if !keys
                .iter()
                .any(|known| known.role == *role && known.value == value)
            {
                keys.push(Key {
                    role: *role,
                    variable: (*variable).to_owned(),
                    origin: facts.origin(tier, variable),
                    value: value.to_owned(),
                    ended: lapsed::of(value, SystemTime::now()),
                    ask_again: place::set(facts, tier, variable, &[&format!("{variable}=-")]),
                });
            }
        }
    }
    keys
}

fn same(one: &Url, other: &Url) -> bool {
    one.as_str().trim_end_matches('/') == other.as_str().trim_end_matches('/')
}

/// A URL that can be asked: tier, variable.
type Named<'a> = (Url, &'a str, &'a str);

/// Each project that a tier names, once; not those with which the application does not start.
fn named(facts: &Facts) -> Vec<Named<'_>> {
    let mut named: Vec<Named<'_>> = Vec::new();
    let refused = refused(facts);
    let is_refused = |url: &Url| {
        let mut naming = naming(facts, url).into_iter();
        naming.any(|(_, variable, origin)| {
            let mut refused = refused.iter();
            refused.any(|it| it.0 == variable && it.1 == origin)
        })
    };
    for (tier, variable) in places() {
        let value = facts.value(tier, variable).filter(|it| !is_placeholder(it));
        let Some(url) = value.and_then(|value| address::read(value).0) else {
            continue;
        };
        if is_refused(&url) {
            continue;
        }
        if !named.iter().any(|(known, ..)| same(known, &url)) {
            named.push((url, tier, variable));
        }
    }
    named
}

/// Everywhere that a project is named: tier, variable, origin. The root's file is in the chains of other
/// tiers, too.
fn naming(facts: &Facts, project: &Url) -> Vec<(&'static str, &'static str, String)> {
    let mut naming: Vec<(&str, &str, String)> = Vec::new();
    for (tier, variable) in places() {
        let value = facts.value(tier, variable).filter(|it| !is_placeholder(it));
        let url = value.and_then(|value| address::read(value).0);
        let origin = facts.origin(tier, variable);
        let known = |it: &(&str, &str, String)| it.1 == variable && it.2 == origin;
        if url.is_some_and(|url| same(&url, project)) && !naming.iter().any(known) {
            naming.push((tier, variable, origin));
        }
    }
    naming
}

/// Where a URL stands that the application refuses: it does not start with that one, whoever answers there.
fn refused(facts: &Facts) -> Vec<(String, String)> {
    let refused = patterns::judge(facts).findings.into_iter();
    let refused = refused.filter_map(|finding| {
        let (tier, variable) = (finding.tier?, finding.subject?);
        let origin = facts.origin(&tier, &variable);
        Some((variable, origin))
    });
    refused
        .filter(|(variable, _)| URLS.contains(&variable.as_str()))
        .collect()
}

/// The command that asks for another address, wherever this one stands.
fn ask_again(facts: &Facts, project: &Url) -> Option<Cure> {
    let each: Option<Vec<Cure>> = naming(facts, project)
        .into_iter()
        .map(|(tier, variable, _)| place::set(facts, tier, variable, &[&format!("{variable}=-")]))
        .collect();
    place::all(each?)
}

/// Where a URL may stand.
fn places() -> impl Iterator<Item = (&'static str, &'static str)> {
    TIERS
        .iter()
        .flat_map(|tier| URLS.iter().map(move |variable| (*tier, *variable)))
}

/// How the URL in a variable is meant that is written wrongly, with the command that writes it so, where both are known.
pub(super) fn meant(facts: &Facts, tier: &str, variable: &str) -> Option<(String, Cure)> {
    places().find(|place| *place == (tier, variable))?;
    let value = facts
        .value(tier, variable)
        .filter(|value| !is_placeholder(value))?;
    let right = address::read(value).1?.right?;
    let cure = place::set(facts, tier, variable, &[&format!("{variable}={right}")])?;
    Some((right, cure))
}

/// What is wrong with how the URL is written, wherever one stands.
fn written(facts: &Facts) -> Answer {
    let mut told: Vec<String> = Vec::new();
    let mut answer = Answer::default();
    for (tier, variable) in places() {
        let Some(value) = facts
            .value(tier, variable)
            .filter(|value| !is_placeholder(value))
        else {
            continue;
        };
        let place = format!("{variable} in {}", facts.origin(tier, variable));
        let Some(amiss) = address::read(value).1.filter(|_| !told.contains(&place)) else {
            continue;
        };
        let finding = Finding::new(&ADDRESS, format!("{place} {}", amiss.why))
            .severity(amiss.severity)
            .subject(variable)
            .of_value();
        let value = amiss.right.as_deref().unwrap_or("-");
        let cure = place::set(facts, tier, variable, &[&format!("{variable}={value}")]);
        answer = match (cure, amiss.right) {
            (Some(cure), _) => answer.mended_by(finding, cure),
            (None, Some(right)) => answer.problem(finding.help(remedy::set_to(variable, &right))),
            (None, None) => answer.problem(finding.help(remedy::set_here(variable))),
        };
        told.push(place);
    }
    answer
}

/// The projects, asked once; none when there are none, or nobody may be asked.
pub(super) fn projects(facts: &Facts) -> &[Project] {
    facts.asked(Asked::Projects, ask)
}

fn ask(facts: &Facts) -> Vec<Project> {
    let named = named(facts).into_iter();
    let asked: Vec<_> = named
        .filter(|(url, ..)| !facts.questions.offline || is_local(url))
        .map(|named| ask_one(facts, named))
        .collect();
    wait(all(asked)).unwrap_or_default()
}

async fn ask_one(facts: &Facts, (url, tier, variable): Named<'_>) -> Project {
    let keys = keys(facts, &url);
    let anon = keys.iter().find(|key| key.role == Role::Anon);
    let health = question(&url, "auth/v1/health".to_owned(), anon.or(keys.first()));
    let opened = async {
        let mut asked = Vec::new();
        for key in &keys {
            let few = match key.role {
                Role::Anon => "?limit=0",
                Role::Service => "?page=1&per_page=1",
            };
            let path = format!("{}{few}", key.role.opens());
            asked.push(question(&url, path, Some(key)));
        }
        all(asked).await
    };
    let (health, opened) = tokio::join!(health, opened);
    let down = health.is_err();
    let origin = facts.origin(tier, variable);
    let ask_again = ask_again(facts, &url);
    let others = naming(facts, &url).into_iter().skip(1);
    let beside = others
        .map(|(_, variable, origin)| format!("{variable} in {origin}"))
        .collect();
    Project {
        is_ours: is_local(&url) && !facts.of_deployment(),
        url,
        variable: variable.to_owned(),
        beside,
        ask_again,
        origin,
        health,
        keys: keys
            .into_iter()
            .zip(opened)
            .map(|(key, said)| (key, Some(said).filter(|_| !down)))
            .collect(),
    }
}

/// Waits for all at the same time; the answers in their order.
async fn all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in waiting.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(answer) = future.as_mut().poll(context)
            {
                *slot = Some(answer);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

async fn question(project: &Url, path: String, key: Option<&Key>) -> Said {
    let base = format!("{}/{path}", project.as_str().trim_end_matches('/'));
    let url = Url::parse(&base).map_err(|error| Trouble::Other(error.to_string()))?;
    // A redirect would take the keys elsewhere.
    let mut request = Request::get(url).stay();
    if let Some(key) = key {
        request = request.header("apikey", &*key.value);
        // The newer keys are no tokens.
        if key.value.starts_with("ey") {
            request = request.header("authorization", format!("Bearer {}", key.value));
        }
    }
    http::send(&request, LIMIT).await
}

/// Whether a tier needs a project, so that `env` says what is missing of it.
fn is_asked_for(facts: &Facts) -> bool {
    let mut tiers = facts.environments().tiers().iter();
    tiers.any(|gathered| {
        URLS.iter().any(|name| {
            let described = gathered.schema.get(name);
            described.is_some_and(|it| !it.required.never())
                || gathered.said.iter().any(|it| it.name == *name)
        })
    })
}

pub(super) fn judge_project(facts: &Facts) -> Answer {
    let written = written(facts);
    let named = named(facts);
    if named.is_empty() {
        return if !written.findings.is_empty() {
            written
        } else if let Some((variable, origin)) = refused(facts).first() {
            Answer::skipped(format!(
                "waits for env: the application refuses {variable} in {origin}"
            ))
        } else if facts.first_set(TIERS, URLS).is_some() && is_asked_for(facts) {
            Answer::skipped("the URL is a placeholder; env says where")
        } else {
            Answer::irrelevant("no tier names a Supabase project")
        };
    }
    // What was copied from an example is no project of anybody's.
    if !facts.of_deployment() && env_files::is_unused(facts.workspace(), URLS[0]) {
        return Answer::irrelevant("no code here has to do with Supabase");
    }
    if facts.questions.offline && !named.iter().any(|(url, ..)| is_local(url)) {
        return Answer {
            skipped: Some("offline".to_owned()),
            ..named.iter().fold(written, |answer, (url, ..)| {
                let keys = keys(facts, url).into_iter();
                keys.fold(answer, |answer, key| judge::judge_end(answer, &key))
            })
        };
    }
    let projects = projects(facts);
    if projects.is_empty() {
        return Answer::skipped(unable().unwrap_or_else(|| "nobody could be asked".to_owned()));
    }
    let demo = facts
        .value("backend", "DEMO_USER_ENABLED")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let cli = program::find("supabase", &facts.questions.variables).is_some();
    let judged = projects
        .iter()
        .map(|project| judge::judge(project, demo, cli));
    let judged = servers::left_out(together(judged.collect()), named.len(), projects.len());
    if written.findings.is_empty() {
        judged
    } else {
        judged.beside(written)
    }
}

/// What several came to. One that is left out is a fact beside the others.
fn together(mut judged: Vec<Answer>) -> Answer {
    if judged.len() == 1 || judged.iter().all(|answer| answer.skipped.is_some()) {
        return judged.swap_remove(0);
    }
    judged.into_iter().fold(Answer::default(), Answer::beside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn one_that_is_left_out_does_not_hide_the_others() {
        let skipped = || Answer::skipped("no project");
        let both = together(vec![skipped(), Answer::found("here")]);
        assert_eq!(both.status(), Status::Pass);
        assert_eq!(both.found, ["no project", "here"]);
        let none = together(vec![skipped(), skipped()]);
        assert_eq!(none.status(), Status::Skipped);
    }
}
