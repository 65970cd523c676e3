//! A Postgres that may not read its own files any more: they changed hands while it ran. No other URL helps there.

use crate::doctor::{Answer, Cure};
use crate::gather::occupied::Occupied;
use crate::system::database::DatabaseState;
use crate::text::remedy;
use crate::workspace::STATE;

use super::super::foreign::Taking;
use super::super::servers::{Situation, finding};
use super::Database;
use super::rules::UNREACHABLE;

/// What is told where a server of a session of this workspace says so; none of any other.
pub(super) fn told(
    database: &Database,
    state: &DatabaseState,
    situation: &Situation,
    taking: Taking<'_>,
) -> Option<Answer> {
    let DatabaseState::Rejected(why) = state else {
        return None;
    };
    if database.pooled || !is_of_files(why) {
        return None;
    }
    let server = &database.server;
    let address = server.endpoint.address();
    let message = format!("Postgres at {address} may not read its own files: {why}");
    let finding = finding(&UNREACHABLE, server, database.holder.as_ref(), message).note(
        "as after their owner was changed while it ran: it starts as the one who has them now",
    );
    if let Some(name) = situation.service_at(server) {
        let finding = finding.note(format!("it is `{name}` of the session that runs here"));
        let line = format!("pixcrawler restart {}", remedy::quoted(name));
        return Some(Answer::default().mended_by(finding, Cure::new(line)));
    }
    // Of a session that does not speak to us it is not known which servers it has.
    let is_here = situation.managed && server.endpoint.is_usual_loopback();
    let occupied = taking
        .occupied
        .filter(|it: &&Occupied| it.is_seen() && is_here)?;
    let note = "where the server is of that session, this ends both, and `pixcrawler dev` starts them again";
    Some(
        Answer::default().problem(
            finding
                .note(occupied.in_words(STATE.into()))
                .note(note)
                .help(taking.ended(occupied)),
        ),
    )
}

/// The words of a system that refuses a server its files, as the server hands them on.
fn is_of_files(why: &str) -> bool {
    why.starts_with("could not ") && why.ends_with(": Permission denied")
}
