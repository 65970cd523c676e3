//! What the names of the parts of one address begin with: `CACHE_REDIS_` of `CACHE_REDIS_HOST`, and `CACHE__` where the
//! code has a model for them.

use std::collections::BTreeMap;

use super::super::endpoint::Protocol;
use super::Variables;

/// How all the names of a Redis' parts begin, whatever stands before it.
const REDIS: &str = "REDIS_";

/// Beginnings that the code has a model for: `class RedisSettings` with `host` and `port`, in a field `cache`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(BTreeMap<String, Group>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    protocol: Protocol,
    /// What the model says where nobody sets a part, by the end of its name: `PORT`.
    defaults: Variables,
}

/// Words that name a server outright.
const CERTAIN: &[(&str, Protocol)] = &[
    ("redis", Protocol::Redis),
    ("valkey", Protocol::Redis),
    // Of `PostgreSQL`.
    ("postgre", Protocol::Postgres),
    ("postgres", Protocol::Postgres),
    ("postgresql", Protocol::Postgres),
    ("pg", Protocol::Postgres),
];

/// Words that name what is one here, unless something else is said.
const USUAL: &[(&str, Protocol)] = &[
    ("broker", Protocol::Redis),
    ("cache", Protocol::Redis),
    ("celery", Protocol::Redis),
    ("limiter", Protocol::Redis),
    ("database", Protocol::Postgres),
    ("db", Protocol::Postgres),
];

/// Servers of another kind, as names, drivers and schemes have them.
const OTHERS: &[&str] = &[
    "amqp",
    "cassandra",
    "clickhouse",
    "elastic",
    "kafka",
    "maria",
    "memcache",
    "mongo",
    "mssql",
    "mysql",
    "neo4j",
    "oracle",
    "rabbit",
    "smtp",
    "sqlite",
    "sqlserver",
];

/// Their usual ports.
const PORTS_OF_OTHERS: &[&str] = &[
    "1433", "1521", "1883", "3306", "4222", "5671", "5672", "7687", "9000", "9042", "9092", "9200",
    "11211", "27017",
];

/// Whether a port is the usual one of a server of another kind.
pub(super) fn is_port_of_others(port: u16) -> bool {
    PORTS_OF_OTHERS.contains(&port.to_string().as_str())
}

/// Parts that no Redis and no Postgres has.
const PARTS_OF_OTHERS: &[&str] = &["EXCHANGE", "VHOST", "VIRTUAL_HOST"];

impl Groups {
    /// Adds a model by the beginning of its parts' variables. `names` are those of the fields that lead to it and of
    /// its class, `parts` its own fields as variables end with them, with what they are where nobody sets them.
    pub fn add(&mut self, start: &str, names: &[&str], parts: &BTreeMap<String, Option<String>>) {
        let Some(protocol) = protocol(names, parts) else {
            return;
        };
        let defaults = parts.iter();
        let defaults = defaults
            .filter_map(|(part, value)| Some((part.clone(), value.clone()?)))
            .collect();
        let group = Group { protocol, defaults };
        self.0.entry(start.to_owned()).or_insert(group);
    }

    /// How the variable of that part of a Redis' address begins, if it is one.
    #[must_use]
    pub fn redis<'n>(&self, variable: &'n str, part: &str) -> Option<&'n str> {
        let prefix = variable.strip_suffix(part)?;
        (prefix.ends_with(REDIS) || self.is(prefix, Protocol::Redis)).then_some(prefix)
    }

    /// Whether the code has a model for the parts that begin so, and it is that of such a server.
    #[must_use]
    pub fn is(&self, prefix: &str, protocol: Protocol) -> bool {
        self.0.get(prefix).is_some_and(|it| it.protocol == protocol)
    }

    /// All beginnings for such a server.
    pub fn of(&self, protocol: Protocol) -> impl Iterator<Item = &str> {
        let all = self.0.iter();
        all.filter(move |(_, it)| it.protocol == protocol)
            .map(|(prefix, _)| prefix.as_str())
    }

    /// What the model says of a part that nobody sets.
    #[must_use]
    pub fn said(&self, prefix: &str, part: &str) -> Option<&str> {
        let default = self.0.get(prefix)?.defaults.get(part)?;
        Some(default.as_str())
    }
}

