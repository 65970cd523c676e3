//! Each way in which files and rows can disagree.

use super::Case;

const A: (&str, i64, &str) = ("0000_a", 1000, "CREATE TABLE a (id int);\n");
const B: (&str, i64, &str) = ("0001_b", 2000, "CREATE TABLE b (id int);\n");

#[test]
fn an_edited_file_is_refused_by_name_and_repair_accepts_it() {
    let case = Case::new(&[A]);
    case.succeed(&[]);
    case.sql("0000_a", "CREATE TABLE a (id bigint);\n");
    let refused = case.run(&[]);
    assert_eq!(
        (refused.code, refused.rules()),
        (Some(1), vec!["migrate/edited"]),
        "{}",
        refused.text
    );
    assert_eq!(refused.place(), "frontend/drizzle/0000_a.sql:1:1");
    case.succeed(&["repair", "--accept", "0000_a"]);
    case.succeed(&[]);
}

#[test]
fn line_ends_are_no_edit() {
    let case = Case::new(&[A, B]);
    case.succeed(&[]);
    case.sql("0000_a", "CREATE TABLE a (id int);\r\n");
    assert!(case.succeed(&[]).applied().is_empty());
}

#[test]
fn a_deleted_file_is_refused_and_a_removed_entry_is_ahead() {
    let case = Case::new(&[A, B]);
    case.succeed(&[]);
    std::fs::remove_file(case.path("frontend/drizzle/0001_b.sql")).expect("a file");
    let refused = case.run(&[]);
    assert_eq!(
        (refused.code, refused.rules()),
        (Some(1), vec!["migrate/deleted"])
    );
    case.migrations(&[A]);
    let ahead = case.run(&[]);
    assert_eq!(
        (ahead.code, ahead.rules()),
        (Some(0), vec!["migrate/ahead"])
    );
    assert_eq!(case.run(&["--strict"]).code, Some(3));
    case.succeed(&["repair", "--forget", "2"]);
    assert!(case.run(&["--strict"]).rules().is_empty());
}

#[test]
fn a_late_migration_is_refused_and_runs_when_that_is_allowed() {
    for when in [1500, 2000] {
        let case = Case::new(&[A, B]);
        case.succeed(&[]);
        let late = ("0002_late", when, "CREATE TABLE late (id int);");
        case.migrations(&[A, B, late]);
        let refused = case.run(&[]);
        assert_eq!(
            (refused.code, refused.rules()),
            (Some(1), vec!["migrate/late"]),
            "{}",
            refused.text
        );
        assert!(
            refused
                .place()
                .starts_with("frontend/drizzle/meta/_journal.json:4:")
        );
        assert_eq!(case.record(), "1000,2000");
        case.succeed(&["--allow-late"]);
        assert_eq!(case.record(), format!("1000,2000,{when}"));
        case.succeed(&[]);
    }
}

#[test]
fn a_row_without_time_is_refused_and_mended() {
    let case = Case::new(&[A]);
    case.succeed(&[]);
    case.ask("UPDATE drizzle.__drizzle_migrations SET created_at = NULL");
    let refused = case.run(&[]);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.rules().contains(&"migrate/null-time"),
        "{}",
        refused.text
    );
    case.succeed(&["repair"]);
    assert_eq!(case.record(), "1000");
    case.succeed(&[]);
}

#[test]
fn what_cannot_run_is_refused_before_anything_does() {
    let cases = [
        ("\u{feff}SELECT 1;", "migrate/bom", ":1:1"),
        (
            "SELECT 1;\nSELECT 'a--> statement-breakpoint';",
            "migrate/cut-literal",
            ":2:10",
        ),
        (
            "CREATE TABLE x (id int);\nCOMMIT;\nSELECT 1;",
            "migrate/commits",
            ":2:1",
        ),
        (
            "SELECT 1;\nCREATE INDEX CONCURRENTLY i ON a (id);",
            "migrate/outside-transaction",
            ":2:1",
        ),
        (
            "-- no-transaction\nBEGIN;\nSELECT 1;\nCOMMIT;",
            "migrate/commits",
            ":2:1",
        ),
    ];
    let case = Case::new(&[A]);
    for (text, rule, place) in cases {
        case.migrations(&[A, ("0001_x", 2000, text)]);
        let refused = case.run(&[]);
        assert_eq!(refused.code, Some(1), "{text}:\n{}", refused.text);
        assert_eq!(refused.rules().first(), Some(&rule), "{text}");
        assert_eq!(
            refused.place(),
            format!("frontend/drizzle/0001_x.sql{place}")
        );
        assert_eq!(case.ask("SELECT to_regclass('a')::text"), "");
    }
}

#[test]
fn a_database_with_tables_is_adopted_after_a_look() {
    let case = Case::new(&[A, B]);
    assert_eq!(
        case.run(&["adopt"]).code,
        Some(1),
        "an empty database has nothing to adopt"
    );
    case.ask("CREATE TABLE a (id int)");
    let refused = case.run(&["adopt", "--verify"]);
    assert_eq!(
        (refused.code, refused.rules()),
        (Some(1), vec!["migrate/not-there"])
    );
    case.succeed(&["adopt", "--to", "0000_a", "--verify"]);
    assert_eq!(case.succeed(&[]).applied(), ["0001_b"]);
    assert_eq!(case.record(), "1000,2000");
}
