//! Which of the URLs that others take for a Redis Celery takes, too.

use url::Url;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::service::assemble::alternates;
use crate::workspace::stack::CeleryApp;

use super::transport::{Objection, Use};

/// The URL is one of redis-py, and none of Celery's.
pub(super) static URL: Rule = Rule {
    code: "celery/url",
    severity: Severity::Error,
    summary: "a URL that Redis clients take is none for Celery",
    text: "\
redis-py takes `unix:///run/redis.sock?db=2` and `redis://host/0?db=2`. Celery has no transport `unix` and
none `socket`, and hands what stands behind the `?` of its broker's URL to a connection that knows no
`db`: the worker ends as it starts. For a socket its broker looks at `virtual_host` alone. What is no scheme of
a transport, as `http://` or `postgresql://`, ends the worker, too.

A text without `://` is no URL, and leads to no broker.

Way out: `redis+socket:///run/redis.sock?virtual_host=2` for a socket, `redis://host:6379/2` for a port.",
};

/// Judges the value of `variable`, which stands at `origin`. No value is ever part of what is said.
pub(super) fn judge(
    celery: &CeleryApp,
    of: Use,
    variable: &str,
    value: &str,
    origin: &str,
) -> Option<Objection> {
    let (message, parts) =
        no_url(of, value).or_else(|| alternates(variable, value).find_map(|url| wrong(of, url)))?;
    let finding = Finding::new(&URL, format!("`{variable}` {message}"))
        .subject(variable)
        .of_value()
        .note(format!(
            "it stands at {origin}; the application at {}:{}",
            celery.file, celery.line
        ));
    Some(Objection { finding, parts })
}

/// Whether a broker is no URL at all. Of a place for results Celery takes names, too.
fn no_url(of: Use, value: &str) -> Option<(&'static str, Parts)> {
    let is_none = of == Use::Broker && !value.trim().is_empty() && !value.contains("://");
    is_none.then_some(("is no URL: it names no broker", Vec::new()))
}

type Parts = Vec<(&'static str, String)>;

/// What is wrong with one URL, with the parts that mend it.
fn wrong(of: Use, url: &str) -> Option<(&'static str, Parts)> {
    // A login before a host that is not there is no URL for the standard.
    let (scheme, rest) = url.split_once("://")?;
    let path = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(path);
    let host = if authority.ends_with('@') { "" } else { "h" };
    let scheme = scheme.trim().to_ascii_lowercase();
    let url = Url::parse(&format!("{scheme}://{host}{behind}")).ok()?;
    let asked = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.trim_start_matches('/').to_owned())
    };
    let number = || asked("virtual_host").or_else(|| asked("db"));
    let as_socket = || {
        let mut parts = vec![("scheme", "redis+socket".to_owned())];
        parts.extend(number().map(|number| ("database", number)));
        parts
    };
    match (scheme.as_str(), of) {
        ("unix", _) => Some(("is unix://, for which Celery has no transport", as_socket())),
        ("socket", _) => Some((
            "is socket://, for which Celery has no transport",
            as_socket(),
        )),
        ("redis+unix", _) => Some((
            "is redis+unix://, of which Celery does not read the path",
            as_socket(),
        )),
        ("redis+socket", Use::Broker) => {
            let number = asked("db").filter(|_| asked("virtual_host").is_none())?;
            Some((
                "has `db` for a socket, where the broker reads virtual_host alone",
                vec![("database", number)],
            ))
        }
        ("redis" | "rediss", _) if names_no_number(url.path()) => Some((
            "names a database that is no number, with which no worker works",
            vec![("database", "-".to_owned())],
        )),
        ("redis" | "rediss", Use::Broker) => {
            let number = asked("db")?;
            let mut parts = vec![("db", String::new())];
            if url.path().trim_start_matches('/').is_empty() {
                parts.push(("database", number));
            }
            Some((
                "has `db` behind its `?`, with which no worker starts",
                parts,
            ))
        }
        (_, Use::Broker) if !has_transport(&scheme) => Some((
            "has a scheme for which Celery has no transport, so that no worker starts",
            Vec::new(),
        )),
        _ => None,
    }
}

/// Whether Celery has a transport for the scheme of a broker, or may have: those of kombu 5.7, with the one that
/// stands for itself.
fn has_transport(scheme: &str) -> bool {
    const KNOWN: &[&str] = &[
        "amqp",
        "amqps",
        "azureservicebus",
        "azurestoragequeues",
        "confluentkafka",
        "consul",
        "etcd",
        "filesystem",
        "gcpubsub",
        "kafka",
        "librabbitmq",
        "memory",
        "mongodb",
        "pgmq",
        "pyamqp",
        "pyro",
        "qpid",
        "redis",
        "rediss",
        "sentinel",
        "sentinels",
        "slmq",
        "sqla",
        "sqlalchemy",
        "sqs",
        "valkey",
        "valkeys",
        "zookeeper",
    ];
    let first = scheme.split('+').next().unwrap_or_default();
    // The class of one may be named, too.
    KNOWN.contains(&first) || first.contains(['.', ':'])
}

/// Whether a path is the name of a database, of which Redis has numbers alone.
fn names_no_number(path: &str) -> bool {
    let name = path.trim_matches('/');
    !name.is_empty() && name.parse::<u32>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_names_no_broker() {
        assert!(no_url(Use::Broker, "VALUE").is_some());
        assert!(no_url(Use::Broker, "amqp://h").is_none());
        assert!(no_url(Use::Broker, "").is_none());
        assert!(no_url(Use::Results, "rpc").is_none());
    }

    #[test]
    fn what_celery_has_no_transport_for_is_told() {
        let told = |of, url: &str| {
            let (_, parts) = wrong(of, url)?;
            let parts: Vec<String> = parts.iter().map(|(a, b)| format!("{a}={b}")).collect();
            Some(parts.join(" "))
        };
        for (url, parts) in [
            ("unix:///tmp/s", "scheme=redis+socket"),
            ("unix://:R@/tmp/s?db=2", "scheme=redis+socket database=2"),
            (
                "socket:///tmp/s?virtual_host=/1",
                "scheme=redis+socket database=1",
            ),
            ("redis+unix:///tmp/s", "scheme=redis+socket"),
        ] {
            for of in [Use::Broker, Use::Results] {
                assert_eq!(told(of, url).as_deref(), Some(parts), "{url}");
            }
        }
        for (url, parts) in [
            ("redis://:R@h:6379/2?db=5", "db="),
            ("redis://h?db=5", "db= database=5"),
            ("redis+socket:///tmp/s?db=2", "database=2"),
        ] {
            assert_eq!(told(Use::Broker, url).as_deref(), Some(parts), "{url}");
            assert_eq!(told(Use::Results, url), None, "{url}");
        }
        for of in [Use::Broker, Use::Results] {
            assert_eq!(told(of, "redis://h/foo").as_deref(), Some("database=-"));
        }
        for none in ["http://h/1", "HTTP://h", "postgresql://h/d", "rpc://"] {
            assert_eq!(told(Use::Broker, none).as_deref(), Some(""), "{none}");
            assert_eq!(told(Use::Results, none), None, "{none}");
        }
        for sound in [
            "sqla+sqlite:///x",
            "SQS://",
            "redis://:R@h/2",
            "rediss://h/2?ssl_cert_reqs=none",
            "redis+socket://:R@/tmp/s?virtual_host=2",
            "amqp://h",
            "sentinel://h",
        ] {
            assert_eq!(told(Use::Broker, sound), None, "{sound}");
        }
    }
}
