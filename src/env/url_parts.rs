//! One part of a URL changed: the rest stays as it is, also where it is secret.

mod hostless;
mod sound;

use self::hostless::Hostless;
pub use self::sound::PartError;

/// Parts that are a word each, of which no URL is one.
const WORDS: [&str; 5] = ["scheme", "user", "host", "port", "database"];

/// `url` with one part set: `scheme`, `user`, `password`, `host`, `port`, `database`, or an option behind
/// its `?`. An empty value takes it out. Where a part stands behind the `?`, which is what counts for
/// drivers, it is changed there. With the scheme of a Redis without TLS its options go, too: Celery's broker
/// would speak TLS because of them, and others refuse them.
///
/// # Errors
/// When there is no such URL.
pub fn with_part(url: &str, part: &str, value: &str) -> Result<String, PartError> {
    if WORDS.contains(&part) && value.contains("://") {
        return Err(PartError::WholeUrl(part.to_owned()));
    }
    if let Some(hostless) = Hostless::of(url) {
        return hostless.with(part, value);
    }
    sound::with_part(url, part, value)
}

/// User and password of a URL without a host, as they stand there.
#[must_use]
pub fn login_without_host(url: &str) -> Option<(&str, &str)> {
    Hostless::of(url).map(|it| (it.user, it.password))
}

