//! Each Postgres that a tier really uses: reachable, logged in, version, TLS, pooler, connections.

mod refused;
mod rules;

use std::time::Duration;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Facts};
use crate::service::endpoint::{Endpoint, Protocol};
use crate::system::database::DatabaseState;
use crate::system::postgres::{self, Pooler, PostgresFacts};
use crate::system::{net, program};
use crate::text::duration;

use super::servers::{self, Server};
use refused::refused;
use rules::{OLD, POOLER, POOLS, SLOW, TLS};

pub(super) use rules::RULES;

/// How long one server may take.
const LIMIT: Duration = Duration::from_secs(8);

/// The oldest major version that gets corrections.
const OLDEST: u32 = 14;

/// From here on people notice.
const SLOW_FROM: Duration = Duration::from_millis(300);

/// A server with what came of asking it.
pub(in crate::doctor) struct Database {
    pub(in crate::doctor) server: Server,
    pub(in crate::doctor) state: Result<PostgresFacts, DatabaseState>,
    /// Who listens there, where it is no Postgres.
    holder: Option<String>,
}

/// Asks every server at the same time; those elsewhere not when offline.
pub(in crate::doctor) fn ask_all(facts: &Facts) -> Vec<Database> {
    let servers: Vec<Server> = servers::find(facts, Protocol::Postgres)
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

pub(super) fn is_here(endpoint: &Endpoint) -> bool {
    endpoint.is_local() || endpoint.is_socket()
}

fn ask_one(server: Server) -> Database {
    let state = wait(postgres::examine(&server.endpoint, LIMIT)).unwrap_or(Err(
        DatabaseState::Rejected("this system gives us no way to ask".to_owned()),
    ));
    let strange = matches!(
        state,
        Err(DatabaseState::NotPostgres | DatabaseState::AuthFailed)
    );
    let holder = (strange && server.endpoint.is_local())
        .then(|| net::holder(server.endpoint.port))
        .flatten()
        .map(|holder| format!("{} (pid {})", holder.name, holder.pid));
    Database {
        server,
        state,
        holder,
    }
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let named = servers::find(facts, Protocol::Postgres);
    if named.is_empty() {
        return if facts.stack().api.is_some() {
            Answer::skipped("no tier sets a postgresql:// URL; env says what is missing")
        } else {
            Answer::irrelevant("no tier names a Postgres")
        };
    }
    let databases = facts.databases();
    if databases.is_empty() {
        return Answer::skipped("offline");
    }
    let situation = Situation {
        managed: facts.workspace().options.managed.postgres.unwrap_or(true)
            && !facts.of_deployment(),
        deployment: facts.of_deployment(),
        demand: demand(facts),
        createdb: program::find("createdb", &facts.questions.variables).is_some(),
    };
    let mut answer = Answer::default();
    for database in databases {
        let asyncpg = database.server.named.iter().any(|naming| {
            facts
                .value(&naming.tier, &naming.variable)
                .is_some_and(|value| value.starts_with("postgresql+asyncpg"))
        });
        answer = judge(answer, database, &situation, asyncpg);
    }
    let left_out = named.len() - databases.len();
    if left_out > 0 {
        answer = answer.and(format!("{left_out} elsewhere not asked (offline)"));
    }
    answer
}

/// What else decides.
struct Situation {
    /// `pixcrawler dev` would start a server of this machine.
    managed: bool,
    deployment: bool,
    /// Connections that all processes of the backend may open.
    demand: u32,
    /// Whether `createdb` is there.
    createdb: bool,
}

fn demand(facts: &Facts) -> u32 {
    let number = |name: &str, default: u32| {
        facts
            .value("backend", name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    };
    let pool = number("DATABASE_POOL_SIZE", 5).saturating_add(number("DATABASE_MAX_OVERFLOW", 10));
    let workers = if facts.stack().celery.is_some() {
        number("CELERY_WORKER_CONCURRENCY", 2)
    } else {
        0
    };
    pool.saturating_mul(number("WEB_CONCURRENCY", 1).saturating_add(workers))
}

fn judge(answer: Answer, database: &Database, situation: &Situation, asyncpg: bool) -> Answer {
    match &database.state {
        Ok(known) => accepted(answer, &database.server, known, situation, asyncpg),
        Err(state) => refused(answer, database, state, situation, asyncpg),
    }
}

fn tls_option(asyncpg: bool) -> &'static str {
    if asyncpg {
        "?ssl=require"
    } else {
        "?sslmode=require"
    }
}

fn accepted(
    mut answer: Answer,
    server: &Server,
    known: &PostgresFacts,
    situation: &Situation,
    asyncpg: bool,
) -> Answer {
    let elsewhere = !is_here(&server.endpoint);
    let pooled = match known.pooler {
        Some(Pooler::Transaction) => ", pooler in transaction mode",
        Some(Pooler::Session) => ", pooler in session mode",
        None => "",
    };
    answer = answer.and(format!(
        "{} at {}, {}, {}{pooled}, {} of {} connections",
        known.version,
        server.shown(),
        duration(known.round_trip),
        if known.encrypted { "TLS" } else { "no TLS" },
        known.in_use,
        known.max_connections,
    ));
    let finding = |rule: &'static Rule, message: String| {
        Finding::new(rule, message)
            .subject(server.endpoint.variable.clone())
            .note(format!("named by {}", server.named_by()))
    };
    let major: u32 = known
        .version
        .split('.')
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(OLDEST);
    if major < OLDEST {
        let message = format!(
            "Postgres at {} is {}, {OLDEST} is the oldest that gets corrections",
            server.shown(),
            known.version
        );
        answer = answer.problem(
            finding(&OLD, message)
                .help("move to a newer one: pg_dumpall > all.sql, then psql -f all.sql there"),
        );
    }
    if elsewhere && !known.encrypted && known.pooler.is_none() {
        let severity = if situation.deployment {
            Severity::Error
        } else {
            Severity::Warning
        };
        let message = format!("{} is reached without TLS", server.shown());
        let help = format!("add {} to {}", tls_option(asyncpg), server.place());
        answer = answer.problem(finding(&TLS, message).severity(severity).help(help));
    }
    if known.pooler == Some(Pooler::Transaction) && server.is_of("backend") {
        let message = format!(
            "{} is a pooler in transaction mode: prepared statements fail",
            server.shown()
        );
        let help = format!(
            "use the session pooler or the direct port in {}, or statement_cache_size=0",
            server.place()
        );
        answer = answer.problem(finding(&POOLER, message).help(help));
    }
    let allowed = known.max_connections.saturating_sub(known.reserved);
    if server.is_of("backend") && known.pooler.is_none() && situation.demand > allowed {
        let message = format!(
            "the backend's pools may open {} connections, {} allows {allowed}",
            situation.demand,
            server.endpoint.address()
        );
        let help = "make DATABASE_POOL_SIZE or DATABASE_MAX_OVERFLOW smaller in backend/.env";
        answer = answer.problem(finding(&POOLS, message).help(help));
    } else if known.max_connections > 0
        && known.in_use.saturating_mul(10) >= allowed.saturating_mul(9)
    {
        let message = format!(
            "{} of {allowed} connections to {} are in use",
            known.in_use,
            server.endpoint.address()
        );
        let help = "see who holds them: psql -c \"SELECT pid, application_name, state FROM pg_stat_activity\"";
        answer = answer.problem(finding(&POOLS, message).help(help));
    }
    if known.round_trip > SLOW_FROM {
        let message = format!(
            "{} takes {} to answer",
            server.shown(),
            duration(known.round_trip)
        );
        answer = answer.problem(
            finding(&SLOW, message).help("use a database in a nearer region for development"),
        );
    }
    answer
}

