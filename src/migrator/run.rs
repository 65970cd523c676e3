//! The run: wait, lock, look, apply one after the other, look again whenever somebody else was there.

use std::time::Duration;

use crate::diagnostic::Finding;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::bookkeeping;
use crate::gather::migrations::Project;
use crate::migration::plan::{self, Plan};
use crate::migration::target::Pooling;
use crate::migration::{Book, Config, History, Migration, Shape, Target, history, rules};
use crate::system::database;
use crate::system::database::session::{Session, SqlError};
use crate::system::signal::Interrupts;
use crate::text::duration;

use super::apply::{self, Broken, Done, Opened, Then, Work};
use super::patience::Patience;
use super::script::Frame;
use super::watch::Watch;
use super::{Applied, Event, Options, Outcome, Stop, connect, lock, outside, table};

/// Between two questions for the lock.
const POLL: Duration = Duration::from_millis(100);

/// How long a second connection may take.
pub(super) const ASIDE: Duration = Duration::from_secs(5);

/// A running run.
pub(super) struct Run<'a> {
    pub(super) target: &'a Target,
    pub(super) project: &'a Project,
    pub(super) options: &'a Options,
    pub(super) watch: Watch<'a>,
    pub(super) session: Session,
    key: i64,
    /// We hold the lock for the whole session.
    pub(super) locked: bool,
    applied: Vec<Applied>,
    pub(super) book: Book,
    pub(super) plan: Plan,
    /// The transaction for the next step is open already.
    ahead: Option<Opened>,
}

/// Applies what is due.
pub async fn up(
    target: &Target,
    project: &Project,
    options: &Options,
    interrupts: &mut Interrupts,
    report: &mut dyn FnMut(&Event),
) -> Outcome {
    let mut watch = Watch::new(target, interrupts, report);
    let session = match connect::wait(target, options.wait, &mut watch).await {
        Ok(session) => session,
        Err(stop) => return Outcome::stopped(stop),
    };
    let mut run = Run {
        key: lock::key(&project.config),
        locked: false,
        applied: Vec::new(),
        book: Book::default(),
        plan: Plan {
            steps: Vec::new(),
            warnings: Vec::new(),
        },
        ahead: None,
        target,
        project,
        options,
        watch,
        session,
    };
    let stop = run.go().await.err();
    if run.ahead.is_some() {
        apply::rollback(&mut run.session).await;
    }
    if run.locked {
        lock::release(&mut run.session, run.key).await;
    }
    let history = history::compare(&project.journal, &run.book);
    run.session.close().await;
    run.watch.close().await;
    Outcome {
        on_record: (history.applied(), history.states.len()),
        applied: run.applied,
        warnings: run.plan.warnings,
        stop,
    }
}

impl Outcome {
    fn stopped(stop: Stop) -> Self {
        Self {
            applied: Vec::new(),
            on_record: (0, 0),
            warnings: Vec::new(),
            stop: Some(stop),
        }
    }
}

impl<'a> Run<'a> {
    /// The step behind the present one, where that runs in a transaction.
    fn next_inside(&self) -> Option<&'a Migration> {
        let at = self.plan.steps.get(1)?;
        let next = self.project.journal.migrations.get(*at)?;
        (!outside::is_wanted(next)).then_some(next)
    }
}

