//! A statement while it runs: who hears of it, who is in its way, and what ends it.

use std::cell::Cell;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::migration::Target;
use crate::system::database::notice::{Ear, Notice};
use crate::system::database::session::{Session, SqlError};
use crate::system::signal::Interrupts;
use crate::text::mask_sql;

use super::{Event, Holder, lock};

/// From when on a statement is worth a line.
const SLOW: Duration = Duration::from_secs(2);

/// How long the server may take to cancel a statement.
const CANCEL: Duration = Duration::from_secs(10);

/// How long a question beside the work may take.
const ASIDE: Duration = Duration::from_secs(3);

/// Why a text did not run to its end.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What the server says.
    Sql(SqlError),
    /// The number of the signal.
    Interrupted(i32),
}

/// What is running, for people.
pub(super) struct About<'a> {
    /// The migration.
    pub(super) tag: &'a str,
    /// The statements of what is sent, in one line each.
    pub(super) statements: &'a [String],
    /// How many statements came before.
    pub(super) before: usize,
    /// How many there are in all.
    pub(super) of: usize,
}

/// Runs texts on a session and watches it from beside.
pub(super) struct Watch<'a> {
    pub(super) target: &'a Target,
    pub(super) interrupts: &'a mut Interrupts,
    pub(super) report: &'a mut dyn FnMut(&Event),
    /// The process of the session on the server.
    pub(super) pid: i64,
    /// Who was in the way when it was last asked.
    pub(super) blocked_by: Vec<Holder>,
    /// A second connection, once one is needed.
    side: Option<Session>,
    /// The number of a signal that came while something ran to its end.
    pending: Option<i32>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        target: &'a Target,
        interrupts: &'a mut Interrupts,
        report: &'a mut dyn FnMut(&Event),
    ) -> Self {
        Self {
            target,
            interrupts,
            report,
            pid: 0,
            blocked_by: Vec::new(),
            side: None,
            pending: None,
        }
    }

    /// Waits, unless there is a signal: its number.
    pub(super) async fn pause(&mut self, time: Duration) -> Result<(), i32> {
        if let Some(number) = self.pending {
            return Err(number);
        }
        let over = async {
            if time.is_zero() {
                // A timer counts in milliseconds: between a thousand migrations that is a second.
                tokio::task::yield_now().await;
            } else {
                sleep(time).await;
            }
        };
        tokio::select! {
            biased;
            number = self.interrupts.next() => Err(number),
            () = over => Ok(()),
        }
    }

    /// The signal that came meanwhile.
    pub(super) fn interrupted(&self) -> Option<i32> {
        self.pending
    }

    /// Runs a text of ours. A signal cancels it; where it ends well all the same, the signal waits.
    pub(super) async fn ask(
        &mut self,
        session: &mut Session,
        sql: &str,
    ) -> Result<Vec<Vec<Option<String>>>, SqlError> {
        let completed = Cell::new(0);
        let mut work = pin!(session.run(sql, &completed));
        tokio::select! {
            biased;
            result = &mut work => return result,
            number = self.interrupts.next() => self.pending = Some(number),
        }
        self.cancel().await;
        match timeout(CANCEL, work).await {
            Ok(result) => result,
            Err(_) => Err(SqlError {
                message: "the server did not cancel in time".to_owned(),
                ..SqlError::default()
            }),
        }
    }

    /// Runs a text of a file. A signal cancels what runs.
    pub(super) async fn run(
        &mut self,
        session: &mut Session,
        sql: &str,
        about: &About<'_>,
    ) -> Result<(), Trouble> {
        self.blocked_by.clear();
        let began = Instant::now();
        let completed = Cell::new(0);
        let ear = session.ear();
        let _ = ear.take();
        let mut work = pin!(session.run(sql, &completed));
        // The first look comes before a lock timeout of a second could pass.
        let mut wait = Duration::from_millis(600);
        loop {
            tokio::select! {
                biased;
                result = &mut work => {
                    self.tell(&ear, about.tag);
                    return result.map(|_| ()).map_err(Trouble::Sql);
                }
                number = self.interrupts.next() => {
                    self.pending = Some(number);
                    self.cancel().await;
                    // Whatever comes of it: the migration is rolled back.
                    let _ = timeout(CANCEL, work).await;
                    return Err(Trouble::Interrupted(number));
                }
                () = sleep(wait) => {}
            }
            self.tell(&ear, about.tag);
            self.blocked_by = self.blockers().await;
            let time = began.elapsed();
            if time >= SLOW {
                let at = completed.get();
                (self.report)(&Event::Running {
                    tag: about.tag.to_owned(),
                    statement: about.before + at + 1,
                    of: about.of,
                    text: about
                        .statements
                        .get(at)
                        .map(|text| mask_sql(text))
                        .unwrap_or_default(),
                    time,
                    blocked_by: self.blocked_by.clone(),
                });
                wait = Duration::from_secs(1).max(time / 4);
            } else {
                wait = SLOW.saturating_sub(time).max(Duration::from_millis(10));
            }
        }
    }

    /// Passes on what the server said beside its answers.
    fn tell(&mut self, ear: &Ear, tag: &str) {
        for Notice { warning, text } in ear.take() {
            (self.report)(&Event::Notice {
                tag: tag.to_owned(),
                warning,
                text,
            });
        }
    }

    /// The second connection.
    async fn side(&mut self) -> Option<&mut Session> {
        if self.side.is_none() {
            self.side = Session::connect(self.target, ASIDE).await.ok();
        }
        self.side.as_mut()
    }

    async fn blockers(&mut self) -> Vec<Holder> {
        let pid = self.pid;
        let Some(side) = self.side().await else {
            return Vec::new();
        };
        if let Ok(Ok(holders)) = timeout(ASIDE, lock::blockers(side, pid)).await {
            return holders;
        }
        self.side = None;
        Vec::new()
    }

    /// Cancels what the session runs.
    async fn cancel(&mut self) {
        let sql = format!("SELECT pg_catalog.pg_cancel_backend({})::text", self.pid);
        if let Some(side) = self.side().await {
            let _ = timeout(ASIDE, side.query(&sql)).await;
        }
    }

    /// Says goodbye to the second connection.
    pub(super) async fn close(self) {
        if let Some(side) = self.side {
            side.close().await;
        }
    }
}
