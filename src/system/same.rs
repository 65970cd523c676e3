//! Whether two paths lead to one thing, however they are spelled. A link to a folder, a mount of it and the
//! folder under a new name are the same one; a copy is another.

use std::fs::File;

use camino::Utf8Path;

/// What tells a file or folder from every copy of it; none where nothing is. The number of its disk may be
/// another one after the next start of the machine, and is left out.
#[must_use]
#[cfg(unix)]
pub fn identity(path: &Utf8Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    Some(path.metadata().ok()?.ino().to_string())
}

/// What tells a file or folder from every copy of it; none where nothing is. Windows lets nobody rename a
/// folder in which a file is locked.
#[must_use]
#[cfg(not(unix))]
pub fn identity(path: &Utf8Path) -> Option<String> {
    path.canonicalize_utf8().ok().map(String::from)
}

/// Whether both paths lead to one thing that is there.
#[must_use]
#[cfg(unix)]
pub fn is(one: &Utf8Path, other: &Utf8Path) -> bool {
    match (one.metadata(), other.metadata()) {
        (Ok(one), Ok(other)) => place(&one) == place(&other),
        _ => false,
    }
}

/// Whether both paths lead to one thing that is there.
#[must_use]
#[cfg(not(unix))]
pub fn is(one: &Utf8Path, other: &Utf8Path) -> bool {
    identity(one).is_some_and(|one| Some(one) == identity(other))
}

/// Whether a file that is open is still the one at this path.
#[must_use]
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Utf8Path) -> bool {
    match (file.metadata(), path.metadata()) {
        (Ok(open), Ok(there)) => place(&open) == place(&there),
        _ => false,
    }
}

/// Whether a file that is open is still the one at this path: while it is locked, nobody puts another there.
#[must_use]
#[cfg(not(unix))]
pub(super) fn is_at(_file: &File, path: &Utf8Path) -> bool {
    path.exists()
}

/// What tells a file from another one that has come to its path.
#[cfg(unix)]
pub(super) fn place(of: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (of.dev(), of.ino())
}

/// What tells a file from another one that has come to its path: here its length has to do that.
#[cfg(not(unix))]
pub(super) fn place(_of: &std::fs::Metadata) -> (u64, u64) {
    (0, 0)
}

/// Whether a file that is open has no name any more: nobody else comes to it.
#[cfg(unix)]
pub(super) fn is_nameless(of: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    of.nlink() == 0
}

/// Whether a file that is open has no name any more: here it keeps that until it is closed.
#[cfg(not(unix))]
pub(super) fn is_nameless(_of: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8PathBuf;

    #[test]
    fn a_renamed_folder_is_the_same_and_a_new_one_in_its_place_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        let (old, new) = (dir.join("old"), dir.join("new"));
        crate::system::fs::create_dir_all(&old).expect("a folder");
        let before = identity(&old);
        assert!(before.is_some() && is(&old, &dir.join("old/.")));
        std::fs::rename(&old, &new).expect("renamed");
        assert_eq!(identity(&old), None);
        assert!(!is(&old, &new));
        #[cfg(unix)]
        {
            crate::system::fs::create_dir_all(&old).expect("a folder");
            assert_eq!(identity(&new), before);
            assert_ne!(identity(&old), before);
            std::os::unix::fs::symlink(&new, dir.join("link")).expect("a link");
            assert!(is(&dir.join("link"), &new) && !is(&old, &new));
        }
    }
}
