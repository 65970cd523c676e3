use super::*;

#[test]
fn limits_of_a_role_and_of_a_database_count() {
    let limited = |of_role, of_database| {
        let known = PostgresFacts {
            of_role,
            of_database,
            ..known()
        };
        judged(HERE, Ok(known))
    };
    assert_eq!(limited(Some(34), Some(50)).status(), Status::Pass);
    let small = limited(Some(20), Some(24));
    assert_eq!(
        small.findings[0].message,
        "the backend's pools may open 34 connections, the role `app` at localhost:5433 may have 20"
    );
    assert_eq!(
        small.cures[0].line,
        "pixcrawler env set --tier backend DATABASE_POOL_SIZE=5 DATABASE_MAX_OVERFLOW=3"
    );
    // No pool is small enough.
    let none = limited(Some(20), Some(2));
    assert_eq!(none.cures, []);
    let help = none.findings[0].help.clone().unwrap_or_default();
    assert!(
        help.contains("ALTER DATABASE \"pix\" CONNECTION LIMIT 34"),
        "{help}"
    );
    for (why, sql) in [
        (
            "too many connections for role \"app\"",
            "ALTER ROLE \"app\" CONNECTION LIMIT -1",
        ),
        (
            "too many connections for database \"pix\"",
            "ALTER DATABASE \"pix\" CONNECTION LIMIT -1",
        ),
    ] {
        let hit = judged(HERE, Err(DatabaseState::Rejected(why.to_owned())));
        let help = hit.findings[0].help.clone().unwrap_or_default();
        assert!(help.contains(sql), "{help}");
    }
}

#[test]
fn a_server_without_a_free_connection_takes_no_superuser_either() {
    let told = |url: &str, why: &str| {
        let answer = judged(url, Err(DatabaseState::Rejected(why.to_owned())));
        assert_eq!(answer.findings[0].rule.code, "postgres/connections");
        answer.findings[0].help.clone().unwrap_or_default()
    };
    let full = "sorry, too many clients already";
    assert!(!told(HERE, full).contains("psql"), "{}", told(HERE, full));
    // Elsewhere one can only wait.
    assert!(told(THERE, full).starts_with("psql -h db.example.com"));
    let kept = "remaining connection slots are reserved for non-replication superuser connections";
    assert!(told(HERE, kept).contains("pg_stat_activity"));
}

#[test]
fn a_role_that_is_not_there_is_no_missing_password() {
    let told = |url: &str| {
        let answer = judged(url, Err(DatabaseState::NoSuchRole));
        let finding = answer.findings[0].clone();
        assert_eq!(answer.cures, []);
        (finding.message, finding.help.unwrap_or_default())
    };
    let (message, help) = told("postgresql+asyncpg://root@localhost:5433/pix");
    assert_eq!(message, "Postgres at localhost:5433 has no role `root`");
    assert!(
        help.starts_with("psql -h localhost -p 5433 -U postgres") && help.contains("CREATE ROLE"),
        "{help}"
    );
    let (_, help) = told("postgresql+asyncpg://root@/pix?host=/run/x");
    let wanted = if cfg!(windows) {
        "psql -U postgres -h /run/x"
    } else {
        "sudo -u postgres psql -h /run/x"
    };
    assert!(help.starts_with(wanted), "{help}");
}

#[test]
fn a_name_with_a_fragment_is_not_made() {
    let url = "postgresql+asyncpg://app:pw@localhost:5433/pix#old";
    let answer = judged(url, Err(DatabaseState::NoSuchDatabase));
    assert_eq!(
        answer.findings[0].message,
        "Postgres at localhost:5433 has no database `pix#old`"
    );
    assert_eq!(
        answer.cures,
        [Cure::new(format!("{SET} --part database=pix"))]
    );
}

#[test]
fn a_database_that_a_service_alone_is_given_is_made_by_no_session() {
    let state = DatabaseState::NoSuchDatabase;
    let made_by_us = |origin: &str| {
        let mut database = database(HERE, Err(state.clone()));
        database.server.named[0].origin = origin.to_owned();
        let situation = Situation {
            session: Some(session::Servers {
                ports: vec![5433],
                up: vec![5433],
                running: Vec::new(),
                down: Vec::new(),
                alone: true,
            }),
            ..plain()
        };
        let answer = refused(Answer::default(), &database, &state, &situation);
        answer.cures[0].own.is_some()
    };
    assert!(made_by_us("pixcrawler.toml:3"));
    assert!(!made_by_us("backend/.env:3"));
}

