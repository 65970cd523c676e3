//! Which interpreter the programs of an environment start: an absolute path, so they know the folder
//! that they were installed in.

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;

/// How much of a script is read: its first two lines, with the longest path that there is.
const BEGINNING: u64 = 5 * 1024;

/// An interpreter of another environment that the programs of this one start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The interpreter.
    pub interpreter: Utf8PathBuf,
    /// Whether it is there: then its packages are used instead of ours.
    pub is_there: bool,
}

/// What the programs of an environment start instead of it, as after the workspace was moved or copied.
pub(super) fn elsewhere(venv: &Utf8Path) -> Option<Elsewhere> {
    let bin = venv.join("bin");
    let own = fs::real_folder(&bin.join("python"));
    fs::entries(&bin)
        .into_iter()
        .filter(|(_, is_dir)| !is_dir)
        .filter_map(|(name, _)| fs::beginning(&bin.join(name), BEGINNING).ok())
        .find_map(|bytes| {
            let text = String::from_utf8_lossy(&bytes);
            let interpreter = Utf8Path::new(named(&text)?);
            let folder = interpreter.parent()?;
            let other = folder.parent()?;
            let is_there = fs::is_file(interpreter);
            // A script that starts the system's Python was put there by hand.
            let is_of_venv = fs::is_file(&other.join("pyvenv.cfg")) || !fs::exists(other);
            let is_own = fs::real_folder(interpreter).parent() == own.parent();
            (folder.file_name() == Some("bin") && is_of_venv && !is_own).then(|| Elsewhere {
                interpreter: interpreter.to_owned(),
                is_there,
            })
        })
}

/// The Python that a script's beginning names with an absolute path: after `#!`, or, where that would be
/// too long or has a blank in it, as the shell is told.
fn named(script: &str) -> Option<&str> {
    let mut lines = script.strip_prefix("#!")?.lines();
    let first = lines.next()?.trim();
    let path = if first == "/bin/sh" {
        let words = lines.next()?.strip_prefix("'''exec' ")?;
        match words.chars().next()? {
            quote @ ('\'' | '"') => words[1..].split(quote).next()?,
            _ => words.split(' ').next()?,
        }
    } else {
        first.split(' ').next()?
    };
    let name = path.rsplit('/').next()?;
    let is_python = name.starts_with("python") || name.starts_with("pypy");
    (path.starts_with('/') && is_python).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_of_a_script_is_read_in_each_of_its_spellings() {
        assert_eq!(
            named("#!/a/.venv/bin/python\n# -*- coding: utf-8 -*-\n"),
            Some("/a/.venv/bin/python")
        );
        assert_eq!(named("#!/a/bin/python3 -E\n"), Some("/a/bin/python3"));
        let long = |path: &str| format!("#!/bin/sh\n'''exec' {path} \"$0\" \"$@\"\n' '''\n");
        let exec = |path: &str| named(&long(path)).map(str::to_owned);
        assert_eq!(
            exec("'/a b/bin/python'").as_deref(),
            Some("/a b/bin/python")
        );
        assert_eq!(
            exec("\"/a b/bin/python\"").as_deref(),
            Some("/a b/bin/python")
        );
        assert_eq!(exec("/a/bin/python").as_deref(), Some("/a/bin/python"));
        // One that can be moved.
        let found = "\"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python'";
        assert_eq!(exec(found), None);
        assert_eq!(named("#!/usr/bin/env python3\n"), None);
        assert_eq!(named("#!/bin/bash\nexit\n"), None);
        assert_eq!(named("\u{7f}ELF"), None);
    }
}
