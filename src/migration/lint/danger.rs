//! What is dangerous where the database is in use: squawk's findings in our words.

use crate::code::sql::{self, Danger, Kind, Statement, Warning};
use crate::diagnostic::{Finding, Rule};

use super::{Read, rules};

pub(super) fn check(migration: &Read<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut zoneless: Option<usize> = None;
    for warning in sql::lint(migration.text(), &migration.facts) {
        let Some(statement) = migration.facts.statements.get(warning.statement) else {
            continue;
        };
        // One finding a table is enough for its columns.
        if warning.danger == Danger::PreferTimestamptz {
            if zoneless == Some(warning.statement) {
                continue;
            }
            zoneless = Some(warning.statement);
        }
        findings.push(finding(migration, statement, &warning));
    }
    findings
}

fn finding(migration: &Read<'_>, statement: &Statement, warning: &Warning) -> Finding {
    let (rule, message, help) = words(migration, statement, warning);
    Finding::new(rule, message)
        .subject(migration.tag)
        .at(migration.at(warning.span, ""))
        .help(help)
}

/// The table that a statement is about.
fn table(statement: &Statement) -> String {
    match &statement.kind {
        Kind::AlterTable { table, .. }
        | Kind::CreateTable { table, .. }
        | Kind::CreateIndex { table, .. } => format!("`{}`", table.shown()),
        _ => "the table".to_owned(),
    }
}

fn words(
    migration: &Read<'_>,
    statement: &Statement,
    warning: &Warning,
) -> (&'static Rule, String, String) {
    let (part, table) = (migration.excerpt(warning.span), table(statement));
    let whole = migration.excerpt(statement.span);
    match warning.danger {
        Danger::AddingFieldWithDefault => (
            &rules::ADDING_FIELD_WITH_DEFAULT,
            format!(
                "the default `{part}` is made anew for each row: {table} is rewritten while nobody can read it"
            ),
            "add the column without the default, and set the default in a second statement".into(),
        ),
        Danger::AddingForeignKey => (
            &rules::ADDING_FOREIGN_KEY,
            format!("a foreign key of {table} is checked while nobody can write to either table"),
            "write NOT VALID behind it, and VALIDATE CONSTRAINT in the next migration".into(),
        ),
        Danger::AddingNotNull => (
            &rules::ADDING_NOT_NULL,
            format!("`{part}` reads every row of {table} while nobody can use it"),
            "add CHECK (column IS NOT NULL) NOT VALID, and validate it in the next migration"
                .into(),
        ),
        Danger::AddingPrimaryKey => (
            &rules::ADDING_PRIMARY_KEY,
            format!("a primary key of {table} builds its index while nobody can use the table"),
            "build a unique index CONCURRENTLY first, then ADD PRIMARY KEY USING INDEX it".into(),
        ),
        Danger::AddingRequiredField => (
            &rules::ADDING_REQUIRED_FIELD,
            format!("`{part}` fails where {table} has a row: it would have no value"),
            "give it a constant DEFAULT, or add it without NOT NULL".into(),
        ),
        Danger::ChangingColumnType => (
            &rules::CHANGING_COLUMN_TYPE,
            format!("`{part}` rewrites {table} and changes what its readers get"),
            "add a new column, write both, fill it, and drop the old one later".into(),
        ),
        Danger::ConstraintMissingNotValid => (
            &rules::CONSTRAINT_NOT_VALID,
            format!("`{part}` reads every row of {table} while nobody can use it"),
            "write NOT VALID behind it, and VALIDATE CONSTRAINT in the next migration".into(),
        ),
        Danger::DisallowedUniqueConstraint => (
            &rules::UNIQUE_CONSTRAINT,
            format!(
                "a unique constraint of {table} builds its index while nobody can use the table"
            ),
            "build a unique index CONCURRENTLY first, then ADD … UNIQUE USING INDEX it".into(),
        ),
        danger => gone(danger, &part, &table, &whole),
    }
}

fn gone(danger: Danger, part: &str, table: &str, whole: &str) -> (&'static Rule, String, String) {
    let later = || "release the programs that do without it first".to_owned();
    match danger {
        Danger::DropColumn => (
            &rules::DROP_COLUMN,
            format!("`{part}` on {table} deletes its data and breaks who still reads it"),
            later(),
        ),
        Danger::DropDatabase => (
            &rules::DROP_DATABASE,
            format!("`{part}` in a migration"),
            "delete the statement".into(),
        ),
        Danger::DropNotNull => (
            &rules::DROP_NOT_NULL,
            format!("`{part}` on {table}: who reads it already does not expect NULL"),
            "release the programs that expect NULL first".into(),
        ),
        Danger::IdentifierTooLong => (
            &rules::IDENTIFIER_TOO_LONG,
            format!("`{part}` has more than 63 bytes, and the server cuts it"),
            "give it a shorter name in schema.ts, then: drizzle-kit generate".into(),
        ),
        Danger::PreferTimestamptz => (
            &rules::TIMESTAMP,
            format!("{table} keeps times without their zone"),
            "timestamp('x', { withTimezone: true }) in schema.ts".into(),
        ),
        Danger::RenamingColumn => (
            &rules::RENAMING_COLUMN,
            format!("`{part}` on {table} breaks who still asks for the old name"),
            "rename the property in schema.ts alone: newName: text('old_name')".into(),
        ),
        Danger::RenamingTable => (
            &rules::RENAMING_TABLE,
            format!("`{whole}` breaks who still asks for the old name"),
            "rename the constant in schema.ts alone".into(),
        ),
        Danger::RequireConcurrentIndexCreation => (
            &rules::INDEX_CREATION,
            format!("an index is built while nobody can write to {table}"),
            "CREATE INDEX CONCURRENTLY in a migration of its own whose first line is: -- no-transaction"
                .into(),
        ),
        Danger::RequireConcurrentIndexDeletion => (
            &rules::INDEX_DELETION,
            format!("`{whole}` waits for every query on its table, and all later ones wait for it"),
            "DROP INDEX CONCURRENTLY in a migration of its own whose first line is: -- no-transaction"
                .into(),
        ),
        Danger::TruncateCascade => (
            &rules::TRUNCATE_CASCADE,
            format!("`{whole}` empties every table that refers to it, however many those are"),
            "name the tables instead of CASCADE".into(),
        ),
        _ => (
            &rules::DROP_TABLE,
            format!("`{whole}` deletes its data and breaks who still reads it"),
            later(),
        ),
    }
}