#[test]
fn a_password_that_no_url_has_is_told_with_where_it_is_from() {
    let state = DatabaseState::AuthFailed;
    let mut database = database(HERE, Err(state.clone()));
    database.server.named[0].lent.password = true;
    database.server.named[0].lent.tls = Some("PGSSLMODE");
    let answer = refused(Answer::default(), &database, &state, &plain());
    let notes = answer.findings[0].notes.concat();
    assert!(notes.contains("PGPASSWORD"), "{notes}");
    assert!(notes.contains("PGSSLMODE says whether"), "{notes}");
}

#[test]
fn a_server_of_another_kind_than_a_url_asks_for_is_told() {
    let told = |wish: &str, known: PostgresFacts| {
        let mut database = database(HERE, Ok(known.clone()));
        database.server.named[0].wish = Some(wish.to_owned());
        let environment = Environment::Development;
        let answer = wish::judge(Answer::default(), &database.server, &known, environment);
        assert_eq!(answer.cures, []);
        answer.findings.into_iter().next()
    };
    let standby = || PostgresFacts {
        standby: true,
        ..known()
    };
    for (wish, here, there) in [
        ("any", true, true),
        ("prefer-standby", true, true),
        ("primary", true, false),
        ("read-write", true, false),
        ("read-only", false, true),
        ("standby", false, true),
        ("nonsense", false, false),
    ] {
        let met = (
            told(wish, known()).is_none(),
            told(wish, standby()).is_none(),
        );
        assert_eq!(met, (here, there), "{wish}");
    }
    let finding = told("read-only", known()).expect("a finding");
    assert_eq!(
        finding.message,
        "DATABASE_URL asks for a server that takes no writes (target_session_attrs=read-only), and localhost:5433/pix is a primary that takes writes"
    );
    assert_eq!(
        finding.help,
        Some(format!("{SET} --part target_session_attrs="))
    );
}

#[test]
fn connections_that_are_kept_for_superusers_are_told_apart() {
    let full = PostgresFacts {
        in_use: 98,
        ..known()
    };
    let full = judged(HERE, Ok(full));
    assert_eq!(
        full.findings[0].message,
        "97 of 97 connections to localhost:5433 are in use"
    );
    assert!(
        full.findings[0]
            .notes
            .contains(&"and 1 of the 3 that are kept for superusers".to_owned())
    );
}

#[test]
fn who_is_let_in_only_without_tls_is_told_so() {
    let why = "no pg_hba.conf entry for host \"10.0.0.7\", user \"app\", database \"pix\", SSL encryption";
    let state = DatabaseState::Rejected(why.to_owned());
    let asked = |url: &str, without_tls| {
        let mut database = database(url, Err(state.clone()));
        database.plain = Some(without_tls);
        refused(Answer::default(), &database, &state, &plain())
    };
    let accepts = || DatabaseState::Accepts {
        version: None,
        latency: Duration::ZERO,
    };
    let cure = format!("{SET} --part ssl=disable");
    let here = asked(HERE, accepts());
    assert_eq!(here.findings[0].rule.code, "postgres/tls");
    assert_eq!(here.cures, [Cure::new(cure.clone())]);
    // Elsewhere that gives something away.
    let there = asked(THERE, accepts());
    assert_eq!(there.cures, []);
    assert_eq!(there.findings[0].help, Some(cure));
    let nobody = asked(HERE, DatabaseState::TlsRequired);
    assert_eq!(nobody.cures, []);
    let notes = nobody.findings[0].notes.concat();
    assert!(
        notes.contains("host pix app 10.0.0.7/32 scram-sha-256"),
        "{notes}"
    );
}

#[test]
fn the_way_out_is_for_all_who_name_a_server() {
    let state = DatabaseState::Unreachable("no such host".to_owned());
    let mut database = database(HERE, Err(state.clone()));
    database.server.named.push(Naming {
        tier: "frontend".to_owned(),
        variable: "POSTGRES_URL".to_owned(),
        origin: "frontend/.env:3".to_owned(),
        ..Naming::default()
    });
    let answer = refused(Answer::default(), &database, &state, &plain());
    let both = format!("{SET}=- && pixcrawler env set --file frontend/.env POSTGRES_URL=-");
    assert_eq!(answer.cures, [Cure::asking(both)]);
}

