//! Windows: a file is the one that has the same whole name.

use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{AsRawHandle, RawHandle};
use std::path::{Path, PathBuf};

use camino::Utf8Path;
use windows_sys::Win32::Storage::FileSystem::{FILE_NAME_NORMALIZED, GetFinalPathNameByHandleW};

pub(super) fn goes_to(file: &Utf8Path) -> bool {
    let Ok(there) = file.canonicalize() else {
        return false;
    };
    let is_it = |ours: RawHandle| name(ours).as_deref() == Some(Path::new(&there));
    is_it(std::io::stdout().as_raw_handle()) || is_it(std::io::stderr().as_raw_handle())
}

/// Windows gives every program a handle, be it one that leads nowhere.
pub(super) fn is_closed() -> bool {
    false
}

/// The whole name of an open file, as `canonicalize` has it; none of a console or a pipe.
#[expect(unsafe_code, reason = "the library has no name for an open file")]
fn name(handle: RawHandle) -> Option<PathBuf> {
    let mut name = vec![0_u16; 1024];
    let room = u32::try_from(name.len()).ok()?;
    // SAFETY: the buffer is as long as it is said to be, and the handle is open as long as we are.
    let length =
        unsafe { GetFinalPathNameByHandleW(handle, name.as_mut_ptr(), room, FILE_NAME_NORMALIZED) };
    let length = usize::try_from(length).ok()?;
    (length > 0)
        .then(|| name.get(..length))
        .flatten()
        .map(|name| PathBuf::from(std::ffi::OsString::from_wide(name)))
}
