//! The files against the rows: what was applied, what is pending, and where the two disagree.

use std::cmp::Ordering;

use crate::diagnostic::{Finding, Label};

use super::journal::{Journal, Migration};
use super::rows::{Book, Row, Shape};
use super::way_back::{FROM_ELSEWHERE, OTHERWISE, accepting};
use super::{Config, rules};

/// What became of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// On record, and the file is what ran.
    Applied {
        /// The row, by its number.
        row: i64,
        /// The row has another time than the journal: drizzle-kit compares times alone.
        restamped: bool,
    },
    /// On record under its time or name, and the file is another one now.
    Edited {
        /// The row, by its number.
        row: i64,
    },
    /// On record, and the file is gone.
    Deleted {
        /// The row, by its number.
        row: i64,
    },
    /// Not on record.
    Pending,
    /// Not on record, and older than something that is: drizzle-kit skips it for ever.
    Late {
        /// How its time stands to the newest that was applied, or to an earlier entry's.
        order: Ordering,
        /// The tag of the migration, or the number of the row, that is newer.
        behind: String,
    },
}

impl State {
    /// One word, stable.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::Edited { .. } => "edited",
            Self::Deleted { .. } => "deleted",
            Self::Pending => "pending",
            Self::Late { .. } => "late",
        }
    }

    /// Whether it is still to be applied.
    #[must_use]
    pub fn is_due(&self) -> bool {
        matches!(self, Self::Pending | Self::Late { .. })
    }

    /// The row that speaks of it.
    #[must_use]
    pub fn row(&self) -> Option<i64> {
        match self {
            Self::Applied { row, .. } | Self::Edited { row } | Self::Deleted { row } => Some(*row),
            Self::Pending | Self::Late { .. } => None,
        }
    }
}

/// The files and the rows side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// A state for each migration of the journal, in its order.
    pub states: Vec<State>,
    /// Rows that no file explains: the database is ahead of this checkout.
    pub unknown: Vec<Row>,
    /// Rows without a time, which make drizzle-kit apply everything again.
    pub timeless: Vec<Row>,
    /// Rows of a named table without a name, which make drizzle-kit 1.0 apply the migration again: with its index.
    pub nameless: Vec<(usize, Row)>,
}

/// Compares.
#[must_use]
pub fn compare(journal: &Journal, book: &Book) -> History {
    let mut matching = Matching::new(journal, book);
    // A name is the strongest sign, but only drizzle-kit 1.0 writes one.
    matching.pass(|migration, row| {
        book.shape == Shape::Named
            && row.name.as_deref() == Some(migration.tag.as_str())
            && fits(migration, row)
    });
    matching.pass(|migration, row| same_time(migration, row) && fits(migration, row));
    matching.pass(fits);
    matching.pass(|migration, row| row.name.as_deref() == Some(migration.tag.as_str()));
    let times = |when: i64| {
        let same = |migration: &&Migration| migration.when == when;
        journal.migrations.iter().filter(same).count()
    };
    matching.pass(|migration, row| same_time(migration, row) && times(migration.when) == 1);
    matching.repeated();
    let rows = matching.rows;
    let taken = matching.taken;
    let states = states(journal, book, &rows);
    let timeless = book.rows.iter().filter(|row| row.created_at.is_none());
    let nameless = rows.iter().enumerate().filter_map(|(at, row)| {
        let row = book.rows.get((*row)?)?;
        (book.shape == Shape::Named && row.name.is_none()).then(|| (at, row.clone()))
    });
    let unknown = book
        .rows
        .iter()
        .zip(&taken)
        .filter(|(row, taken)| !**taken && row.created_at.is_some());
    History {
        timeless: timeless.cloned().collect(),
        nameless: nameless.collect(),
        unknown: unknown.map(|(row, _)| row.clone()).collect(),
        states,
    }
}

fn fits(migration: &Migration, row: &Row) -> bool {
    migration
        .script
        .as_ref()
        .is_some_and(|script| script.hashes.fit(&row.hash))
}

/// drizzle-kit 1.0 counts whole seconds, also where 0.x wrote the row.
fn same_time(migration: &Migration, row: &Row) -> bool {
    row.created_at.is_some_and(|created| {
        created == migration.when
            || (migration.entry.is_none() && created / 1000 == migration.when / 1000)
    })
}

