//! Which files git tracks, read from its index: starting git would take longer than the whole check.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;

/// The paths under `root`, relative to it, that the repository around it tracks and `wanted` asks
/// for. Empty when there is no repository or its index cannot be read.
#[must_use]
pub(super) fn tracked(root: &Utf8Path, wanted: &dyn Fn(&str) -> bool) -> BTreeSet<Utf8PathBuf> {
    let Some((top, git)) = root.ancestors().find_map(|dir| Some((dir, git_dir(dir)?))) else {
        return BTreeSet::new();
    };
    let Ok(index) = fs::read(&git.join("index")) else {
        return BTreeSet::new();
    };
    let prefix = root
        .strip_prefix(top)
        .map(|path| path.as_str().replace('\\', "/"))
        .unwrap_or_default();
    let prefix = if prefix.is_empty() {
        prefix
    } else {
        format!("{prefix}/")
    };
    let mut found = BTreeSet::new();
    each_path(&index, |path| {
        if let Some(relative) = path.strip_prefix(&prefix)
            && wanted(relative)
        {
            found.insert(Utf8PathBuf::from(relative));
        }
    });
    found
}

/// Every path that the repository around `root` tracks below it; none where there is no repository.
#[must_use]
pub fn files(root: &Utf8Path) -> Option<BTreeSet<Utf8PathBuf>> {
    root.ancestors().find_map(git_dir)?;
    Some(tracked(root, &|_| true))
}

/// The repository's own folder: `.git`, or what the file of that name points to in a worktree.
fn git_dir(dir: &Utf8Path) -> Option<Utf8PathBuf> {
    let path = dir.join(".git");
    if fs::is_dir_if_there(&path)? {
        return Some(path);
    }
    let text = fs::read_text(&path).ok()?;
    Some(dir.join(text.strip_prefix("gitdir:")?.trim()))
}

/// Calls `each` with every path of an index of version 2, 3 or 4. Stops where the bytes make no sense.
/// Format: <https://git-scm.com/docs/index-format>.
fn each_path(index: &[u8], mut each: impl FnMut(&str)) -> Option<()> {
    const FIXED: usize = 62;
    const EXTENDED: u16 = 0x4000;
    let number = |at: usize| {
        index
            .get(at..at + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u32::from_be_bytes)
    };
    if index.get(..4)? != b"DIRC" {
        return None;
    }
    let (version, count) = (number(4)?, number(8)?);
    let mut at = 12;
    let mut previous: Vec<u8> = Vec::new();
    for _ in 0..count {
        let start = at;
        let flags = u16::from_be_bytes(index.get(at + 60..at + FIXED)?.try_into().ok()?);
        at += FIXED
            + if version >= 3 && flags & EXTENDED != 0 {
                2
            } else {
                0
            };
        if version == 4 {
            // The path shares its beginning with the one before: how many bytes to drop, then the rest.
            let (drop, length) = variable_width(index.get(at..)?)?;
            at += length;
            previous.truncate(previous.len().checked_sub(drop)?);
        } else {
            previous.clear();
        }
        let length = memchr::memchr(0, index.get(at..)?)?;
        previous.extend_from_slice(index.get(at..at + length)?);
        at += length + 1;
        if version < 4 {
            // Entries are padded with NULs to a multiple of eight bytes.
            at = start + (at - start).div_ceil(8) * 8;
        }
        if let Ok(path) = std::str::from_utf8(&previous) {
            each(path);
        }
    }
    Some(())
}

/// Git's variable width number (the one of pack offsets), and how many bytes it takes.
fn variable_width(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(8) {
        value = (value << 7) | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
        value += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of version 2 as git writes it, without the checksum, which nobody reads here.
    fn index(paths: &[&str]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(paths.len()).unwrap_or(0).to_be_bytes());
        for path in paths {
            let start = bytes.len();
            bytes.extend([0; 60]);
            bytes.extend(u16::try_from(path.len()).unwrap_or(0).to_be_bytes());
            bytes.extend(path.as_bytes());
            bytes.push(0);
            while !(bytes.len() - start).is_multiple_of(8) {
                bytes.push(0);
            }
        }
        bytes
    }

    #[test]
    fn the_paths_of_an_index_are_read() {
        let paths = [
            ".env",
            "a",
            "backend/.env.production",
            "frontend/package.json",
        ];
        let mut found = Vec::new();
        assert_eq!(
            each_path(&index(&paths), |path| found.push(path.to_owned())),
            Some(())
        );
        assert_eq!(found, paths);
    }

    #[test]
    fn nonsense_ends_the_reading() {
        let whole = index(&["a", "b"]);
        for end in 0..whole.len() - 1 {
            let mut found = 0;
            each_path(&whole[..end], |_| found += 1);
            assert!(found < 2, "{end} bytes");
        }
        assert_eq!(each_path(b"PACK", |_| {}), None);
    }
}
