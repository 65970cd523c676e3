//! Servers that the session here manages: what it starts anew with is what the env files say.

use super::*;

const START: &str = "pixcrawler dev --servers --detach";

fn running(alone: bool) -> session::Servers {
    session::Servers {
        ports: vec![5433],
        down: Vec::new(),
        up: vec![5433],
        running: vec![("postgres".to_owned(), 5433), ("api".to_owned(), 8000)],
        alone,
    }
}

fn beside(alone: bool) -> Situation {
    Situation {
        session: Some(running(alone)),
        ..plain()
    }
}

/// One that is named elsewhere, too, with another password.
fn of_frontend(password: &str, state: Result<PostgresFacts, DatabaseState>) -> Database {
    let url = format!("postgresql://app:{password}@127.0.0.1:5433/pix");
    let endpoint = Endpoint::postgres(&url, "POSTGRES_URL", "frontend/.env:3").expect("a URL");
    let mut it = database(HERE, state);
    it.server.named = vec![Naming::of(&endpoint, "frontend")];
    it.server.endpoint = endpoint;
    it
}

#[test]
fn a_login_that_our_own_server_refuses_comes_with_its_next_start() {
    let states = [
        DatabaseState::AuthFailed,
        DatabaseState::NoSuchRole,
        DatabaseState::Rejected("role \"app\" is not permitted to log in".to_owned()),
    ];
    for state in states {
        let cures = |alone| judged_beside(Some(running(alone)), HERE, Err(state.clone())).cures;
        assert_eq!(cures(true), [Cure::new(START)], "{state:?}");
        let ends = Cure::ending(format!("pixcrawler stop && {START}"));
        assert_eq!(cures(false), [ends], "{state:?}");
        // Somebody else's asks for what is right there.
        let other = session::Servers {
            ports: vec![5434],
            up: vec![5434],
            ..running(true)
        };
        let cures = judged_beside(Some(other), HERE, Err(state.clone())).cures;
        assert_ne!(cures, [Cure::new(START)], "{state:?}");
    }
}

#[test]
fn a_password_with_which_another_variable_is_let_in_is_taken() {
    let all = [
        database(HERE, Err(DatabaseState::AuthFailed)),
        of_frontend("right", Ok(known())),
    ];
    let like = crate::text::remedy::quoted("frontend:POSTGRES_URL#password");
    let wanted = Cure::new(format!("{SET} --part password --like {like}"));
    for situation in [plain(), beside(true)] {
        let told = known::judged(&all[0], &DatabaseState::AuthFailed, &all, &situation);
        assert_eq!(told.cures, std::slice::from_ref(&wanted));
        assert!(!told.findings[0].notes.concat().contains("VALID UNTIL"));
    }
    // Another user's is another one.
    let mut other = of_frontend("right", Ok(known()));
    other.server.endpoint.user = Some("reader".to_owned());
    let all = [database(HERE, Err(DatabaseState::AuthFailed)), other];
    let told = known::judged(&all[0], &DatabaseState::AuthFailed, &all, &plain());
    assert_ne!(told.cures, [wanted]);
}

#[test]
fn passwords_that_differ_become_one_before_our_own_server_gets_it() {
    let refused = || Err(DatabaseState::AuthFailed);
    let all = [database(HERE, refused()), of_frontend("other", refused())];
    let like = crate::text::remedy::quoted("backend:DATABASE_URL#password");
    let wanted = format!(
        "pixcrawler env set --file frontend/.env POSTGRES_URL --part password --like {like}"
    );
    for one in &all {
        let told = known::judged(one, &DatabaseState::AuthFailed, &all, &beside(true));
        // What the files say counts before the servers are started for it.
        assert_eq!(told.cures, [Cure::new(wanted.clone()), Cure::new(START)]);
        assert_eq!(told.findings[0].help, Some(format!("{wanted} && {START}")));
    }
}