/// Which row speaks of which migration. Every row is used once.
struct Matching<'a> {
    journal: &'a Journal,
    book: &'a Book,
    rows: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl<'a> Matching<'a> {
    fn new(journal: &'a Journal, book: &'a Book) -> Self {
        Self {
            rows: vec![None; journal.migrations.len()],
            taken: vec![false; book.rows.len()],
            journal,
            book,
        }
    }

    fn pass(&mut self, same: impl Fn(&Migration, &Row) -> bool) {
        let open: Vec<usize> = (0..self.taken.len())
            .filter(|at| !self.taken[*at])
            .collect();
        if open.is_empty() {
            return;
        }
        for (found, migration) in self.rows.iter_mut().zip(&self.journal.migrations) {
            if found.is_some() {
                continue;
            }
            let row = open.iter().copied().find(|at| {
                !self.taken[*at]
                    && self
                        .book
                        .rows
                        .get(*at)
                        .is_some_and(|row| same(migration, row))
            });
            if let Some(at) = row {
                self.taken[at] = true;
                *found = Some(at);
            }
        }
    }

    /// Runners without a lock leave several rows of one migration: those are no strangers.
    fn repeated(&mut self) {
        for (at, row) in self.book.rows.iter().enumerate() {
            if self.taken[at] {
                continue;
            }
            self.taken[at] = self
                .journal
                .migrations
                .iter()
                .any(|migration| same_time(migration, row) && fits(migration, row));
        }
    }
}

fn states(journal: &Journal, book: &Book, rows: &[Option<usize>]) -> Vec<State> {
    let named = |row: &Row| {
        journal
            .migrations
            .iter()
            .zip(rows)
            .find(|(_, at)| {
                at.and_then(|at| book.rows.get(at))
                    .is_some_and(|own| own.id == row.id)
            })
            .map_or_else(
                || format!("row {}", row.id),
                |(migration, _)| migration.tag.clone(),
            )
    };
    let newest = book
        .rows
        .iter()
        .filter_map(|row| Some((row.created_at?, row)))
        .max_by_key(|(created, _)| *created);
    // Time and name of the newest so far: first of the rows, then of the journal's earlier entries.
    let mut mark: Option<(i64, String)> = newest.map(|(created, row)| (created, named(row)));
    let mut states = Vec::with_capacity(rows.len());
    for (migration, row) in journal.migrations.iter().zip(rows) {
        let state = match row.and_then(|at| book.rows.get(at)) {
            Some(row) if migration.script.is_none() => State::Deleted { row: row.id },
            Some(row) if fits(migration, row) => State::Applied {
                row: row.id,
                restamped: !same_time(migration, row),
            },
            Some(row) => State::Edited { row: row.id },
            None => match &mark {
                Some((newest, behind)) if migration.when <= *newest => State::Late {
                    order: migration.when.cmp(newest),
                    behind: behind.clone(),
                },
                _ => State::Pending,
            },
        };
        if mark
            .as_ref()
            .is_none_or(|(newest, _)| *newest < migration.when)
        {
            mark = Some((migration.when, migration.tag.clone()));
        }
        states.push(state);
    }
    states
}

impl History {
    /// The migrations that are still to be applied, by their place in the journal.
    pub fn due(&self) -> impl Iterator<Item = usize> + '_ {
        let due = self
            .states
            .iter()
            .enumerate()
            .filter(|(_, state)| state.is_due());
        due.map(|(at, _)| at)
    }

    /// How many were applied.
    #[must_use]
    pub fn applied(&self) -> usize {
        self.states.len() - self.due().count()
    }

    /// What the two disagree about.
    #[must_use]
    pub fn findings(&self, config: &Config, journal: &Journal, book: &Book) -> Vec<Finding> {
        let table = config.shown_table();
        let mut findings = Vec::new();
        for (migration, state) in journal.migrations.iter().zip(&self.states) {
            findings.extend(disagreement(migration, state, journal, book, &table));
        }
        if let [first, rest @ ..] = self.timeless.as_slice() {
            let others = if rest.is_empty() {
                String::new()
            } else {
                format!(" and {} more", rest.len())
            };
            findings.push(
                Finding::new(
                    &rules::NULL_TIME,
                    format!("row {}{others} of {table} has no created_at", first.id),
                )
                .subject(&table)
                .note("drizzle-kit takes it for the newest, from the year 1970, and applies every migration again")
                .help("pixcrawler migrate repair"),
            );
        }
        for row in &self.unknown {
            findings.push(unknown(row, journal, &table));
        }
        for (at, row) in &self.nameless {
            let Some(migration) = journal.migrations.get(*at) else {
                continue;
            };
            let finding = Finding::new(
                &rules::NO_NAME,
                format!(
                    "row {} of {table}, of {}, has no name",
                    row.id, migration.tag
                ),
            )
            .subject(&migration.tag)
            .note("drizzle-kit 1.0 goes by names and would apply it again")
            .help("pixcrawler migrate repair");
            findings.push(at_place(
                finding,
                migration.place("on record without a name"),
            ));
        }
        findings
    }
}

