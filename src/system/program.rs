//! Runs a small program for its answer, with a time limit.

#[cfg(unix)]
#[path = "program/unix.rs"]
mod pipes;
#[cfg(windows)]
#[path = "program/windows.rs"]
mod pipes;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::process::not_started;
use super::tether::Asked;
use pipes::Pipes;

/// What a program answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It is not on PATH, or not executable.
    NotFound,
    /// It did not end in time and was killed.
    TimedOut,
    /// It printed something, did not end in time and was killed.
    Endless,
    /// It could not be run; the system's words.
    Failed(String),
    /// No program can be run here, for which this one is not to blame.
    Prevented(Obstacle),
    /// It ended.
    Ended {
        /// Whether with success.
        success: bool,
        /// With which code; none when it was killed.
        code: Option<i32>,
        /// The signal that killed it.
        signal: Option<i32>,
        /// What it printed on both streams, stdout first.
        text: String,
        /// The file that was run.
        path: Utf8PathBuf,
    },
}

/// What keeps every program from being run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The system's words.
    pub why: String,
    /// A command that mends it, or shows it.
    pub way: String,
}

/// How a program is asked.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// How long it may take.
    pub limit: Duration,
    /// Bytes of each stream that are read; what comes beyond is lost.
    pub longest: usize,
    /// Variables of ours that it does not get.
    pub without: &'a [&'a str],
    /// Variables that it gets.
    pub with: &'a [(&'a str, &'a str)],
}

/// Bytes of an answer that are read: a version is short.
const LONGEST: usize = 64 * 1024;

/// How long a pipe is read that somebody holds open after the program itself has ended.
const LEFT_BEHIND: Duration = Duration::from_millis(200);

/// How long what a program prints is waited for before it is asked whether it has ended.
const MEANWHILE: Duration = Duration::from_millis(10);

/// The file that a name on PATH stands for.
#[must_use]
pub fn find(name: &str, variables: &BTreeMap<String, String>) -> Option<Utf8PathBuf> {
    which::which_in(name, path(variables), "/")
        .ok()
        .and_then(|path| Utf8PathBuf::from_path_buf(path).ok())
}

/// PATH; Windows says `Path`.
fn path(variables: &BTreeMap<String, String>) -> Option<&str> {
    let path = variables
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("PATH"));
    path.map(|(_, value)| value.as_str())
}

/// Every file that a name on PATH may stand for, in the order of PATH.
#[must_use]
pub fn find_all(name: &str, variables: &BTreeMap<String, String>) -> Vec<Utf8PathBuf> {
    let all = which::which_in_all(name, path(variables), "/");
    let mut found: Vec<Utf8PathBuf> = Vec::new();
    for path in all.into_iter().flatten() {
        if let Ok(path) = Utf8PathBuf::from_path_buf(path)
            && !found.contains(&path)
        {
            found.push(path);
        }
    }
    found
}

/// PATH without a folder, as a program is to get it.
#[must_use]
pub fn path_without(folder: &Utf8Path, variables: &BTreeMap<String, String>) -> String {
    let folders = std::env::split_paths(path(variables).unwrap_or_default());
    let others = folders.filter(|it| it != folder.as_std_path());
    // They were split at what may not stand in them.
    let joined = std::env::join_paths(others).unwrap_or_default();
    joined.into_string().unwrap_or_default()
}

/// The first program of a name that a shell finds by an entry of PATH which means another folder in each folder:
/// the entry and the file, where it comes before all folders that have such a program.
#[must_use]
pub fn by_relative_entry(
    name: &str,
    cwd: &Utf8Path,
    variables: &BTreeMap<String, String>,
) -> Option<(String, Utf8PathBuf)> {
    for entry in std::env::split_paths(path(variables)?) {
        let entry = Utf8PathBuf::from_path_buf(entry).ok()?;
        let file = cwd.join(&entry).join(name);
        if which::which(&file).is_ok() {
            return entry.is_relative().then(|| (entry.to_string(), file));
        }
    }
    None
}

/// Runs a program and waits for its answer, `limit` at most.
#[must_use]
pub fn ask(
    words: &[String],
    cwd: &Utf8Path,
    variables: &BTreeMap<String, String>,
    limit: Duration,
) -> Answered {
    let manner = Manner {
        limit,
        longest: LONGEST,
        without: &[],
        with: &[],
    };
    ask_as(words, cwd, variables, manner)
}

