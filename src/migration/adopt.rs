//! What a database must have, that is to count as migrated: every table and column that the files make.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::sql::{self, Kind, Name, TableAction};
use crate::diagnostic::{Finding, Label};
use crate::text::Span;

use super::journal::Journal;
use super::rules;

/// The columns of each table, with the place that made it.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    tables: BTreeMap<(String, String), Table>,
}

#[derive(Debug, Clone)]
struct Table {
    tag: String,
    place: Label,
    columns: BTreeMap<String, Label>,
}

/// The columns of each table that is there.
pub type Found = BTreeMap<(String, String), BTreeSet<String>>;

/// What the migrations up to and with `last` make.
#[must_use]
pub fn expected(journal: &Journal, last: usize) -> Expected {
    let mut expected = Expected::default();
    for migration in journal.migrations.iter().take(last.saturating_add(1)) {
        let Some(script) = &migration.script else {
            continue;
        };
        for statement in sql::read(script.source.text()).statements {
            let text = script.source.text();
            let line = text
                .get(statement.span.start..statement.span.end)
                .and_then(|text| text.find('\n'))
                .map_or(statement.span.end, |end| statement.span.start + end);
            let place = Label::new(
                &script.source,
                Span::new(statement.span.start, line),
                "made here",
            );
            expected.take(&migration.tag, &statement.kind, &place);
        }
    }
    expected
}

fn key(name: &Name) -> (String, String) {
    (name.schema().to_owned(), name.name.clone())
}

impl Expected {
    fn take(&mut self, tag: &str, kind: &Kind, place: &Label) {
        match kind {
            Kind::CreateTable {
                table,
                columns,
                temporary: false,
                ..
            } => {
                self.tables.entry(key(table)).or_insert_with(|| Table {
                    tag: tag.to_owned(),
                    place: place.clone(),
                    columns: columns
                        .iter()
                        .map(|column| (column.name.clone(), place.clone()))
                        .collect(),
                });
            }
            Kind::DropTable { tables, .. } => {
                for table in tables {
                    self.tables.remove(&key(table));
                }
            }
            Kind::AlterTable { table, actions, .. } => {
                for action in actions {
                    self.alter(&key(table), action, place);
                }
            }
            _ => {}
        }
    }

    fn alter(&mut self, at: &(String, String), action: &TableAction, place: &Label) {
        match action {
            TableAction::Rename(name) => {
                if let Some(table) = self.tables.remove(at) {
                    self.tables.insert((at.0.clone(), name.clone()), table);
                }
            }
            TableAction::SetSchema(schema) => {
                if let Some(table) = self.tables.remove(at) {
                    self.tables.insert((schema.clone(), at.1.clone()), table);
                }
            }
            action => {
                let Some(table) = self.tables.get_mut(at) else {
                    return;
                };
                match action {
                    TableAction::AddColumn(column) => {
                        table.columns.insert(column.name.clone(), place.clone());
                    }
                    TableAction::DropColumn(column) => {
                        table.columns.remove(column);
                    }
                    TableAction::RenameColumn { from, to } => {
                        if let Some(place) = table.columns.remove(from) {
                            table.columns.insert(to.clone(), place);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// How many tables there must be.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tables.len()
    }

    /// Whether the migrations make no table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// How many of the tables are there.
    #[must_use]
    pub fn there(&self, found: &Found) -> usize {
        self.tables
            .keys()
            .filter(|table| found.contains_key(*table))
            .count()
    }

    /// What is missing.
    #[must_use]
    pub fn missing(&self, found: &Found) -> Vec<Finding> {
        let mut findings = Vec::new();
        for ((schema, name), table) in &self.tables {
            let shown = if schema == "public" {
                name.clone()
            } else {
                format!("{schema}.{name}")
            };
            let Some(columns) = found.get(&(schema.clone(), name.clone())) else {
                findings.push(finding(
                    format!("the database has no table {shown}"),
                    &shown,
                    table,
                    table.place.clone(),
                ));
                continue;
            };
            for (column, place) in &table.columns {
                if !columns.contains(column) {
                    let subject = format!("{shown}.{column}");
                    findings.push(finding(
                        format!("the database has no column {subject}"),
                        &subject,
                        table,
                        place.clone(),
                    ));
                }
            }
        }
        findings
    }
}

fn finding(message: String, subject: &str, table: &Table, place: Label) -> Finding {
    Finding::new(&rules::NOT_THERE, message)
        .subject(subject)
        .at(place)
        .note("a migration on record that was not applied is never applied again")
        .help(format!(
            "adopt only what is there: pixcrawler migrate adopt --to TAG, with the last migration before {}; then: pixcrawler migrate",
            table.tag
        ))
}
