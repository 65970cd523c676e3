//! Servers that somebody else runs: whether they accept what the URLs say.

use std::time::Duration;

use camino::Utf8Path;

use crate::diagnostic::Finding;
use crate::gather::{certificates, neighbour};
use crate::service::endpoint::{Endpoint, Protocol};
use crate::service::ports;
use crate::system::cache::{self, CacheState};
use crate::system::database::{self, DatabaseState};
use crate::system::net;
use crate::workspace::Workspace;

/// A server on this machine that does not answer within this time counts as not there.
const ANSWER: Duration = Duration::from_secs(2);

/// By what two URLs of this machine lead to one server: a port, and an address where it is a single one.
pub(super) fn place(endpoint: &Endpoint) -> String {
    if endpoint.is_usual_loopback() {
        endpoint.port.to_string()
    } else {
        endpoint.address()
    }
}

/// Asks the servers that are there whether they accept what the URLs say.
pub(super) fn refusals(workspace: &Workspace, present: &[&Endpoint]) -> Vec<(String, Finding)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return Vec::new();
    };
    let ask = async {
        let mut refusals: Vec<(&Endpoint, String, Finding)> = Vec::new();
        for endpoint in present {
            let why = match endpoint.protocol {
                Protocol::Postgres => {
                    postgres_refusal(&database::probe(endpoint, ANSWER).await, endpoint)
                }
                Protocol::Redis => {
                    let backend = Utf8Path::new("backend");
                    let placed = certificates::placed(workspace, backend, (*endpoint).clone());
                    redis_refusal(&cache::probe(&placed, ANSWER).await)
                }
            };
            let Some(why) = why else { continue };
            // One reason, one finding, however many variables lead to it.
            if let Some((.., finding)) = refusals
                .iter_mut()
                .find(|(known, reason, _)| place(known) == place(endpoint) && *reason == why)
            {
                finding.notes.push(format!(
                    "{} at {} leads there too",
                    endpoint.variable, endpoint.origin
                ));
                continue;
            }
            let holder = net::holder(endpoint.port);
            let of = holder
                .as_ref()
                .and_then(|it| neighbour::of(workspace, it.pid));
            let holder = holder.map(|it| format!("{} (pid {}): {}", it.name, it.pid, it.command));
            let finding = ports::server_refuses(endpoint, &why, holder.as_deref(), of.as_ref());
            refusals.push((endpoint, why, finding));
        }
        refusals
            .into_iter()
            .map(|(endpoint, _, finding)| (endpoint.variable.clone(), finding))
            .collect()
    };
    runtime.block_on(ask)
}

/// What is said of a server that takes a connection, and no more.
const SILENT: &str = "accepts connections and does not answer: it hangs, or something else listens";

/// The same of one that takes a connection and gives it up.
const HUNG_UP: &str =
    "accepts connections and breaks them off: it is ending, or something else listens";

fn postgres_refusal(state: &DatabaseState, endpoint: &Endpoint) -> Option<String> {
    Some(match state {
        DatabaseState::Accepts { .. } => return None,
        DatabaseState::Silent => SILENT.to_owned(),
        DatabaseState::HungUp => HUNG_UP.to_owned(),
        DatabaseState::NotPostgres(None) => {
            "is not a Postgres: something else listens there".to_owned()
        }
        DatabaseState::NotPostgres(Some(who)) => format!("is not a Postgres, but {who}"),
        DatabaseState::AuthFailed => format!(
            "refuses the password of `{}`",
            endpoint.user.as_deref().unwrap_or("postgres")
        ),
        DatabaseState::NoSuchRole => format!(
            "has no role `{}`",
            endpoint.user.as_deref().unwrap_or("postgres")
        ),
        DatabaseState::NoSuchDatabase => format!(
            "has no database `{}`",
            endpoint
                .database
                .as_deref()
                .or(endpoint.user.as_deref())
                .unwrap_or("postgres")
        ),
        DatabaseState::TlsRequired => {
            "insists on TLS: add ?ssl=require for asyncpg, ?sslmode=require for all others"
                .to_owned()
        }
        DatabaseState::TlsFailed(why) => format!("fails at TLS: {why}"),
        DatabaseState::Starting => "is starting, or recovering".to_owned(),
        DatabaseState::Behind(why) => format!("has no server behind it: {why}"),
        DatabaseState::Closed => "is a standby that lets nobody in: name its primary".to_owned(),
        DatabaseState::Rejected(why) => format!("refuses: {why}"),
        DatabaseState::Refused => "refuses connections".to_owned(),
        DatabaseState::NoSocket => "is not there: no such socket".to_owned(),
        DatabaseState::TimedOut => "does not answer in time".to_owned(),
        DatabaseState::Unreachable(why) => format!("cannot be reached: {why}"),
    })
}

fn redis_refusal(state: &CacheState) -> Option<String> {
    Some(match state {
        CacheState::Accepts { .. } | CacheState::NotAsked(_) => return None,
        CacheState::Silent => SILENT.to_owned(),
        CacheState::HungUp => HUNG_UP.to_owned(),
        CacheState::NotRedis => "is not a Redis: something else listens there".to_owned(),
        CacheState::AuthRequired => "asks for a password, and the URL has none".to_owned(),
        CacheState::AuthFailed => "refuses the password".to_owned(),
        CacheState::NoPassword => "has no password, and the URL has one".to_owned(),
        CacheState::NoRights(why) => format!("lets its user do nothing: {why}"),
        CacheState::Protected => "is protected: it wants a password from other machines".to_owned(),
        CacheState::Full => "has as many clients as it takes".to_owned(),
        CacheState::Busy(_) => "runs a script that does not end".to_owned(),
        CacheState::Orphaned => "is a replica whose primary is away".to_owned(),
        CacheState::NoSocket => "is not there: no such socket".to_owned(),
        other => format!("does not answer as a Redis: {other:?}"),
    })
}
