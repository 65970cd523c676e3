//! Each Redis that a tier names: reachable, logged in, version, distinct databases, eviction.

mod rules;
mod shared;

use std::time::Duration;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Cure, Facts};
use crate::service::endpoint::{Protocol, Secret};
use crate::system::cache::{self, CacheFacts, CacheState};
use crate::system::{net, program};
use crate::text::{duration, remedy};
use crate::toolchain::Version;

use super::postgres::{is_here, is_plain};
use super::servers::{self, Server};
use rules::{EVICTION, LOGIN, OLD, UNREACHABLE};
use shared::shared;

pub(super) use rules::RULES;

/// How long one server may take.
const LIMIT: Duration = Duration::from_secs(8);

/// A server with what came of asking it.
pub(in crate::doctor) struct Cache {
    pub(in crate::doctor) server: Server,
    pub(in crate::doctor) state: Result<CacheFacts, CacheState>,
    holder: Option<String>,
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
        let has = |word: &str| variable.contains(word);
        if has("BROKER") {
            Self::Broker
        } else if has("RESULT") {
            Self::Result
        } else if has("LIMIT") {
            Self::Limiter
        } else if has("CACHE") {
            Self::Cache
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

/// Asks every server at the same time; those elsewhere not when offline.
pub(in crate::doctor) fn ask_all(facts: &Facts) -> Vec<Cache> {
    let servers: Vec<Server> = servers::find(facts, Protocol::Redis)
        .into_iter()
        .filter(|server| !facts.questions.offline || is_here(&server.endpoint))
        .collect();
    std::thread::scope(|scope| {
        let asked: Vec<_> = servers
            .into_iter()
            .map(|server| scope.spawn(move || ask_one(server)))
            .collect();
        asked
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .collect()
    })
}

fn ask_one(server: Server) -> Cache {
    let state = wait(cache::examine(&server.endpoint, LIMIT)).unwrap_or(Err(CacheState::Rejected(
        "this system gives us no way to ask".to_owned(),
    )));
    let strange = matches!(state, Err(CacheState::NotRedis));
    let holder = (strange && server.endpoint.is_local())
        .then(|| net::holder(server.endpoint.port))
        .flatten()
        .map(|holder| format!("{} (pid {})", holder.name, holder.pid));
    Cache {
        server,
        state,
        holder,
    }
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let named = servers::find(facts, Protocol::Redis);
    if named.is_empty() {
        return Answer::irrelevant("no tier names a Redis");
    }
    let caches = facts.caches();
    if caches.is_empty() {
        return Answer::skipped("offline");
    }
    let managed = facts.workspace().options.managed.redis.unwrap_or(true) && !facts.of_deployment();
    let client = ["redis-cli", "valkey-cli"]
        .into_iter()
        .find(|name| program::find(name, &facts.questions.variables).is_some());
    let mut answer = Answer::default();
    for cache in caches {
        answer = judge(answer, cache, managed, client);
    }
    let left_out = named.len() - caches.len();
    if left_out > 0 {
        answer = answer.and(format!("{left_out} elsewhere not asked (offline)"));
    }
    let servers: Vec<&Server> = caches.iter().map(|cache| &cache.server).collect();
    shared(answer, &servers)
}

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

fn judge(answer: Answer, cache: &Cache, managed: bool, client: Option<&str>) -> Answer {
    let server = &cache.server;
    let endpoint = &server.endpoint;
    let (address, place) = (endpoint.address(), server.place());
    let told = |rule: &'static Rule, message: String, help: String| {
        let mut finding = Finding::new(rule, message)
            .subject(endpoint.variable.clone())
            .note(format!("named by {}", server.named_by()));
        if let Some(holder) = &cache.holder {
            finding = finding.note(format!("listening there: {holder}"));
        }
        finding.help(help)
    };
    match &cache.state {
        Ok(known) => accepted(answer, server, known, client),
        Err(CacheState::Refused) => {
            let start = remedy::start_redis();
            let message = format!("Redis at {address} refuses connections");
            answer.problem(match (is_here(endpoint), managed) {
                (true, true) => told(&UNREACHABLE, message, "pixcrawler dev".to_owned())
                    .note(format!("pixcrawler dev starts one; your own: {start}")),
                (true, false) => told(&UNREACHABLE, message, start.to_owned()),
                (false, _) => told(
                    &UNREACHABLE,
                    message,
                    format!("start it, or correct {place}"),
                ),
            })
        }
        Err(CacheState::Unreachable(why)) => answer.problem(told(
            &UNREACHABLE,
            format!("Redis at {address} cannot be reached: {why}"),
            format!("check the network, or correct {place}"),
        )),
        Err(CacheState::TimedOut) => answer.problem(told(
            &UNREACHABLE,
            format!(
                "Redis at {address} does not answer within {} s",
                LIMIT.as_secs()
            ),
            format!("check the network and its firewall, or correct {place}"),
        )),
        Err(CacheState::NotRedis) => answer.problem(told(
            &UNREACHABLE,
            format!("what answers at {address} is no Redis, or speaks TLS only"),
            format!("give {place} the port of the Redis, or rediss:// for TLS"),
        )),
        Err(CacheState::Starting) => answer.problem(
            told(
                &UNREACHABLE,
                format!("Redis at {address} is reading its data"),
                "pixcrawler doctor --only redis".to_owned(),
            )
            .severity(Severity::Warning),
        ),
        Err(CacheState::AuthRequired) => answer.problem(told(
            &LOGIN,
            format!("Redis at {address} asks for a password, and none is given"),
            format!("add the password to {place}: redis://:PASSWORD@…"),
        )),
        Err(CacheState::AuthFailed) => answer.problem(told(
            &LOGIN,
            format!("Redis at {address} refuses the password"),
            format!("correct the password in {place}"),
        )),
        Err(CacheState::NoSuchDatabase) => answer.problem(told(
            &LOGIN,
            format!(
                "Redis at {address} has no database {}",
                endpoint.redis_database()
            ),
            format!("use a number below the server's `databases` in {place}"),
        )),
        Err(CacheState::TlsFailed(why)) => answer.problem(told(
            &UNREACHABLE,
            format!("TLS with {address} fails: {why}"),
            format!("use redis:// for a server without TLS, in {place}"),
        )),
        Err(CacheState::Rejected(why)) => answer.problem(told(
            &LOGIN,
            format!("Redis at {address} refuses: {why}"),
            format!("see the server's log, or correct {place}"),
        )),
        Err(CacheState::Accepts { .. }) => answer,
    }
}

fn accepted(answer: Answer, server: &Server, known: &CacheFacts, client: Option<&str>) -> Answer {
    let endpoint = &server.endpoint;
    let version = known.version.as_deref().unwrap_or("of unknown version");
    let mut answer = answer.and(format!(
        "{version} at {}, {}, {}",
        endpoint.address(),
        duration(known.latency),
        uses(server)
    ));
    if Version::parse(version).is_some_and(|version| version < Version::whole(6)) {
        let message = format!("Redis at {} is {version}, 6 is needed", endpoint.address());
        let finding = Finding::new(&OLD, message)
            .subject(endpoint.variable.clone())
            .help("stop it and let pixcrawler dev start a newer one, or update it");
        answer = answer.problem(finding);
    }
    let policy = known.eviction.as_deref().unwrap_or("noeviction");
    let keeps = server
        .named
        .iter()
        .find(|naming| matches!(Role::of(&naming.variable), Role::Broker | Role::Result));
    if let Some(keeps) = keeps
        && known.max_memory > 0
        && policy != "noeviction"
    {
        let message = format!(
            "Redis at {} throws keys away when it is full ({policy}), and {} keeps tasks there",
            endpoint.address(),
            keeps.variable
        );
        let line = format!(
            "{} -h {} -p {} config set maxmemory-policy noeviction",
            client.unwrap_or("redis-cli"),
            endpoint.host,
            endpoint.port
        );
        let finding = Finding::new(&EVICTION, message)
            .subject(endpoint.variable.clone())
            .note("in the server's configuration file, too: this lasts until its next start")
            .help(line.clone());
        let password = endpoint
            .password
            .as_ref()
            .map(Secret::expose)
            .unwrap_or_default();
        answer = if client.is_some() && is_plain(&endpoint.host) {
            answer.mended_by(
                finding,
                Cure::new(line).with_secret("REDISCLI_AUTH", password),
            )
        } else {
            answer.problem(finding)
        };
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::doctor::checks::servers::Naming;
    use crate::service::endpoint::Endpoint;

    fn server(uses: &[(&str, &str)]) -> Server {
        let read = |(variable, url): &(&str, &str)| {
            Endpoint::redis(url, *variable, "backend/.env:3").expect(url)
        };
        Server {
            endpoint: read(&uses[0]),
            named: uses
                .iter()
                .map(|it| Naming {
                    tier: "backend".to_owned(),
                    variable: it.0.to_owned(),
                    origin: "backend/.env:3".to_owned(),
                    database: read(it).redis_database(),
                })
                .collect(),
        }
    }

    fn judged(uses: &[(&str, &str)], state: Result<CacheFacts, CacheState>) -> Answer {
        let cache = Cache {
            server: server(uses),
            state,
            holder: None,
        };
        judge(Answer::default(), &cache, true, Some("redis-cli"))
    }

    fn known() -> CacheFacts {
        CacheFacts {
            version: Some("7.0.15".to_owned()),
            ..CacheFacts::default()
        }
    }

    const BROKER: &[(&str, &str)] = &[
        ("CELERY_BROKER_URL", "redis://localhost:56379/2"),
        ("CELERY_RESULT_BACKEND", "redis://localhost:56379/3"),
    ];

    #[test]
    fn a_sound_server_passes_with_its_uses() {
        let answer = judged(BROKER, Ok(known()));
        assert_eq!(answer.status(), Status::Pass);
        assert_eq!(
            answer.found,
            ["7.0.15 at localhost:56379, 0.0 ms, broker 2, results 3"]
        );
    }

    #[test]
    fn failures_name_the_configured_port() {
        let refused = judged(BROKER, Err(CacheState::Refused));
        assert_eq!(
            refused.findings[0].message,
            "Redis at localhost:56379 refuses connections"
        );
        assert_eq!(
            judged(BROKER, Err(CacheState::AuthRequired)).findings[0]
                .rule
                .code,
            "redis/login"
        );
    }

    #[test]
    fn a_broker_that_forgets_warns() {
        let forgets = CacheFacts {
            max_memory: 1,
            eviction: Some("allkeys-lru".to_owned()),
            ..known()
        };
        let answer = judged(BROKER, Ok(forgets.clone()));
        assert_eq!(
            answer.cures[0].line,
            "redis-cli -h localhost -p 56379 config set maxmemory-policy noeviction"
        );
        let cache = judged(&[("CACHE_REDIS_HOST", "redis://localhost/0")], Ok(forgets));
        assert_eq!(cache.status(), Status::Pass);
    }

    #[test]
    fn uses_with_one_database_are_named() {
        let told = |uses: &[(&str, &str)]| shared(Answer::default(), &[&server(uses)]).findings;
        let both = told(&[
            ("CACHE_REDIS_DB", "redis://localhost/0"),
            ("LIMITER_REDIS_DB", "redis://localhost/0"),
        ]);
        assert_eq!(
            both[0].message,
            "cache and limiter share database 0 at 127.0.0.1:6379"
        );
        assert_eq!(
            both[0].help.as_deref(),
            Some("set LIMITER_REDIS_DB=1 in backend/.env")
        );
        assert_eq!(told(BROKER), []);
    }
}
