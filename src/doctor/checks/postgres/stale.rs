//! An address that nobody answers at, while the other tier has the same database at another port, and a database that
//! is not there, while the other tier has one of another name on the same server: what is made for it would begin
//! empty, and the data is in the first.

use crate::doctor::Answer;
use crate::service::endpoint::Endpoint;
use crate::system::database::DatabaseState;
use crate::workspace::Environment;

use super::super::servers::{Server, finding};
use super::Database;
use super::apart::{is_same_server, main};
use super::rules::{LOGIN, UNREACHABLE};

/// What is said of such a one, with the command that leads it to where the other tier's is; none of others.
pub(super) fn judged(
    database: &Database,
    named: &[Server],
    all: &[Database],
    environment: Environment,
) -> Option<Answer> {
    let state = database.state.as_ref().err()?;
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
    if !all.iter().any(answers) {
        return None;
    }
    let address = own.endpoint.address();
    if *state == DatabaseState::NoSuchDatabase {
        let meant = other.endpoint.database.as_deref()?;
        if !is_same_server(&own.endpoint, &other.endpoint) {
            return None;
        }
        let cure = own.change(environment, "database", meant)?;
        let name = own.endpoint.database.as_deref();
        let name = name.or(own.endpoint.user.as_deref()).unwrap_or("postgres");
        let message = format!("Postgres at {address} has no database `{name}`");
        let finding = finding(&LOGIN, own, None, message).note(format!(
            "the {tier} means `{meant}` there ({} in {}), which it has, and a new one would begin empty; to use that one:",
            naming.variable, naming.origin
        ));
        return Some(Answer::default().mended_by(finding, cure));
    }
    if *state != DatabaseState::Refused || !is_elsewhere(&own.endpoint, &other.endpoint) {
        return None;
    }
    let port = other.endpoint.port.to_string();
    let cure = own.change(environment, "port", &port)?;
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
