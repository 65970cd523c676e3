//! Log files: appended, set aside by size and age, kept for a while.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use crate::service::record;

use self::kept::{Home, Kept};

mod kept;
mod numbered;
mod prune;

pub use kept::Done;
pub use numbered::{Numbered, files};

/// How much of logs is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A file of this many bytes is set aside.
    pub size: u64,
    /// How many files that were set aside are kept.
    pub files: u32,
    /// A file that began before is set aside; one that ended before goes.
    pub age: Duration,
}

/// Where bytes were appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file, by the time (microseconds since 1970) in its first line.
    pub part: i64,
    /// The byte that they begin at.
    pub at: u64,
}

/// A part of a log that was kept, and then somebody had its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// As in [`Place`].
    pub part: i64,
    /// What was done with the file.
    pub done: Done,
}

/// A log file that is appended to.
#[derive(Debug)]
pub struct Journal {
    path: Utf8PathBuf,
    service: String,
    limits: Limits,
    home: Home,
    file: Option<Kept>,
    part: i64,
    size: u64,
    lost: Option<Lost>,
}

impl Journal {
    /// The log file of a service in a folder; it is opened with the first line.
    #[must_use]
    pub fn new(folder: &Utf8Path, service: &str, limits: Limits) -> Self {
        Self {
            path: folder.join(record::file_name(service)),
            service: service.to_owned(),
            limits,
            home: Home::of(folder),
            file: None,
            part: 0,
            size: 0,
            lost: None,
        }
    }

    /// Appends whole lines; where they stand. After a failure the next call tries again.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<Place> {
        self.look();
        let is_due = || self.size >= self.limits.size || is_old(self.part, self.limits);
        if self.file.is_some() && is_due() {
            self.file = None;
            set_aside(&self.path, self.limits);
        }
        let mut kept = match self.file.take() {
            Some(kept) => kept,
            None => self.open()?,
        };
        kept.file.write_all(lines)?;
        let place = Place {
            part: self.part,
            at: self.size,
        };
        self.size += lines.len() as u64;
        self.file = Some(kept);
        Ok(place)
    }

    /// The part that was lost since it was asked for last.
    pub fn lost(&mut self) -> Option<Lost> {
        self.lost.take()
    }

    /// Whether the file is still as it was left. Where somebody emptied or removed it, what is written
    /// would stand where nothing points to.
    fn look(&mut self) {
        let Some(kept) = &self.file else {
            return;
        };
        match kept.look(&self.path, self.size) {
            // Somebody may have appended to it.
            Ok(size) => self.size = size,
            Err(done) if self.home.is_there() => {
                self.file = None;
                self.lost = Some(Lost {
                    part: self.part,
                    done,
                });
                if done == Done::Changed {
                    set_aside(&self.path, self.limits);
                }
            }
            Err(_) => {}
        }
    }

    fn open(&mut self) -> io::Result<Kept> {
        let known = part(&self.path);
        let old = known.is_some_and(|part| is_old(part, self.limits));
        if let (Some(folder), true) = (self.path.parent(), self.home.is_there()) {
            fs::create_dir_all(folder)?;
        }
        let mut kept = Kept::open(&self.path)?;
        self.size = kept.file.metadata()?.len();
        if self.size > 0 && (known.is_none() || old || self.size >= self.limits.size) {
            drop(kept);
            set_aside(&self.path, self.limits);
            kept = Kept::open(&self.path)?;
            self.size = 0;
        }
        if let (Some(part), true) = (known, self.size > 0) {
            self.part = part;
            end_line(&mut kept.file, &self.path, &mut self.size)?;
        } else {
            let now = jiff::Timestamp::now();
            let head = record::head(&self.service, &micros(now));
            kept.file.write_all(head.as_bytes())?;
            self.part = now.as_microsecond();
            self.size = head.len() as u64;
        }
        Ok(kept)
    }
}

/// A supervisor that was killed, or a full disk, may have left half a line.
fn end_line(file: &mut File, path: &Utf8Path, size: &mut u64) -> io::Result<()> {
    let mut reader = File::open(path)?;
    reader.seek(io::SeekFrom::End(-1))?;
    let mut last = [0];
    reader.read_exact(&mut last)?;
    if last != *b"\n" {
        file.write_all(b"\n")?;
        *size += 1;
    }
    Ok(())
}

/// Whether a file that began then is to be set aside.
fn is_old(part: i64, limits: Limits) -> bool {
    began(part).is_none_or(|age| age > limits.age)
}

