//! Ends what is left of a process tree when its leader has ended.

use std::time::Duration;

use tokio::time::Instant;

use crate::service::fleet::{Id, Rest};
use crate::system::process::{self, Census, Process, Tree};

/// What is left is asked to end, and killed after this time; not the group of a leader that was asked,
/// as long as the service has its own grace.
const GRACE: Duration = Duration::from_millis(500);

/// Time between two looks: at least this, and at least twice what the last look took. Where
/// looking is slow (a thousand processes, a busy machine), there is still time to hear of the ends
/// of services in between, and one look then serves many of them.
const PERIOD: Duration = Duration::from_millis(15);

/// Killed processes that are still there after this time are beyond our power (in the kernel, or
/// not ours to kill).
const LIMIT: Duration = Duration::from_secs(5);

/// What is left of one service.
#[derive(Debug)]
struct Left {
    tree: Tree,
    since: Instant,
    /// Whether those who had not heard of it were asked.
    asked: bool,
    /// The leader's group got the signal that the leader got.
    told: bool,
    /// Until somebody says otherwise, the leader's group is waited for.
    patient: bool,
    /// When all of them are killed, or were.
    kill_at: Option<Instant>,
}

impl Left {
    fn new(tree: Tree, told: bool, rest: Rest) -> Self {
        let since = Instant::now();
        let patient = rest == Rest::Patient;
        Self {
            tree,
            since,
            asked: false,
            told,
            patient,
            kill_at: (!patient).then(|| since + GRACE),
        }
    }

    /// Asks, or kills when there was time enough; whether that is done with.
    fn end(&mut self, census: &Census) -> bool {
        let now = Instant::now();
        let mut members = census.members(&self.tree);
        if members.is_empty() || self.kill_at.is_some_and(|at| now > at + LIMIT) {
            return true;
        }
        let leader = self.tree.leader;
        // Windows has no groups: there all of them were asked.
        let in_group = |process: &Process| process.group == leader || process.group == 0;
        if !std::mem::replace(&mut self.asked, true) {
            members.retain(|process| !(self.told && in_group(process)));
            process::terminate_all(&members);
        } else if self.kill_at.is_some_and(|at| now >= at) {
            process::kill_all(&members);
        } else if self.patient && now >= self.since + GRACE {
            members.retain(|process| !in_group(process));
            process::kill_all(&members);
        }
        false
    }
}

/// Ends what is left of a tree before something else begins.
pub(super) async fn clear(tree: Tree) {
    let mut left = Left::new(tree, false, Rest::Brief);
    while !left.end(&process::census()) {
        tokio::time::sleep(PERIOD).await;
    }
}

/// The trees that are being swept.
#[derive(Debug, Default)]
pub(super) struct Sweeper {
    rests: Vec<(Id, Left)>,
    next: Option<Instant>,
}

impl Sweeper {
    /// Takes over a tree whose leader has ended; `told` is whether its group got the leader's signal.
    pub(super) fn add(&mut self, id: Id, tree: Tree, told: bool, rest: Rest) {
        self.rests.push((id, Left::new(tree, told, rest)));
    }

    /// When to look next, as long as something is left. Not later for whatever happens in between.
    pub(super) fn due(&self) -> Option<Instant> {
        (!self.rests.is_empty()).then(|| self.next.unwrap_or_else(Instant::now))
    }

    /// Kills a tree without asking.
    pub(super) fn hurry(&mut self, id: Id) {
        if let Some((_, left)) = self.rests.iter_mut().find(|(of, _)| *of == id) {
            let now = Instant::now();
            left.asked = true;
            left.kill_at = Some(left.kill_at.map_or(now, |at| at.min(now)));
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
        self.rests.retain_mut(|(id, left)| {
            let is_over = left.end(&census);
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
