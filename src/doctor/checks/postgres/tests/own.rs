//! What is wrong with one URL alone of those that lead to a server.

use super::*;

/// A server that both tiers name, and the backend's naming of it.
fn shared() -> Database {
    let mut database = database(HERE, Ok(known()));
    database.server.named.push(Naming {
        tier: "frontend".to_owned(),
        variable: "POSTGRES_URL".to_owned(),
        origin: "frontend/.env:3".to_owned(),
        driver: Driver::PostgresJs,
        ..Naming::default()
    });
    database
}

fn by(answer: &Answer) -> Vec<&str> {
    let notes = answer.findings.iter().flat_map(|it| &it.notes);
    let by = notes.filter_map(|note| note.strip_prefix("named by "));
    by.collect()
}

#[test]
fn it_is_named_by_that_one() {
    let environment = Environment::Development;
    let mut database = shared();
    database.server.named[1].wish = Some("standby".to_owned());
    let answer = wish::judge(Answer::default(), &database.server, &known(), environment);
    assert_eq!(by(&answer), ["POSTGRES_URL (frontend/.env:3)"]);

    let mut database = shared();
    database.server.named[1].plain = true;
    database.plain = Some(DatabaseState::TlsRequired);
    let answer = tls::unsaid(Answer::default(), &database, environment);
    assert_eq!(by(&answer), ["POSTGRES_URL (frontend/.env:3)"]);

    let mut database = shared();
    database.server.endpoint.tls = Tls::Verified;
    let answer = tls::authorities(Answer::default(), &database.server);
    assert_eq!(by(&answer), ["DATABASE_URL (backend/.env:14)"]);
}
