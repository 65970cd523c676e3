//! Each Redis that a tier names: reachable, logged in, version, distinct databases, eviction.

mod accepted;
mod neighbour;
mod numbers;
mod refused;
mod rules;
mod shared;
mod tls;
mod writes;

use std::time::Duration;

use crate::diagnostic::{Rule, Severity};
use crate::doctor::facts::{Asked, unable, wait};
use crate::doctor::{Answer, Cure, Facts};
use crate::service::endpoint::{Protocol, Tls};
use crate::system::cache::{self, CacheFacts, CacheState, Wanted};
use crate::text::remedy;
use crate::workspace::{Environment, Workspace};

use super::place;
use super::servers::{self, Closed, Holder, Naming, Rules, Server, Situation, closed, finding};
use accepted::accepted;
use numbers::{Counted, LAST, Numbers};
use refused::refused;
use rules::{LOGIN, UNREACHABLE};
use shared::shared;
use writes::{barred, is_about_keys, trials, writes};

pub(super) use rules::RULES;

/// How long one server may take.
const LIMIT: Duration = Duration::from_secs(8);

/// A server with what came of asking it.
struct Cache {
    server: Server,
    state: Result<CacheFacts, CacheState>,
    holder: Option<Holder>,
}

impl Cache {
    /// The server, with what it says of its databases.
    fn counted(&self) -> Counted<'_> {
        let known = self.state.as_ref().ok();
        // On the node of a cluster another number is no way out.
        let fits = |known: &&CacheFacts| accepted::misplaced(&self.server, known).is_none();
        Counted {
            server: &self.server,
            has: known.and_then(|known| known.databases),
            lacks: known
                .filter(fits)
                .map_or(&[], |known| known.no_databases.as_slice()),
        }
    }
}

/// The command that gives a use of Redis, which this variable numbers, a database of its own, where two that must not
/// share one do. No server is asked.
pub(super) fn apart(facts: &Facts, variable: &str) -> Option<Cure> {
    let servers = servers::find(facts, Protocol::Redis);
    let counted: Vec<Counted<'_>> = servers.iter().map(Counted::unasked).collect();
    Numbers::of(&counted).cure(variable, facts.questions.environment)
}

/// What a variable's Redis is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Cache,
    Limiter,
    Broker,
    Result,
    Other,
}

impl Role {
    pub(super) fn of(variable: &str) -> Self {
        // What is no variable has a name in words.
        let has = |word: &str| variable.contains(word);
        if has("BROKER") || has("broker") {
            Self::Broker
        } else if has("RESULT") {
            Self::Result
        } else if has("LIMIT") {
            Self::Limiter
        } else if has("CACHE") {
            Self::Cache
        } else if has("BACKEND") {
            // As Celery calls it.
            Self::Result
        } else {
            Self::Other
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Limiter => "limiter",
            Self::Broker => "broker",
            Self::Result => "results",
            Self::Other => "redis",
        }
    }
}

/// The servers that the tiers name, asked once each, all at the same time.
fn caches(facts: &Facts) -> &[Cache] {
    facts.asked(Asked::Caches, |facts| {
        // Celery's keys may have a prefix, which only the code knows.
        let celery = facts.stack().celery.as_ref();
        let prefixed = celery.is_some_and(|it| it.mentions.iter().any(|it| it == PREFIX));
        let workspace = facts.workspace();
        servers::ask_all(facts, Protocol::Redis, |server| {
            ask_one(server, prefixed, workspace)
        })
    })
}

/// The setting of a prefix for all keys of a broker, or of results.
const PREFIX: &str = "global_keyprefix";

fn ask_one(server: Server, prefixed: bool, workspace: &Workspace) -> Cache {
    let mut databases: Vec<u16> = server.named.iter().map(|it| it.database).collect();
    // Which other numbers there are decides about what may be offered.
    databases.push(LAST);
    databases.sort_unstable();
    databases.dedup();
    let wanted = Wanted {
        databases: &databases,
        trials: &trials(&server.named),
    };
    let asked = wait(cache::examine(&server.endpoint, wanted, LIMIT));
    let nobody = || CacheState::Rejected("this system gives us no way to ask".to_owned());
    let mut state = asked.unwrap_or_else(|| Err(nobody()));
    if let Ok(known) = &mut state {
        known.refusals.retain(|it| !prefixed || !is_about_keys(it));
    }
    let strange = matches!(
        state,
        Err(CacheState::NotRedis
            | CacheState::HungUp
            | CacheState::Silent
            | CacheState::AuthFailed)
    );
    Cache {
        holder: strange.then(|| server.holder(workspace)).flatten(),
        server,
        state,
    }
}