/// A word that no shell takes for anything else.
pub(super) fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::doctor::Status;
    use crate::doctor::checks::servers::Naming;

    const SITUATION: Situation = Situation {
        managed: true,
        deployment: false,
        demand: 45,
        createdb: true,
    };

    fn database(url: &str, state: Result<PostgresFacts, DatabaseState>) -> Database {
        let endpoint = Endpoint::postgres(url, "DATABASE_URL", "backend/.env:14").expect(url);
        let named = vec![Naming {
            tier: "backend".to_owned(),
            variable: "DATABASE_URL".to_owned(),
            origin: "backend/.env:14".to_owned(),
            database: 0,
        }];
        Database {
            server: Server { endpoint, named },
            state,
            holder: None,
        }
    }

    fn known() -> PostgresFacts {
        PostgresFacts {
            version: "15.18".to_owned(),
            encrypted: false,
            max_connections: 100,
            reserved: 3,
            in_use: 1,
            clock: 0.0,
            asked: SystemTime::UNIX_EPOCH,
            round_trip: Duration::from_millis(1),
            connected: Duration::from_millis(9),
            pooler: None,
        }
    }

    fn judged(url: &str, state: Result<PostgresFacts, DatabaseState>) -> Answer {
        judge(Answer::default(), &database(url, state), &SITUATION, true)
    }

    const HERE: &str = "postgresql+asyncpg://app:pw@localhost:5433/pix";
    const THERE: &str = "postgresql+asyncpg://app:pw@db.example.com/pix";

    #[test]
    fn a_sound_server_passes_with_what_it_is() {
        let answer = judged(HERE, Ok(known()));
        assert_eq!(answer.status(), Status::Pass);
        assert_eq!(
            answer.found,
            ["15.18 at localhost:5433/pix, 1.0 ms, no TLS, 1 of 100 connections"]
        );
    }

    #[test]
    fn each_failure_names_port_place_and_way_out() {
        let told = |state| {
            let finding = judged(HERE, Err(state)).findings.remove(0);
            (
                finding.rule.code,
                finding.message,
                finding.help.unwrap_or_default(),
            )
        };
        let refused = told(DatabaseState::Refused);
        assert_eq!(refused.1, "Postgres at localhost:5433 refuses connections");
        assert_eq!(refused.2, "pixcrawler dev");
        assert_eq!(
            told(DatabaseState::AuthFailed).2,
            "correct the password in DATABASE_URL in backend/.env:14"
        );
        assert_eq!(
            told(DatabaseState::TlsRequired).2,
            "add ?ssl=require to DATABASE_URL in backend/.env:14"
        );
        let missing = judged(HERE, Err(DatabaseState::NoSuchDatabase));
        assert_eq!(
            missing.cures[0].line,
            "createdb -h localhost -p 5433 -U app -w pix"
        );
        assert!(!format!("{missing:?}").contains("\"pw\""));
    }

    #[test]
    fn plain_connections_elsewhere_poolers_and_pools_warn() {
        assert_eq!(
            judged(THERE, Ok(known())).findings[0].rule.code,
            "postgres/tls"
        );
        let pooler = PostgresFacts {
            pooler: Some(Pooler::Transaction),
            ..known()
        };
        assert_eq!(
            judged(HERE, Ok(pooler)).findings[0].rule.code,
            "postgres/pooler"
        );
        let small = PostgresFacts {
            max_connections: 20,
            ..known()
        };
        assert_eq!(
            judged(HERE, Ok(small)).findings[0].rule.code,
            "postgres/connections"
        );
        let old = PostgresFacts {
            version: "12.4".to_owned(),
            ..known()
        };
        assert_eq!(
            judged(HERE, Ok(old)).findings[0].rule.code,
            "postgres/version"
        );
    }
}
