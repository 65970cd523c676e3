//! What stands between the scheme and the host of a URL where `://` belongs.

use super::Problem;

/// Schemes that this is told of; what begins otherwise may be anything.
const SCHEMES: &[&str] = &[
    "http",
    "https",
    "redis",
    "rediss",
    "postgres",
    "postgresql",
    "amqp",
    "amqps",
];

/// Schemes that have a host, always.
const OF_HOSTS: &[&str] = &["http", "https"];

/// Tells of a URL that is well begun and has one slash, three, none, or another mark before them.
pub(super) fn check(value: &str) -> Result<(), Problem> {
    let is_of_scheme = |it: char| it.is_ascii_alphanumeric() || "+-.".contains(it);
    let end = value.find(|it| !is_of_scheme(it)).unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    let base = scheme.split('+').next().unwrap_or_default();
    let host = rest.trim_start_matches([':', ';', ',', '/', '\\']);
    let between = &rest[..rest.len() - host.len()];
    if !SCHEMES.contains(&base) || between.is_empty() || host.is_empty() {
        return Ok(());
    }
    // The host that a server has among containers.
    if between == ":" && host.starts_with(|it: char| it.is_ascii_digit()) && !host.contains('.') {
        return Err(Problem::wrong("has no scheme")
            .way_out(format!("begin it with {scheme}://"))
            .replacement(format!("{scheme}://{value}")));
    }
    let is_begun = between.starts_with("://");
    if is_begun && !(between == ":///" && OF_HOSTS.contains(&base)) {
        return Ok(());
    }
    Err(Problem::wrong(format!(
        "has `{between}` behind its scheme, where `://` belongs"
    ))
    .way_out(format!("begin it with {scheme}://"))
    .replacement(format!("{scheme}://{host}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_colon_with_two_slashes_is_told_and_corrected() {
        for (value, right) in [
            ("redis:/localhost:6379/0", "redis://localhost:6379/0"),
            ("redis:localhost:6379", "redis://localhost:6379"),
            ("redis//localhost", "redis://localhost"),
            ("redis;//localhost", "redis://localhost"),
            ("redis:6379/0", "redis://redis:6379/0"),
            ("http:///localhost:8000", "http://localhost:8000"),
            ("http:\\\\localhost", "http://localhost"),
            (
                "postgresql+asyncpg:/u:p@h/d",
                "postgresql+asyncpg://u:p@h/d",
            ),
        ] {
            let problem = check(value).expect_err(value);
            assert_eq!(problem.replacement.as_deref(), Some(right), "{value}");
        }
        for sound in [
            "redis://localhost",
            "redis:///0",
            "redis://:password@localhost/0",
            "postgresql:///d?host=h",
            "http://[::1]:80",
            "localhost:8000",
            "http",
            "unix:/run/redis.sock",
            "/api",
            "",
        ] {
            assert_eq!(check(sound), Ok(()), "{sound}");
        }
    }
}
