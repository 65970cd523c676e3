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
        let problem = Problem::wrong("is a URL, but a host is asked for");
        let bare = host_of(rest);
        return Err(if bare.is_empty() {
            problem.way_out("write the name or the IP address alone, for example localhost")
        } else if rest.trim_end_matches('/') == bare {
            problem.way_out(format!("write {bare}")).replacement(bare)
        } else {
            problem.way_out(format!("write {bare}"))
        });
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

/// The host in what follows a URL's `://`: a user, a password, a port and a path stand around it. Nothing where
/// a bare slash in a password may have cut it.
fn host_of(rest: &str) -> &str {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    if behind.contains('@') {
        return "";
    }
    let place = authority.rsplit('@').next().unwrap_or(authority);
    match place.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or(six),
        None => place.split(':').next().unwrap_or(place),
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
    fn of_a_url_the_host_is_told_and_nothing_else() {
        let told = |value: &str| {
            let problem = host(value).expect_err(value);
            (problem.way_out.unwrap_or_default(), problem.replacement)
        };
        let write = |host: &str| format!("write {host}");
        assert_eq!(
            told("redis://127.0.0.1/"),
            (write("127.0.0.1"), Some("127.0.0.1".to_owned()))
        );
        for (value, bare) in [
            ("redis://:pw@127.0.0.1", "127.0.0.1"),
            (
                "redis://user:pw@redis.example.com:6379/2",
                "redis.example.com",
            ),
            ("redis://[::1]:6379", "::1"),
        ] {
            assert_eq!(told(value), (write(bare), None), "{value}");
        }
        for nothing in ["redis://", "redis://:p/w@h", "redis:///0"] {
            let (way_out, _) = told(nothing);
            assert!(way_out.ends_with("for example localhost"), "{way_out}");
        }
    }

    #[test]
    fn addresses_have_a_name_and_a_domain() {
        assert_eq!(email("contact@pixcrawler.io"), Ok(()));
        for value in ["contact", "a@b", "a@b..c", "A <a@b.c>", "a b@c.de", "@b.c"] {
            assert!(email(value).is_err(), "{value}");
        }
    }
}
