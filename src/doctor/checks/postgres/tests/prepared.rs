use super::*;
use crate::code::typescript::clients::Prepares;
use crate::doctor::checks::postgres::prepared::Habits;
use crate::gather::clients::Client;

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
        habits: Habits {
            backend_told,
            engines: Vec::new(),
            clients: vec![client],
        },
        tls: Some("no TLS".to_owned()),
        user: None,
    };
    let answer = accepted.judge(Answer::default(), Environment::Development);
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