#[test]
fn what_a_pooler_refuses_is_mended_at_the_pooler_or_behind_it() {
    let asked = |why: &str| {
        let state = DatabaseState::Rejected(why.to_owned());
        let mut database = database(HERE, Err(state.clone()));
        database.pooled = true;
        let answer = refused(Answer::default(), &database, &state, &plain());
        assert_eq!(answer.cures, [], "{why}");
        let finding = answer.findings[0].clone();
        (
            finding.rule.code,
            finding.message,
            finding.help.unwrap_or_default(),
        )
    };
    let console = "psql -h localhost -p 5433 -U pgbouncer -d pgbouncer -c";
    for (why, rule, who, help) in [
        (
            "no more connections allowed (max_client_conn)",
            "postgres/connections",
            "the pooler",
            format!("{console} 'SHOW CLIENTS'"),
        ),
        (
            "login rejected",
            "postgres/login",
            "the pooler",
            format!("{console} 'SHOW CONFIG'"),
        ),
        (
            "\"trust\" authentication failed",
            "postgres/login",
            "the pooler",
            format!("{console} 'SHOW CONFIG'"),
        ),
        (
            "too many connections for role \"app\"",
            "postgres/connections",
            "the server behind the pooler",
            remedy_on_the_server("ALTER ROLE \"app\" CONNECTION LIMIT -1"),
        ),
        (
            "no pg_hba.conf entry for host \"10.0.0.7\", user \"app\", database \"pix\", SSL encryption",
            "postgres/login",
            "the server behind the pooler",
            remedy_on_the_server("SHOW hba_file"),
        ),
    ] {
        let (code, message, told) = asked(why);
        assert_eq!((code, told), (rule, help), "{why}");
        assert!(message.starts_with(who), "{message}");
    }
    let state = DatabaseState::AuthFailed;
    let mut database = database(HERE, Err(state.clone()));
    database.pooled = true;
    let answer = refused(Answer::default(), &database, &state, &plain());
    let notes = answer.findings[0].notes.concat();
    assert!(
        notes.contains("auth_file") && !notes.contains("ALTER ROLE"),
        "{notes}"
    );
}

fn remedy_on_the_server(sql: &str) -> String {
    super::superuser::on_the_server(None, sql)
}

#[test]
fn a_superuser_who_is_refused_is_led_past_what_refuses() {
    let why =
        "no pg_hba.conf entry for host \"::1\", user \"postgres\", database \"pix\", no encryption";
    let state = DatabaseState::Rejected(why.to_owned());
    let asked = |url: &str| {
        let database = database(url, Err(state.clone()));
        let answer = refused(Answer::default(), &database, &state, &plain());
        answer.findings[0].help.clone().unwrap_or_default()
    };
    assert_eq!(
        asked("postgresql+asyncpg://postgres:pw@localhost:5433/pix"),
        super::superuser::on_the_server(Some(5433), "SHOW hba_file")
    );
    let by_port = asked("postgresql+asyncpg://postgres:pw@/pix?host=/run/postgresql");
    assert!(by_port.starts_with("psql -h 127.0.0.1 "), "{by_port}");
}

#[test]
fn a_file_of_passwords_that_others_may_read_is_closed() {
    let state = DatabaseState::AuthFailed;
    let url = "postgresql+asyncpg://app@localhost:5433/pix";
    let mut database = database(url, Err(state.clone()));
    database.server.named[0].ignored = Some("/home/me/.pgpass".to_owned());
    let answer = refused(Answer::default(), &database, &state, &plain());
    assert_eq!(answer.cures, [Cure::new("chmod 600 /home/me/.pgpass")]);
    let notes = answer.findings[0].notes.concat();
    assert!(notes.contains("/home/me/.pgpass has it"), "{notes}");
}

#[test]
fn a_refused_password_may_be_of_nobody() {
    let answer = judged(HERE, Err(DatabaseState::AuthFailed));
    let notes = answer.findings[0].notes.concat();
    let other = format!("where `app` is misspelt, name the right one: {SET} --part user=-");
    assert!(notes.contains(&other), "{notes}");
}

#[test]
fn a_url_gets_no_password_without_a_host() {
    let state = DatabaseState::AuthFailed;
    let cures = |host: &str| {
        let mut database = database("postgresql+asyncpg:///pix", Err(state.clone()));
        let naming = &mut database.server.named[0];
        naming.hostless = Some(host.to_owned());
        naming.lent.host = Some("PGHOST");
        let answer = refused(Answer::default(), &database, &state, &plain());
        (answer.cures, answer.findings[0].help.clone())
    };
    let (named, _) = cures("127.0.0.1");
    let line = format!("{SET} --part host=127.0.0.1 --part password=-");
    assert_eq!(named, [Cure::asking(line)]);
    let (none, help) = cures("/run/postgresql");
    assert_eq!(none, []);
    assert_eq!(help, Some(remedy::set_here("PGPASSWORD")));
}

