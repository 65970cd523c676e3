//! Linux: `/proc`, of each process only what tells whether it lives in the folder.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Resident, is_mark, lives};

/// Those that live in `dir`.
pub(super) fn residents(dir: &Utf8Path) -> Vec<Resident> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| resident(dir, entry.file_name().to_str()?.parse().ok()?))
        .collect()
}

fn resident(dir: &Utf8Path, pid: u32) -> Option<Resident> {
    let at = |name: &str| format!("/proc/{pid}/{name}");
    // A process that has ended has no words left.
    let command = words(&fs::read(at("cmdline")).ok()?);
    let cwd = fs::read_link(at("cwd"))
        .ok()
        .and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
    if command.is_empty() || !lives(dir, cwd.as_ref(), &command) {
        return None;
    }
    let stat = fs::read_to_string(at("stat")).ok()?;
    let (begin, end) = (stat.find('(')?, stat.rfind(')')?);
    let mut fields = stat.get(end + 1..)?.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let environment = fs::read(at("environ")).unwrap_or_default();
    Some(Resident {
        pid,
        parent: fields.next()?.parse().ok()?,
        name: stat.get(begin + 1..end)?.to_owned(),
        supervised: (!environment.is_empty())
            .then(|| words(&environment).iter().any(|variable| is_mark(variable))),
        command,
        cwd,
    })
}

/// Texts that each end with NUL.
fn words(bytes: &[u8]) -> Vec<String> {
    bytes
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect()
}
