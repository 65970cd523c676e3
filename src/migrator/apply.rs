//! One migration: its statements and its row in one transaction.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::diagnostic::Finding;
use crate::gather::bookkeeping;
use crate::migration::blame::{self, Complaint};
use crate::migration::parts::{Part, parts};
use crate::migration::{Config, Migration, Shape};
use crate::system::database::session::{Session, SqlError};
use crate::text::Span;

use super::watch::{About, Trouble, Watch};
use super::{Applied, Options, table};

/// What opens every transaction.
pub(super) struct Frame<'a> {
    pub(super) config: &'a Config,
    pub(super) options: &'a Options,
    pub(super) key: i64,
    /// The server can notice that we are gone while it works.
    pub(super) notices: bool,
}

/// Why a transaction did not come to its end. It is rolled back in each case.
#[derive(Debug)]
pub(super) enum Broken {
    /// Another runner has the lock.
    Locked,
    /// A row came while nobody looked: decide again.
    Changed,
    /// A lock of the server was not got in time.
    LockTimeout(Box<Finding>),
    /// A statement failed.
    Failed(Box<Finding>),
    /// The connection broke, or the server ended it: in words.
    Lost(String),
    /// The file ended the transaction by itself.
    Ended(Box<Finding>),
    /// The server refuses what is ours, not the file's.
    Refused(SqlError),
    /// The number of the signal.
    Interrupted(i32),
}

/// A migration that is about to run.
pub(super) struct Work<'a> {
    pub(super) migration: &'a Migration,
    text: &'a str,
    parts: Vec<Part>,
    statements: usize,
}

impl<'a> Work<'a> {
    pub(super) fn new(migration: &'a Migration) -> Self {
        let text = migration
            .script
            .as_ref()
            .map_or("", |script| script.source.text());
        let parts = parts(text);
        Self {
            statements: parts.iter().map(|part| part.statements.len()).sum(),
            migration,
            text,
            parts,
        }
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }
}

impl Frame<'_> {
    /// Opens a transaction with the lock, and with nobody else writing rows. Gives the time at which it began.
    pub(super) async fn begin(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        last_id: i64,
    ) -> Result<String, Broken> {
        let mut open = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED;\nSET LOCAL lock_timeout = {};\nSET LOCAL statement_timeout = {};\n",
            self.options.lock_timeout.as_millis(),
            self.options.statement_timeout.as_millis(),
        );
        if self.notices {
            open.push_str("SET LOCAL client_connection_check_interval = '1s';\n");
        }
        let _ = write!(
            open,
            "SELECT pg_catalog.pg_try_advisory_xact_lock({})::text, pg_catalog.pg_backend_pid()::text, {};",
            self.key,
            table::BEGAN
        );
        let rows = session.query(&open).await.map_err(own)?;
        let mut cells = rows
            .into_iter()
            .next()
            .unwrap_or_default()
            .into_iter()
            .flatten();
        let got = cells.next().is_some_and(|text| text == "true");
        watch.pid = cells.next().and_then(|text| text.parse().ok()).unwrap_or(0);
        let began = cells.next().unwrap_or_default();
        if !got {
            rollback(session).await;
            return Err(Broken::Locked);
        }
        let name = bookkeeping::table(self.config);
        let look = format!(
            "LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE;\nSELECT coalesce(max(id), 0)::text FROM {name};"
        );
        match session.query(&look).await {
            Ok(rows) => {
                let newest = rows.into_iter().flatten().flatten().next();
                if newest.and_then(|text| text.parse().ok()) == Some(last_id) {
                    return Ok(began);
                }
                rollback(session).await;
                Err(Broken::Changed)
            }
            Err(error) => {
                rollback(session).await;
                Err(own(error))
            }
        }
    }

    /// Runs the statements of a migration in the open transaction.
    pub(super) async fn statements(
        session: &mut Session,
        watch: &mut Watch<'_>,
        work: &Work<'_>,
    ) -> Result<(), Broken> {
        let mut before = 0;
        for part in &work.parts {
            let statements: Vec<String> = part
                .statements
                .iter()
                .map(|span| one_line(work.slice(*span)))
                .collect();
            let about = About {
                tag: &work.migration.tag,
                statements: &statements,
                before,
                of: work.statements,
            };
            match watch.run(session, work.slice(part.span), &about).await {
                Ok(()) => before += part.statements.len(),
                Err(Trouble::Interrupted(number)) => return Err(Broken::Interrupted(number)),
                Err(Trouble::Sql(error)) => {
                    return Err(broken(work, Some(part.span), before, error));
                }
            }
        }
        Ok(())
    }

    /// Records a migration, and commits if that is wanted. Gives the row's number.
    pub(super) async fn record(
        &self,
        session: &mut Session,
        work: &Work<'_>,
        shape: Shape,
        began: &str,
        commit: bool,
    ) -> Result<i64, Broken> {
        let mut sql = table::record(self.config, shape, work.migration, Some(began));
        if commit {
            sql.push_str(";\nCOMMIT");
        }
        let rows = session
            .query(&sql)
            .await
            .map_err(|error| broken(work, None, 0, error))?;
        let id = rows.into_iter().flatten().flatten().next();
        id.and_then(|text| text.parse().ok())
            .ok_or_else(|| Broken::Ended(Box::new(blame::ended(work.migration))))
    }

    /// A whole migration with its transaction.
    pub(super) async fn transaction(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        work: &Work<'_>,
        shape: Shape,
        last_id: i64,
    ) -> Result<(Applied, i64), Broken> {
        let started = Instant::now();
        let began = self.begin(session, watch, last_id).await?;
        let done = match Self::statements(session, watch, work).await {
            Ok(()) => self.record(session, work, shape, &began, true).await,
            Err(broken) => Err(broken),
        };
        match done {
            Ok(id) => Ok((applied(work, started.elapsed(), false), id)),
            Err(broken) => {
                if !matches!(broken, Broken::Lost(_)) {
                    rollback(session).await;
                }
                Err(broken)
            }
        }
    }
}

pub(super) fn applied(work: &Work<'_>, time: Duration, outside: bool) -> Applied {
    Applied {
        tag: work.migration.tag.clone(),
        statements: work.statements,
        time,
        outside,
    }
}

pub(super) async fn rollback(session: &mut Session) {
    let _ = session.query("ROLLBACK").await;
}

/// An error of a statement of ours.
pub(super) fn own(error: SqlError) -> Broken {
    if error.is_disconnect() {
        Broken::Lost(error.in_words())
    } else if error.is_lock_timeout() {
        Broken::Locked
    } else {
        Broken::Refused(error)
    }
}

/// An error of a statement of the file.
pub(super) fn broken(
    work: &Work<'_>,
    part: Option<Span>,
    before: usize,
    error: SqlError,
) -> Broken {
    if error.is_disconnect() {
        return Broken::Lost(error.in_words());
    }
    let lock_timeout = error.is_lock_timeout();
    let complaint = Complaint {
        code: error.code,
        message: error.message,
        detail: error.detail,
        hint: error.hint,
        context: error.context,
        position: error.position,
        completed: error.completed,
    };
    let finding = blame::failed(work.migration, part, before, work.statements, &complaint);
    if lock_timeout {
        Broken::LockTimeout(Box::new(finding))
    } else {
        Broken::Failed(Box::new(finding))
    }
}

/// A statement for one line.
pub(super) fn one_line(statement: &str) -> String {
    const LONGEST: usize = 70;
    let mut line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(at);
        line.push('…');
    }
    line
}
