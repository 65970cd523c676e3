//! The journals of sessions: files of one folder, in the order in which they were made.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs;
use std::io::{self, Write};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::kept::{Home, Kept};
use super::prune::prune;
use super::{Limits, Lost, is_old};

/// The files of one journal in a folder: a new one whenever the last is large enough.
#[derive(Debug)]
pub struct Numbered {
    folder: Utf8PathBuf,
    name: String,
    limits: Limits,
    home: Home,
    path: Utf8PathBuf,
    size: u64,
    /// When the last was made: microseconds since 1970.
    began: i64,
    looked: Instant,
    file: Option<Kept>,
    /// Who takes away what is too much: that takes a while, and lines come.
    pruning: Option<JoinHandle<()>>,
}

impl Numbered {
    /// Files `NAME.00000001.jsonl` and on, with numbers above all that are in the folder; the first is made
    /// with the first line.
    #[must_use]
    pub fn new(folder: Utf8PathBuf, name: String, limits: Limits) -> Self {
        Self {
            home: Home::of(folder.parent().unwrap_or(&folder)),
            folder,
            name,
            limits,
            path: Utf8PathBuf::new(),
            size: 0,
            began: 0,
            looked: Instant::now(),
            file: None,
            pruning: None,
        }
    }

    /// Appends a line. Whether somebody had the last file is asked with [`look`](Self::look) before.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.size >= self.limits.size || is_old(self.began, self.limits) {
            self.file = None;
        }
        let mut kept = if let Some(kept) = self.file.take() {
            kept
        } else {
            fs::create_dir_all(&self.folder)?;
            self.settle();
            let there = files(&self.folder);
            self.size = 0;
            self.began = jiff::Timestamp::now().as_microsecond();
            let last = there.iter().filter_map(|path| order(path)).max();
            let limits = self.limits;
            self.pruning = Some(thread::spawn(move || prune(there, limits)));
            let next = last.unwrap_or(0).saturating_add(1);
            self.path = self.folder.join(format!("{}.{next:08}.jsonl", self.name));
            Kept::open(&self.path)?
        };
        let written = kept.file.write_all(line);
        if written.is_ok() {
            self.size += line.len() as u64;
            self.file = Some(kept);
        } else if kept.file.set_len(self.size).is_ok() {
            // Without the half of a line, it goes on there: while a disk is full, every try would leave
            // another empty file.
            self.file = Some(kept);
        }
        written
    }

    /// Waits until nothing is taken away any more.
    fn settle(&mut self) {
        if let Some(pruning) = self.pruning.take() {
            // It has nothing to say, be it that it failed.
            let _ = pruning.join();
        }
    }

    /// What somebody did with the last file: then the next line begins another one. The file is asked every
    /// time; whether its path leads to another one, once a second, since nobody has reason to do that.
    pub fn look(&mut self) -> Option<Lost> {
        let kept = self.file.as_ref()?;
        let mut done = kept.asked(self.size);
        if done.is_none() && self.looked.elapsed() >= Duration::from_secs(1) {
            self.looked = Instant::now();
            done = kept.look(&self.path, self.size).err();
        }
        let done = done.filter(|_| self.home.is_there())?;
        self.file = None;
        let part = self.began;
        Some(Lost { part, done })
    }
}

impl Drop for Numbered {
    fn drop(&mut self) {
        self.settle();
    }
}

/// The number of a file among all of its folder, which the clock does not turn back. Those that are older than
/// such numbers have one of four digits, within their session.
fn order(path: &Utf8Path) -> Option<u64> {
    let (_, number) = path.file_stem()?.rsplit_once('.')?;
    number.parse().ok().filter(|_| number.len() >= 8)
}

/// The files in a folder, by their numbers; before them those without one, by the times in their names.
#[must_use]
pub fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut files: Vec<Utf8PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Utf8PathBuf::from_path_buf(entry.path()).ok())
        // Not what is about to take the place of one.
        .filter(|path| path.extension() == Some("jsonl"))
        .collect();
    files.sort_by_cached_key(|path| (order(path), path.clone()));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".pixcrawler/logs/sessions");
        (folder, Utf8PathBuf::try_from(path).expect("UTF-8"))
    }

    fn numbered(folder: &Utf8Path, name: &str) -> Numbered {
        let limits = Limits {
            size: 1 << 20,
            files: 2,
            age: DAY,
        };
        Numbered::new(folder.to_owned(), name.to_owned(), limits)
    }

    #[test]
    fn a_session_has_a_new_journal_when_one_is_too_old() {
        let (_folder, path) = folder();
        let mut numbered = numbered(&path, "t-ab");
        numbered.append(b"{}\n").expect("written");
        numbered.append(b"{}\n").expect("written");
        assert_eq!(files(&path).len(), 1);
        numbered.began -= i64::try_from(2 * DAY.as_micros()).expect("two days");
        numbered.append(b"{}\n").expect("written");
        assert_eq!(files(&path).len(), 2);
    }

    #[test]
    fn the_last_journal_is_the_last_whatever_the_clock_says() {
        let (_folder, path) = folder();
        fs::create_dir_all(&path).expect("a folder");
        let older = [
            "2026-11-24T15-00-00.123-aa.0001.jsonl",
            "2026-11-24T15-00-00.123-aa.0002.jsonl",
            "2026-11-25T15-00-00.123-bb.0001.jsonl",
        ];
        for name in older {
            fs::write(path.join(name), "{}\n").expect("written");
        }
        for name in ["2026-11-26T08-00-00.000-cc", "2001-01-01T00-00-00.000-dd"] {
            numbered(&path, name).append(b"{}\n").expect("written");
        }
        let names: Vec<String> = files(&path)
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_owned()))
            .collect();
        assert_eq!(names[..3], older);
        let last = [
            "2026-11-26T08-00-00.000-cc.00000001.jsonl",
            "2001-01-01T00-00-00.000-dd.00000002.jsonl",
        ];
        assert_eq!(names[3..], last);
    }

    // Windows keeps what is open until it is closed.
    #[cfg(unix)]
    #[test]
    fn a_journal_that_somebody_had_is_followed_by_another_at_once() {
        use super::super::Done;
        type Deed = fn(&Utf8Path);
        let deeds: [(Deed, Done); 4] = [
            (
                |file| fs::remove_file(file).expect("removed"),
                Done::Removed,
            ),
            (
                |file| fs::remove_dir_all(file.parent().expect("a folder")).expect("removed"),
                Done::Removed,
            ),
            (|file| fs::write(file, "").expect("emptied"), Done::Emptied),
            (|file| fs::write(file, "{").expect("cut"), Done::Changed),
        ];
        let (_folder, path) = folder();
        let mut numbered = numbered(&path, "t-ab");
        numbered.append(b"{}\n").expect("written");
        for (deed, done) in deeds {
            assert_eq!(numbered.look(), None);
            let part = numbered.began;
            deed(&numbered.path);
            assert_eq!(numbered.look(), Some(Lost { part, done }));
            numbered.append(b"{}\n").expect("written");
            let last = files(&path).pop().expect("a file");
            assert_eq!(fs::read_to_string(last).expect("a text"), "{}\n");
        }
        // Under another name it is as it was: that is seen a second later.
        fs::rename(&numbered.path, path.join("mine")).expect("renamed");
        assert_eq!(numbered.look(), None);
        numbered.looked -= Duration::from_secs(2);
        let done = numbered.look().map(|lost| lost.done);
        assert_eq!(done, Some(Done::Removed));
    }
}