/// Percent signs that begin no code, in what stands before the host: Node and libpq refuse the URL, Python
/// takes them as they are. The URL with each of them written as `%25`.
#[must_use]
pub fn with_sound_percents(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (login, rest) = rest.split_at(rest.get(..end)?.rfind('@')?);
    let mut sound = String::with_capacity(login.len() + 2);
    for (at, piece) in login.split('%').enumerate() {
        if at > 0 {
            let code = piece.as_bytes().get(..2);
            let is_code = code.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit));
            sound.push_str(if is_code { "%" } else { "%25" });
        }
        sound.push_str(piece);
    }
    (sound != login).then(|| format!("{scheme}://{sound}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_changes_and_the_rest_stays() {
        let url = "postgresql+asyncpg://app:p%40ss@localhost:5433/pix";
        let with = |url: &str, part, value| with_part(url, part, value);
        let all = [
            (
                "ssl",
                "require",
                "postgresql+asyncpg://app:p%40ss@localhost:5433/pix?ssl=require",
            ),
            (
                "port",
                "6543",
                "postgresql+asyncpg://app:p%40ss@localhost:6543/pix",
            ),
            ("port", "", "postgresql+asyncpg://app:p%40ss@localhost/pix"),
            (
                "password",
                "a/b#",
                "postgresql+asyncpg://app:a%2Fb%23@localhost:5433/pix",
            ),
            (
                "database",
                "other",
                "postgresql+asyncpg://app:p%40ss@localhost:5433/other",
            ),
            (
                "user",
                "me",
                "postgresql+asyncpg://me:p%40ss@localhost:5433/pix",
            ),
            (
                "host",
                "db.example.com",
                "postgresql+asyncpg://app:p%40ss@db.example.com:5433/pix",
            ),
            (
                "scheme",
                "postgresql",
                "postgresql://app:p%40ss@localhost:5433/pix",
            ),
        ];
        for (part, value, wanted) in all {
            assert_eq!(with(url, part, value).as_deref(), Ok(wanted), "{part}");
        }
        assert_eq!(
            with("redis://:pw@h:1/0?x=1&ssl=true", "ssl", "").as_deref(),
            Ok("redis://:pw@h:1/0?x=1")
        );
        for (scheme, wanted) in [
            ("redis", "redis://:pw@h:1/0?x=1"),
            ("valkeys", "valkeys://:pw@h:1/0?ssl_cert_reqs=none&x=1"),
        ] {
            let url = "rediss://:pw@h:1/0?ssl_cert_reqs=none&x=1";
            assert_eq!(with(url, "scheme", scheme).as_deref(), Ok(wanted));
        }
        assert_eq!(
            with("redis://h/2?ssl_cert_reqs=none", "scheme", "redis").as_deref(),
            Ok("redis://h/2")
        );
        assert_eq!(
            with("postgresql+asyncpg://u@h/pix#old", "database", "pix").as_deref(),
            Ok("postgresql+asyncpg://u@h/pix")
        );
        assert_eq!(with("nonsense", "port", "1"), Err(PartError::NotAUrl));
        assert!(with(url, "port", "70000").is_err());
    }

    #[test]
    fn what_would_take_more_than_its_part_is_refused() {
        let url = "postgresql+asyncpg://app:p@127.0.0.1:5432/shop";
        let whole = |part: &str| Err(PartError::WholeUrl(part.to_owned()));
        let unfit = |part: &str| Err(PartError::Unfit(format!("the {part} that was given")));
        let unfit_name = || Err(PartError::Unfit(sound::NAME_OF_CODES.to_owned()));
        for name in ["my%20db", "rate%", "a+b", "shop"] {
            assert!(with_part(url, "database", name).is_ok(), "{name}");
        }
        for (part, value, wanted) in [
            ("host", "", Err(PartError::NoHost)),
            ("host", "db.internal:6543", Err(PartError::HostWithPort)),
            ("host", "[::1]:6543", Err(PartError::HostWithPort)),
            ("host", "db.internal:", Err(PartError::HostWithPort)),
            ("host", "a:b", unfit("host")),
            ("host", "me@db", unfit("host")),
            ("host", "redis://x", whole("host")),
            ("database", "postgresql://u:p@h/d", whole("database")),
            ("database", "..", unfit("database")),
            ("database", "my db", unfit_name()),
            ("database", "größe", unfit_name()),
            ("user", "postgresql://u:p@h/d", whole("user")),
        ] {
            assert_eq!(with_part(url, part, value), wanted, "{part}={value}");
        }
        for (host, wanted) in [
            ("::1", "postgresql+asyncpg://app:p@[::1]:5432/shop"),
            ("[::1]", "postgresql+asyncpg://app:p@[::1]:5432/shop"),
        ] {
            assert_eq!(
                with_part(url, "host", host).as_deref(),
                Ok(wanted),
                "{host}"
            );
        }
    }

    #[test]
    fn a_socket_has_a_login_too() {
        for (url, part, value, wanted) in [
            (
                "redis+socket:///run/r.sock?virtual_host=2",
                "password",
                "a@b/c",
                "redis+socket://:a%40b%2Fc@/run/r.sock?virtual_host=2",
            ),
            (
                "redis+socket://:old@/run/r.sock?virtual_host=2",
                "password",
                "new",
                "redis+socket://:new@/run/r.sock?virtual_host=2",
            ),
            (
                "redis+socket://u:old@/run/r.sock",
                "password",
                "",
                "redis+socket://u@/run/r.sock",
            ),
            (
                "redis+socket://:old@/run/r.sock",
                "password",
                "",
                "redis+socket:///run/r.sock",
            ),
            (
                "redis+socket://u:p@/run/r.sock",
                "user",
                "",
                "redis+socket://:p@/run/r.sock",
            ),
            (
                "unix:///run/r.sock?password=x&db=1",
                "password",
                "y",
                "unix://:y@/run/r.sock?db=1",
            ),
            (
                "redis+socket://:p@/run/r.sock?db=1",
                "database",
                "3",
                "redis+socket://:p@/run/r.sock?virtual_host=3",
            ),
            (
                "unix://:p@/run/r.sock",
                "database",
                "3",
                "unix://:p@/run/r.sock?db=3",
            ),
            (
                "unix://:p@/run/r.sock?db=3",
                "scheme",
                "redis+socket",
                "redis+socket://:p@/run/r.sock?db=3",
            ),
            (
                "postgresql://u@/d?host=/run",
                "password",
                "p",
                "postgresql://u:p@/d?host=/run",
            ),
            (
                "postgresql+asyncpg://u:p@/d?host=/run",
                "database",
                "e",
                "postgresql+asyncpg://u:p@/e?host=/run",
            ),
        ] {
            assert_eq!(
                with_part(url, part, value).as_deref(),
                Ok(wanted),
                "{url} {part}"
            );
        }
        let open = "postgresql:///app";
        let refused = with_part(open, "password", "pw");
        assert_eq!(refused, Err(PartError::NoHost));
        let hosted = with_part(open, "host", "127.0.0.1").expect("a URL");
        assert_eq!(hosted, "postgresql://127.0.0.1/app");
        assert_eq!(
            with_part(&hosted, "password", "pw").as_deref(),
            Ok("postgresql://:pw@127.0.0.1/app")
        );
        assert_eq!(
            with_part("postgresql://:pw@/app", "host", "::1").as_deref(),
            Ok("postgresql://:pw@[::1]/app")
        );
        assert_eq!(
            login_without_host("redis+socket://u:p@/r"),
            Some(("u", "p"))
        );
        assert_eq!(login_without_host("redis://u:p@h/0"), None);
    }

    #[test]
    fn a_percent_sign_is_kept_for_every_reader() {
        let url = "postgresql://u:p@h/d";
        for (part, value, wanted) in [
            ("password", "a%41b", "postgresql://u:a%2541b@h/d"),
            ("password", "100%", "postgresql://u:100%25@h/d"),
            ("password", "rd%:?", "postgresql://u:rd%25%3A%3F@h/d"),
            ("user", "u%40", "postgresql://u%2540:p@h/d"),
        ] {
            assert_eq!(
                with_part(url, part, value).as_deref(),
                Ok(wanted),
                "{value}"
            );
        }
        let sound = |url| with_sound_percents(url);
        assert_eq!(
            sound("postgresql://u:1%:%zz%41@h/d?x=%").as_deref(),
            Some("postgresql://u:1%25:%25zz%41@h/d?x=%")
        );
        assert_eq!(sound("postgresql://u:a%25@h/%"), None);
        assert_eq!(sound("postgresql://h/%"), None);
    }

    #[test]
    fn what_stands_behind_the_question_mark_is_changed_there() {
        let url = "postgresql://u:p@h/d?host=/run&password=one";
        assert_eq!(
            with_part(url, "host", "db").as_deref(),
            Ok("postgresql://u:p@h/d?host=db&password=one")
        );
        assert_eq!(
            with_part(url, "password", "100%").as_deref(),
            Ok("postgresql://u:p@h/d?host=%2Frun&password=100%25")
        );
        assert_eq!(
            with_part(url, "port", "1").as_deref(),
            Ok("postgresql://u:p@h:1/d?host=/run&password=one")
        );
    }
}