fn began(part: i64) -> Option<Duration> {
    let began = Duration::from_micros(u64::try_from(part).ok()?);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?;
    Some(now.saturating_sub(began))
}

/// RFC 3339 in UTC, with microseconds.
#[must_use]
pub fn micros(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// The time (microseconds since 1970) in the first line of a log file.
#[must_use]
pub fn part(path: &Utf8Path) -> Option<i64> {
    let line = first_line(path, 512)?;
    let since: jiff::Timestamp = record::since(&line)?.parse().ok()?;
    Some(since.as_microsecond())
}

/// The first line of a file, where it is no longer than `most` bytes.
#[must_use]
pub fn first_line(path: &Utf8Path, most: usize) -> Option<String> {
    let mut bytes = vec![0; most];
    let mut file = File::open(path).ok()?;
    let mut length = 0;
    while length < bytes.len() {
        match file.read(&mut bytes[length..]) {
            Ok(more @ 1..) => length += more,
            _ => break,
        }
    }
    let end = memchr::memchr(b'\n', &bytes[..length])?;
    String::from_utf8(bytes[..end].to_vec()).ok()
}

fn aside(path: &Utf8Path, number: u32) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}.{number}"))
}

/// `api.log` becomes `api.log.1`, and so on; the oldest goes, and with it whatever is too old.
fn set_aside(path: &Utf8Path, limits: Limits) {
    if limits.files == 0 {
        let _ = fs::remove_file(path);
        return;
    }
    for number in (1..limits.files).rev() {
        let _ = fs::rename(aside(path, number), aside(path, number + 1));
    }
    let _ = fs::rename(path, aside(path, 1));
    for file in parts(path).iter().skip(1) {
        if is_older(file, limits.age) {
            let _ = fs::remove_file(file);
        }
    }
}

/// A log file and those that were set aside, the newest first.
#[must_use]
pub fn parts(path: &Utf8Path) -> Vec<Utf8PathBuf> {
    let aside = (1..)
        .map(|number| aside(path, number))
        .take_while(|path| path.exists());
    std::iter::once(path.to_owned()).chain(aside).collect()
}

fn is_older(path: &Utf8Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|data| data.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|passed| passed > age))
}

/// The last bytes of a file; nothing where it cannot be read.
#[must_use]
pub fn end_of(path: &Utf8Path, bytes: u64) -> Vec<u8> {
    let mut end = Vec::new();
    if let Ok(mut file) = File::open(path) {
        let length = file.metadata().map_or(0, |data| data.len());
        let from = io::SeekFrom::Start(length.saturating_sub(bytes));
        if file.seek(from).is_ok() {
            let _ = file.take(bytes).read_to_end(&mut end);
        }
    }
    end
}

/// Reads what journals point to.
#[derive(Debug)]
pub struct Texts {
    folder: Utf8PathBuf,
    open: BTreeMap<(String, i64), Option<File>>,
}

impl Texts {
    /// The log files in a folder.
    #[must_use]
    pub fn new(folder: &Utf8Path) -> Self {
        Self {
            folder: folder.to_owned(),
            open: BTreeMap::new(),
        }
    }

    /// Whole lines of a service's log; none when they are not kept any more.
    pub fn read(&mut self, service: &str, place: Place, bytes: u64) -> Option<Vec<u8>> {
        let folder = &self.folder;
        let file = self
            .open
            .entry((service.to_owned(), place.part))
            .or_insert_with(|| {
                let paths = parts(&folder.join(record::file_name(service)));
                let path = paths
                    .into_iter()
                    .find(|path| part(path) == Some(place.part))?;
                File::open(path).ok()
            })
            .as_mut()?;
        // Where somebody had the file, others stand there, or none.
        let before = place.at.checked_sub(1)?;
        file.seek(io::SeekFrom::Start(before)).ok()?;
        let mut text = Vec::with_capacity(usize::try_from(bytes).ok()?.min(1 << 20) + 1);
        file.take(bytes + 1).read_to_end(&mut text).ok()?;
        let is_whole = text.len() as u64 == bytes + 1;
        let is_apart = text.first() == Some(&b'\n') && text.last() == Some(&b'\n');
        (is_whole && is_apart).then(|| text.split_off(1))
    }

