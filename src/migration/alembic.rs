//! Alembic's history beside Drizzle's: its heads, what is missing in it, and whether it can be applied at all.

mod reach;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use crate::code::alembic::Revision;
use crate::diagnostic::{Finding, Label};
use crate::text::{Source, Span};

pub use reach::{Obstacle, obstacle};
pub use rules::RULES;

/// A revision's file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// The file.
    pub source: Source,
    /// What it says; none where it says no id.
    pub revision: Option<Revision>,
}

/// Alembic's files.
#[derive(Debug, Clone, PartialEq)]
pub struct Alembic {
    /// The folder of the revisions, relative to the workspace.
    pub versions: camino::Utf8PathBuf,
    /// The table in which a database keeps its heads, with its schema where that is written.
    pub table: crate::code::sql::Name,
    /// The files, by name.
    pub files: Vec<File>,
}

/// What a revision is to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// On record, or below what is.
    Applied,
    /// Not yet applied.
    Pending,
    /// It, or one that it builds on, fails.
    Unreachable,
}

impl Standing {
    /// One word, stable.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Unreachable => "unreachable",
        }
    }
}

impl Alembic {
    /// The revisions that say an id.
    pub fn revisions(&self) -> impl Iterator<Item = (&File, &Revision)> {
        let files = self.files.iter();
        files.filter_map(|file| Some((file, file.revision.as_ref()?)))
    }

    fn by_id(&self) -> BTreeMap<&str, (&File, &Revision)> {
        self.revisions()
            .map(|(file, revision)| (revision.id.as_str(), (file, revision)))
            .collect()
    }

    /// The ids that no other revision builds on.
    #[must_use]
    pub fn heads(&self) -> Vec<&str> {
        let below: BTreeSet<&str> = self
            .revisions()
            .flat_map(|(_, revision)| revision.down.iter().map(String::as_str))
            .collect();
        self.revisions()
            .map(|(_, revision)| revision.id.as_str())
            .filter(|id| !below.contains(id))
            .collect()
    }