/// Whether what a variable names speaks TLS, where that is known.
pub(super) fn speaks_tls(facts: &Facts, variable: &str) -> Option<bool> {
    caches(facts).iter().find_map(|cache| {
        let Cache { server, state, .. } = cache;
        let asked_with = server.endpoint.tls > Tls::Off;
        let is_it = server.named.iter().any(|it| it.variable == variable);
        match state {
            _ if !is_it => None,
            Ok(_) | Err(CacheState::AuthRequired | CacheState::AuthFailed) => Some(asked_with),
            Err(CacheState::TlsFailed(why)) if tls::is_missing(&server.endpoint, why) => {
                Some(false)
            }
            Err(_) => None,
        }
    })
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let named = servers::find(facts, Protocol::Redis);
    if named.is_empty() {
        let unread = servers::unread(facts, Protocol::Redis, &RULES_OF).unwrap_or_default();
        let answer = servers::with_unfilled(unread, facts, Protocol::Redis);
        return match servers::emptied(facts) {
            Some(empty) if answer == Answer::default() => Answer::skipped(no_broker(&empty)),
            Some(empty) => answer.and(no_broker(&empty)),
            None if answer == Answer::default() => Answer::irrelevant("no tier names a Redis"),
            None => answer,
        };
    }
    if let Some(why) = unable() {
        return Answer::skipped(why);
    }
    let caches = caches(facts);
    if let Some(answer) = servers::nobody(named.len(), caches.len()) {
        return answer;
    }
    let mut situation = Situation::of(facts, Protocol::Redis);
    if situation.managed && caches.iter().any(|it| it.state.is_err()) {
        situation.learn(facts, Protocol::Redis);
    }
    let counted: Vec<Counted<'_>> = caches.iter().map(Cache::counted).collect();
    let numbers = Numbers::of(&counted);
    let mut answer = Answer::default();
    for cache in caches {
        let user = shown_user(cache, caches);
        let known = known_login(cache, caches, situation.environment)
            .or_else(|| no_user(cache, caches, situation.environment))
            .or_else(|| set_as_others(facts, cache, caches));
        // Where others are let in, nothing is to be started anew for it.
        let session = situation.session.clone().filter(|_| known.is_none());
        let situation = Situation {
            session,
            ..situation.clone()
        };
        let judged = judge(Answer::default(), cache, user, &numbers, &situation);
        let judged = neighbour::offered(judged, cache, caches, situation.environment);
        let named = caches.iter().map(|it| &it.server);
        let is_login = refused::of_login(cache).is_some();
        let alike = || servers::alike(&cache.server, named, &situation).filter(|_| is_login);
        let judged = match known.map(|cure| vec![cure]).or_else(alike) {
            Some(cures) => servers::with_cures(judged, cures),
            None => judged,
        };
        let judged = by_hand(judged, &cache.server);
        answer = answer.beside(match substitute(cache, caches) {
            Some(other) => softened(judged, &other.server),
            None => judged,
        });
    }
    answer = servers::left_out(answer, named.len(), caches.len());
    answer = servers::with_unread(answer, facts, Protocol::Redis, &RULES_OF);
    answer = servers::with_unfilled(answer, facts, Protocol::Redis);
    if let Some(empty) = servers::emptied(facts) {
        answer = answer.and(no_broker(&empty));
    }
    let servers: Vec<&Server> = caches.iter().map(|cache| &cache.server).collect();
    let mut answer = servers::with_borrowed(answer, facts, &servers);
    for naming in servers.iter().flat_map(|server| &server.named) {
        if place::is_apart(&naming.origin) {
            answer = place::by_hand(answer, &naming.variable, &naming.origin);
        }
    }
    let answer = shared(answer, &numbers, facts.questions.environment);
    servers::by_hand(answer, &named)
}

fn no_broker(empty: &str) -> String {
    format!("{empty} is empty; env says what it should be")
}

/// The command that takes the password from a variable whose server lets us in with it: the same one, of
/// which others know the password.
fn known_login(cache: &Cache, all: &[Cache], environment: Environment) -> Option<Cure> {
    let lacks = match cache.state {
        Err(CacheState::AuthRequired) => true,
        Err(CacheState::AuthFailed) => cache.server.endpoint.user.is_none(),
        _ => false,
    };
    if !lacks {
        return None;
    }
    let mut others = all.iter().filter(|other| other.state.is_ok());
    others.find_map(|other| servers::known_password(&cache.server, &other.server, environment))
}

