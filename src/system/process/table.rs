//! The process table: who is whose child, and whose mark a process carries.

#[cfg(not(target_os = "linux"))]
#[path = "table/elsewhere.rs"]
mod os;
#[cfg(target_os = "linux")]
#[path = "table/linux.rs"]
mod os;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Stamp, Tree};

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its parent's number.
    pub parent: u32,
    /// The session that it belongs to; 0 on Windows, which has none.
    pub session: u32,
    /// The process group that it belongs to; 0 where there is none.
    pub group: u32,
    /// Whether it has ended and only waits to be reaped.
    pub zombie: bool,
}

/// Every process that can be seen.
#[must_use]
pub fn snapshot() -> Vec<Process> {
    os::list()
}

/// Every process with the mark that it carries: taken once for any number of questions.
#[derive(Debug)]
pub struct Census {
    processes: Vec<Process>,
    /// The value of [`crate::settings::SERVICE`] in a process's environment, where it has one.
    marks: BTreeMap<u32, String>,
    /// The number that an orphan carries in place of a mark that it may have lost.
    stamps: BTreeMap<u32, u64>,
}

/// Takes a census. Environments of other users' processes cannot be read and are none of ours.
#[must_use]
pub fn census() -> Census {
    let (processes, marks) = os::list_with_marks();
    Census {
        stamps: stamps(&processes),
        processes,
        marks,
    }
}

/// A census without marks, for who asks after descent alone: no environment is read for it.
#[must_use]
pub fn kin() -> Census {
    let processes = snapshot();
    Census {
        stamps: stamps(&processes),
        processes,
        marks: BTreeMap::new(),
    }
}

fn stamps(processes: &[Process]) -> BTreeMap<u32, u64> {
    orphans(processes, std::process::id())
        .filter_map(|pid| Some((pid, stamp(pid)?)))
        .collect()
}

/// The number that a process carries, be it a stamp or not.
pub(super) fn stamp(pid: u32) -> Option<u64> {
    os::stamp(pid)
}

/// The signal that ended a process whose status nobody has asked for yet; none where it ended by itself, or
/// where the system does not tell.
#[must_use]
pub fn signal_of(zombie: u32) -> Option<i32> {
    os::signal_of(zombie)
}

/// Those whose descent does not tell to which service they belong: our own children, as we inherit
/// orphans, and those whose parent ended while the table was read.
fn orphans(processes: &[Process], ours: u32) -> impl Iterator<Item = u32> {
    let living = processes.iter().filter(|process| !process.zombie);
    let pids: HashSet<u32> = living.clone().map(|process| process.pid).collect();
    living
        .filter(move |process| process.parent == ours || !pids.contains(&process.parent))
        .map(|process| process.pid)
}

impl Census {
    /// The living processes of a tree: descendants of its leader, members of its session, those
    /// that carry its mark, and orphans with its stamp; never ourselves.
    #[must_use]
    pub fn members(&self, tree: &Tree) -> Vec<Process> {
        self.select(|process| {
            (tree.leader != 0 && (process.session == tree.leader || process.pid == tree.leader))
                || self
                    .marks
                    .get(&process.pid)
                    .is_some_and(|mark| *mark == tree.mark)
                || self
                    .stamps
                    .get(&process.pid)
                    .is_some_and(|number| tree.stamp.is_some_and(|stamp| stamp.covers(*number)))
        })
    }

    /// Whether a process is one of a tree's members.
    #[must_use]
    pub fn has(&self, tree: &Tree, pid: u32) -> bool {
        self.members(tree).iter().any(|member| member.pid == pid)
    }

    /// Everything below us and everything that carries a session's mark: what a guard must end.
    #[must_use]
    pub fn session(&self, session: &str) -> Vec<Process> {
        let ours = std::process::id();
        self.select(|process| process.parent == ours || self.is_marked(process.pid, session))
    }

    /// What is left of a session of which nobody is there any more who would end it: whoever carries its
    /// mark or one of its stamps, and all below them. A session that runs inside a service of it is not
    /// told apart; but whoever started us is left alone.
    #[must_use]
    pub fn left_of(&self, session: &str) -> Vec<Process> {
        let is_stamped = |pid: u32| stamp(pid).is_some_and(|number| Stamp::is_of(session, number));
        let mut left =
            self.select(|process| self.is_marked(process.pid, session) || is_stamped(process.pid));
        let ours = std::process::id();
        left.retain(|process| !is_descendant(ours, process.pid, &self.processes));
        left
    }

