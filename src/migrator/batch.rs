//! Everything in one transaction, as drizzle-kit does it.

use std::time::Instant;

use crate::migration::Migration;

use super::apply::{self, Broken, Done, Then, Work};
use super::patience::Patience;
use super::run::{self, Run};
use super::script::{self, Frame};
use super::{Event, Stop, outside};

impl Run<'_> {
    /// Applies all steps or none.
    pub(super) async fn all_at_once(&mut self, frame: &Frame<'_>) -> Result<(), Stop> {
        let mut patience = Patience::new(self.options.lock_wait);
        let mut attempt = 0;
        loop {
            let journal = &self.project.journal;
            let steps: Vec<(usize, &Migration)> = self
                .plan
                .steps
                .iter()
                .filter_map(|at| Some((*at, journal.migrations.get(*at)?)))
                .collect();
            let Some((_, first)) = steps.first() else {
                return Ok(());
            };
            if let Some((_, alone)) = steps.iter().find(|(_, it)| outside::is_wanted(it)) {
                return Err(run::not_in_one(alone));
            }
            let last = self.book.last_id();
            let (session, watch) = (&mut self.session, &mut self.watch);
            match frame.begin(session, watch, first, last).await {
                Ok(()) => {}
                Err(Broken::Locked) if self.locked => return Err(run::pooled(self.target)),
                Err(Broken::Locked | Broken::Held) => {
                    self.busy(&mut patience).await?;
                    continue;
                }
                Err(Broken::Changed) => {
                    self.look().await?;
                    continue;
                }
                Err(other) => return Err(self.stop(other, &first.tag)),
            }
            match self.batch(frame, &steps).await {
                Ok(done) => {
                    for (at, done) in done {
                        self.done(at, done).await?;
                    }
                    return Ok(());
                }
                Err((tag, broken)) => {
                    apply::rollback(&mut self.session).await;
                    match broken {
                        Broken::LockTimeout(finding) => {
                            self.retry(&tag, &mut attempt, finding).await?;
                        }
                        other => return Err(self.stop(other, &tag)),
                    }
                }
            }
        }
    }

    /// The migrations of one transaction, which is open.
    async fn batch(
        &mut self,
        frame: &Frame<'_>,
        steps: &[(usize, &Migration)],
    ) -> Result<Vec<(usize, Done)>, (String, Broken)> {
        let shape = self.book.shape;
        let mut done = Vec::with_capacity(steps.len());
        for (nth, (at, migration)) in steps.iter().enumerate() {
            let broken = |broken| (migration.tag.clone(), broken);
            (self.watch.report)(&Event::Begin {
                tag: migration.tag.clone(),
            });
            let started = Instant::now();
            let work = Work::new(migration);
            let (session, watch) = (&mut self.session, &mut self.watch);
            if nth > 0 {
                let stamp = script::stamp(migration);
                let stamped = session.query(&stamp).await;
                stamped.map_err(|error| broken(apply::own(error)))?;
            }
            Frame::statements(session, watch, &work)
                .await
                .map_err(broken)?;
            let then = if nth + 1 == steps.len() {
                Then::Commit
            } else {
                Then::GoOn
            };
            let (id, _) = frame
                .close(session, watch, &work, shape, then)
                .await
                .map_err(broken)?;
            done.push((
                *at,
                Done {
                    applied: apply::applied(&work, started.elapsed(), false),
                    id,
                    ahead: None,
                },
            ));
        }
        Ok(done)
    }
}
