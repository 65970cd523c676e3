//! A migration without a transaction: each statement by itself, with a mark of how far it came, so
//! that a run that was ended goes on where it stopped and runs nothing twice.

use std::time::{Duration, Instant};

use crate::code::sql::{self, Kind, Name, Statement};
use crate::diagnostic::{Finding, Label};
use crate::migration::rules;
use crate::migration::{Migration, Shape};
use crate::system::database::session::{Session, SqlError, literal, name};

use super::apply::{Broken, Done, Then, Work, applied, broken, one_line, own, rollback};
use super::script::{self, Frame, MARKS};
use super::watch::{About, Trouble, Watch};

/// How far a statement came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It began, and nobody saw its end.
    Begun,
    /// It is done.
    Done,
}

/// Whether a migration wants to run like that.
#[must_use]
pub(super) fn is_wanted(migration: &Migration) -> bool {
    migration
        .script
        .as_ref()
        .is_some_and(|script| sql::has_no_transaction(script.source.text()))
}

impl Frame<'_> {
    /// A whole migration, statement by statement.
    pub(super) async fn outside(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        work: &Work<'_>,
        shape: Shape,
        last_id: i64,
    ) -> Result<Done, Broken> {
        let started = Instant::now();
        let Some(script) = &work.migration.script else {
            return Err(Broken::Changed);
        };
        let facts = sql::read(script.source.text());
        let marks = marks(session, work.migration, &facts.statements).await?;
        watch.pid = pid(session).await?;
        for (at, statement) in facts.statements.iter().enumerate() {
            match marks.get(at).copied().flatten() {
                Some(Mark::Done) => continue,
                Some(Mark::Begun) if finish(session, statement).await.map_err(own)? => {
                    let done = script::mark(work.migration, statement, at, true);
                    session.query(&done).await.map_err(own)?;
                    continue;
                }
                _ => {}
            }
            let ran = self
                .one(session, watch, work, statement, at, facts.statements.len())
                .await;
            if let Err(stopped) = ran {
                return Err(explain(session, stopped, statement, at).await);
            }
        }
        let id = self.end(session, watch, work, shape, last_id).await?;
        Ok(Done {
            applied: applied(work, started.elapsed(), true),
            id,
            ahead: None,
        })
    }

    /// What goes before a statement and what behind it: its mark, in one transaction where it can be in one.
    pub(super) fn around(
        &self,
        migration: &Migration,
        statement: &Statement,
        at: usize,
    ) -> (String, String) {
        let done = script::mark(migration, statement, at, true);
        if statement.outside_transaction.is_none() {
            let limits = self.limits("SET LOCAL", self.options.lock_timeout);
            return (
                format!("BEGIN;\n{}", limits.trim_end_matches(";\n")),
                format!("{done};\nCOMMIT"),
            );
        }
        // It waits for whoever is there and holds nobody up meanwhile: no limit to that.
        let limits = self.limits("SET", Duration::ZERO);
        let begun = script::mark(migration, statement, at, false);
        (format!("{limits}{begun}"), done)
    }

    /// One statement with its mark.
    async fn one(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        work: &Work<'_>,
        statement: &Statement,
        at: usize,
        of: usize,
    ) -> Result<(), Broken> {
        let text = work.slice(statement.span);
        let (before, after) = self.around(work.migration, statement, at);
        session.query(&before).await.map_err(own)?;
        let lines = [one_line(text)];
        let about = About {
            tag: &work.migration.tag,
            statements: &lines,
            before: at,
            of,
        };
        let mut ran = match watch.run(session, text, &about).await {
            Ok(()) => Ok(()),
            Err(Trouble::Interrupted(number)) => Err(Broken::Interrupted(number)),
            Err(Trouble::Sql(error)) => Err(broken(work, Some(statement.span), at, &error)),
        };
        if ran.is_ok() {
            let marked = session.query(&after).await;
            ran = marked
                .map(|_| ())
                .map_err(|error| broken(work, None, 0, &error));
        }
        if statement.outside_transaction.is_none() && ran.is_err() {
            rollback(session).await;
        }
        ran
    }

    /// The row, and the end of the marks, in one transaction.
    async fn end(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        work: &Work<'_>,
        shape: Shape,
        last_id: i64,
    ) -> Result<Option<i64>, Broken> {
        self.begin(session, watch, work.migration, last_id).await?;
        let mut unmarked = session.query(&script::unmark(work.migration)).await;
        if unmarked.is_ok() {
            unmarked = session.query(&script::sweep()).await;
        }
        let recorded = match unmarked {
            Ok(_) => self.close(session, watch, work, shape, Then::Commit).await,
            Err(error) => Err(own(error)),
        };
        match recorded {
            Ok((id, _)) => Ok(id),
            Err(broken) => {
                rollback(session).await;
                Err(broken)
            }
        }
    }
}

