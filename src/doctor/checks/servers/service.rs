//! A URL of Postgres that leaves its server to a service of libpq.

use crate::doctor::Facts;
use crate::gather::logins::Drivers;
use crate::service::endpoint::{Around, Client, Endpoint, Protocol, names_no_host, service};
use crate::workspace::{Runtime, Tier};

use super::super::place;

/// What of a process' environment names a service.
const VARIABLE: &str = "PGSERVICE";

/// What is said of a service.
pub(super) enum Service {
    /// The URL leaves its server to one: nobody is asked in its place.
    Decides(String),
    /// An env file names one, which does not decide.
    InFile(String),
}

/// Where a URL leaves its server open, and a service is named.
pub(super) fn of(
    facts: &Facts,
    tier: &Tier,
    drivers: Drivers,
    value: &str,
    endpoint: &Endpoint,
) -> Option<Service> {
    // The drivers of Node know none.
    let is_one = endpoint.protocol == Protocol::Postgres && tier.runtime != Runtime::Next;
    let client = drivers.client(value, false).filter(|_| is_one)?;
    let around = Around {
        get: &|name| facts.questions.variables.get(name).cloned(),
        account: None,
        home: None,
    };
    let Some((name, by)) = service(value, client, around) else {
        return in_file(facts, tier, client, value).map(Service::InFile);
    };
    let Endpoint {
        variable, origin, ..
    } = endpoint;
    Some(Service::Decides(format!(
        "{variable} ({origin}) leaves its server to the service `{name}`, by {by}, and is not asked"
    )))
}

/// Settings read files for themselves, and hand nothing on to a driver.
fn in_file(facts: &Facts, tier: &Tier, client: Client, value: &str) -> Option<String> {
    facts.value(&tier.name, VARIABLE)?;
    let origin = facts.origin(&tier.name, VARIABLE);
    place::file(&origin).filter(|_| names_no_host(value, client))?;
    Some(match client {
        Client::Asyncpg => {
            format!(
                "{VARIABLE} ({origin}) does nothing: asyncpg looks at no variable for a service"
            )
        }
        _ => format!(
            "{VARIABLE} ({origin}) counts only where that file is loaded into the process environment, where libpq looks for it"
        ),
    })
}