/// What the server speaks whose address a model has.
fn protocol(names: &[&str], parts: &BTreeMap<String, Option<String>>) -> Option<Protocol> {
    let said: Vec<String> = names.iter().flat_map(|name| words(name)).collect();
    let default = |part: &str| parts.get(part).and_then(Option::as_deref);
    let drivers = ["DIALECT", "DRIVER", "ENGINE", "SCHEME", "TYPE"];
    let drivers = drivers.iter().filter_map(|part| default(part));
    let mut told = names
        .iter()
        .copied()
        .chain(drivers)
        .map(str::to_ascii_lowercase);
    if told.any(|it| OTHERS.iter().any(|other| it.contains(other)))
        || PARTS_OF_OTHERS.iter().any(|part| parts.contains_key(*part))
    {
        return None;
    }
    let among = |known: &[(&str, Protocol)]| {
        let mut found = said.iter().filter_map(|word| {
            let is_it = |(it, _): &&(&str, Protocol)| it == word;
            known.iter().find(is_it).map(|(_, protocol)| *protocol)
        });
        let first = found.next()?;
        // Two of them may be a Redis that a database's settings hold, or anything else.
        Some(found.all(|it| it == first).then_some(first))
    };
    if let Some(certain) = among(CERTAIN) {
        return certain;
    }
    let usual = among(USUAL)??;
    let other = match usual {
        Protocol::Redis => Protocol::Postgres,
        Protocol::Postgres => Protocol::Redis,
    };
    let is_others =
        |port: &str| PORTS_OF_OTHERS.contains(&port) || port == other.default_port().to_string();
    (!default("PORT").is_some_and(is_others)).then_some(usual)
}

/// The words of a name: `redis` and `settings` of `RedisSettings`, `main` and `db` of `main_db`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    let signs: Vec<char> = name.chars().collect();
    for (at, sign) in signs.iter().enumerate() {
        if !sign.is_alphanumeric() {
            is_open = false;
            continue;
        }
        let before = at.checked_sub(1).and_then(|it| signs.get(it));
        let after_small = before.is_some_and(|it| it.is_lowercase());
        let before_small = signs.get(at + 1).is_some_and(|it| it.is_lowercase());
        let begins = sign.is_uppercase() && (after_small || before_small);
        match words.last_mut().filter(|_| is_open && !begins) {
            Some(word) => word.extend(sign.to_lowercase()),
            None => words.push(sign.to_lowercase().collect()),
        }
        is_open = true;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &[&str], parts: &[(&str, &str)]) -> Option<Protocol> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let parts = parts.iter();
        let parts = parts.map(|(part, value)| ((*part).to_owned(), some(value)));
        protocol(names, &parts.collect())
    }

    #[test]
    fn names_say_what_a_server_is() {
        let (redis, postgres) = (Some(Protocol::Redis), Some(Protocol::Postgres));
        for (names, wanted) in [
            (["redis", "Server"], redis),
            (["store", "RedisSettings"], redis),
            (["main_db", "PostgresConfig"], postgres),
            (["storage", "PostgreSQLConfig"], postgres),
            (["cache", "Server"], redis),
            (["limiter", "REDISConfig"], redis),
            (["database", "Server"], postgres),
            (["db", "DBSettings"], postgres),
            (["broker", "RabbitMQSettings"], None),
            (["database", "MySQLSettings"], None),
            (["cache", "DatabaseSettings"], None),
            (["smtp", "Server"], None),
            (["feedback", "Dbus"], None),
        ] {
            assert_eq!(told(&names, &[("HOST", "")]), wanted, "{names:?}");
        }
    }

    #[test]
    fn what_a_model_says_by_itself_may_say_otherwise() {
        let (redis, postgres) = (Some(Protocol::Redis), Some(Protocol::Postgres));
        for (name, part, value, wanted) in [
            ("broker", "PORT", "5672", None),
            ("broker", "PORT", "6390", redis),
            ("broker", "VHOST", "", None),
            ("database", "PORT", "3306", None),
            ("database", "PORT", "6379", None),
            ("database", "DRIVER", "mysql+aiomysql", None),
            ("database", "DRIVER", "postgresql+asyncpg", postgres),
            ("redis", "PORT", "5432", redis),
        ] {
            let parts = [("HOST", "localhost"), (part, value)];
            assert_eq!(told(&[name, "Server"], &parts), wanted, "{name} {value}");
        }
    }

    #[test]
    fn parts_begin_as_a_redis_or_as_the_code_says() {
        let mut groups = Groups::default();
        let parts = [("HOST", None), ("PORT", Some("6390".to_owned()))];
        let parts = parts.map(|(part, value)| (part.to_owned(), value)).into();
        groups.add("CACHE__", &["cache", "Server"], &parts);
        assert_eq!(groups.redis("CACHE__HOST", "HOST"), Some("CACHE__"));
        assert_eq!(groups.redis("X_REDIS_DB", "DB"), Some("X_REDIS_"));
        assert_eq!(groups.redis("OTHER__HOST", "HOST"), None);
        assert_eq!(groups.said("CACHE__", "PORT"), Some("6390"));
        assert_eq!(groups.of(Protocol::Postgres).count(), 0);
    }
}