async fn pid(session: &mut Session) -> Result<i64, Broken> {
    let rows = session
        .query("SELECT pg_catalog.pg_backend_pid()::text")
        .await
        .map_err(own)?;
    let pid = rows.into_iter().flatten().flatten().next();
    Ok(pid.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Whether the schema and the table of the marks are there.
pub(super) async fn are_there(session: &mut Session) -> Result<(bool, bool), SqlError> {
    let rows = session
        .query(&format!(
            "SELECT (pg_catalog.to_regnamespace('pixcrawler') IS NOT NULL)::text, (pg_catalog.to_regclass('{MARKS}') IS NOT NULL)::text"
        ))
        .await?;
    let mut cells = rows
        .into_iter()
        .flatten()
        .map(|cell| cell.as_deref() == Some("true"));
    Ok((cells.next().unwrap_or(false), cells.next().unwrap_or(false)))
}

/// The marks of an earlier run, whose table is made where it is missing.
async fn marks(
    session: &mut Session,
    migration: &Migration,
    statements: &[Statement],
) -> Result<Vec<Option<Mark>>, Broken> {
    let (schema, table) = are_there(session).await.map_err(own)?;
    if table {
        return read(session, migration, statements).await;
    }
    let made = session.query(&script::make_marks(schema)).await;
    made.map_err(own)?;
    Ok(Vec::new())
}

/// The marks of an earlier run, by the statement's place. A statement that ran must be what it was; those that
/// did not may have been corrected meanwhile.
pub(super) async fn read(
    session: &mut Session,
    migration: &Migration,
    statements: &[Statement],
) -> Result<Vec<Option<Mark>>, Broken> {
    let rows = session
        .query(&format!(
            "SELECT statement::text, done::text, hash FROM {MARKS} WHERE tag = {} ORDER BY statement",
            literal(&migration.tag)
        ))
        .await
        .map_err(own)?;
    let mut marks = Vec::new();
    for row in rows {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten().unwrap_or_default();
        let at: usize = next().parse().unwrap_or(0);
        let done = next() == "true";
        let hash = next();
        let statement = statements.get(at);
        let same = statement.is_some_and(|it| script::hash(migration, it) == hash);
        if done && !same {
            return Err(Broken::Failed(Box::new(changed(migration, at, statement))));
        }
        marks.resize(at + 1, None);
        marks[at] = match (done, same) {
            (true, _) => Some(Mark::Done),
            (false, true) => Some(Mark::Begun),
            (false, false) => None,
        };
    }
    Ok(marks)
}

fn changed(migration: &Migration, at: usize, statement: Option<&Statement>) -> Finding {
    let tag = &migration.tag;
    let finding = Finding::new(
        &rules::FAILED,
        format!(
            "statement {} of {tag} was changed after it had run",
            at + 1
        ),
    )
    .subject(tag)
    .note("it runs without a transaction, and an earlier run stopped behind this statement; those that did not run may be changed")
    .help(format!(
        "bring the statement back as it was and run again; or undo by hand what ran, then: DELETE FROM {MARKS} WHERE tag = '{tag}'"
    ));
    let place = match (statement, &migration.script) {
        (Some(statement), Some(script)) => {
            Some(Label::new(&script.source, statement.span, "not what ran"))
        }
        _ => migration.file_start("changed since"),
    };
    match place {
        Some(place) => finding.at(place),
        None => finding,
    }
}

/// The index that a statement makes with `CONCURRENTLY`.
fn index(statement: &Statement) -> Option<&Name> {
    match &statement.kind {
        Kind::CreateIndex {
            name: Some(name),
            concurrently: true,
            ..
        } => Some(name),
        _ => None,
    }
}

/// Whether the index is there, and whether it is valid.
async fn state(session: &mut Session, index: &Name) -> Result<Option<bool>, SqlError> {
    let schema = match &index.schema {
        Some(schema) => literal(schema),
        None => "ANY (pg_catalog.current_schemas(false))".to_owned(),
    };
    let rows = session
        .query(&format!(
            "SELECT i.indisvalid::text FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = {} AND n.nspname = {schema}",
            literal(&index.name)
        ))
        .await?;
    let valid = rows.into_iter().flatten().flatten().next();
    Ok(valid.map(|text| text == "true"))
}

fn drop_index(index: &Name) -> String {
    let schema = index
        .schema
        .as_deref()
        .map_or_else(String::new, |schema| format!("{}.", name(schema)));
    format!(
        "DROP INDEX CONCURRENTLY IF EXISTS {schema}{}",
        name(&index.name)
    )
}

/// Looks what became of a statement whose end nobody saw: true when it is done. A half-made index goes.
async fn finish(session: &mut Session, statement: &Statement) -> Result<bool, SqlError> {
    let Some(index) = index(statement) else {
        return Ok(false);
    };
    match state(session, index).await? {
        Some(true) => Ok(true),
        Some(false) => {
            session.query(&drop_index(index)).await?;
            Ok(false)
        }
        None => Ok(false),
    }
}

/// Adds to a failure what it left behind.
async fn explain(
    session: &mut Session,
    stopped: Broken,
    statement: &Statement,
    at: usize,
) -> Broken {
    let (mut finding, lock_timeout) = match stopped {
        Broken::Failed(finding) => (*finding, false),
        Broken::LockTimeout(finding) => (*finding, true),
        other => return other,
    };
    finding = finding.note(if at == 0 {
        "it runs without a transaction: this is its first statement, nothing of it ran".to_owned()
    } else {
        format!(
            "it runs without a transaction: {} before this one ran and will not run again",
            crate::text::plural(at, "statement")
        )
    });
    finding.help = Some(
        "correct the statement, or what is in its way, and run pixcrawler migrate again: it goes on here"
            .to_owned(),
    );
    if let Some(index) = index(statement)
        && matches!(state(session, index).await, Ok(Some(false)))
    {
        finding = finding
            .note(format!(
                "it left the index {} behind, which is INVALID: kept up to date and never used",
                index.shown()
            ))
            .help(format!(
                "remove the cause, then: pixcrawler migrate, which drops it first; or by hand: {}",
                drop_index(index)
            ));
    }
    if lock_timeout {
        Broken::LockTimeout(Box::new(finding))
    } else {
        Broken::Failed(Box::new(finding))
    }
}
