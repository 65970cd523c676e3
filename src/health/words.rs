//! Which names of a report stand for a part of the stack, and which words say nothing of its health.

use super::body::{State, key, plain};
use super::ways::{DATABASE, REDIS, WORKER};

/// What holds components, also behind other words: `external_services`.
const GROUPS: &[&str] = &[
    "components",
    "checks",
    "healthchecks",
    "dependencies",
    "deps",
    "services",
    "subsystems",
    "indicators",
    "probes",
];

/// And what does so only where it is the whole name: Spring's, Microsoft's and Laravel's.
const WHOLE_GROUPS: &[&str] = &["details", "entries", "results", "check_results"];

/// Words that tell of a fault, and are no state.
const FAULTS: &[&str] = &[
    "errors",
    "failures",
    "fails",
    "exception",
    "exceptions",
    "denied",
    "rejected",
    "refuse",
    "refuses",
    "unauthorized",
    "forbidden",
    "panic",
    "unable",
    "cannot",
    "timeouts",
    "unknown_host",
    "exhausted",
    "shutdown",
    "interrupted",
    "issues",
    "problems",
];

/// What stands where a fault would be told, and there is none.
const NO_FAULTS: &[&str] = &[
    "",
    "none",
    "null",
    "nil",
    "no",
    "never",
    "nothing",
    "empty",
    "ok",
    "false",
    "0",
    "-",
    "[]",
    "{}",
    "no_error",
    "no_errors",
    "n/a",
];

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
    "is",
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

/// What tells in a name that it is about another time.
const PAST: &[&str] = &[
    "history",
    "previous",
    "past",
    "last",
    "recent",
    "incidents",
    "events",
    "log",
    "logs",
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

/// Words that join others, and what is counted.
const JOINING: &[&str] = &[
    "a",
    "all",
    "an",
    "and",
    "are",
    "as",
    "at",
    "by",
    "for",
    "from",
    "has",
    "have",
    "in",
    "is",
    "it",
    "its",
    "of",
    "on",
    "s",
    "since",
    "the",
    "to",
    "via",
    "was",
    "were",
    "with",
    "node",
    "host",
    "localhost",
    "client",
    "connection",
    "instance",
    "pool",
    "size",
    "response",
    "request",
    "system",
    "task",
    "job",
    "key",
    "table",
    "read",
    "write",
    "master",
    "slave",
    "leader",
    "ms",
    "second",
    "minute",
    "hour",
    "day",
    "postgre",
    "sql",
    "used",
    "free",
    "total",
    "ago",
    "but",
    "healthz",
    "livez",
    "readyz",
];

/// Whether what has this name holds components.
pub(super) fn is_group(name: &str) -> bool {
    let key = key(name);
    WHOLE_GROUPS.contains(&key.as_str())
        || key
            .rsplit('_')
            .next()
            .is_some_and(|last| GROUPS.contains(&last))
}

/// Whether a name is about another time.
pub(super) fn is_past(name: &str) -> bool {
    key(name).split('_').any(|word| PAST.contains(&word))
}

/// Whether a word says that something is not well.
pub(super) fn is_bad(word: &str) -> bool {
    FAULTS.contains(&word) || State::word(word).is_some_and(|it| it >= State::Degraded)
}

/// Whether what is said of a fault is that there is none: `"error": "none"`.
pub(super) fn is_none(words: &str) -> bool {
    NO_FAULTS.contains(&plain(words).as_str())
}

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

/// Whether a word of a text says nothing of health by itself: a number, a name, a word that joins others.
pub(super) fn is_of_no_weight(word: &str) -> bool {
    let lists = [
        NEUTRAL, PROGRAMS, JOINING, DATABASE, REDIS, WORKER, OTHERS, BESIDE, SETTINGS,
    ];
    let single = word.strip_suffix('s').unwrap_or(word);
    word.contains(|it: char| it.is_ascii_digit() || matches!(it, '.' | '/' | '@'))
        || lists
            .iter()
            .any(|words| words.contains(&word) || words.contains(&single))
}

/// Whether the whole of what is said of a part is the value of a setting, or names a program.
pub(super) fn is_said_of_settings(words: &str) -> bool {
    let trimmed = words.trim();
    let lower = trimmed.to_ascii_lowercase();
    let is_one = !trimmed.contains(char::is_whitespace);
    NEUTRAL.contains(&plain(trimmed).as_str())
        || is_one && PROGRAMS.iter().any(|program| lower.contains(program))
}

/// Whether a program tells its version: `PostgreSQL 15.4 on x86_64, compiled by gcc`.
pub(super) fn names_version(words: &str) -> bool {
    let lower = words.trim().to_ascii_lowercase();
    let mut words = lower.split_whitespace();
    let program = words.next().unwrap_or_default();
    PROGRAMS.iter().any(|known| program.contains(known))
        && words.any(|word| word.starts_with(|it: char| it.is_ascii_digit()))
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
            "isRedisConnected",
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
    fn groups_have_their_names_in_every_framework() {
        for group in ["deps", "checkResults", "Results", "external-services"] {
            assert!(is_group(group), "{group}");
        }
        for other in ["error_details", "crawl_results", "database"] {
            assert!(!is_group(other), "{other}");
        }
    }
}
