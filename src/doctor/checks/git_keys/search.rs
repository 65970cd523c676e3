//! The files that git tracks, each looked at once: those of the repository around the workspace, and of those
//! within it, whose files are none of its.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use crate::diagnostic::Finding;
use crate::doctor::{Answer, Facts};
use crate::gather::git::{self, Tracked};
use crate::system::fs;

use super::look;

/// Why a file was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Skip {
    Kind,
    Large,
    Folder,
    Absent,
    Unreadable,
}

/// What the files came to, or some of them.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) files: usize,
    pub(super) skipped: BTreeMap<Skip, usize>,
    pub(super) found: Vec<Finding>,
    /// The repositories within the workspace, whose files are among them.
    pub(super) within: Vec<Utf8PathBuf>,
    /// Those whose files git does not tell, in words.
    pub(super) untold: Vec<String>,
}

impl Looked {
    /// Looks at one file. Comes back with a folder that is a repository of its own.
    fn file(&mut self, root: &Utf8Path, path: &Utf8Path) -> Option<Utf8PathBuf> {
        match read(root, path) {
            Ok(bytes) => {
                self.files += 1;
                self.found.extend(look(path, bytes, Timestamp::now()));
            }
            Err(Skip::Folder) if git::is_top(&root.join(path)) => return Some(path.to_owned()),
            Err(skip) => *self.skipped.entry(skip).or_default() += 1,
        }
        None
    }

    fn and(mut self, other: Self) -> Self {
        self.files += other.files;
        self.found.extend(other.found);
        self.within.extend(other.within);
        self.untold.extend(other.untold);
        for (skip, count) in other.skipped {
            *self.skipped.entry(skip).or_default() += count;
        }
        self
    }
}

/// Looks at all of them.
///
/// # Errors
/// Where there is nothing to look at; why, as an answer.
pub(super) fn search(facts: &Facts) -> Result<Looked, Box<Answer>> {
    let root = &facts.workspace().root;
    // A tier in a repository of its own is no submodule where nobody made it one.
    let tiers = facts.workspace().tiers.iter();
    let mut next: BTreeSet<Utf8PathBuf> = tiers
        .flat_map(|tier| tier.dir.ancestors())
        .filter(|dir| !dir.as_str().is_empty() && git::is_top(&root.join(dir)))
        .map(Utf8Path::to_owned)
        .collect();
    let (mut looked, found) = match facts.tracked() {
        Tracked::Nowhere if next.is_empty() => {
            return Err(Box::new(Answer::irrelevant("no git repository")));
        }
        Tracked::Nowhere => (Looked::default(), Vec::new()),
        Tracked::Paths(paths) => files(root, &paths.iter().collect::<Vec<_>>()),
        // `git-files` tells the way out.
        Tracked::Unknown(trouble) => {
            let words = &trouble.words;
            let why = format!("which files git tracks cannot be told: {words}");
            return Err(Box::new(Answer::skipped(why)));
        }
    };
    next.extend(found);
    let mut known = BTreeSet::new();
    // A submodule may have others.
    while let Some(base) = next.pop_first() {
        if !known.insert(base.clone()) {
            continue;
        }
        match facts.tracked_in(&root.join(&base), &|_| true) {
            Tracked::Nowhere => {}
            Tracked::Paths(paths) => {
                let paths: Vec<Utf8PathBuf> = paths.iter().map(|path| base.join(path)).collect();
                let (more, found) = files(root, &paths.iter().collect::<Vec<_>>());
                looked = looked.and(more);
                looked.within.push(base);
                next.extend(found);
            }
            Tracked::Unknown(trouble) => looked.untold.push(format!(
                "{base}, whose files git does not tell: {}",
                trouble.words
            )),
        }
    }
    Ok(looked)
}

/// What these files came to, and the repositories that are among them.
fn files(root: &Utf8Path, files: &[&Utf8PathBuf]) -> (Looked, Vec<Utf8PathBuf>) {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(8);
    std::thread::scope(|scope| {
        let work = || {
            let (mut looked, mut tops) = (Looked::default(), Vec::new());
            while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                tops.extend(looked.file(root, path));
            }
            (looked, tops)
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_default())
            .fold(Default::default(), |(all, tops): (Looked, _), one| {
                (all.and(one.0), [tops, one.1].concat())
            })
    })
}

/// Pictures, archives and lock files hold none, and lock files are full of hashes. An SVG is text.
fn may_hold_keys(path: &Utf8Path) -> bool {
    const NEVER: &[&str] = &[
        "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "woff", "woff2", "ttf", "otf", "pdf",
        "zip", "gz", "mp4", "lock", "lockb", "rdb", "parquet",
    ];
    !path
        .extension()
        .is_some_and(|extension| NEVER.contains(&extension))
        && !matches!(
            path.file_name(),
            Some("package-lock.json" | "pnpm-lock.yaml")
        )
}

fn read(root: &Utf8Path, path: &Utf8Path) -> Result<Vec<u8>, Skip> {
    if !may_hold_keys(path) {
        return Err(Skip::Kind);
    }
    let absolute = root.join(path);
    fs::read(&absolute).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Skip::Absent,
        ErrorKind::FileTooLarge => Skip::Large,
        _ if fs::is_dir(&absolute) => Skip::Folder,
        _ => Skip::Unreadable,
    })
}
