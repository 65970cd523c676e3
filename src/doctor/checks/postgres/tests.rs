use std::time::SystemTime;

use super::*;
use crate::doctor::checks::servers::{Driver, Naming};
use crate::doctor::{Cure, Operation, Status};
use crate::gather::session;
use crate::system::postgres::Pooler;
use crate::system::tls as tls_words;
use crate::text::remedy;
use crate::workspace::Environment;

mod answers;
mod closed;
mod ours;
mod own;
mod prepared;
mod stale;

const DEMAND: Demand = Demand {
    pool: 15,
    processes: 2,
    workers: 2,
};

/// A URL, and what asking it came to.
type Asked<'a> = (&'a str, Result<PostgresFacts, DatabaseState>);

/// The API's database, and that of the pages.
fn both(api: Asked<'_>, web: Asked<'_>) -> [Database; 2] {
    let asked = |(url, state): Asked<'_>, tier: &str, variable: &str| {
        let endpoint = Endpoint::postgres(url, variable, format!("{tier}/.env:3"));
        let endpoint = endpoint.expect(url);
        let named = vec![Naming::of(&endpoint, tier)];
        Database {
            server: Server { endpoint, named },
            ..database(url, state)
        }
    };
    [
        asked(api, "backend", "DATABASE_URL"),
        asked(web, "frontend", "POSTGRES_URL"),
    ]
}

fn database(url: &str, state: Result<PostgresFacts, DatabaseState>) -> Database {
    let endpoint = Endpoint::postgres(url, "DATABASE_URL", "backend/.env:14").expect(url);
    let named = vec![Naming {
        driver: Driver::Asyncpg,
        ..Naming::of(&endpoint, "backend")
    }];
    Database {
        server: Server { endpoint, named },
        state,
        pooled: false,
        holder: None,
        plain: None,
        creation: None,
        open: Mutex::default(),
    }
}

/// Nothing runs, and `pixcrawler dev` would start a server.
fn plain() -> Situation {
    Situation {
        session: None,
        damaged: Vec::new(),
        clusters: Vec::new(),
        managed: true,
        unmanaged: Vec::new(),
        start: None,
        installed: true,
        environment: Environment::Development,
        of_deployment: false,
    }
}

fn known() -> PostgresFacts {
    PostgresFacts {
        version: "15.18".to_owned(),
        encrypted: false,
        offers_tls: false,
        refuses_tls: false,
        own: false,
        max_connections: 100,
        reserved: 3,
        of_role: None,
        of_database: None,
        in_use: 1,
        clock: 0.0,
        asked: SystemTime::UNIX_EPOCH,
        round_trip: Duration::from_millis(1),
        connected: Duration::from_millis(9),
        pooler: None,
        identity: "1700000000.123456/16384".to_owned(),
        standby: false,
        read_only: false,
        read_only_by: None,
        read_only_file: None,
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
        start: Some("sudo systemctl start postgresql".to_owned()),
        ..plain()
    };
    let database = database(url, state);
    match &database.state {
        Ok(known) => Accepted {
            server: &database.server,
            known,
            demand: DEMAND,
            pool: 5,
            bounds: super::pools::Bounds::default(),
            habits: super::prepared::Habits::default(),
            tls: super::twins::tls(std::slice::from_ref(&database), 0),
            user: None,
        }
        .judge(Answer::default(), Environment::Development),
        Err(state) => refused(Answer::default(), &database, state, &situation),
    }
}

