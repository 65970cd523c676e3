//! The schemes that pydantic's types of URLs take.

use crate::text::or_list;

/// What each type takes, by its name; those that take any scheme are left out.
const TYPES: &[(&str, &[&str])] = &[
    ("RedisDsn", &["redis", "rediss"]),
    ("AmqpDsn", &["amqp", "amqps"]),
    ("KafkaDsn", &["kafka"]),
    ("NatsDsn", &["nats", "tls", "ws", "wss"]),
    ("MongoDsn", &["mongodb", "mongodb+srv"]),
    (
        "PostgresDsn",
        &[
            "postgres",
            "postgresql",
            "postgresql+asyncpg",
            "postgresql+pg8000",
            "postgresql+psycopg",
            "postgresql+psycopg2",
            "postgresql+psycopg2cffi",
            "postgresql+py-postgresql",
            "postgresql+pygresql",
        ],
    ),
    ("HttpUrl", &["http", "https"]),
    ("AnyHttpUrl", &["http", "https"]),
    ("WebsocketUrl", &["ws", "wss"]),
    ("AnyWebsocketUrl", &["ws", "wss"]),
    ("FtpUrl", &["ftp"]),
    ("FileUrl", &["file"]),
];

/// How many schemes are worth naming.
const FEW: usize = 4;

/// What a value must do that a type refuses, in words; nothing where it takes it, or is none of these. What is
/// no URL at all is for others to tell.
pub(super) fn wanted(kind: &str, value: &str) -> Option<String> {
    let (_, schemes) = TYPES.iter().find(|(name, _)| *name == kind)?;
    let (scheme, rest) = value.trim().split_once("://")?;
    if !schemes.iter().any(|it| it.eq_ignore_ascii_case(scheme)) {
        let few = schemes.iter().take(FEW).map(|it| format!("{it}://"));
        return Some(format!("begin with {}", or_list(&few.collect::<Vec<_>>())));
    }
    // Where there is no login, the type has a host of its own.
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest[..end]
        .ends_with('@')
        .then(|| "name a host behind its login".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_takes_its_schemes_alone() {
        let redis = |value: &str| wanted("RedisDsn", value);
        let begin = Some("begin with redis:// or rediss://".to_owned());
        for url in ["redis+socket:///tmp/s", "unix:///tmp/s", "amqp://h"] {
            assert_eq!(redis(url), begin, "{url}");
        }
        for url in ["redis://h/1", "REDISS://h", " redis:///1", "VALUE"] {
            assert_eq!(redis(url), None, "{url}");
        }
        let host = Some("name a host behind its login".to_owned());
        assert_eq!(redis("redis://:pw@/1"), host);
        for kind in ["AnyUrl", "str"] {
            assert_eq!(wanted(kind, "redis+socket:///tmp/s"), None, "{kind}");
        }
        assert_eq!(wanted("PostgresDsn", "postgresql+asyncpg://h/d"), None);
    }
}
