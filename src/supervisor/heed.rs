//! Services whose server dies below a process that lives on: a reloader waits for a change of the
//! code, its socket still takes connections, and nobody answers.

use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

use crate::service::fleet::Id;
use crate::service::{Ending, Probe};
use crate::system::process::{self, Tree};

use super::news::News;
use super::probe::{Subject, check};

/// A parent that looks after its children has taken note of an end by then.
const SETTLED: Duration = Duration::from_millis(300);

/// A reloader has started the next server by then.
const NEXT: Duration = Duration::from_millis(1500);

/// Waits for ends below a service that is ready, and asks it after one that its parent takes no
/// notice of. Nothing is done as long as nobody ends.
pub(super) async fn heed(subject: Subject, tree: Tree, id: Id, run: u32, hub: Sender<News>) {
    let Some(probe @ Probe::Http(_)) = subject.service.ready.probe.clone() else {
        return;
    };
    loop {
        let census = process::census();
        let dead = census.zombies(&tree).next();
        if let Some(dead) = dead
            && !answers(&probe, &subject).await
        {
            // Asking takes its time: whoever has seen the end by then has started the next server.
            if process::census().zombies(&tree).any(|pid| pid == dead) {
                let ending = process::signal_of(dead).map(Ending::Signal);
                let _ = hub.send(News::Silent(id, run, ending)).await;
                return;
            }
            continue;
        }
        let mut ends = JoinSet::new();
        for process in census.members(&tree) {
            if process.pid != tree.leader {
                ends.spawn_local(process::death_of(process.pid));
            }
        }
        if !matches!(ends.join_next().await, Some(Ok(true))) {
            return;
        }
        tokio::time::sleep(SETTLED).await;
        if !process::census().has_zombie(&tree) {
            tokio::time::sleep(NEXT).await;
        }
    }
}

async fn answers(probe: &Probe, subject: &Subject) -> bool {
    let limit = subject.service.ready.attempt;
    for _ in 0..2 {
        if check(probe, subject, limit).await.is_ok() {
            return true;
        }
        tokio::time::sleep(SETTLED).await;
    }
    false
}