    /// The sessions whose marks begin like this, and of which nobody is there any more who `keeps` them:
    /// none of their processes stands below one.
    #[must_use]
    pub fn forsaken(&self, begin: &str, keeps: &dyn Fn(u32) -> bool) -> BTreeSet<String> {
        let (mut found, mut kept) = (BTreeSet::new(), BTreeSet::new());
        for (pid, mark) in &self.marks {
            let session = mark.split_once('/').map_or("", |(session, _)| session);
            if !session.starts_with(begin) || session.is_empty() {
                continue;
            }
            // What runs within the session, and be it a session of its own, keeps nothing of it.
            let is_kept = self
                .above(*pid)
                .any(|above| !self.is_marked(above, session) && keeps(above));
            let side = if is_kept { &mut kept } else { &mut found };
            side.insert(session.to_owned());
        }
        &found - &kept
    }

    /// Whether somebody is there still who `keeps` a session, and will end it: one of its processes stands
    /// below one.
    #[must_use]
    pub fn is_kept(&self, session: &str, keeps: &dyn Fn(u32) -> bool) -> bool {
        let own: BTreeSet<u32> = self.left_of(session).iter().map(|it| it.pid).collect();
        let above: BTreeSet<u32> = own.iter().flat_map(|pid| self.above(*pid)).collect();
        // What runs within the session, and be it a session of its own, keeps nothing of it.
        let mut others = above.difference(&own);
        others.any(|pid| !self.is_marked(*pid, session) && keeps(*pid))
    }

    /// The living processes above one, the nearest first.
    fn above(&self, pid: u32) -> impl Iterator<Item = u32> {
        let find = |pid: u32| self.processes.iter().find(|process| process.pid == pid);
        let above = std::iter::successors(find(pid), move |process| {
            find(process.parent).filter(|parent| parent.pid != process.pid)
        });
        // However the table changed while it was read: nobody stands above himself.
        let above = above.skip(1).take(self.processes.len());
        above.filter(|process| !process.zombie).map(|it| it.pid)
    }

