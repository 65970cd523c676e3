//! Uses of Redis that share a database.

use crate::diagnostic::Finding;
use crate::doctor::Answer;
use crate::doctor::checks::servers::{Naming, mended};
use crate::service::endpoint::Protocol;
use crate::text::remedy;
use crate::workspace::Environment;

use super::accepted::too_few;
use super::numbers::Numbers;
use super::rules::SHARED;

/// The variable that says the number, and where it stands.
fn numbered(naming: &Naming) -> String {
    let (variable, origin) = naming.numbered();
    format!("{variable} ({origin})")
}

/// What is said of those that share one, with the number that one of them is to have.
pub(super) fn shared(
    mut answer: Answer,
    numbers: &Numbers<'_>,
    environment: Environment,
) -> Answer {
    for it in &numbers.shared {
        let (one, other) = it.both;
        let message = format!(
            "{} and {} share database {} at {}",
            it.roles.0.word(),
            it.roles.1.word(),
            one.database,
            it.address
        );
        let finding = Finding::new(&SHARED, message)
            .subject(other.numbered().0)
            .note(format!("{} and {}", numbered(one), numbered(other)));
        let Some(free) = numbers.given(it.moves) else {
            answer = answer.problem(too_few(finding, &it.at.server.endpoint, it.at.count()));
            continue;
        };
        let free = free.to_string();
        let cure = it
            .moves
            .change(Protocol::Redis, environment, "database", &free);
        let (variable, origin) = it.moves.numbered();
        let words = format!("give {variable} database {free}, in {origin}");
        let finding = finding.subject(variable);
        answer = match (cure, &it.moves.numbered_by) {
            // It is the process environment's: the number is all that this terminal needs.
            (None, Some((variable, _))) => {
                let line = remedy::set_to(variable, &free);
                answer.problem(finding.note(words).help(line))
            }
            (cure, _) => mended(answer, finding, cure, words),
        };
    }
    answer
}