#[test]
fn an_address_is_corrected_where_it_is_said() {
    let state = DatabaseState::TimedOut;
    let told = |place: &str| {
        let mut database = database("postgresql+asyncpg:///pix", Err(state.clone()));
        let naming = &mut database.server.named[0];
        (naming.lent.host, naming.lent.port) = (Some("PGHOST"), Some("PGPORT"));
        naming.places = vec![("PGHOST".to_owned(), place.to_owned())];
        let answer = refused(Answer::default(), &database, &state, &plain());
        let says = "PGHOST and PGPORT say host and port, which the URL leaves open";
        let finding = &answer.findings[0];
        assert!(finding.notes.iter().any(|it| it == says), "{finding:?}");
        assert_eq!(finding.subject.as_deref(), Some("PGHOST"));
        (answer.cures, finding.help.clone().unwrap_or_default())
    };
    let (none, help) = told("the process environment");
    assert_eq!((none.len(), help), (0, remedy::set_here("PGHOST")));
    let (cures, _) = told("frontend/.env:3");
    let line = "pixcrawler env set --file frontend/.env PGHOST=-";
    assert_eq!(cures, [Cure::asking(line)]);
}

#[test]
fn a_name_with_codes_in_it_is_not_made() {
    let url = "postgresql+asyncpg://app:pw@localhost:5433/my%20db";
    let answer = judged(url, Err(DatabaseState::NoSuchDatabase));
    let finding = &answer.findings[0];
    assert_eq!(
        finding.message,
        "Postgres at localhost:5433 has no database `my%20db`"
    );
    assert!(finding.notes.concat().contains("`my db`"), "{finding:?}");
    assert_eq!(
        answer.cures,
        [Cure::asking(format!("{SET} --part database=-"))]
    );
}

#[test]
fn a_name_in_a_certificate_is_looked_at_by_each_driver_in_its_way() {
    let state = DatabaseState::TlsFailed(tls_words::ANOTHER_NAME.to_owned());
    let notes = |driver, certified: Option<&str>| {
        let mut database = database(HERE, Err(state.clone()));
        database.server.named[0].driver = driver;
        database.server.endpoint.certified = certified.map(str::to_owned);
        let answer = refused(Answer::default(), &database, &state, &plain());
        answer.findings[0].notes.concat()
    };
    let alone = "verify-ca looks at the authority alone";
    assert!(notes(Driver::Asyncpg, None).contains(alone));
    let js = notes(Driver::PostgresJs, None);
    assert!(!js.contains(alone) && js.contains("as with verify-full"));
    let node = notes(Driver::NodePostgres, None);
    assert!(!node.contains(alone) && node.contains("every sslmode but no-verify"));
    let unnamed = notes(Driver::PostgresJs, Some("localhost"));
    assert!(unnamed.contains("asks for localhost"), "{unnamed}");
}

#[test]
fn the_server_of_the_system_is_started_for_its_own_port_alone() {
    let situation = Situation {
        managed: false,
        start: Some("service postgresql start".to_owned()),
        ..plain()
    };
    let told = |url: &str| {
        let database = database(url, Err(DatabaseState::Refused));
        refused(
            Answer::default(),
            &database,
            &DatabaseState::Refused,
            &situation,
        )
    };
    let usual = told("postgresql+asyncpg://app:pw@localhost/pix");
    assert_eq!(usual.cures, [Cure::new("service postgresql start")]);
    let other = told(HERE);
    assert_ne!(other.cures, usual.cures);
    let note = "set up for port 5433: service postgresql start; if the address is wrong:";
    let notes = other.findings[0].notes.join("\n");
    assert!(notes.contains(note), "{notes}");
}

#[test]
fn of_several_servers_of_the_system_the_one_of_the_port_is_started() {
    let told = |managed, ports: &[u16]| {
        let clusters = ports.iter();
        let clusters = clusters.map(|port| (*port, format!("pg_ctlcluster 15 c{port} start")));
        let situation = Situation {
            managed,
            start: Some("service postgresql start".to_owned()),
            clusters: clusters.collect(),
            ..plain()
        };
        let database = database(HERE, Err(DatabaseState::Refused));
        let state = DatabaseState::Refused;
        refused(Answer::default(), &database, &state, &situation)
    };
    let line = "pg_ctlcluster 15 c5433 start";
    assert_eq!(told(false, &[5432, 5433]).cures, [Cure::new(line)]);
    let notes = |answer: &Answer| answer.findings[0].notes.join("\n");
    let ours = notes(&told(true, &[5432, 5433]));
    assert!(ours.contains(&format!("your own: {line}")), "{ours}");
    // One on another port would be no answer.
    let other = told(false, &[5432, 5434]);
    let note = "is set up for 5432 and 5434, and none for port 5433; if the address is wrong:";
    assert!(notes(&other).contains(note), "{}", notes(&other));
    for answer in [other, told(true, &[5432]), told(true, &[])] {
        let line = answer.findings[0].help.clone().unwrap_or_default();
        let words = notes(&answer);
        let all = format!("{words} {line}");
        assert!(
            !all.contains("service postgresql") && !all.contains("pg_ctl"),
            "{all}"
        );
    }
}
