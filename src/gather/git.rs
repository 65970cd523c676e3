//! What git tracks and ignores. The index is read here, since starting git would take longer than the
//! whole check; git is asked only where its index is not understood.

mod head;
mod homes;
pub mod index;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::service::Ending;
use crate::system::fs;
use crate::system::program::{self, Answered, Manner};
use crate::toolchain::named_file;

pub use head::{Instead, LostHead, committed};
pub use homes::{Home, homes, is_top};

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

/// Why git does not say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The folder that `.git` lies in.
    pub top: Utf8PathBuf,
    /// What it is about.
    pub part: Part,
    /// Git's own words, where it has some.
    pub words: String,
}

/// What is in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Git itself: it is not there, or does not answer.
    Program,
    /// The folder's owner, who is somebody else.
    Owner,
    /// What makes `.git` a repository: `HEAD`, `objects`, `refs`.
    Repository,
    /// Its `HEAD`, which names nothing.
    Head(LostHead),
    /// What `.git`, which is a file, points to.
    Pointer(Utf8PathBuf),
    /// The index.
    Index(Utf8PathBuf),
    /// A file of settings, at this line: the repository's, or the user's own.
    Settings(Utf8PathBuf, usize),
    /// Something else.
    Other,
}

/// Git on a slow disk.
const LIMIT: Duration = Duration::from_secs(10);

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

/// A repository: the folder that `.git` lies in, and the repository's own.
struct Repository {
    top: Utf8PathBuf,
    git: Utf8PathBuf,
    /// Whether `.git` is that folder itself, not a file that points to it.
    own: bool,
    whole: bool,
}

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

/// The paths under `root` that the repository around it tracks and `wanted` asks for.
#[must_use]
pub fn tracked(
    root: &Utf8Path,
    variables: &BTreeMap<String, String>,
    wanted: &dyn Fn(&str) -> bool,
) -> Tracked {
    let Some(repository) = around(root) else {
        return Tracked::Nowhere;
    };
    match repository.own_look(root, wanted) {
        Some(paths) => Tracked::Paths(paths),
        None => repository.listed(root, variables, wanted),
    }
}

/// What git's rules say of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Those that it ignores.
    pub paths: BTreeSet<Utf8PathBuf>,
    /// Those that a rule takes out again.
    pub excepted: BTreeMap<Utf8PathBuf, Exception>,
}

/// A rule that takes files out again of what others ignore.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exception {
    /// The file that has it, relative to where git was asked as far as it lies below.
    pub file: Utf8PathBuf,
    /// Its line in it.
    pub line: usize,
    /// As it is written: `!.env`.
    pub pattern: String,
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

/// What the rules that git names say of the paths: a line for each, with file, line and pattern before its
/// tab, all three empty where no rule is about it. None where a path is missing.
fn rules(text: &str, paths: &[Utf8PathBuf]) -> Option<Ignored> {
    // What has no such form is a remark.
    let named: BTreeMap<Utf8PathBuf, (&str, usize, &str)> = text
        .lines()
        .filter_map(|line| line.rsplit_once('\t'))
        .filter_map(|(said, path)| Some((unquoted(path).into(), rule(said)?)))
        .collect();
    if !paths.iter().all(|path| named.contains_key(path)) {
        return None;
    }
    let mut ignored = Ignored::default();
    for (path, (file, line, pattern)) in named {
        // The last rule counts, which may take a path out again.
        if pattern.starts_with('!') {
            let exception = Exception {
                file: file.into(),
                line,
                pattern: pattern.to_owned(),
            };
            ignored.excepted.insert(path, exception);
        } else if !pattern.is_empty() {
            ignored.paths.insert(path);
        }
    }
    Some(ignored)
}

