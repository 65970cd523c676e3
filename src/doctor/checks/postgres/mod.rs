//! Each Postgres that a tier really uses: reachable, logged in, version, TLS, pooler, connections.

mod accepted;
mod apart;
mod driver;
mod hba;
mod known;
mod pooler;
mod pools;
mod prepared;
mod read_only;
mod refused;
mod robbed;
mod rules;
mod stale;
mod superuser;
mod tls;
mod twins;
mod wish;

use std::sync::Mutex;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use crate::diagnostic::{Finding, Severity};
use crate::doctor::facts::{Asked, unable, wait};
use crate::doctor::{Answer, Facts};
use crate::schema::check;
use crate::service::endpoint::{Endpoint, Protocol, Tls};
use crate::system::database::{self, DatabaseState};
use crate::system::postgres::{self, Creation, PostgresFacts, Refusal};
use crate::workspace::Workspace;

use super::foreign::Taking;
use super::place;
use super::servers::{self, Holder, Naming, Server, Situation};
use accepted::Accepted;
use refused::refused;
use rules::UNREACHABLE;

pub(super) use rules::RULES;

/// How long one server may take.
const LIMIT: Duration = Duration::from_secs(8);

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// The oldest major version that gets corrections.
const OLDEST: u32 = 14;

/// From here on people notice.
const SLOW_FROM: Duration = Duration::from_millis(300);

/// A server with what came of asking it.
pub(super) struct Database {
    pub(super) server: Server,
    pub(super) state: Result<PostgresFacts, DatabaseState>,
    /// It is a pooler that refuses us, for itself or for the server behind it.
    pooled: bool,
    /// Who listens there, where it is no Postgres.
    holder: Option<Holder>,
    /// What comes of asking it without TLS, where somebody does that and it would have TLS, or where its rules
    /// refuse us with TLS, which the URL insists on.
    plain: Option<DatabaseState>,
    /// There is no database of that name: whether one can be made, where that is known.
    creation: Option<Creation>,
    /// The connection, for whoever has more questions.
    open: Mutex<Option<PgConnection>>,
}

impl Database {
    /// The open connection, once.
    pub(super) fn connection(&self) -> Option<PgConnection> {
        self.open.lock().ok()?.take()
    }

    /// Says goodbye, if nobody had more questions; without it the server logs a connection reset.
    fn close(&self) {
        if let Some(connection) = self.connection() {
            let _ = wait(async { timeout(GOODBYE, connection.close()).await });
        }
    }
}

/// The servers that the tiers name, asked once each, all at the same time.
pub(super) fn databases(facts: &Facts) -> &[Database] {
    facts.asked(Asked::Databases, |facts| {
        let workspace = facts.workspace();
        servers::ask_all(facts, Protocol::Postgres, |server| {
            ask_one(server, workspace)
        })
    })
}

/// Nobody has more questions: the open connections end with a goodbye.
pub(in crate::doctor) fn farewell(facts: &Facts) {
    let databases: Option<&Vec<Database>> = facts.if_asked(Asked::Databases);
    for database in databases.into_iter().flatten() {
        database.close();
    }
}

fn ask_one(server: Server, workspace: &Workspace) -> Database {
    let asked = wait(postgres::examine(&server.endpoint, LIMIT)).unwrap_or(Err(Refusal::from(
        DatabaseState::Rejected("this system gives us no way to ask".to_owned()),
    )));
    let (state, pooled, open) = match asked {
        Ok((known, connection)) => (Ok(known), false, Some(connection)),
        // Supabase's has no settings that are ours to change.
        Err(refusal) => {
            let ours = !server.endpoint.host.ends_with(".pooler.supabase.com");
            (Err(refusal.state), refusal.pooler && ours, None)
        }
    };
    let strange = matches!(
        state,
        Err(DatabaseState::NotPostgres(_)
            | DatabaseState::HungUp
            | DatabaseState::Silent
            | DatabaseState::AuthFailed)
    );
    let encrypted = state.as_ref().is_ok_and(|known| known.encrypted);
    // A wish for TLS was given up already, and behind a pooler another line is meant.
    let insists = server.endpoint.tls > Tls::Preferred && !pooled;
    let by_rule =
        insists && matches!(&state, Err(DatabaseState::Rejected(why)) if hba::may_take_plain(why));
    let plain = encrypted && server.named.iter().any(|naming| naming.plain) || by_rule;
    let missing = matches!(state, Err(DatabaseState::NoSuchDatabase));
    let creation = missing.then(|| creation(&server)).flatten();
    Database {
        holder: strange.then(|| server.holder(workspace)).flatten(),
        plain: plain.then(|| without_tls(&server)).flatten(),
        creation,
        server,
        state,
        pooled,
        open: Mutex::new(open),
    }
}

