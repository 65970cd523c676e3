//! This machine's clock against those of servers elsewhere.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::text::duration;
use crate::toolchain::Installers;

use super::postgres::databases;
use super::supabase::projects;

/// The clock is wrong.
pub(super) static SKEW: Rule = Rule {
    code: "machine/clock",
    severity: Severity::Error,
    summary: "this machine's clock differs from that of a server",
    text: "\
Tokens carry times: with a clock that is wrong, a fresh one is not valid yet or has expired already,
and signed requests to storage are refused.

Way out: switch on the system's time synchronisation with the command that is printed.",
};

pub(super) static RULES: &[&Rule] = &[&SKEW];

/// An HTTP date has whole seconds, and an answer is under way for a while.
const BLUR: f64 = 2.0;

/// From here on tokens are refused.
const WRONG: f64 = 30.0;

/// What another machine's clock said.
struct Reading {
    who: String,
    /// Theirs minus ours, in seconds.
    ahead: f64,
}

pub(super) fn ask(facts: &Facts) -> Answer {
    if facts.questions.offline {
        return Answer::skipped("offline");
    }
    let databases = databases(facts).iter().filter_map(|database| {
        // This machine's own servers have this machine's clock.
        let known = database
            .state
            .as_ref()
            .ok()
            .filter(|_| !database.server.endpoint.is_local())?;
        Some(Reading {
            who: database.server.endpoint.host.clone(),
            ahead: known.clock - seconds(known.asked),
        })
    });
    let projects = projects(facts).iter().filter_map(|project| {
        let (date, at) = project.date()?;
        Some(Reading {
            who: project.host().to_owned(),
            ahead: seconds(date) - seconds(at),
        })
    });
    let readings: Vec<Reading> = databases.chain(projects).collect();
    judge(&readings, facts.installers())
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0.0, |time| time.as_secs_f64())
}

fn judge(readings: &[Reading], installers: &Installers) -> Answer {
    let Some(reading) = readings
        .iter()
        .max_by(|one, other| one.ahead.abs().total_cmp(&other.ahead.abs()))
    else {
        return Answer::skipped("no server elsewhere told its time");
    };
    let off = Duration::from_secs_f64(reading.ahead.abs().min(1e12));
    if reading.ahead.abs() <= BLUR {
        return Answer::found(format!("agrees with {}", reading.who));
    }
    let direction = if reading.ahead > 0.0 {
        "behind"
    } else {
        "ahead of"
    };
    let message = format!(
        "this clock is {} {direction} that of {}",
        duration(off),
        reading.who
    );
    let cure = cure(reading.ahead, installers);
    let severity = if reading.ahead.abs() < WRONG {
        Severity::Warning
    } else {
        Severity::Error
    };
    let finding = Finding::new(&SKEW, message)
        .severity(severity)
        .subject("clock")
        .note(format!(
            "{KEEP} keeps it right; a container has the clock of its host"
        ));
    Answer::default().mended_by(finding, cure)
}

/// What a service of the system does from then on.
const KEEP: &str = if cfg!(windows) {
    "w32tm /resync"
} else if cfg!(target_os = "macos") {
    "sudo systemsetup -setusingnetworktime on"
} else {
    "timedatectl set-ntp true"
};

/// Sets the clock by the server that was asked: not every network lets the protocol for time through,
/// not every machine has a service for it, and that one takes its time.
pub(super) fn cure(ahead: f64, installers: &Installers) -> Cure {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds that fit into any clock"
    )]
    let seconds = ahead.clamp(-1e12, 1e12).round() as i64;
    let sum = format!("$(( $(date +%s) + {seconds} ))");
    if cfg!(windows) {
        Cure::ending(format!(
            "powershell Set-Date (Get-Date).AddSeconds({seconds})"
        ))
    } else if cfg!(target_os = "macos") {
        Cure::ending(installers.as_admin(&format!("date -f %s {sum}")))
    } else {
        Cure::ending(installers.as_admin(&format!("date -s @{sum}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn the_farthest_clock_decides() {
        let read = |ahead| Reading {
            who: "db.example.com".to_owned(),
            ahead,
        };
        let judged = |readings: &[Reading]| judge(readings, &Installers::default());
        assert_eq!(judged(&[]).status(), Status::Skipped);
        assert_eq!(judged(&[read(0.4)]).status(), Status::Pass);
        assert_eq!(judged(&[read(0.1), read(-12.0)]).status(), Status::Warn);
        let wrong = judged(&[read(185.0)]);
        assert_eq!(
            wrong.findings[0].message,
            "this clock is 3 min 5 s behind that of db.example.com"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_cure_moves_the_clock_by_what_was_seen() {
        let line = |ahead| cure(ahead, &Installers::default()).line;
        assert_eq!(line(185.4), "sudo date -s @$(( $(date +%s) + 185 ))");
        assert_eq!(line(-3600.0), "sudo date -s @$(( $(date +%s) + -3600 ))");
    }
}
