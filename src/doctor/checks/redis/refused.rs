//! A server that is there and takes nobody like us: each reason has a way out of its own.

use crate::doctor::Answer;
use crate::service::endpoint::Endpoint;
use crate::system::cache::CacheState;
use crate::text::remedy::quoted;
use crate::workspace::Environment;

use super::super::servers::{finding, mended};
use super::Cache;
use super::accepted::client;
use super::rules::{LOGIN, UNREACHABLE};
use super::writes::{rights, setuser};

/// The way out of a server's `state`; `user` is whom the URL names, where that may be shown.
pub(super) fn refused(
    answer: Answer,
    cache: &Cache,
    state: &CacheState,
    user: Option<&str>,
    environment: Environment,
) -> Answer {
    let server = &cache.server;
    let endpoint = &server.endpoint;
    let (address, place) = (endpoint.address(), server.place());
    let told = |message: String| finding(&LOGIN, server, cache.holder.as_ref(), message);
    match state {
        CacheState::AuthRequired if endpoint.user.is_some() => {
            let message =
                format!("Redis at {address} asks for a password, and a user is given without one");
            let finding = told(message).note(
                "what stands before the `@` without a `:` is a user; a password alone is written redis://:PASSWORD@…",
            );
            let finding = match server.change(environment, "password", "-") {
                Some(both) => finding.note(format!("where it is a user: {}", both.typed())),
                None => finding,
            };
            let cure = server.password_for_user(environment);
            let words = format!("write the password behind a `:` in {place}: redis://:PASSWORD@…");
            mended(answer, finding, cure, words)
        }
        CacheState::AuthFailed if endpoint.password.is_none() => {
            let name = user.map_or_else(|| "its user".to_owned(), |user| format!("`{user}`"));
            let message =
                format!("Redis at {address} asks for a password of {name}, and none is given");
            let finding = match server.change(environment, "user", "") {
                Some(nobody) => told(message).note(format!(
                    "without a user it takes whoever comes; where none is meant: {}",
                    nobody.typed()
                )),
                None => told(message),
            };
            let cure = server.change(environment, "password", "-");
            let words = format!("add the password to {place}: redis://USER:PASSWORD@…");
            mended(answer, finding, cure, words)
        }
        CacheState::AuthFailed => {
            let name = user.map_or_else(String::new, |user| format!(" `{user}`"));
            let message = format!("Redis at {address} refuses the user{name} or its password");
            let finding = match user {
                Some(_) => told(message).note(format!(
                    "it does not say which; a user that is off is let in after {}",
                    setuser(endpoint, &["on"])
                )),
                None => told(message)
                    .note("the user that stands there is the password of another variable"),
            };
            let finding = match server.change(environment, "user", "-") {
                Some(other) => finding.note(format!(
                    "where the user is another one (`acl list` shows them): {}",
                    other.typed()
                )),
                None => finding,
            };
            let cure = server.change(environment, "password", "-");
            let words = format!("correct the user or the password in {place}");
            mended(answer, finding, cure, words)
        }
        CacheState::AuthRequired => {
            let message = format!("Redis at {address} asks for a password, and none is given");
            let cure = server.change(environment, "password", "-");
            let words = format!("add the password to {place}: redis://:PASSWORD@…");
            mended(answer, told(message), cure, words)
        }
        CacheState::NoPassword => {
            let message = format!("Redis at {address} has no password, and one is given");
            let finding = told(message).note("clients that are given one end there with an error");
            let cure = server.change(environment, "password", "");
            mended(
                answer,
                finding,
                cure,
                format!("take the password out of {place}"),
            )
        }
        CacheState::NoRights(why) => {
            let message = format!("Redis at {address} takes the password, and refuses PING: {why}");
            let finding = told(message).note(
                "who administers the server gives rights; all that Celery and caches ask for:",
            );
            answer.problem(finding.help(rights(endpoint)))
        }
        CacheState::Protected => {
            let message = format!(
                "Redis at {address} is in protected mode: without a password it takes nobody from another machine"
            );
            let finding = told(message)
                .note("on that machine: redis-cli config set requirepass PASSWORD, and requirepass in its configuration; then here:");
            let cure = server.change(environment, "password", "-");
            mended(
                answer,
                finding,
                cure,
                format!("add the password to {place}"),
            )
        }
        state => engaged(answer, cache, state),
    }
}

/// What is wrong with a login, where a server that we start ourselves puts it right.
pub(super) fn of_login(cache: &Cache) -> Option<String> {
    let endpoint = &cache.server.endpoint;
    let address = endpoint.address();
    let state = cache.state.as_ref().err()?;
    Some(match state {
        CacheState::AuthRequired if endpoint.user.is_none() => {
            format!("Redis at {address} asks for a password, and none is given")
        }
        CacheState::AuthFailed if endpoint.password.is_some() => {
            let of = if endpoint.user.is_some() {
                "the user or its password"
            } else {
                "the password"
            };
            format!("Redis at {address} refuses {of}")
        }
        CacheState::NoPassword => {
            format!("Redis at {address} has no password, and one is given")
        }
        _ => return None,
    })
}

/// A server that is there and answers nobody at the moment.
fn engaged(answer: Answer, cache: &Cache, state: &CacheState) -> Answer {
    let server = &cache.server;
    let endpoint = &server.endpoint;
    let (address, place) = (endpoint.address(), server.place());
    let told = |message: String| finding(&UNREACHABLE, server, cache.holder.as_ref(), message);
    match state {
        CacheState::Full => {
            let message =
                format!("Redis at {address} has as many clients as it takes (maxclients)");
            let finding = told(message)
                .note("it lets no redis-cli in either: end one of the programs that hold its connections, or start it anew with a larger maxclients in its configuration")
                .note(format!("once one has left, more are let in by {} config set maxclients 10000; on its machine this shows who holds them:", client(endpoint)));
            answer.problem(finding.help(connected(endpoint)))
        }
        CacheState::Busy(words) => {
            let (what, command) = if words.contains("FUNCTION KILL") {
                ("function", "function kill")
            } else {
                ("script", "script kill")
            };
            let message =
                format!("Redis at {address} runs a {what} that does not end, and answers nobody");
            let finding = told(message)
                .note("one that has written is ended only with the server, which then loses what it has not saved: shutdown nosave");
            answer.problem(finding.help(format!("{} {command}", client(endpoint))))
        }
        CacheState::Orphaned => {
            let message = format!(
                "Redis at {address} is a replica whose primary is away, and answers nobody until it is back"
            );
            let finding = told(message)
                .note(format!(
                    "start its primary, or name that in {place}; where this one is to stand alone: {} replicaof no one",
                    client(endpoint)
                ))
                .note("which one that is:");
            answer.problem(finding.help(format!("{} info replication", client(endpoint))))
        }
        _ => answer,
    }
}

/// Shows which programs are connected, on the machine of the server.
fn connected(endpoint: &Endpoint) -> String {
    let port = endpoint.port;
    if endpoint.is_socket() {
        format!("sudo lsof {}", quoted(&endpoint.host))
    } else if cfg!(windows) {
        format!("netstat -ano | findstr :{port}")
    } else {
        format!("sudo lsof -nP -iTCP:{port} -sTCP:ESTABLISHED")
    }
}
