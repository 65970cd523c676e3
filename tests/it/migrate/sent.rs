//! What is sent: `--dry-run` prints it, and the server's log proves it.

use pixcrawler::code::sql;

use super::{Case, ask_at};
use crate::support::{HANG, within};

/// The statements of a text, each on one line; without what only looks.
fn statements(text: &str) -> Vec<String> {
    sql::read_whole(text)
        .statements
        .iter()
        .map(|statement| {
            let text = &text[statement.span.start..statement.span.end];
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// What the server was sent by runs of `migrate` on the case's database: the log's entries, joined.
fn logged(case: &Case) -> Vec<String> {
    let name = case.url.rsplit('/').next().expect("a database").to_owned();
    let prefix = format!("[{name}|pixcrawler migrate] LOG:  statement: ");
    let mut texts = String::new();
    let mut inside = false;
    for line in case.server.log().lines() {
        // An entry goes on in the lines that begin with a tab.
        if let Some((_, text)) = line.split_once(&prefix) {
            texts.push_str("\n;\n");
            texts.push_str(text);
            inside = true;
        } else if let Some(rest) = line.strip_prefix('\t').filter(|_| inside) {
            texts.push('\n');
            texts.push_str(rest);
        } else {
            inside = false;
        }
    }
    statements(&texts)
}

/// Questions before and between, which change nothing.
fn only_looks(statement: &str) -> bool {
    statement.starts_with("SELECT 1::text FROM pg_catalog.pg_namespace")
        || statement.starts_with("SELECT a.attname")
        || statement.starts_with("SELECT id::text, hash::text")
        || statement.starts_with("SELECT pg_catalog.pg_try_advisory_xact_lock")
            && !statement.contains("pg_backend_pid")
        || statement.starts_with("SELECT (pg_catalog.to_regnamespace")
        || statement.starts_with("SELECT statement::text, done::text")
        || statement == "SELECT pg_catalog.pg_backend_pid()::text"
}

/// The try whether the server knows the setting.
const TRY: [&str; 3] = [
    "BEGIN",
    "SET LOCAL client_connection_check_interval = '1s'",
    "COMMIT",
];

fn changes(mut sent: Vec<String>) -> Vec<String> {
    sent.retain(|statement| !only_looks(statement));
    // The look whether somebody else gets our session.
    while let Some(at) = sent.windows(2).position(|two| two == ["BEGIN", "ROLLBACK"]) {
        sent.drain(at..at + 2);
    }
    while let Some(at) = sent.windows(3).position(|three| three == TRY) {
        sent.drain(at..at + 3);
    }
    sent
}

#[test]
fn a_dry_run_prints_what_the_server_is_sent() {
    let all: [(&str, i64, &str); 4] = [
        (
            "0000_a",
            1000,
            "CREATE TABLE a (id int); -- a comment\nINSERT INTO a VALUES (1);--> statement-breakpoint\n\nINSERT INTO a VALUES (2)",
        ),
        (
            "0001_b",
            2000,
            "SELECT $$;$$;\r\nALTER TABLE a ADD b text DEFAULT 'x;y';",
        ),
        (
            "0002_c",
            3000,
            "-- no-transaction\nCREATE INDEX CONCURRENTLY a_id ON a (id);\nINSERT INTO a VALUES (3);\n",
        ),
        ("0003_d", 4000, "-- nothing at all\n"),
    ];
    let without: Vec<_> = all.iter().copied().filter(|it| it.0 != "0002_c").collect();
    for (args, migrations) in [
        (vec![], all.to_vec()),
        (vec!["--single-transaction"], without),
    ] {
        let case = Case::new(&migrations);
        let name = case.url.rsplit('/').next().expect("a database");
        // From another database, so that the case's own holds nothing but runs.
        let elsewhere = format!("{}app", case.server.base);
        for sql in [
            &format!("ALTER DATABASE {name} SET log_statement = 'all'"),
            "ALTER SYSTEM SET log_line_prefix = '[%d|%a] '",
            "SELECT pg_reload_conf()::text",
        ] {
            ask_at(&elsewhere, sql);
        }
        assert!(within(HANG, || {
            ask_at(&elsewhere, "SELECT current_setting('log_line_prefix')").starts_with('[')
        }));
        let mut dry = args.clone();
        dry.push("--dry-run");
        let output = case.command(&dry).output().expect("the binary runs");
        let printed = statements(&String::from_utf8_lossy(&output.stdout));
        assert_eq!(
            changes(logged(&case)),
            Vec::<String>::new(),
            "a dry run only looks"
        );
        case.succeed(&args);
        let sent = changes(logged(&case));
        assert_eq!(printed, sent, "{args:?}");
        assert!(
            sent.iter()
                .any(|it| it.starts_with("INSERT INTO \"drizzle\""))
        );
    }
}
