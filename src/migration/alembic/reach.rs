//! Can the revisions be applied at all? They are followed by name, without a database.

use std::collections::BTreeSet;

use crate::code::alembic::{Action, Revision};
use crate::code::sql::{self, Kind, TableAction};
use crate::diagnostic::{Finding, Label};

use super::{Alembic, rules};
use crate::migration::journal::Journal;

/// The first step that fails on a new database.
#[derive(Debug, Clone, PartialEq)]
pub struct Obstacle {
    /// The revision.
    pub revision: String,
    /// What it does, to what: `drops the constraint x of y`.
    pub what: String,
    /// The step.
    pub place: Label,
    /// The heads that cannot be reached for it.
    pub heads: Vec<String>,
}

impl Obstacle {
    /// It as a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let heads = self.heads.join(", ");
        Finding::new(
            &rules::UNREACHABLE,
            format!(
                "alembic's head {heads} is unreachable: {} {}, which no migration creates",
                self.revision, self.what
            ),
        )
        .subject(&self.revision)
        .at(self.place.clone())
        .note("alembic upgrade head fails here on a new database, and takes back all that it did before")
        .help("delete this step, or guard it with IF EXISTS")
    }
}

/// What is there, by name. Schemas other than `public` are left out on all sides.
#[derive(Default)]
struct Things {
    tables: BTreeSet<String>,
    indexes: BTreeSet<String>,
    constraints: BTreeSet<String>,
    /// Something was made that cannot be followed: a `DO` block, another text.
    vague: bool,
}

/// Follows the revisions after Drizzle's migrations.
#[must_use]
pub fn obstacle(alembic: &Alembic, journal: Option<&Journal>) -> (Option<Obstacle>, Vec<Finding>) {
    let mut things = Things::default();
    for migration in journal.into_iter().flat_map(|journal| &journal.migrations) {
        if let Some(script) = &migration.script {
            things.sql(script.source.text());
        }
    }
    let drizzle = things.tables.clone();
    let mut twice = Vec::new();
    for (file, revision) in alembic.ordered() {
        for operation in &revision.operations {
            let place = Label::new(&file.source, operation.span, "");
            if let Action::CreateTable { table, .. } = &operation.action
                && drizzle.contains(table)
                && !operation.conditional
            {
                twice.push(both(table, revision, place.clone()));
            }
            let missing = things.take(&operation.action);
            if let Some(what) = missing.filter(|_| !operation.conditional) {
                return (Some(found(alembic, revision, what, place)), twice);
            }
        }
    }
    (None, twice)
}

fn found(alembic: &Alembic, revision: &Revision, what: String, place: Label) -> Obstacle {
    let heads = alembic
        .heads()
        .into_iter()
        .filter(|head| alembic.ancestors([*head]).contains(revision.id.as_str()));
    Obstacle {
        revision: revision.id.clone(),
        what,
        place,
        heads: heads.map(str::to_owned).collect(),
    }
}

fn both(table: &str, revision: &Revision, place: Label) -> Finding {
    Finding::new(
        &rules::TWICE,
        format!(
            "`{table}` is created by Drizzle's migrations and by alembic's {}",
            revision.id
        ),
    )
    .subject(table)
    .at(place)
    .help("delete it here, or write if_not_exists=True")
}

impl Things {
    /// Does a step; gives what it needs and nothing made.
    fn take(&mut self, action: &Action) -> Option<String> {
        match action {
            Action::CreateTable {
                table,
                constraints,
                indexes,
            } => {
                self.tables.insert(table.clone());
                self.constraints.extend(constraints.iter().cloned());
                self.indexes.extend(indexes.iter().cloned());
            }
            Action::RenameTable(from, to) => {
                self.tables.remove(from);
                self.tables.insert(to.clone());
            }
            Action::DropTable(table) => {
                if !self.tables.remove(table) && !self.vague {
                    return Some(format!("drops the table {table}"));
                }
            }
            Action::CreateIndex(name) => {
                self.indexes.insert(name.clone());
            }
            Action::DropIndex(name) => {
                if !self.indexes.remove(name) && !self.is_servers_own(name) {
                    return Some(format!("drops the index {name}"));
                }
            }
            Action::CreateConstraint(name, _) => {
                self.constraints.insert(name.clone());
            }
            Action::DropConstraint(name, table) => {
                if !self.constraints.remove(name) && !self.is_servers_own(name) {
                    return Some(format!("drops the constraint {name} of {table}"));
                }
            }
            Action::Sql(text) => self.sql(text),
        }
        None
    }

    /// Names that the server gives by itself, of a table that is there.
    fn is_servers_own(&self, name: &str) -> bool {
        let own = [
            "_pkey",
            "_key",
            "_fkey",
            "_check",
            "_excl",
            "_idx",
            "_not_null",
        ]
        .iter()
        .any(|end| name.ends_with(end));
        self.vague
            || (own
                && self
                    .tables
                    .iter()
                    .any(|table| name.starts_with(table.as_str())))
    }

    fn sql(&mut self, text: &str) {
        let script = sql::read_whole(text);
        let here = |name: &sql::Name| name.schema() == "public";
        for statement in &script.statements {
            match &statement.kind {
                Kind::CreateTable {
                    table, constraints, ..
                } if here(table) => {
                    self.tables.insert(table.name.clone());
                    self.constraints.extend(constraints.iter().cloned());
                    self.indexes.extend(constraints.iter().cloned());
                }
                Kind::DropTable { tables, .. } => {
                    for table in tables {
                        self.tables.remove(&table.name);
                    }
                }
                Kind::CreateIndex {
                    name: Some(name), ..
                } => {
                    self.indexes.insert(name.name.clone());
                }
                Kind::DropIndex { names, .. } => {
                    for name in names {
                        self.indexes.remove(&name.name);
                    }
                }
                Kind::RenameIndex { from, to } => {
                    self.indexes.remove(&from.name);
                    self.indexes.insert(to.clone());
                }
                Kind::AlterTable { table, actions, .. } if here(table) => {
                    for action in actions {
                        self.alter(&table.name, action);
                    }
                }
                // Nobody looks into a body: it may make anything.
                Kind::Do if makes_things(text, statement) => self.vague = true,
                _ => {}
            }
        }
    }

    fn alter(&mut self, table: &str, action: &TableAction) {
        match action {
            TableAction::AddConstraint {
                name: Some(name), ..
            } => {
                self.constraints.insert(name.clone());
                self.indexes.insert(name.clone());
            }
            TableAction::DropConstraint(name) => {
                self.constraints.remove(name);
                self.indexes.remove(name);
            }
            TableAction::RenameConstraint { from, to } => {
                self.constraints.remove(from);
                self.constraints.insert(to.clone());
            }
            TableAction::Rename(to) => {
                self.tables.remove(table);
                self.tables.insert(to.clone());
            }
            _ => {}
        }
    }
}

/// Whether a `DO` block may make or take away a table, an index or a constraint.
fn makes_things(text: &str, statement: &sql::Statement) -> bool {
    let body = text
        .get(statement.span.start..statement.span.end)
        .unwrap_or_default()
        .to_ascii_lowercase();
    [
        "execute",
        "create table",
        "create index",
        "create unique",
        "constraint",
    ]
    .iter()
    .any(|word| body.contains(word))
}
