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

pub use os::{disk, enclosure, is_admin, open_files, parent, watchers, watches};

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

/// What gives a process less than the machine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enclosure {
    /// Nothing: a terminal of this machine.
    None,
    /// A container.
    Container {
        /// The program on its host that knows it: `docker`, `podman`.
        engine: &'static str,
        /// What that program knows it by, where it can be told from inside. It is not the host name,
        /// which whoever starts a container may choose.
        id: Option<String>,
    },
    /// A service of systemd's: its unit.
    Service(String),
}

/// The container whose files are mounted here: Docker and Podman lend it its `/etc/hostname` out of a
/// folder that has the whole ID for its name. Else that of its control group, where it sees that.
#[cfg(unix)]
fn container_of(mounts: &str, groups: &str) -> Option<(&'static str, String)> {
    let is_id = |part: &&str| part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let id = |path: &str| {
        path.split(['/', '-', '.', ':'])
            .find(is_id)
            .and_then(|id| Some(id.get(..12)?.to_owned()))
    };
    let mounted = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(3);
        let (root, target) = (fields.next()?, fields.next()?);
        matches!(target, "/etc/hostname" | "/etc/resolv.conf").then_some(root)
    });
    let groups = groups
        .lines()
        .filter(|line| line.contains("docker") || line.contains("libpod"));
    mounted.chain(groups).find_map(|path| {
        let podman = ["overlay-containers", "libpod"]
            .iter()
            .any(|it| path.contains(it));
        Some((if podman { "podman" } else { "docker" }, id(path)?))
    })
}

/// The unit of systemd's that a process belongs to, by its control groups; a login is none.
#[cfg(unix)]
fn service_of(groups: &str) -> Option<String> {
    let paths = groups
        .lines()
        .filter(|line| line.starts_with("0::") || line.contains(":name=systemd:"));
    paths
        .filter_map(|line| line.rsplit(':').next())
        .filter(|path| !path.starts_with("/user.slice"))
        .flat_map(|path| path.split('/'))
        .find(|part| part.ends_with(".service"))
        .map(str::to_owned)
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

    #[cfg(unix)]
    #[test]
    fn a_container_is_known_by_what_its_host_calls_it() {
        let id = "0f9a".repeat(16);
        let docker = format!(
            "21 20 0:5 / /proc rw - proc proc rw\n22 20 8:1 /var/lib/docker/containers/{id}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n"
        );
        let short = "0f9a0f9a0f9a".to_owned();
        assert_eq!(container_of(&docker, ""), Some(("docker", short.clone())));
        let podman = format!(
            "22 20 0:9 /containers/overlay-containers/{id}/userdata/hostname /etc/hostname rw - tmpfs tmpfs rw\n"
        );
        assert_eq!(container_of(&podman, ""), Some(("podman", short.clone())));
        let group = format!("12:pids:/docker/{id}\n");
        assert_eq!(container_of("", &group), Some(("docker", short.clone())));
        let scope = format!("0::/machine.slice/libpod-{id}.scope\n");
        assert_eq!(container_of("", &scope), Some(("podman", short)));
        // Somebody's folder may have such a name, too.
        assert_eq!(
            container_of(&format!("1 2 0:1 /{id} /mnt rw - x y rw"), "0::/\n"),
            None
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_service_of_systemd_is_told_from_a_login() {
        let of = |groups| service_of(groups);
        assert_eq!(
            of("0::/system.slice/actions.runner.service\n").as_deref(),
            Some("actions.runner.service")
        );
        assert_eq!(
            of("0::/user.slice/user-0.slice/user@0.service/app.slice\n"),
            None
        );
        assert_eq!(of("0::/\n8:pids:/x.service\n"), None);
    }

    #[test]
    fn this_machine_has_something_left() {
        let disk = disk(camino::Utf8Path::new(".")).expect("a disk");
        assert!(disk.total >= disk.free && disk.total > 0);
        let memory = memory().expect("memory");
        assert!(memory.total >= memory.available);
        assert!(open_files().is_none_or(|files| files.soft <= files.hard));
    }
}