fn creation(server: &Server) -> Option<Creation> {
    let asked = postgres::creation(&server.endpoint);
    wait(async { timeout(LIMIT, asked).await.ok().flatten() }).flatten()
}

fn without_tls(server: &Server) -> Option<DatabaseState> {
    let plain = Endpoint {
        tls: Tls::Off,
        ..server.endpoint.clone()
    };
    wait(database::probe(&plain, LIMIT))
}

/// That nothing names a Postgres where there is an API, and who says why, if somebody does.
fn nameless(facts: &Facts) -> &'static str {
    let mut findings = facts.tiers().findings.iter();
    let is_missing = |it: &Finding| {
        let lacks = [
            &check::MISSING,
            &check::EMPTY,
            &check::PLACEHOLDER,
            &check::FILE_MISSING,
        ];
        lacks.iter().any(|rule| it.rule.code == rule.code) && it.severity == Severity::Error
    };
    if findings.any(is_missing) {
        "nothing names a Postgres; env says what is missing"
    } else {
        "nothing names a Postgres"
    }
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let named = servers::find(facts, Protocol::Postgres);
    let nowhere = servers::placeholder(facts, "backend").map(|host| placeholder(facts, &host));
    if let Some(answer) = nowhere {
        return answer;
    }
    if named.is_empty() {
        if let Some(answer) = servers::unread(facts, Protocol::Postgres, &refused::RULES) {
            return servers::with_unfilled(answer, facts, Protocol::Postgres);
        }
        let unfilled = servers::with_unfilled(Answer::default(), facts, Protocol::Postgres);
        return if unfilled.skipped.is_some() {
            unfilled
        } else if facts.stack().api.is_some() {
            Answer::skipped(nameless(facts))
        } else {
            Answer::irrelevant("no tier names a Postgres")
        };
    }
    if let Some(why) = unable() {
        return Answer::skipped(why);
    }
    let databases = databases(facts);
    // What the drivers refuse is put right first: the other ways out build on it.
    let is_to_be_plain = |naming: &Naming| {
        let mut without = databases.iter().filter(
            |it| matches!(&it.state, Err(DatabaseState::TlsFailed(why)) if tls::is_without(why)),
        );
        without.any(|it| it.server.named.contains(naming))
    };
    let of_drivers = driver::judge(facts, &named, &is_to_be_plain);
    let mut answer = driver::handed_on(of_drivers, facts, &named);
    if let Some(nobody) = servers::nobody(named.len(), databases.len()) {
        return if answer.findings.is_empty() {
            nobody
        } else {
            answer.beside(nobody)
        };
    }
    let mut situation = Situation::of(facts, Protocol::Postgres);
    let lacks = |it: &Database| {
        let state = it.state.as_ref().err();
        matches!(
            state,
            Some(
                DatabaseState::NoSuchDatabase
                    | DatabaseState::NoSuchRole
                    | DatabaseState::AuthFailed
                    | DatabaseState::Rejected(_)
                    | DatabaseState::Refused
                    | DatabaseState::Silent
                    | DatabaseState::HungUp
                    | DatabaseState::TimedOut
                    | DatabaseState::NotPostgres(_)
            )
        )
    };
    if situation.managed && databases.iter().any(lacks) {
        situation.learn(facts, Protocol::Postgres);
    }
    for (at, database) in databases.iter().enumerate() {
        answer = match &database.state {
            Ok(known) => {
                let accepted = Accepted {
                    server: &database.server,
                    known,
                    demand: demand(facts),
                    pool: facts
                        .value("backend", pools::SIZE)
                        .and_then(|value| value.parse().ok())
                        .unwrap_or(POOL),
                    bounds: pools::Bounds::of(facts),
                    habits: prepared::habits(facts, &database.server, known),
                    tls: twins::tls(databases, at),
                    user: twins::user(databases, at),
                };
                let environment = facts.questions.environment;
                let answer = accepted.judge(answer, environment);
                let answer = wish::judge(answer, &database.server, known, environment);
                tls::unsaid(answer, database, environment)
            }
            // The driver is told otherwise first: by then another server may be asked for, or another login.
            Err(_) if database.server.is_misread() => answer,
            Err(state) => {
                let environment = facts.questions.environment;
                let meant = stale::judged(database, &named, databases, environment);
                let judged = || known::judged(database, state, databases, &situation);
                let robbed = || robbed::told(database, state, &situation, Taking::of(facts));
                answer.beside(meant.or_else(robbed).unwrap_or_else(judged))
            }
        };
    }
    let environment = facts.questions.environment;
    let read = named.iter().filter(|server| !server.is_misread());
    let read: Vec<Server> = read.cloned().collect();
    let answer = apart::judge(answer, &read, databases, environment);
    let answer = servers::left_out(answer, named.len(), databases.len());
    let answer = servers::by_hand(answer, &named);
    let servers: Vec<&Server> = databases.iter().map(|it| &it.server).collect();
    let answer = servers::with_borrowed(answer, facts, &servers);
    let answer = servers::with_unread(answer, facts, Protocol::Postgres, &refused::RULES);
    servers::with_unfilled(answer, facts, Protocol::Postgres)
}

