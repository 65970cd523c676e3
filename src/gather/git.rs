//! What git tracks and ignores. The index is read here, since starting git would take longer than the
//! whole check; git is asked only where its index is not understood.

mod around;
mod asked;
mod head;
mod homes;
pub mod index;
mod rules;
mod standing;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;
use crate::system::program::{self, Answered, Manner};

use around::{Repository, around};
use rules::rules;
use trouble::trouble;

pub use asked::Asked;
pub use head::{Instead, LostHead, committed, in_commit, last_with};
pub use homes::{Home, homes, is_top};
pub use rules::{Exception, Ignored};
pub use standing::{Standing, Unfinished, standing};
pub use trouble::{Part, Shut, Trouble};

/// The paths below a folder that git tracks, relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tracked {
    /// There is no repository around the folder.
    Nowhere,
    /// These.
    Paths(BTreeSet<Utf8PathBuf>),
    /// Neither we nor git can read it.
    Unknown(Trouble),
}

/// Git on a slow disk; no longer than any tool may take, so that one that hangs holds nobody up for longer.
const LIMIT: Duration = Duration::from_secs(5);

/// Bytes of a list of files that are taken.
const LONGEST: usize = 64 << 20;

/// What leads git to another repository than the one around the folder that it runs in, as in a hook.
const ELSEWHERE: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// Whether there is a repository around a folder, be it a broken one.
#[must_use]
pub fn is_around(root: &Utf8Path) -> bool {
    around(root).is_some()
}

/// Whether there is no commit yet in the repository around a folder.
#[must_use]
pub fn is_unborn(root: &Utf8Path) -> bool {
    around(root).is_some_and(|it| it.own && head::is_unborn(&it.git))
}

/// The paths under `root` that the repository around it tracks and `wanted` asks for. Git is asked only where nobody
/// whose answer is among those that were `asked` for has done so.
#[must_use]
pub fn tracked(
    root: &Utf8Path,
    variables: &BTreeMap<String, String>,
    wanted: &dyn Fn(&str) -> bool,
    asked: &Asked,
) -> Tracked {
    let Some(repository) = around(root) else {
        return Tracked::Nowhere;
    };
    if let Some(paths) = repository.own_look(root, wanted) {
        return Tracked::Paths(paths);
    }
    match asked.listed(root, || repository.listed(root, variables)) {
        Tracked::Paths(mut paths) => {
            paths.retain(|path| wanted(path.as_str()));
            Tracked::Paths(paths)
        }
        other => other,
    }
}

/// Which of these paths, relative to `root`, git ignores by its rules, whether it tracks them or not.
///
/// # Errors
/// When there is no repository that git can read, or no git.
pub fn ignored(
    root: &Utf8Path,
    variables: &BTreeMap<String, String>,
    paths: &[Utf8PathBuf],
) -> Result<Ignored, Trouble> {
    if paths.is_empty() {
        return Ok(Ignored::default());
    }
    // It names every path, also those that no rule is about: who does not is no git.
    let mut words = vec!["check-ignore", "--no-index", "-v", "-n", "--"];
    words.extend(paths.iter().map(|path| path.as_str()));
    let repository = around(root);
    // One means that it ignores none of them.
    match ask(root, variables, &words) {
        Answered::Ended {
            code: Some(0 | 1),
            text,
            ..
        } => {
            let top = repository.map_or_else(|| root.to_owned(), |it| it.top);
            match rules(&text, paths) {
                Some(mut ignored) => {
                    // Git names its files from the top, wherever it is asked.
                    for exception in ignored.excepted.values_mut() {
                        let file = top.join(&exception.file);
                        exception.file = match file.strip_prefix(root) {
                            Ok(below) => below.to_owned(),
                            Err(_) => file,
                        };
                    }
                    Ok(ignored)
                }
                None => Err(Trouble {
                    top,
                    part: Part::Program,
                    words: "the `git` on PATH does not answer as git does".to_owned(),
                }),
            }
        }
        answered => Err(trouble(root, repository.as_ref(), answered)),
    }
}

impl Repository {
    /// The index as we read it; none where that takes git.
    fn own_look(
        &self,
        root: &Utf8Path,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Option<BTreeSet<Utf8PathBuf>> {
        let path = self.git.join("index");
        if self.whole && !fs::exists(&path) {
            // Nothing was ever added.
            return Some(BTreeSet::new());
        }
        let index = fs::read(&path).ok()?;
        let prefix = match root.strip_prefix(&self.top).ok()?.as_str() {
            "" => String::new(),
            below => format!("{}/", below.replace('\\', "/")),
        };
        let below = |path: &str| path.strip_prefix(&prefix).is_some_and(wanted);
        let paths = index::paths(&index, &below)?;
        let relative = paths.iter().filter_map(|path| path.strip_prefix(&prefix));
        Some(relative.map(Utf8PathBuf::from).collect())
    }

    /// The index as git reads it.
    fn listed(&self, root: &Utf8Path, variables: &BTreeMap<String, String>) -> Tracked {
        match ask(root, variables, &["ls-files", "-z"]) {
            Answered::Ended {
                success: true,
                text,
                ..
            } => match paths(&text) {
                Some(paths) => Tracked::Paths(paths.map(Utf8PathBuf::from).collect()),
                None => Tracked::Unknown(Trouble {
                    top: self.top.clone(),
                    part: Part::Index(self.git.join("index")),
                    words: "its index file is damaged".to_owned(),
                }),
            },
            answered => Tracked::Unknown(trouble(root, Some(self), answered)),
        }
    }
}

/// The paths that git listed. It passes over much: of an index that was cut off it lists the rest as
/// folders without a name.
fn paths(text: &str) -> Option<impl Iterator<Item = &str>> {
    // What stands behind the last path is what git has to remark.
    let (paths, _) = text.rsplit_once('\0').unwrap_or_default();
    let split = || paths.split('\0').filter(|_| !paths.is_empty());
    let whole =
        text.len() < LONGEST && split().all(|path| !path.is_empty() && !path.ends_with('/'));
    whole.then(split)
}

fn ask(root: &Utf8Path, variables: &BTreeMap<String, String>, words: &[&str]) -> Answered {
    // Paths as they are; and no program is run that a repository's settings name.
    let mut line = vec![
        "git",
        "-c",
        "core.quotePath=false",
        "-c",
        "core.fsmonitor=false",
    ];
    line.extend(words);
    let line: Vec<String> = line.into_iter().map(str::to_owned).collect();
    let manner = Manner {
        limit: LIMIT,
        longest: LONGEST,
        without: ELSEWHERE,
        // Its words tell which trouble it is.
        with: &[("LC_ALL", "C")],
    };
    program::ask_as(&line, root, variables, manner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_nameless_folders_is_none() {
        let read = |text| paths(text).map(Iterator::collect::<Vec<_>>);
        assert_eq!(read("a\0b/c\0hint: x\n"), Some(vec!["a", "b/c"]));
        assert_eq!(read(""), Some(vec![]));
        assert_eq!(read("hint: x\n"), Some(vec![]));
        assert_eq!(read("a\0./\0"), None);
    }
}