    fn is_marked(&self, pid: u32, session: &str) -> bool {
        let mark = self.marks.get(&pid);
        mark.and_then(|mark| mark.strip_prefix(session))
            .is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether a process of the tree has ended and nobody asked for its status: under a reloader,
    /// the server that could not start.
    #[must_use]
    pub fn has_zombie(&self, tree: &Tree) -> bool {
        self.zombies(tree).next().is_some()
    }

    /// Those processes, by their numbers.
    pub fn zombies(&self, tree: &Tree) -> impl Iterator<Item = u32> {
        let members = self.members(tree);
        let dead = self.processes.iter().filter(move |process| {
            process.zombie && members.iter().any(|member| member.pid == process.parent)
        });
        dead.map(|process| process.pid)
    }

    fn select(&self, wanted: impl Fn(&Process) -> bool) -> Vec<Process> {
        let ours = std::process::id();
        let mut found: BTreeSet<u32> = self
            .processes
            .iter()
            .filter(|process| wanted(process))
            .map(|process| process.pid)
            .collect();
        found.remove(&ours);
        extend_to_descendants(&mut found, &self.processes);
        found.remove(&ours);
        self.processes
            .iter()
            .filter(|process| found.contains(&process.pid) && !process.zombie)
            .cloned()
            .collect()
    }
}

fn extend_to_descendants(found: &mut BTreeSet<u32>, processes: &[Process]) {
    loop {
        let before = found.len();
        for process in processes {
            if found.contains(&process.parent) {
                found.insert(process.pid);
            }
        }
        if found.len() == before {
            return;
        }
    }
}

/// Whether `pid` is `ancestor` or below it.
#[must_use]
pub fn is_descendant(pid: u32, ancestor: u32, processes: &[Process]) -> bool {
    let mut at = pid;
    for _ in 0..processes.len() {
        if at == ancestor {
            return true;
        }
        match processes.iter().find(|process| process.pid == at) {
            Some(process) if process.parent != 0 => at = process.parent,
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32, session: u32) -> Process {
        Process {
            pid,
            parent,
            session,
            group: session,
            zombie: false,
        }
    }

    #[test]
    fn a_tree_holds_descendants_and_session_members_but_no_strangers() {
        let high = u32::MAX - 100;
        let table = [
            process(high, 1, high),
            process(high + 1, high, high),
            process(high + 2, 1, high),
            process(high + 3, 1, 7),
            process(high + 4, high + 1, high + 4),
            process(high + 5, 1, 9),
        ];
        let census = Census {
            processes: table.to_vec(),
            marks: BTreeMap::from([(high + 5, "s/api".to_owned())]),
            stamps: BTreeMap::new(),
        };
        let tree = Tree {
            leader: high,
            mark: "s/api".to_owned(),
            stamp: None,
        };
        let pids =
            |found: Vec<Process>| found.iter().map(|process| process.pid).collect::<Vec<_>>();
        assert_eq!(
            pids(census.members(&tree)),
            [high, high + 1, high + 2, high + 4, high + 5]
        );
        assert_eq!(pids(census.session("s")), [high + 5]);
        assert_eq!(pids(census.left_of("s")), [high + 5]);
        assert!(census.left_of("other").is_empty());
        assert!(is_descendant(high + 4, high, &table) && !is_descendant(high + 3, high, &table));
    }

    #[test]
    fn a_session_is_forsaken_when_none_of_its_processes_has_a_keeper() {
        let high = u32::MAX - 100;
        let mut dead = process(high + 6, 1, high + 6);
        dead.zombie = true;
        let census = Census {
            processes: vec![
                process(1, 0, 1),
                process(high, 1, high),
                process(high + 1, high, high + 1),
                process(high + 2, 1, high + 2),
                process(high + 3, 1, high + 3),
                process(high + 4, high + 3, high + 4),
                process(high + 5, high + 6, high + 5),
                dead,
                process(high + 7, high, high + 7),
            ],
            marks: [
                // One of it has left its keeper.
                (high + 1, "aa1/api"),
                (high + 2, "aa1/web"),
                // Here what would keep it is a service of it.
                (high + 3, "aa2/inner"),
                (high + 4, "aa2/x"),
                // Its keeper has ended, and nobody took note.
                (high + 5, "aa3/api"),
                (high + 7, "bb1/api"),
            ]
            .map(|(pid, mark)| (pid, mark.to_owned()))
            .into(),
            stamps: BTreeMap::new(),
        };
        let keeps = |pid| pid == high || pid == high + 3 || pid == high + 6;
        let forsaken = |begin| Vec::from_iter(census.forsaken(begin, &keeps));
        assert_eq!(forsaken("aa"), ["aa2", "aa3"]);
        assert!(forsaken("bb").is_empty() && forsaken("cc").is_empty());
        assert_eq!(Vec::from_iter(census.forsaken("bb", &|_| false)), ["bb1"]);
        let is_kept = |session| census.is_kept(session, &keeps);
        assert!(is_kept("aa1") && is_kept("bb1"));
        assert!(!is_kept("aa2") && !is_kept("aa3") && !is_kept("cc1"));
    }

    #[test]
    fn an_orphan_of_ours_belongs_to_the_service_whose_stamp_it_has() {
        let ours = std::process::id();
        let high = u32::MAX - 100;
        let gone = high + 50;
        let table = [
            process(ours, 1, 1),
            process(high, ours, high),
            // Orphans: of one service, of another, of nobody, and one whose parent just ended.
            process(high + 1, ours, high + 1),
            process(high + 2, high + 1, high + 2),
            process(high + 3, ours, high + 3),
            process(high + 4, ours, high + 4),
            process(high + 5, gone, high + 5),
            // What somebody else looks after is none, whatever it carries.
            process(high + 6, 1, high + 6),
            process(1, 0, 1),
        ];
        let orphaned: Vec<u32> = orphans(&table, ours).collect();
        assert_eq!(
            orphaned,
            [high, high + 1, high + 3, high + 4, high + 5, 1],
            "nobody below them, and none of init's"
        );
        let stamp = |service| Stamp::of("s", service).expect("few services");
        let number = |service| stamp(service).number();
        let census = Census {
            processes: table.to_vec(),
            marks: BTreeMap::new(),
            stamps: BTreeMap::from([
                (high, number(0)),
                (high + 1, number(0)),
                (high + 3, number(1)),
                (high + 4, u64::MAX),
                (high + 5, number(0)),
            ]),
        };
        let members = |leader, service| {
            let tree = Tree {
                leader,
                mark: "s/api".to_owned(),
                stamp: Some(stamp(service)),
            };
            let members = census.members(&tree).into_iter();
            members.map(|process| process.pid).collect::<Vec<_>>()
        };
        assert_eq!(
            members(high, 0),
            [high, high + 1, high + 2, high + 5],
            "and what an orphan has started"
        );
        assert_eq!(members(0, 1), [high + 3]);
        assert!(members(0, 2).is_empty());
    }

    #[test]
    fn we_see_ourselves_and_our_parent() {
        let table = snapshot();
        assert!(
            table
                .iter()
                .any(|process| process.pid == std::process::id())
        );
    }
}
