//! Says of what takes long that it is waited for.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long is waited without a word.
pub(super) const QUIET: Duration = Duration::from_secs(30);

/// Runs something, and tells after each `quiet` time how long it has been running.
pub(super) fn with<T>(
    quiet: Duration,
    tell: impl Fn(Duration) + Send,
    run: impl FnOnce() -> T,
) -> T {
    let began = Instant::now();
    let (ended, waits) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while waits.recv_timeout(quiet) == Err(RecvTimeoutError::Timeout) {
                tell(began.elapsed());
            }
        });
        let came = run();
        drop(ended);
        came
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn what_takes_long_is_told_while_it_runs() {
        let (told, tells) = channel();
        let tell = move |_| {
            let _ = told.send(());
        };
        // It ends once it was told.
        let came = with(Duration::from_millis(1), tell, || tells.recv().is_ok());
        assert!(came);
    }
}
