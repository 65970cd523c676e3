//! Linux: `/proc`.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::collections::BTreeMap;
use std::fs;

use super::super::stamp;
use super::Process;
use crate::settings;

pub(super) fn list() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            parse(
                entry.file_name().to_str()?.parse().ok()?,
                &fs::read_to_string(entry.path().join("stat")).ok()?,
            )
        })
        .collect()
}

pub(super) fn list_with_marks() -> (Vec<Process>, BTreeMap<u32, String>) {
    let processes = list();
    let living = processes.iter().filter(|process| !process.zombie);
    let marks = living
        .filter_map(|process| Some((process.pid, mark(process.pid)?)))
        .collect();
    (processes, marks)
}

/// The number that a process carries, be it a stamp or not.
pub(super) fn stamp(pid: u32) -> Option<u64> {
    stamp::read(pid)
}

/// `/proc/PID/stat`: pid (comm) state ppid pgrp session …; comm may hold spaces and parentheses.
fn parse(pid: u32, stat: &str) -> Option<Process> {
    let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let session = fields.next()?.parse().ok()?;
    Some(Process {
        pid,
        parent,
        session,
        group,
        zombie: matches!(state, "Z" | "X"),
    })
}

/// The signal that ended a process which waits to be reaped: the last field of its `stat` is the status that its
/// parent would get.
pub(super) fn signal_of(pid: u32) -> Option<i32> {
    ended_by(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn ended_by(stat: &str) -> Option<i32> {
    /// Fields from the state to the status.
    const STATUS: usize = 49;
    let mut fields = stat[stat.rfind(')')? + 1..].split_ascii_whitespace();
    if fields.next() != Some("Z") {
        return None;
    }
    let status: i32 = fields.nth(STATUS - 1)?.parse().ok()?;
    let signal = status & 0x7f;
    (signal != 0).then_some(signal)
}

fn mark(pid: u32) -> Option<String> {
    let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let at = memchr::memmem::find(&environ, settings::SERVICE.as_bytes())?;
    let entry = environ[at..].split(|byte| *byte == 0).next()?;
    let value = entry
        .strip_prefix(settings::SERVICE.as_bytes())?
        .strip_prefix(b"=")?;
    String::from_utf8(value.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_waits_to_be_reaped_tells_its_signal() {
        let stat = |state: &str, status: i32| {
            let between = "0 ".repeat(48);
            format!("7 (a) b) {state} {between}{status}\n")
        };
        assert_eq!(ended_by(&stat("Z", 9)), Some(9));
        assert_eq!(ended_by(&stat("Z", 139)), Some(11), "with a core");
        assert_eq!(ended_by(&stat("Z", 256)), None, "exit code 1");
        assert_eq!(ended_by(&stat("S", 9)), None, "it lives");
        assert_eq!(ended_by("7 (a) Z 3"), None);
    }

    #[test]
    fn names_with_parentheses_do_not_confuse_the_reader() {
        assert_eq!(
            parse(7, "7 (a) R (b) Z 3 7 5 0 -1"),
            Some(Process {
                pid: 7,
                parent: 3,
                session: 5,
                group: 7,
                zombie: true
            })
        );
    }
}
