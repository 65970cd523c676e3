//! Lines that do not come together.

use super::*;

/// The levels of lines that come so many milliseconds after the one before each, and whether none of them
/// began anything but the first.
fn apart(millis: u64, text: &str) -> (Vec<Level>, bool) {
    let mut block = Block::default();
    let mut began = 0;
    let levels = (0..).zip(text.lines()).map(|(number, line)| {
        let at = Duration::from_mins(1) + Duration::from_millis(millis * number);
        let level = block.level(line.as_bytes(), at);
        began += u32::from(block.began());
        level
    });
    (levels.collect(), began == 1)
}

const CHAINED: &str = "\
Traceback (most recent call last):
  File \"/x/m.py\", line 3, in boom
    raise ValueError(text)
ValueError: first
second line of message
  third
a note here

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File \"/x/m.py\", line 5, in <module>
RuntimeError: chained
more of it";

#[test]
fn a_message_of_several_lines_and_notes_belong_to_a_traceback() {
    let (seen, is_one) = apart(0, CHAINED);
    assert!(is_one && seen.iter().all(|level| *level == Level::Error));
    let one = TRACEBACK.join("\n");
    let many = "a line of it\n".repeat(30);
    assert!(apart(0, &format!("{one}\n{many}")).1, "read at once");
    for other in [
        "INFO: fine",
        "2026-11-30 08:00:00 plain",
        "[2026-11-30 08:00:00] plain",
        "2026/11/30 08:00:00 plain",
        "08:00:00.123 plain",
        r#"{"event": "started"}"#,
        "GET /health 200",
    ] {
        let seen = levels(&format!("{one}\nmore\n{other}\nplain"));
        let seen: Vec<Level> = seen.into_iter().map(|seen| seen.0).collect();
        assert_eq!(
            seen[3..],
            [Level::Error, Level::Info, Level::Info],
            "{other}"
        );
    }
}

#[test]
fn what_says_that_another_traceback_comes_is_an_error_by_itself() {
    let link = "During handling of the above exception, another exception occurred:";
    let text = format!("INFO: fine\n{link}\n\n{}", TRACEBACK.join("\n"));
    let seen = levels(&text);
    assert_eq!(seen[1], (Level::Error, Open::Surely));
    assert!(seen[2..].iter().all(|seen| seen.0 == Level::Error));
}

