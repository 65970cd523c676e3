//! Uses of Redis that share a database.

use crate::diagnostic::Finding;
use crate::doctor::Answer;
use crate::doctor::checks::servers::{Naming, Server, mended};
use crate::service::endpoint::Protocol;
use crate::text::remedy;
use crate::workspace::Environment;

use super::Role;
use super::accepted::too_few;
use super::rules::SHARED;

/// The last database of a Redis whose configuration says nothing of them.
pub(super) const LAST: u16 = 15;

/// The variable that says the number, and where it stands.
fn numbered(naming: &Naming) -> String {
    let (variable, origin) = naming.numbered();
    format!("{variable} ({origin})")
}

/// Uses that must not share a database: all but the broker and its results, whose keys never meet.
/// Beside each server stands how many databases it has, where they are fewer than usual.
pub(super) fn shared(
    mut answer: Answer,
    servers: &[(&Server, Option<u16>)],
    environment: Environment,
) -> Answer {
    let place = |server: &Server| server.endpoint.address().replace("localhost", "127.0.0.1");
    let mut uses: Vec<(String, u16, Role, &Naming)> = servers
        .iter()
        .flat_map(|(server, _)| {
            server.named.iter().map(|naming| {
                (
                    place(server),
                    naming.database,
                    Role::of(&naming.variable),
                    naming,
                )
            })
        })
        .filter(|(_, _, role, _)| *role != Role::Other)
        .collect();
    uses.sort_by_key(|(address, database, role, naming)| {
        (address.clone(), *database, *role, naming.variable.clone())
    });
    let mut told: Vec<(Role, Role)> = Vec::new();
    for (at, (address, database, role, naming)) in uses.iter().enumerate() {
        for (other_address, other_database, other_role, other) in uses.iter().skip(at + 1) {
            let pair = (*role, *other_role);
            let harmless = pair.0 == pair.1 || pair == (Role::Broker, Role::Result);
            if address != other_address
                || database != other_database
                || harmless
                || told.contains(&pair)
            {
                continue;
            }
            told.push(pair);
            let message = format!(
                "{} and {} share database {database} at {address}",
                role.word(),
                other_role.word()
            );
            let finding = Finding::new(&SHARED, message)
                .subject(other.numbered().0)
                .note(format!("{} and {}", numbered(naming), numbered(other)));
            let taken: Vec<u16> = uses
                .iter()
                .filter(|(of, ..)| of == address)
                .map(|(_, database, ..)| *database)
                .collect();
            let at = servers
                .iter()
                .find(|(server, _)| server.named.iter().any(|it| it == *naming));
            let has = at.and_then(|(_, has)| *has).unwrap_or(LAST + 1);
            let Some(free) = (0..has).find(|number| !taken.contains(number)) else {
                answer = answer.problem(match at {
                    Some((server, _)) => too_few(finding, &server.endpoint, has),
                    None => finding,
                });
                continue;
            };
            let free = free.to_string();
            // A broker has more than one name, as a rule: the other use moves.
            let other = match (role, other_role) {
                (Role::Broker | Role::Result, _) => other,
                (_, Role::Broker | Role::Result) => naming,
                _ => other,
            };
            let cure = other.change(Protocol::Redis, environment, "database", &free);
            let (variable, origin) = other.numbered();
            let words = format!("give {variable} database {free}, in {origin}");
            let finding = finding.subject(variable);
            answer = match (cure, &other.numbered_by) {
                // It is the process environment's: the number is all that this terminal needs.
                (None, Some((variable, _))) => {
                    let line = remedy::set_to(variable, &free);
                    answer.problem(finding.note(words).help(line))
                }
                (cure, _) => mended(answer, finding, cure, words),
            };
        }
    }
    answer
}
