//! The names of signals that end processes, with what they mean.

/// A signal's name and its meaning, on the platform that this was built for.
#[must_use]
pub fn name(number: i32) -> Option<(&'static str, &'static str)> {
    shared(number).or_else(|| {
        if cfg!(any(target_os = "linux", target_os = "android")) {
            linux(number)
        } else {
            bsd(number)
        }
    })
}

/// Those that have one number everywhere.
fn shared(number: i32) -> Option<(&'static str, &'static str)> {
    Some(match number {
        1 => ("SIGHUP", "terminal closed"),
        2 => ("SIGINT", "interrupted"),
        3 => ("SIGQUIT", "quit"),
        4 => ("SIGILL", "illegal instruction"),
        5 => ("SIGTRAP", "trap for a debugger"),
        6 => ("SIGABRT", "aborted"),
        8 => ("SIGFPE", "arithmetic error"),
        9 => ("SIGKILL", "killed; out of memory, or by hand"),
        11 => ("SIGSEGV", "segmentation fault"),
        13 => ("SIGPIPE", "reader went away"),
        14 => ("SIGALRM", "alarm"),
        15 => ("SIGTERM", "asked to end"),
        24 => ("SIGXCPU", "too much processor time"),
        25 => ("SIGXFSZ", "file too large"),
        26 => ("SIGVTALRM", "virtual alarm"),
        27 => ("SIGPROF", "profiling alarm"),
        _ => return None,
    })
}

fn linux(number: i32) -> Option<(&'static str, &'static str)> {
    Some(match number {
        7 => ("SIGBUS", "bad memory access"),
        10 => ("SIGUSR1", "a signal of the user's"),
        12 => ("SIGUSR2", "a signal of the user's"),
        16 => ("SIGSTKFLT", "stack fault"),
        29 => ("SIGIO", "input or output possible"),
        30 => ("SIGPWR", "power failure"),
        31 => ("SIGSYS", "forbidden system call"),
        _ => return None,
    })
}

/// macOS has the numbers of the BSDs.
fn bsd(number: i32) -> Option<(&'static str, &'static str)> {
    Some(match number {
        7 => ("SIGEMT", "emulation trap"),
        10 => ("SIGBUS", "bad memory access"),
        12 => ("SIGSYS", "forbidden system call"),
        30 => ("SIGUSR1", "a signal of the user's"),
        31 => ("SIGUSR2", "a signal of the user's"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_name_on_a_platform() {
        for number in 0..65 {
            let others = [linux(number), bsd(number)];
            let is_twice = shared(number).is_some() && others.iter().any(Option::is_some);
            assert!(!is_twice, "{number}");
        }
        assert_eq!(linux(7).map(|it| it.0), Some("SIGBUS"));
        assert_eq!(bsd(10).map(|it| it.0), Some("SIGBUS"));
    }

    #[cfg(unix)]
    #[test]
    fn names_are_the_systems() {
        use nix::sys::signal::Signal;
        // What stops, goes on or is ignored ends nothing.
        let harmless = [
            Signal::SIGCHLD,
            Signal::SIGCONT,
            Signal::SIGSTOP,
            Signal::SIGTSTP,
            Signal::SIGTTIN,
            Signal::SIGTTOU,
            Signal::SIGURG,
            Signal::SIGWINCH,
        ];
        let ends = |signal: &Signal| !harmless.contains(signal);
        for signal in Signal::iterator().filter(ends) {
            let known = name(signal as i32).map(|it| it.0);
            let is_ignored =
                cfg!(target_os = "macos") && ["SIGINFO", "SIGIO"].contains(&signal.as_str());
            assert_eq!(known, (!is_ignored).then_some(signal.as_str()), "{signal}");
        }
    }
}