fn disagreement(
    migration: &Migration,
    state: &State,
    journal: &Journal,
    book: &Book,
    table: &str,
) -> Option<Finding> {
    let tag = &migration.tag;
    Some(match state {
        State::Edited { row } => at_place(
            Finding::new(
                &rules::EDITED,
                format!("{tag} was changed after it was applied"),
            )
            .subject(tag)
            .note(format!(
                "row {row} of {table} has the hash of what ran, and the file has another one"
            ))
            .note("databases that exist have the old statements, new ones would get the new")
            .note(OTHERWISE)
            .help(accepting(tag)),
            migration.file_start("not what ran"),
        ),
        State::Deleted { row } => at_place(
            Finding::new(
                &rules::DELETED,
                format!("the file of {tag} is gone, and it was applied"),
            )
            .subject(tag)
            .in_file(&migration.path)
            .note(format!(
                "row {row} of {table} is its record; no new database can be made without the file"
            ))
            .note(FROM_ELSEWHERE)
            .help(format!("pixcrawler explain {}", rules::DELETED.code)),
            migration.place("no such file"),
        ),
        State::Late { order, behind } => {
            let (how, rule_note) = if order.is_eq() {
                (
                    "has the same time as",
                    "drizzle-kit applies both on an empty database, and skips one wherever the other is there",
                )
            } else {
                (
                    "is older than",
                    "drizzle-kit skips it for ever, says that all is well, and exits with 0",
                )
            };
            let finding = Finding::new(&rules::LATE, format!("{tag} was not applied, and {how} {behind}"))
                    .subject(tag)
                    .note(rule_note)
                    .help("pixcrawler migrate --allow-late applies it; on a branch that is not merged yet, generate it anew instead");
            let finding = match journal.get(behind).and_then(|other| other.when_at.clone()) {
                Some(label) => finding.related(Label {
                    message: "this one is newer, or as old".to_owned(),
                    ..label
                }),
                None => finding,
            };
            let place = migration.when_at.clone().map(|label| Label {
                message: "its time".to_owned(),
                ..label
            });
            at_place(finding, place.or_else(|| migration.place("here")))
        }
        State::Pending if migration.script.is_none() => at_place(
            Finding::new(
                &rules::MISSING_FILE,
                format!("{} is not there, and the journal names it", migration.path),
            )
            .subject(tag)
            .help(
                "bring the file back, or delete the entry if the migration was never meant to stay",
            ),
            migration.place("no such file"),
        ),
        State::Applied {
            row,
            restamped: true,
        } => {
            let row = book.rows.iter().find(|own| own.id == *row);
            let recorded = row.and_then(|row| row.created_at);
            let newest = book.rows.iter().filter_map(|row| row.created_at).max();
            // Only where drizzle-kit would come to another verdict is it worth a word.
            if newest.is_some_and(|newest| newest >= migration.when) {
                return None;
            }
            at_place(
                    Finding::new(&rules::RESTAMPED, format!("{tag} was applied under another time"))
                        .subject(tag)
                        .note(format!(
                            "{table} has {}, the journal {}: drizzle-kit goes by the time and would apply it again",
                            recorded.map_or_else(|| "none".to_owned(), |time| time.to_string()),
                            migration.when
                        ))
                        .help("pixcrawler migrate repair"),
                    migration.place("on record under another time"),
                )
        }
        State::Applied { .. } | State::Pending => return None,
    })
}

fn at_place(finding: Finding, place: Option<Label>) -> Finding {
    match place {
        Some(place) => finding.at(place),
        None => finding,
    }
}

fn unknown(row: &Row, journal: &Journal, table: &str) -> Finding {
    let name = row
        .name
        .as_deref()
        .map_or_else(String::new, |name| format!(" ({name})"));
    let finding = Finding::new(
        &rules::AHEAD,
        format!(
            "the database is ahead: row {}{name} of {table} is of no migration here",
            row.id
        ),
    )
    .subject(
        row.name
            .clone()
            .unwrap_or_else(|| format!("row {}", row.id)),
    )
    .note(format!(
        "recorded time {}, hash {}…",
        row.created_at
            .map_or_else(|| "none".to_owned(), |time| time.to_string()),
        row.hash.get(..12).unwrap_or(&row.hash)
    ));
    let orphan = journal
        .orphans
        .iter()
        .find(|orphan| orphan.hashes.fit(&row.hash));
    let finding = match (orphan, &journal.source) {
        (Some(orphan), _) => finding
            .note(format!(
                "{} is what ran: the journal lost its entry",
                orphan.source.path()
            ))
            .help(format!(
                "bring the entry of {} back into the journal",
                orphan.source.path()
            )),
        (None, _) => finding.help("check out the branch that has the migration, or git pull"),
    };
    match &journal.source {
        Some(source) => finding.in_file(source.path()),
        None => finding.in_file(&journal.out),
    }
}