#[test]
fn our_own_server_that_hangs_is_started_again() {
    let told = judged_beside(Some(running(false)), HERE, Err(DatabaseState::Silent));
    assert_eq!(told.cures, [Cure::new("pixcrawler restart postgres")]);
    assert_eq!(
        told.findings[0].message,
        "Postgres at localhost:5433 accepts connections and does not answer within 8 s"
    );
}

#[test]
fn nobody_is_to_end_what_the_session_here_runs() {
    let url = "postgresql+asyncpg://app:pw@localhost:8000/pix";
    let mut stranger = database(url, Err(DatabaseState::NotPostgres(None)));
    stranger.holder = Some(Holder {
        words: "python3 (pid 4711)".to_owned(),
        stop: remedy::end_process(4711),
        session: None,
    });
    let state = DatabaseState::NotPostgres(None);
    let told = refused(Answer::default(), &stranger, &state, &beside(true));
    let notes = told.findings[0].notes.join("\n");
    assert!(
        notes.contains("it is `api` of the session that runs here"),
        "{notes}"
    );
    assert!(!notes.contains(&remedy::end_process(4711)), "{notes}");
}

#[test]
fn data_that_kept_the_server_from_starting_is_told_with_what_helps() {
    let told = |words: &str, afresh: &str, parted| {
        let situation = Situation {
            damaged: vec![crate::doctor::checks::servers::Damaged {
                port: 5433,
                words: words.to_owned(),
                afresh: afresh.to_owned(),
                parted,
            }],
            ..plain()
        };
        let here = database(HERE, Err(DatabaseState::Refused));
        let state = DatabaseState::Refused;
        let told = refused(Answer::default(), &here, &state, &situation);
        assert_eq!(told.cures, []);
        assert_eq!(told.findings[0].help, Some(format!("{afresh} && {START}")));
        told.findings[0].notes.join("\n")
    };
    let words = "its data is damaged or incomplete: no checkpoint";
    let notes = told(words, "mv a a.old", false);
    assert!(
        notes.contains("its last start failed: its data is damaged"),
        "{notes}"
    );
    assert!(notes.contains("starts afresh"), "{notes}");
    let words = crate::service::cause::parted("a", "a.password");
    let notes = told(&words, "rm a.password", true);
    assert!(notes.contains("the data stays"), "{notes}");
    assert!(!notes.contains("afresh"), "{notes}");
}

