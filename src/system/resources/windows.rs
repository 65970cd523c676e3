//! Windows: the volume that holds a folder; the other limits do not exist there.

use std::io;

use camino::Utf8Path;
use windows_sys::Win32::Storage::FileSystem::{
    GetDiskFreeSpaceExW, GetVolumeInformationW, GetVolumePathNameW,
};
use windows_sys::Win32::System::SystemServices::FILE_READ_ONLY_VOLUME;

use super::{Disk, Enclosure, OpenFiles, Watches, Watching};

/// The longest path that the system hands out here, with its end.
const LONGEST: usize = 32_768;

/// Room on the disk that holds `path`: a drive, a folder where one is mounted, a share of the network.
/// The list of drives would know neither of the last two.
///
/// # Errors
/// The system's.
#[expect(unsafe_code, reason = "the system's own functions")]
pub fn disk(path: &Utf8Path) -> io::Result<Disk> {
    let folder = wide(path.as_str());
    let (mut free, mut total) = (0_u64, 0_u64);
    // SAFETY: `folder` ends with NUL and lives through the call; the numbers are ours, and the one that
    // is null is not asked for.
    let told = unsafe {
        GetDiskFreeSpaceExW(
            folder.as_ptr(),
            &raw mut free,
            &raw mut total,
            std::ptr::null_mut(),
        )
    };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Disk {
        free,
        total,
        free_files: None,
        read_only: is_read_only(&folder).unwrap_or(false),
    })
}

/// Whether nothing can be written to the volume of a folder; none where the system does not tell.
#[expect(unsafe_code, reason = "the system's own functions")]
fn is_read_only(folder: &[u16]) -> Option<bool> {
    let mut volume = vec![0_u16; LONGEST];
    let length = u32::try_from(volume.len()).ok()?;
    // SAFETY: `folder` ends with NUL; `volume` has the length that is given.
    let told = unsafe { GetVolumePathNameW(folder.as_ptr(), volume.as_mut_ptr(), length) };
    if told == 0 {
        return None;
    }
    let mut flags = 0_u32;
    // SAFETY: `volume` was ended with NUL by the call before; whatever is null is not asked for, and the
    // lengths of those are 0.
    let told = unsafe {
        GetVolumeInformationW(
            volume.as_ptr(),
            std::ptr::null_mut(),
            0,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            &raw mut flags,
            std::ptr::null_mut(),
            0,
        )
    };
    (told != 0).then_some(flags & FILE_READ_ONLY_VOLUME != 0)
}

/// A text as the system takes it.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
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

/// There is no limit that could be used up.
#[must_use]
pub fn watchers() -> Vec<Watching> {
    Vec::new()
}

/// What is printed is for a terminal of this machine.
#[must_use]
pub fn enclosure() -> Enclosure {
    Enclosure::None
}

/// Who started us: nothing here can be done to another process by its number.
#[must_use]
pub fn parent() -> Option<u32> {
    None
}

/// What is printed is for a console of the user.
#[must_use]
pub fn is_admin() -> bool {
    false
}
