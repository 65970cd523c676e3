//! Why a command failed, for people.

use redis::RedisError;

use super::{NOT_IN_CLUSTER, has_no_such_database};

/// Why a command failed, for people: what a server answers to a transaction is a list of numbers and codes.
#[must_use]
pub fn words(error: &RedisError) -> String {
    if error.is_connection_refusal() {
        return "refuses connections".to_owned();
    }
    let told = error.to_string();
    if told.contains(NOT_IN_CLUSTER) {
        return "is a node of a cluster, which Celery cannot use".to_owned();
    }
    let code = error.code().map(str::to_owned);
    let detail = error.detail().map(str::to_owned);
    // The last of several is that the transaction was not run.
    let (code, detail) = match error.clone().into_server_errors() {
        Some(errors) => errors.first().map_or((code, detail), |(_, first)| {
            let words = first.details().map(str::to_owned);
            (Some(first.code().to_owned()), words)
        }),
        None => (code, detail),
    };
    let detail = detail.unwrap_or_default();
    match code.as_deref() {
        Some("READONLY") => "is a replica, which takes no writes".to_owned(),
        Some("OOM") => "takes no writes: its memory is full".to_owned(),
        Some("CLUSTERDOWN" | "MOVED" | "CROSSSLOT") => {
            "is a node of a cluster, which Celery cannot use".to_owned()
        }
        Some("NOAUTH") => "asks for a password, and none is given".to_owned(),
        Some("WRONGPASS") => "refuses the password".to_owned(),
        _ if has_no_such_database(&detail) => "has no database of that number".to_owned(),
        Some(_) if detail.contains("unknown command") => {
            format!("is a sentinel, or no Redis that Celery can use: {detail}")
        }
        Some(_) if !detail.is_empty() => format!("refuses: {detail}"),
        _ => super::super::tls::in_words(&told),
    }
}
