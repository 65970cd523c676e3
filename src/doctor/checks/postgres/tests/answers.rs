use super::super::apart;
use super::*;

/// What is said of the two databases: the notes, and the command.
fn told(api: Asked<'_>, web: Asked<'_>) -> (Vec<String>, String) {
    let all = both(api, web);
    let named: Vec<Server> = all.iter().map(|it| it.server.clone()).collect();
    let answer = apart::judge(Answer::default(), &named, &all, Environment::Development);
    let [finding] = answer.findings.as_slice() else {
        panic!("one finding: {:?}", answer.findings);
    };
    assert_eq!(answer.cures, []);
    let help = finding.help.clone().expect("a command");
    (finding.notes.clone(), help)
}

#[test]
fn the_database_that_answers_is_not_led_to_where_nobody_does() {
    const HERE: &str = "postgresql://u:p@127.0.0.1:5432/app";
    const AWAY: &str = "postgresql+asyncpg://a:b@db.example.com:5432/other";
    let to = |file: &str, variable: &str| {
        format!("pixcrawler env set --file {file} {variable} --part host=")
    };
    for state in [
        DatabaseState::Unreachable("no such host".to_owned()),
        DatabaseState::TimedOut,
        DatabaseState::Refused,
    ] {
        let (notes, help) = told((AWAY, Err(state.clone())), (HERE, Ok(known())));
        assert!(
            help.starts_with(&to("backend/.env", "DATABASE_URL")),
            "{help}"
        );
        assert_eq!(notes, ["the frontend's answers; both to that one:"]);
        let (notes, help) = told((HERE, Ok(known())), (AWAY, Err(state)));
        assert!(
            help.starts_with(&to("frontend/.env", "POSTGRES_URL")),
            "{help}"
        );
        assert_eq!(notes, ["the backend's answers; both to that one:"]);
    }
    // Here it may only not have been started yet, and who refuses a login is there.
    for (api, web) in [
        ((HERE, Err(DatabaseState::Refused)), (AWAY, Ok(known()))),
        ((AWAY, Err(DatabaseState::AuthFailed)), (HERE, Ok(known()))),
        (
            (AWAY, Err(DatabaseState::TimedOut)),
            (HERE, Err(DatabaseState::Refused)),
        ),
    ] {
        let (notes, _) = told(api, web);
        assert_eq!(notes.len(), 2, "{notes:?}");
    }
}
