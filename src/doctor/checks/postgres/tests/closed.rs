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
