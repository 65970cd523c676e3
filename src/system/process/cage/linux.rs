//! Linux: a control group with the controller `pids`, in version 1 or 2, where we may make one. It
//! counts threads too.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};

/// How the names of our groups begin.
const PREFIX: &str = "pixcrawler-";

/// A control group that no more processes and threads than its bound fit into.
#[derive(Debug)]
pub struct Cage {
    dir: Utf8PathBuf,
    /// How often an earlier run was refused, whose group this was.
    before: u64,
}

impl Cage {
    /// A group for a service; none where the system offers none to us.
    #[must_use]
    pub fn open(session: &str, service: &str, most: u32) -> Option<Self> {
        let service: String = service
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '_' })
            .collect();
        let parent = parent()?;
        let dir = Utf8PathBuf::from_path_buf(parent).ok()?;
        let dir = dir.join(format!("{PREFIX}{session}-{service}"));
        // One that is there is of an earlier run of the service, and empty by now.
        if let Err(error) = fs::create_dir(&dir)
            && error.kind() != io::ErrorKind::AlreadyExists
        {
            return None;
        }
        let before = refusals(&dir);
        let cage = Self { dir, before };
        fs::write(cage.dir.join("pids.max"), most.to_string()).ok()?;
        cage.entrance().ok()?;
        Some(cage)
    }

    /// Who writes `0` here, goes in.
    pub(in crate::system::process) fn entrance(&self) -> io::Result<File> {
        let procs = self.dir.join("cgroup.procs");
        OpenOptions::new().write(true).open(procs)
    }

    /// Whether a process or thread was refused so far.
    #[must_use]
    pub fn has_refused(&self) -> bool {
        refusals(&self.dir) > self.before
    }
}

/// How often a group has refused a process or thread.
fn refusals(dir: &Utf8Path) -> u64 {
    let events = fs::read_to_string(dir.join("pids.events")).unwrap_or_default();
    let count = |line: &str| line.strip_prefix("max ")?.trim().parse().ok();
    events.lines().find_map(count).unwrap_or_default()
}

impl Drop for Cage {
    /// What is not empty yet is removed at the session's end.
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.dir);
    }
}

/// Removes what is left of a session's groups.
pub fn clear(session: &str) {
    let own = format!("{PREFIX}{session}-");
    let entries = parent().and_then(|dir| fs::read_dir(dir).ok());
    for entry in entries.into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&own) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// How many processes and threads there are on the whole machine: one short file tells.
#[must_use]
pub fn tasks() -> Option<u32> {
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    load.split(' ').nth(3)?.split('/').nth(1)?.parse().ok()
}

/// The group that we are in, where groups below it can bound their processes.
fn parent() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let (dir, version) = find(&mounts, &groups)?;
    if version == 1 {
        return Some(dir);
    }
    let control = dir.join("cgroup.subtree_control");
    let has_pids = |control: &Path| {
        fs::read_to_string(control)
            .is_ok_and(|text| text.split_ascii_whitespace().any(|name| name == "pids"))
    };
    // Only an empty group, or the uppermost one, can pass its controllers on.
    (has_pids(&control) || fs::write(&control, "+pids").is_ok() && has_pids(&control))
        .then_some(dir)
}

/// Where the controller is mounted, with our own group in it, and in which version.
fn find(mounts: &str, groups: &str) -> Option<(PathBuf, u8)> {
    let own = |wanted: &dyn Fn(&str, &str) -> bool| {
        groups.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            wanted(number, controllers).then_some(path)
        })
    };
    // … ID PARENT DEVICE ROOT PLACE OPTIONS… - TYPE SOURCE OPTIONS
    let mounted = |kind: &str, option: Option<&str>| {
        mounts.lines().find_map(|line| {
            let (place, filesystem) = line.split_once(" - ")?;
            let mut place = place.split(' ').skip(3);
            let (root, place) = (place.next()?, place.next()?);
            let mut filesystem = filesystem.split(' ');
            let is_it = filesystem.next()? == kind
                && option.is_none_or(|option| {
                    let options = filesystem.nth(1).unwrap_or_default();
                    options.split(',').any(|one| one == option)
                });
            is_it.then_some((root, place))
        })
    };
    let below = |(root, place): (&str, &str), path: &str| {
        let path = Utf8Path::new(path);
        let path = path.strip_prefix(root).unwrap_or(path);
        Path::new(place).join(path.as_str().trim_start_matches('/'))
    };
    if let (Some(mount), Some(path)) = (
        mounted("cgroup", Some("pids")),
        own(&|_, controllers| controllers.split(',').any(|one| one == "pids")),
    ) {
        return Some((below(mount, path), 1));
    }
    let mount = mounted("cgroup2", None)?;
    let path = own(&|number, _| number == "0")?;
    Some((below(mount, path), 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_group_is_found_in_both_versions() {
        let first = "30 24 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
                     31 24 0:28 /docker/x /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n\
                     32 24 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        assert_eq!(
            find(first, "8:pids:/docker/x/y\n1:cpu:/\n0::/\n"),
            Some((PathBuf::from("/sys/fs/cgroup/pids/y"), 1))
        );
        let second =
            "29 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
        assert_eq!(
            find(second, "0::/user.slice/session-2.scope\n"),
            Some((
                PathBuf::from("/sys/fs/cgroup/user.slice/session-2.scope"),
                2
            ))
        );
        assert_eq!(find("", "0::/\n"), None);
    }

    #[test]
    fn the_machine_has_tasks() {
        assert!(tasks().is_some_and(|tasks| tasks > 1));
    }
}
