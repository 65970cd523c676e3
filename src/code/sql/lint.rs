//! What of a migration is dangerous on a database that is in use, as squawk's linter sees it.

use std::collections::BTreeSet;

use squawk_linter::{Linter, Rule};
use squawk_syntax::SourceFile;

use crate::text::Span;

use super::{Kind, Name, Script, Statement};

/// A danger that squawk knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// `ADD COLUMN … DEFAULT` with a value that is made anew for each row: every row is rewritten.
    AddingFieldWithDefault,
    /// A foreign key is checked under locks on both tables.
    AddingForeignKey,
    /// `SET NOT NULL` reads every row under the strongest lock.
    AddingNotNull,
    /// A primary key builds its index under the strongest lock.
    AddingPrimaryKey,
    /// `ADD COLUMN … NOT NULL` without a default fails where there are rows.
    AddingRequiredField,
    /// The table is rewritten, and who reads the column may not understand it any more.
    ChangingColumnType,
    /// A check is made under the strongest lock.
    ConstraintMissingNotValid,
    /// A unique constraint builds its index under the strongest lock.
    DisallowedUniqueConstraint,
    /// `DROP COLUMN`.
    DropColumn,
    /// `DROP DATABASE`.
    DropDatabase,
    /// `DROP NOT NULL`: who reads the column may not expect it.
    DropNotNull,
    /// `DROP TABLE`.
    DropTable,
    /// A name over 63 bytes, which the server cuts.
    IdentifierTooLong,
    /// `timestamp` without a time zone.
    PreferTimestamptz,
    /// `RENAME COLUMN`.
    RenamingColumn,
    /// `RENAME TO`.
    RenamingTable,
    /// `CREATE INDEX` without `CONCURRENTLY` keeps writers out.
    RequireConcurrentIndexCreation,
    /// `DROP INDEX` without `CONCURRENTLY` keeps everybody out.
    RequireConcurrentIndexDeletion,
    /// `TRUNCATE … CASCADE`.
    TruncateCascade,
}

const KNOWN: &[(Rule, Danger)] = &[
    (Rule::AddingFieldWithDefault, Danger::AddingFieldWithDefault),
    (Rule::AddingForeignKeyConstraint, Danger::AddingForeignKey),
    (Rule::AddingNotNullableField, Danger::AddingNotNull),
    (Rule::AddingSerialPrimaryKeyField, Danger::AddingPrimaryKey),
    (Rule::AddingRequiredField, Danger::AddingRequiredField),
    (Rule::ChangingColumnType, Danger::ChangingColumnType),
    (
        Rule::ConstraintMissingNotValid,
        Danger::ConstraintMissingNotValid,
    ),
    (
        Rule::DisallowedUniqueConstraint,
        Danger::DisallowedUniqueConstraint,
    ),
    (Rule::BanDropColumn, Danger::DropColumn),
    (Rule::BanDropDatabase, Danger::DropDatabase),
    (Rule::BanDropNotNull, Danger::DropNotNull),
    (Rule::BanDropTable, Danger::DropTable),
    (Rule::IdentifierTooLong, Danger::IdentifierTooLong),
    (Rule::PreferTimestampTz, Danger::PreferTimestamptz),
    (Rule::RenamingColumn, Danger::RenamingColumn),
    (Rule::RenamingTable, Danger::RenamingTable),
    (
        Rule::RequireConcurrentIndexCreation,
        Danger::RequireConcurrentIndexCreation,
    ),
    (
        Rule::RequireConcurrentIndexDeletion,
        Danger::RequireConcurrentIndexDeletion,
    ),
    (Rule::BanTruncateCascade, Danger::TruncateCascade),
];

impl Danger {
    /// Whether it is one to a new table too, which holds no rows and is used by nobody.
    #[must_use]
    pub fn is_for_new_tables(self) -> bool {
        matches!(
            self,
            Self::IdentifierTooLong | Self::PreferTimestamptz | Self::DropDatabase
        )
    }
}

/// A dangerous place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What is dangerous about it.
    pub danger: Danger,
    /// Where.
    pub span: Span,
    /// Which statement of the script, from 0.
    pub statement: usize,
}

/// What is dangerous in a script. Tables, and the indexes of tables, that the script makes itself
/// hold no rows: nothing is dangerous to them.
#[must_use]
pub fn lint(text: &str, script: &Script) -> Vec<Warning> {
    let mut linter = Linter::from(KNOWN.iter().map(|(rule, _)| *rule));
    // Without a transaction squawk takes no table for new.
    linter.settings.assume_in_transaction = true;
    let violations = linter.lint(&SourceFile::parse(text), text);
    let fresh = fresh(script);
    let mut found: Vec<Warning> = violations
        .into_iter()
        .filter_map(|violation| {
            let danger = KNOWN.iter().find(|(rule, _)| *rule == violation.code)?.1;
            let start = usize::from(violation.text_range.start());
            let end = usize::from(violation.text_range.end());
            let statement = script.statements.iter().position(|statement| {
                statement.span.start <= start && start < statement.span.end
            })?;
            let is_fresh = is_about_fresh(script.statements.get(statement)?, &fresh);
            (danger.is_for_new_tables() || !is_fresh).then_some(Warning {
                danger,
                span: Span::new(start, end),
                statement,
            })
        })
        .collect();
    drop_general(&mut found);
    found
}

