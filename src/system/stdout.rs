//! Whether somebody still reads what we print, and who gets our stdout.

/// Waits, for ever if need be, until nobody reads our stdout any more. False when that cannot be
/// told: then the next write tells it.
#[cfg(unix)]
#[must_use]
pub fn wait_until_unread() -> bool {
    use std::os::fd::AsFd;

    use nix::errno::Errno;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    let stdout = std::io::stdout();
    // A terminal that closes sends a signal, which says more.
    if std::io::IsTerminal::is_terminal(&stdout) {
        return false;
    }
    loop {
        let mut asked = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
        match poll(&mut asked, PollTimeout::NONE) {
            Err(Errno::EINTR) => {}
            Err(_) => return false,
            Ok(_) => {
                return asked[0]
                    .revents()
                    .is_some_and(|seen| seen.intersects(PollFlags::POLLERR | PollFlags::POLLHUP));
            }
        }
    }
}

/// So many bytes a pipe takes whole, or says that it is full.
#[cfg(unix)]
pub const WHOLE: usize = nix::libc::PIPE_BUF;

/// Whether our stdout is a pipe, for which [`takes`] can tell.
#[cfg(unix)]
#[must_use]
pub fn is_pipe() -> bool {
    use nix::sys::stat::{SFlag, fstat};

    fstat(std::io::stdout()).is_ok_and(|stat| {
        let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
        kind == SFlag::S_IFIFO
    })
}

/// Whether a pipe takes so many bytes now, without waiting for its reader. POSIX promises that for
/// few bytes and a pipe that can be written to.
#[cfg(unix)]
#[must_use]
pub fn takes(bytes: usize) -> bool {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    let stdout = std::io::stdout();
    let mut asked = [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)];
    bytes <= WHOLE
        && poll(&mut asked, PollTimeout::ZERO).is_ok_and(|answers| answers > 0)
        && asked[0].revents() == Some(PollFlags::POLLOUT)
}

/// Whether a few bytes on stderr go without waiting for whoever reads it: it may be the same reader.
#[cfg(unix)]
#[must_use]
pub fn stderr_takes() -> bool {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    let stderr = std::io::stderr();
    let mut asked = [PollFd::new(stderr.as_fd(), PollFlags::POLLOUT)];
    poll(&mut asked, PollTimeout::ZERO).is_ok_and(|answers| answers > 0)
}

/// Windows does not tell, and nothing there is a pipe that could.
#[cfg(windows)]
pub const WHOLE: usize = 4096;

/// Windows does not tell.
#[cfg(windows)]
#[must_use]
pub fn stderr_takes() -> bool {
    true
}

/// Windows does not tell.
#[cfg(windows)]
#[must_use]
pub fn is_pipe() -> bool {
    false
}

/// Windows does not tell.
#[cfg(windows)]
#[must_use]
pub fn takes(_bytes: usize) -> bool {
    false
}

/// Windows has nothing to wait for: the next write tells it.
#[cfg(windows)]
#[must_use]
pub fn wait_until_unread() -> bool {
    false
}

/// From now on what we print goes to stderr; our stdout as it was is given away.
///
/// # Errors
/// When one of the two is not open.
#[cfg(unix)]
pub fn divert() -> std::io::Result<std::fs::File> {
    use std::os::fd::AsFd;

    let kept = std::io::stdout().as_fd().try_clone_to_owned()?;
    nix::unistd::dup2_stdout(std::io::stderr())?;
    Ok(kept.into())
}

/// From now on what we print goes to stderr; our stdout as it was is given away.
///
/// # Errors
/// When one of the two is not open.
#[cfg(windows)]
#[expect(unsafe_code, reason = "the console interface has no safe wrapper")]
pub fn divert() -> std::io::Result<std::fs::File> {
    use std::os::windows::io::{AsHandle, AsRawHandle};
    use windows_sys::Win32::System::Console::{STD_OUTPUT_HANDLE, SetStdHandle};

    let kept = std::io::stdout().as_handle().try_clone_to_owned()?;
    // SAFETY: takes a handle that stays open as long as the process lives.
    let set = unsafe { SetStdHandle(STD_OUTPUT_HANDLE, std::io::stderr().as_raw_handle()) };
    if set == 0 {
        return Err(std::io::Error::last_os_error());
    }
    Ok(kept.into())
}
