//! Programs that a test makes and runs.
//!
//! Another process writes them. What a test has open for writing, a child that another thread
//! starts at that moment holds, too, until it is a program of its own, and the system runs no
//! file that somebody may still write: "Text file busy", once in a hundred runs.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// A program of this text that may be run.
pub(crate) fn executable(file: &Path, text: &str) {
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
        .arg(file)
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut input = shell.stdin.take().expect("a pipe was asked for");
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    assert!(
        shell.wait().expect("a shell").success(),
        "{}",
        file.display()
    );
}

/// A program like that one, at a place of its own.
pub(crate) fn executable_copy(program: &Path, file: &Path) {
    let copied = Command::new("/bin/cp").arg(program).arg(file).status();
    assert!(copied.expect("cp").success(), "{}", file.display());
}
