//! Runs a small program for its answer, with a time limit.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

/// What a program answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It is not on PATH, or not executable.
    NotFound,
    /// It did not end in time and was killed.
    TimedOut,
    /// It could not be run; the system's words.
    Failed(String),
    /// It ended.
    Ended {
        /// Whether with success.
        success: bool,
        /// What it printed on both streams, stdout first.
        text: String,
        /// The file that was run.
        path: Utf8PathBuf,
    },
}

/// Bytes of an answer that are read: a version is short.
const LONGEST: u64 = 64 * 1024;

/// The file that a name on PATH stands for.
#[must_use]
pub fn find(name: &str, variables: &BTreeMap<String, String>) -> Option<Utf8PathBuf> {
    let path = variables
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("PATH"))
        .map(|(_, value)| value.as_str());
    which::which_in(name, path, "/")
        .ok()
        .and_then(|path| Utf8PathBuf::from_path_buf(path).ok())
}

/// Runs a program and waits for its answer, `limit` at most.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub fn ask(
    words: &[String],
    cwd: &Utf8Path,
    variables: &BTreeMap<String, String>,
    limit: Duration,
) -> Answered {
    let Some((name, args)) = words.split_first() else {
        return Answered::NotFound;
    };
    let Some(path) = find(name, variables) else {
        return Answered::NotFound;
    };
    let mut command = Command::new(&path);
    command
        .args(args)
        .current_dir(cwd)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Answered::Failed(format!("{path}: {}", super::fs::plain(&error))),
    };
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let began = Instant::now();
    let success = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if began.elapsed() < limit => std::thread::sleep(Duration::from_millis(2)),
            _ => {
                #[cfg(unix)]
                if let Ok(pid) = i32::try_from(child.id()) {
                    let _ = nix::sys::signal::killpg(
                        nix::unistd::Pid::from_raw(pid),
                        nix::sys::signal::Signal::SIGKILL,
                    );
                }
                let _ = child.kill();
                let _ = child.wait();
                return Answered::TimedOut;
            }
        }
    };
    let mut bytes = Vec::new();
    if let Some(out) = out {
        let _ = out.take(LONGEST).read_to_end(&mut bytes);
    }
    if let Some(err) = err {
        let _ = err.take(LONGEST).read_to_end(&mut bytes);
    }
    Answered::Ended {
        success,
        text: String::from_utf8_lossy(&bytes).into_owned(),
        path,
    }
}