    /// A revision and everything below it.
    #[must_use]
    pub fn ancestors<'a>(&'a self, ids: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let all = self.by_id();
        let mut open: Vec<&str> = ids.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(id) = open.pop() {
            let Some((_, revision)) = all.get(id) else {
                continue;
            };
            if found.insert(revision.id.as_str()) {
                let parents = revision.down.iter().chain(&revision.depends_on);
                open.extend(parents.map(String::as_str));
            }
        }
        found
    }

    /// The revisions in an order in which they can run: parents first.
    #[must_use]
    pub fn ordered(&self) -> Vec<(&File, &Revision)> {
        let mut left: Vec<(&File, &Revision)> = self.revisions().collect();
        let known: BTreeSet<&str> = left.iter().map(|(_, it)| it.id.as_str()).collect();
        let (mut done, mut ordered) = (BTreeSet::new(), Vec::new());
        while !left.is_empty() {
            let (ready, waiting): (Vec<_>, Vec<_>) = left.iter().partition(|(_, revision)| {
                let mut parents = revision.down.iter().chain(&revision.depends_on);
                parents.all(|parent| {
                    done.contains(parent.as_str()) || !known.contains(parent.as_str())
                })
            });
            if ready.is_empty() {
                // A circle: alembic refuses it, and so is said elsewhere.
                break;
            }
            done.extend(ready.iter().map(|(_, revision)| revision.id.as_str()));
            ordered.extend(ready);
            left = waiting;
        }
        ordered
    }

    /// What each revision is to a database whose heads are `rows`, parents first.
    #[must_use]
    pub fn standings(
        &self,
        rows: &[String],
        obstacle: Option<&Obstacle>,
    ) -> Vec<(&Revision, Standing)> {
        let applied = self.ancestors(rows.iter().map(String::as_str));
        self.ordered()
            .into_iter()
            .map(|(_, revision)| {
                let blocked = obstacle.is_some_and(|obstacle| {
                    self.ancestors([revision.id.as_str()])
                        .contains(obstacle.revision.as_str())
                });
                let standing = if applied.contains(revision.id.as_str()) {
                    Standing::Applied
                } else if blocked {
                    Standing::Unreachable
                } else {
                    Standing::Pending
                };
                (revision, standing)
            })
            .collect()
    }

    /// What is wrong with the files by themselves.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let ids: BTreeSet<&str> = self.revisions().map(|(_, it)| it.id.as_str()).collect();
        let mut seen: BTreeMap<&str, &File> = BTreeMap::new();
        for file in &self.files {
            let Some(revision) = &file.revision else {
                let span = file.source.line_span(1).unwrap_or_default();
                findings.push(
                    Finding::new(
                        &rules::NO_ID,
                        format!("{} says no revision", file.source.path()),
                    )
                    .at(Label::new(&file.source, span, ""))
                    .help("write revision = '…' and down_revision = '…', or move the file out of the folder"),
                );
                continue;
            };
            if let Some(before) = seen.insert(&revision.id, file) {
                findings.push(
                    Finding::new(
                        &rules::REPEATED,
                        format!("revision {} stands in two files", revision.id),
                    )
                    .subject(&revision.id)
                    .at(Label::new(&file.source, revision.span, "again"))
                    .related(label(before, "for the first time"))
                    .help("give one of them another id, and correct who builds on it"),
                );
            }
            for parent in revision.down.iter().chain(&revision.depends_on) {
                if !ids.contains(parent.as_str()) {
                    findings.push(
                        Finding::new(
                            &rules::MISSING_PARENT,
                            format!("{} builds on {parent}, which no file says", revision.id),
                        )
                        .subject(&revision.id)
                        .at(Label::new(&file.source, revision.down_span, "this one"))
                        .help("bring the file back, or name the revision that it really builds on"),
                    );
                }
            }
            // varchar(32) holds characters, not bytes.
            if revision.id.chars().count() > LONGEST_ID {
                findings.push(
                    Finding::new(
                        &rules::LONG_ID,
                        format!(
                            "revision {} has {} characters, and alembic keeps 32",
                            revision.id,
                            revision.id.chars().count()
                        ),
                    )
                    .subject(&revision.id)
                    .at(Label::new(&file.source, revision.span, ""))
                    .help("give it an id of at most 32 characters, and correct who builds on it"),
                );
            }
        }
        findings.extend(self.several_heads());
        findings
    }

    fn several_heads(&self) -> Option<Finding> {
        let heads = self.heads();
        let (first, others) = heads.split_first()?;
        if others.is_empty() {
            return None;
        }
        let all = self.by_id();
        let mut finding = Finding::new(
            &rules::HEADS,
            format!("alembic has {} heads: {}", heads.len(), heads.join(", ")),
        )
        .help("alembic merge heads, or alembic upgrade heads if both branches are meant");
        if let Some((file, revision)) = all.get(first) {
            finding = finding.at(Label::new(&file.source, revision.span, "a head"));
        }
        for other in others {
            if let Some((file, revision)) = all.get(other) {
                finding = finding.related(Label::new(&file.source, revision.span, "another one"));
            }
        }
        Some(finding)
    }

    /// What a database's rows say that the files do not.
    #[must_use]
    pub fn unknown(&self, rows: &[String]) -> Vec<Finding> {
        let all = self.by_id();
        rows.iter()
            .filter(|row| !all.contains_key(row.as_str()))
            .map(|row| {
                Finding::new(
                    &rules::AHEAD,
                    format!(
                        "the database is at alembic's {row}, which this checkout does not know"
                    ),
                )
                .subject(row)
                .in_file(&self.versions)
                .help("check out the branch that has the revision, or pull")
            })
            .collect()
    }
}

/// `version_num varchar(32)`.
const LONGEST_ID: usize = 32;

fn label(file: &File, message: &str) -> Label {
    let span = file
        .revision
        .as_ref()
        .map_or(Span::default(), |revision| revision.span);
    Label::new(&file.source, span, message)
}

#[cfg(test)]
mod tests;
