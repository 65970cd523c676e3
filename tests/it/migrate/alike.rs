//! Is a database what the migrations make? The whole catalogue is compared, by `adopt --verify` and by `fresh`.

use super::{Case, Ended, ask_at};

const WHOLE: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok');--> statement-breakpoint
CREATE TABLE a (id serial PRIMARY KEY, name text DEFAULT 'x' NOT NULL UNIQUE, mood mood, CHECK (name <> ''));--> statement-breakpoint
CREATE TABLE b (a integer REFERENCES a (id) ON DELETE CASCADE);--> statement-breakpoint
CREATE INDEX b_a ON b (a);--> statement-breakpoint
ALTER TABLE a ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY own ON a FOR SELECT USING (name = current_user);--> statement-breakpoint
CREATE SEQUENCE numbers INCREMENT 5;--> statement-breakpoint
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;--> statement-breakpoint
CREATE TRIGGER touched BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION touch();--> statement-breakpoint
CREATE VIEW v WITH (security_invoker = true) AS SELECT id FROM a;--> statement-breakpoint
CREATE EXTENSION IF NOT EXISTS pg_trgm;--> statement-breakpoint
GRANT SELECT ON a TO pg_monitor;";

/// A case whose database has been made by hand, without a record.
fn by_hand(change: &str) -> Case {
    let case = Case::new(&[("0000_whole", 1000, WHOLE)]);
    for statement in WHOLE.split("--> statement-breakpoint") {
        case.ask(statement);
    }
    for statement in change.split(';').filter(|it| !it.trim().is_empty()) {
        case.ask(statement);
    }
    case
}

fn notes(ended: &Ended) -> String {
    let findings = ended.json["findings"].as_array().into_iter().flatten();
    let lines: Vec<String> = findings
        .map(|it| format!("{} {} {}", it["severity"], it["message"], it["notes"]))
        .collect();
    lines.join("\n")
}

fn no_scratch_is_left(case: &Case) {
    assert_eq!(
        case.ask("SELECT count(*)::text FROM pg_database WHERE datname = 'pixcrawler_verify_' || current_database()"),
        "0"
    );
}

#[test]
fn what_is_the_same_is_adopted() {
    for change in [
        "",
        // The same guarantee, in the two ways in which drizzle and SQLAlchemy write it.
        "ALTER TABLE a DROP CONSTRAINT a_name_key; CREATE UNIQUE INDEX other_name ON a (name)",
        "ALTER INDEX b_a RENAME TO another; CREATE TABLE nobodys (id int); GRANT ALL ON a TO pg_monitor",
    ] {
        let case = by_hand(change);
        let adopted = case.succeed(&["adopt", "--verify"]);
        assert!(adopted.rules().is_empty(), "{change}: {}", adopted.text);
        assert_eq!(case.record(), "1000");
        assert!(case.succeed(&[]).applied().is_empty());
        no_scratch_is_left(&case);
    }
}

