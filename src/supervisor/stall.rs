//! Notices a reloader whose server could not start: it printed a traceback, its process has ended,
//! and the reloader, who is alive, waits for a change of the code.

use std::time::Duration;

use memchr::memmem;
use tokio::time::Instant;

use crate::system::process::{self, Tree};

/// Time between two looks. A process that ends normally is reaped by its parent long before.
const PERIOD: Duration = Duration::from_millis(150);

/// After so many looks a traceback was only one that somebody caught.
const LOOKS: u8 = 12;

/// What is known of one service that is starting.
#[derive(Debug, Default)]
pub(super) struct Stall {
    look_at: Option<Instant>,
    looks: u8,
    dead: bool,
}

impl Stall {
    /// Reads what a service prints while it starts.
    pub(super) fn read(&mut self, lines: &[u8]) {
        if memmem::find(lines, b"Traceback (most recent call last)").is_some() {
            *self = Self {
                look_at: Some(Instant::now() + PERIOD),
                ..Self::default()
            };
        }
    }

    /// When to look next.
    pub(super) fn due(&self) -> Option<Instant> {
        self.look_at
    }

    /// Looks, if it is time: whether the server has died and its reloader waits.
    pub(super) fn look(&mut self, tree: &Tree) -> bool {
        if self.look_at.is_none_or(|at| at > Instant::now()) {
            return false;
        }
        self.looks += 1;
        let dead = process::census().has_zombie(tree);
        let stalled = dead && self.dead;
        self.dead = dead;
        self.look_at = (!stalled && self.looks < LOOKS).then(|| Instant::now() + PERIOD);
        stalled
    }
}