impl Run<'_> {
    async fn go(&mut self) -> Result<(), Stop> {
        self.look().await?;
        self.tell_plan();
        if self.plan.steps.is_empty() {
            return Ok(());
        }
        self.turn().await?;
        // Whoever was at work may have applied what we wanted to.
        let before = self.plan.steps.len();
        self.look().await?;
        if self.plan.steps.len() != before {
            self.tell_plan();
        }
        let notices = notices(&mut self.session).await;
        let notices = notices.map_err(|error| self.refused(&error))?;
        self.prepare_table().await?;
        let frame = Frame {
            config: &self.project.config,
            options: self.options,
            key: self.key,
            notices,
        };
        if self.options.single_transaction {
            return self.all_at_once(&frame).await;
        }
        while let Some(at) = self.plan.steps.first().copied() {
            self.step(&frame, at).await?;
        }
        Ok(())
    }

    /// Reads the rows and decides anew.
    pub(super) async fn look(&mut self) -> Result<(), Stop> {
        let Project {
            config, journal, ..
        } = self.project;
        self.book = bookkeeping::read(&mut self.session, config)
            .await
            .map_err(|error| self.refused(&error))?;
        self.plan =
            plan::plan(config, journal, &self.book, &self.options.wishes).map_err(Stop::Refused)?;
        Ok(())
    }

    fn tell_plan(&mut self) {
        let journal = &self.project.journal;
        let history: History = history::compare(journal, &self.book);
        let named = |at: &usize| journal.migrations.get(*at).map(|it| it.tag.clone());
        let event = Event::Plan {
            applied: history.applied(),
            total: history.states.len(),
            steps: self.plan.steps.iter().filter_map(named).collect(),
        };
        (self.watch.report)(&event);
    }

    /// Waits until nobody is at work. Who begins then is decided inside the transaction.
    async fn turn(&mut self) -> Result<(), Stop> {
        let mut patience = Patience::new(self.options.lock_wait);
        loop {
            let free = lock::is_free(&mut self.session, self.key).await;
            if free.map_err(|error| self.refused(&error))? {
                return Ok(());
            }
            self.busy(&mut patience).await?;
        }
    }

    /// Takes the lock for the session: what runs outside a transaction has no other. Gives whether the step
    /// still is the next one.
    async fn lock(&mut self, at: usize) -> Result<bool, Stop> {
        let mut patience = Patience::new(self.options.lock_wait);
        while !self.locked {
            let got = lock::try_session(&mut self.session, self.key).await;
            self.locked = got.map_err(|error| self.refused(&error))?;
            if !self.locked {
                self.busy(&mut patience).await?;
            }
        }
        self.look().await?;
        Ok(self.plan.steps.first() == Some(&at))
    }

    /// Waits a moment for another runner, and gives up when that was too often.
    pub(super) async fn busy(&mut self, patience: &mut Patience) -> Result<(), Stop> {
        if patience.is_worth_a_word() {
            let mut holders = lock::holders(&mut self.session, self.key)
                .await
                .unwrap_or_default();
            if holders.is_empty() {
                // drizzle-kit has no lock, and writes its rows in one long transaction.
                holders = lock::writers(&mut self.session, &self.project.config)
                    .await
                    .unwrap_or_default();
            }
            patience.holders = holders.iter().map(super::Holder::in_words).collect();
            (self.watch.report)(&Event::Locked { holders });
        }
        if patience.is_over() {
            let by = match patience.holders.as_slice() {
                [] => String::new(),
                holders => format!(", held by {}", holders.join("; ")),
            };
            return Err(Stop::Failure(
                Failure::new(
                    Exit::Busy,
                    format!(
                        "another runner holds the lock{by}; gave up after {}",
                        duration(self.options.lock_wait)
                    ),
                )
                .help("run it again when the other one is done, wait longer with --lock-wait 10min, or see who it is: pixcrawler migrate lock"),
            ));
        }
        self.watch.pause(POLL).await.map_err(Stop::Interrupted)
    }

    /// Makes drizzle's table where it is missing, or gives it the columns that 1.0 expects.
    async fn prepare_table(&mut self) -> Result<(), Stop> {
        let Project {
            config, journal, ..
        } = self.project;
        let history = history::compare(journal, &self.book);
        let made = table::ensure(&mut self.session, config, journal, &self.book).await;
        made.map_err(|error| self.refused(&error))?;
        if let Some(sql) = table::upgrade(config, journal, &self.book, &history) {
            let sql = format!("BEGIN;\n{sql}COMMIT;");
            if let Err(error) = self.session.query(&sql).await {
                apply::rollback(&mut self.session).await;
                return Err(self.refused(&error));
            }
        }
        if !self.book.exists || self.book.shape == Shape::Classic {
            self.look().await?;
        }
        Ok(())
    }

    /// One migration, with everything that may come between.
    async fn step(&mut self, frame: &Frame<'_>, at: usize) -> Result<(), Stop> {
        let Some(migration) = self.project.journal.migrations.get(at) else {
            self.plan.steps.remove(0);
            return Ok(());
        };
        let work = Work::new(migration);
        (self.watch.report)(&Event::Begin {
            tag: migration.tag.clone(),
        });
        let mut patience = Patience::new(self.options.lock_wait);
        let mut attempt = 0;
        loop {
            self.watch
                .pause(Duration::ZERO)
                .await
                .map_err(Stop::Interrupted)?;
            let (shape, last) = (self.book.shape, self.book.last_id());
            let opened = self.ahead.take();
            let then = self.next_inside().map_or(Then::Commit, Then::Next);
            let done = if outside::is_wanted(migration) {
                if self.session.pooling == Pooling::Session
                    && !self.locked
                    && self.session.is_shared(self.target, ASIDE).await
                {
                    self.session.pooling = Pooling::Transaction;
                }
                if self.session.pooling == Pooling::Transaction {
                    return Err(needs_session(migration, self.target));
                }
                if !self.lock(at).await? {
                    self.elsewhere(migration);
                    return Ok(());
                }
                let (shape, last) = (self.book.shape, self.book.last_id());
                let (session, watch) = (&mut self.session, &mut self.watch);
                frame.outside(session, watch, &work, shape, last).await
            } else {
                let opened = (opened, last);
                let (session, watch) = (&mut self.session, &mut self.watch);
                frame
                    .transaction(session, watch, &work, shape, opened, then)
                    .await
            };
            match done {
                Ok(done) => return self.done(at, done).await,
                Err(Broken::Locked) if self.locked => return Err(pooled(self.target)),
                Err(Broken::Locked | Broken::Held) => self.busy(&mut patience).await?,
                Err(Broken::Changed) => {
                    self.look().await?;
                    if self.plan.steps.first() != Some(&at) {
                        self.elsewhere(migration);
                        return Ok(());
                    }
                }
                Err(Broken::LockTimeout(finding)) => {
                    self.retry(&migration.tag, &mut attempt, finding).await?;
                }
                Err(other) => return Err(self.stop(other, &migration.tag)),
            }
        }
    }

    fn elsewhere(&mut self, migration: &Migration) {
        (self.watch.report)(&Event::Elsewhere {
            tag: migration.tag.clone(),
        });
    }

    /// Waits before the next attempt, longer each time.
    pub(super) async fn retry(
        &mut self,
        tag: &str,
        attempt: &mut u32,
        finding: Box<Finding>,
    ) -> Result<(), Stop> {
        *attempt += 1;
        if *attempt > self.options.retries {
            let holders = self.watch.blocked_by.iter();
            let finding = holders.fold(*finding, |finding, holder| {
                finding.note(format!("the lock is held by {}", holder.in_words()))
            });
            return Err(Stop::Failed(Box::new(finding)));
        }
        let pause = Duration::from_millis(500).saturating_mul(1 << (*attempt).min(5));
        (self.watch.report)(&Event::Retry {
            tag: tag.to_owned(),
            attempt: *attempt,
            of: self.options.retries + 1,
            pause,
            blocked_by: self.watch.blocked_by.clone(),
        });
        self.watch.pause(pause).await.map_err(Stop::Interrupted)
    }

    pub(super) async fn done(&mut self, at: usize, done: Done) -> Result<(), Stop> {
        let Done { applied, id, ahead } = done;
        self.ahead = ahead;
        self.plan.steps.retain(|step| *step != at);
        (self.watch.report)(&Event::Done(applied.clone()));
        self.applied.push(applied);
        let migration = self.project.journal.migrations.get(at);
        match id.zip(migration) {
            Some((id, migration)) => self.book.rows.extend(table::row(migration, id)),
            // It is committed, and its number got lost.
            None => self.look().await?,
        }
        Ok(())
    }

    pub(super) fn stop(&self, broken: Broken, tag: &str) -> Stop {
        in_words(self.target, &self.project.config, broken, tag)
    }

    fn refused(&self, error: &SqlError) -> Stop {
        Stop::Failure(connect::refused(self.target, &self.project.config, error))
    }
}

