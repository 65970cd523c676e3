//! What the services of a session take of the machine, as far as that can be seen.

use std::time::Duration;

use crate::service::control::{ServiceView, Snapshot};
use crate::system::process::{Meter, Tree, Usage};
use crate::text::{plural, size};

/// Time between the two readings that a share of a processor is made of.
const BETWEEN: Duration = Duration::from_millis(200);

/// What each service takes; none of one that has no process, or whose process was not seen.
pub(super) fn measure(snapshot: &Snapshot) -> Vec<Option<Usage>> {
    let trees: Vec<Tree> = snapshot.services.iter().map(tree).collect();
    let mut meter = Meter::default();
    let mut usages = meter.read(&trees);
    // A share of a processor is a difference, and needs a second reading.
    if usages.iter().any(Option::is_some) || unseen(snapshot, &usages) > 0 {
        std::thread::sleep(BETWEEN);
        usages = meter.read(&trees);
    }
    // What the session has and was not seen is looked for once more.
    if unseen(snapshot, &usages) > 0 {
        std::thread::sleep(BETWEEN);
        usages = meter.read(&trees);
    }
    usages
}

/// The processes of a service.
fn tree(service: &ServiceView) -> Tree {
    Tree {
        leader: service.pid.unwrap_or(0),
        mark: service.mark.clone(),
        // Orphans are the session's own children: nobody else can tell them from strangers.
        stamp: None,
    }
}

/// How many processes a service has; none where it has one and that was not seen.
pub(super) fn processes(service: &ServiceView, usage: Option<Usage>) -> Option<usize> {
    match usage {
        Some(usage) => Some(usage.processes),
        None => service.pid.is_none().then_some(0),
    }
}

/// Of how many services it is not known what they take.
fn unseen(snapshot: &Snapshot, usages: &[Option<Usage>]) -> usize {
    let services = snapshot.services.iter().zip(usages);
    let unseen = services.filter(|(service, usage)| processes(service, **usage).is_none());
    unseen.count()
}

/// How many services there are and what they take together, in parts. What is not known is no 0.
pub(super) fn sum(snapshot: &Snapshot, usages: &[Option<Usage>]) -> Vec<String> {
    let unseen = unseen(snapshot, usages);
    let seen = || usages.iter().flatten();
    let mut parts = vec![plural(snapshot.services.len(), "service")];
    if unseen == 0 || seen().next().is_some() {
        let processes: usize = seen().map(|usage| usage.processes).sum();
        parts.push(if processes == 1 {
            "1 process".to_owned()
        } else {
            format!("{processes} processes")
        });
        parts.push(size(seen().map(|usage| usage.memory).sum()));
    }
    if unseen > 0 {
        parts.push(format!("{unseen} not measured"));
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_not_seen_is_unknown_and_no_nothing() {
        let service = |pid: Option<u32>| {
            json!({
                "name": "w", "kind": "service", "state": "running", "pid": pid, "mark": "m/w",
                "port": null, "url": null, "uptime_ms": null, "ready_ms": null, "restarts": 0,
                "ending": null, "left_ms": null,
            })
        };
        let session = json!({
            "phase": "running", "pid": 1, "root": "/w", "environment": "development",
            "version": "1", "uptime_ms": 1,
        });
        let services = [Some(7), Some(8), None].map(service);
        let snapshot = json!({ "session": session, "services": services });
        let snapshot: Snapshot = serde_json::from_value(snapshot).expect("a snapshot");
        let usage = |processes| Usage {
            cpu: None,
            memory: 3_000_000,
            processes,
        };
        let told = |usages: [Option<Usage>; 3]| sum(&snapshot, &usages).join(", ");
        assert_eq!(
            told([Some(usage(1)), Some(usage(2)), None]),
            "3 services, 3 processes, 6 MB"
        );
        assert_eq!(
            told([None, Some(usage(1)), None]),
            "3 services, 1 process, 3 MB, 1 not measured"
        );
        assert_eq!(told([None; 3]), "3 services, 2 not measured");
        let counted = |at: usize, usage| processes(&snapshot.services[at], usage);
        assert_eq!(
            [
                counted(0, None),
                counted(1, Some(usage(2))),
                counted(2, None)
            ],
            [None, Some(2), Some(0)]
        );
    }
}
