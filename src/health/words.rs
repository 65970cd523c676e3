//! Which names of a report stand for a part of the stack, and which words say nothing of its health.

use super::body::{State, plain};
use super::ways::{DATABASE, REDIS, WORKER};

/// What else an application stands on.
const OTHERS: &[&str] = &[
    "postgresql",
    "postgre",
    "queue",
    "rabbitmq",
    "rabbit",
    "mq",
    "storage",
    "supabase",
    "azure",
    "s3",
    "minio",
];

/// What stands beside a part's name without making it a setting: `redis_status`, `db_primary`.
const BESIDE: &[&str] = &[
    "status",
    "state",
    "health",
    "healthy",
    "ok",
    "alive",
    "ready",
    "up",
    "connected",
    "available",
    "reachable",
    "connection",
    "server",
    "service",
    "primary",
    "replica",
    "main",
    "check",
    "ping",
];

/// How the names of settings and figures end, which reports tell beside the parts.
const SETTINGS: &[&str] = &[
    "version",
    "name",
    "environment",
    "env",
    "timestamp",
    "time",
    "date",
    "at",
    "uptime",
    "host",
    "hostname",
    "port",
    "url",
    "uri",
    "type",
    "kind",
    "mode",
    "id",
    "count",
    "region",
    "message",
    "description",
    "driver",
    "backend",
    "provider",
    "engine",
    "duration",
    "latency",
    "role",
    "commit",
    "level",
];

/// Words about a part that are settings themselves: which one it is, and that it is wanted.
const NEUTRAL: &[&str] = &[
    "",
    "enabled",
    "configured",
    "none",
    "null",
    "n/a",
    "memory",
    "in_memory",
    "local",
    "default",
    "filesystem",
    "file",
    "development",
    "production",
    "staging",
    "test",
    "testing",
    "pixcrawler",
];

/// Names of programs and services, which a word may name instead of a state.
const PROGRAMS: &[&str] = &[
    "redis", "valkey", "postgres", "asyncpg", "psycopg", "sqlite", "mysql", "mariadb", "azure",
    "s3", "minio", "supabase", "rabbitmq", "amqp", "celery", "python",
];

/// Whether a name that stands among settings is a part of the stack: `redis` and `database_status` are,
/// `cache_backend` is not.
pub(super) fn is_part(name: &str) -> bool {
    let name = plain(name);
    let one = |word: &str| {
        let single = word.strip_suffix('s').unwrap_or(word);
        [DATABASE, REDIS, WORKER, OTHERS]
            .iter()
            .any(|words| words.contains(&word) || words.contains(&single))
    };
    let words = || split(&name);
    words().any(one)
        && words().all(|word| {
            one(word) || BESIDE.contains(&word) || word.bytes().all(|it| it.is_ascii_digit())
        })
}

/// Whether a name that stands among parts is a setting: `version`, `started_at`.
pub(super) fn is_setting(name: &str) -> bool {
    let name = plain(name);
    split(&name)
        .last()
        .is_some_and(|word| SETTINGS.contains(&word))
}

/// Whether what is said of a part is no word about its health: a version, an address, a program's name.
pub(super) fn is_neutral(words: &str) -> bool {
    let trimmed = words.trim();
    let (word, lower) = (plain(trimmed), trimmed.to_ascii_lowercase());
    let names_program = || PROGRAMS.iter().any(|program| lower.contains(program));
    let has_digit = || word.bytes().any(|it| it.is_ascii_digit());
    let is_one = !trimmed.contains(char::is_whitespace);
    let says_something = || split(&word).any(|it| State::of(it) >= Some(State::Degraded));
    NEUTRAL.contains(&word.as_str())
        || trimmed.contains("://")
        || word
            .strip_prefix('v')
            .unwrap_or(&word)
            .starts_with(|it: char| it.is_ascii_digit())
        || (is_one && word.contains(['.', '/', '@']))
        || (names_program() && (is_one || has_digit()) && !says_something())
}

fn split(plain: &str) -> impl Iterator<Item = &str> {
    plain
        .split(|it: char| !it.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_from_settings() {
        for part in [
            "redis",
            "database_status",
            "redisCache",
            "PostgreSQL",
            "celery-workers",
            "db.primary",
            "storage",
            "postgres_1",
        ] {
            assert!(is_part(part), "{part}");
        }
        for setting in [
            "cache_backend",
            "db_version",
            "redis_host",
            "status",
            "version",
            "log_level",
        ] {
            assert!(!is_part(setting), "{setting}");
        }
        assert!(is_setting("version") && is_setting("startedAt") && !is_setting("mailer"));
    }

    #[test]
    fn what_a_part_is_says_nothing_of_its_health() {
        for neutral in [
            "redis",
            "memory",
            "Enabled",
            "15.3",
            "v7",
            "PostgreSQL 15.3 on x86_64",
            "db.internal",
            "redis://h/0",
            "AzureBlobStorage",
            "2026-01-01T00:00:00Z",
            "localhost:6379/0",
            "",
        ] {
            assert!(is_neutral(neutral), "{neutral}");
        }
        for word in [
            "starting",
            "kaputt",
            "redis_down",
            "no route to 10.0.0.1",
            "redis 7 lost",
            "could not connect",
        ] {
            assert!(!is_neutral(word), "{word}");
        }
    }
}
