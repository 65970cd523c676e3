use super::*;
use crate::code::python::Bears;
use crate::code::typescript::clients::Prepares;
use crate::doctor::checks::postgres::prepared::Habits;
use crate::gather::clients::Client;
use crate::gather::engines::Engine;

/// What both tiers are told who name one pooler.
fn told(url: &str, backend_told: bool, prepares: Prepares) -> Vec<(String, String, String)> {
    let client = Client {
        variables: vec!["POSTGRES_URL".to_owned()],
        is_unread: false,
        prepares,
        file: "frontend/lib/db.ts".into(),
        line: 4,
    };
    told_with(url, backend_told, client).1
}

/// The messages, and what goes with each.
fn told_with(
    url: &str,
    backend_told: bool,
    client: Client,
) -> (Vec<String>, Vec<(String, String, String)>) {
    let habits = Habits {
        backend_told,
        clients: vec![client],
        ..Habits::default()
    };
    let answer = judged_with(url, habits);
    let messages = answer
        .findings
        .iter()
        .map(|it| it.message.clone())
        .collect();
    let findings = answer.findings.into_iter().map(|it| {
        let help = it.help.unwrap_or_default();
        (it.subject.unwrap_or_default(), it.notes[0].clone(), help)
    });
    (messages, findings.collect())
}

fn judged_with(url: &str, habits: Habits) -> Answer {
    let facts = PostgresFacts {
        pooler: Some(Pooler::Transaction),
        own: true,
        ..known()
    };
    let mut database = database(url, Ok(facts.clone()));
    let of_web = Endpoint::postgres(url, "POSTGRES_URL", "frontend/.env:3").expect(url);
    let of_web = Naming {
        driver: Driver::PostgresJs,
        ..Naming::of(&of_web, "frontend")
    };
    database.server.named.push(of_web);
    let accepted = Accepted {
        server: &database.server,
        known: &facts,
        demand: DEMAND,
        pool: 5,
        bounds: super::super::pools::Bounds::default(),
        habits,
        tls: Some("no TLS".to_owned()),
        user: None,
    };
    accepted.judge(Answer::default(), Environment::Development)
}

#[test]
fn an_engine_is_told_the_least_that_its_asyncpg_needs() {
    const LITTLE: &str = "or keep this one, with \"statement_cache_size\": 0 among";
    const ALL: &str = "or keep this one, with \"statement_cache_size\": 0, \"prepared_statement_cache_size\": 0 and a";
    let notes = |bears, is_named, parses_anew, is_uncached| {
        let engine = Engine {
            bears,
            is_named,
            file: "backend/db.py".into(),
            line: 4,
        };
        let habits = Habits {
            engines: vec![engine],
            parses_anew,
            is_uncached,
            ..Habits::default()
        };
        let answer = judged_with("postgresql+asyncpg://u:p@h:6432/d", habits);
        answer.findings.first().map(|it| it.notes.join("\n"))
    };
    for (bears, is_uncached, parses_anew) in [
        (Bears::Always, false, Some(false)),
        (Bears::Unnamed, false, Some(true)),
        (Bears::Unnamed, false, None),
        (Bears::Uncached, true, None),
    ] {
        let told = notes(bears, false, parses_anew, is_uncached);
        assert_eq!(told, None, "{bears:?}");
    }
    for (bears, is_named, parses_anew, way) in [
        (Bears::Never, false, Some(true), LITTLE),
        (Bears::Never, true, Some(true), ALL),
        (Bears::Never, false, Some(false), ALL),
        (Bears::Never, false, None, ALL),
        (Bears::Unnamed, false, Some(false), ALL),
        (Bears::Uncached, true, Some(true), ALL),
    ] {
        let told = notes(bears, is_named, parses_anew, false).expect("a finding");
        assert!(told.contains(way), "{bears:?}: {told}");
    }
}

#[test]
fn of_a_client_that_nothing_tells_the_url_of_no_more_is_said_than_is_known() {
    let client = Client {
        variables: vec!["POSTGRES_URL".to_owned()],
        is_unread: true,
        prepares: Prepares::Yes,
        file: "frontend/lib/db.ts".into(),
        line: 4,
    };
    let url = "postgres://u:p@aws-0-eu.pooler.supabase.com:6543/postgres";
    let (messages, rest) = told_with(url, true, client);
    assert_eq!(messages.len(), 1, "{messages:?}");
    let words = "if its URL, which the code there does not tell, is this one";
    assert!(messages[0].contains(words), "{messages:?}");
    // The port is changed by nobody who does not know that it is this one.
    let open = crate::text::remedy::open_at("frontend/lib/db.ts", 4);
    assert_eq!(rest[0].2, open);
}

#[test]
fn each_tier_is_told_what_mends_its_own_url() {
    const WEB: &str = "pixcrawler env set --file frontend/.env POSTGRES_URL";
    let one = |subject: &str, note: &str, help: String| (subject.to_owned(), note.to_owned(), help);
    let backend = |help: String| {
        one(
            "DATABASE_URL",
            "named by DATABASE_URL (backend/.env:14)",
            help,
        )
    };
    let web = |help: String| {
        one(
            "POSTGRES_URL",
            "named by POSTGRES_URL (frontend/.env:3)",
            help,
        )
    };
    let open = "${EDITOR:-vi} +4 frontend/lib/db.ts".to_owned();
    assert_eq!(
        told(HERE, false, Prepares::Yes),
        [backend(format!("{SET} --part port=-")), web(open)]
    );
    for quiet in [Prepares::No, Prepares::Unclear] {
        let told = told(HERE, false, quiet);
        assert_eq!(told, [backend(format!("{SET} --part port=-"))]);
    }
    assert_eq!(told(HERE, true, Prepares::No), []);
    // Its session pooler is known.
    let supabase = "postgresql://app:pw@aws-0-eu.pooler.supabase.com:6543/postgres";
    assert_eq!(
        told(supabase, true, Prepares::Yes),
        [web(format!("{WEB} --part port=5432"))]
    );
}
