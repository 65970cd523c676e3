use super::Control::{Begin, Commit, Rollback, Savepoint};
use super::*;

fn kinds(text: &str) -> Vec<Kind> {
    let script = read(text);
    for statement in &script.statements {
        assert_eq!(statement.problem, None, "{}", statement.title());
    }
    script
        .statements
        .into_iter()
        .map(|statement| statement.kind)
        .collect()
}

#[test]
fn tables_and_what_is_done_to_them() {
    let found = kinds(
        "CREATE TABLE \"Users\" (id serial PRIMARY KEY, team_id uuid REFERENCES teams(id), CONSTRAINT one UNIQUE (team_id));
         CREATE TEMP TABLE IF NOT EXISTS Scratch AS SELECT 1 AS x;
         CREATE TABLE p PARTITION OF app.events FOR VALUES IN (1);
         ALTER TABLE IF EXISTS ONLY app.users ADD COLUMN mood \"public\".\"mood\" DEFAULT 'ok'::mood, DROP COLUMN b, ENABLE ROW LEVEL SECURITY,
           ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES public.profiles(id) ON DELETE cascade, DROP CONSTRAINT old;
         ALTER TABLE a RENAME TO b; ALTER TABLE a RENAME COLUMN x TO y; ALTER TABLE a SET SCHEMA app; ALTER TABLE a OWNER TO me;
         DROP TABLE IF EXISTS a, app.b CASCADE",
    );
    let name = |schema: &str, name: &str| Name {
        schema: Some(schema.to_owned()),
        name: name.to_owned(),
    };
    assert!(
        matches!(&found[0], Kind::CreateTable { table, columns, constraints, references, temporary: false, if_not_exists: false, partition_of: None }
        if *table == Name::new("Users") && columns.len() == 2 && columns[1] == Column { name: "team_id".into(), kind: "uuid".into() }
            && constraints == &["one"] && references == &[Name::new("teams")]),
        "{:?}",
        found[0]
    );
    assert!(
        matches!(&found[1], Kind::CreateTable { table, temporary: true, if_not_exists: true, .. } if *table == Name::new("scratch"))
    );
    assert!(
        matches!(&found[2], Kind::CreateTable { partition_of: Some(parent), .. } if *parent == name("app", "events"))
    );
    let Kind::AlterTable {
        table,
        if_exists: true,
        actions,
    } = &found[3]
    else {
        panic!("{:?}", found[3]);
    };
    assert_eq!(*table, name("app", "users"));
    assert_eq!(
        actions,
        &[
            TableAction::AddColumn(Column {
                name: "mood".into(),
                kind: "\"public\".\"mood\"".into()
            }),
            TableAction::DropColumn("b".into()),
            TableAction::EnableRls,
            TableAction::AddConstraint {
                name: Some("fk".into()),
                references: Some(name("public", "profiles"))
            },
            TableAction::DropConstraint("old".into()),
        ]
    );
    let actions: Vec<&TableAction> = found[4..8]
        .iter()
        .filter_map(|kind| match kind {
            Kind::AlterTable { actions, .. } => actions.first(),
            _ => None,
        })
        .collect();
    assert_eq!(
        actions,
        [
            &TableAction::Rename("b".into()),
            &TableAction::RenameColumn {
                from: "x".into(),
                to: "y".into()
            },
            &TableAction::SetSchema("app".into()),
            &TableAction::Other("OWNER TO".into())
        ]
    );
    assert_eq!(
        found[8],
        Kind::DropTable {
            tables: vec![Name::new("a"), name("app", "b")],
            if_exists: true
        }
    );
}

