//! Ends what is left of a process tree when its leader has ended.

use std::time::Duration;

use tokio::time::Instant;

use crate::service::fleet::Id;
use crate::system::process::{self, Census, Tree};

/// What is left is asked to end, and killed after this time.
const GRACE: Duration = Duration::from_millis(500);

/// Time between two looks: at least this, and at least twice what the last look took. Where
/// looking is slow (a thousand processes, a busy machine), there is still time to hear of the ends
/// of services in between, and one look then serves many of them.
const PERIOD: Duration = Duration::from_millis(15);

/// Killed processes that are still there after this time are beyond our power (in the kernel, or
/// not ours to kill).
const LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Rest {
    tree: Tree,
    since: Instant,
    asked: bool,
}

impl Rest {
    fn new(tree: Tree) -> Self {
        Self {
            tree,
            since: Instant::now(),
            asked: false,
        }
    }

    /// Asks, or kills when there was time enough; whether that is done with.
    fn end(&mut self, census: &Census) -> bool {
        let members = census.members(&self.tree);
        if members.is_empty() || self.since.elapsed() > LIMIT {
            return true;
        }
        if self.asked && self.since.elapsed() >= GRACE {
            process::kill_all(&members);
        } else if !self.asked {
            process::terminate_all(&members);
            self.asked = true;
        }
        false
    }
}

/// Ends what is left of a tree before something else begins.
pub(super) async fn clear(tree: Tree) {
    let mut rest = Rest::new(tree);
    while !rest.end(&process::census()) {
        tokio::time::sleep(PERIOD).await;
    }
}

/// The trees that are being swept.
#[derive(Debug, Default)]
pub(super) struct Sweeper {
    rests: Vec<(Id, Rest)>,
    next: Option<Instant>,
}

impl Sweeper {
    /// Takes over a tree whose leader has ended.
    pub(super) fn add(&mut self, id: Id, tree: Tree) {
        self.rests.push((id, Rest::new(tree)));
    }

    /// When to look next, as long as something is left. Not later for whatever happens in between.
    pub(super) fn due(&self) -> Option<Instant> {
        (!self.rests.is_empty()).then(|| self.next.unwrap_or_else(Instant::now))
    }

    /// Kills a tree without asking.
    pub(super) fn hurry(&mut self, id: Id) {
        if let Some((_, rest)) = self.rests.iter_mut().find(|(of, _)| *of == id) {
            rest.asked = true;
            rest.since -= GRACE;
        }
    }

    /// Looks, if it is time: the services of which nothing is left.
    pub(super) fn pass(&mut self) -> Vec<Id> {
        if self.due().is_none_or(|at| at > Instant::now()) {
            return Vec::new();
        }
        let began = Instant::now();
        let census = process::census();
        let mut gone = Vec::new();
        self.rests.retain_mut(|(id, rest)| {
            let is_over = rest.end(&census);
            if is_over {
                gone.push(*id);
            }
            !is_over
        });
        let took = began.elapsed();
        self.next = Some(Instant::now() + PERIOD.max(took * 2));
        gone
    }
}
