//! URLs of Redis, and of Celery's broker.

use std::borrow::Cow;

use super::url::parse;
use super::{Misfit, Problem};

/// Redis counts its databases from 0 and has 16 of them by default.
const LAST_REDIS_DATABASE: u32 = 15;

/// What Celery takes for its broker: one URL, or several with semicolons between, of which the next is
/// used where one fails.
pub(super) fn redis_list(value: &str) -> Result<(), Problem> {
    let mut urls = value.split(';').map(str::trim).filter(|it| !it.is_empty());
    let one = |url: &str| redis(url).and_then(|()| for_celery(url));
    let first = one(urls.next().unwrap_or_default());
    urls.try_fold((), |(), url| one(url)).and(first)
}

/// What redis-py takes and Celery does not: it has no transport for `unix` and `socket`, and its connection knows
/// no `db`.
fn for_celery(value: &str) -> Result<(), Problem> {
    let scheme = value.split("://").next().unwrap_or_default();
    if ["unix", "socket"].contains(&scheme) {
        return Err(Problem::wrong(format!(
            "has the scheme `{scheme}`, for which Celery has no transport"
        ))
        .way_out("write redis+socket:///run/redis.sock?virtual_host=2 for a socket"));
    }
    let options = value.split_once('?').map_or("", |(_, options)| options);
    if !scheme.contains('+') && options.split('&').any(|it| it.starts_with("db=")) {
        return Err(
            Problem::wrong("has `db` behind its `?`, with which no Celery worker starts")
                .way_out("end it with the number: redis://localhost:6379/2"),
        );
    }
    Ok(())
}

/// A Redis connection string.
pub(super) fn redis(value: &str) -> Result<(), Problem> {
    if value.matches("://").nth(1).is_some() {
        return Err(Problem::wrong(
            "names several servers, as only the URL of a Celery broker may",
        )
        .way_out("write one of them"));
    }
    let schemes = ["redis", "rediss", "unix", "socket", "redis+socket"].map(str::to_owned);
    let url = parse(&without_login(value), &schemes)?;
    if !schemes.iter().any(|scheme| scheme == url.scheme()) {
        return Err(Problem::wrong(format!(
            "has the scheme `{}`, not redis or rediss",
            url.scheme()
        ))
        .way_out("begin it with redis://"));
    }
    let database = url.path().trim_start_matches('/');
    if !url.scheme().starts_with("redis") || url.scheme().contains('+') || database.is_empty() {
        return Ok(());
    }
    match database.parse::<u32>() {
        // The password began before the slash, and all that follows may be the rest of it.
        Err(_) if database.contains('@') => Err(Problem::wrong(
            "has a `/`, `?` or `#` in its password, which ends the host",
        )
        .way_out("write it as %2F, %3F or %23 in the password")),
        Err(_) => Err(
            Problem::wrong("names a database that is no number, and Redis numbers its databases")
                .way_out("end it with /0"),
        ),
        Ok(number) if number > LAST_REDIS_DATABASE => Err(Problem::new(
            Misfit::Doubtful,
            format!("names the database {number}, but Redis has {LAST_REDIS_DATABASE} as the last one unless its configuration says otherwise"),
        )
        .way_out(format!("end it with /0 to /{LAST_REDIS_DATABASE}"))),
        Ok(_) => Ok(()),
    }
}

/// A socket's URL without its login: clients take one where no host is, and the standard does not.
fn without_login(value: &str) -> Cow<'_, str> {
    let bare = value.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?', '#'])?;
        let (login, rest) = rest.split_at(end);
        let socket = scheme.contains('+') || ["unix", "socket"].contains(&scheme);
        (socket && login.ends_with('@')).then(|| format!("{scheme}://{rest}"))
    });
    bare.map_or(Cow::Borrowed(value), Cow::Owned)
}

/// The number of the database that a Redis URL names.
#[must_use]
pub fn redis_database(value: &str) -> Option<u32> {
    let url = url::Url::parse(value).ok()?;
    let database = url.path().trim_start_matches('/');
    if database.is_empty() {
        Some(0)
    } else {
        database.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redis_databases_are_numbers() {
        assert_eq!(
            (
                redis("redis://localhost:6379/0"),
                redis_database("redis://h/3"),
                redis_database("redis://h")
            ),
            (Ok(()), Some(3), Some(0))
        );
        assert!(redis("redis://localhost/cache").is_err());
        assert!(redis("redis://localhost/15").is_ok() && redis("redis://localhost/16").is_err());
        assert!(redis("http://localhost").is_err());
    }

    #[test]
    fn a_broker_is_what_celery_has_a_transport_for() {
        for sound in [
            "redis+socket:///run/r.sock?virtual_host=2",
            "redis+socket://:pw@/run/r.sock?virtual_host=2",
            "redis://:pw@h/2",
        ] {
            assert_eq!(redis_list(sound), Ok(()), "{sound}");
        }
        for (url, words) in [
            ("unix:///run/r.sock", "the scheme `unix`"),
            ("socket://:pw@/run/r.sock", "the scheme `socket`"),
            ("redis://:pw@h:6379/2?db=5", "`db` behind its `?`"),
        ] {
            assert_eq!(redis(url), Ok(()), "{url}");
            let told = redis_list(url).expect_err(url).message;
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn a_broker_may_be_several_and_no_password_is_ever_told() {
        let list = "redis://:pw@localhost:6390/2;redis://:S3cr3tPassw0rd@127.0.0.1:6399/2";
        assert_eq!(redis_list(list), Ok(()));
        assert_eq!(redis_list("redis://localhost:6390/2;"), Ok(()));
        for (told, words) in [
            (redis(list), "several servers"),
            (redis_list(&format!("{list};http://h")), "`http`"),
            (redis_list(&format!("{list}cret")), "no number"),
            (redis_list(""), "no scheme"),
            (redis("redis://u:1/S3cr3t@h:6379/0"), "in its password"),
        ] {
            let message = told.expect_err(words).message;
            assert!(message.contains(words), "{message}");
            assert!(!message.contains("cr3t"), "{message}");
        }
    }
}
