//! Why a server that is there cannot be used, in the words of a start.

use crate::service::endpoint::Endpoint;
use crate::system::cache::CacheState;
use crate::system::database::DatabaseState;

/// What is said of a server that takes a connection, and no more.
const SILENT: &str = "accepts connections and does not answer: it hangs, or something else listens";

/// Why a Postgres does not accept what its URL says; none where it does.
pub(super) fn postgres(state: &DatabaseState, endpoint: &Endpoint) -> Option<String> {
    Some(match state {
        DatabaseState::Accepts { .. } => return None,
        DatabaseState::Silent => SILENT.to_owned(),
        DatabaseState::NotPostgres(None) => {
            "is not a Postgres: something else listens there".to_owned()
        }
        DatabaseState::NotPostgres(Some(who)) => format!("is not a Postgres, but {who}"),
        DatabaseState::AuthFailed => format!(
            "refuses the password of `{}`",
            endpoint.user.as_deref().unwrap_or("postgres")
        ),
        DatabaseState::NoSuchDatabase => format!(
            "has no database `{}`",
            endpoint.database.as_deref().unwrap_or("postgres")
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

/// Why a Redis does not.
pub(super) fn redis(state: &CacheState) -> Option<String> {
    Some(match state {
        CacheState::Accepts { .. } => return None,
        CacheState::Silent => SILENT.to_owned(),
        CacheState::NotRedis => "is not a Redis: something else listens there".to_owned(),
        CacheState::AuthRequired => "asks for a password, and the URL has none".to_owned(),
        CacheState::AuthFailed => "refuses the password".to_owned(),
        CacheState::NoPassword => "has no password, and the URL has one".to_owned(),
        CacheState::NoRights(why) => format!("lets its user do nothing: {why}"),
        CacheState::Protected => "is protected: it wants a password from other machines".to_owned(),
        CacheState::Full => "has as many clients as it takes".to_owned(),
        CacheState::NoSocket => "is not there: no such socket".to_owned(),
        other => format!("does not answer as a Redis: {other:?}"),
    })
}
