//! An address that nobody answers at, while the other tier has the same database at another port: a second server
//! would begin empty there, and the data is in the first.

use crate::doctor::Answer;
use crate::service::endpoint::Endpoint;
use crate::system::database::DatabaseState;
use crate::workspace::Environment;

use super::super::servers::{Server, finding};
use super::Database;
use super::apart::main;
use super::rules::UNREACHABLE;

/// What is said of such a one, with the command that leads it to where the other tier's is; none of others.
pub(super) fn judged(
    database: &Database,
    named: &[Server],
    all: &[Database],
    environment: Environment,
) -> Option<Answer> {
    if !matches!(database.state, Err(DatabaseState::Refused)) {
        return None;
    }
    let own = &database.server;
    let is_it = |server: &Server| server.endpoint == own.endpoint;
    let [backend, frontend] = ["backend", "frontend"].map(|tier| main(named, tier));
    let (backend, frontend) = (backend?, frontend?);
    let (tier, (other, naming)) = if is_it(backend.0) {
        ("frontend", frontend)
    } else if is_it(frontend.0) {
        ("backend", backend)
    } else {
        return None;
    };
    let answers = |it: &Database| it.state.is_ok() && it.server.endpoint == other.endpoint;
    if !all.iter().any(answers) || !is_elsewhere(&own.endpoint, &other.endpoint) {
        return None;
    }
    let port = other.endpoint.port.to_string();
    let cure = own.change(environment, "port", &port)?;
    let address = own.endpoint.address();
    let message = format!("Postgres at {address} refuses connections");
    let finding = finding(&UNREACHABLE, own, None, message).note(format!(
        "the {tier} means the same database at {} ({} in {}), which answers, and a second server would begin empty; to use that one:",
        other.endpoint.address(),
        naming.variable,
        naming.origin
    ));
    Some(Answer::default().mended_by(finding, cure))
}

/// Whether two addresses of this machine differ by their port alone.
fn is_elsewhere(one: &Endpoint, other: &Endpoint) -> bool {
    one.is_usual_loopback()
        && other.is_usual_loopback()
        && one.port != other.port
        && (&one.user, &one.password, &one.database)
            == (&other.user, &other.password, &other.database)
}
