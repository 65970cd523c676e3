//! macOS and Windows: what `sysinfo` tells.

use std::collections::BTreeMap;

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::Process;
use crate::settings;

pub(super) fn list() -> Vec<Process> {
    look(ProcessRefreshKind::nothing())
        .as_ref()
        .map(processes)
        .unwrap_or_default()
}

pub(super) fn list_with_marks() -> (Vec<Process>, BTreeMap<u32, String>) {
    let Some(system) = look(ProcessRefreshKind::nothing().with_environ(UpdateKind::Always)) else {
        return Default::default();
    };
    let marks = system
        .processes()
        .iter()
        .filter_map(|(pid, process)| Some((pid.as_u32(), mark(process)?)))
        .collect();
    (processes(&system), marks)
}

/// Nothing tells it there.
pub(super) fn signal_of(_pid: u32) -> Option<i32> {
    None
}

/// Nobody carries a stamp.
pub(super) fn stamp(_pid: u32) -> Option<u64> {
    None
}

fn look(kind: ProcessRefreshKind) -> Option<System> {
    let mut system = System::new().ok()?;
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind.without_tasks());
    Some(system)
}

fn processes(system: &System) -> Vec<Process> {
    let entry = |process: &sysinfo::Process| Process {
        pid: process.pid().as_u32(),
        parent: parent(system, process).map_or(0, Pid::as_u32),
        // On Windows a session is a desktop, with everything that its user runs.
        session: process
            .session_id()
            .filter(|_| cfg!(unix))
            .map_or(0, Pid::as_u32),
        group: group(process.pid()),
        zombie: matches!(
            process.status(),
            ProcessStatus::Zombie | ProcessStatus::Dead
        ),
    };
    system.processes().values().map(entry).collect()
}

/// Windows keeps the number of a parent that has ended, and gives it out again: a "parent" that is
/// younger than its child is a stranger.
fn parent(system: &System, process: &sysinfo::Process) -> Option<Pid> {
    let older = |pid: &Pid| {
        system
            .process(*pid)
            .is_none_or(|parent| parent.start_time() <= process.start_time())
    };
    process.parent().filter(older)
}

#[cfg(unix)]
fn group(pid: Pid) -> u32 {
    let pid = i32::try_from(pid.as_u32())
        .ok()
        .map(nix::unistd::Pid::from_raw);
    let group = pid.and_then(|pid| nix::unistd::getpgid(Some(pid)).ok());
    group
        .and_then(|group| u32::try_from(group.as_raw()).ok())
        .unwrap_or(0)
}

#[cfg(windows)]
fn group(_pid: Pid) -> u32 {
    0
}

fn mark(process: &sysinfo::Process) -> Option<String> {
    let prefix = format!("{}=", settings::SERVICE);
    process
        .environ()
        .iter()
        .find_map(|entry| entry.to_str()?.strip_prefix(&prefix).map(str::to_owned))
}
