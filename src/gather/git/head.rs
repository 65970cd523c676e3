//! A `HEAD` that is there and names nothing: git takes the folder for no repository then, and `git init`
//! leaves it as it is.

use camino::Utf8Path;

use crate::system::fs;

/// The branch that a `HEAD` without a meaning may have named; none where it is not there, or has one.
pub(super) fn lost(git: &Utf8Path) -> Option<String> {
    let head = fs::read(&git.join("HEAD")).ok()?;
    if says_something(&String::from_utf8_lossy(&head)) {
        return None;
    }
    let heads = git.join("refs/heads");
    let files = fs::entries(&heads).into_iter();
    let mut branches: Vec<String> = files
        .filter_map(|(name, is_dir)| (!is_dir).then_some(name))
        .collect();
    let packed = fs::read_text(&git.join("packed-refs")).unwrap_or_default();
    branches.extend(packed.lines().filter_map(packed_branch).map(str::to_owned));
    let log = fs::read_text(&git.join("logs/HEAD")).unwrap_or_default();
    // One with a slash in its name lies deeper.
    let last = last_branch(&log).filter(|name| fs::is_file(&heads.join(name)));
    branches.extend(last.map(str::to_owned));
    Some(branch(&branches, &log))
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