/// The backend's host is what an example has. The server that `pixcrawler dev` starts will do.
fn placeholder(facts: &Facts, host: &str) -> Answer {
    let message = format!("the backend's {host} is still a placeholder");
    let origin = facts.origin("backend", host);
    let finding = Finding::new(&UNREACHABLE, message)
        .subject(host)
        .note(format!("it stands at {origin}"))
        .note("a URL counts before it: that of the frontend's database, or of the server which pixcrawler dev starts");
    let environment = facts.questions.environment;
    let asked = || place::at("backend", place::DEFAULT, environment, &["DATABASE_URL=-"]);
    let cure = servers::derived(facts, "backend", "DATABASE_URL", place::DEFAULT).or_else(asked);
    servers::mended(Answer::default(), finding, cure, format!("correct {host}"))
}

/// Connections of a pool, and those beyond it, where nothing is set: `SQLAlchemy`'s own.
const POOL: u32 = 5;
const OVERFLOW: u32 = 10;

/// Connections of a process of the worker: one task at a time has one, and one beyond it, whatever the size
/// of its pool.
const TASK: u32 = 2;

fn demand(facts: &Facts) -> Demand {
    let number = |name: &str, default: u32| {
        facts
            .value("backend", name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    };
    let pool = number(pools::SIZE, POOL).saturating_add(number(pools::OVERFLOW, OVERFLOW));
    let workers = if facts.stack().celery.is_some() {
        number("CELERY_WORKER_CONCURRENCY", 2)
    } else {
        0
    };
    let processes = number("WEB_CONCURRENCY", 1);
    Demand {
        pool,
        processes,
        workers,
    }
}

/// Connections that the backend may open.
#[derive(Debug, Clone, Copy)]
struct Demand {
    /// In one process of the API.
    pool: u32,
    processes: u32,
    /// Processes of the worker.
    workers: u32,
}

impl Demand {
    fn total(self) -> u32 {
        self.pool
            .saturating_mul(self.processes)
            .saturating_add(self.of_tasks())
    }

    fn of_tasks(self) -> u32 {
        self.workers.saturating_mul(TASK)
    }
}

#[cfg(test)]
mod tests;