#[test]
fn a_database_is_made_by_whoever_manages_the_server() {
    let cure = |ports: &[u16], alone| {
        let ports = ports.to_vec();
        let session = Some(session::Servers {
            up: ports.clone(),
            ports,
            down: Vec::new(),
            running: Vec::new(),
            alone,
        });
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
fn a_server_that_was_stopped_in_a_session_is_started_in_it() {
    let cure = |port| {
        let session = Some(session::Servers {
            ports: vec![5433, 6379],
            down: vec![("postgres".to_owned(), port)],
            up: Vec::new(),
            running: Vec::new(),
            alone: false,
        });
        judged_beside(session, HERE, Err(DatabaseState::Refused)).cures
    };
    assert_eq!(cure(5433), [Cure::new("pixcrawler start postgres")]);
    let anew = "pixcrawler dev --servers --detach";
    assert_eq!(cure(5434), [Cure::new(anew)]);
}

#[test]
fn a_session_without_the_server_makes_room_for_one_with_it() {
    let told = |alone| {
        let session = Some(session::Servers {
            ports: vec![6379],
            down: vec![("redis".to_owned(), 6379)],
            up: Vec::new(),
            running: Vec::new(),
            alone,
        });
        judged_beside(session, HERE, Err(DatabaseState::Refused))
    };
    let start = "pixcrawler dev --servers --detach";
    // Servers alone are replaced by those that the env files name now.
    assert_eq!(told(true).cures, [Cure::new(start)]);
    let beside = told(false);
    assert_eq!(
        beside.cures,
        [Cure::ending(format!("pixcrawler stop && {start}"))]
    );
    let notes = beside.findings[0].notes.join("\n");
    assert!(notes.contains("this ends it first"), "{notes}");
}

#[test]
fn what_the_session_here_knows_is_not_asked_for() {
    let of = |running: &[(&str, u16)]| {
        let running: Vec<(String, u16)> = running
            .iter()
            .map(|(name, port)| ((*name).to_owned(), *port))
            .collect();
        let ports: Vec<u16> = running.iter().map(|(_, port)| *port).collect();
        let session = Some(session::Servers {
            ports: ports.clone(),
            down: Vec::new(),
            up: ports,
            running,
            alone: true,
        });
        let state = Err(DatabaseState::NotPostgres(None));
        judged_beside(session, HERE, state).cures
    };
    let port = Cure::new(format!("{SET} --part port=5440"));
    let both = [("redis", 5433), ("postgres", 5440)];
    assert_eq!(of(&both), std::slice::from_ref(&port));
    assert_eq!(of(&[("postgres-5440", 5440)]), [port]);
    // Which of two is meant nobody knows.
    let asked = [Cure::asking(format!("{SET}=-"))];
    for running in [
        &[("redis", 5433)][..],
        &[("postgres", 5440), ("postgres-5450", 5450)],
    ] {
        assert_eq!(of(running), asked);
    }
}

#[test]
fn a_host_that_is_nearly_this_machines_name_is_corrected() {
    let cures = |host: &str| {
        let url = format!("postgresql+asyncpg://app:pw@{host}:5433/pix");
        let why = "Name or service not known".to_owned();
        judged_beside(None, &url, Err(DatabaseState::Unreachable(why))).cures
    };
    let set = SET.to_owned();
    let here = Cure::new(format!("{set} --part host=localhost"));
    assert_eq!(cures("locahost"), std::slice::from_ref(&here));
    assert_eq!(cures("lcoalhost"), [here]);
    let here = Cure::new(format!("{set} --part host=127.0.0.1"));
    for host in ["127.0.0.l", "127.O.0.1", "l27.0.0.1"] {
        assert_eq!(cures(host), std::slice::from_ref(&here), "{host}");
    }
    // An address may be another machine's.
    for host in ["db.example.com", "10.0.0.1", "172.0.0.1"] {
        assert_eq!(cures(host), [Cure::asking(format!("{set}=-"))], "{host}");
    }
}

#[test]
fn a_server_whose_files_changed_hands_is_started_again_and_no_url_changed() {
    use crate::gather::occupied::{By, Occupied};
    use crate::system::access::Owner;
    use crate::toolchain::Installers;

    let installers = Installers::default();
    let theirs = Occupied {
        owner: Some(Owner {
            name: "root".to_owned(),
            is_us: false,
        }),
        by: By::Session(Some(7)),
    };
    let judged = |situation: &Situation, occupied, why: &str| {
        let state = DatabaseState::Rejected(why.to_owned());
        let taking = crate::doctor::checks::foreign::Taking {
            root: "/w".into(),
            installers: &installers,
            occupied,
        };
        let database = database(HERE, Err(state.clone()));
        let told =
            crate::doctor::checks::postgres::robbed::told(&database, &state, situation, taking)?;
        Some((
            told.findings[0].help.clone().unwrap_or_default(),
            told.cures.len(),
        ))
    };
    let why = "could not open file \"global/pg_filenode.map\": Permission denied";
    let told = |line: &str, cures| Some((line.to_owned(), cures));
    let restart = told("pixcrawler restart postgres", 1);
    assert_eq!(judged(&beside(true), None, why), restart);
    let stop = told("sudo pixcrawler stop", 0);
    assert_eq!(judged(&plain(), Some(&theirs), why), stop);
    // Of any other server nothing is known.
    assert_eq!(judged(&plain(), None, why), None);
    let role = "permission denied for database \"pix\"";
    assert_eq!(judged(&beside(true), Some(&theirs), role), None);
}
