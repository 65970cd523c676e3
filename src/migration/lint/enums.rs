//! An enum's new value, used before the transaction that adds it has ended.

use std::collections::BTreeSet;

use crate::code::sql::{Column, Kind, Name, TableAction};
use crate::diagnostic::{Finding, Label};

use super::{Read, rules};

pub(super) fn check(migrations: &[Read<'_>]) -> Vec<Finding> {
    let mut users = Users::default();
    let mut findings = Vec::new();
    for migration in migrations {
        in_one_transaction(std::slice::from_ref(migration), &mut users, &mut findings);
    }
    findings
}

/// Several files that run in one transaction: what one of them adds, those behind it cannot use.
pub(super) fn in_one_batch(migrations: &[Read<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    in_one_transaction(migrations, &mut Users::default(), &mut findings);
    findings
}

/// Which tables have columns of which type.
#[derive(Default)]
struct Users(BTreeSet<(String, String)>);

impl Users {
    fn add(&mut self, table: &Name, column: &Column) {
        let kind = column.kind.split('.').next_back().unwrap_or_default();
        let kind = kind.trim_end_matches("[]").trim_matches('"').to_owned();
        self.0.insert((table.name.clone(), kind));
    }

    fn take(&mut self, kind: &Kind) {
        match kind {
            Kind::CreateTable { table, columns, .. } => {
                for column in columns {
                    self.add(table, column);
                }
            }
            Kind::AlterTable { table, actions, .. } => {
                for action in actions {
                    if let TableAction::AddColumn(column) = action {
                        self.add(table, column);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a statement names a table that has a column of this type.
    fn are_named(&self, kind: &Name, statement: &str) -> bool {
        self.0
            .iter()
            .filter(|(_, known)| *known == kind.name)
            .any(|(table, _)| {
                statement
                    .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .any(|word| word == table)
            })
    }
}

fn in_one_transaction(migrations: &[Read<'_>], users: &mut Users, findings: &mut Vec<Finding>) {
    // A type that this very transaction makes may be used at once.
    let mut made: Vec<&Name> = Vec::new();
    let mut added: Vec<(&Name, &str, Label)> = Vec::new();
    let statements = migrations.iter().flat_map(|migration| {
        let statements = migration.facts.statements.iter();
        statements.map(move |statement| (migration, statement))
    });
    for (migration, statement) in statements {
        users.take(&statement.kind);
        match &statement.kind {
            Kind::CreateType { name, .. } => made.push(name),
            Kind::AddEnumValue { name, value }
                if !migration.alone && !made.iter().any(|known| known.is(name)) =>
            {
                added.push((name, value, migration.at(statement.span, "added here")));
            }
            Kind::AddEnumValue { .. } => {}
            _ if statement.words.starts_with("COMMENT") => {}
            _ => {
                let text = migration
                    .text()
                    .get(statement.span.start..statement.span.end)
                    .unwrap_or_default();
                for (kind, value, place) in &added {
                    let used = statement.literals.iter().find(|literal| {
                        literal.value == **value
                            && match &literal.cast {
                                Some(cast) => cast.name == kind.name,
                                None => users.are_named(kind, text),
                            }
                    });
                    if let Some(literal) = used {
                        findings.push(
                            Finding::new(
                                &rules::ENUM_VALUE,
                                format!(
                                    "`{value}` of `{}` is used in the transaction that adds it",
                                    kind.shown()
                                ),
                            )
                            .subject(migration.tag)
                            .at(migration.at(literal.span, "used here"))
                            .related(place.clone())
                            .note("the server refuses it until the transaction has ended (SQLSTATE 55P04)")
                            .help("move this statement into the next migration: pixcrawler migrate new NAME"),
                        );
                    }
                }
            }
        }
    }
}