/// As [`ask`], for programs with a long answer, or whose answer depends on variables.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the boundary")]
pub fn ask_as(
    words: &[String],
    cwd: &Utf8Path,
    variables: &BTreeMap<String, String>,
    manner: Manner<'_>,
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
        .envs(manner.with.iter().copied());
    for name in manner.without {
        command.env_remove(name);
    }
    let (mut asked, stdout, stderr) = match Asked::start(&mut command) {
        Ok(started) => started,
        Err(error) => {
            return match pipes::obstacle(&error) {
                Some(obstacle) => Answered::Prevented(obstacle),
                None => Answered::Failed(not_started(path.as_str(), &error)),
            };
        }
    };
    let mut pipes = Pipes::of(stdout, stderr, manner.longest);
    let began = Instant::now();
    let status = loop {
        match asked.ended() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < manner.limit => {
                // The end of what it prints is nearly always its own.
                if pipes.ended() {
                    std::thread::sleep(Duration::from_millis(1));
                } else {
                    pipes.read(MEANWHILE);
                }
            }
            _ => {
                asked.end();
                return if pipes.is_answered() {
                    Answered::Endless
                } else {
                    Answered::TimedOut
                };
            }
        }
    };
    drop(asked);
    // What it left behind may hold its pipes, and print on: then what has come is the answer.
    let until = Instant::now() + LEFT_BEHIND;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if pipes.ended() || left.is_zero() || !pipes.read(left) {
            break;
        }
    }
    Answered::Ended {
        success: status.success(),
        code: status.code(),
        signal: pipes::signal(status),
        text: String::from_utf8_lossy(&pipes.into_bytes()).into_owned(),
        path,
    }
}

/// The folder of the program that runs.
#[must_use]
pub fn own_folder() -> Option<Utf8PathBuf> {
    let path = Utf8PathBuf::from_path_buf(std::env::current_exe().ok()?).ok()?;
    Some(path.parent()?.to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn asked(script: &str, limit: Duration) -> (Answered, Duration) {
        let words = ["sh", "-c", script].map(str::to_owned);
        let variables = crate::system::variables::snapshot();
        let began = Instant::now();
        let answered = ask(&words, Utf8Path::new("/"), &variables, limit);
        (answered, began.elapsed())
    }

    #[test]
    fn both_streams_are_the_answer_and_stdout_comes_first() {
        let (answered, _) = asked("echo two >&2; echo one; exit 3", Duration::from_secs(20));
        let Answered::Ended { success, text, .. } = answered else {
            panic!("{answered:?}");
        };
        assert!(!success);
        assert_eq!(text, "one\ntwo\n");
    }

    #[test]
    fn who_is_ended_by_a_signal_is_told_apart() {
        let (answered, _) = asked("kill -SEGV $$", Duration::from_secs(20));
        assert!(
            matches!(
                &answered,
                Answered::Ended {
                    code: None,
                    signal: Some(11),
                    ..
                }
            ),
            "{answered:?}"
        );
    }

    #[test]
    fn nobody_who_prints_for_ever_holds_us_up() {
        let patience = Duration::from_secs(20);
        // What was left behind prints on, through both pipes.
        let (answered, took) = asked("echo 1.2; yes & yes >&2 &", patience);
        assert!(took < patience, "{took:?}");
        let Answered::Ended { text, .. } = answered else {
            panic!("{answered:?}");
        };
        assert!(
            text.starts_with("1.2\n") && text.len() <= 2 * LONGEST,
            "{}",
            text.len()
        );
        // Silence in a pipe that stays open is no answer to wait for either.
        let (answered, took) = asked("echo 1.2; sleep 60 &", patience);
        assert!(took < patience, "{took:?}");
        assert!(matches!(answered, Answered::Ended { text, .. } if text == "1.2\n"));
        let (answered, _) = asked("yes", Duration::from_millis(300));
        assert_eq!(answered, Answered::Endless);
        // What it says of its work on the way is no answer.
        let (answered, _) = asked("echo DEBUG >&2; exec sleep 60", Duration::from_millis(300));
        assert_eq!(answered, Answered::TimedOut);
    }
}
