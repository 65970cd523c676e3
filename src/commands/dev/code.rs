//! The exit code of a session.

use crate::exit::Exit;
use crate::service::Ending;
use crate::service::fleet::{Outcome, Reason};

use super::Request;

/// How the run ends, by how the session ended and by what it was for.
pub(super) fn of(outcome: Outcome, request: &Request) -> Exit {
    let exit = session(outcome);
    if request.exec.is_some() {
        return guest(outcome, exit);
    }
    let by_itself = matches!(outcome.reason, Some(Reason::Service(_)) | None);
    // Whoever waits for "all ready" is not served by a service that ends with success.
    if exit == Exit::Clean && request.until_ready && by_itself {
        return Exit::Findings;
    }
    // Whoever starts one in the background counts on it.
    let is_gone = !outcome.ready && outcome.reason == Some(Reason::Asked);
    if exit == Exit::Clean && request.detached && is_gone {
        return Exit::Findings;
    }
    exit
}

fn session(outcome: Outcome) -> Exit {
    let failed = || outcome.failed.map(|(_, ending)| ended(ending));
    match outcome.reason {
        Some(Reason::Signal(number)) if outcome.killed => Exit::Signal(number),
        Some(Reason::Signal(2) | Reason::Asked | Reason::AllReady) => Exit::Clean,
        Some(Reason::Signal(number)) => Exit::Signal(number),
        Some(Reason::OutputClosed) => Exit::UNREAD,
        Some(Reason::TooSlow) => Exit::Unreachable,
        Some(Reason::GuardDied | Reason::KeeperDied) => Exit::Program(Exit::BUG),
        Some(Reason::Without(_)) => Exit::Findings,
        Some(Reason::Service(_)) => failed().unwrap_or(Exit::Findings),
        None => failed().unwrap_or(Exit::Clean),
    }
}

/// With a command for whose sake all the others run, its end alone counts. Without one there is no
/// success, however well everything else went: nothing was tested.
fn guest(outcome: Outcome, session: Exit) -> Exit {
    match (outcome.guest, outcome.reason) {
        // The calling shell is to see it as if it had run the command itself.
        (Some(Ending::Signal(number)), _) | (None, Some(Reason::Signal(number))) => {
            Exit::Signal(number)
        }
        (Some(ending), _) => ended(ending),
        (None, _) if session == Exit::Clean => Exit::Findings,
        (None, _) => session,
    }
}

fn ended(ending: Ending) -> Exit {
    match (ending, ending.shell_code()) {
        (Ending::Unstarted, _) => Exit::Unreachable,
        (_, 0) => Exit::Clean,
        (_, code) => Exit::Program(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Outcome = Outcome {
        reason: None,
        failed: None,
        guest: None,
        killed: false,
        ready: false,
    };

    #[test]
    fn with_a_command_only_its_own_end_is_a_success() {
        let well = Some((0, Ending::Code(0)));
        for reason in [
            None,
            Some(Reason::Service(0)),
            Some(Reason::Signal(2)),
            Some(Reason::Signal(15)),
            Some(Reason::Asked),
            Some(Reason::TooSlow),
            Some(Reason::OutputClosed),
        ] {
            let never = Outcome {
                reason,
                failed: well,
                ..NOTHING
            };
            assert_ne!(guest(never, session(never)), Exit::Clean, "{reason:?}");
            let done = Outcome {
                guest: Some(Ending::Code(0)),
                failed: Some((0, Ending::Code(1))),
                ..never
            };
            assert_eq!(guest(done, session(done)), Exit::Clean, "{reason:?}");
        }
    }

    #[test]
    fn the_code_is_the_commands_whatever_ended_before_it() {
        let outcome = |ending| Outcome {
            reason: Some(Reason::Service(1)),
            failed: Some((0, Ending::Code(1))),
            guest: Some(ending),
            killed: false,
            ready: false,
        };
        for (ending, exit) in [
            (Ending::Code(5), Exit::Program(5)),
            (Ending::Signal(2), Exit::Signal(2)),
            (Ending::Signal(9), Exit::Signal(9)),
            (Ending::Unstarted, Exit::Unreachable),
        ] {
            let outcome = outcome(ending);
            assert_eq!(guest(outcome, session(outcome)), exit);
        }
    }
}
