//! Why a program cannot be started, and what would help: the system's own word for most of it is
//! "no such file or directory", whatever is not there.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fmt;
use std::fs;
use std::io::{self, Read};

use camino::{Utf8Path, Utf8PathBuf};

use crate::text::remedy;

/// What stands where a program should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Nothing,
    Folder,
    File,
}

/// Bytes of a script in which its interpreter is looked for.
const FIRST_LINE: u64 = 256;

/// Why there is no program to be started, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotFound {
    pub(super) why: String,
    pub(super) way: String,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.why, self.way)
    }
}

/// Why there is no program to be started for what the command calls `program`.
pub(super) fn not_found(program: &str, cwd: &Utf8Path) -> NotFound {
    // As the system does, a name without a folder is looked for on PATH alone.
    let is_path = program.contains('/') || (cfg!(windows) && program.contains('\\'));
    // Without the `.` of `./x` in it.
    let full: Utf8PathBuf = cwd.join(program).components().collect();
    let there = match fs::metadata(&full) {
        Ok(kind) if kind.is_dir() => There::Folder,
        Ok(_) => There::File,
        Err(_) => There::Nothing,
    };
    let (why, way) = unfit(program, is_path, there, &full);
    NotFound { why, way }
}

fn unfit(program: &str, is_path: bool, there: There, full: &Utf8Path) -> (String, String) {
    match (is_path, there) {
        (true, There::Folder) => (
            format!("`{program}` is a folder, no program"),
            "name a file in it".to_owned(),
        ),
        (true, There::File) if cfg!(windows) => (
            format!("`{program}` is no program by its name"),
            "name the one that runs it before it".to_owned(),
        ),
        (true, There::File) => (
            format!("`{program}` is not executable"),
            format!("make it so: chmod +x {}", remedy::quoted(full.as_str())),
        ),
        (true, There::Nothing) => (
            format!("there is no file {full}"),
            "correct the path".to_owned(),
        ),
        (false, There::File) => (
            format!("`{program}` is not on PATH"),
            format!("to start the file of that name in its folder, write ./{program}"),
        ),
        (false, _) => (
            format!("`{program}` is not on PATH"),
            "install it, or name it with its folder".to_owned(),
        ),
    }
}

/// Why the system did not start a program that is there.
pub(super) fn not_started(program: &str, error: &io::Error) -> String {
    let why = crate::system::fs::plain(error);
    if error.kind() != io::ErrorKind::NotFound {
        return format!("{program}: {why}");
    }
    let mut beginning = Vec::new();
    let read =
        fs::File::open(program).and_then(|file| file.take(FIRST_LINE).read_to_end(&mut beginning));
    match read {
        Ok(_) => unloaded(program, &beginning),
        Err(_) => format!("{program}: {why}"),
    }
}

/// Why a file that begins like this, and is there, is said not to be.
fn unloaded(program: &str, beginning: &[u8]) -> String {
    let Some(line) = beginning.strip_prefix(b"#!") else {
        return format!(
            "{program} is there, and what is to load it is not: it was built for another system; build or install it for this one"
        );
    };
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let interpreter = line.trim_start_matches([' ', '\t']);
    let interpreter = interpreter.split([' ', '\t']).next().unwrap_or_default();
    if let Some(interpreter) = interpreter.strip_suffix('\r') {
        return format!(
            "{program} has Windows' line ends, so that its interpreter `{interpreter}` is not found; give it those of Unix: sed -i 's/\\r$//' {}",
            remedy::quoted(program)
        );
    }
    format!(
        "the interpreter of {program}, `{interpreter}`, is not there; install it, or correct the script's first line"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_stands_there_says_what_would_help() {
        let dir = tempfile::tempdir().expect("a folder");
        let cwd = Utf8Path::from_path(dir.path()).expect("UTF-8");
        fs::write(cwd.join("x.sh"), "#!/bin/sh\n").expect("a file");
        fs::create_dir(cwd.join("backend")).expect("a folder");
        assert_eq!(
            not_found("./x.sh", cwd).to_string(),
            format!("`./x.sh` is not executable; make it so: chmod +x {cwd}/x.sh")
        );
        for (program, why) in [
            ("./backend", "`./backend` is a folder, no program; "),
            ("./none", "there is no file "),
            ("x.sh", "`x.sh` is not on PATH; to start the file"),
            ("backend", "`backend` is not on PATH; install it"),
            ("/etc/passwd", "`/etc/passwd` is not executable; "),
        ] {
            let said = not_found(program, cwd).to_string();
            assert!(said.starts_with(why), "{said}");
        }
    }

    #[test]
    fn what_loads_a_file_is_named_where_it_is_missing() {
        for (beginning, why) in [
            (
                "#!/no/such -x\necho",
                "`/no/such`, is not there; install it",
            ),
            ("#! /no/such", "`/no/such`, is not there; install it"),
            ("#!/bin/sh\r\n", "has Windows' line ends"),
            ("\x7fELF", "built for another system"),
        ] {
            let said = unloaded("/w/z.sh", beginning.as_bytes());
            assert!(said.contains(why), "{said}");
        }
    }
}
