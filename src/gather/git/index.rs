//! The entries of git's index, by its format: <https://git-scm.com/docs/index-format>. What is not plain
//! (a split or a sparse index, a format of later times, damage) is not understood, and never half
//! understood: a path that is missed here is an env file that nobody hears of.

/// An object's name: SHA-1, and SHA-256 in repositories that were made so.
const HASHES: [usize; 2] = [20, 32];

/// What stands before an object's name in an entry: times, device, inode, mode, owner, size.
const STAT: usize = 40;

/// Where in it the mode stands.
const MODE: usize = 24;

/// What the index says of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The path, from the top.
    pub path: &'a str,
    /// One side of a conflict that is not resolved: such a path has several entries.
    pub is_unmerged: bool,
    /// It is meant to be in the folder: a file or a link, neither left out of a sparse checkout nor only announced.
    pub is_meant: bool,
}

/// The paths that `wanted` asks for; none when the index is not understood.
#[must_use]
pub fn paths(index: &[u8], wanted: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    each(index, |entry| {
        wanted(entry.path).then(|| entry.path.to_owned())
    })
}

/// What `kept` makes of each entry, as far as that is something; none when the index is not understood.
#[must_use]
pub fn each<T>(index: &[u8], kept: impl Fn(Entry<'_>) -> Option<T>) -> Option<Vec<T>> {
    // The index does not say which hash it is written with. With the wrong one the first entry makes
    // no sense already, or else the last.
    HASHES.iter().find_map(|hash| {
        let mut found = Vec::new();
        let end = entries(index, *hash, &mut |entry| found.extend(kept(entry)))?;
        is_plain(index, end, *hash).then_some(found)
    })
}

/// Calls `each` with every entry of an index of version 2, 3 or 4, and says where they end.
fn entries(index: &[u8], hash: usize, each: &mut dyn FnMut(Entry<'_>)) -> Option<usize> {
    const EXTENDED: u16 = 0x4000;
    const STAGE: u16 = 0x3000;
    const LENGTH: u16 = 0x0fff;
    // Of the further flags: left out of a sparse checkout, and announced by `git add -N`.
    const NOT_MEANT: u16 = 0x4000 | 0x2000;
    let fixed = STAT + hash + 2;
    if index.get(..4)? != b"DIRC" {
        return None;
    }
    let (version, count) = (number(index, 4)?, number(index, 8)?);
    if !(2..=4).contains(&version) {
        return None;
    }
    let mut at = 12;
    let mut path: Vec<u8> = Vec::new();
    for _ in 0..count {
        let start = at;
        // Files, links and submodules; a folder stands for all that is in it, in a sparse index.
        let kind = number(index, at + MODE)? >> 12;
        if !matches!(kind, 0o10 | 0o12 | 0o16) {
            return None;
        }
        let flags = flags(index, at + fixed - 2)?;
        let extended = version >= 3 && flags & EXTENDED != 0;
        let further = if extended {
            self::flags(index, at + fixed)?
        } else {
            0
        };
        at += fixed + if extended { 2 } else { 0 };
        if version == 4 {
            // The path shares its beginning with the one before: how many bytes to drop, then the rest.
            let (drop, length) = variable_width(index.get(at..)?)?;
            at += length;
            path.truncate(path.len().checked_sub(drop)?);
        } else {
            path.clear();
        }
        let length = memchr::memchr(0, index.get(at..)?)?;
        path.extend_from_slice(index.get(at..at + length)?);
        let told = usize::from(flags & LENGTH);
        if path.is_empty() || told != path.len().min(usize::from(LENGTH)) {
            return None;
        }
        at += length + 1;
        if version < 4 {
            // Entries are padded with NULs to a multiple of eight bytes.
            at = start + (at - start).div_ceil(8) * 8;
        }
        each(Entry {
            path: &String::from_utf8_lossy(&path),
            is_unmerged: flags & STAGE != 0,
            is_meant: kind != 0o16 && further & NOT_MEANT == 0,
        });
    }
    Some(at)
}

/// Whether nothing follows the entries but what may be passed over, and the hash of it all. An
/// extension that begins with a small letter changes what the entries mean: `link`, `sdir`.
fn is_plain(index: &[u8], mut at: usize, hash: usize) -> bool {
    let Some(end) = index.len().checked_sub(hash) else {
        return false;
    };
    while at < end {
        let (Some(name), Some(length)) = (index.get(at), number(index, at + 4)) else {
            return false;
        };
        if !name.is_ascii_uppercase() {
            return false;
        }
        at = at.saturating_add(8).saturating_add(length as usize);
    }
    at == end
}

fn flags(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    bytes.try_into().ok().map(u16::from_be_bytes)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    bytes.try_into().ok().map(u32::from_be_bytes)
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

    /// An index of version 2 as git writes it, with nothing for a checksum, which nobody reads here.
    fn index(paths: &[&str], hash: usize, mode: u32, extensions: &[&[u8; 4]]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(paths.len()).unwrap_or(0).to_be_bytes());
        for path in paths {
            let start = bytes.len();
            bytes.extend([0; MODE]);
            bytes.extend(mode.to_be_bytes());
            bytes.resize(start + STAT, 0);
            bytes.resize(start + STAT + hash, 0xa5);
            bytes.extend(u16::try_from(path.len()).unwrap_or(0).to_be_bytes());
            bytes.extend(path.as_bytes());
            bytes.push(0);
            while !(bytes.len() - start).is_multiple_of(8) {
                bytes.push(0);
            }
        }
        for name in extensions {
            bytes.extend(*name);
            bytes.extend(3_u32.to_be_bytes());
            bytes.extend(b"abc");
        }
        bytes.resize(bytes.len() + hash, 0);
        bytes
    }

    fn read(index: &[u8]) -> Option<Vec<String>> {
        paths(index, &|_| true)
    }

    const FILE: u32 = 0o100_644;
    const PATHS: [&str; 4] = [
        ".env",
        "a",
        "backend/.env.production",
        "frontend/package.json",
    ];

    #[test]
    fn the_paths_of_an_index_are_read() {
        let all: Vec<String> = PATHS.map(str::to_owned).to_vec();
        for hash in HASHES {
            for extensions in [&[][..], &[b"TREE", b"EOIE"]] {
                let index = index(&PATHS, hash, FILE, extensions);
                assert_eq!(read(&index).as_ref(), Some(&all), "{hash} {extensions:?}");
            }
        }
        assert_eq!(read(&index(&[], 20, FILE, &[])), Some(vec![]));
        let some = paths(&index(&PATHS, 20, FILE, &[]), &|path| path == "a");
        assert_eq!(some, Some(vec!["a".to_owned()]));
    }

    #[test]
    fn what_is_not_plain_is_not_understood() {
        for extension in [b"link", b"sdir", b"next"] {
            assert_eq!(read(&index(&PATHS, 20, FILE, &[extension])), None);
        }
        assert_eq!(read(&index(&["a"], 20, 0o40_000, &[])), None);
        let mut later = index(&PATHS, 20, FILE, &[]);
        later[7] = 5;
        assert_eq!(read(&later), None);
    }

    #[test]
    fn damage_is_not_understood() {
        for hash in HASHES {
            let whole = index(&PATHS, hash, FILE, &[b"TREE"]);
            for end in 0..whole.len() {
                // Behind the last entry nothing is lost.
                let found = read(&whole[..end]);
                assert!(
                    found
                        .as_ref()
                        .is_none_or(|found| found.len() == PATHS.len()),
                    "{end} bytes: {found:?}"
                );
            }
        }
        assert_eq!(read(b"PACK"), None);
        assert_eq!(read(b"garbage garbage garbage garbage garbage"), None);
    }
}
