//! What is said before the end, and is not why.

use super::{of_lines, point_to};

const DURING: &str = "During handling of the above exception, another exception occurred:";
const DIRECT: &str = "The above exception was the direct cause of the following exception:";
const TRACEBACK: &str = "Traceback (most recent call last):";
const FRAME: &str = "  File \"/w/app.py\", line 2, in <module>";

#[track_caller]
fn tell_nothing(cases: &[&[&str]]) {
    for lines in cases {
        assert_eq!(of_lines(lines), None, "{lines:#?}");
    }
}

#[test]
fn an_exception_that_was_caught_is_no_cause() {
    let refused = "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.";
    tell_nothing(&[
        &[
            TRACEBACK,
            "  File \"<frozen os>\", line 679, in __getitem__",
            "KeyError: 'OPTIONAL_PROFILE'",
            DURING,
            TRACEBACK,
            FRAME,
            "FileNotFoundError: [Errno 2] No such file or directory: '/nonexistent/conf.yml'",
        ],
        &[
            "ModuleNotFoundError: No module named 'ujson'",
            DURING,
            TRACEBACK,
            FRAME,
            "ValueError: no",
        ],
        &[
            refused,
            DURING,
            TRACEBACK,
            FRAME,
            "    raise ValueError(\"CACHE_SIZE must be positive\")",
            "ValueError: CACHE_SIZE must be positive",
        ],
        // Of a chain only what the last one was made of counts.
        &[
            refused,
            DURING,
            TRACEBACK,
            FRAME,
            "KeyError: 'x'",
            DIRECT,
            TRACEBACK,
            FRAME,
            "RuntimeError: no x",
        ],
        // Logged, and got over.
        &[
            "ERROR:root:no cache",
            TRACEBACK,
            FRAME,
            refused,
            TRACEBACK,
            FRAME,
            "ValueError: CACHE_SIZE must be positive",
        ],
        &[
            "Exception ignored in: <function Client.__del__ at 0x7f>",
            TRACEBACK,
            FRAME,
            refused,
        ],
    ]);
    point_to(&[
        (
            &[
                "ConnectionRefusedError: [Errno 111] Connection refused",
                DURING,
                TRACEBACK,
                FRAME,
                refused,
                "ERROR:    Application startup failed. Exiting.",
            ],
            "Redis at port 6379",
            "managed",
        ),
        (
            &[
                TRACEBACK,
                FRAME,
                "psycopg.OperationalError: connection failed: connection to server at \"127.0.0.1\", port 5432 failed: Connection refused",
                "\tIs the server running on that host and accepting TCP/IP connections?",
                DIRECT,
                TRACEBACK,
                FRAME,
                "RuntimeError: the catalogue cannot be read",
                "(Background on this error at: https://sqlalche.me/e/20/e3q8)",
            ],
            "Postgres at port 5432",
            "managed",
        ),
        (
            &[
                "ERROR:    Traceback (most recent call last):",
                "  File \"<frozen os>\", line 679, in __getitem__",
                "KeyError: 'FOO_KEY'",
                DIRECT,
                "Traceback (most recent call last):",
                FRAME,
                "app.ConfigError: incomplete",
                "ERROR:    Application startup failed. Exiting.",
            ],
            "`FOO_KEY` is not set",
            "FOO_KEY",
        ),
    ]);
}

#[test]
fn what_a_program_went_on_after_is_no_cause() {
    let memory = "redis not reachable (connect ECONNREFUSED 127.0.0.1:6379), using in-memory cache";
    let busy = "port 8080 is already in use, trying 8081";
    tell_nothing(&[
        &[memory],
        &[memory, "config invalid: no `licence`"],
        &[busy, "listening on 8081", "invalid license"],
        &[
            "Error: listen EADDRINUSE: address already in use :::8080",
            "listening on 8081",
        ],
        &[
            "Failed to send telemetry: Name or service not known",
            "usage: error",
        ],
        &[
            "psql:init.sql:1: NOTICE:  relation \"users\" does not exist, skipping",
            "psql:init.sql:9: ERROR:  syntax error at or near \"x\"",
        ],
        &[
            "connect ECONNREFUSED 127.0.0.1:6379",
            "config invalid: no `licence`",
        ],
        &[
            "redis: Connection refused. retrying",
            "redis answers",
            "bye",
        ],
        &[
            "connect ECONNREFUSED 127.0.0.1:6379",
            "npm error Missing script: \"dve\"",
        ],
        &["connect ECONNREFUSED 127.0.0.1:6379", "Check failed: x < y"],
        &["connect ECONNREFUSED 127.0.0.1:6379 - falling back to memory"],
    ]);
}

