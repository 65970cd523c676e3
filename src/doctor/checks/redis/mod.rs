//! Each Redis that a tier names: reachable, logged in, version, distinct databases, eviction.

mod accepted;
mod rules;
mod shared;

use std::time::Duration;

use crate::diagnostic::{Rule, Severity};
use crate::doctor::facts::{Asked, unable, wait};
use crate::doctor::{Answer, Facts};
use crate::service::endpoint::Protocol;
use crate::system::cache::{self, CacheFacts, CacheState};
use crate::text::remedy;

use super::servers::{self, Closed, Naming, Rules, Server, Situation, closed, finding, mended};
use accepted::accepted;
use rules::{LOGIN, UNREACHABLE};
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
    if let Some(why) = unable() {
        return Answer::skipped(why);
    }
    let caches = caches(facts);
    if let Some(answer) = servers::nobody(named.len(), caches.len()) {
        return answer;
    }
    let situation = Situation::of(facts, Protocol::Redis);
    let mut answer = Answer::default();
    for cache in caches {
        let judged = judge(Answer::default(), cache, &situation);
        answer = answer.beside(match substitute(cache, caches) {
            Some(other) => softened(judged, &other.server),
            None => judged,
        });
    }
    answer = servers::left_out(answer, named.len(), caches.len());
    answer = servers::with_unread(answer, facts, Protocol::Redis, &RULES_OF);
    let servers: Vec<&Server> = caches.iter().map(|cache| &cache.server).collect();
    let answer = servers::with_borrowed(answer, facts, &servers);
    shared(answer, &servers, facts.questions.environment)
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

fn judge(answer: Answer, cache: &Cache, situation: &Situation) -> Answer {
    let server = &cache.server;
    let endpoint = &server.endpoint;
    let (address, place) = (endpoint.address(), server.place());
    let holder = cache.holder.as_deref();
    let told = |rule: &'static Rule, message: String| finding(rule, server, holder, message);
    let environment = situation.environment;
    let shut = |why| closed(answer.clone(), &RULES_OF, server, holder, situation, why);
    match &cache.state {
        Ok(known) => accepted(answer, server, known, environment),
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

fn with_note(mut answer: Answer, note: String) -> Answer {
    if let Some(finding) = answer.findings.last_mut() {
        finding.notes.push(note);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::service::endpoint::Endpoint;
    use crate::workspace::Environment;

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
                    ..Naming::default()
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
            session: None,
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
    fn a_slow_server_warns() {
        let slow = |url, milliseconds| {
            let latency = Duration::from_millis(milliseconds);
            judged(
                &[("CELERY_BROKER_URL", url)],
                Ok(CacheFacts { latency, ..known() }),
            )
        };
        let near = "redis://:secret@localhost:56379/2";
        assert_eq!(slow(near, 250).status(), Status::Pass);
        let answer = slow(near, 2600);
        assert_eq!(
            answer.findings[0].message,
            "Redis at localhost:56379 takes 2.6 s to answer"
        );
        assert_eq!(
            answer.findings[0].help.as_deref(),
            Some("redis-cli -h localhost -p 56379 --askpass slowlog get 10")
        );
        let far = slow("rediss://redis.example.com/2", 400);
        assert_eq!(far.status(), Status::Warn);
        assert_eq!(
            far.cures[0].line,
            "pixcrawler env set --file backend/.env CELERY_BROKER_URL=-"
        );
        assert_eq!(
            far.findings[0].notes.last().map(String::as_str),
            Some("all of it is asked for: rediss://:PASSWORD@HOST:6379/2")
        );
    }

    #[test]
    fn one_of_a_list_may_fail_as_long_as_another_answers() {
        let cache = |url: &str, state| {
            let mut server = server(&[("CELERY_BROKER_URL", url)]);
            server.named[0].one_of_several = true;
            Cache {
                server,
                state,
                holder: None,
            }
        };
        let down = || cache("redis://one/0", Err(CacheState::Refused));
        let both = [down(), cache("redis://two/0", Ok(known()))];
        let other = substitute(&both[0], &both).map(|it| it.server.endpoint.address());
        assert_eq!(other.as_deref(), Some("two:6379"));
        assert!(substitute(&both[1], &both).is_none());
        assert!(substitute(&both[0], &[down(), down()]).is_none());
        // Who is alone has nobody.
        let mut alone = both;
        alone[0].server.named[0].one_of_several = false;
        assert!(substitute(&alone[0], &alone).is_none());
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
