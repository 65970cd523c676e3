//! Each Postgres that a tier really uses: reachable, logged in, version, TLS, pooler, connections.

mod accepted;
mod apart;
mod driver;
mod refused;
mod rules;
mod tls;

use std::sync::Mutex;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};

use crate::diagnostic::Finding;
use crate::doctor::facts::{Asked, unable, wait};
use crate::doctor::{Answer, Facts};
use crate::gather::session;
use crate::service::endpoint::Protocol;
use crate::system::database::DatabaseState;
use crate::system::postgres::{self, PostgresFacts};

use super::place;
use super::servers::{self, Server, Situation};
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
    /// Who listens there, where it is no Postgres.
    holder: Option<String>,
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
            let _ = wait(async { tokio::time::timeout(GOODBYE, connection.close()).await });
        }
    }
}

/// The servers that the tiers name, asked once each, all at the same time.
pub(super) fn databases(facts: &Facts) -> &[Database] {
    facts.asked(Asked::Databases, |facts| {
        servers::ask_all(facts, Protocol::Postgres, ask_one)
    })
}

/// Nobody has more questions: the open connections end with a goodbye.
pub(in crate::doctor) fn farewell(facts: &Facts) {
    let databases: Option<&Vec<Database>> = facts.if_asked(Asked::Databases);
    for database in databases.into_iter().flatten() {
        database.close();
    }
}

fn ask_one(server: Server) -> Database {
    let asked = wait(postgres::examine(&server.endpoint, LIMIT)).unwrap_or(Err(
        DatabaseState::Rejected("this system gives us no way to ask".to_owned()),
    ));
    let (state, open) = match asked {
        Ok((known, connection)) => (Ok(known), Some(connection)),
        Err(state) => (Err(state), None),
    };
    let strange = matches!(
        state,
        Err(DatabaseState::NotPostgres | DatabaseState::Silent | DatabaseState::AuthFailed)
    );
    Database {
        holder: strange.then(|| server.holder()).flatten(),
        server,
        state,
        open: Mutex::new(open),
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
            return answer;
        }
        return if facts.stack().api.is_some() {
            Answer::skipped("no tier sets a postgresql:// URL; env says what is missing")
        } else {
            Answer::irrelevant("no tier names a Postgres")
        };
    }
    if let Some(why) = unable() {
        return Answer::skipped(why);
    }
    let databases = databases(facts);
    // What the drivers refuse is put right first: the other ways out build on it.
    let mut answer = driver::judge(facts, &named);
    if let Some(nobody) = servers::nobody(named.len(), databases.len()) {
        return if answer.findings.is_empty() {
            nobody
        } else {
            answer.beside(nobody)
        };
    }
    let mut situation = Situation::of(facts, Protocol::Postgres);
    let lacks = |it: &Database| matches!(it.state, Err(DatabaseState::NoSuchDatabase));
    if situation.managed && databases.iter().any(lacks) {
        situation.session = wait(session::servers(facts.workspace())).flatten();
    }
    for database in databases {
        answer = match &database.state {
            Ok(known) => {
                let accepted = Accepted {
                    server: &database.server,
                    known,
                    demand: demand(facts),
                    pool: facts
                        .value("backend", "DATABASE_POOL_SIZE")
                        .and_then(|value| value.parse().ok())
                        .unwrap_or(POOL),
                    // The code switches prepared statements off then.
                    told_of_pooler: facts
                        .value("backend", "DATABASE_CONNECTION_MODE")
                        .is_some_and(|mode| mode == "transaction_pooler"),
                };
                accepted.judge(answer, facts.questions.environment)
            }
            Err(state) => refused(answer, database, state, &situation),
        };
    }
    let environment = facts.questions.environment;
    let answer = apart::judge(answer, &named, databases, environment);
    let answer = servers::left_out(answer, named.len(), databases.len());
    let servers: Vec<&Server> = databases.iter().map(|it| &it.server).collect();
    let answer = servers::with_borrowed(answer, facts, &servers);
    servers::with_unread(answer, facts, Protocol::Postgres, &refused::RULES)
}

