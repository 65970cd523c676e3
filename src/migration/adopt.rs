//! What a database must have, that is to count as migrated: every table and column that the files make.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::sql::{self, Kind, Name, TableAction};
use crate::diagnostic::{Finding, Label, Severity};
use crate::text::{Span, plural};

use super::journal::Journal;
use super::likeness::{self, Difference};
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

impl Expected {
    /// What differs between what the migrations make, left, and what the database has. Beside the tables of the
    /// migrations a database may have others; what is granted by default is more than the migrations say.
    #[must_use]
    pub fn differences(&self, differences: &[Difference]) -> Vec<Finding> {
        let mut by_owner: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
        for difference in differences {
            if self.matters(difference) {
                by_owner
                    .entry(difference.owner())
                    .or_default()
                    .push(difference);
            }
        }
        by_owner
            .into_iter()
            .map(|(owner, own)| self.of_owner(owner, &own))
            .collect()
    }

    fn table(&self, owner: &str) -> Option<&Table> {
        let found = self
            .tables
            .iter()
            .find(|((schema, name), _)| format!("{schema}.{name}") == owner);
        found.map(|(_, table)| table)
    }

    fn matters(&self, difference: &Difference) -> bool {
        match difference {
            Difference::OnlyLeft(_) => true,
            Difference::Changed(wanted, there) => !likeness::is_granted(wanted, there),
            Difference::OnlyRight(thing) => {
                thing.kind != "grant" && self.table(&thing.owner).is_some()
            }
        }
    }

    fn of_owner(&self, owner: &str, differences: &[&Difference]) -> Finding {
        let shown = owner.strip_prefix("public.").unwrap_or(owner);
        let lacks = differences
            .iter()
            .any(|it| !matches!(it, Difference::OnlyRight(_)));
        let message = match differences {
            [Difference::OnlyLeft(thing)] => format!("the database has no {}", thing.shown()),
            [Difference::OnlyRight(thing)] => {
                format!(
                    "the database has {}, which no migration makes",
                    thing.shown()
                )
            }
            [Difference::Changed(thing, _)] => {
                format!("{} is not what the migrations make", thing.shown())
            }
            several => format!(
                "`{shown}` is not what the migrations make: {}",
                plural(several.len(), "difference")
            ),
        };
        let mut finding = Finding::new(&rules::NOT_THERE, message).subject(shown);
        if !lacks {
            finding = finding.severity(Severity::Warning);
        }
        for difference in differences {
            finding = finding.note(difference.in_words("the migrations", "the database"));
        }
        let table = self.table(owner);
        if let Some(table) = table {
            finding = finding.at(table.place.clone());
        }
        finding.help(match (lacks, table) {
            (false, _) => "take it into a new migration that says IF NOT EXISTS: pixcrawler migrate new NAME; or drop it".to_owned(),
            (true, Some(table)) => format!(
                "bring the database to what the migrations make, by hand, and adopt then; or adopt only what is there: pixcrawler migrate adopt --to TAG, with the last migration before {}",
                table.tag
            ),
            (true, None) => "bring the database to what the migrations make, by hand, and adopt then; or adopt only what is there: pixcrawler migrate adopt --to TAG".to_owned(),
        })
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