#[test]
fn connections_that_differ_in_tls_alone_have_one_row() {
    let asked = |url: &str, encrypted| {
        let known = PostgresFacts {
            encrypted,
            ..known()
        };
        database(url, Ok(known))
    };
    let mut lent = asked(HERE, true);
    let naming = &mut lent.server.named[0];
    naming.lent.tls = Some("PGSSLMODE");
    naming.places = vec![("PGSSLMODE".to_owned(), "pixcrawler.toml:3".to_owned())];
    let other = asked(&HERE.replace("app:", "other:"), true);
    let all = [asked(HERE, false), other, lent];
    let told: Vec<Option<String>> = (0..3).map(|at| super::twins::tls(&all, at)).collect();
    let both = "no TLS for DATABASE_URL (backend/.env:14), TLS for PGSSLMODE (pixcrawler.toml:3)";
    assert_eq!(told, [Some(both.to_owned()), Some("TLS".to_owned()), None]);
    // Rows that would be the same say who logs in.
    let user = |all: &[Database], at| super::twins::user(all, at).map(str::to_owned);
    assert_eq!(user(&all, 0).as_deref(), Some("app"));
    assert_eq!(user(&all, 1).as_deref(), Some("other"));
    assert_eq!(user(&all[..1], 0), None);
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
    let unknown = judged(HERE, Err(DatabaseState::TlsRequired));
    assert_eq!(unknown.cures, []);
    assert!(
        unknown.findings[0]
            .notes
            .concat()
            .contains("host pix app samenet")
    );
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
    let (finding, notes) = asked(&full, tls_words::UNTRUSTED);
    assert_eq!(
        finding.help.as_deref(),
        Some(remedy::set_here("PGSSLROOTCERT").as_str())
    );
    assert!(notes.contains("believe whoever answers"), "{notes}");
    let (finding, notes) = asked(&format!("{THERE}?ssl=require"), NO_TLS);
    assert_eq!(finding.help, Some(format!("{SET} --part ssl=")));
    assert!(notes.contains("can be read on the way"), "{notes}");
    // No authority would mend these.
    for why in [tls_words::EXPIRED, tls_words::NOT_YET, tls_words::SIGNATURE] {
        let (finding, notes) = asked(&full, why);
        let help = finding.help.unwrap_or_default();
        assert!(help.starts_with("openssl s_client "), "{why}: {help}");
        let clock = why != tls_words::SIGNATURE;
        assert_eq!(notes.contains("--only clock"), clock, "{notes}");
    }
    let (finding, _) = asked(&full, tls_words::AUTHORITY);
    assert!(finding.help.is_some_and(|it| it.contains("CA:FALSE")));
    // The host is for a person to write.
    let other = DatabaseState::TlsFailed(tls_words::ANOTHER_NAME.to_owned());
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
    let offered = PostgresFacts {
        offers_tls: true,
        ..known()
    };
    let plain = judged(&format!("{THERE}?ssl=disable"), Ok(offered));
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
        max_connections: 27,
        ..known()
    };
    let small = judged(HERE, Ok(small));
    assert_eq!(small.findings[0].rule.code, "postgres/connections");
    // The two processes of the worker take four of twenty-four that are allowed: ten each for two of the API.
    assert_eq!(
        small.cures[0].line,
        "pixcrawler env set --tier backend DATABASE_POOL_SIZE=5 DATABASE_MAX_OVERFLOW=5"
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

#[test]
fn tls_is_not_insisted_on_where_there_is_none() {
    // It was asked for, and declined.
    let answer = judged(THERE, Ok(known()));
    assert_eq!(answer.status(), Status::Warn);
    assert_eq!(answer.cures, []);
    let help = answer.findings[0].help.clone().unwrap_or_default();
    assert!(help.contains("ALTER SYSTEM SET ssl = on"), "{help}");
    let own = PostgresFacts {
        own: true,
        ..known()
    };
    assert_eq!(judged(THERE, Ok(own)).status(), Status::Pass);
    // The line from a pooler to its server says nothing about ours.
    let pooler = PostgresFacts {
        pooler: Some(Pooler::Session),
        ..known()
    };
    let answer = judged(THERE, Ok(pooler));
    assert_eq!(answer.findings[0].rule.code, "postgres/tls");
}

#[test]
fn a_worker_takes_two_connections_for_each_of_its_tasks() {
    let small = |max_connections| {
        let known = PostgresFacts {
            max_connections,
            ..known()
        };
        judged(HERE, Ok(known)).status()
    };
    assert_eq!((small(37), small(36)), (Status::Pass, Status::Warn));
}

#[test]
fn who_says_nothing_of_tls_to_node_gets_none() {
    let asked = |url: &str, plain| {
        let encrypted = PostgresFacts {
            encrypted: true,
            offers_tls: true,
            ..known()
        };
        let mut database = database(url, Ok(encrypted));
        database.plain = Some(plain);
        for naming in &mut database.server.named {
            (naming.driver, naming.plain) = (Driver::Other, true);
        }
        tls::unsaid(Answer::default(), &database, Environment::Development)
    };
    let here = "postgresql://app:pw@localhost:5433/pix";
    let refused = asked(here, DatabaseState::TlsRequired);
    assert_eq!(
        refused.findings[0].message,
        "Postgres at localhost:5433 insists on TLS, and DATABASE_URL (backend/.env:14) does not ask for it"
    );
    let cure = Cure::new(format!("{SET} --part sslmode=require"));
    assert_eq!(refused.cures, std::slice::from_ref(&cure));
    let accepts = || DatabaseState::Accepts {
        version: None,
        latency: Duration::ZERO,
    };
    assert_eq!(asked(here, accepts()).findings, []);
    let there = asked("postgresql://app:pw@db.example.com/pix", accepts());
    assert_eq!(there.cures, [cure]);
}

#[test]
fn a_standby_makes_no_database_and_may_be_closed() {
    let mut database = database(HERE, Err(DatabaseState::NoSuchDatabase));
    database.creation = Some(Creation::Standby);
    let situation = plain();
    let state = DatabaseState::NoSuchDatabase;
    let missing = refused(Answer::default(), &database, &state, &situation);
    let cure = Cure::asking(format!("{SET} --part host=-"));
    assert_eq!(missing.cures, std::slice::from_ref(&cure));
    let closed = judged(HERE, Err(DatabaseState::Closed));
    assert_eq!(closed.status(), Status::Fail);
    assert!(closed.findings[0].message.contains("is a standby"));
    assert_eq!(closed.cures, [cure]);
}

#[test]
fn a_pooler_without_transactions_fails() {
    let known = PostgresFacts {
        pooler: Some(Pooler::Statement),
        ..known()
    };
    let answer = judged(HERE, Ok(known));
    assert_eq!(answer.status(), Status::Fail);
    assert_eq!(
        answer.findings[0].message,
        "localhost:5433/pix is a pooler in statement mode: every transaction fails"
    );
    assert_eq!(answer.cures, [Cure::asking(format!("{SET} --part port=-"))]);
}

#[test]
fn who_may_make_no_database_is_led_to_who_may() {
    let mut database = database(HERE, Err(DatabaseState::NoSuchDatabase));
    database.creation = Some(Creation::Barred);
    let situation = plain();
    let state = DatabaseState::NoSuchDatabase;
    let answer = refused(Answer::default(), &database, &state, &situation);
    assert_eq!(answer.cures, []);
    assert_eq!(
        answer.findings[0].help.as_deref(),
        Some(
            "psql -h localhost -p 5433 -U postgres -d template1 -c 'CREATE DATABASE \"pix\" OWNER \"app\"'"
        )
    );
}

#[test]
fn a_password_that_is_not_there_is_not_a_wrong_one() {
    let url = "postgresql+asyncpg://app@localhost:5433/pix";
    let answer = judged(url, Err(DatabaseState::AuthFailed));
    assert_eq!(
        answer.findings[0].message,
        "Postgres at localhost:5433 asks for a password of `app`, and none is given"
    );
    assert_eq!(
        answer.cures,
        [Cure::asking(format!("{SET} --part password=-"))]
    );
}

#[test]
fn dev_starts_no_server_on_another_address_of_loopback() {
    let url = "postgresql+asyncpg://app:pw@127.0.0.2:5433/pix";
    let answer = judged(url, Err(DatabaseState::Refused));
    assert_eq!(
        answer.cures,
        [Cure::new(format!("{SET} --part host=127.0.0.1"))]
    );
}

#[test]
fn a_database_that_a_pooler_does_not_know_is_not_made_on_the_server() {
    for why in ["no such database: pix", "database \"pix\" does not exist"] {
        let answer = judged(HERE, Err(DatabaseState::Rejected(why.to_owned())));
        assert_eq!(
            answer.cures,
            [Cure::asking(format!("{SET} --part database=-"))]
        );
    }
}

#[test]
fn a_stranger_in_the_way_may_be_ended_too() {
    let mut stranger = database(HERE, Err(DatabaseState::NotPostgres(None)));
    stranger.holder = Some(Holder {
        words: "python3 (pid 4711)".to_owned(),
        stop: remedy::end_process(4711),
        session: None,
    });
    let situation = |managed| Situation { managed, ..plain() };
    let notes = |managed| {
        let state = DatabaseState::NotPostgres(None);
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

#[test]
fn the_server_of_another_session_is_ended_with_that() {
    let mut database = database(HERE, Err(DatabaseState::AuthFailed));
    let stop = "pixcrawler stop --workspace /w/other";
    database.holder = Some(Holder {
        words: "postgres (pid 4711)".to_owned(),
        stop: stop.to_owned(),
        session: Some("`postgres` of the session in /w/other".to_owned()),
    });
    let state = DatabaseState::AuthFailed;
    let answer = refused(Answer::default(), &database, &state, &plain());
    let wanted = format!(
        "listening there: postgres (pid 4711), `postgres` of the session in /w/other, which this ends: {stop}"
    );
    assert!(answer.findings[0].notes.contains(&wanted), "{answer:?}");
}
