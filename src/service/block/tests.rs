//! Which lines belong together, and how grave they are.

use super::*;

mod apart;
mod framed;

fn levels(text: &str) -> Vec<(Level, Open)> {
    let mut block = Block::default();
    text.lines()
        .map(|line| (block.level(line.as_bytes(), Duration::ZERO), block.open()))
        .collect()
}

#[test]
fn moments_are_apart_as_their_times_are() {
    let [one, other] = ["2026-11-24T14:02:11.000Z", "2026-11-24T14:02:11.250001Z"].map(moment);
    assert_eq!(one + Duration::from_micros(250_001), other);
    assert_eq!(moment("never"), Duration::ZERO);
}

const TRACEBACK: [&str; 3] = [
    "Traceback (most recent call last):",
    "  File \"x.py\", line 1, in <module>",
    "ValueError: no",
];

#[test]
fn lines_that_come_later_are_no_part_of_an_error() {
    for error in [&TRACEBACK[..], &["ERROR: it broke"]] {
        let mut block = Block::default();
        for line in error {
            block.level(line.as_bytes(), Duration::from_mins(1));
        }
        let mut later = |line: &str, millis| {
            let at = Duration::from_mins(1) + Duration::from_millis(millis);
            let level = block.level(line.as_bytes(), at);
            (level, block.open())
        };
        assert_eq!(later("  more of it", 20).0, Level::Error);
        assert_eq!(later("DETAIL:  and more", 70).0, Level::Error);
        assert_eq!(later("", 500).0, Level::Error);
        let own = (Level::Info, Open::No);
        assert_eq!(later("health 200 1", 500), own);
        assert_eq!(later("health 200 2", 501), own);
        assert_eq!(later("  and its own", 502), own);
    }
}

