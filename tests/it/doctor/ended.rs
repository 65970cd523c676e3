//! `doctor --fix` and what it has running when somebody ends it, or when it has failed.

use std::fs;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};

use super::tools::place;
use crate::support::{HANG, living, within};

/// What an installation does that is ended.
const ENDLESS: &str = "while :; do /bin/sleep 1; done";

/// The signal by which `--fix` ended that was sent it while its command ran, in so many processes of the place.
/// Nothing of them is left by then.
fn interrupted(install: &str, count: usize, signal: Signal) -> Option<i32> {
    let place = place(&[("npm", install)]);
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_pixcrawler"))
        .args(["doctor", "--only", "bun", "--fix", "--yes"])
        .current_dir(place.path())
        .env_clear()
        .env("PATH", place.file("bin"))
        .env("HOME", place.file("home"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let all = || living(place.path()).len() == count;
    assert!(within(HANG, all), "{:?}", living(place.path()));
    let pid = nix::unistd::Pid::from_raw(i32::try_from(doctor.id()).expect("a number"));
    kill(pid, signal).expect("it is there until it is waited for");
    let ended = doctor.wait().expect("it ends");
    // Whoever was killed last may be seen for a moment.
    let gone = || living(place.path()).is_empty();
    assert!(within(HANG, gone), "{signal}");
    std::os::unix::process::ExitStatusExt::signal(&ended)
}

#[test]
fn what_mends_ends_with_the_one_who_runs_it() {
    let with_another = format!("if [ \"$1\" != other ]; then \"$0\" other & fi\n{ENDLESS}");
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let ended = interrupted(&with_another, 2, signal);
        assert_eq!(ended, Some(signal as i32), "{signal}");
    }
}

/// There it takes the kernel, which tells the command alone.
#[cfg(target_os = "linux")]
#[test]
fn what_mends_ends_with_one_who_is_killed() {
    let ended = interrupted(ENDLESS, 1, Signal::SIGKILL);
    assert_eq!(ended, Some(Signal::SIGKILL as i32));
}

#[test]
fn what_failed_is_not_run_again_where_nothing_changed_since() {
    let place = place(&[
        (
            "npm",
            "printf '#!/bin/sh\\necho 1.2.3\\n' > bin/bun && /bin/chmod +x bin/bun",
        ),
        ("rm", "echo x >> tried; exit 1"),
    ]);
    place.write("backend.log", "old\n");
    let words = ["doctor", "--only", "bun,leftovers", "--fix", "--yes"];
    let told = place.run(&words);
    assert!(told.err.contains("bun: mended"), "{}", told.err);
    let tried = fs::read_to_string(place.file("tried")).expect("it was tried");
    assert_eq!(tried, "x\n", "{}", told.err);
}
