//! Key-shaped strings in files that git tracks.

mod shapes;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::gather::git::Tracked;
use crate::system::fs;
use crate::text::remedy::open_at;
use crate::text::{Source, Span, plural};

use shapes::{SHAPES, hits};

/// A key stands in a tracked file.
pub(super) static KEY: Rule = Rule {
    code: "git/key",
    severity: Severity::Error,
    summary: "a file that git tracks holds something that looks like a key",
    text: "\
Everybody who has the repository, now or later, has the key, and services that scan public
repositories find it within minutes.

Way out: give the key back at its service and make a new one; keep the new one in an env file that
git ignores. What is no key of yours (a test's, an example's) gets another shape: `sk_test_xxx`.",
};

pub(super) static RULES: &[&Rule] = &[&KEY];

/// So many are told one by one.
const TOLD: usize = 10;

/// Why a file was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Skip {
    Kind,
    Large,
    Folder,
    Absent,
    Unreadable,
}

/// What the files came to, or some of them.
#[derive(Debug, Default)]
struct Looked {
    files: usize,
    skipped: BTreeMap<Skip, usize>,
    found: Vec<Finding>,
}

impl Looked {
    fn file(&mut self, root: &Utf8Path, path: &Utf8Path) {
        match read(root, path) {
            Ok(bytes) => {
                self.files += 1;
                self.found.extend(look(path, bytes));
            }
            Err(skip) => *self.skipped.entry(skip).or_default() += 1,
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.files += other.files;
        self.found.extend(other.found);
        for (skip, count) in other.skipped {
            *self.skipped.entry(skip).or_default() += count;
        }
        self
    }
}

pub(super) fn ask(facts: &Facts) -> Answer {
    let tracked = match facts.tracked() {
        Tracked::Nowhere => return Answer::irrelevant("no git repository"),
        Tracked::Paths(paths) => paths,
        // `git-files` tells the way out.
        Tracked::Unknown(trouble) => {
            let words = &trouble.words;
            return Answer::skipped(format!("which files git tracks cannot be told: {words}"));
        }
    };
    let root = &facts.workspace().root;
    let files: Vec<&Utf8PathBuf> = tracked.iter().collect();
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(8);
    let looked = std::thread::scope(|scope| {
        let work = || {
            let mut looked = Looked::default();
            while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                looked.file(root, path);
            }
            looked
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_default())
            .fold(Looked::default(), Looked::and)
    });
    judge(looked)
}

fn judge(looked: Looked) -> Answer {
    let Looked {
        files,
        skipped,
        mut found,
    } = looked;
    found.sort_by_cached_key(Finding::order);
    let skipped: Vec<String> = skipped
        .iter()
        .map(|(skip, count)| match skip {
            Skip::Kind => format!("{count} of a kind without keys (pictures, archives, locks)"),
            Skip::Large => format!("{count} too large"),
            Skip::Folder => format!("{count} that are folders (submodules, links)"),
            Skip::Absent => format!("{count} that are not there"),
            Skip::Unreadable => format!("{count} that cannot be read"),
        })
        .collect();
    let skipped = if skipped.is_empty() {
        String::new()
    } else {
        format!("not looked at: {}", skipped.join(", "))
    };
    if found.is_empty() {
        let looked = format!("none in {}", plural(files, "tracked file"));
        return Answer::found(if skipped.is_empty() {
            looked
        } else {
            format!("{looked}; {skipped}")
        });
    }
    let beyond = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    if let Some(last) = found.last_mut() {
        if beyond > 0 {
            last.notes
                .push(format!("and {} beside these", plural(beyond, "place")));
        }
        if !skipped.is_empty() {
            last.notes.push(skipped);
        }
    }
    Answer {
        findings: found,
        ..Answer::default()
    }
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

/// The bytes in an encoding in which ASCII is itself: PowerShell writes UTF-16.
fn plain(bytes: Vec<u8>) -> Vec<u8> {
    let unit = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return bytes,
    };
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| pair.try_into().ok().map(unit))
        .collect();
    String::from_utf16_lossy(&units).into_bytes()
}

fn look(path: &Utf8Path, bytes: Vec<u8>) -> Vec<Finding> {
    let bytes = plain(bytes);
    if hits(&bytes).is_empty() {
        return Vec::new();
    }
    // What is not UTF-8 takes another room as text; keys are ASCII and stay.
    let text: Cow<'_, str> = String::from_utf8_lossy(&bytes);
    let hits = hits(text.as_bytes());
    let binary = text.contains('\0');
    // The first characters say which key it is; the rest is not shown.
    let hidden = hits.iter().map(|hit| {
        let shown = SHAPES.get(hit.shape).map_or(0, |shape| shape.prefix.len());
        Span::new((hit.span.start + shown).min(hit.span.end), hit.span.end)
    });
    let source = Source::with_hidden(path, text.as_ref(), hidden.collect());
    hits.iter()
        .filter_map(|hit| {
            let shape = SHAPES.get(hit.shape)?;
            let line = source.position(hit.span.start).line;
            let place = format!("{path}:{line} holds {}", shape.name);
            let finding = Finding::new(&KEY, place).severity(shape.severity);
            let finding = if binary {
                finding.in_file(path)
            } else {
                let excerpt = source.shown(source.line_span(line)?);
                finding
                    .at(Label::new(&source, hit.span, shape.name))
                    .note(excerpt.trim().chars().take(70).collect::<String>())
            };
            Some(
                finding
                    .note("make a new key at its service, keep that in an env file, and take this one out")
                    .help(open_at(path.as_str(), line)),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_looked_at_is_not_counted_as_sound() {
        let looked = |skipped: &[(Skip, usize)]| {
            judge(Looked {
                files: 3,
                skipped: skipped.iter().copied().collect(),
                found: Vec::new(),
            })
        };
        assert_eq!(looked(&[]).found, ["none in 3 tracked files"]);
        assert_eq!(
            looked(&[(Skip::Large, 1), (Skip::Absent, 2)]).found,
            ["none in 3 tracked files; not looked at: 1 too large, 2 that are not there"]
        );
    }

    #[test]
    fn every_encoding_is_looked_through() {
        let key = format!("A\nB=ghp_{}", "q7RtY2wZ9kLmN4vBx8CdF3gHjP6sTeQ5uWyA");
        let wide: Vec<u8> = [0xfeff]
            .into_iter()
            .chain(key.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let latin = [b"caf\xe9 \xff".as_slice(), key.as_bytes()].concat();
        for bytes in [wide, latin, [b"\0", key.as_bytes()].concat()] {
            let found = look("a.txt".into(), bytes);
            let messages: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
            assert_eq!(messages, ["a.txt:2 holds a GitHub token"]);
        }
    }
}