#[test]
fn who_aborts_says_why_behind_what_it_went_on_after() {
    let refused = "Connection refused to redis at port 6379";
    for said in [
        "free(): invalid pointer",
        "double free or corruption (out)",
        "corrupted size vs. prev_size",
        "*** stack smashing detected ***: terminated",
        "pure virtual method called",
        "x: main.c:5: main: Assertion `x > 0' failed.",
        "Fatal Python error: Aborted",
    ] {
        tell_nothing(&[&[refused, said], &[refused, said, "Aborted (core dumped)"]]);
    }
    let thrown = "terminate called after throwing an instance of 'std::runtime_error'";
    tell_nothing(&[&[refused, thrown, "  what():  no licence"]]);
    let what = "  what():  connect to 127.0.0.1:5432: Connection refused";
    point_to(&[(&[refused, thrown, what], "Postgres at port 5432", "managed")]);
}

#[test]
fn a_traceback_that_was_printed_and_gone_on_after_is_no_cause() {
    let missing = "ModuleNotFoundError: No module named 'ddgs'";
    let caught = [TRACEBACK, FRAME, "    import ddgs", missing];
    let after = |said: &[&'static str]| [&caught[..], said].concat();
    tell_nothing(&[
        &after(&["loaded 12 rules", "reading input.csv"]),
        &after(&["falling back to the json module"]),
        &after(&["going on without a"]),
        &after(&[
            "falling back to the json module",
            "loaded 12 rules",
            "reading input.csv",
        ]),
        &[
            "cache is off: Error 111 connecting to localhost:6399. Connection refused.",
            "working",
        ],
        &[
            "scanned 3 files: 2x ModuleNotFoundError: No module named 'ddgs', 1x Address already in use",
        ],
    ]);
    for said in [
        &[][..],
        &["one more line"],
        &["closed 3 pools", "flushed 2 events", "bye for now"],
        &[
            "Sentry is attempting to send 2 pending events",
            "Waiting up to 2 seconds",
            "Press Ctrl-C to quit",
        ],
        &["make: *** [Makefile:2: dev] Error 1"],
        &["[nodemon] app crashed - waiting for file changes"],
        &[
            "wandb: run history",
            "wandb: view it there",
            "wandb: 2 files",
        ],
        &["error: Recipe `dev` failed on line 2 with exit code 1"],
        &[
            "╔═════════════════╗",
            "║ Looks like it was just installed. ║",
            "║ Run the following command to go on ║",
        ],
        &["real 0m0.051s", "user 0m0.040s", "sys 0m0.010s"],
    ] {
        point_to(&[(&after(said), "`ddgs` is not installed", "uv sync")]);
    }
    point_to(&[(
        &["attempted 3x: connect ECONNREFUSED 127.0.0.1:6379"],
        "Redis at port 6379",
        "managed",
    )]);
}

#[test]
fn what_is_said_of_an_end_hides_no_cause() {
    let refused = "Error: connect ECONNREFUSED 127.0.0.1:6379";
    for said in [
        &["error: script \"dev\" exited with code 1"][..],
        &[
            "npm ERR! Lifecycle script `dev` failed with error:",
            "npm ERR! Error: command failed",
        ],
        &[" ELIFECYCLE  Command failed with exit code 1."],
        &["make: *** [Makefile:2: dev] Error 1"],
        &["Failed to start server", "Exiting."],
        &[
            "    at x (/w/x.js:1:2) {",
            "  code: 'ECONNREFUSED'",
            "}",
            "Node.js v20.20.2",
        ],
        &["subprocess.CalledProcessError: Command 'x' returned non-zero exit status 1."],
        &[
            "HINT:  is it missing?",
            "Please check that all required services are up",
        ],
        &[
            "Read more: https://x.org/error/refused",
            "See https://x.org",
        ],
        &["\tIs the server running on that host and accepting TCP/IP connections?"],
        &["Trying again in 2.00 seconds... (1/100)"],
        &["retrying (1/2)", "giving up"],
        &["that failed, retrying in 2 s (5/5)"],
        &["[2026-11-29 14:00:00] [7] [ERROR] Reason: Worker failed to boot."],
    ] {
        let lines: Vec<&str> = std::iter::once(refused)
            .chain(said.iter().copied())
            .collect();
        point_to(&[(&lines, "Redis at port 6379", "managed")]);
    }
    point_to(&[
        (
            &[
                "1 validation error for ServerSettings",
                "error_level",
                "  Field required [type=missing]",
            ],
            "`error_level` for its `ServerSettings`",
            "ERROR_LEVEL",
        ),
        // Who waits for a server, and gives up.
        (
            &[
                "connect ECONNREFUSED 127.0.0.1:6379, retrying (5/5)",
                "giving up",
            ],
            "Redis at port 6379",
            "managed",
        ),
        // It is said twice.
        (
            &[
                "❌ Invalid environment variables: {",
                "  DATABASE_URL: [ 'Required' ]",
                "}",
                "Error: Invalid environment variables",
            ],
            "`DATABASE_URL`",
            "env check",
        ),
    ]);
}

#[test]
fn what_tests_assert_and_texts_of_help_say_is_no_cause() {
    tell_nothing(&[
        &[
            "    def test_a():",
            "        x = \"ECONNREFUSED 127.0.0.1:6379\"",
            ">       assert x == \"x\"",
            "E       AssertionError: assert 'ECONNREFUSED 127.0.0.1:6379' == 'x'",
            "E         + ECONNREFUSED 127.0.0.1:6379",
            "t_x.py:3: AssertionError",
            "=========================== short test summary info ============================",
            "FAILED t_x.py::test_a - AssertionError: assert 'ECONNREFUSED 127.0.0.1:6379' ...",
            "1 failed in 0.05s",
        ],
        &["FAILED t_x.py::test_a - ConnectionError: ECONNREFUSED 127.0.0.1:6379"],
        &[
            "Connection refused",
            "Ran 1 test in 0.1s",
            "FAILED (failures=1)",
        ],
        &["if address already in use, choose another port 8080"],
        &[
            "usage: serve [--port PORT]",
            "options:",
            "  --port PORT  address already in use? choose another port 8080",
            "serve: error: unrecognized arguments: --prot",
        ],
        &["  -p, --port PORT  address already in use: choose another port 8080"],
        &[
            "1 | await dial(\"ECONNREFUSED 127.0.0.1:6379\")",
            "error: no licence",
        ],
        &[
            TRACEBACK,
            FRAME,
            "    raise ValueError(\"x\")  # ECONNREFUSED 127.0.0.1:6379",
            "ValueError: x",
        ],
    ]);
    point_to(&[(
        // These tests could not even be loaded.
        &[
            "ImportError while loading conftest '/w/conftest.py'.",
            "conftest.py:1: in <module>",
            "    import ddgs",
            "E   ModuleNotFoundError: No module named 'ddgs'",
        ],
        "`ddgs` is not installed",
        "uv sync",
    )]);
}

#[test]
fn what_somebody_asserts_or_notes_on_an_exception_is_no_cause() {
    let value = "ValueError: no licence";
    tell_nothing(&[
        &["AssertionError: expected [Errno 98] address already in use to be raised"],
        &[
            TRACEBACK,
            FRAME,
            "AssertionError: expected this to be raised:",
            "[Errno 98] address already in use",
        ],
        &[
            "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:",
            "+ actual - expected",
            "+ 'ECONNREFUSED 127.0.0.1:6379'",
            "- 'x'",
            "    at Object.<anonymous> (/w/x.js:1:7)",
        ],
        &[
            TRACEBACK,
            FRAME,
            value,
            "seen before with: ModuleNotFoundError: No module named 'torch'",
        ],
        &[
            TRACEBACK,
            FRAME,
            value,
            "while reading a.csv",
            "seen before with: ModuleNotFoundError: No module named 'torch'",
        ],
        &[
            TRACEBACK,
            FRAME,
            value,
            "on CI this meant connect ECONNREFUSED 127.0.0.1:6379",
        ],
    ]);
    point_to(&[
        (
            &[
                TRACEBACK,
                FRAME,
                "ModuleNotFoundError: No module named 'ddgs'",
                "the search was refused, as with: ConnectionError: Connection refused",
            ],
            "`ddgs` is not installed",
            "uv sync",
        ),
        // It says what is wrong in its next lines.
        (
            &[
                TRACEBACK,
                FRAME,
                "ImportError: Unable to import required dependencies:",
                "ddgs: No module named 'ddgs'",
            ],
            "`ddgs` is not installed",
            "uv sync",
        ),
        (
            &[
                TRACEBACK,
                FRAME,
                "psycopg.OperationalError: Multiple connection attempts failed. All failures were:",
                "- host: 'localhost', port: 5432, hostaddr: '127.0.0.1': connection failed: connection to server at \"127.0.0.1\", port 5432 failed: Connection refused",
            ],
            "Postgres at port 5432",
            "managed",
        ),
        // Others say why they ended.
        (
            &[TRACEBACK, FRAME, value, "sh: 1: nosuch: not found"],
            "`nosuch`",
            "install it",
        ),
    ]);
}