#[test]
fn a_warning_of_pythons_goes_on_to_its_line_of_code() {
    let text = "\
/v/platforms.py:829: SecurityWarning: You're running the worker with superuser privileges: this is
absolutely not recommended!

User information: uid=0

  warnings.warn(SecurityWarning(
job 1 done";
    let seen = levels(text);
    let (last, warning) = seen.split_last().expect("seven lines");
    assert_eq!(warning, [(Level::Warn, Open::No); 6]);
    assert_eq!(*last, (Level::Info, Open::No));
}

#[test]
fn what_follows_another_warning_is_no_part_of_it() {
    for warning in [
        "WARNING: the cache is cold",
        "<frozen importlib>:241: RuntimeWarning: size changed",
    ] {
        let seen = levels(&format!("{warning}\njob 1 done"));
        assert_eq!(seen, [(Level::Warn, Open::No), (Level::Info, Open::No)]);
    }
}

#[test]
fn what_comes_right_behind_a_single_line_of_a_logger_is_another_one() {
    for error in [
        "ERROR: boom",
        "2026-11-24 15:00:00,123 - app - ERROR - it broke",
        "[Nest] 7  - 11/24/2026, 3:00:00 PM   ERROR [App] it broke",
        r#"{"level": "error", "msg": "it broke"}"#,
        r#"{"level":"error","msg":"boom"}"#,
    ] {
        for line in ["Server listening on 3000", "no errors found, 0 warnings"] {
            let seen = levels(&format!("{error}\n{line}"));
            assert_eq!(seen[1], (Level::Info, Open::No), "{error}: {line}");
        }
    }
    for (error, more) in [
        ("ERROR: boom", "  while it ran\nHINT: more of it"),
        ("ERROR: these are missing:", "A\nB"),
        ("ERROR:", "it broke"),
        (
            "2026-11-24 15:00:00.123 UTC [7] ERROR:  no such column",
            "2026-11-24 15:00:00.123 UTC [7] HINT:  another one\n2026-11-24 15:00:00.123 UTC [7] STATEMENT:  select x\n\tfrom y",
        ),
        (
            "ERROR: boom",
            "DETAIL:  it broke\n[SQL: select x]\n> 5 | throw",
        ),
        (
            " ⨯ ./app/page.tsx:3:1",
            "Module not found: no 'x'\n\nhttps://nextjs.org/docs",
        ),
        (
            "panic: boom",
            "\ngoroutine 1 [running]:\nmain.main()\n\t/a/main.go:5 +0x1d\nexit status 2",
        ),
        (
            "fatal error: all goroutines are asleep - deadlock!",
            "\ngoroutine 1 [chan receive]:\nmain.main()\n\t/a/main.go:6 +0x2c",
        ),
        (
            "2026/11/24 10:00:00 http: panic serving 127.0.0.1:5: nil map",
            "goroutine 7 [running]:\nnet/http.(*conn).serve.func1()\n\t/x/server.go:1947 +0xbe",
        ),
        (
            "Exception in thread \"main\" java.lang.RuntimeException: x",
            "\tat com.e.A.main(A.java:3)\nCaused by: java.io.IOException: y\n\tat com.e.B.f(B.java:9)",
        ),
    ] {
        for (level, _) in levels(&format!("{error}\n{more}")) {
            assert_eq!(level, Level::Error, "{error}: {more}");
        }
    }
}

#[test]
fn an_error_ends_where_something_else_is_said() {
    let chain = "\nDuring handling of the above exception, another exception occurred:\n\n";
    let one = TRACEBACK.join("\n");
    let errors = [
        (true, one.clone()),
        (true, format!("{one}\n{chain}{one}")),
        (true, format!("ERROR: it broke\n{one}")),
        (true, format!("{one}\nmore of its message\n  and more")),
        (false, "ERROR: boom".to_owned()),
        (
            false,
            "a.rb:2:in 'foo': no 'x' (NoMethodError)\n\tfrom a.rb:4:in '<main>'".to_owned(),
        ),
        (false, "ERROR: boom\n  while it ran".to_owned()),
        (
            false,
            "Error: boom\n    at Page (app/page.tsx:3:9)".to_owned(),
        ),
        (
            false,
            " ⨯ Error: boom\n    at Page (app/page.tsx:3:9) {\n  digest: '1'\n}".to_owned(),
        ),
    ];
    for (is_traceback, error) in errors {
        // What comes with a traceback may be more of its message.
        let later = Duration::from_millis(if is_traceback { 30 } else { 0 });
        let mut block = Block::default();
        for line in error.lines() {
            let level = block.level(line.as_bytes(), Duration::ZERO);
            assert_eq!(level, Level::Error, "{error}: {line}");
        }
        for line in ["plain 1", "plain 2", "  its own"] {
            let level = block.level(line.as_bytes(), later);
            let seen = (level, block.open());
            assert_eq!(seen, (Level::Info, Open::No), "{error}: {line}");
        }
    }
}

#[test]
fn who_asks_what_was_done_after_a_traceback_takes_it_to_end_with_its_exception() {
    let mut block = Block::strict();
    for line in TRACEBACK {
        block.level(line.as_bytes(), Duration::ZERO);
    }
    block.level(b"going on", Duration::ZERO);
    assert!(block.began() && block.stated().is_none());
}

#[test]
fn the_message_of_an_exception_may_have_several_lines() {
    for message in [
        "pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings\nDATABASE_URL\n  Field required [type=missing, input_value={}, input_type=dict]\n    For further information visit https://errors.pydantic.dev\nredis.0.port\n  Field required",
        "sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedTable) no such table\nLINE 2: FROM users\n             ^\n[SQL: SELECT users.id \nFROM users \nWHERE users.id = %(pk_1)s]\n[parameters: {'pk_1': 1}]\n(Background on this error at: https://sqlalche.me/e/20/f405)",
        "sqlalchemy.exc.OperationalError: refused\n\tIs the server running?\n\n(Background on this error at: https://sqlalche.me/e/20/e3q8)",
        "ImportError: \nit needs the library x\nwhich is not here",
    ] {
        let traceback = "Traceback (most recent call last):\n  File \"x.py\", line 1, in f";
        let seen = levels(&format!("{traceback}\n{message}\n{{}} of it"));
        let (last, errors) = seen.split_last().expect("some lines");
        assert!(errors.iter().all(|one| one.0 == Level::Error), "{seen:?}");
        let is_known_to_end = !message.starts_with("ImportError");
        assert_eq!(last.0 == Level::Info, is_known_to_end, "{message}");
    }
}

#[test]
fn the_frame_at_which_loguru_points_does_not_end_a_traceback() {
    let text = "\
2026-11-24 15:00:00.123 | ERROR    | app:main:9 - it broke
Traceback (most recent call last):

> File \"x.py\", line 9, in main
    find()
    └ <function find at 0x7f>

  File \"x.py\", line 3, in find
    raise NotFound(1)
app.NotFound: 1
2026-11-24 15:00:00.125 plain";
    let seen = levels(text);
    let (last, errors) = seen.split_last().expect("some lines");
    assert!(errors.iter().all(|one| one.0 == Level::Error), "{seen:?}");
    assert_eq!(*last, (Level::Info, Open::No));
}

#[test]
fn a_code_frame_belongs_to_its_error_however_late_it_comes() {
    let mut block = Block::default();
    let lines = " ⨯ Error: boom\n    at Page (app/page.tsx:5:9)\n  4 | code\n> 5 |   throw new Error(\"boom\")\n    |         ^\n  6 | }";
    for (second, line) in (0..).zip(lines.lines()) {
        let level = block.level(line.as_bytes(), Duration::from_secs(second));
        assert_eq!(
            (level, block.began()),
            (Level::Error, second == 0),
            "{line}"
        );
    }
    let later = Duration::from_secs(9);
    for line in ["> next dev", "7 | a row of a table"] {
        assert_eq!(block.clone().level(line.as_bytes(), later), Level::Info);
    }
}

#[test]
fn what_belongs_to_an_error_may_take_its_time() {
    let mut block = Block::default();
    let chain = "During handling of the above exception, another exception occurred:";
    let lines = [&TRACEBACK[..], &["", chain, ""], &TRACEBACK].concat();
    for (second, line) in (0..).zip(lines) {
        let level = block.level(line.as_bytes(), Duration::from_secs(second));
        assert_eq!(level, Level::Error, "{line}");
    }
}

#[test]
fn a_request_is_no_part_of_an_error_however_soon_it_comes() {
    for line in [
        "GET /health 200 1",
        "127.0.0.1 - - [24/Nov/2026 15:00:00] \"GET / HTTP/1.1\" 500 -",
    ] {
        let text = format!("{}\n{line}", TRACEBACK.join("\n"));
        assert_eq!(levels(&text)[3], (Level::Info, Open::No), "{line}");
    }
}

#[test]
fn a_traceback_is_an_error_from_its_first_line_to_its_last() {
    let text = "\
INFO:     fine
ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File \"x.py\", line 1, in <module>
    raise KeyError(1)
KeyError: 1

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"x.py\", line 3, in <module>
pydantic_core.ValidationError: 1 validation error for S
DATABASE_URL
  Field required
INFO:     fine again";
    let seen = levels(text);
    let errors = seen
        .iter()
        .filter(|(level, _)| *level == Level::Error)
        .count();
    assert_eq!((errors, seen.len()), (13, 15));
    assert_eq!(seen[2].1, Open::Surely);
    assert_eq!(seen[4].1, Open::Surely);
    assert_eq!(seen[5].1, Open::Likely);
    assert_eq!(seen[7].1, Open::Surely, "what was said to come");
    assert_eq!(seen[9].1, Open::Surely);
    assert_eq!(seen[14], (Level::Info, Open::No));
}

#[test]
fn a_traceback_that_nobody_announced_is_another_error() {
    let one = TRACEBACK.join("\n") + "\n";
    let mut block = Block::default();
    for line in one.lines() {
        block.level(line.as_bytes(), Duration::ZERO);
    }
    let continued = |text: &str| block.continued_by(text.as_bytes(), Duration::ZERO);
    assert_eq!(continued(&one), 0);
    assert_eq!(continued(&format!("HINT: more\n\n{one}")), 12);
    let chain = "\nThe above exception was the direct cause of the following exception:\n\n";
    let chained = format!("{chain}{one}");
    assert_eq!(continued(&format!("{chained}{one}")), chained.len());
    let headed = format!("ERROR: it broke\n  while it ran\n{one}");
    let whole = Block::default().continued_by(headed.as_bytes(), Duration::ZERO);
    assert_eq!(whole, 0, "its first line belongs to nothing before");
    assert_eq!(levels(&headed)[2], (Level::Error, Open::Surely));
}

#[test]
fn a_traceback_within_a_line_is_whole() {
    let line = r#"{"level":"error","exception":"Traceback (most recent call last):\n  File"}"#;
    let seen = levels(&format!(
        "{line}\nINFO: fine\n{}",
        line.replace("error", "info")
    ));
    assert_eq!(seen[0], (Level::Error, Open::Perhaps));
    assert_eq!(seen[1..], [(Level::Info, Open::No); 2]);
    let coloured = "\x1b[33m\x1b[1mTraceback (most recent call last):\x1b[0m";
    assert_eq!(levels(coloured)[0], (Level::Error, Open::Surely));
}

#[test]
fn a_group_of_exceptions_ends_with_its_frame() {
    let text = "  + Exception Group Traceback (most recent call last):
  |   File \"x.py\", line 1, in <module>
  | ExceptionGroup: both (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File \"x.py\", line 3, in one
    | ValueError: 1
    +---------------- 2 ----------------
    | TypeError: 2
    +------------------------------------
INFO: fine";
    let seen = levels(text);
    assert!(
        seen[..9]
            .iter()
            .all(|one| *one == (Level::Error, Open::Surely)),
        "{seen:?}"
    );
    assert_eq!(seen[9], (Level::Error, Open::Likely));
    assert_eq!(seen[10], (Level::Info, Open::No));
}

#[test]
fn an_error_of_next_has_its_stack_and_requests_are_their_own() {
    let text = " ⨯ Error: boom\n    at Page (app/page.tsx:3:9)\n  2 | export\n> 3 | throw\n{\n  digest: '1'\n}\n GET / 500 in 12ms\n ✓ Compiled";
    let seen: Vec<Level> = levels(text).into_iter().map(|(level, _)| level).collect();
    assert!(
        seen[..7].iter().all(|level| *level == Level::Error),
        "{seen:?}"
    );
    assert!(
        seen[7..].iter().all(|level| *level == Level::Info),
        "{seen:?}"
    );
}

#[test]
fn what_node_did_not_catch_is_one_error_from_its_place_on() {
    for text in [
        "node:internal/modules/cjs/loader:1148\n  throw err;\n  ^\n\nError: Cannot find module 'x'\nRequire stack:\n- /w/x.js\n    at x (node:y:1:2) {\n  code: 'MODULE_NOT_FOUND'\n}\n\nNode.js v20.11.0",
        "/w/server.mjs:3\nthrow new TypeError(\"no\");\n^\n\nTypeError: no\n    at x (node:y:1:2)\n\nNode.js v20.11.0",
        "C:\\w\\server.js:3\n    null.x;\n         ^\n\nTypeError: no\n    at x (node:y:1:2)",
    ] {
        let mut block = Block::default();
        for (number, line) in (0..).zip(text.lines()) {
            let level = block.level(line.as_bytes(), Duration::from_millis(number));
            assert_eq!(
                (level, block.began()),
                (Level::Error, number == 0),
                "{line}"
            );
            assert_ne!(block.open(), Open::No, "{line}");
        }
    }
    for line in [
        "src/app.ts:3",
        "/w/server.js:3: no",
        "/w/server.js",
        "10:30:15",
        "node",
    ] {
        assert_eq!(levels(line), [(Level::Info, Open::No)], "{line}");
    }
}

#[test]
fn a_message_with_an_empty_line_is_one() {
    let mut block = Block::default();
    let lines = [
        &TRACEBACK[..],
        &["", "It is not that simple.", "", "Look there."],
    ]
    .concat();
    for (number, line) in (0..).zip(lines) {
        let level = block.level(line.as_bytes(), Duration::from_millis(40 * number));
        assert_eq!(
            (level, block.began()),
            (Level::Error, number == 0),
            "{line}"
        );
    }
}

#[test]
fn the_head_of_a_stack_is_known_by_its_class() {
    for (line, open) in [
        (" ⨯ Error: boom", Open::Soon),
        (
            " \x1b[31m\x1b[1m⨯\x1b[22m\x1b[39m TypeError: x is not a function",
            Open::Soon,
        ),
        (" ⨯ [Error: boom] { digest: '1' }", Open::Soon),
        ("⨯ unhandledRejection: Error: boom", Open::Soon),
        (
            "Error: listen EADDRINUSE: address already in use :::3000",
            Open::Soon,
        ),
        (" ⨯ Failed to start server", Open::Perhaps),
        ("ERROR: it broke", Open::Perhaps),
        ("error: it broke", Open::Perhaps),
        (
            "2026-11-24 15:00:00,123 - app - ERROR - Error: x",
            Open::Perhaps,
        ),
        ("app.errors.ValidationError: no", Open::Perhaps),
    ] {
        assert_eq!(levels(line), [(Level::Error, open)], "{line}");
    }
    assert_eq!(
        levels("Error: boom\n    at Page\nINFO: fine")[2].1,
        Open::No
    );
}

#[test]
fn indented_lines_without_anything_before_are_their_own() {
    assert_eq!(levels("   starting\nplain")[0].0, Level::Info);
}
