//! Files, with errors that name them.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs;
use std::io::{self, Read, Write};

use camino::{Utf8Path, Utf8PathBuf};

/// Env files, manifests and settings are small; anything larger is not one of them.
const LARGEST: u64 = 64 * 1024 * 1024;

fn named(path: &Utf8Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {}", plain(error)))
}

/// An operating system error without its number.
#[must_use]
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

/// The bytes of a regular file. A FIFO, a device or a folder is an error and never blocks.
///
/// # Errors
/// When the file cannot be read; the message names it.
pub fn read(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let (file, kind) = open_regular(path)?;
    if kind.len() > LARGEST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!(
                "{path}: {} MiB is too large to be read whole",
                kind.len() >> 20
            ),
        ));
    }
    // Room for one byte more than there is, so that the end is seen without making more.
    let mut bytes = Vec::with_capacity(usize::try_from(kind.len()).unwrap_or(0) + 1);
    file.take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| named(path, &error))?;
    Ok(bytes)
}

fn open_regular(path: &Utf8Path) -> io::Result<(fs::File, fs::Metadata)> {
    let (file, kind) = match open(path) {
        Ok(opened) => opened,
        // A socket cannot be opened, nor can a folder on Windows.
        Err(error) => {
            let strange = fs::metadata(path).ok().and_then(|kind| strange(&kind));
            return Err(strange.map_or_else(|| named(path, &error), |what| invalid(path, what)));
        }
    };
    if let Some(what) = strange(&kind) {
        return Err(invalid(path, what));
    }
    Ok((file, kind))
}

/// Opens whatever is at `path` and looks what it is; nobody is waited for at the other end of a FIFO.
fn open(path: &Utf8Path) -> io::Result<(fs::File, fs::Metadata)> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use nix::fcntl::OFlag;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits());
    }
    let file = options.open(path)?;
    let kind = file.metadata()?;
    Ok((file, kind))
}

/// What is there instead of a regular file.
fn strange(kind: &fs::Metadata) -> Option<&'static str> {
    if kind.is_dir() {
        Some("is a folder")
    } else {
        (!kind.is_file()).then_some("is not a regular file")
    }
}

fn invalid(path: &Utf8Path, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{path}: {what}"))
}

/// The text of a file.
///
/// # Errors
/// When the file cannot be read or is not UTF-8; the message names it.
pub fn read_text(path: &Utf8Path) -> io::Result<String> {
    as_text(path, read(path)?)
}

/// The text of a file, or of what comes through a pipe that was named instead, to its end.
///
/// # Errors
/// As [`read_text`].
pub fn read_text_or_stream(path: &Utf8Path) -> io::Result<String> {
    let is_stream = fs::metadata(path).is_ok_and(|kind| !kind.is_file() && !kind.is_dir());
    if !is_stream {
        return read_text(path);
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|stream| stream.take(LARGEST).read_to_end(&mut bytes))
        .map_err(|error| named(path, &error))?;
    as_text(path, bytes)
}

fn as_text(path: &Utf8Path, bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..at]).count();
        let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let what = if is_utf16 { ", but UTF-16" } else { "" };
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{path}:{line}: byte {} is not UTF-8{what}", at + 1),
        )
    })
}

/// The first bytes of a regular file, `most` at most.
///
/// # Errors
/// When the file cannot be read.
pub fn beginning(path: &Utf8Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if is_file(path) {
        fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The text of a file, or none when there is no such file.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn read_text_if_there(path: &Utf8Path) -> io::Result<Option<String>> {
    match read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether there is a file at `path`.
#[must_use]
pub fn is_file(path: &Utf8Path) -> bool {
    path.is_file()
}

/// Whether anything at all is at `path`, a link to nothing included.
#[must_use]
pub fn exists(path: &Utf8Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether a folder on the way to a path is closed to us.
#[must_use]
pub fn is_closed(path: &Utf8Path) -> bool {
    let found = path.metadata();
    found.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

/// Whether a file is there, or may be, and this user may not read it.
#[must_use]
pub fn is_refused(path: &Utf8Path) -> bool {
    let opened = open(path);
    // Windows refuses a folder so, too.
    opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied) && !is_dir(path)
}

/// Whether something is there that is neither a file nor a folder, as a FIFO: whoever opens it may wait for ever.
#[must_use]
pub fn is_strange(path: &Utf8Path) -> bool {
    path.metadata()
        .is_ok_and(|kind| !kind.is_file() && !kind.is_dir())
}

/// A path with its folder as the system names it, without links and `..`; the last part stays as it is.
#[must_use]
pub fn real_folder(path: &Utf8Path) -> Utf8PathBuf {
    let real = || {
        let folder = fs::canonicalize(path.parent()?).ok()?;
        Some(
            Utf8PathBuf::from_path_buf(folder)
                .ok()?
                .join(path.file_name()?),
        )
    };
    real().unwrap_or_else(|| path.to_owned())
}

/// A path as the system names it, without links and `..`; as it stands where it is not there, and on
/// Windows, which has names for that which nobody writes.
#[must_use]
pub fn real(path: &Utf8Path) -> Utf8PathBuf {
    if cfg!(windows) {
        return path.to_owned();
    }
    path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned())
}

/// Whether a folder is at `path`, or something else; none where nothing is.
#[must_use]
pub fn is_dir_if_there(path: &Utf8Path) -> Option<bool> {
    fs::metadata(path).ok().map(|kind| kind.is_dir())
}

/// Whether `path` is a link, whatever it leads to.
#[must_use]
pub fn is_link(path: &Utf8Path) -> bool {
    path.is_symlink()
}

/// Where a link leads to that leads to nothing; none of anything else.
#[must_use]
pub fn leads_nowhere(path: &Utf8Path) -> Option<Utf8PathBuf> {
    if !is_link(path) || path.exists() || is_closed(path) {
        return None;
    }
    Some(path.read_link_utf8().unwrap_or_else(|_| path.to_owned()))
}

/// Whether there is a folder at `path`.
#[must_use]
pub fn is_dir(path: &Utf8Path) -> bool {
    path.is_dir()
}

/// The names in a folder, sorted; none when it cannot be read.
#[must_use]
pub fn list(dir: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut names: Vec<Utf8PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Utf8PathBuf::from_path_buf(entry.path()).ok())
        .collect();
    // All begin with the folder: comparing texts is comparing names.
    names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    names
}

/// The names in a folder, sorted, each with whether it is a folder itself; none when it cannot be read.
#[must_use]
pub fn entries(dir: &Utf8Path) -> Vec<(String, bool)> {
    let mut entries: Vec<(String, bool)> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            // The folder tells what each is, but for where a link leads.
            let is_dir = match entry.file_type() {
                Ok(kind) if !kind.is_symlink() => kind.is_dir(),
                _ => entry.path().is_dir(),
            };
            Some((name, is_dir))
        })
        .collect();
    entries.sort_unstable();
    entries
}

