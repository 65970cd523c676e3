//! Windows: the list of disks; the other limits do not exist there.

use std::io;

use camino::Utf8Path;

use super::{Disk, OpenFiles, Watches};

/// Room on the disk that holds `path`.
///
/// # Errors
/// When no disk holds it.
pub fn disk(path: &Utf8Path) -> io::Result<Disk> {
    let path = path.canonicalize_utf8()?;
    let path = Utf8Path::new(path.as_str().trim_start_matches(r"\\?\")).to_owned();
    let disks = sysinfo::Disks::new_with_refreshed_list().map_err(io::Error::other)?;
    let holds = |disk: &&sysinfo::Disk| path.as_std_path().starts_with(disk.mount_point());
    let disk = disks
        .iter()
        .filter(holds)
        .max_by_key(|disk| disk.mount_point().as_os_str().len())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no disk holds this folder"))?;
    Ok(Disk {
        free: disk.available_space(),
        total: disk.total_space(),
        free_files: None,
        read_only: disk.is_read_only(),
    })
}

/// Windows has no such limit.
#[must_use]
pub fn open_files() -> Option<OpenFiles> {
    None
}

/// Windows has no such limit.
#[must_use]
pub fn watches() -> Option<Watches> {
    None
}

/// What is printed is for a console of the user.
#[must_use]
pub fn is_admin() -> bool {
    false
}
