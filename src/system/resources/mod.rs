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
}

/// How much of the file system may be watched for changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watches {
    /// Folders and files for each user.
    pub watches: u64,
    /// Watchers for each user.
    pub instances: u64,
}

pub use os::{disk, is_admin, open_files, watches};

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
