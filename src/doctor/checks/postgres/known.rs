//! A login that a server refuses, of which other variables that lead there say more.

use crate::doctor::Answer;
use crate::system::database::DatabaseState;

use super::super::servers::{self, Situation, finding};
use super::rules::LOGIN;
use super::{Database, refused};

/// What is wrong with a server that does not let us in, beside what became of all the others.
pub(super) fn judged(
    database: &Database,
    state: &DatabaseState,
    all: &[Database],
    situation: &Situation,
) -> Answer {
    let answer = || refused(Answer::default(), database, state, situation);
    if *state != DatabaseState::AuthFailed || database.pooled {
        return answer();
    }
    let server = &database.server;
    let endpoint = &server.endpoint;
    let let_in = all.iter().filter(|it| it.state.is_ok());
    let known = let_in.map(|it| &it.server).find_map(|other| {
        let cure = servers::known_password(server, other, situation.environment)?;
        Some((other, cure))
    });
    if let Some((other, cure)) = known {
        let user = endpoint.user.as_deref().unwrap_or("postgres");
        let message = format!(
            "Postgres at {} refuses the password of `{user}`",
            endpoint.address()
        );
        let holder = database.holder.as_ref();
        let finding = finding(&LOGIN, server, holder, message).note(format!(
            "with that of {} it lets the same user in; to take that one:",
            other.named_by()
        ));
        return Answer::default().mended_by(finding, cure);
    }
    let named = all.iter().map(|it| &it.server);
    match servers::alike(server, named, situation) {
        Some(cures) => servers::with_cures(answer(), cures),
        None => answer(),
    }
}
