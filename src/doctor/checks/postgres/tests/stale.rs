use super::super::stale;
use super::*;

fn told(api: (&str, bool), web: (&str, bool)) -> Option<(String, String)> {
    let asked = |(url, answers)| {
        let state = if answers {
            Ok(known())
        } else {
            Err(DatabaseState::Refused)
        };
        (url, state)
    };
    let all = both(asked(api), asked(web));
    let named: Vec<Server> = all.iter().map(|it| it.server.clone()).collect();
    let judged = |it| stale::judged(it, &named, &all, Environment::Development);
    let mut told = all.iter().filter_map(judged);
    let first = told.next()?;
    assert!(told.next().is_none());
    Some((
        first.cures[0].line.clone(),
        first.findings[0].notes.join("; "),
    ))
}

#[test]
fn a_port_that_nobody_answers_at_becomes_the_other_tiers() {
    const OLD: &str = "postgresql://u:p@127.0.0.1:5432/d";
    const NEW: &str = "postgresql+asyncpg://u:p@localhost:5440/d";
    let (line, notes) = told((NEW, false), (OLD, true)).expect("it is stale");
    assert_eq!(
        line,
        "pixcrawler env set --file backend/.env DATABASE_URL --part port=5432"
    );
    let words =
        "the frontend means the same database at 127.0.0.1:5432 (POSTGRES_URL in frontend/.env:3)";
    assert!(notes.contains(words), "{notes}");
    let (line, _) = told((OLD, true), (NEW, false)).expect("it is stale");
    assert_eq!(
        line,
        "pixcrawler env set --file frontend/.env POSTGRES_URL --part port=5432"
    );
    // Nobody answers, both do, or it is another database, another login or another machine.
    for (api, web) in [
        ((NEW, false), (OLD, false)),
        ((NEW, true), (OLD, true)),
        (
            ("postgresql://u:p@localhost:5440/other", false),
            (OLD, true),
        ),
        (("postgresql://u:q@localhost:5440/d", false), (OLD, true)),
        (("postgresql://u:p@db:5440/d", false), (OLD, true)),
    ] {
        assert_eq!(told(api, web), None, "{api:?} {web:?}");
    }
}

#[test]
fn a_database_that_is_not_there_becomes_the_other_tiers() {
    const SLIP: &str = "postgresql+asyncpg://u:p@127.0.0.1:5432/ap";
    const RIGHT: &str = "postgresql://u:p@localhost:5432/app";
    let absent = |url| (url, Err(DatabaseState::NoSuchDatabase));
    let there = |url| (url, Ok(known()));
    let judged = |api, web| {
        let all = both(api, web);
        let named: Vec<Server> = all.iter().map(|it| it.server.clone()).collect();
        let told = |it| stale::judged(it, &named, &all, Environment::Development);
        let told: Vec<Answer> = all.iter().filter_map(told).collect();
        let beside = apart::judge(Answer::default(), &named, &all, Environment::Development);
        let lines = told.iter().map(|it| it.cures[0].line.clone());
        (lines.collect::<Vec<_>>(), beside.findings.len())
    };
    let set = "pixcrawler env set --file";
    assert_eq!(
        judged(absent(SLIP), there(RIGHT)),
        (
            vec![format!(
                "{set} backend/.env DATABASE_URL --part database=app"
            )],
            0
        )
    );
    assert_eq!(
        judged(there(RIGHT), absent(SLIP)),
        (
            vec![format!(
                "{set} frontend/.env POSTGRES_URL --part database=app"
            )],
            0
        )
    );
    // Neither is there yet, or it is another server.
    assert_eq!(judged(absent(SLIP), absent(RIGHT)).0, [""; 0]);
    let elsewhere = "postgresql://u:p@localhost:5440/app";
    assert_eq!(judged(absent(SLIP), there(elsewhere)), (Vec::new(), 1));
}
