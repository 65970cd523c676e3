//! Hosts and e-mail addresses.

use super::Problem;

/// Whether a host is this machine.
#[must_use]
pub fn is_local(host: &str) -> bool {
    let host = host
        .trim()
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_ascii_lowercase();
    matches!(
        host.as_str(),
        "localhost" | "::1" | "0.0.0.0" | "::" | "host.docker.internal"
    ) || host.starts_with("127.")
        || host.ends_with(".localhost")
}

pub(super) fn host(value: &str) -> Result<(), Problem> {
    let host = value.trim();
    if let Some((_, rest)) = host.split_once("://") {
        let bare = rest.split(['/', ':', '@']).next().unwrap_or(rest);
        return Err(
            Problem::wrong("is a URL, but a host is asked for").way_out(format!("write {bare}"))
        );
    }
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    if let Some((bare, port)) = host.split_once(':')
        && port.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(Problem::wrong("names a port, which has its own variable")
            .way_out(format!("write {bare}"))
            .replacement(bare));
    }
    let fine = !host.is_empty()
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        });
    if fine {
        Ok(())
    } else {
        Err(Problem::wrong("is no host name and no IP address")
            .way_out("write for example localhost or redis.example.com"))
    }
}

pub(super) fn email(value: &str) -> Result<(), Problem> {
    let fine = value.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty()
            && !value.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ','))
            && domain.contains('.')
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            })
    });
    if fine {
        Ok(())
    } else {
        Err(Problem::wrong("is no e-mail address").way_out("write for example contact@example.com"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_bare() {
        for value in [
            "localhost",
            "10.0.0.1",
            "::1",
            "redis.example.com",
            "my_redis",
        ] {
            assert_eq!(host(value), Ok(()), "{value}");
        }
        for value in ["http://localhost", "localhost:6379", "", "a b", "-.com."] {
            assert!(host(value).is_err(), "{value}");
        }
        assert_eq!(
            host("localhost:6379")
                .expect_err("has a port")
                .replacement
                .as_deref(),
            Some("localhost")
        );
    }

    #[test]
    fn addresses_have_a_name_and_a_domain() {
        assert_eq!(email("contact@pixcrawler.io"), Ok(()));
        for value in ["contact", "a@b", "a@b..c", "A <a@b.c>", "a b@c.de", "@b.c"] {
            assert!(email(value).is_err(), "{value}");
        }
    }
}