#[test]
fn an_error_that_comes_line_by_line_is_one() {
    let pydantic = "\
Traceback (most recent call last):
  File \"/x/a.py\", line 3, in <module>
    S(a='x')
pydantic_core._pydantic_core.ValidationError: 1 validation error for S
a
  Input should be a valid integer [type=int_parsing, input_value='x', input_type=str]
    For further information visit https://errors.pydantic.dev/2.11/v/int_parsing

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"/x/a.py\", line 5, in <module>
ValueError: one
two
three";
    let sql = "\
Traceback (most recent call last):
  File \"/x/a.py\", line 3, in <module>
sqlalchemy.exc.IntegrityError: (psycopg.errors.UniqueViolation) duplicate key
DETAIL:  Key (id)=(1) already exists.
[SQL: INSERT INTO t
VALUES (1)]
[parameters: {'id': 1}]
(Background on this error at: https://sqlalche.me/e/20/gkpj)";
    let go = "\
panic: boom

goroutine 1 [running]:
main.f(0x1, {0x2, 0x3})
\t/x/a.go:5 +0x1d
main.main()
\t/x/a.go:9 +0x1d
created by main.g in goroutine 7
\t/x/a.go:12 +0x1d
exit status 2";
    let java = "\
Exception in thread \"main\" java.lang.RuntimeException: x
\tat com.e.A.main(A.java:3)
Caused by: java.io.IOException: y
\tat com.e.B.f(B.java:9)
\t... 1 more";
    let next = " ⨯ Error: kaboom
    at Page (app/page.tsx:5:9)
    at async Promise.all (index 0)
  4 | code
> 5 |   throw new Error(\"kaboom\")
    |         ^
  6 | }";
    let node = "\
/w/server.mjs:3
throw new TypeError(\"no\");
^

TypeError: no
    at file:///w/server.mjs:3:9

Node.js v20.11.0";
    let ruby = "\
a.rb:2:in 'foo': undefined method 'x' for nil (NoMethodError)
\tfrom a.rb:4:in '<main>'";
    for millis in [20, 30, 60, 120] {
        for text in [pydantic, sql, go, java, next, node, ruby] {
            if text == node && millis > 50 {
                // The code is no more than a plain line of which nobody knows when it comes.
                continue;
            }
            let (levels, is_one) = apart(millis, text);
            let all = levels.iter().all(|level| *level == Level::Error);
            assert!(is_one && all, "{millis}: {text}: {levels:?}");
        }
    }
    for text in [go, java, next] {
        let last = |millis: u64| {
            let mut block = Block::default();
            for (number, line) in (0..).zip(text.lines()) {
                block.level(line.as_bytes(), Duration::from_millis(millis * number));
            }
            block.open()
        };
        assert_eq!(last(60), Open::Surely, "more of the stack may come: {text}");
        assert_ne!(last(0), Open::Surely, "it came as a whole: {text}");
    }
}

#[test]
fn what_comes_after_an_error_that_came_line_by_line_is_another() {
    let mut block = Block::default();
    let mut at = Duration::ZERO;
    for line in TRACEBACK {
        at += Duration::from_millis(60);
        block.level(line.as_bytes(), at);
    }
    assert_eq!(block.open(), Open::Soon);
    at += Duration::from_millis(300);
    assert_eq!(block.level(b"going on", at), Level::Info);
}

#[test]
fn an_error_of_nodes_that_comes_in_pieces_keeps_its_line_of_code() {
    let pieces = [
        "/w/server.mjs:3",
        "throw new TypeError(\"no\")",
        "^",
        "",
        "TypeError: no",
        "    at file:///w/server.mjs:3:9",
        "",
        "Node.js v22.1.0",
    ];
    for apart in [0, 80, 400] {
        let mut block = Block::default();
        let mut at = Duration::from_mins(1);
        for (number, line) in pieces.iter().enumerate() {
            at += Duration::from_millis(apart);
            let level = block.level(line.as_bytes(), at);
            assert_eq!(level, Level::Error, "{apart}: {line}");
            assert_eq!(block.began(), number == 0, "{apart}: {line}");
        }
        // A record is none of the code, whatever stood before it; nor is what comes much later.
        for (other, millis) in [("2026-11-30 10:00:00 up", apart), ("listening", 1600)] {
            let mut block = Block::default();
            block.level(pieces[0].as_bytes(), at);
            block.level(other.as_bytes(), at + Duration::from_millis(millis));
            assert_eq!(
                block.began(),
                apart > 50 || millis > 1500,
                "{apart}: {other}"
            );
        }
    }
}

#[test]
fn errors_of_every_language_are_one_block_though_their_lines_come_one_by_one() {
    for text in [
        // asyncio
        "Task exception was never retrieved\nfuture: <Task finished name='Task-2' coro=<f()>>\nTraceback (most recent call last):\n  File \"/a/x.py\", line 4, in f\n    1/0\nZeroDivisionError: division by zero",
        "2026-11-22 23:19:05,838 ERROR asyncio: Exception in callback f()\nhandle: <Handle f()>\nTraceback (most recent call last):\n  File \"/a/x.py\", line 4, in f\nValueError: x",
        // Celery
        "[2026-11-22 23:19:05,838: ERROR/ForkPoolWorker-1] Task app.x[abc] raised unexpected: ValueError('x')\nbilliard.einfo.RemoteTraceback: \n\"\"\"\nTraceback (most recent call last):\n  File \"/a/trace.py\", line 453, in trace_task\nValueError: x\n\"\"\"\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/a/pool.py\", line 362, in workloop\nValueError: x",
        "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):\n  File \"/a/x.py\", line 4 in f\n\nExtension modules: a, b (total: 2)",
        // rich, without colours and with them
        "╭──── Traceback (most recent call last) ────╮\n│ /a/x.py:4 in f │\n│                │\n│ ❱ 4  return 1/0 │\n╰────╯\nZeroDivisionError: division by zero\n\nThe above exception was the direct cause of the following exception:\n\n╭──── Traceback (most recent call last) ────╮\n│ x │\n╰───╯\nValueError: x",
        "\x1b[31m╭─\x1b[0m\x1b[31m──\x1b[0m\x1b[31m \x1b[0m\x1b[1;31mTraceback \x1b[0m\x1b[1;2;31m(most recent call last)\x1b[0m\x1b[31m ─╮\x1b[0m\n\x1b[31m│\x1b[0m x \x1b[31m│\x1b[0m\n\x1b[31m╰──╯\x1b[0m\n\x1b[1;91mValueError: \x1b[0mx",
        // Node
        "Error: failed\n    at foo (/srv/a.js:1:1) {\n  [errors]: [\n    Error: connect ECONNREFUSED ::1:5432\n        at foo (/srv/a.js:1:1) {\n      errno: -111\n    }\n  ]\n}",
        "AggregateError [ECONNREFUSED]: \n    at internalConnectMultiple (node:net:1139:18) {\n  code: 'ECONNREFUSED'\n}",
        "Error\n    at foo (/srv/a.js:1:2)\n    at bar (/srv/a.js:1:2)",
        "Unhandled Rejection: PostgresError: relation \"x\" does not exist\n    at ErrorResponse (/srv/a.js:1:2) {\n  severity: 'ERROR',\n  query: 'select 1\\n' +\n    'from x'\n}",
        // Go, .NET, PHP, Elixir
        "panic: nil map [recovered]\n\tpanic: again\n[signal SIGSEGV: segmentation violation code=0x1]\n\ngoroutine 1 [running]:\nmain.foo(...)\n\t/src/main.go:5\nexit status 2",
        "Unhandled exception. System.InvalidOperationException: outer\n ---> System.ArgumentNullException: no. (Parameter 'x')\n   at App.Inner() in /src/Program.cs:line 4\n   --- End of inner exception stack trace ---\n   at App.Main() in /src/Program.cs:line 12\n--- End of stack trace from previous location ---\n   at App.Run() in /src/Program.cs:line 22",
        "PHP Fatal error:  Uncaught RuntimeException: nope in /srv/a.php:3\nStack trace:\n#0 /srv/a.php(7): foo()\n#1 {main}\n\nNext LogicException: outer in /srv/a.php:9\nStack trace:\n#0 {main}\n  thrown in /srv/a.php on line 9",
        "12:00:00.123 [error] GenServer MyApp.Worker terminating\n** (RuntimeError) oops\n    (my_app 0.1.0) lib/my_app/worker.ex:12: MyApp.Worker.handle_info/2\nLast message: :tick\nState: %{count: 1}",
    ] {
        for millis in [0, 10, 30] {
            let mut block = Block::default();
            let lines: Vec<&str> = text.lines().collect();
            for (number, line) in (0..).zip(&lines) {
                let at = Duration::from_mins(1) + Duration::from_millis(millis * number);
                let level = block.level(line.as_bytes(), at);
                let seen = (level, block.began());
                assert_eq!(seen, (Level::Error, number == 0), "{millis} ms: {line}");
                let is_last = lines.last() == Some(line);
                assert!(is_last || block.open() != Open::No, "{millis} ms: {line}");
            }
        }
    }
}

#[test]
fn what_only_looks_like_more_of_an_error_is_another_line() {
    for (error, other) in [
        ("ERROR: boom", "State of the art"),
        ("Error", "Server listening on 3000"),
        ("ERROR: boom", "  INFO: fine"),
        (
            "Error: boom\n    at Page (app/page.tsx:3:9)",
            " ⨯ Error: another",
        ),
        ("╭──── Result ────╮", "ready"),
    ] {
        let seen = apart(10, &format!("{error}\n{other}"));
        assert!(!seen.1, "{error}: {other}");
    }
}

#[test]
fn a_traceback_that_comes_as_late_as_the_lines_before_is_waited_for() {
    for (lines, open) in [
        (&["INFO: one", "ERROR: it broke"][..], Open::Soon),
        (
            &["INFO: one", "ERROR:    Exception in ASGI application"],
            Open::Soon,
        ),
        (&["ERROR:    Exception in ASGI application"], Open::Soon),
    ] {
        let mut block = Block::default();
        for (number, line) in (0..).zip(lines) {
            let at = Duration::from_mins(1) + Duration::from_millis(30 * number);
            block.level(line.as_bytes(), at);
        }
        assert_eq!(block.open(), open, "{lines:?}");
    }
    assert_eq!(levels("INFO: one\nERROR: it broke")[1].1, Open::Perhaps);
}
