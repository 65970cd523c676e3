//! Masks what services print, and finds why they end, once for all who show or keep it.

use std::time::Duration;

use crate::service::event::{Event, Scene, Sink};
use crate::text::{Fold, Secrets};

use super::reasons::{Hints, Reasons};

/// Hands everything on, without secrets in whole lines and without those that go on from line to line.
pub struct Masked {
    secrets: Secrets,
    sinks: Vec<Box<dyn Sink>>,
    /// The secrets that a service's last line ended in the middle of.
    folds: Vec<Fold>,
    reasons: Reasons,
    buffer: Vec<u8>,
}

impl Masked {
    /// What these sinks get is masked; `hints` are for those who end.
    #[must_use]
    pub fn new(secrets: Secrets, hints: Hints, sinks: Vec<Box<dyn Sink>>) -> Self {
        Self {
            secrets,
            sinks,
            folds: Vec::new(),
            reasons: Reasons::new(hints),
            buffer: Vec::new(),
        }
    }
}

impl Sink for Masked {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        let mut masked = std::mem::take(&mut self.buffer);
        masked.clear();
        let services = scene.fleet.services().len();
        if self.folds.len() < services {
            self.folds.resize_with(services, Fold::default);
        }
        let secrets = &self.secrets;
        let event = match event {
            Event::Lines(id, whole)
                if secrets.mask_if_found(whole, &mut self.folds[*id], &mut masked) =>
            {
                &Event::Lines(*id, &masked)
            }
            Event::Unfinished(id, line) => {
                let shown = secrets.before_rest(line, &self.folds[*id]);
                &Event::Unfinished(*id, &line[..shown])
            }
            other => other,
        };
        let last = match event {
            Event::Notice(notice) => self.reasons.happened(scene, notice),
            _ => None,
        };
        let last = last.as_ref();
        for sink in &mut self.sinks {
            sink.accept(Scene { last, ..scene }, event);
        }
        if let Event::Lines(id, whole) = event {
            self.reasons.printed(scene, *id, whole);
        }
        self.buffer = masked;
    }

    fn trouble(&mut self) -> Option<String> {
        self.sinks.iter_mut().find_map(|sink| sink.trouble())
    }

    fn due(&self) -> Option<Duration> {
        self.sinks.iter().filter_map(|sink| sink.due()).min()
    }

    fn tick(&mut self, scene: Scene<'_>) {
        for sink in &mut self.sinks {
            sink.tick(scene);
        }
    }

    fn yield_terminal(&mut self, who: &str) {
        for sink in &mut self.sinks {
            sink.yield_terminal(who);
        }
    }

    fn finish(&mut self, scene: Scene<'_>) {
        for sink in &mut self.sinks {
            sink.finish(scene);
        }
    }

    fn unread(&self) -> Option<u64> {
        let unread = self.sinks.iter().filter_map(|sink| sink.unread());
        unread.reduce(|all, one| all + one)
    }

    fn give_up(&mut self) -> u64 {
        self.sinks.iter_mut().map(|sink| sink.give_up()).sum()
    }
}
