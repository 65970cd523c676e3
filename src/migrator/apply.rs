//! One migration: its statements and its row in one transaction.

use std::time::{Duration, Instant};

use crate::diagnostic::Finding;
use crate::migration::parts::{Part, parts};
use crate::migration::{Migration, Shape, blame};
use crate::system::database::session::{Session, SqlError};
use crate::text::Span;

use super::Applied;
use super::script::Frame;
use super::watch::{About, Trouble, Watch};

/// How long the server may take to roll back.
const ROLLBACK: Duration = Duration::from_secs(10);

/// Why a transaction did not come to its end. It is rolled back in each case.
#[derive(Debug)]
pub(super) enum Broken {
    /// Another runner has the lock.
    Locked,
    /// Somebody else writes drizzle's table, for longer than the lock timeout.
    Held,
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
    Refused(Box<SqlError>),
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

/// A transaction that is open, and what it saw when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opened {
    /// The lock was got.
    got: bool,
    /// The process on the server.
    pid: i64,
    /// The number of the newest row.
    newest: i64,
}

impl Opened {
    /// From the rows that [`Frame::open`] gives.
    fn read(rows: &[Vec<Option<String>>]) -> Option<Self> {
        let [first, second] = rows else { return None };
        let number = |cell: Option<&Option<String>>| cell?.as_deref()?.parse().ok();
        Some(Self {
            got: first.first()?.as_deref()? == "true",
            pid: number(first.get(1))?,
            newest: number(second.first())?,
        })
    }

    /// Whether the migration may run in it.
    fn check(self, watch: &mut Watch<'_>, last_id: i64) -> Result<(), Broken> {
        watch.pid = self.pid;
        match (self.got, self.newest == last_id) {
            (false, _) => Err(Broken::Locked),
            (true, false) => Err(Broken::Changed),
            (true, true) => Ok(()),
        }
    }
}

/// A migration that is on record.
pub(super) struct Done {
    pub(super) applied: Applied,
    /// Its row; none when that was committed and the answer got lost.
    pub(super) id: Option<i64>,
    /// The transaction for the next one, which was asked for in the same message.
    pub(super) ahead: Option<Opened>,
}

/// What comes with the row.
#[derive(Clone, Copy)]
pub(super) enum Then<'a> {
    /// Nothing: the transaction goes on.
    GoOn,
    /// Its end.
    Commit,
    /// Its end, and the next transaction: one message less for each migration.
    Next(&'a Migration),
}

impl Frame<'_> {
    /// Opens a transaction, in which the migration may run.
    pub(super) async fn begin(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        migration: &Migration,
        last_id: i64,
    ) -> Result<(), Broken> {
        let opened = match watch.ask(session, &self.open(migration)).await {
            Ok(rows) => Opened::read(&rows).ok_or(Broken::Locked),
            Err(error) => Err(watch
                .interrupted()
                .map_or_else(|| own(error), Broken::Interrupted)),
        };
        let checked = opened.and_then(|opened| opened.check(watch, last_id));
        if checked.is_err() {
            rollback(session).await;
        }
        checked
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
                    return Err(broken(work, Some(part.span), before, &error));
                }
            }
        }
        Ok(())
    }

    /// Records a migration. Gives its row, and the next transaction where one was wanted.
    pub(super) async fn close(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        work: &Work<'_>,
        shape: Shape,
        then: Then<'_>,
    ) -> Result<(Option<i64>, Option<Opened>), Broken> {
        let mut sql = self.record(shape, work.migration);
        match then {
            Then::GoOn => {}
            Then::Commit => sql.push_str(";\nCOMMIT"),
            Then::Next(next) => {
                sql.push_str(";\nCOMMIT;\n");
                sql.push_str(&self.open(next));
            }
        }
        match watch.ask(session, &sql).await {
            Ok(rows) => {
                let id = rows
                    .first()
                    .and_then(|row| row.first()?.as_deref()?.parse().ok());
                Ok((id, rows.get(1..).and_then(Opened::read)))
            }
            // The row and its commit are through: what failed is the next transaction, which begins anew.
            Err(error) if error.completed >= 2 => {
                rollback(session).await;
                Ok((None, None))
            }
            Err(error) => {
                if let Some(number) = watch.interrupted() {
                    return Err(Broken::Interrupted(number));
                }
                if error.completed == 0 && has_no_time(&error) {
                    // Did the transaction end, or did the file reset what it keeps?
                    let still = session.query("SELECT 1::text").await;
                    let aborted = still.is_err_and(|error| error.code == "25P02");
                    return Err(Broken::Ended(Box::new(if aborted {
                        blame::reset(work.migration)
                    } else {
                        blame::ended(work.migration)
                    })));
                }
                Err(broken(work, None, 0, &error))
            }
        }
    }

    /// A whole migration with its transaction, which may be open already.
    pub(super) async fn transaction(
        &self,
        session: &mut Session,
        watch: &mut Watch<'_>,
        work: &Work<'_>,
        shape: Shape,
        (opened, last_id): (Option<Opened>, i64),
        then: Then<'_>,
    ) -> Result<Done, Broken> {
        let started = Instant::now();
        match opened {
            Some(opened) => {
                if let Err(broken) = opened.check(watch, last_id) {
                    rollback(session).await;
                    return Err(broken);
                }
            }
            None => self.begin(session, watch, work.migration, last_id).await?,
        }
        let done = match Self::statements(session, watch, work).await {
            Ok(()) => self.close(session, watch, work, shape, then).await,
            Err(broken) => Err(broken),
        };
        match done {
            Ok((id, ahead)) => Ok(Done {
                applied: applied(work, started.elapsed(), false),
                id,
                ahead,
            }),
            Err(broken) => {
                if !matches!(broken, Broken::Lost(_)) {
                    rollback(session).await;
                }
                Err(broken)
            }
        }
    }
}

/// Whether a row was refused because the transaction that kept its time is not the one we are in.
fn has_no_time(error: &SqlError) -> bool {
    matches!(error.code.as_str(), "22P02" | "42704")
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
    let _ = tokio::time::timeout(ROLLBACK, session.query("ROLLBACK")).await;
}

/// An error of a statement of ours.
pub(super) fn own(error: SqlError) -> Broken {
    if error.is_disconnect() {
        Broken::Lost(error.in_words())
    } else if error.is_lock_timeout() {
        Broken::Held
    } else {
        Broken::Refused(Box::new(error))
    }
}

/// An error of a statement of the file.
pub(super) fn broken(
    work: &Work<'_>,
    part: Option<Span>,
    before: usize,
    error: &SqlError,
) -> Broken {
    if error.is_disconnect() {
        return Broken::Lost(error.in_words());
    }
    let finding = blame::failed(work.migration, part, before, work.statements, error);
    if error.is_lock_timeout() {
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
