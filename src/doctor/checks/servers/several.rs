//! A URL of Postgres with several hosts: whoever reads it goes from one to the next until one lets it in.

use std::time::Duration;

use crate::diagnostic::Finding;
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Cure, Facts};
use crate::env::with_each_host;
use crate::service::endpoint::Endpoint;
use crate::system::database::{self, DatabaseState};
use crate::text::and_list;

use super::{Rules, is_here, mended};

/// How long one of them may take.
const LIMIT: Duration = Duration::from_secs(8);

/// One that was asked.
pub(super) struct Asked {
    address: String,
    state: DatabaseState,
}

/// Asks each of them, all at the same time; those elsewhere not when offline. None where one of them makes no sense.
pub(super) fn ask(facts: &Facts, variable: &str, origin: &str, url: &str) -> Vec<Asked> {
    let each = with_each_host(url);
    let each = each
        .iter()
        .map(|url| Endpoint::postgres(url, variable, origin));
    let Ok(mut each) = each.collect::<Result<Vec<Endpoint>, _>>() else {
        return Vec::new();
    };
    if facts.questions.offline && !each.iter().all(is_here) {
        each.clear();
    }
    std::thread::scope(|scope| {
        let asked: Vec<_> = each
            .iter()
            .map(|endpoint| {
                scope.spawn(move || Asked {
                    address: endpoint.address(),
                    state: wait(database::probe(endpoint, LIMIT)).unwrap_or(DatabaseState::Silent),
                })
            })
            .collect();
        let answered = asked.into_iter().filter_map(|it| it.join().ok());
        answered.collect()
    })
}

/// What became of them; which of those that let us in is used is for whoever reads the URL.
pub(super) fn judge(
    answer: Answer,
    rules: &Rules,
    variable: &str,
    place: &str,
    asked: &[Asked],
    cure: Option<Cure>,
) -> Answer {
    let lets_in = |it: &&Asked| matches!(it.state, DatabaseState::Accepts { .. });
    if let Some(first) = asked.iter().find(lets_in) {
        let count = asked.len();
        return answer.and(format!(
            "{place} names {count} hosts: {} is the first of them that lets us in",
            first.address
        ));
    }
    let each: Vec<String> = asked
        .iter()
        .map(|it| format!("{} {}", it.address, words(&it.state)))
        .collect();
    let message = format!(
        "none of the {} hosts that {place} names lets us in",
        asked.len()
    );
    let finding = Finding::new(rules.unreachable, message)
        .subject(variable)
        .note(and_list(&each))
        .note("start one of them, or name others:");
    mended(answer, finding, cure, format!("correct {variable}"))
}

fn words(state: &DatabaseState) -> String {
    match state {
        DatabaseState::Refused => "refuses connections".to_owned(),
        DatabaseState::NoSocket => "is no socket".to_owned(),
        DatabaseState::Unreachable(why) => format!("cannot be reached ({why})"),
        DatabaseState::TimedOut | DatabaseState::Silent => "does not answer".to_owned(),
        DatabaseState::HungUp => "breaks connections off".to_owned(),
        DatabaseState::NotPostgres(_) => "is no Postgres".to_owned(),
        DatabaseState::Starting => "is starting or stopping".to_owned(),
        DatabaseState::Closed => "lets nobody in".to_owned(),
        DatabaseState::AuthFailed | DatabaseState::NoSuchRole => "refuses the login".to_owned(),
        DatabaseState::NoSuchDatabase => "has no such database".to_owned(),
        DatabaseState::TlsRequired => "insists on TLS".to_owned(),
        DatabaseState::TlsFailed(why)
        | DatabaseState::Behind(why)
        | DatabaseState::Rejected(why) => {
            format!("refuses: {why}")
        }
        DatabaseState::Accepts { .. } => "lets us in".to_owned(),
    }
}
