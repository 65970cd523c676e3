//! Whether somebody still reads what we print.

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
