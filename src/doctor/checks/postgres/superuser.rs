//! What only somebody may do there who may do everything.

use crate::service::endpoint::Endpoint;
use crate::text::remedy;

/// The command for somebody who may do everything there.
pub(super) fn as_superuser(endpoint: &Endpoint, sql: &str) -> String {
    format!(
        "psql -h {} -p {} -U postgres -d template1 -c {}",
        remedy::quoted(&endpoint.host),
        endpoint.port,
        remedy::quoted(sql)
    )
}

/// The same, each by itself.
pub(super) fn all_as_superuser(endpoint: &Endpoint, orders: &[&str]) -> String {
    let orders: Vec<String> = orders
        .iter()
        .map(|sql| format!(" -c {}", remedy::quoted(sql)))
        .collect();
    format!(
        "psql -h {} -p {} -U postgres -d template1{}",
        remedy::quoted(&endpoint.host),
        endpoint.port,
        orders.concat()
    )
}

/// The same through the socket that the URL names, which takes each account of the system for the user of its
/// name.
pub(super) fn by_socket(endpoint: &Endpoint, sql: &str) -> String {
    let psql = if cfg!(windows) {
        "psql -U postgres"
    } else {
        "sudo -u postgres psql"
    };
    format!(
        "{psql} -h {} -p {} -d template1 -c {}",
        remedy::quoted(&endpoint.host),
        endpoint.port,
        remedy::quoted(sql)
    )
}

/// The same typed on the machine of the server, which takes its own user by its socket where the address that
/// we have is no way in; with the port, where that is the server's own.
pub(super) fn on_the_server(port: Option<u16>, sql: &str) -> String {
    let port = port.map_or_else(String::new, |port| format!(" -p {port}"));
    let psql = if cfg!(windows) {
        "psql -U postgres"
    } else {
        "sudo -u postgres psql"
    };
    format!("{psql}{port} -d template1 -c {}", remedy::quoted(sql))
}

/// The console of a `PgBouncer`, for one of its administrators; `user` is ours where it lets that in.
pub(super) fn console(endpoint: &Endpoint, user: &str, order: &str) -> String {
    format!(
        "psql -h {} -p {} -U {} -d pgbouncer -c {}",
        remedy::quoted(&endpoint.host),
        endpoint.port,
        remedy::quoted(user),
        remedy::quoted(order)
    )
}
