//! Whom the rules of a server, its `pg_hba.conf`, do not let in: by TLS or without it, or not at all.

use crate::diagnostic::Finding;
use crate::doctor::Answer;
use crate::service::endpoint::Endpoint;
use crate::system::database::DatabaseState;
use crate::workspace::Environment;

use super::super::servers::{finding, is_here, mended};
use super::Database;
use super::rules::{LOGIN, TLS};
use super::superuser::{as_superuser, on_the_server};

/// Why TLS is no way in.
pub(super) const ONLY_PLAIN: &str =
    "a line of its pg_hba.conf begins with hostnossl, or rejects with hostssl";

/// Whether it is the rules that refuse, in the server's words.
pub(super) fn is_rule(why: &str) -> bool {
    why.contains("pg_hba.conf")
}

/// Whether they would take us without TLS, which was used.
pub(super) fn may_take_plain(why: &str) -> bool {
    is_rule(why) && (why.contains("SSL encryption") || why.contains("SSL on"))
}

/// Whether a pooler knows no database of that name, or the server behind it has none: for the one there are
/// words of its own, the other's are handed on without the code that a server gives them.
pub(super) fn unknown_to_pooler(why: &str) -> bool {
    why.starts_with("no such database")
        || why.starts_with("database \"") && why.ends_with("\" does not exist")
}

/// What mends it.
pub(super) fn refused(
    answer: Answer,
    database: &Database,
    why: &str,
    environment: Environment,
) -> Answer {
    let server = &database.server;
    let endpoint = &server.endpoint;
    let address = endpoint.address();
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    if matches!(database.plain, Some(DatabaseState::Accepts { .. })) {
        let message = format!("Postgres at {address} takes `{user}` only without TLS");
        let told = finding(&TLS, server, None, message).note(ONLY_PLAIN);
        let cure = server.encrypt(environment, "disable");
        let words = format!("add ?ssl=disable or ?sslmode=disable to {}", server.place());
        if is_here(endpoint) {
            return mended(answer, told, cure, words);
        }
        let told = told
            .note("better: let it in with TLS there, host or hostssl in that line")
            .note("in a network that you trust; password and data can be read on the way then:");
        return match cure {
            // Not by itself: it gives something away.
            Some(cure) => answer.problem(told.help(cure.typed())),
            None => mended(answer, told, None, words),
        };
    }
    let who = if database.pooled {
        "the server behind the pooler"
    } else {
        "Postgres"
    };
    let message = format!("{who} at {address} refuses: {why}");
    let told = finding(&LOGIN, server, database.holder.as_ref(), message);
    answer.problem(admitting(told, database, why))
}

/// With the line that lets us in, and where it goes.
fn admitting(told: Finding, database: &Database, why: &str) -> Finding {
    let endpoint = &database.server.endpoint;
    let user = endpoint.user.as_deref().unwrap_or("postgres");
    let name = endpoint.database.as_deref().unwrap_or(user);
    let line = if endpoint.is_socket() {
        format!("local {} {} scram-sha-256", word(name), word(user))
    } else {
        format!(
            "host {} {} {} scram-sha-256",
            word(name),
            word(user),
            from(why)
        )
    };
    let way = if database.pooled {
        Way::Behind
    } else if user == "postgres" {
        Way::Machine
    } else {
        Way::Address
    };
    told.note(format!(
        "a line for us in its pg_hba.conf, above any that rejects us: {line}"
    ))
    .note(match way {
        Way::Address => "where that file is, asked by a superuser; SELECT pg_reload_conf() makes it count then:",
        Way::Behind => "where that file is, asked on the machine of the server that the pooler leads to; SELECT pg_reload_conf() makes it count then:",
        Way::Machine => "where that file is, asked on the server's own machine, past what is refused; SELECT pg_reload_conf() makes it count then:",
    })
    .help(match way {
        Way::Address => as_superuser(endpoint, ASKED),
        Way::Behind => on_the_server(None, ASKED),
        // By its port, where it is the socket that is refused.
        Way::Machine if endpoint.is_socket() => {
            let port = Endpoint {
                host: "127.0.0.1".to_owned(),
                ..endpoint.clone()
            };
            as_superuser(&port, ASKED)
        }
        Way::Machine => on_the_server(Some(endpoint.port), ASKED),
    })
}

/// What a superuser asks the server.
const ASKED: &str = "SHOW hba_file";

/// How a superuser gets in.
#[derive(Clone, Copy)]
enum Way {
    /// By the address that we have.
    Address,
    /// That is a pooler's: typed at the server behind it.
    Behind,
    /// It is the superuser who is refused there.
    Machine,
}

/// From where the server sees us come, as its rules write it.
fn from(why: &str) -> String {
    let seen = why
        .split_once("host \"")
        .and_then(|(_, rest)| rest.split('"').next());
    match seen.map(|it| (it, it.parse::<std::net::IpAddr>())) {
        Some((seen, Ok(address))) => {
            format!("{seen}/{}", if address.is_ipv4() { 32 } else { 128 })
        }
        _ => "samenet".to_owned(),
    }
}

/// A name as the rules have it: some words mean more than themselves there.
fn word(name: &str) -> String {
    let plain = name
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || b"_-.".contains(&it));
    if plain && !["all", "sameuser", "samerole", "samegroup", "replication"].contains(&name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_the_address_that_the_server_sees() {
        let why = |host: &str| {
            format!(
                "no pg_hba.conf entry for host \"{host}\", user \"a\", database \"d\", SSL encryption"
            )
        };
        assert_eq!(from(&why("127.0.0.1")), "127.0.0.1/32");
        assert_eq!(from(&why("::1")), "::1/128");
        assert_eq!(from("pg_hba.conf has no line for us"), "samenet");
        assert!(may_take_plain(&why("::1")));
        assert!(!may_take_plain("too many connections for role \"a\""));
        assert_eq!(
            (word("pix"), word("all")),
            ("pix".to_owned(), "\"all\"".to_owned())
        );
    }

    #[test]
    fn a_pooler_hands_on_that_there_is_no_such_database() {
        assert!(unknown_to_pooler("no such database: pix"));
        assert!(unknown_to_pooler("database \"pix\" does not exist"));
        assert!(!unknown_to_pooler("role \"pix\" does not exist"));
    }
}
