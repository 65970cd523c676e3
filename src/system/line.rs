//! Runs a line in this platform's shell, as a person types it. Whoever asks us to end has that ended first.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::process::{self, Process};
use super::tether::{self, Held};

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// By itself, with this code where nothing killed it.
    Ended(Option<i32>),
    /// We were asked to end by this signal, and nothing of the line runs any more.
    Interrupted(i32),
}

/// How long is waited for the end of what was asked to end.
const GRACE: Duration = Duration::from_secs(5);

/// How often is looked.
const STEP: Duration = Duration::from_millis(10);

/// What a terminal sends to all who run in it.
const INTERRUPT: i32 = 2;

/// Runs a line on the same terminal, its answer on stderr. Only one that `asks` gets our input.
///
/// # Errors
/// When the shell cannot be started.
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub fn run(
    line: &str,
    cwd: &Utf8Path,
    variables: &BTreeMap<String, String>,
    asks: bool,
) -> io::Result<Ran> {
    // In `curl … | sh` it is curl that fails, and only bash says so.
    let bash = Utf8Path::new("/bin/bash");
    let (shell, flags): (&str, &[&str]) = if cfg!(windows) {
        ("cmd", &["/C"])
    } else if bash.is_file() {
        (bash.as_str(), &["-o", "pipefail", "-c"])
    } else {
        ("/bin/sh", &["-c"])
    };
    let mut command = Command::new(shell);
    command.args(flags);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::raw_arg(&mut command, line);
    #[cfg(not(windows))]
    command.arg(line);
    // stdout is for our own result.
    let output: Stdio = io::stderr().into();
    command
        .current_dir(cwd)
        .env_clear()
        .envs(variables)
        .stdin(if asks {
            Stdio::inherit()
        } else {
            Stdio::null()
        })
        .stdout(output);
    tether::tie(&mut command);
    let mut held = Held::begin()?;
    let mut child = command.spawn()?;
    held.tie(&child);
    loop {
        let ended = child.try_wait()?;
        match (held.asked(), ended) {
            (Some(signal), None) => {
                end(&mut child, signal, &held);
                return Ok(Ran::Interrupted(signal));
            }
            (Some(signal), Some(_)) => return Ok(Ran::Interrupted(signal)),
            (None, Some(status)) => return Ok(Ran::Ended(status.code())),
            (None, None) => std::thread::sleep(STEP),
        }
    }
}

/// Ends a line with all that it started, each way after the one before had its time. Whoever asks us once more does
/// not wait for it.
fn end(child: &mut Child, signal: i32, held: &Held) {
    // A terminal has told all of them by itself, and a second time means something else to some.
    let waits: fn(&[Process]) = |_| {};
    let first = (signal == INTERRUPT).then_some(waits);
    let others: [fn(&[Process]); 2] = [process::terminate_all, process::kill_all];
    let mut known = BTreeSet::from([child.id()]);
    for way in first.into_iter().chain(others) {
        way(&living(&mut known));
        let (began, asked) = (Instant::now(), held.times());
        while began.elapsed() < GRACE && held.times() == asked {
            let _ = child.try_wait();
            if living(&mut known).is_empty() {
                return;
            }
            std::thread::sleep(STEP);
        }
    }
}

/// The processes that are known, and those that they have started by now, as far as they have not ended.
fn living(known: &mut BTreeSet<u32>) -> Vec<Process> {
    let mut all = process::snapshot();
    loop {
        let before = known.len();
        let below = all.iter().filter(|it| known.contains(&it.parent));
        known.extend(below.map(|it| it.pid).collect::<Vec<_>>());
        if known.len() == before {
            break;
        }
    }
    all.retain(|it| !it.zombie && known.contains(&it.pid));
    all
}
