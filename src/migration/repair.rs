//! What is wrong on record, and what would mend it.

use crate::failure::Failure;
use crate::text::nearest;

use super::history::{self, State};
use super::journal::{Journal, folder_name};
use super::rows::{Book, Shape};

/// What was asked for by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Migrations whose file counts as it is now.
    pub accept: Vec<String>,
    /// Migrations that count as applied.
    pub mark: Vec<String>,
    /// Rows that go.
    pub forget: Vec<i64>,
}

/// One change of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The row gets the hash of the file.
    Rehash {
        /// The row.
        row: i64,
        /// The migration, by its place.
        at: usize,
    },
    /// The row gets the journal's time.
    Restamp {
        /// The row.
        row: i64,
        /// The migration, by its place.
        at: usize,
    },
    /// The row gets the name that drizzle-kit 1.0 goes by.
    Name {
        /// The row.
        row: i64,
        /// The migration, by its place.
        at: usize,
    },
    /// A new row.
    Mark {
        /// The migration, by its place.
        at: usize,
    },
    /// The row goes.
    Forget {
        /// The row.
        row: i64,
    },
}

impl Change {
    /// For one line.
    #[must_use]
    pub fn in_words(&self, journal: &Journal) -> String {
        let tag = |at: &usize| journal.migrations.get(*at).map_or("", |it| it.tag.as_str());
        match self {
            Self::Rehash { row, at } => format!("row {row}: the hash of {} as it is now", tag(at)),
            Self::Restamp { row, at } => format!("row {row}: the time of {}", tag(at)),
            Self::Name { row, at } => {
                let name = journal
                    .migrations
                    .get(*at)
                    .map(folder_name)
                    .unwrap_or_default();
                format!("row {row}: the name {name}")
            }
            Self::Mark { at } => format!("a row for {}, which is not run", tag(at)),
            Self::Forget { row } => format!("row {row} deleted"),
        }
    }
}

/// Decides what changes.
///
/// # Errors
/// When something that was asked for by name is not there, or is something else.
pub fn repairs(journal: &Journal, book: &Book, wanted: &Wanted) -> Result<Vec<Change>, Failure> {
    let history = history::compare(journal, book);
    let mut changes = Vec::new();
    let newest = book.rows.iter().filter_map(|row| row.created_at).max();
    for (at, (migration, state)) in journal.migrations.iter().zip(&history.states).enumerate() {
        let State::Applied { row, restamped } = state else {
            continue;
        };
        let found = book.rows.iter().find(|own| own.id == *row);
        let timeless = found.is_some_and(|own| own.created_at.is_none());
        if timeless || (*restamped && newest.is_none_or(|newest| newest < migration.when)) {
            changes.push(Change::Restamp { row: *row, at });
        }
        if book.shape == Shape::Named && found.is_some_and(|own| own.name.is_none()) {
            changes.push(Change::Name { row: *row, at });
        }
    }
    for tag in &wanted.accept {
        let at = position(journal, tag)?;
        match history.states.get(at) {
            Some(State::Edited { row }) => changes.push(Change::Rehash { row: *row, at }),
            Some(State::Applied { .. }) => {}
            _ => {
                return Err(
                    Failure::usage(format!("{tag} is not on record with another file"))
                        .help("--accept is for a migration that `migrate status` calls edited"),
                );
            }
        }
    }
    for tag in &wanted.mark {
        let at = position(journal, tag)?;
        if history.states.get(at).is_some_and(State::is_due) {
            changes.push(Change::Mark { at });
        } else {
            return Err(Failure::usage(format!("{tag} is on record already"))
                .help("--mark is for a migration that `migrate status` calls pending or late"));
        }
    }
    for row in &wanted.forget {
        let of_a_file = history
            .states
            .iter()
            .position(|state| state.row() == Some(*row));
        if let Some(tag) = of_a_file
            .and_then(|at| journal.migrations.get(at))
            .map(|it| &it.tag)
        {
            return Err(Failure::usage(format!("row {row} is of {tag}, whose file is here"))
                .help("without its row it would run again; --forget is for rows that `migrate status` calls unknown"));
        }
        if book.rows.iter().all(|own| own.id != *row) {
            return Err(Failure::usage(format!("there is no row {row}"))
                .help("see the numbers with: pixcrawler migrate status"));
        }
        changes.push(Change::Forget { row: *row });
    }
    Ok(changes)
}

/// The place of a migration that somebody typed.
///
/// # Errors
/// When there is none of that name, with the nearest one.
pub fn position(journal: &Journal, tag: &str) -> Result<usize, Failure> {
    journal
        .position(tag.trim_end_matches(".sql"))
        .ok_or_else(|| {
            let names = journal
                .migrations
                .iter()
                .map(|migration| migration.tag.as_str());
            let help = match nearest(tag, names) {
                Some(near) => format!("did you mean {near}?"),
                None => "see the names with: pixcrawler migrate status".to_owned(),
            };
            Failure::usage(format!("no migration is named {tag}")).help(help)
        })
}
