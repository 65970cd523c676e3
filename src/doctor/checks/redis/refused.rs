//! A server that is there and takes nobody like us: each reason has a way out of its own.

use crate::doctor::Answer;
use crate::system::cache::CacheState;
use crate::workspace::Environment;

use super::super::servers::{finding, mended};
use super::Cache;
use super::accepted::client;
use super::rules::{LOGIN, UNREACHABLE};
use super::writes::rights;

pub(super) fn refused(
    answer: Answer,
    cache: &Cache,
    state: &CacheState,
    environment: Environment,
) -> Answer {
    let server = &cache.server;
    let endpoint = &server.endpoint;
    let (address, place) = (endpoint.address(), server.place());
    let told = |message: String| finding(&LOGIN, server, cache.holder.as_deref(), message);
    match state {
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
        CacheState::Full => {
            let message =
                format!("Redis at {address} has as many clients as it takes (maxclients)");
            let finding = finding(&UNREACHABLE, server, cache.holder.as_deref(), message)
                .note("client list shows who they are, once one has left; more are let in by this, and by maxclients in its configuration:");
            answer
                .problem(finding.help(format!("{} config set maxclients 10000", client(endpoint))))
        }
        _ => answer,
    }
}