#[test]
fn indexes_types_policies_and_transactions() {
    let found = kinds(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON app.users (a DESC) WHERE b;
         CREATE INDEX ON users (a); DROP INDEX CONCURRENTLY ix, app.iy; ALTER INDEX ix RENAME TO iz;
         CREATE POLICY \"see own\" ON users FOR SELECT TO authenticated USING (auth.uid() = id);
         DROP POLICY IF EXISTS \"see own\" ON users;
         CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok'); ALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad' BEFORE 'ok';
         CREATE TYPE pair AS (a int, b int); DROP TYPE mood;
         BEGIN; START TRANSACTION; COMMIT; END; ROLLBACK; SAVEPOINT a; ROLLBACK TO a; RELEASE a;
         DO $$ BEGIN PERFORM 1; END $$; CREATE SCHEMA IF NOT EXISTS app; SELECT 1",
    );
    assert!(
        matches!(&found[0], Kind::CreateIndex { name: Some(name), table, concurrently: true } if name.name == "ix" && table.shown() == "app.users")
    );
    assert!(matches!(
        &found[1],
        Kind::CreateIndex {
            name: None,
            concurrently: false,
            ..
        }
    ));
    assert!(
        matches!(&found[2], Kind::DropIndex { names, concurrently: true, if_exists: false } if names.len() == 2)
    );
    assert_eq!(
        found[3],
        Kind::RenameIndex {
            from: Name::new("ix"),
            to: "iz".into()
        }
    );
    assert_eq!(
        found[4],
        Kind::CreatePolicy {
            name: "see own".into(),
            table: Name::new("users")
        }
    );
    assert!(matches!(&found[5], Kind::DropPolicy { .. }));
    assert!(
        matches!(&found[6], Kind::CreateType { name, values } if name.shown() == "app.mood" && values == &["sad", "it's ok"])
    );
    assert_eq!(
        found[7],
        Kind::AddEnumValue {
            name: Name::new("mood"),
            value: "glad".into()
        }
    );
    assert!(matches!(&found[8], Kind::CreateType { values, .. } if values.is_empty()));
    assert_eq!(
        found[10..18],
        [
            Begin, Begin, Commit, Commit, Rollback, Savepoint, Savepoint, Savepoint
        ]
        .map(Kind::Transaction)
    );
    assert_eq!(
        found[18..],
        [Kind::Do, Kind::CreateSchema("app".into()), Kind::Other]
    );
}

#[test]
fn what_cannot_be_in_a_transaction() {
    let script = read(
        "CREATE INDEX CONCURRENTLY i ON t (a); CREATE INDEX i ON t (a); VACUUM t; REINDEX (CONCURRENTLY) TABLE t; REINDEX TABLE CONCURRENTLY t; REINDEX TABLE t;
         REINDEX SCHEMA s; DROP INDEX CONCURRENTLY i; ALTER TABLE t DETACH PARTITION p CONCURRENTLY; ALTER TABLE t DETACH PARTITION p; ALTER SYSTEM SET x = 1; CREATE DATABASE d; CLUSTER; CLUSTER t",
    );
    let found: Vec<bool> = script
        .statements
        .iter()
        .map(|statement| statement.outside_transaction.is_some())
        .collect();
    assert_eq!(
        found,
        [
            true, false, true, true, true, false, true, true, true, false, true, true, true, false
        ]
    );
}

#[test]
fn places_are_those_of_the_file() {
    let text = "-- ü\nSELECT 1;--> statement-breakpoint\n/* x */ CREATE TABEL t (a int);\nINSERT INTO t VALUES ('a', 'b'::mood, 'c'::public.\"Mood\", DATE '2020-01-01');";
    let script = read(text);
    let texts: Vec<(&str, usize, String)> = script
        .statements
        .iter()
        .map(|statement| {
            (
                &text[statement.span.start..statement.span.end],
                statement.chunk,
                statement.title(),
            )
        })
        .collect();
    assert_eq!(
        texts[..2],
        [
            ("SELECT 1", 0, "SELECT".to_owned()),
            ("CREATE TABEL t (a int)", 1, "CREATE".to_owned())
        ]
    );
    let problem = script.statements[1].problem.as_ref().expect("broken");
    assert!(
        text[problem.span.start..].starts_with("CREATE TABEL"),
        "{problem:?}"
    );
    let literals: Vec<(&str, &str, Option<String>)> = script.statements[2]
        .literals
        .iter()
        .map(|literal| {
            (
                literal.value.as_str(),
                &text[literal.span.start..literal.span.end],
                literal.cast.as_ref().map(Name::shown),
            )
        })
        .collect();
    assert_eq!(literals[0], ("a", "'a'", None));
    assert_eq!(literals[1], ("b", "'b'", Some("mood".into())));
    assert_eq!(literals[2], ("c", "'c'", Some("Mood".into())));
}
