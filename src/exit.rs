//! Exit codes, the same for every command.

/// How a run ended, as the calling shell or pipeline sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to say, or only things below the threshold.
    Clean,
    /// Findings, or the work failed.
    Findings,
    /// Bad usage or configuration.
    Usage,
    /// Something needed could not be reached or run.
    Unreachable,
    /// A lock or a running supervisor is in the way.
    Busy,
    /// A generated file or a database is out of date (`--check` modes).
    Stale,
    /// The exit code of the program that was run for the user.
    Program(u8),
    /// Interrupted: after the clean-up the process dies by this signal number.
    Signal(i32),
}

impl Exit {
    /// Nobody reads any more what we print: SIGPIPE, as other programs die then.
    pub const UNREAD: Self = Self::Signal(13);

    /// A bug of ours: a panic, or an invariant that does not hold.
    pub const BUG: u8 = 101;

    /// The process exit code. For [`Exit::Signal`] it is what a shell would show
    /// where a process cannot die by a signal (128 + number).
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Busy => 4,
            Self::Stale => 5,
            Self::Program(code) => code,
            Self::Signal(number) => u8::try_from(128 + number).unwrap_or(u8::MAX),
        }
    }
}
