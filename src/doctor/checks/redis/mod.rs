//! Each Redis that a tier names: reachable, logged in, version, distinct databases, eviction.

mod rules;
mod shared;

use std::time::Duration;

use crate::diagnostic::{Finding, Rule};
use crate::doctor::facts::{Asked, wait};
use crate::doctor::{Answer, Cure, Facts, Operation};
use crate::service::endpoint::{Endpoint, Protocol};
use crate::system::cache::{self, CacheFacts, CacheState};
use crate::text::{duration, remedy};
use crate::toolchain::Version;
use crate::workspace::Environment;

use super::servers::{self, Closed, Rules, Server, Situation, closed, finding, mended};
use rules::{EVICTION, LOGIN, OLD, UNREACHABLE};
use shared::shared;

pub(super) use rules::RULES;

/// How long one server may take.
const LIMIT: Duration = Duration::from_secs(8);

/// A server with what came of asking it.
struct Cache {
    server: Server,
    state: Result<CacheFacts, CacheState>,
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

/// The servers that the tiers name, asked once each, all at the same time.
fn caches(facts: &Facts) -> &[Cache] {
    facts.asked(Asked::Caches, |facts| {
        servers::ask_all(facts, Protocol::Redis, ask_one)
    })
}

fn ask_one(server: Server) -> Cache {
    let mut databases: Vec<u16> = server.named.iter().map(|it| it.database).collect();
    databases.sort_unstable();
    databases.dedup();
    let asked = wait(cache::examine(&server.endpoint, &databases, LIMIT));
    let nobody = || CacheState::Rejected("this system gives us no way to ask".to_owned());
    let state = asked.unwrap_or_else(|| Err(nobody()));
    let strange = matches!(state, Err(CacheState::NotRedis | CacheState::Silent));
    Cache {
        holder: strange.then(|| server.holder()).flatten(),
        server,
        state,
    }
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let named = servers::find(facts, Protocol::Redis);
    if named.is_empty() {
        return servers::unread(facts, Protocol::Redis, &RULES_OF)
            .unwrap_or_else(|| Answer::irrelevant("no tier names a Redis"));
    }
    let caches = caches(facts);
    if let Some(answer) = servers::nobody(named.len(), caches.len()) {
        return answer;
    }
    let situation = Situation::of(facts, Protocol::Redis);
    let mut answer = Answer::default();
    for cache in caches {
        answer = judge(answer, cache, &situation);
    }
    answer = servers::left_out(answer, named.len(), caches.len());
    answer = servers::with_unread(answer, facts, Protocol::Redis, &RULES_OF);
    let servers: Vec<&Server> = caches.iter().map(|cache| &cache.server).collect();
    shared(answer, &servers, facts.questions.environment)
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

fn judge(answer: Answer, cache: &Cache, situation: &Situation) -> Answer {
    let server = &cache.server;
    let endpoint = &server.endpoint;
    let (address, place) = (endpoint.address(), server.place());
    let holder = cache.holder.as_deref();
    let told = |rule: &'static Rule, message: String| finding(rule, server, holder, message);
    let environment = situation.environment;
    let shut = |why| closed(answer.clone(), &RULES_OF, server, holder, situation, why);
    match &cache.state {
        Ok(known) => numbers(accepted(answer, server, known), server, known, environment),
        Err(CacheState::Refused) => shut(Closed::Refused),
        Err(CacheState::Unreachable(why)) => shut(Closed::Unreachable(why)),
        Err(CacheState::TimedOut) => shut(Closed::TimedOut(LIMIT.as_secs())),
        Err(silent @ (CacheState::NotRedis | CacheState::Silent)) => {
            let answer = if *silent == CacheState::Silent {
                shut(Closed::Silent(LIMIT.as_secs()))
            } else {
                shut(Closed::Stranger(", or speaks TLS only (rediss://)"))
            };
            let redis = |holder: &str| ["redis", "valkey"].iter().any(|it| holder.contains(it));
            match server.change(environment, "scheme", "rediss") {
                Some(cure) if holder.is_none_or(redis) => {
                    with_note(answer, format!("where it does: {}", cure.typed()))
                }
                _ => answer,
            }
        }
        Err(CacheState::Starting) => shut(Closed::Starting("is reading its data")),
        Err(CacheState::AuthRequired) => {
            let message = format!("Redis at {address} asks for a password, and none is given");
            let cure = server.change(environment, "password", "-");
            let words = format!("add the password to {place}: redis://:PASSWORD@…");
            mended(answer, told(&LOGIN, message), cure, words)
        }
        Err(CacheState::AuthFailed) => shut(Closed::Password("")),
        // For its owner to mend, or for who trusts it.
        Err(CacheState::TlsFailed(why)) if why.contains("certificate") => {
            let message = format!("TLS with {address} fails: {why}");
            let finding = told(&UNREACHABLE, message)
                .note("ca.pem: the certificate of who issued the server's, which is to be trusted");
            answer.problem(finding.help(remedy::set_to("SSL_CERT_FILE", "ca.pem")))
        }
        Err(CacheState::TlsFailed(why)) => {
            let message = format!("TLS with {address} fails: {why}");
            let cure = server.change(environment, "scheme", "redis");
            let words = format!("use redis:// for a server without TLS, in {place}");
            mended(answer, told(&UNREACHABLE, message), cure, words)
        }
        Err(CacheState::Rejected(why)) => shut(Closed::Rejected(why)),
        Err(CacheState::Accepts { .. } | CacheState::NoSuchDatabase) => answer,
    }
}

/// Numbers of databases that the server does not have. Each is changed where it stands; the others'
/// are right.
fn numbers(
    mut answer: Answer,
    server: &Server,
    known: &CacheFacts,
    environment: Environment,
) -> Answer {
    let lacks = |number: u16| known.no_databases.contains(&number);
    let mut taken: Vec<u16> = server.named.iter().map(|naming| naming.database).collect();
    for naming in server.named.iter().filter(|it| lacks(it.database)) {
        let free = (0..u16::MAX).find(|number| !taken.contains(number) && !lacks(*number));
        let free = free.unwrap_or_default();
        taken.push(free);
        let message = format!(
            "Redis at {} has no database {}",
            server.endpoint.address(),
            naming.database
        );
        let finding = Finding::new(&LOGIN, message)
            .subject(naming.variable.clone())
            .note(format!("named by {} ({})", naming.variable, naming.origin));
        let cure = naming.change(Protocol::Redis, environment, "database", &free.to_string());
        let words = format!(
            "use a number below the server's `databases` in {}",
            naming.origin
        );
        answer = mended(answer, finding, cure, words);
    }
    answer
}

/// The client program of Redis, with where it is to go.
fn client(endpoint: &Endpoint) -> String {
    let host = remedy::quoted(&endpoint.host);
    if endpoint.is_socket() {
        format!("redis-cli -s {host}")
    } else {
        format!("redis-cli -h {host} -p {}", endpoint.port)
    }
}

fn with_note(mut answer: Answer, note: String) -> Answer {
    if let Some(finding) = answer.findings.last_mut() {
        finding.notes.push(note);
    }
    answer
}

fn accepted(answer: Answer, server: &Server, known: &CacheFacts) -> Answer {
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
            .note("then pixcrawler dev starts a newer one where the system has none")
            .help(format!("{} shutdown", client(endpoint)));
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
        let finding = Finding::new(&EVICTION, message)
            .subject(endpoint.variable.clone())
            .note(format!(
                "{} config set maxmemory-policy noeviction does the same",
                client(endpoint)
            ));
        let cure = Cure::own("redis", Operation::KeepKeys(endpoint.clone()));
        answer = answer.mended_by(finding, cure);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::doctor::checks::servers::Naming;

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
                    prefix: it.0.strip_suffix("DB").map(str::to_owned),
                    places: Vec::new(),
                    asyncpg: false,
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
        let situation = Situation {
            managed: true,
            start: "sudo systemctl start redis-server".to_owned(),
            environment: Environment::Development,
        };
        judge(Answer::default(), &cache, &situation)
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
            ["7.0.15 at localhost:56379, <0.1 ms, broker 2, results 3"]
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
    fn only_the_number_that_is_wrong_is_changed() {
        let uses = [
            ("CACHE_REDIS_DB", "redis://localhost/0"),
            ("LIMITER_REDIS_DB", "redis://localhost/99"),
            ("CELERY_BROKER_URL", "redis://localhost/1"),
        ];
        let lacks = CacheFacts {
            no_databases: vec![99],
            ..known()
        };
        let answer = judged(&uses, Ok(lacks));
        let lines: Vec<&str> = answer.cures.iter().map(|it| it.line.as_str()).collect();
        assert_eq!(
            lines,
            ["pixcrawler env set --file backend/.env LIMITER_REDIS_DB=2"]
        );
        assert_eq!(
            answer.findings[0].subject.as_deref(),
            Some("LIMITER_REDIS_DB")
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
        assert_eq!(answer.cures[0].line, "pixcrawler doctor --fix --only redis");
        let cache = judged(&[("CACHE_REDIS_HOST", "redis://localhost/0")], Ok(forgets));
        assert_eq!(cache.status(), Status::Pass);
    }

    #[test]
    fn uses_with_one_database_are_named() {
        let told = |uses: &[(&str, &str)]| {
            shared(
                Answer::default(),
                &[&server(uses)],
                Environment::Development,
            )
            .findings
        };
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
            Some("pixcrawler env set --file backend/.env LIMITER_REDIS_DB=1")
        );
        assert_eq!(told(BROKER), []);
    }
}