/// The command that sets what nobody sets, as the workspace names that server elsewhere, where all who do are let in.
fn set_as_others(facts: &Facts, cache: &Cache, all: &[Cache]) -> Option<Cure> {
    let [naming] = cache.server.named.as_slice() else {
        return None;
    };
    let is_default = naming.meant.is_some() && asks_for_unset(cache);
    let is_self = |other: &Cache| std::ptr::eq(other, cache);
    let mut others = all.iter().filter(|it| !is_self(it)).peekable();
    let are_there = is_default
        && others.peek().is_some()
        && others.all(|it| it.state.is_ok() && it.server.is_beside(&cache.server));
    let (tier, name) = (&naming.tier, &naming.variable);
    are_there.then(|| servers::derived(facts, tier, name, naming.place(name)))?
}

/// Whether a server asks for a password, and is named by no variable at all: what the env files say it has already, and
/// no new start of it mends that.
fn asks_for_unset(cache: &Cache) -> bool {
    let Cache { server, state, .. } = cache;
    let is_unset = |it: &Naming| {
        it.meant.is_some() || it.unread.is_some() || place::open(&it.origin).is_some()
    };
    matches!(state, Err(CacheState::AuthRequired))
        && server.endpoint.password.is_none()
        && server.named.iter().all(is_unset)
}

/// The command that takes out a user with whose password a server lets others in that name nobody.
fn no_user(cache: &Cache, all: &[Cache], environment: Environment) -> Option<Cure> {
    let endpoint = &cache.server.endpoint;
    let refused = matches!(cache.state, Err(CacheState::AuthFailed));
    if !refused || endpoint.user.is_none() || endpoint.password.is_none() {
        return None;
    }
    let others = all.iter().filter(|other| other.state.is_ok());
    others
        .filter(|other| other.server.is_beside(&cache.server))
        .find(|other| {
            let known = &other.server.endpoint;
            known.user.is_none() && known.password == endpoint.password
        })?;
    cache.server.change(environment, "user", "")
}

/// Whom a URL names, unless that is the password of another one.
fn shown_user<'a>(cache: &'a Cache, all: &[Cache]) -> Option<&'a str> {
    let user = cache.server.endpoint.user.as_deref()?;
    let is_secret = |other: &Cache| {
        let password = other.server.endpoint.password.as_ref();
        password.is_some_and(|it| it.expose() == user)
    };
    (!all.iter().any(is_secret)).then_some(user)
}

/// What stands in code is corrected where it stands: setting a variable would change nothing.
fn by_hand(mut answer: Answer, server: &Server) -> Answer {
    let mut named = server.named.iter();
    let opened = named.find_map(|naming| Some((naming, place::open(&naming.origin)?)));
    let Some((naming, line)) = opened else {
        return answer;
    };
    let is_first = server.named.first() == Some(naming);
    let file = place::file(&naming.origin).filter(|_| is_first);
    let mut cures = Vec::new();
    for finding in &mut answer.findings {
        let subject = finding.subject.as_deref().unwrap_or_default();
        // What an env file has under that name is something else.
        if subject == naming.variable {
            finding.file = finding.file.take().or_else(|| file.map(Into::into));
        }
        if let Some((unread, _)) = &naming.unread {
            finding.notes.push(format!(
                "{unread} is set where the worker does not look; celery says what is missing"
            ));
        }
        let is_vain = |help: &String| *help == remedy::set_here(subject);
        if finding.help.as_ref().is_none_or(is_vain) {
            let cure = naming.unread.as_ref().and_then(|(_, cure)| cure.clone());
            finding.help = Some(cure.as_ref().map_or_else(|| line.clone(), Cure::typed));
            cures.extend(cure);
        }
    }
    answer.beside(Answer {
        cures,
        ..Answer::default()
    })
}

/// Who does the work of a server that does not let us in: another one of the same list.
fn substitute<'a>(cache: &Cache, all: &'a [Cache]) -> Option<&'a Cache> {
    cache.state.as_ref().err()?;
    let mut others = all.iter().filter(|other| other.state.is_ok());
    others.find(|other| {
        cache.server.named.iter().all(|naming| {
            let same = |it: &Naming| it.variable == naming.variable && it.origin == naming.origin;
            naming.one_of_several && other.server.named.iter().any(same)
        })
    })
}

