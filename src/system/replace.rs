//! Runs a program in our place.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::collections::BTreeMap;
use std::io;
use std::process::Command;

/// Becomes the program: signals, exit code and terminal are its own. Returns only when it cannot be started.
///
/// # Errors
/// When there is no such program or it may not be run.
#[cfg(unix)]
pub fn run(
    program: &str,
    arguments: &[String],
    added: &BTreeMap<String, String>,
) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;
    Err(Command::new(program).args(arguments).envs(added).exec())
}

/// As [`run`], in a folder of its own and with our environment.
///
/// # Errors
/// When there is no such program or it may not be run.
#[cfg(unix)]
pub fn run_in(dir: &camino::Utf8Path, program: &str, arguments: &[String]) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(program);
    Err(command.args(arguments).current_dir(dir).exec())
}

/// As [`run`], in a folder of its own and with our environment.
///
/// # Errors
/// When there is no such program or it may not be run.
#[cfg(not(unix))]
pub fn run_in(dir: &camino::Utf8Path, program: &str, arguments: &[String]) -> io::Result<u8> {
    let handler = ctrlc::set_handler(|| {});
    debug_assert!(handler.is_ok(), "nobody else handles Ctrl+C here");
    // npm writes `name.cmd` beside the script.
    let program = which::which(program)
        .map_err(|error| io::Error::new(io::ErrorKind::NotFound, error.to_string()))?;
    let mut command = Command::new(program);
    let status = command.args(arguments).current_dir(dir).status()?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1))
}

/// Runs the program and waits for it. Ctrl+C reaches both, and the program decides what it means.
///
/// # Errors
/// When there is no such program or it may not be run.
#[cfg(not(unix))]
pub fn run(
    program: &str,
    arguments: &[String],
    added: &BTreeMap<String, String>,
) -> io::Result<u8> {
    let handler = ctrlc::set_handler(|| {});
    debug_assert!(handler.is_ok(), "nobody else handles Ctrl+C here");
    let program = which::which(program)
        .map_err(|error| io::Error::new(io::ErrorKind::NotFound, error.to_string()))?;
    let status = Command::new(program).args(arguments).envs(added).status()?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1))
}