    /// Whether somebody emptied, removed or changed the file that a part of a service's log stands in: the limits
    /// leave the last one, and in it all that was written.
    #[must_use]
    pub fn was_taken(&self, service: &str, missing: i64) -> bool {
        let last = part(&self.folder.join(record::file_name(service)));
        last.is_none_or(|last| last <= missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn limits(age: Duration) -> Limits {
        Limits {
            size: 1 << 20,
            files: 2,
            age,
        }
    }

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("shop/.pixcrawler/logs");
        fs::create_dir_all(&path).expect("a folder");
        (folder, Utf8PathBuf::try_from(path).expect("UTF-8"))
    }

    #[test]
    fn an_open_file_is_set_aside_when_it_is_too_old() {
        let (_folder, path) = folder();
        let mut journal = Journal::new(&path, "api", limits(DAY));
        let first = journal.append(b"one\n").expect("a place");
        let same = journal.append(b"two\n").expect("a place");
        assert_eq!(first.part, same.part);
        journal.part -= i64::try_from(2 * DAY.as_micros()).expect("two days");
        let next = journal.append(b"three\n").expect("a place");
        assert_ne!(first.part, next.part);
        let text = |path| fs::read_to_string(path).expect("a file");
        let parts = parts(&path.join("api.log"));
        assert_eq!(parts.len(), 2);
        assert!(text(&parts[0]).ends_with("three\n") && text(&parts[1]).ends_with("two\n"));
        let mut texts = Texts::new(&path);
        assert_eq!(texts.read("api", first, 4), Some(b"one\n".to_vec()));
        assert_eq!(texts.read("api", next, 6), Some(b"three\n".to_vec()));
    }

    // Windows keeps what is open until it is closed.
    #[cfg(unix)]
    #[test]
    fn a_file_that_somebody_had_goes_on_as_a_new_part() {
        type Deed = fn(&Utf8Path);
        let (_folder, path) = folder();
        let file = path.join("api.log");
        let deeds: [(Deed, Done); 4] = [
            (|file| fs::write(file, "").expect("emptied"), Done::Emptied),
            (
                |file| fs::remove_file(file).expect("removed"),
                Done::Removed,
            ),
            (
                |file| fs::remove_dir_all(file.parent().expect("a folder")).expect("removed"),
                Done::Removed,
            ),
            (
                |file| {
                    let text = fs::read(file).expect("a text");
                    fs::write(file, &text[..text.len() - 4]).expect("cut");
                },
                Done::Changed,
            ),
        ];
        let mut journal = Journal::new(&path, "api", limits(DAY));
        let mut before = journal.append(b"one\n").expect("a place");
        for (deed, done) in deeds {
            assert_eq!(journal.lost(), None);
            deed(&file);
            let next = journal.append(b"next\n").expect("a place");
            let part = before.part;
            assert_eq!(journal.lost(), Some(Lost { part, done }));
            let mut texts = Texts::new(&path);
            assert_eq!(texts.read("api", before, 4), None, "{done:?}");
            assert_eq!(texts.read("api", next, 5), Some(b"next\n".to_vec()));
            before = journal.append(b"one\n").expect("a place");
            assert_eq!(before.part, next.part);
        }
    }

    #[test]
    fn what_somebody_appended_is_stepped_over() {
        let (_folder, path) = folder();
        let mut journal = Journal::new(&path, "api", limits(DAY));
        journal.append(b"one\n").expect("a place");
        let mut other = kept::Kept::open(&path.join("api.log"))
            .expect("a file")
            .file;
        other
            .write_all(b"--- here I tried it again\n")
            .expect("written");
        let place = journal.append(b"two\n").expect("a place");
        assert_eq!(journal.lost(), None);
        let read = Texts::new(&path).read("api", place, 4);
        assert_eq!(read, Some(b"two\n".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_made_where_a_renamed_workspace_stood() {
        let (folder, path) = folder();
        let root = Utf8PathBuf::try_from(folder.path().join("shop")).expect("UTF-8");
        let mut journal = Journal::new(&path, "api", limits(DAY));
        let first = journal.append(b"one\n").expect("a place");
        let renamed = root.with_file_name("renamed");
        fs::rename(&root, &renamed).expect("renamed");
        fs::create_dir(&root).expect("a folder");
        let next = journal.append(b"two\n").expect("a place");
        assert_eq!((first.part, journal.lost()), (next.part, None));
        assert!(files(&root).is_empty());
        let mut texts = Texts::new(&renamed.join(".pixcrawler/logs"));
        assert_eq!(texts.read("api", next, 4), Some(b"two\n".to_vec()));
    }
}
