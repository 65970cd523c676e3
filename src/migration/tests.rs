//! The history's cases, each a journal and the rows of a database.

use super::journal::Script;
use super::*;
use crate::diagnostic::Label;
use crate::text::{Source, Span};

fn migration(tag: &str, when: i64, text: Option<&str>) -> Migration {
    let source = Source::new("m/meta/_journal.json", format!("\"{tag}\" {when}"));
    let label = Label::new(&source, Span::new(0, tag.len() + 2), "");
    let path = format!("m/{tag}.sql");
    Migration {
        tag: tag.to_owned(),
        when,
        script: text.map(|text| Script::new(path.as_str(), text.as_bytes())),
        path: path.into(),
        entry: Some(label.clone()),
        when_at: Some(label),
    }
}

fn journal(migrations: Vec<Migration>) -> Journal {
    Journal {
        layout: Layout::Journal,
        out: "m".into(),
        source: Some(Source::new("m/meta/_journal.json", "{}")),
        migrations,
        orphans: Vec::new(),
        snapshots: Vec::new(),
    }
}

fn row(id: i64, text: &str, created_at: Option<i64>) -> Row {
    Row {
        id,
        hash: Hashes::of(text).exact,
        created_at,
        name: None,
        applied_at: None,
    }
}

fn book(rows: Vec<Row>) -> Book {
    Book {
        schema: true,
        exists: true,
        shape: Shape::Classic,
        rows,
    }
}

/// States as words, and the codes of the findings.
fn told(journal: &Journal, book: &Book) -> (Vec<&'static str>, Vec<&'static str>) {
    let config = Config::new(
        "".into(),
        None,
        crate::code::typescript::drizzle::Written::default(),
    );
    let history = history::compare(journal, book);
    let codes = history
        .findings(&config, journal, book)
        .iter()
        .map(|finding| finding.rule.code)
        .collect();
    (history.states.iter().map(State::as_str).collect(), codes)
}

#[test]
fn what_is_on_record_is_applied_whatever_its_line_ends() {
    let journal = journal(vec![
        migration("a", 10, Some("SELECT 1;\n")),
        migration("b", 20, Some("SELECT 2;\r\n")),
        migration("c", 30, Some("SELECT 3;")),
    ]);
    let book = book(vec![
        row(1, "SELECT 1;\r\n", Some(10)),
        row(5, "SELECT 2;\n", Some(20)),
    ]);
    assert_eq!(
        told(&journal, &book),
        (vec!["applied", "applied", "pending"], vec![])
    );
    assert_eq!(history::compare(&journal, &book).applied(), 2);
}

#[test]
fn edited_deleted_and_missing_files_are_told_apart() {
    let journal = journal(vec![
        migration("a", 10, Some("SELECT 1; -- more")),
        migration("b", 20, None),
        migration("c", 30, None),
    ]);
    let book = book(vec![
        row(1, "SELECT 1;", Some(10)),
        row(2, "SELECT 2;", Some(20)),
    ]);
    assert_eq!(
        told(&journal, &book),
        (
            vec!["edited", "deleted", "pending"],
            vec!["migrate/edited", "migrate/deleted", "migrate/missing-file"]
        )
    );
}

#[test]
fn older_than_the_newest_row_is_late_and_so_is_the_same_time() {
    let late = |when| {
        let journal = journal(vec![
            migration("a", 10, Some("1")),
            migration("x", when, Some("x")),
            migration("b", 20, Some("2")),
        ]);
        told(
            &journal,
            &book(vec![row(1, "1", Some(10)), row(2, "2", Some(20))]),
        )
        .0
    };
    assert_eq!(late(15), ["applied", "late", "applied"]);
    assert_eq!(late(20), ["applied", "late", "applied"]);
    assert_eq!(late(21), ["applied", "pending", "applied"]);
}

#[test]
fn on_an_empty_database_the_journals_own_order_counts() {
    let journal = journal(vec![
        migration("a", 20, Some("1")),
        migration("b", 10, Some("2")),
        migration("c", 20, Some("3")),
        migration("d", 30, Some("4")),
    ]);
    let (states, _) = told(&journal, &Book::default());
    assert_eq!(states, ["pending", "late", "late", "pending"]);
    let behind = history::compare(&journal, &Book::default()).states;
    assert!(matches!(&behind[2], State::Late { order, behind } if order.is_eq() && behind == "a"));
}

#[test]
fn rows_of_nobody_are_told_and_repeated_rows_are_not() {
    let journal = journal(vec![migration("a", 10, Some("1"))]);
    let rows = book(vec![
        row(1, "1", Some(10)),
        row(2, "1", Some(10)),
        row(3, "9", Some(90)),
    ]);
    assert_eq!(
        told(&journal, &rows),
        (vec!["applied"], vec!["migrate/ahead"])
    );
    let timeless = book(vec![row(1, "1", None)]);
    assert_eq!(
        told(&journal, &timeless),
        (
            vec!["applied"],
            vec!["migrate/restamped", "migrate/null-time"]
        )
    );
}

#[test]
fn another_time_with_the_same_content_is_applied_and_equal_files_are_not_mixed_up() {
    let journal = journal(vec![
        migration("a", 10, Some("")),
        migration("b", 25, Some("")),
        migration("c", 40, Some("")),
    ]);
    let book = book(vec![row(1, "", Some(10)), row(2, "", Some(20))]);
    assert_eq!(
        told(&journal, &book),
        (
            vec!["applied", "applied", "pending"],
            vec!["migrate/restamped"]
        )
    );
}

#[test]
fn a_named_table_goes_by_names() {
    let folder = |tag: &str, text: &str| Migration {
        entry: None,
        when_at: None,
        when: journal::folder_time(tag).expect("a time"),
        ..migration(tag, 0, Some(text))
    };
    let journal = Journal {
        layout: Layout::Folders,
        source: None,
        ..journal(vec![
            folder("20260101000000_a", "1"),
            folder("20260101000001_b", "2 changed"),
            folder("20260101000002_c", "3"),
        ])
    };
    let named = |id, text, created, name: Option<&str>| Row {
        name: name.map(str::to_owned),
        ..row(id, text, Some(created))
    };
    let first = journal.migrations[0].when;
    let book = Book {
        shape: Shape::Named,
        ..book(vec![
            // As 0.x wrote it, with its milliseconds.
            named(1, "1", first + 371, None),
            named(2, "2", first + 1000, Some("20260101000001_b")),
        ])
    };
    assert_eq!(
        told(&journal, &book),
        (
            vec!["applied", "edited", "pending"],
            vec!["migrate/edited", "migrate/no-name"]
        )
    );
}
