//! What process trees take of the machine.

#[cfg(not(target_os = "linux"))]
#[path = "usage/elsewhere.rs"]
mod os;
#[cfg(target_os = "linux")]
#[path = "usage/linux.rs"]
mod os;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Tree, census};

/// What one process has taken so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Taken {
    /// Time on processors since its start.
    cpu: Duration,
    /// Bytes that only it has in memory.
    own: u64,
    /// Bytes in memory that others may have too.
    shared: u64,
}

/// What a tree takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// Processors in use since the last reading: 1.0 is one of them, all the time. None at the first.
    pub cpu: Option<f64>,
    /// Bytes in memory. What its processes share counts once.
    pub memory: u64,
    /// How many processes it has.
    pub processes: usize,
}

/// Reads what trees take, again and again.
#[derive(Debug, Default)]
pub struct Meter {
    last: Option<Instant>,
    before: BTreeMap<u32, Duration>,
}

impl Meter {
    /// What each of these trees takes; none for one that has no process.
    pub fn read(&mut self, trees: &[Tree]) -> Vec<Option<Usage>> {
        let census = census();
        let now = Instant::now();
        let passed = self.last.map(|last| now.duration_since(last).as_secs_f64());
        let mut seen = BTreeMap::new();
        let usages = trees
            .iter()
            .map(|tree| {
                let members: Vec<(u32, Taken)> = census
                    .members(tree)
                    .iter()
                    .filter_map(|process| Some((process.pid, os::taken(process.pid)?)))
                    .collect();
                seen.extend(members.iter().map(|(pid, taken)| (*pid, taken.cpu)));
                self.sum(&members, passed)
            })
            .collect();
        self.last = Some(now);
        self.before = seen;
        usages
    }

    fn sum(&self, members: &[(u32, Taken)], passed: Option<f64>) -> Option<Usage> {
        // One that came since counts from its beginning.
        let since = |(pid, taken): &(u32, Taken)| {
            let before = self.before.get(pid).copied().unwrap_or_default();
            taken.cpu.saturating_sub(before).as_secs_f64()
        };
        let cpu = passed
            .filter(|passed| *passed > 0.0)
            .map(|passed| members.iter().map(since).sum::<f64>() / passed);
        let own: u64 = members.iter().map(|(_, taken)| taken.own).sum();
        let shared = members.iter().map(|(_, taken)| taken.shared).max();
        (!members.is_empty()).then_some(Usage {
            cpu,
            memory: own + shared.unwrap_or(0),
            processes: members.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_once_and_newcomers_from_their_beginning() {
        let taken = |cpu, own, shared| Taken {
            cpu: Duration::from_millis(cpu),
            own,
            shared,
        };
        let meter = Meter {
            last: None,
            before: BTreeMap::from([(1, Duration::from_millis(700))]),
        };
        let members = [(1, taken(900, 10, 100)), (2, taken(300, 20, 90))];
        let usage = meter.sum(&members, Some(1.0)).expect("two processes");
        assert_eq!((usage.memory, usage.processes), (130, 2));
        assert!((usage.cpu.expect("the second reading") - 0.5).abs() < 1e-9);
        assert_eq!(meter.sum(&[], Some(1.0)), None);
        assert_eq!(meter.sum(&members, None).expect("there").cpu, None);
    }

    #[test]
    fn we_ourselves_take_something() {
        let taken = os::taken(std::process::id()).expect("we are alive");
        assert!(taken.own + taken.shared > 0);
    }
}
