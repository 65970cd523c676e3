//! A port that nobody's Redis answers on, while one on the same host answers others: what is meant is most
//! likely that one.

use crate::doctor::{Answer, Cure};
use crate::system::cache::CacheState;
use crate::workspace::Environment;

use super::Cache;

/// The answer with the command that sets the port of the Redis which answers the others.
pub(super) fn offered(
    mut answer: Answer,
    cache: &Cache,
    all: &[Cache],
    environment: Environment,
) -> Answer {
    let Some((cure, beside)) = found(cache, all, environment) else {
        return answer;
    };
    if matches!(cache.state, Err(CacheState::Refused)) {
        // Nobody is there yet: it may be about to be started.
        let note = format!("{beside}; where that one is meant: {}", cure.typed());
        for finding in &mut answer.findings {
            finding.notes.push(note.clone());
        }
        return answer;
    }
    for finding in &mut answer.findings {
        finding.notes.push(format!("{beside}; to use that one:"));
        finding.help = Some(cure.typed());
    }
    answer.cures = vec![cure];
    answer
}

/// The command, and who answers. None where several answer, or the port is a part of a URL with another login, or of
/// one that leads to somebody else: the whole of that is another's.
fn found(cache: &Cache, all: &[Cache], environment: Environment) -> Option<(Cure, String)> {
    let strange = matches!(
        cache.state,
        Err(CacheState::Refused | CacheState::NotRedis | CacheState::HungUp | CacheState::Silent)
    );
    let mut named = cache.server.named.iter();
    let in_parts = named.all(|naming| naming.prefix.is_some());
    let refuses = matches!(cache.state, Err(CacheState::Refused));
    if !strange || !in_parts && !refuses {
        return None;
    }
    let host = |cache: &Cache| cache.server.endpoint.host.replace("localhost", "127.0.0.1");
    let answering: Vec<&Cache> = all
        .iter()
        .filter(|other| other.state.is_ok() && host(other) == host(cache))
        .filter(|other| !other.server.endpoint.is_socket())
        .collect();
    let port = answering.first()?.server.endpoint.port;
    if answering.iter().any(|it| it.server.endpoint.port != port) {
        return None;
    }
    let login = |cache: &Cache| {
        let endpoint = &cache.server.endpoint;
        (endpoint.user.clone(), endpoint.password.clone())
    };
    if !in_parts && !answering.iter().any(|it| login(it) == login(cache)) {
        return None;
    }
    let cure = cache
        .server
        .change(environment, "port", &port.to_string())?;
    let other = &answering.first()?.server;
    let beside = format!(
        "the Redis of {} answers at {}",
        other.named_by(),
        other.endpoint.address()
    );
    Some((cure, beside))
}