/// Tables and indexes that a script makes.
fn fresh(script: &Script) -> BTreeSet<String> {
    let mut fresh = BTreeSet::new();
    for statement in &script.statements {
        match &statement.kind {
            Kind::CreateTable { table, .. } => {
                fresh.insert(key(table));
            }
            Kind::CreateIndex {
                name: Some(name), ..
            } => {
                fresh.insert(key(name));
            }
            Kind::AlterTable { table, actions, .. } if fresh.contains(&key(table)) => {
                for action in actions {
                    if let super::TableAction::Rename(to) = action {
                        fresh.insert(key(&Name {
                            schema: table.schema.clone(),
                            name: to.clone(),
                        }));
                    }
                }
            }
            _ => {}
        }
    }
    fresh
}

fn key(name: &Name) -> String {
    format!("{}.{}", name.schema(), name.name)
}

fn is_about_fresh(statement: &Statement, fresh: &BTreeSet<String>) -> bool {
    let all = |names: &[Name]| names.iter().all(|name| fresh.contains(&key(name)));
    match &statement.kind {
        Kind::CreateTable { .. } => true,
        Kind::AlterTable { table, .. } | Kind::CreateIndex { table, .. } => {
            fresh.contains(&key(table))
        }
        Kind::DropTable { tables: names, .. } | Kind::DropIndex { names, .. } => all(names),
        _ => false,
    }
}

/// A unique, primary or foreign key is reported under its own name, not also as a constraint.
fn drop_general(found: &mut Vec<Warning>) {
    let special: BTreeSet<usize> = found
        .iter()
        .filter(|warning| {
            matches!(
                warning.danger,
                Danger::AddingForeignKey
                    | Danger::AddingPrimaryKey
                    | Danger::DisallowedUniqueConstraint
            )
        })
        .map(|warning| warning.statement)
        .collect();
    found.retain(|warning| {
        warning.danger != Danger::ConstraintMissingNotValid || !special.contains(&warning.statement)
    });
    found.dedup_by(|next, kept| next == kept);
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn dangers(text: &str) -> Vec<(Danger, &str)> {
        lint(text, &read(text))
            .into_iter()
            .map(|warning| {
                let line = text[warning.span.start..]
                    .lines()
                    .next()
                    .unwrap_or_default();
                (warning.danger, line)
            })
            .collect()
    }

    #[test]
    fn new_tables_are_in_no_danger() {
        assert_eq!(
            dangers(
                "CREATE TABLE a (id serial PRIMARY KEY, at timestamptz);
                 ALTER TABLE a ADD COLUMN b int NOT NULL, ADD CONSTRAINT u UNIQUE (b);
                 ALTER TABLE \"a\" ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES old(id);
                 CREATE INDEX i ON a (b); DROP INDEX i; ALTER TABLE a RENAME TO c; ALTER TABLE c DROP COLUMN b; DROP TABLE c;"
            ),
            []
        );
        assert_eq!(
            dangers("CREATE TABLE app.a (id int); ALTER TABLE a DROP COLUMN id;"),
            [(Danger::DropColumn, "DROP COLUMN id;")]
        );
    }

    #[test]
    fn each_danger_has_one_name() {
        let all: Vec<Danger> = [
            "ALTER TABLE a ADD COLUMN b uuid DEFAULT gen_random_uuid()",
            "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c(id)",
            "ALTER TABLE a ALTER COLUMN b SET NOT NULL",
            "ALTER TABLE a ADD CONSTRAINT p PRIMARY KEY (b)",
            "ALTER TABLE a ADD COLUMN b int NOT NULL",
            "ALTER TABLE a ALTER COLUMN b SET DATA TYPE text",
            "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)",
            "ALTER TABLE a ADD CONSTRAINT u UNIQUE (b)",
            "ALTER TABLE a DROP COLUMN b",
            "DROP DATABASE d",
            "ALTER TABLE a ALTER COLUMN b DROP NOT NULL",
            "DROP TABLE a",
            "CREATE TABLE a (a123456789a123456789a123456789a123456789a123456789a123456789a123456789 int)",
            "CREATE TABLE a (b timestamp)",
            "ALTER TABLE a RENAME COLUMN b TO c",
            "ALTER TABLE a RENAME TO b",
            "CREATE INDEX i ON a (b)",
            "DROP INDEX i",
            "TRUNCATE a CASCADE",
        ]
        .into_iter()
        .map(|text| {
            let found = dangers(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            found[0].0
        })
        .collect();
        let expected: Vec<Danger> = KNOWN.iter().map(|(_, danger)| *danger).collect();
        assert_eq!(all, expected);
    }
}