#[test]
fn every_kind_of_difference_is_named_and_nothing_is_recorded() {
    let changes = [
        ("DROP INDEX b_a", "index of b: only in the migrations"),
        (
            "ALTER TABLE a DROP CONSTRAINT a_name_key",
            "index of a: only in the migrations",
        ),
        (
            "ALTER TABLE a ALTER name DROP DEFAULT",
            "column a.name: `text NOT NULL DEFAULT 'x'`",
        ),
        (
            "ALTER TABLE a ALTER id TYPE bigint",
            "column a.id: `integer",
        ),
        (
            "ALTER TABLE a DROP CONSTRAINT a_name_check",
            "constraint of a: only in the migrations: CHECK",
        ),
        (
            "ALTER TABLE b DROP CONSTRAINT b_a_fkey",
            "constraint of b: only in the migrations: FOREIGN KEY",
        ),
        (
            "ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a",
            "constraint of b: only in the database: FOREIGN KEY",
        ),
        (
            "ALTER TABLE a DISABLE ROW LEVEL SECURITY",
            "table a: `table with row level security`",
        ),
        (
            "DROP POLICY own ON a",
            "policy a.own: only in the migrations",
        ),
        (
            "ALTER TYPE mood ADD VALUE 'new'",
            "type mood: `enum 'sad', 'ok'`",
        ),
        (
            "ALTER SEQUENCE numbers INCREMENT 6",
            "sequence numbers: `bigint from 1 by 5",
        ),
        (
            "DROP TRIGGER touched ON a",
            "trigger a.touched: only in the migrations",
        ),
        (
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "function touch()",
        ),
        (
            "CREATE VIEW v AS SELECT id FROM a",
            "table v: `view with (security_invoker=true)`",
        ),
        (
            "REVOKE SELECT ON a FROM pg_monitor",
            "grant on a to pg_monitor: only in the migrations",
        ),
    ];
    // A view keeps the type of what it shows.
    let case = by_hand("DROP VIEW v");
    for (change, _) in changes {
        case.ask(change);
    }
    let refused = case.run(&["adopt", "--verify"]);
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    let rules = refused.rules();
    assert!(rules.iter().all(|rule| *rule == "migrate/not-there"));
    for (change, told) in changes {
        assert!(
            notes(&refused).contains(told),
            "{change}: {}",
            notes(&refused)
        );
    }
    assert_eq!(
        case.ask("SELECT to_regclass('drizzle.__drizzle_migrations')::text"),
        ""
    );
    no_scratch_is_left(&case);
}

#[test]
fn what_is_there_beside_is_a_warning() {
    let case = by_hand("ALTER TABLE b ADD COLUMN more int");
    let adopted = case.succeed(&["adopt", "--verify"]);
    assert_eq!(adopted.rules(), ["migrate/not-there"], "{}", adopted.text);
    assert!(notes(&adopted).contains("column b.more"));
    assert_eq!(case.record(), "1000");
}

#[test]
fn a_role_that_may_make_no_database_compares_less_and_says_so() {
    let case = Case::new(&[("0000_a", 1000, "CREATE TABLE a (id int);")]);
    let name = case.url.rsplit('/').next().expect("a database").to_owned();
    ask_at(
        &format!("{}app", case.server.base),
        "CREATE ROLE owner_only LOGIN PASSWORD 'hunter2222'",
    );
    case.ask(&format!("ALTER DATABASE {name} OWNER TO owner_only"));
    case.ask("GRANT ALL ON SCHEMA public TO owner_only");
    let url = case.url.replace("//app:", "//owner_only:");
    ask_at(&url, "CREATE TABLE a (id int)");
    let adopted = case.succeed(&["adopt", "--verify", "--database-url", &url]);
    assert_eq!(
        adopted.rules(),
        ["migrate/verified-in-part"],
        "{}",
        adopted.text
    );
    assert!(
        adopted
            .text
            .contains("permission denied to create database")
    );
}

#[test]
fn fresh_compares_sequences_extensions_and_grants_too() {
    let whole = WHOLE.replace("--> statement-breakpoint", "");
    let case = Case::new(&[("0000_whole", 1000, WHOLE)]);
    let other = whole
        .replace("INCREMENT 5", "INCREMENT 6")
        .replace("CREATE EXTENSION IF NOT EXISTS pg_trgm;", "")
        .replace("GRANT SELECT", "GRANT INSERT")
        .replace("security_invoker = true", "security_barrier = true");
    case.write("production_schema.sql", &other);
    let refused = case.run(&["fresh"]);
    assert_eq!(refused.code, Some(1), "{}", refused.text);
    for told in [
        "sequence numbers",
        "extension pg_trgm",
        "grant on a to pg_monitor",
        "table v",
    ] {
        assert!(
            notes(&refused).contains(told),
            "{told}: {}",
            notes(&refused)
        );
    }
    let case = Case::new(&[("0000_whole", 1000, WHOLE)]);
    case.write(
        "production_schema.sql",
        &whole.replace(" UNIQUE", "").replace(
            "CREATE INDEX b_a",
            "CREATE UNIQUE INDEX unique_name ON a (name);\nCREATE INDEX b_a",
        ),
    );
    case.succeed(&["fresh"]);
    assert!(case.succeed(&[]).applied().is_empty());
}