/// The backend's host is what an example has. The server that `pixcrawler dev` starts will do.
fn placeholder(facts: &Facts, host: &str) -> Answer {
    let message = format!("the backend's {host} is still a placeholder");
    let origin = facts.origin("backend", host);
    let finding = Finding::new(&UNREACHABLE, message)
        .subject(host)
        .note(format!("it stands at {origin}"))
        .note("a URL counts before it; this one is that of the server which pixcrawler dev starts");
    let environment = facts.questions.environment;
    let url = super::env::local(facts, "backend", "DATABASE_URL");
    let setting = format!("DATABASE_URL={}", url.unwrap_or("-"));
    let cure = place::at("backend", place::DEFAULT, environment, &[&setting]);
    servers::mended(Answer::default(), finding, cure, format!("correct {host}"))
}

/// Connections of a pool, and those beyond it, where nothing is set: `SQLAlchemy`'s own.
const POOL: u32 = 5;
const OVERFLOW: u32 = 10;

fn demand(facts: &Facts) -> Demand {
    let number = |name: &str, default: u32| {
        facts
            .value("backend", name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(default)
    };
    let pool = number("DATABASE_POOL_SIZE", POOL)
        .saturating_add(number("DATABASE_MAX_OVERFLOW", OVERFLOW));
    let workers = if facts.stack().celery.is_some() {
        number("CELERY_WORKER_CONCURRENCY", 2)
    } else {
        0
    };
    let processes = number("WEB_CONCURRENCY", 1).saturating_add(workers);
    Demand { pool, processes }
}

/// Connections that the backend may open.
#[derive(Debug, Clone, Copy)]
struct Demand {
    /// In one process.
    pool: u32,
    processes: u32,
}

impl Demand {
    fn total(self) -> u32 {
        self.pool.saturating_mul(self.processes)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::doctor::checks::servers::Naming;
    use crate::doctor::{Cure, Operation, Status};
    use crate::service::endpoint::Endpoint;
    use crate::system::postgres::Pooler;
    use crate::text::remedy;
    use crate::workspace::Environment;

    const DEMAND: Demand = Demand {
        pool: 15,
        processes: 3,
    };

    fn database(url: &str, state: Result<PostgresFacts, DatabaseState>) -> Database {
        let endpoint = Endpoint::postgres(url, "DATABASE_URL", "backend/.env:14").expect(url);
        let named = vec![Naming {
            asyncpg: true,
            ..Naming::of(&endpoint, "backend")
        }];
        Database {
            server: Server { endpoint, named },
            state,
            holder: None,
            open: Mutex::default(),
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
            identity: "1700000000.123456/16384".to_owned(),
            standby: false,
            read_only: false,
        }
    }

    fn judged(url: &str, state: Result<PostgresFacts, DatabaseState>) -> Answer {
        judged_beside(None, url, state)
    }

    fn judged_beside(
        session: Option<session::Servers>,
        url: &str,
        state: Result<PostgresFacts, DatabaseState>,
    ) -> Answer {
        let situation = Situation {
            session,
            managed: true,
            start: "sudo systemctl start postgresql".to_owned(),
            environment: Environment::Development,
        };
        let database = database(url, state);
        match &database.state {
            Ok(known) => Accepted {
                server: &database.server,
                known,
                demand: DEMAND,
                pool: 5,
                told_of_pooler: false,
            }
            .judge(Answer::default(), Environment::Development),
            Err(state) => refused(Answer::default(), &database, state, &situation),
        }
    }

    const HERE: &str = "postgresql+asyncpg://app:pw@localhost:5433/pix";
    const THERE: &str = "postgresql+asyncpg://app:pw@db.example.com/pix";
    const SET: &str = "pixcrawler env set --file backend/.env DATABASE_URL";

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
        let cure = |state| judged(HERE, Err(state)).cures.remove(0);
        let refused = judged(HERE, Err(DatabaseState::Refused));
        assert_eq!(
            refused.findings[0].message,
            "Postgres at localhost:5433 refuses connections"
        );
        assert_eq!(
            refused.cures,
            [Cure::new("pixcrawler dev --servers --detach")]
        );
        assert_eq!(
            cure(DatabaseState::AuthFailed),
            Cure::asking(format!("{SET} --part password=-"))
        );
        let plain = format!("{HERE}?ssl=disable");
        assert_eq!(
            judged(&plain, Err(DatabaseState::TlsRequired)).cures,
            [Cure::new(format!("{SET} --part ssl=require"))]
        );
        // TLS was offered, and there is none: to insist on it would not help.
        assert!(cure(DatabaseState::TlsRequired).asks);
        assert_eq!(
            cure(DatabaseState::TlsFailed(NO_TLS.to_owned())),
            Cure::new(format!("{SET} --part ssl="))
        );
        let missing = judged(HERE, Err(DatabaseState::NoSuchDatabase));
        assert!(matches!(
            &missing.cures[0].own,
            Some(Operation::CreateDatabase(endpoint)) if endpoint.database.as_deref() == Some("pix")
        ));
        assert!(!format!("{missing:?}").contains("\"pw\""));
    }

    #[test]
    fn a_database_is_made_by_whoever_manages_the_server() {
        let cure = |ports: &[u16], alone| {
            let ports = ports.to_vec();
            let session = Some(session::Servers { ports, alone });
            let answer = judged_beside(session, HERE, Err(DatabaseState::NoSuchDatabase));
            answer.cures.into_iter().next().expect("a way out")
        };
        let anew = "pixcrawler dev --servers --detach";
        assert_eq!(cure(&[6379, 5433], true), Cure::new(anew));
        assert_eq!(
            cure(&[5433], false),
            Cure::ending(format!("pixcrawler stop && {anew}"))
        );
        assert!(cure(&[6379], true).own.is_some());
    }

    #[test]
    fn a_stranger_in_the_way_may_be_ended_too() {
        let mut stranger = database(HERE, Err(DatabaseState::NotPostgres));
        stranger.holder = Some("python3 (pid 4711)".to_owned());
        let situation = |managed| Situation {
            session: None,
            managed,
            start: String::new(),
            environment: Environment::Development,
        };
        let notes = |managed| {
            let state = DatabaseState::NotPostgres;
            let answer = refused(Answer::default(), &stranger, &state, &situation(managed));
            answer.findings[0].notes.join("\n")
        };
        let end = format!(
            "{} && pixcrawler dev --servers --detach",
            remedy::end_process(4711)
        );
        assert!(notes(true).contains(&end), "{}", notes(true));
        assert!(!notes(false).contains(&end));
    }

    const NO_TLS: &str = "server does not support TLS";

    #[test]
    fn no_way_out_asks_for_less_tls_by_itself() {
        let asked = |url: &str, why: &str| {
            let answer = judged(url, Err(DatabaseState::TlsFailed(why.to_owned())));
            assert_eq!(answer.cures, [], "{why}");
            (
                answer.findings[0].clone(),
                answer.findings[0].notes.join("\n"),
            )
        };
        let full = format!("{THERE}?ssl=verify-full");
        let (finding, notes) = asked(&full, "invalid peer certificate: UnknownIssuer");
        assert_eq!(
            finding.help.as_deref(),
            Some(remedy::set_here("PGSSLROOTCERT").as_str())
        );
        assert!(notes.contains("believe whoever answers"), "{notes}");
        let (finding, notes) = asked(&format!("{THERE}?ssl=require"), NO_TLS);
        assert_eq!(finding.help, Some(format!("{SET} --part ssl=")));
        assert!(notes.contains("can be read on the way"), "{notes}");
        let (finding, _) = asked(&full, "invalid peer certificate: Expired");
        assert!(finding.help.is_some_and(|it| it.starts_with("openssl ")));
        // The host is for a person to write.
        let other = DatabaseState::TlsFailed("certificate not valid for name \"x\"".to_owned());
        assert!(judged(&full, Err(other)).cures[0].asks);
    }

    #[test]
    fn a_check_of_certificates_without_authorities_is_one_that_fails() {
        let encrypted = || PostgresFacts {
            encrypted: true,
            ..known()
        };
        let full = judged(&format!("{THERE}?ssl=verify-full"), Ok(encrypted()));
        assert_eq!(full.status(), Status::Fail);
        let help = full.findings[0].help.clone().unwrap_or_default();
        assert!(help.contains("PGSSLROOTCERT"), "{help}");
        assert_eq!(
            judged(&format!("{THERE}?ssl=require"), Ok(encrypted())).status(),
            Status::Pass
        );
    }

    #[test]
    fn plain_connections_elsewhere_poolers_and_pools_warn() {
        let plain = judged(THERE, Ok(known()));
        assert_eq!(plain.findings[0].rule.code, "postgres/tls");
        assert_eq!(
            plain.cures,
            [Cure::new(format!("{SET} --part ssl=require"))]
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
            max_connections: 23,
            ..known()
        };
        let small = judged(HERE, Ok(small));
        assert_eq!(small.findings[0].rule.code, "postgres/connections");
        // Six each for three processes of twenty that are allowed.
        assert_eq!(
            small.cures[0].line,
            "pixcrawler env set --tier backend DATABASE_POOL_SIZE=5 DATABASE_MAX_OVERFLOW=1"
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
