//! Which locks a statement takes on tables that others use.

use crate::code::sql::{Kind, Name, Statement, TableAction};

/// A lock in the server's words, and what it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// `ACCESS EXCLUSIVE`, `SHARE`, …
    pub mode: &'static str,
    /// The table, or the index.
    pub on: String,
    /// What waits meanwhile.
    pub stops: &'static str,
}

const ACCESS_EXCLUSIVE: (&str, &str) = ("ACCESS EXCLUSIVE", "reads and writes wait");
const SHARE_ROW_EXCLUSIVE: (&str, &str) = ("SHARE ROW EXCLUSIVE", "writes wait");
const SHARE: (&str, &str) = ("SHARE", "writes wait");
const SHARE_UPDATE_EXCLUSIVE: (&str, &str) = (
    "SHARE UPDATE EXCLUSIVE",
    "nothing waits but other changes of the table",
);

/// The locks of a statement. `new` are the tables that the same migration made: nobody else sees them.
#[must_use]
pub fn locks(statement: &Statement, new: &[Name]) -> Vec<Lock> {
    let mut taken = Vec::new();
    let mut take = |(mode, stops): (&'static str, &'static str), on: &Name| {
        if !new.iter().any(|made| made.is(on)) {
            taken.push(Lock {
                mode,
                on: on.shown(),
                stops,
            });
        }
    };
    match &statement.kind {
        Kind::CreateTable {
            references,
            partition_of,
            ..
        } => {
            for table in references {
                take(SHARE_ROW_EXCLUSIVE, table);
            }
            if let Some(table) = partition_of {
                take(ACCESS_EXCLUSIVE, table);
            }
        }
        Kind::DropTable { tables, .. } => tables
            .iter()
            .for_each(|table| take(ACCESS_EXCLUSIVE, table)),
        Kind::AlterTable { table, actions, .. } => {
            let strongest = if actions.iter().all(is_light) {
                SHARE_UPDATE_EXCLUSIVE
            } else if actions.iter().all(adds_foreign_key) {
                SHARE_ROW_EXCLUSIVE
            } else {
                ACCESS_EXCLUSIVE
            };
            take(strongest, table);
            for action in actions {
                if let TableAction::AddConstraint {
                    references: Some(other),
                    ..
                } = action
                {
                    take(SHARE_ROW_EXCLUSIVE, other);
                }
            }
        }
        Kind::CreateIndex {
            table,
            concurrently,
            ..
        } => take(
            if *concurrently {
                SHARE_UPDATE_EXCLUSIVE
            } else {
                SHARE
            },
            table,
        ),
        Kind::DropIndex {
            names,
            concurrently,
            ..
        } => {
            let mode = if *concurrently {
                SHARE_UPDATE_EXCLUSIVE
            } else {
                ACCESS_EXCLUSIVE
            };
            for index in names {
                take(mode, index);
            }
        }
        Kind::RenameIndex { from, .. } => take(SHARE_UPDATE_EXCLUSIVE, from),
        Kind::CreatePolicy { table, .. } | Kind::DropPolicy { table, .. } => {
            take(ACCESS_EXCLUSIVE, table);
        }
        _ => {}
    }
    taken
}

/// `VALIDATE CONSTRAINT`, `SET STATISTICS` and their like.
fn is_light(action: &TableAction) -> bool {
    matches!(action, TableAction::Other(words) if words.starts_with("VALIDATE"))
}

fn adds_foreign_key(action: &TableAction) -> bool {
    matches!(
        action,
        TableAction::AddConstraint {
            references: Some(_),
            ..
        }
    )
}
