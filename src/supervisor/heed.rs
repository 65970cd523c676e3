//! Services whose server dies below a process that lives on: a reloader waits for a change of the
//! code, its socket still takes connections, and nobody answers.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::task::JoinSet;

use crate::service::fleet::Id;
use crate::service::{Ending, Probe};
use crate::system::listening::{keeps_waiting, listening};
use crate::system::process::{self, Tree};

use super::news::News;
use super::probe::{Subject, check};

/// A parent that looks after its children has taken note of an end by then.
const SETTLED: Duration = Duration::from_millis(300);

/// A reloader has started the next server by then.
const NEXT: Duration = Duration::from_millis(1500);

/// Whoever serves has taken a connection by then. That of a request may be answered much later.
const TAKEN: Duration = Duration::from_millis(400);

/// Waits for ends below a service that is ready, and asks it after one that its parent takes no
/// notice of. Nothing is done as long as nobody ends.
pub(super) async fn heed(subject: Subject, tree: Tree, id: Id, run: u32, hub: Sender<News>) {
    let Some(probe @ Probe::Http(_)) = subject.service.ready.probe.clone() else {
        return;
    };
    let port = subject.service.port;
    // Who had the server's socket: such a one may have been all that served.
    let mut servers = BTreeSet::new();
    loop {
        let census = process::census();
        if let Some(port) = port {
            let members = census.members(&tree).into_iter();
            servers.extend(listening(port, members.map(|process| process.pid)));
        }
        let dead = census.zombies(&tree).next();
        if let Some(dead) = dead
            && !answers(&probe, &subject, port.filter(|_| servers.contains(&dead))).await
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

/// Whether it answers. Where a process has ended that had the socket of `port`, whoever lets connections wait
/// there has nobody who would take them.
async fn answers(probe: &Probe, subject: &Subject, port: Option<u16>) -> bool {
    let limit = subject.service.ready.attempt;
    for is_first in [true, false] {
        tokio::select! {
            answer = check(probe, subject, limit) => {
                if answer.is_ok() {
                    return true;
                }
            }
            () = in_vain(port) => {}
        }
        if is_first {
            tokio::time::sleep(SETTLED).await;
        }
    }
    false
}

/// Is over when a connection to that port was not taken in time; never, where that is not known.
async fn in_vain(port: Option<u16>) {
    let Some(port) = port else {
        return std::future::pending().await;
    };
    // Where the machine is busy, it is we who connect late.
    loop {
        tokio::time::sleep(TAKEN).await;
        if keeps_waiting(port) {
            return;
        }
    }
}
