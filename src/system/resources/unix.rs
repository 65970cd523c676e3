//! Unix: `statvfs`, `getrlimit`, `/proc`.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::io;

use camino::Utf8Path;
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::statvfs::{FsFlags, statvfs};

use super::{Disk, Enclosure, OpenFiles, Watches, Watching};

/// Room on the disk that holds `path`.
///
/// # Errors
/// The system's.
pub fn disk(path: &Utf8Path) -> io::Result<Disk> {
    let stat = statvfs(path.as_std_path())?;
    // The fields differ in width among the systems.
    let wide = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
    let size = u128::from(stat.fragment_size());
    let files = u128::from(stat.files());
    Ok(Disk {
        free: wide(u128::from(stat.blocks_available()) * size),
        total: wide(u128::from(stat.blocks()) * size),
        free_files: (files > 0).then(|| wide(u128::from(stat.files_available()))),
        read_only: stat.flags().contains(FsFlags::ST_RDONLY),
    })
}

/// How many files a process may have open.
#[must_use]
pub fn open_files() -> Option<OpenFiles> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    Some(OpenFiles {
        soft,
        hard,
        may_rise: may_raise_limits(),
    })
}

/// Whether anybody here may have `CAP_SYS_RESOURCE`: what is outside the bounding set comes back by no
/// means, see capabilities(7). Systems without capabilities have no such bound.
fn may_raise_limits() -> bool {
    const CAP_SYS_RESOURCE: u32 = 24;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bound = status.lines().find_map(|line| line.strip_prefix("CapBnd:"));
    let bound = bound.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bound.is_none_or(|bits| bits >> CAP_SYS_RESOURCE & 1 == 1)
}

/// How much may be watched; only Linux has such a limit.
#[must_use]
pub fn watches() -> Option<Watches> {
    let read = |name: &str| {
        let text = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?;
        text.trim().parse().ok()
    };
    Some(Watches {
        watches: read("max_user_watches")?,
        instances: read("max_user_instances")?,
    })
}

/// Who watches files, as far as we may see: the most watches first. Only Linux tells.
#[must_use]
pub fn watchers() -> Vec<Watching> {
    let mut all: Vec<Watching> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let (mut instances, mut watches) = (0, 0);
            for file in std::fs::read_dir(entry.path().join("fdinfo"))
                .ok()?
                .flatten()
            {
                // Reading what stands about a file that is being closed fails; it watches nothing.
                let text = std::fs::read_to_string(file.path()).unwrap_or_default();
                let lines = text
                    .lines()
                    .filter(|line| line.starts_with("inotify "))
                    .count();
                if lines > 0 {
                    instances += 1;
                    watches += lines as u64;
                }
            }
            let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            (watches > 0).then(|| Watching {
                name: name.trim().to_owned(),
                pid,
                watches,
                instances,
            })
        })
        .collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.watches));
    all
}

/// Whether we run in a container or in a service, and in which.
#[must_use]
pub fn enclosure() -> Enclosure {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let groups = read("/proc/self/cgroup");
    if let Some((engine, id)) = super::container_of(&read("/proc/self/mountinfo"), &groups) {
        return Enclosure::Container {
            engine,
            id: Some(id),
        };
    }
    let there = |path: &str| std::fs::exists(path).unwrap_or(false);
    let podman = there("/run/.containerenv");
    if podman || there("/.dockerenv") || there("/run/systemd/container") {
        return Enclosure::Container {
            engine: if podman { "podman" } else { "docker" },
            id: None,
        };
    }
    super::service_of(&groups).map_or(Enclosure::None, Enclosure::Service)
}

/// The shell that we were typed in, or whoever else started us.
#[must_use]
pub fn parent() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

/// Whether we may do everything already.
#[must_use]
pub fn is_admin() -> bool {
    nix::unistd::geteuid().is_root()
}
