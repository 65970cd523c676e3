//! A migration without a transaction: each statement by itself, with a mark of how far it came, so
//! that a run that was ended goes on where it stopped and runs nothing twice.

use std::time::{Duration, Instant};

use crate::code::sql::{self, Kind, Name, Statement};
use crate::diagnostic::Finding;
use crate::migration::rules;
use crate::migration::{Migration, Shape};
use crate::system::database::session::{Session, SqlError, literal, name};

use super::Applied;
use super::apply::{Broken, Frame, Work, applied, broken, one_line, own, rollback};
use super::watch::{About, Trouble, Watch};

/// Our own schema: drizzle-kit 1.0 offers to drop what it does not know in the others.
const MARKS: &str = "pixcrawler.migration_steps";

/// How far a statement came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
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
    ) -> Result<(Applied, i64), Broken> {
        let started = Instant::now();
        let Some(script) = &work.migration.script else {
            return Err(Broken::Changed);
        };
        let facts = sql::read(script.source.text());
        let marks = marks(session, work.migration).await?;
        watch.pid = pid(session).await?;
        for (at, statement) in facts.statements.iter().enumerate() {
            match marks.get(at).copied().flatten() {
                Some(Mark::Done) => continue,
                Some(Mark::Begun) if finish(session, statement).await.map_err(own)? => {
                    mark(session, work.migration, at, Mark::Done).await?;
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
        let id = self.close(session, watch, work, shape, last_id).await?;
        Ok((applied(work, started.elapsed(), true), id))
    }

    /// One statement with its mark: in one transaction where it can be in one.
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
        let inside = statement.outside_transaction.is_none();
        if inside {
            let open = self.limits("BEGIN;\nSET LOCAL", self.options.lock_timeout);
            session.query(&open).await.map_err(own)?;
        } else {
            // It waits for whoever is there and holds nobody up meanwhile: no limit to that.
            let limits = self.limits("SET", Duration::ZERO);
            session.query(&limits).await.map_err(own)?;
            mark(session, work.migration, at, Mark::Begun).await?;
        }
        let lines = [one_line(text)];
        let about = About {
            tag: &work.migration.tag,
            statements: &lines,
            before: at,
            of,
        };
        let ran = match watch.run(session, text, &about).await {
            Ok(()) => Ok(()),
            Err(Trouble::Interrupted(number)) => Err(Broken::Interrupted(number)),
            Err(Trouble::Sql(error)) => Err(broken(work, Some(statement.span), at, error)),
        };
        if inside && ran.is_err() {
            rollback(session).await;
        }
        ran?;
        mark(session, work.migration, at, Mark::Done).await?;
        if inside {
            session
                .query("COMMIT")
                .await
                .map_err(|error| broken(work, None, 0, error))?;
        }
        Ok(())
    }

    /// `SET` or `SET LOCAL` of the timeouts.
    fn limits(&self, set: &str, lock: Duration) -> String {
        let local = if set.ends_with("LOCAL") {
            "SET LOCAL"
        } else {
            "SET"
        };
        format!(
            "{set} lock_timeout = {};\n{local} statement_timeout = {};",
            lock.as_millis(),
            self.options.statement_timeout.as_millis()
        )
    }

    /// The row, and the end of the marks, in one transaction.
    async fn close(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        work: &Work<'_>,
        shape: Shape,
        last_id: i64,
    ) -> Result<i64, Broken> {
        let began = self.begin(session, watch, last_id).await?;
        let tag = literal(&work.migration.tag);
        let sql = format!("DELETE FROM {MARKS} WHERE tag = {tag}");
        if let Err(error) = session.query(&sql).await {
            rollback(session).await;
            return Err(own(error));
        }
        let id = self.record(session, work, shape, &began, true).await?;
        // What we made for this goes with it; what somebody else put there stays.
        let sweep = format!(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM {MARKS}) THEN DROP TABLE {MARKS}; DROP SCHEMA pixcrawler; END IF; EXCEPTION WHEN OTHERS THEN NULL; END $$"
        );
        let _ = session.query(&sweep).await;
        Ok(id)
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

/// The marks of an earlier run, by the statement's place.
async fn marks(session: &mut Session, migration: &Migration) -> Result<Vec<Option<Mark>>, Broken> {
    let make = format!(
        "CREATE TABLE {MARKS} (tag text, hash text, statement integer, done boolean, PRIMARY KEY (tag, statement))"
    );
    let there = session
        .query(&format!("SELECT pg_catalog.to_regclass('{MARKS}')::text"))
        .await
        .map_err(own)?;
    if there.into_iter().flatten().flatten().next().is_none() {
        let schema = session
            .query("SELECT 1::text FROM pg_catalog.pg_namespace WHERE nspname = 'pixcrawler'")
            .await
            .map_err(own)?;
        if schema.is_empty() {
            session
                .query("CREATE SCHEMA pixcrawler")
                .await
                .map_err(own)?;
        }
        session.query(&make).await.map_err(own)?;
        return Ok(Vec::new());
    }
    let rows = session
        .query(&format!(
            "SELECT statement::text, done::text, hash FROM {MARKS} WHERE tag = {} ORDER BY statement",
            literal(&migration.tag)
        ))
        .await
        .map_err(own)?;
    let hashes = migration.script.as_ref().map(|script| &script.hashes);
    let mut marks = Vec::new();
    for row in rows {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten().unwrap_or_default();
        let at: usize = next().parse().unwrap_or(0);
        let done = next() == "true";
        let hash = next();
        if hashes.is_none_or(|hashes| !hashes.fit(&hash)) {
            return Err(Broken::Failed(Box::new(changed(migration, at))));
        }
        marks.resize(at + 1, None);
        marks[at] = Some(if done { Mark::Done } else { Mark::Begun });
    }
    Ok(marks)
}

fn changed(migration: &Migration, at: usize) -> Finding {
    let tag = &migration.tag;
    let finding = Finding::new(
        &rules::FAILED,
        format!("{tag} was changed after {at} of its statements had run"),
    )
    .subject(tag)
    .note("it runs without a transaction, an earlier run stopped in it, and which statements are left cannot be told any more")
    .help(format!(
        "bring the file back as it was and run again; or undo by hand what ran, then: DELETE FROM {MARKS} WHERE tag = '{tag}'"
    ));
    match migration.file_start("changed since") {
        Some(place) => finding.at(place),
        None => finding,
    }
}

async fn mark(
    session: &mut Session,
    migration: &Migration,
    at: usize,
    mark: Mark,
) -> Result<(), Broken> {
    let hash = migration
        .script
        .as_ref()
        .map_or("", |script| script.hashes.exact.as_str());
    let sql = format!(
        "INSERT INTO {MARKS} (tag, hash, statement, done) VALUES ({}, {}, {at}, {done}) ON CONFLICT (tag, statement) DO UPDATE SET done = {done}",
        literal(&migration.tag),
        literal(hash),
        done = mark == Mark::Done
    );
    session.query(&sql).await.map(|_| ()).map_err(own)
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
    let ran = crate::text::plural(at, "statement");
    finding = finding.note(format!(
        "it runs without a transaction: {ran} before this one ran and will not run again"
    ));
    finding.help = Some(
        "correct this statement's cause and run pixcrawler migrate again: it goes on here"
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
