//! Unix: a file is the one that its disk and its number there say, whatever it is called.

use std::fs::{File, Metadata};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;

use camino::Utf8Path;

pub(super) use self::start::is_closed;

/// What the process was given. Before `main` is reached the standard library opens `/dev/null` in the place of a
/// stdout that is closed: only who comes before it can tell.
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod start {
    use std::sync::atomic::{AtomicBool, Ordering};

    use nix::libc;

    static CLOSED: AtomicBool = AtomicBool::new(false);

    #[used]
    #[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
    #[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
    #[expect(
        unsafe_code,
        reason = "the standard library has no word for what comes before it"
    )]
    static LOOK: extern "C" fn() = look;

    #[expect(unsafe_code, reason = "nothing that owns a descriptor is there yet")]
    extern "C" fn look() {
        // SAFETY: asks for the flags of a number, open or not.
        let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
        CLOSED.store(flags == -1, Ordering::Relaxed);
    }

    pub(in super::super) fn is_closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }
}

/// Other systems are not asked.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod start {
    pub(in super::super) fn is_closed() -> bool {
        false
    }
}

pub(super) fn goes_to(file: &Utf8Path) -> bool {
    let Some(there) = file.metadata().ok().filter(Metadata::is_file) else {
        return false;
    };
    let is_it = |ours: BorrowedFd<'_>| {
        let ours = ours.try_clone_to_owned().map(File::from);
        let ours = ours.and_then(|ours| ours.metadata());
        ours.is_ok_and(|ours| (ours.dev(), ours.ino()) == (there.dev(), there.ino()))
    };
    is_it(std::io::stdout().as_fd()) || is_it(std::io::stderr().as_fd())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_prints_into_is_no_output() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("out.txt");
        let file = Utf8Path::from_path(&file).expect("UTF-8");
        crate::system::fs::write_private(file, b"").expect("a file");
        assert!(!goes_to(file) && !goes_to("/no/such/file".into()));
    }
}
