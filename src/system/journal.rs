//! Log files: appended, set aside by size and age, kept for a while.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use crate::service::record;

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

/// A log file that is appended to.
#[derive(Debug)]
pub struct Journal {
    path: Utf8PathBuf,
    service: String,
    limits: Limits,
    file: Option<File>,
    part: i64,
    size: u64,
}

impl Journal {
    /// The log file of a service in a folder; it is opened with the first line.
    #[must_use]
    pub fn new(folder: &Utf8Path, service: &str, limits: Limits) -> Self {
        Self {
            path: folder.join(record::file_name(service)),
            service: service.to_owned(),
            limits,
            file: None,
            part: 0,
            size: 0,
        }
    }

    /// Appends whole lines; where they stand. After a failure the next call tries again.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<Place> {
        let is_due = || self.size >= self.limits.size || is_old(self.part, self.limits);
        if self.file.is_some() && is_due() {
            self.file = None;
            set_aside(&self.path, self.limits);
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.open()?,
        };
        file.write_all(lines)?;
        let place = Place {
            part: self.part,
            at: self.size,
        };
        self.size += lines.len() as u64;
        self.file = Some(file);
        Ok(place)
    }

    fn open(&mut self) -> io::Result<File> {
        let known = part(&self.path);
        let old = known.is_some_and(|part| is_old(part, self.limits));
        let mut file = open(&self.path)?;
        self.size = file.metadata()?.len();
        if self.size > 0 && (known.is_none() || old || self.size >= self.limits.size) {
            drop(file);
            set_aside(&self.path, self.limits);
            file = open(&self.path)?;
            self.size = 0;
        }
        if let (Some(part), true) = (known, self.size > 0) {
            self.part = part;
            end_line(&mut file, &self.path, &mut self.size)?;
        } else {
            let now = jiff::Timestamp::now();
            let head = record::head(&self.service, &micros(now));
            file.write_all(head.as_bytes())?;
            self.part = now.as_microsecond();
            self.size = head.len() as u64;
        }
        Ok(file)
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

fn open(path: &Utf8Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// RFC 3339 in UTC, with microseconds.
#[must_use]
pub fn micros(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// The time (microseconds since 1970) in the first line of a log file.
#[must_use]
pub fn part(path: &Utf8Path) -> Option<i64> {
    let line = first_line(path)?;
    let since: jiff::Timestamp = record::since(&line)?.parse().ok()?;
    Some(since.as_microsecond())
}

fn first_line(path: &Utf8Path) -> Option<String> {
    let mut bytes = [0; 512];
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

/// The files of one journal in a folder: a new one whenever the last is large enough.
#[derive(Debug)]
pub struct Numbered {
    folder: Utf8PathBuf,
    name: String,
    limits: Limits,
    number: u32,
    size: u64,
    /// When the last was made: microseconds since 1970.
    began: i64,
    file: Option<File>,
}

impl Numbered {
    /// Files `NAME.1.jsonl` and on; the first is made with the first line.
    #[must_use]
    pub fn new(folder: Utf8PathBuf, name: String, limits: Limits) -> Self {
        Self {
            folder,
            name,
            limits,
            number: 0,
            size: 0,
            began: 0,
            file: None,
        }
    }

    /// Appends a line.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.size >= self.limits.size || is_old(self.began, self.limits) {
            self.file = None;
        }
        let mut file = if let Some(file) = self.file.take() {
            file
        } else {
            fs::create_dir_all(&self.folder)?;
            prune(&self.folder, self.limits);
            self.number += 1;
            self.size = 0;
            self.began = jiff::Timestamp::now().as_microsecond();
            let name = format!("{}.{:04}.jsonl", self.name, self.number);
            open(&self.folder.join(name))?
        };
        let written = file.write_all(line);
        if written.is_ok() {
            self.size += line.len() as u64;
            self.file = Some(file);
        } else if file.set_len(self.size).is_ok() {
            // Without the half of a line, it goes on there: while a disk is full, every try would leave
            // another empty file.
            self.file = Some(file);
        }
        written
    }
}

/// Removes from a folder, in which file names sort by time, the files that are too old, and the
/// oldest of the others until the rest is within the limits.
fn prune(folder: &Utf8Path, limits: Limits) {
    let room = limits.size.saturating_mul(u64::from(limits.files));
    let mut used = 0;
    for path in files(folder).into_iter().rev() {
        used += fs::metadata(&path).map_or(0, |data| data.len());
        if used > room || is_older(&path, limits.age) {
            let _ = fs::remove_file(path);
        }
    }
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

/// The files in a folder, by name.
#[must_use]
pub fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut files: Vec<Utf8PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Utf8PathBuf::from_path_buf(entry.path()).ok())
        .collect();
    files.sort();
    files
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

    /// A part of a service's log; none when it is not kept any more.
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
        file.seek(io::SeekFrom::Start(place.at)).ok()?;
        let mut text = Vec::with_capacity(usize::try_from(bytes).ok()?.min(1 << 20));
        file.take(bytes).read_to_end(&mut text).ok()?;
        Some(text)
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
        let path = Utf8PathBuf::try_from(folder.path().to_owned()).expect("UTF-8");
        (folder, path)
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

    #[test]
    fn a_session_has_a_new_journal_when_one_is_too_old() {
        let (_folder, path) = folder();
        let mut numbered = Numbered::new(path.clone(), "t-ab".to_owned(), limits(DAY));
        numbered.append(b"{}\n").expect("written");
        numbered.append(b"{}\n").expect("written");
        assert_eq!(files(&path).len(), 1);
        numbered.began -= i64::try_from(2 * DAY.as_micros()).expect("two days");
        numbered.append(b"{}\n").expect("written");
        assert_eq!(files(&path).len(), 2);
    }
}
