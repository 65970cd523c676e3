//! Why a program cannot be started, and what would help: the system's own word for most of it is
//! "no such file or directory", whatever is not there.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::executable::{self, BEGINNING};
use crate::text::remedy;

/// What stands where a program should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Nothing,
    Folder,
    File,
}

/// What the system answers to a file that it knows no way to start: ENOEXEC, `ERROR_BAD_EXE_FORMAT`.
const UNKNOWN: i32 = if cfg!(windows) { 193 } else { 8 };

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

/// Why there is no program to be started for what the command calls `program`; `place` says in words
/// where that stands.
pub(super) fn not_found(program: &str, cwd: &Utf8Path, place: &str) -> NotFound {
    // As the system does, a name without a folder is looked for on PATH alone.
    let is_path = program.contains('/') || (cfg!(windows) && program.contains('\\'));
    // Without the `.` of `./x` in it.
    let full: Utf8PathBuf = cwd.join(program).components().collect();
    let there = match fs::metadata(&full) {
        Ok(kind) if kind.is_dir() => There::Folder,
        Ok(_) => There::File,
        Err(_) => There::Nothing,
    };
    let (why, way) = unfit(program, (is_path, there), &full, place);
    NotFound { why, way }
}

fn unfit(program: &str, found: (bool, There), full: &Utf8Path, place: &str) -> (String, String) {
    match found {
        (true, There::Folder) => (
            format!("`{program}` is a folder, no program"),
            format!("name a file in it in {place}"),
        ),
        (true, There::File) if cfg!(windows) => (
            format!("`{program}` is no program by its name"),
            format!("name the one that runs it first in {place}"),
        ),
        (true, There::File) => (
            format!("`{program}` is not executable"),
            format!("make it so: chmod +x {}", remedy::quoted(full.as_str())),
        ),
        (true, There::Nothing) => (
            format!("there is no file {full}"),
            format!("correct `{program}` in {place}"),
        ),
        (false, There::File) => (
            format!("`{program}` is not on PATH"),
            format!("to start the file of that name in its folder, write ./{program} in {place}"),
        ),
        (false, _) => (
            format!("`{program}` is not on PATH"),
            format!("install it, or name it with its folder in {place}"),
        ),
    }
}

/// Why the script that `program` is cannot be started, where its first line tells; none of anything else.
/// The system, or `env`, takes the carriage return of Windows' line end for a part of the interpreter's name.
pub(super) fn misread(program: &str, file: &Path) -> Option<NotFound> {
    if cfg!(windows) {
        return None;
    }
    let beginning = beginning(file).ok()?;
    let interpreter = with_return(first_line(&beginning)?)?.to_owned();
    let file: Utf8PathBuf = Utf8Path::from_path(file)?.components().collect();
    Some(NotFound {
        why: windows_ends(&format!("`{program}`"), &interpreter),
        way: unix_ends(file.as_str()),
    })
}

/// Why the system did not start a program that is there.
pub(in crate::system) fn not_started(program: &str, error: &io::Error) -> String {
    let why = crate::system::fs::plain(error);
    if error.raw_os_error() == Some(UNKNOWN)
        && let Ok(beginning) = beginning(Path::new(program))
    {
        return format!("{program} {}", executable::unknown(&beginning));
    }
    if error.kind() != io::ErrorKind::NotFound {
        return format!("{program}: {why}");
    }
    match beginning(Path::new(program)) {
        Ok(beginning) => unloaded(program, &beginning),
        Err(_) => format!("{program}: {why}"),
    }
}

fn beginning(file: &Path) -> io::Result<Vec<u8>> {
    let mut beginning = Vec::new();
    let file = fs::File::open(file)?;
    file.take(BEGINNING as u64).read_to_end(&mut beginning)?;
    Ok(beginning)
}

/// Why a file that begins like this, and is there, is said not to be.
fn unloaded(program: &str, beginning: &[u8]) -> String {
    let Some(line) = first_line(beginning) else {
        return format!(
            "{program} is there, and what is to load it is not: it was built for another system; build or install it for this one"
        );
    };
    if let Some(interpreter) = with_return(line) {
        let why = windows_ends(program, interpreter);
        return format!("{why}; {}", unix_ends(program));
    }
    let interpreter = line.split([' ', '\t']).find(|word| !word.is_empty());
    format!(
        "the interpreter of {program}, `{}`, is not there; install it, or correct the script's first line",
        interpreter.unwrap_or_default().trim_end_matches('\r')
    )
}

/// What stands behind `#!` in the first line of a script.
fn first_line(beginning: &[u8]) -> Option<&str> {
    let line = beginning.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()
}

/// The interpreter whose name a carriage return is taken for a part of: it ends a first line without
/// options. `env` looks for the one that it is given.
fn with_return(line: &str) -> Option<&str> {
    let line = line.strip_suffix('\r')?;
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
    match (words.next()?, words.next(), words.next()) {
        (interpreter, None, _) => Some(interpreter),
        (env, Some(name), None) if env.ends_with("/env") && !name.starts_with('-') => Some(name),
        _ => None,
    }
}

fn windows_ends(program: &str, interpreter: &str) -> String {
    format!(
        "{program} has Windows' line ends, so that its interpreter `{interpreter}` is not found"
    )
}

fn unix_ends(file: &str) -> String {
    format!(
        "give it those of Unix: sed -i 's/\\r$//' {}",
        remedy::quoted(file)
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
            not_found("./x.sh", cwd, "the command").to_string(),
            format!("`./x.sh` is not executable; make it so: chmod +x {cwd}/x.sh")
        );
        for (program, why) in [
            ("./backend", "`./backend` is a folder, no program; "),
            ("./none", "there is no file "),
            ("x.sh", "`x.sh` is not on PATH; to start the file"),
            ("backend", "`backend` is not on PATH; install it"),
            ("/etc/passwd", "`/etc/passwd` is not executable; "),
        ] {
            let said = not_found(program, cwd, "its `ready.exec`").to_string();
            assert!(said.starts_with(why), "{said}");
            let is_named = said.ends_with("in its `ready.exec`");
            assert!(is_named || said.contains("chmod"), "{said}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_script_with_windows_line_ends_is_told_before_it_is_started() {
        let dir = tempfile::tempdir().expect("a folder");
        let cwd = Utf8Path::from_path(dir.path()).expect("UTF-8");
        let said = |text: &str| {
            fs::write(cwd.join("x.sh"), text).expect("a file");
            misread("./x.sh", cwd.join("./x.sh").as_std_path()).map(|it| it.to_string())
        };
        for (line, name) in [
            ("#!/bin/bash\r\n", "/bin/bash"),
            ("#! /bin/bash\r\n", "/bin/bash"),
            ("#!/usr/bin/env bash\r\necho", "bash"),
        ] {
            let wanted = format!(
                "`./x.sh` has Windows' line ends, so that its interpreter `{name}` is not found; give it those of Unix: sed -i 's/\\r$//' {cwd}/x.sh"
            );
            assert_eq!(said(line), Some(wanted), "{line}");
        }
        // Programs get these carriage returns in their options, and do with them what they will.
        for line in [
            "#!/bin/bash\n",
            "#!/usr/bin/perl -w\r\n",
            "#!/usr/bin/env -S bash\r\n",
            "echo\r\n",
            "",
        ] {
            assert_eq!(said(line), None, "{line}");
        }
        assert_eq!(misread("x", cwd.join("none").as_std_path()), None);
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