/// Why a run stops at a migration.
pub(super) fn in_words(target: &Target, config: &Config, broken: Broken, tag: &str) -> Stop {
    match broken {
        Broken::Failed(finding) | Broken::Ended(finding) | Broken::LockTimeout(finding) => {
            Stop::Failed(finding)
        }
        Broken::Interrupted(number) => Stop::Interrupted(number),
        Broken::Refused(error) => Stop::Failure(connect::refused(target, config, &error)),
        Broken::Lost(words) if database::has_no_transactions(&words) => {
            Stop::Failure(connect::without_transactions(target))
        }
        Broken::Lost(words) => Stop::Failure(
            Failure::unreachable(format!("the connection broke while {tag} ran: {words}"))
                .help("run it again: the server rolls back what was not committed, and what was is on record"),
        ),
        Broken::Locked | Broken::Held | Broken::Changed => Stop::Failure(
            Failure::new(Exit::Busy, format!("another runner was faster at {tag}"))
                .help("run it again"),
        ),
    }
}

/// Whether the server can be asked to look after us while it works.
pub(super) async fn notices(session: &mut Session) -> Result<bool, SqlError> {
    if session.version() < 140_000 {
        return Ok(false);
    }
    // Servers on some systems know the setting and refuse every value of it.
    let tried = session
        .query("BEGIN; SET LOCAL client_connection_check_interval = '1s'; COMMIT")
        .await;
    match tried {
        Ok(_) => Ok(true),
        Err(error) if error.is_disconnect() => Err(error),
        Err(_) => {
            apply::rollback(session).await;
            Ok(false)
        }
    }
}

/// What runs without a transaction is no part of one.
pub(super) fn not_in_one(migration: &Migration) -> Stop {
    Stop::Failure(
        Failure::usage(format!(
            "{} says `-- no-transaction`: it cannot be part of one",
            migration.tag
        ))
        .help("run without --single-transaction"),
    )
}

/// The lock of our own session is not ours: transactions meet other sessions, so a pooler is between.
pub(super) fn pooled(target: &Target) -> Stop {
    Stop::Failure(
        Failure::usage(format!(
            "{} is a transaction pooler: two transactions met two sessions of the server",
            target.endpoint.address()
        ))
        .help(format!(
            "add ?pgbouncer=true to the URL, or better, use one with a session of its own: DIRECT_URL={}",
            target.session_url()
        )),
    )
}

/// A statement outside a transaction needs a session of its own.
pub(super) fn needs_session(migration: &Migration, target: &Target) -> Stop {
    let finding = Finding::new(
        &rules::FAILED,
        format!(
            "{} runs without a transaction and cannot go through a transaction pooler",
            migration.tag
        ),
    )
    .subject(&migration.tag)
    .note("nothing of it was run")
    .help(format!("DIRECT_URL={}", target.session_url()));
    Stop::Failed(Box::new(match migration.file_start("says so") {
        Some(place) => finding.at(place),
        None => finding,
    }))
}