/// What is wrong with a server while another one answers in its place.
fn softened(mut answer: Answer, other: &Server) -> Answer {
    for finding in &mut answer.findings {
        finding.severity = finding.severity.min(Severity::Warning);
        let address = other.endpoint.address();
        let note = format!("{address} of the same list answers, and is used meanwhile");
        finding.notes.push(note);
    }
    answer
}

const RULES_OF: Rules = Rules {
    what: "Redis",
    unreachable: &UNREACHABLE,
    login: &LOGIN,
};

fn uses(server: &Server) -> String {
    let mut uses: Vec<(Role, u16)> = server
        .named
        .iter()
        .map(|naming| (Role::of(&naming.variable), naming.database))
        .collect();
    uses.sort_unstable();
    uses.dedup();
    let words: Vec<String> = uses
        .iter()
        .map(|(role, database)| format!("{} {database}", role.word()))
        .collect();
    words.join(", ")
}

fn judge(
    answer: Answer,
    cache: &Cache,
    user: Option<&str>,
    numbers: &Numbers<'_>,
    situation: &Situation,
) -> Answer {
    let server = &cache.server;
    let endpoint = &server.endpoint;
    let address = endpoint.address();
    let holder = cache.holder.as_ref();
    let told = |rule: &'static Rule, message: String| finding(rule, server, holder, message);
    let environment = situation.environment;
    let shut = |why| closed(answer.clone(), &RULES_OF, server, holder, situation, why);
    if let Some(servers) = situation.ours(server)
        && let Some(message) = refused::of_login(cache)
        && !asks_for_unset(cache)
    {
        return servers::by_session(answer, told(&LOGIN, message), servers);
    }
    match &cache.state {
        Ok(known) => {
            let answer = accepted(answer, server, known, numbers, environment);
            if let Some(finding) = barred(server, known, environment) {
                return answer.problem(finding);
            }
            writes(answer, server, known, environment)
        }
        Err(CacheState::Refused) => shut(Closed::Refused),
        Err(CacheState::NoSocket) => shut(Closed::NoSocket),
        Err(CacheState::Unreachable(why)) => shut(Closed::Unreachable(why)),
        Err(CacheState::TimedOut) => shut(Closed::TimedOut(LIMIT.as_secs())),
        Err(silent @ (CacheState::NotRedis | CacheState::HungUp | CacheState::Silent)) => {
            let answer = match silent {
                CacheState::Silent => shut(Closed::Silent(LIMIT.as_secs())),
                CacheState::HungUp => shut(Closed::HungUp),
                _ => shut(Closed::Stranger(", or speaks TLS only (rediss://)")),
            };
            let redis = |holder: &Holder| {
                let names = ["redis", "valkey"];
                names.iter().any(|it| holder.words.contains(it))
            };
            match server.change(environment, "scheme", "rediss") {
                Some(cure) if holder.is_none_or(redis) => {
                    with_note(answer, format!("where it does: {}", cure.typed()))
                }
                _ => answer,
            }
        }
        Err(CacheState::Starting) => shut(Closed::Starting("is reading its data")),
        Err(CacheState::AuthFailed) if endpoint.user.is_none() => with_note(
            shut(Closed::Password("")),
            "a server says the same where its user `default` is switched off: then no password helps, and the URL needs a user of its own".to_owned(),
        ),
        Err(
            state @ (CacheState::AuthRequired
            | CacheState::AuthFailed
            | CacheState::Busy(_)
            | CacheState::Orphaned
            | CacheState::NoPassword
            | CacheState::NoRights(_)
            | CacheState::Protected
            | CacheState::Full),
        ) => refused(answer, cache, state, user, environment),
        Err(CacheState::TlsFailed(why)) => {
            let message = format!("TLS with {address} fails: {}", tls::words(why));
            tls::failed(
                answer,
                told(&UNREACHABLE, message),
                server,
                environment,
                why,
            )
        }
        Err(CacheState::NotAsked(why)) => Answer::skipped(format!("{address} is not asked: {why}")),
        Err(CacheState::Rejected(why)) => shut(Closed::Rejected(why)),
        Err(CacheState::Accepts { .. } | CacheState::NoSuchDatabase) => answer,
    }
}

fn with_note(mut answer: Answer, note: String) -> Answer {
    if let Some(finding) = answer.findings.last_mut() {
        finding.notes.push(note);
    }
    answer
}

#[cfg(test)]
mod tests;
