//! Ends what is left of a process tree when its leader has ended.

use std::time::Duration;

use tokio::time::Instant;

use crate::service::fleet::Id;
use crate::system::process::{self, Tree};

/// What is left is asked to end, and killed after this time.
const GRACE: Duration = Duration::from_millis(500);

/// Time between two looks.
const PERIOD: Duration = Duration::from_millis(15);

/// Killed processes that are still there after this time are beyond our power (in the kernel, or
/// not ours to kill).
const LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Rest {
    id: Id,
    tree: Tree,
    since: Instant,
    asked: bool,
}

/// The trees that are being swept.
#[derive(Debug, Default)]
pub(super) struct Sweeper {
    rests: Vec<Rest>,
    looked: Option<Instant>,
}

impl Sweeper {
    /// Takes over a tree whose leader has ended.
    pub(super) fn add(&mut self, id: Id, tree: Tree) {
        self.rests.push(Rest {
            id,
            tree,
            since: Instant::now(),
            asked: false,
        });
    }

    /// When to look next, as long as something is left. Not later for whatever happens in between.
    pub(super) fn due(&self) -> Option<Instant> {
        let due = self.looked.map_or_else(Instant::now, |at| at + PERIOD);
        (!self.rests.is_empty()).then_some(due)
    }

    /// Kills a tree without asking.
    pub(super) fn hurry(&mut self, id: Id) {
        if let Some(rest) = self.rests.iter_mut().find(|rest| rest.id == id) {
            rest.asked = true;
            rest.since -= GRACE;
        }
    }

    /// Looks, if it is time: the services of which nothing is left.
    pub(super) fn pass(&mut self) -> Vec<Id> {
        if self.due().is_none_or(|at| at > Instant::now()) {
            return Vec::new();
        }
        self.looked = Some(Instant::now());
        let census = process::census();
        let mut gone = Vec::new();
        self.rests.retain_mut(|rest| {
            let members = census.members(&rest.tree);
            if members.is_empty() || rest.since.elapsed() > LIMIT {
                gone.push(rest.id);
                return false;
            }
            if rest.asked && rest.since.elapsed() >= GRACE {
                process::kill_all(&members);
            } else if !rest.asked {
                process::terminate_all(&members);
                rest.asked = true;
            }
            true
        });
        gone
    }
}