/// A path as git tells it: in quotes where there are some in it, a backslash, or a control character.
fn unquoted(path: &str) -> String {
    let inner = path.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let Some(inner) = inner else {
        return path.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut signs = inner.chars();
    while let Some(sign) = signs.next() {
        plain.push(match sign {
            '\\' => match signs.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(digit @ '0'..='3') => {
                    let digits = [Some(digit), signs.next(), signs.next()];
                    let digits = digits.into_iter().flatten();
                    let code = digits.fold(0, |code, it| code * 8 + it.to_digit(8).unwrap_or(0));
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    plain
}

/// File, line and pattern of a rule as git tells it, `FILE:LINE:PATTERN`; the file may have a colon itself.
fn rule(said: &str) -> Option<(&str, usize, &str)> {
    if said == "::" {
        return Some(("", 0, ""));
    }
    said.match_indices(':').find_map(|(at, _)| {
        let (line, pattern) = said.get(at + 1..)?.split_once(':')?;
        Some((said.get(..at)?, line.parse().ok()?, pattern))
    })
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
    fn listed(
        &self,
        root: &Utf8Path,
        variables: &BTreeMap<String, String>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Tracked {
        match ask(root, variables, &["ls-files", "-z"]) {
            Answered::Ended {
                success: true,
                text,
                ..
            } => match paths(&text) {
                Some(paths) => {
                    let wanted = paths.filter(|path| wanted(path));
                    Tracked::Paths(wanted.map(Utf8PathBuf::from).collect())
                }
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

fn trouble(root: &Utf8Path, repository: Option<&Repository>, answered: Answered) -> Trouble {
    let top = repository.map_or(root, |repository| repository.top.as_path());
    let (part, words) = match answered {
        Answered::Ended {
            text,
            signal: Some(signal),
            ..
        } if text.trim().is_empty() => {
            let ending = Ending::Signal(signal);
            (Part::Other, format!("git is ended by {ending}"))
        }
        Answered::Ended { text, .. } => (part(&text, repository), fatal(&text)),
        Answered::NotFound => (Part::Program, "git is not on PATH".to_owned()),
        Answered::TimedOut | Answered::Failed(_) | Answered::Prevented(_) => {
            (Part::Program, "git does not answer".to_owned())
        }
    };
    Trouble {
        top: top.to_owned(),
        part,
        words,
    }
}

fn part(text: &str, repository: Option<&Repository>) -> Part {
    let Some(repository) = repository else {
        return Part::Other;
    };
    if let Some((path, line)) = named_file(text) {
        Part::Settings(repository.top.join(path), line)
    } else if text.contains("dubious ownership") {
        Part::Owner
    } else if text.contains("not a git repository") || text.contains("invalid gitfile") {
        if repository.own {
            head::lost(&repository.git).map_or(Part::Repository, Part::Head)
        } else {
            Part::Pointer(repository.git.clone())
        }
    } else if text.contains("index") {
        Part::Index(repository.git.join("index"))
    } else {
        Part::Other
    }
}

/// The line that says why git gives up, without the word before it.
fn fatal(text: &str) -> String {
    let last = text
        .lines()
        .find_map(|line| line.strip_prefix("fatal: "))
        .or_else(|| text.lines().find(|line| !line.trim().is_empty()));
    last.unwrap_or("git says nothing").trim().to_owned()
}

/// The repository that git would take in that folder. It passes over a `.git` folder that is none; where
/// there is no other, that one is meant to be it.
fn around(root: &Utf8Path) -> Option<Repository> {
    let mut broken = None;
    for dir in root.ancestors() {
        match repository(dir) {
            Some(found) if found.whole || !found.own => return Some(found),
            Some(found) => broken = broken.or(Some(found)),
            None => {}
        }
    }
    broken
}

/// The repository whose `.git` lies in that folder, or the file that stands for it in a worktree.
fn repository(top: &Utf8Path) -> Option<Repository> {
    let path = top.join(".git");
    let own = fs::is_dir_if_there(&path)?;
    let git = if own {
        path
    } else {
        let text = fs::read_text(&path).unwrap_or_default();
        let target = text.strip_prefix("gitdir:").unwrap_or_default();
        top.join(target.trim())
    };
    Some(Repository {
        top: top.to_owned(),
        whole: fs::exists(&git.join("HEAD")),
        git,
        own,
    })
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

    #[test]
    fn who_does_not_name_what_was_asked_is_no_git() {
        let asked: Vec<Utf8PathBuf> = vec![".env".into(), "a/.env".into()];
        let read = |text: &str| rules(text, &asked).map(|said| said.paths);
        let none = "::\t.env\n::\ta/.env\n";
        assert_eq!(read(none), Some(BTreeSet::new()));
        let both = "C:/a/.gitignore:1:.env:x\t.env\na/.gitignore:2:!.env\ta/.env\nwarning: x\n";
        assert_eq!(read(both), Some(BTreeSet::from([".env".into()])));
        let odd = [Utf8PathBuf::from("a \"b\"\\c/.env")];
        let told = ".gitignore:1:.env\t\"a \\\"b\\\"\\\\c/.env\"\n";
        let told = rules(told, &odd).map(|said| said.paths);
        assert_eq!(told, Some(BTreeSet::from(odd.clone())));
        let said = rules(both, &asked).unwrap_or_default();
        let exception = Exception {
            file: "a/.gitignore".into(),
            line: 2,
            pattern: "!.env".to_owned(),
        };
        assert_eq!(said.excepted, [("a/.env".into(), exception)].into());
        assert_eq!(unquoted("\"a\\tb\\001\""), "a\tb\u{1}");
        for other in [
            "",
            "hello\n",
            "::\t.env\n",
            "x\t.env\ny\ta/.env\n",
            ".env\na/.env\n",
        ] {
            assert_eq!(read(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_git_says_tells_what_is_broken() {
        let repository = |own| Repository {
            top: "/w".into(),
            git: "/g".into(),
            own,
            whole: false,
        };
        let nowhere = "fatal: not a git repository (or any of the parent directories): .git\n";
        assert_eq!(part(nowhere, Some(&repository(true))), Part::Repository);
        let elsewhere = "fatal: not a git repository: /g\n";
        assert_eq!(
            part(elsewhere, Some(&repository(false))),
            Part::Pointer("/g".into())
        );
        let index = "error: bad signature 0x62726167\nfatal: index file corrupt\n";
        assert_eq!(
            part(index, Some(&repository(true))),
            Part::Index("/g/index".into())
        );
        assert_eq!(fatal(index), "index file corrupt");
        let owner =
            "fatal: detected dubious ownership in repository at '/w'\nTo add an exception\n";
        assert_eq!(part(owner, Some(&repository(true))), Part::Owner);
        let settings = "fatal: bad config line 6 in file .git/config\n";
        assert_eq!(
            part(settings, Some(&repository(true))),
            Part::Settings("/w/.git/config".into(), 6)
        );
        assert_eq!(fatal("\nwarning: x\n"), "warning: x");
        assert_eq!(fatal(""), "git says nothing");
    }
}
