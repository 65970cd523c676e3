//! A pooler that does not let us in: its own lists and limits decide, whatever the server behind it says.

use crate::diagnostic::{Rule, Severity};
use crate::doctor::Answer;
use crate::service::endpoint::Endpoint;

use super::super::servers::finding;
use super::Database;
use super::rules::{LOGIN, POOLS, TLS};
use super::superuser::{console, on_the_server};

/// Who may ask its console, where it is not known whom it lets in: the name that `PgBouncer` itself has for them.
const ADMIN: &str = "pgbouncer";

/// Where a `PgBouncer` has users and passwords.
const LISTS: &str = "a pooler answers there, and has users and passwords from its own auth_file (PgBouncer: userlist.txt) or auth_query; what it has must be the server's, too";

/// What to know of a refused password.
pub(super) fn of_password(endpoint: &Endpoint) -> String {
    format!(
        "{LISTS}; where they are, asked by one of its admin_users: {}",
        console(endpoint, ADMIN, "SHOW CONFIG")
    )
}

/// What it says for itself; none where the words are others'.
pub(super) fn refused(answer: &Answer, database: &Database, why: &str) -> Option<Answer> {
    let (rule, words, order) = own(why)?;
    let endpoint = &database.server.endpoint;
    let message = format!("the pooler at {} refuses: {why}", endpoint.address());
    let told = finding(rule, &database.server, database.holder.as_ref(), message);
    let told = told.severity(Severity::Error).note(words);
    Some(
        answer
            .clone()
            .problem(told.help(console(endpoint, ADMIN, order))),
    )
}

/// The server behind it refuses a line without TLS, which is the pooler's.
pub(super) fn without_tls(answer: Answer, database: &Database) -> Answer {
    let message = format!(
        "the server behind the pooler at {} refuses it: pg_hba.conf has no line for this user without TLS",
        database.server.endpoint.address()
    );
    let told = finding(&TLS, &database.server, None, message)
        .note("server_tls_sslmode = prefer in the pooler's settings has it use TLS with the server; no URL changes that")
        .note("or a line for the pooler in that server's pg_hba.conf, and SELECT pg_reload_conf(); where it is, asked on that machine:");
    answer.problem(told.help(on_the_server(None, "SHOW hba_file")))
}

/// The rule, what mends it, and what its console is asked.
fn own(why: &str) -> Option<(&'static Rule, &'static str, &'static str)> {
    let full = [
        "max_client_conn",
        "client_connections",
        "connections exceeded",
    ];
    // `login rejected`, `"trust" authentication failed`, `no such user`, `no authentication method`.
    let unknown = ["login rejected", "no such user", "no authentication method"];
    if full.iter().any(|words| why.contains(words)) {
        return Some((
            &POOLS,
            "it has as many clients as its settings allow: raise that (RELOAD in its console makes it count), or end some; who they are, asked by one of its admin_users or stats_users:",
            "SHOW CLIENTS",
        ));
    }
    let by_list = why.ends_with("\" authentication failed");
    (by_list || unknown.iter().any(|words| why.contains(words))).then_some((
        &LOGIN,
        "its auth_file names the users that it takes, and with auth_type = hba its auth_hba_file from where: one of the two lacks a line for us; where they are, asked by one of its admin_users:",
        "SHOW CONFIG",
    ))
}
