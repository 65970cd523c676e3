//! How a process ended, in words.

use std::fmt;

use super::signals;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It was called off before it ran.
    Aborted,
    /// It could not be started.
    Unstarted,
}

impl Ending {
    /// Whether a task that ended so has done its work.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }

    /// Whether somebody else ended it: what it said before has nothing to do with that. A shell or a
    /// runner makes a code of the signal that ended what it ran.
    #[must_use]
    pub fn is_from_outside(self) -> bool {
        matches!(self.signal(), Some(1 | 2 | 3 | 9 | 15)) || self.status() == Some(0xC000_013A)
    }

    /// Whether it came in the middle of anything, without time for a word: by a fault, or by a signal that
    /// nobody listened for. What it said before has nothing to do with that. Who aborts has said why.
    #[must_use]
    pub fn is_sudden(self) -> bool {
        // SIGILL, SIGFPE, SIGSEGV, SIGPIPE and SIGALRM have one number everywhere. SIGBUS, SIGSYS and the
        // two of users have others on macOS; none of theirs is a program's own way to end.
        matches!(self.signal(), Some(4 | 7 | 8 | 10..=14 | 30 | 31))
            || matches!(
                self.status(),
                Some(0xC000_0005 | 0xC000_001D | 0xC000_0094 | 0xC000_00FD | 0xC000_0374)
            )
    }

    /// The signal that ended it, or what it ran.
    fn signal(self) -> Option<i32> {
        match self {
            Self::Signal(number) => Some(number),
            Self::Code(code @ 129..) => Some(code - 128),
            _ => None,
        }
    }

    /// What ended it on Windows: exit codes of Unix are 0 to 255, and below zero is an NTSTATUS.
    fn status(self) -> Option<u32> {
        match self {
            Self::Code(code @ ..0) => Some(code.cast_unsigned()),
            _ => None,
        }
    }

    /// The exit code as a shell shows it: 128 + number for a signal.
    #[must_use]
    pub fn shell_code(self) -> u8 {
        let code = match self {
            Self::Code(code) => code,
            Self::Signal(number) => 128 + number,
            Self::Aborted | Self::Unstarted => 1,
        };
        u8::try_from(code).unwrap_or(1)
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Below zero is an NTSTATUS.
            Self::Code(code @ ..0) => match status_meaning(*code) {
                Some(meaning) => write!(f, "status 0x{code:08X} ({meaning})"),
                None => write!(f, "status 0x{code:08X}"),
            },
            // What a shell or a runner makes of a signal that ended the process below it.
            Self::Code(code) => match signals::name(code - 128) {
                Some((name, _)) => write!(f, "exit code {code} (128 + {name})"),
                None => write!(f, "exit code {code}"),
            },
            Self::Signal(number) => match signals::name(*number) {
                Some((name, meaning)) => write!(f, "{name} ({meaning})"),
                // Linux numbers its real-time signals from here on.
                None if cfg!(target_os = "linux") && (34..=64).contains(number) => {
                    write!(f, "SIGRTMIN+{} (a real-time signal)", number - 34)
                }
                None => write!(f, "signal {number}"),
            },
            Self::Aborted => f.write_str("being called off"),
            Self::Unstarted => f.write_str("not being started"),
        }
    }
}

/// What ends processes on Windows, by the numbers that Microsoft documents in `ntstatus.h`.
fn status_meaning(code: i32) -> Option<&'static str> {
    Some(match code.cast_unsigned() {
        0xC000_0005 => "access violation",
        0xC000_0017 => "out of memory",
        0xC000_00FD => "stack overflow",
        0xC000_0135 => "a DLL was not found",
        0xC000_013A => "interrupted",
        0xC000_0142 => "a DLL could not be initialised",
        0xC000_0374 => "heap corruption",
        0xC000_0409 => "aborted",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Ending;

    #[test]
    fn whoever_was_killed_did_not_end_for_what_it_said() {
        for ending in [
            Ending::Signal(9),
            Ending::Signal(15),
            Ending::Code(137),
            Ending::Code(-1_073_741_510),
        ] {
            assert!(ending.is_from_outside(), "{ending}");
        }
        for ending in [
            Ending::Code(0),
            Ending::Code(1),
            Ending::Code(9),
            Ending::Signal(6),
            Ending::Signal(11),
            Ending::Unstarted,
        ] {
            assert!(!ending.is_from_outside(), "{ending}");
        }
    }

    #[test]
    fn a_fault_leaves_no_time_for_words_and_who_aborts_takes_it() {
        for ending in [
            Ending::Signal(4),
            Ending::Signal(7),
            Ending::Signal(8),
            Ending::Signal(11),
            Ending::Code(139),
            Ending::Code(-1_073_741_819),
        ] {
            assert!(ending.is_sudden(), "{ending}");
            assert!(!ending.is_from_outside(), "{ending}");
        }
        for ending in [
            Ending::Code(1),
            Ending::Code(11),
            Ending::Signal(6),
            Ending::Code(134),
            Ending::Code(-1_073_740_791),
            Ending::Unstarted,
        ] {
            assert!(!ending.is_sudden(), "{ending}");
        }
    }

    #[test]
    fn endings_are_said_in_words() {
        // Any program may end with it; what a shell does not find, that says in a line.
        assert_eq!(Ending::Code(127).to_string(), "exit code 127");
        assert_eq!(
            Ending::Signal(9).to_string(),
            "SIGKILL (killed; out of memory, or by hand)"
        );
        assert_eq!(Ending::Code(3).to_string(), "exit code 3");
        #[cfg(target_os = "linux")]
        for (ending, words) in [
            (Ending::Signal(7), "SIGBUS (bad memory access)"),
            (Ending::Code(135), "exit code 135 (128 + SIGBUS)"),
            (Ending::Signal(31), "SIGSYS (forbidden system call)"),
            (Ending::Signal(35), "SIGRTMIN+1 (a real-time signal)"),
        ] {
            assert_eq!(ending.to_string(), words);
        }
        assert_eq!(
            Ending::Code(137).to_string(),
            "exit code 137 (128 + SIGKILL)"
        );
        assert_eq!(
            Ending::Code(-1_073_741_510).to_string(),
            "status 0xC000013A (interrupted)"
        );
        assert_eq!(
            (
                Ending::Signal(15).shell_code(),
                Ending::Code(3).shell_code(),
                Ending::Code(-1).shell_code()
            ),
            (143, 3, 1)
        );
    }
}
