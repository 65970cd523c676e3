//! What this machine has left: disk, memory, file handles, file watches.

#[cfg(unix)]
#[path = "unix.rs"]
mod os;
#[cfg(windows)]
#[path = "windows.rs"]
mod os;

/// Room on the disk that holds a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Bytes that we may still write.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
    /// Files that may still be made; none where there is no such limit.
    pub free_files: Option<u64>,
    /// Whether nothing can be written at all.
    pub read_only: bool,
}

/// Memory of this machine, or of the container that we are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Bytes that programs may still have without swapping.
    pub available: u64,
    /// Bytes in all.
    pub total: u64,
    /// Whether a container's limit is what binds.
    pub limited: bool,
}

/// How many files a process may have open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFiles {
    /// The limit that holds.
    pub soft: u64,
    /// The limit up to which a process may raise it.
    pub hard: u64,
    /// Whether an administrator may raise that one, too: in most containers nobody may.
    pub may_rise: bool,
}

/// How much of the file system may be watched for changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watches {
    /// Folders and files for each user.
    pub watches: u64,
    /// Watchers for each user.
    pub instances: u64,
}

pub use os::{disk, is_admin, open_files, parent, watchers, watches};

/// Whether one more folder can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It can.
    Left,
    /// Every watch that this user may have is taken.
    NoWatches,
    /// This user may have no more watchers.
    NoWatchers,
}

/// Who watches files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watching {
    /// The program's name.
    pub name: String,
    /// Its process.
    pub pid: u32,
    /// Files and folders that it watches.
    pub watches: u64,
    /// Watchers that it has.
    pub instances: u64,
}

/// Tries it: a limit that is high enough may be used up.
#[must_use]
pub fn watch_room(dir: &camino::Utf8Path) -> Room {
    use notify::{ErrorKind, RecursiveMode, Watcher as _};
    // 24 is EMFILE wherever there is such a limit.
    let few = |error: &notify::Error| matches!(&error.kind, ErrorKind::Io(io) if io.raw_os_error() == Some(24));
    let mut watcher = match notify::recommended_watcher(|_: notify::Result<notify::Event>| {}) {
        Ok(watcher) => watcher,
        Err(error) if few(&error) => return Room::NoWatchers,
        Err(_) => return Room::Left,
    };
    match watcher.watch(dir.as_std_path(), RecursiveMode::NonRecursive) {
        Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => Room::NoWatches,
        _ => Room::Left,
    }
}

/// What this machine calls itself.
#[must_use]
pub fn host_name() -> Option<String> {
    sysinfo::System::host_name()
        .ok()
        .filter(|name| !name.is_empty())
}

/// What this container calls itself, which is what its host knows it by.
#[must_use]
pub fn container_name() -> String {
    host_name().unwrap_or_else(|| "CONTAINER".to_owned())
}

/// Memory now.
#[must_use]
pub fn memory() -> Option<Memory> {
    let mut system = sysinfo::System::new().ok()?;
    system.refresh_memory();
    let (total, available) = (system.total_memory(), system.available_memory());
    let limits = system
        .cgroup_limits()
        .filter(|limits| limits.total_memory > 0 && limits.total_memory < total);
    let memory = match limits {
        Some(limits) => Memory {
            available: limits.free_memory.min(available),
            total: limits.total_memory,
            limited: true,
        },
        None => Memory {
            available,
            total,
            limited: false,
        },
    };
    (memory.total > 0).then_some(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_something_left() {
        let disk = disk(camino::Utf8Path::new(".")).expect("a disk");
        assert!(disk.total >= disk.free && disk.total > 0);
        let memory = memory().expect("memory");
        assert!(memory.total >= memory.available);
        assert!(open_files().is_none_or(|files| files.soft <= files.hard));
    }
}
