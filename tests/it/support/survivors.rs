//! The process table, looked at from outside: what of a workspace is alive.

use std::fmt;
use std::path::Path;

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

/// A living process of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Living {
    pub(crate) pid: u32,
    pub(crate) name: String,
    pub(crate) command: String,
}

impl fmt::Display for Living {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.pid, self.name, self.command)
    }
}

/// Every living process whose command names `dir`: programs are run from a copy in the workspace, and the tool is
/// told its workspace, so this finds them all, whatever they did to their session, parent and environment.
pub(crate) fn living(dir: &Path) -> Vec<Living> {
    let mut system = System::new().expect("the process table");
    let kind = ProcessRefreshKind::nothing()
        .with_cmd(UpdateKind::Always)
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    let dir = dir.to_str().expect("UTF-8");
    let ended = |process: &sysinfo::Process| {
        matches!(
            process.status(),
            ProcessStatus::Zombie | ProcessStatus::Dead
        )
    };
    let alive = system
        .processes()
        .iter()
        .filter(|(_, process)| !ended(process))
        .map(|(pid, process)| Living {
            pid: pid.as_u32(),
            name: process.name().to_string_lossy().into_owned(),
            command: process
                .cmd()
                .iter()
                .map(|word| word.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" "),
        });
    let alive = alive.filter(|process| process.command.contains(dir));
    let mut alive: Vec<Living> = alive.collect();
    alive.sort_unstable_by_key(|process| process.pid);
    alive
}

/// Whether anything of a process is there still that holds its files or its children: who was killed is, on a
/// busy machine, for a moment, without a command line, or with threads that end after the first one.
pub(crate) fn is_there(pid: u32) -> bool {
    let mut system = System::new().expect("the process table");
    let pids = [Pid::from_u32(pid)];
    let kind = ProcessRefreshKind::nothing().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, kind);
    let Some(process) = system.process(pids[0]) else {
        return false;
    };
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"));
    let has_threads = threads.is_ok_and(|threads| threads.count() > 1);
    has_threads || process.status() != ProcessStatus::Zombie
}

/// The process that does the work: the guard's child is the keeper, and the supervisor is its child.
pub(crate) fn supervisor_of(guard: u32) -> u32 {
    child_of(keeper_of(guard))
}

/// The process between guard and supervisor.
pub(crate) fn keeper_of(guard: u32) -> u32 {
    child_of(guard)
}

fn child_of(parent: u32) -> u32 {
    let mut system = System::new().expect("the process table");
    system.refresh_processes_specifics(
        ProcessesToUpdate::All,
        true,
        ProcessRefreshKind::nothing().without_tasks(),
    );
    let children = system
        .processes()
        .iter()
        .filter(|(_, process)| process.parent() == Some(Pid::from_u32(parent)));
    let mut pids: Vec<u32> = children.map(|(pid, _)| pid.as_u32()).collect();
    pids.sort_unstable();
    *pids.first().expect("a child")
}

/// Suspends a process, and waits until none of its threads runs any more: on a busy machine the signal takes
/// its time.
pub(crate) fn suspend(pid: u32) {
    let number = i32::try_from(pid).expect("a pid");
    let raw = nix::unistd::Pid::from_raw(number);
    nix::sys::signal::kill(raw, nix::sys::signal::Signal::SIGSTOP).expect("it is alive");
    let stands = || {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
            // Without a /proc the process itself has to do.
            let seen = std::process::Command::new("ps")
                .args(["-o", "stat=", "-p", &pid.to_string()])
                .output();
            return seen.is_ok_and(|seen| seen.stdout.trim_ascii_start().starts_with(b"T"));
        };
        threads.flatten().all(|thread| {
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            let state = stat.rsplit(") ").next().unwrap_or_default();
            state.is_empty() || state.starts_with('T')
        })
    };
    assert!(super::within(super::HANG, stands), "it is suspended");
}
