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
