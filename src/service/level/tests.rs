//! What programs print, and the level of it.

use super::Level::{self, Debug, Error, Info, Trace, Warn};
use super::of;

static CASES: &[(&str, Option<Level>)] = &[
    (
        "INFO:     127.0.0.1:53210 - \"GET / HTTP/1.1\" 200 OK",
        Some(Info),
    ),
    (
        "\x1b[32mINFO\x1b[0m:     Started server process [1]",
        Some(Info),
    ),
    (
        "\x1b[31mERROR\x1b[0m:    Exception in ASGI application",
        Some(Error),
    ),
    (
        "WARNING:  WatchFiles detected changes in 'main.py'. Reloading...",
        Some(Warn),
    ),
    ("CRITICAL: out of patience", Some(Error)),
    ("WARNING:root:careful", Some(Warn)),
    (
        "2026-11-24 15:00:00,123 - app.main - ERROR - it broke",
        Some(Error),
    ),
    (
        "2026-11-24 15:00:00,123 app.main DEBUG looking",
        Some(Debug),
    ),
    (
        "2026-11-24 15:00:00.123 | WARNING  | app:main:12 - careful",
        Some(Warn),
    ),
    (
        "\x1b[32m2026-11-24 15:00:00.123\x1b[0m | \x1b[31m\x1b[1mERROR   \x1b[0m | \x1b[36mapp\x1b[0m:\x1b[36mmain\x1b[0m:\x1b[36m12\x1b[0m - \x1b[31mbroken\x1b[0m",
        Some(Error),
    ),
    (
        "2026-11-24 15:00:00.123 | SUCCESS  | app:main:12 - done",
        Some(Info),
    ),
    (
        "2026-11-24 15:00:00.123 | TRACE    | app:main:12 - step",
        Some(Trace),
    ),
    (
        "[2026-11-24 15:00:00,123: INFO/MainProcess] celery@host ready.",
        Some(Info),
    ),
    (
        "[2026-11-24 15:00:00,123: ERROR/ForkPoolWorker-1] Task t[1] raised unexpected: ValueError('x')",
        Some(Error),
    ),
    (
        "[2026-11-24 15:00:00,123: WARNING/MainProcess] No hostname",
        Some(Warn),
    ),
    (" ✓ Ready in 1234ms", Some(Info)),
    (" ⚠ Port 3000 is in use", Some(Warn)),
    (" ⨯ Error: boom", Some(Error)),
    (" \x1b[31m\x1b[1m⨯\x1b[22m\x1b[39m Error: boom", Some(Error)),
    ("   ▲ Next.js 15.3.0", Some(Info)),
    (
        "warn  - Fast Refresh had to perform a full reload",
        Some(Warn),
    ),
    ("error - Failed to compile", Some(Error)),
    (
        "2026-11-24T15:00:00Z [error    ] failed                 key=1",
        Some(Error),
    ),
    (
        "2026-11-24 15:00:00 [info     ] fine                    key=1",
        Some(Info),
    ),
    (
        "2026-11-24T15:00:00Z [\x1b[31m\x1b[1merror    \x1b[0m] \x1b[1mfailed\x1b[0m",
        Some(Error),
    ),
    (
        r#"{"event": "x", "level": "warning", "timestamp": "2026"}"#,
        Some(Warn),
    ),
    (r#"{"levelname":"ERROR","message":"info"}"#, Some(Error)),
    (r#"{"level":30,"time":1,"msg":"hello"}"#, Some(Info)),
    (r#"{"level":50,"time":1,"msg":"hello"}"#, Some(Error)),
    (r#"{"level":"50","msg":"hello"}"#, Some(Error)),
    (r#"{"severity":"CRITICAL"}"#, Some(Error)),
    (r#"{"ctx":{"level":"error"},"level":"info"}"#, Some(Info)),
    (r#"{"@t":"2026","@mt":"x","@l":"Warning"}"#, Some(Warn)),
    (r#"{"severity_text":"ERROR","body":"x"}"#, Some(Error)),
    (r#"{"Level":"Fatal"}"#, Some(Error)),
    (r#"{"loglevel":"debug"}"#, Some(Debug)),
    ("\x1b[32m{\x1b[0m\"log_level\":\"warn\"}", Some(Warn)),
    (
        "time=2026-11-24T15:00:00Z level=error msg=\"x\"",
        Some(Error),
    ),
    (
        "2026-11-24 15:00:00.123 UTC [4711] LOG:  database system is ready",
        Some(Info),
    ),
    (
        "2026-11-24 15:00:00.123 UTC [4711] FATAL:  role \"x\" does not exist",
        Some(Error),
    ),
    (
        "4711:M 24 Nov 2026 15:00:00.123 * Ready to accept connections tcp",
        Some(Info),
    ),
    (
        "4711:M 24 Nov 2026 15:00:00.123 # WARNING Memory overcommit must be enabled",
        Some(Warn),
    ),
    (
        "4711:M 24 Nov 2026 15:00:00.123 # Failed listening on port 6379 (TCP), aborting.",
        Some(Error),
    ),
    ("npm ERR! code ENOENT", Some(Error)),
    ("error: Cannot find module 'x'", Some(Error)),
    ("TypeError: x is not a function", Some(Error)),
    (
        "pydantic_core._pydantic_core.ValidationError: 1 validation error",
        Some(Error),
    ),
    ("/app/x.py:12: DeprecationWarning: old", Some(Warn)),
    ("Traceback (most recent call last):", Some(Error)),
    ("DeprecationWarning: old", Some(Warn)),
    ("sqlalchemy.exc.SAWarning: relationship X", Some(Warn)),
    (
        "W1129 12:00:00.000000       1 file.go:3] careful",
        Some(Warn),
    ),
    (
        "E1129 12:00:00.000000       1 file.go:3] broken",
        Some(Error),
    ),
    ("F1129 12:00:00.000000       1 file.go:3] gone", Some(Error)),
    ("I1129 12:00:00.000000       1 file.go:3] fine", Some(Info)),
    ("E1129 is the number of a part", None),
    (
        "E, [2026-11-30T08:00:00.123456 #7] ERROR -- : ruby err",
        Some(Error),
    ),
    (
        "W, [2026-11-30T08:00:00.123456 #7]  WARN -- prog: careful",
        Some(Warn),
    ),
    (
        "I, [2026-11-30T08:00:00.123456 #7]  INFO -- : no ERROR",
        Some(Info),
    ),
    (
        "D, [2026-11-30T08:00:00.123456 #7] DEBUG -- : looking",
        Some(Debug),
    ),
    (
        "F, [2026-11-30T08:00:00.123456 #7] FATAL -- : gone",
        Some(Error),
    ),
    ("E, [the fifth letter]", None),
    (
        "a.rb:2:in 'foo': undefined method 'x' for nil (NoMethodError)",
        Some(Error),
    ),
    (
        "/w/a.rb:2:in `<main>': no such thing (App::Missing)",
        Some(Error),
    ),
    ("a.rb:4:in 'foo'", None),
    ("a.rb:4:in 'foo': called (twice)", None),
    ("E       assert 1 == 2", Some(Error)),
    ("E = mc2", None),
    (
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x' imported from /w/x.mjs",
        Some(Error),
    ),
    ("everything is fine, no ERROR here", None),
    ("Warnings are shown above", None),
    ("    raise ValueError(\"x\")", None),
    ("WARNI [alembic.autogenerate.compare] no type", Some(Warn)),
    ("CRITI [alembic] gone", Some(Error)),
    ("INFO  [alembic.runtime.migration] Context impl", Some(Info)),
    ("nginx: [emerg] bind() to 0.0.0.0:80 failed", Some(Error)),
    (
        "2026/11/29 17:14:00 [alert] 1#1: worker process 7 exited",
        Some(Error),
    ),
    ("2026/11/29 17:14:00 [crit] 1#1: no space", Some(Error)),
    ("2026/11/29 17:14:00 [notice] 1#1: start", Some(Info)),
    (
        "7:00:00 AM [vite] Internal server error: Failed to resolve import",
        Some(Error),
    ),
    (
        "\x1b[2m7:00:00 AM\x1b[22m \x1b[31m\x1b[1m[vite]\x1b[22m\x1b[39m \x1b[31mInternal server error: x\x1b[39m",
        Some(Error),
    ),
    ("7:00:00 AM [vite] warning: a comparison", Some(Warn)),
    ("7:00:00 AM [vite] hmr update /src/error.tsx", None),
    ("src/a.ts(1,5): error TS2322: Type 'x'", Some(Error)),
    ("src/a.ts:1:5 - error TS2322: Type 'x'", Some(Error)),
    ("a b/c.ts(1,5): warning TS6133: unused", Some(Warn)),
    ("error TS6053: File 'x' not found.", Some(Error)),
    ("work.c:3:1: error: expected ';'", Some(Error)),
    ("work.c:3:1: warning: unused", Some(Warn)),
    ("the last error: none, TS2322: fixed", None),
    (
        "5:14:00 PM - Found 0 errors. Watching for file changes.",
        None,
    ),
    ("\u{25b2} [WARNING] Duplicate key \"a\"", Some(Warn)),
    ("\u{2718} [ERROR] Could not resolve \"x\"", Some(Error)),
    ("\u{25b2} [next] up", Some(Info)),
    (
        "[Nest] 1  - 11/29/2026, 5:14:00 PM   ERROR [ExceptionsHandler] x",
        Some(Error),
    ),
    (
        "[Nest] 1  - 11/29/2026, 5:14:00 PM    WARN [Router] x",
        Some(Warn),
    ),
    (
        "[Nest] 1  - 11/29/2026, 5:14:00 PM     LOG [Router] no ERROR",
        Some(Info),
    ),
    ("Uncaught TypeError: x is not a function", Some(Error)),
    ("Uncaught (in promise) RangeError: x", Some(Error)),
    ("Uncaught exceptions are counted", None),
    ("thread 'main' panicked at src/main.rs:2:5:", Some(Error)),
    (
        "thread 'tokio-runtime worker' (77) panicked at src/main.rs:2:5:",
        Some(Error),
    ),
    ("thread pool has 4 workers", None),
    ("error: null,", None),
    ("\"error\": None", None),
    ("error: false", None),
    ("\"error\": \"\",", None),
    ("'error': '',", None),
    ("\"error\": {},", None),
    ("\"error\":null,", None),
    ("error: []", None),
    ("error: 0", None),
    ("error: undefined", None),
    ("ERROR 0", None),
    ("Error:    0   Warning:    2", None),
    ("ERROR: 0 | OK: 12", None),
    ("| ERROR | 3 |", None),
    ("ERROR     WARN     INFO", None),
    ("\"warning\": \"\"", None),
    ("\"warning\": false,", None),
    ("Warning: 0", None),
    ("WARN  0", None),
    (
        "error: null value in column \"a\" violates not-null constraint",
        Some(Error),
    ),
    ("Error: null", Some(Error)),
    ("ERROR: None", Some(Error)),
    ("error: false positives", Some(Error)),
    ("ERROR: 0 rows of 5 came", Some(Error)),
    ("ERROR", Some(Error)),
    ("error:", Some(Error)),
    ("ERROR PANIC at x", Some(Error)),
    ("[ERROR] 0", Some(Error)),
    ("\"error\": \"x\",", Some(Error)),
];

#[test]
fn the_levels_of_this_stack_are_recognised() {
    for (line, level) in CASES {
        assert_eq!(of(line.as_bytes()), *level, "{line}");
    }
}

#[test]
fn what_is_no_text_has_no_level() {
    for line in [
        &b""[..],
        b"\x1b[",
        b"\xff\xfe",
        b"\0\0",
        b"{",
        b"{\"level\":",
        b"\xe2\x9a",
    ] {
        assert_eq!(of(line), None);
    }
}
