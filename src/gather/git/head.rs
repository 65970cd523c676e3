//! What `HEAD` names, and one that names nothing: git takes the folder for no repository then, and `git init` leaves it as it
//! is, or begins a branch without a commit where there is none.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::system::fs;
use crate::system::program::Answered;

use super::ask;

/// What the last commit has of a file, relative to `root`; none where it has none, or git does not say.
#[must_use]
pub fn committed(
    root: &Utf8Path,
    variables: &BTreeMap<String, String>,
    file: &Utf8Path,
) -> Option<String> {
    in_commit(root, variables, "HEAD", file)
}

/// The same of any commit.
#[must_use]
pub fn in_commit(
    root: &Utf8Path,
    variables: &BTreeMap<String, String>,
    commit: &str,
    file: &Utf8Path,
) -> Option<String> {
    let name = format!("{commit}:./{}", slashed(file));
    said(root, variables, &["cat-file", "blob", &name])
}

/// The last commit before this one that changed a file and has it; none where there is none, or git does not say.
#[must_use]
pub fn last_with(
    root: &Utf8Path,
    variables: &BTreeMap<String, String>,
    file: &Utf8Path,
) -> Option<String> {
    let path = slashed(file);
    let words = [
        "--literal-pathspecs",
        "log",
        "-1",
        "--diff-filter=AMT",
        "--format=%h",
        "--",
        &path,
    ];
    let commit = said(root, variables, &words)?.trim().to_owned();
    let is_one = !commit.is_empty() && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then_some(commit)
}

fn slashed(file: &Utf8Path) -> String {
    file.as_str().replace('\\', "/")
}

fn said(root: &Utf8Path, variables: &BTreeMap<String, String>, words: &[&str]) -> Option<String> {
    match ask(root, variables, words) {
        Answered::Ended {
            success: true,
            text,
            ..
        } => Some(text),
        _ => None,
    }
}

/// A `HEAD` without a meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostHead {
    /// The branch that it may have named.
    pub branch: String,
    /// What is there instead.
    pub instead: Instead,
}

/// What is in the place of a `HEAD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// A text that git makes nothing of.
    Rubbish,
    /// A folder.
    Folder,
    /// Nothing.
    Nothing,
}

/// A `HEAD` without a meaning, or none where there are branches; none where it has one, or where there is
/// nothing that it could name.
pub(super) fn lost(git: &Utf8Path) -> Option<LostHead> {
    let path = git.join("HEAD");
    let log = fs::read_text(&git.join("logs/HEAD")).unwrap_or_default();
    let branches = branches(git);
    let instead = match fs::read(&path) {
        Ok(head) if says_something(&String::from_utf8_lossy(&head)) => return None,
        Ok(_) => Instead::Rubbish,
        Err(_) if fs::is_dir(&path) => Instead::Folder,
        Err(_) if fs::exists(&path) || branches.is_empty() => return None,
        Err(_) => Instead::Nothing,
    };
    Some(LostHead {
        branch: branch(&branches, &log),
        instead,
    })
}

/// Whether nothing was ever committed in a repository. Where that is kept in a form that is not read here,
/// something was.
pub(super) fn is_unborn(git: &Utf8Path) -> bool {
    let others = [
        "packed-refs",
        "refs/remotes",
        "reftable",
        "commondir",
        "logs/HEAD",
    ];
    branches(git).is_empty() && !others.iter().any(|name| fs::exists(&git.join(name)))
}

/// The branches that there are.
fn branches(git: &Utf8Path) -> Vec<String> {
    let mut branches = Vec::new();
    below(&git.join("refs/heads"), "", &mut branches);
    let packed = fs::read_text(&git.join("packed-refs")).unwrap_or_default();
    branches.extend(packed.lines().filter_map(packed_branch).map(str::to_owned));
    branches
}

/// The branches in a folder: one with a slash in its name lies deeper.
fn below(folder: &Utf8Path, before: &str, branches: &mut Vec<String>) {
    for (name, is_dir) in fs::entries(folder) {
        let path = format!("{before}{name}");
        if is_dir {
            below(&folder.join(&name), &format!("{path}/"), branches);
        } else {
            branches.push(path);
        }
    }
}

/// The branch that was last changed to, as the log has it.
fn last_branch(log: &str) -> Option<&str> {
    log.lines().rev().find_map(|line| {
        let (_, moved) = line.split_once("\tcheckout: moving from ")?;
        moved.split_once(" to ").map(|(_, name)| name)
    })
}

/// Whether git takes it for a branch or a commit.
fn says_something(head: &str) -> bool {
    let head = head.trim_end();
    let digits = head.bytes().take_while(u8::is_ascii_hexdigit).count();
    head.strip_prefix("ref:")
        .map_or(matches!(digits, 40 | 64), |name| {
            name.trim_start().starts_with("refs/")
        })
}

/// `HASH refs/heads/NAME`.
fn packed_branch(line: &str) -> Option<&str> {
    let (_, name) = line.split_once(' ')?;
    name.strip_prefix("refs/heads/")
}

/// The branch that was last changed to; else the one that is usually there, else the first.
fn branch(branches: &[String], log: &str) -> String {
    let usual = [last_branch(log).unwrap_or_default(), "main", "master"];
    let known = |name: &&str| branches.iter().any(|branch| branch == name);
    let first = || branches.first().map_or("main", String::as_str);
    let one = usual.into_iter().find(known);
    one.unwrap_or_else(first).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_names_a_branch_or_a_commit() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        for head in ["ref: refs/heads/main\n", "ref:refs/x", hash] {
            assert!(says_something(head), "{head}");
        }
        for head in ["", "rubbish\n", "deadbeef\n", "ref: main\n"] {
            assert!(!says_something(head), "{head}");
        }
    }

    #[test]
    fn the_branch_is_the_one_that_was_last_changed_to() {
        let all = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let log = "0 1 A <a@b> 1 +0000\tcheckout: moving from main to my work\n1 2 A <a@b> 2 +0000\tcommit: x\n";
        let main = all(&["a", "main", "my work"]);
        assert_eq!(branch(&main, log), "my work");
        assert_eq!(branch(&main, ""), "main");
        assert_eq!(branch(&all(&["a", "b"]), log), "a");
        assert_eq!(branch(&[], log), "main");
        assert_eq!(packed_branch("0123 refs/heads/a/b"), Some("a/b"));
        assert_eq!(packed_branch("# pack-refs with: peeled"), None);
    }
}