/// The names in a folder that are `wanted`, sorted; none when it cannot be read.
#[must_use]
pub fn names(dir: &Utf8Path, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            name.to_str().filter(|name| wanted(name)).map(str::to_owned)
        })
        .collect();
    names.sort_unstable();
    names
}

/// Milliseconds since 1970 at which a file or folder last changed.
#[must_use]
pub fn modified(path: &Utf8Path) -> Option<u128> {
    let time = fs::metadata(path).ok()?.modified().ok()?;
    Some(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis())
}

/// What a file looks like from outside: when it was written last, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    nanoseconds: u128,
    bytes: u64,
}

/// By what is known whether somebody wrote one of these files since, or made or removed it.
#[must_use]
pub fn traces(files: &[Utf8PathBuf]) -> Vec<Option<Trace>> {
    files.iter().map(|file| trace(file)).collect()
}

fn trace(path: &Utf8Path) -> Option<Trace> {
    let data = fs::metadata(path).ok()?;
    let time = data.modified().ok()?;
    Some(Trace {
        nanoseconds: time.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos(),
        bytes: data.len(),
    })
}

/// Bytes of all files in a folder and below; links are not followed.
#[must_use]
pub fn size(dir: &Utf8Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let kind = entry.file_type().ok()?;
            if kind.is_dir() {
                return Some(size(&Utf8PathBuf::from_path_buf(entry.path()).ok()?));
            }
            kind.is_file()
                .then(|| entry.metadata().map_or(0, |it| it.len()))
        })
        .sum()
}

/// Files and folders in a folder and below, with itself: each takes an inode.
#[must_use]
pub fn count(dir: &Utf8Path) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else {
        return 0;
    };
    let entries = entries.flatten().map(|entry| {
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let path = Utf8PathBuf::from_path_buf(entry.path());
        path.ok().filter(|_| is_dir).map_or(1, |path| count(&path))
    });
    1 + entries.sum::<u64>()
}

/// Creates a folder and its parents.
///
/// # Errors
/// When that is not possible; the message names it.
pub fn create_dir_all(path: &Utf8Path) -> io::Result<()> {
    fs::create_dir_all(path).map_err(|error| named(path, &error))
}

/// Writes a file whole or not at all: a new file beside it takes its place, with the old one's permissions.
///
/// # Errors
/// When the folder is not writable or the disk is full; the old content is then untouched.
pub fn write_atomic(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    // A link stays a link: what it points at is replaced.
    let target = fs::canonicalize(path)
        .ok()
        .and_then(|real| Utf8PathBuf::from_path_buf(real).ok())
        .unwrap_or_else(|| path.to_owned());
    let scratch = target.with_file_name(format!(
        ".{}.{}.tmp",
        target.file_name().unwrap_or("file"),
        std::process::id()
    ));
    let written = (|| {
        let mut file = fs::File::create(&scratch)?;
        if let Ok(old) = fs::metadata(&target) {
            // What root changes for a user stays that user's, where the system allows it.
            #[cfg(unix)]
            let _ = {
                use std::os::unix::fs::MetadataExt;
                std::os::unix::fs::fchown(&file, Some(old.uid()), Some(old.gid()))
            };
            file.set_permissions(old.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&scratch, &target)
    })();
    written.map_err(|error| {
        let _ = fs::remove_file(&scratch);
        named(path, &error)
    })
}

/// Creates a file that only its owner may read, or empties it.
///
/// # Errors
/// When that is not possible; the message names it.
pub fn write_private(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| named(path, &error))
}

/// Removes a file; one that is not there is fine.
pub fn remove(path: &Utf8Path) {
    let _ = fs::remove_file(path);
}

/// Removes everything in a folder, and the folder itself unless it is to be kept.
pub fn clear(dir: &Utf8Path, keep: bool) {
    for path in list(dir) {
        let _ = if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
    }
    if !keep {
        let _ = fs::remove_dir(dir);
    }
}

/// A path of that name in the system's folder for temporary files.
#[must_use]
pub fn temporary(name: &str) -> Utf8PathBuf {
    let dir = std::env::temp_dir();
    Utf8PathBuf::from_path_buf(dir)
        .unwrap_or_else(|_| Utf8PathBuf::from("."))
        .join(name)
}
