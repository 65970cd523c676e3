use super::*;

#[test]
fn a_bad_word_outweighs_a_good_one_wherever_it_stands() {
    for sick in [
        "connected: false",
        "healthy: false",
        "healthy=false",
        "ready: no",
        "ok, database down",
        "ok (database down)",
        "ok (2 of 3 nodes failed)",
        "error: refused",
        "10.0.0.5:5432: connection refused",
        "127.0.0.1:5432 - no response",
        "2 of 3 nodes down",
        "0 connections, 5 failed",
        "3 errors",
        "errors: 3",
        "5xx errors",
        "503",
        "Error 111 connecting to redis://10.0.0.1:6379",
        "redis://10.0.0.1:6379 unreachable",
        "redis.exceptions.ConnectionError",
        "redis.timeout",
        "[Errno 111] Connection refused",
        "could not connect",
        "can't reach the server",
        "ok, but not connected",
        "connection timed out",
        "redis 7 lost",
        "no route to 10.0.0.1",
        "ok, error: true",
        "ok, failed: yes",
        "ok, failed: no reply",
        "ok, error: no database",
        "errors: none of the nodes answer",
        "errors: none, database down",
        "errors: none\ndatabase: down",
        "ok, failed jobs: 3",
        "ok, error rate: 0.5%",
        "connected=false errors=0",
        "redis=down workers=0",
        "connect() failed",
        "timeout: 30s",
        "timeout after 30s",
        "ok, timeout: 30s exceeded",
        "ok, but timeout 30s",
        "ok, redis timeout: 30s",
        "ok, timeouts: 30",
        "postgres: no",
        "0 of 3 nodes up",
        "0/3 ready",
        "none of 3 nodes available",
        "ok,database:down",
        "status: no",
        "health: no",
        "state: no",
        "working: no",
        "status: false",
        "connection failed: 0 bytes read",
        "down: 0 nodes answered",
        "unavailable: no errors logged",
        "down: 0/3 nodes",
        "unhealthy: 0 ready",
        "CRITICAL: 0 workers",
        "DOWN: 0 of 3 workers",
        "Unhealthy: 0/5 checks passed",
        "unavailable: 0 replicas",
        "node 0 failed",
        "shard 0 is down",
        "redis db 0 connection refused",
        "ok, attempt 0 failed",
        "0 errors redis down",
        "ok, 0 workers redis down",
        "db (0/3 nodes ready)",
    ] {
        assert_eq!(state(sick), Some(State::Unhealthy), "{sick}");
    }
    for less in ["up, but degraded", "ok (slow)", "ok, degraded: yes"] {
        assert_eq!(state(less), Some(State::Degraded), "{less}");
    }
}

#[test]
fn what_is_not_there_is_no_fault() {
    for well in [
        "ok",
        "ok (12ms)",
        "ok: 3 connections",
        "ok, 0 errors",
        "ok (errors: 0, failed=0)",
        "ok, no errors",
        "ok, no failed jobs",
        "connected to redis://error:down@host:6379/0",
        "up (0 of 3 nodes down)",
        "healthy, not degraded",
        "up (PostgreSQL 15.4)",
        "connected: 10.0.0.5:5432",
        "up since 2026-01-01T00:00:00Z",
        "ok, errors: none",
        "database up (errors: none)",
        "ok (last_error: null)",
        "ok, last write error: none",
        "up; errors=0; failures=none last_error=null",
        "ok, error: false",
        "ok, failed: no",
        "ok, last failure: never",
        "ok, errors: []",
        "ok, errors=[], failures=-",
        "ok, error: -, failures: {}",
        "ok, error: no error",
        "Errors: none. All good!",
        "ok\nerrors: none\nlatency: 5ms",
        "ok, failed jobs: 0, failed_tasks=0, error rate: 0.0%",
        "healthy (degraded: no)",
        "healthy: true, degraded: false",
        "ok, timeout: 30s",
        "connected, timeout=5s",
        "connected timeout=5s",
        "ok (idle timeout 30s)",
        "ok (timeout 30 seconds)",
        "ok, redis_timeout=5, statement_timeout=30000",
        "ok (connect timeout 5s)",
        "failures:none;errors:none;up",
        "ok, no errors found",
        "ok, 0 errors and failures",
        "ok, redis 0 errors",
        "3 up, down: 0",
        "ok with 0 failed",
        "ok, 0 jobs have failed",
        "ok, 0/3 nodes down",
        "ok, failed jobs: 0 of 10",
        "ok, errors: 0 in 5 minutes",
        "ok, errors 0",
        "ok (none failed), 0 of 10 connections active",
    ] {
        assert_eq!(state(well), Some(State::Healthy), "{well}");
    }
    assert_eq!(state("disabled: no address"), Some(State::Disabled));
    for nothing in [
        "0 errors",
        "15.4",
        "v1.2.3",
        "10.0.0.5:5432",
        "redis://host:6379/0",
        "PostgreSQL 15.4 on x86_64-pc-linux-gnu, compiled by gcc",
        "2026-01-01T00:00:00Z",
        "12ms",
        "3 connections",
        "starting",
        "ok (kaputt)",
        "up: kaputt",
        "tls: false",
        "ok (tls: no)",
        "error: none",
    ] {
        assert_eq!(state(nothing), None, "{nothing}");
    }
}

#[test]
fn a_no_to_what_nobody_knows_is_a_doubt() {
    for doubtful in [
        "mail: no",
        "ok, kafka: no",
        "ok, mail: no",
        "ok, kafka=false",
    ] {
        assert_eq!(state(doubtful), None, "{doubtful}");
        assert!(is_doubtful(doubtful), "{doubtful}");
    }
    for other in [
        "ok, tls: no",
        "debug: false",
        "ok, errors: no",
        "status: no",
        "hello",
        "no",
    ] {
        assert!(!is_doubtful(other), "{other}");
    }
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
        "0 errors",
        "12ms",
        "3 connections",
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
        "10.0.0.5:5432 kaputt",
        "2 of 3 nodes kaputt",
        "ok (kaputt)",
    ] {
        assert!(!is_neutral(word), "{word}");
    }
}
