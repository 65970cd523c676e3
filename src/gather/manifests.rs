//! The manifests of one folder, or why they cannot be read.

use camino::Utf8Path;

use crate::code::manifest::{self, PackageJson, PyProject, Unreadable};
use crate::env::secrets_in_settings;
use crate::system::fs;
use crate::text::encoding::is_utf16;
use crate::text::{Source, Span};
use crate::workspace::Workspace;
use crate::workspace::stack::Broken;

use super::env_files::hidden_in;

/// The `pyproject.toml` of a folder; none where there is none.
pub(super) fn pyproject(
    workspace: &Workspace,
    dir: &Utf8Path,
) -> Option<Result<PyProject, Broken>> {
    read(workspace, dir, "pyproject.toml", manifest::pyproject)
}

/// The `package.json` of a folder; none where there is none.
pub(super) fn package_json(
    workspace: &Workspace,
    dir: &Utf8Path,
) -> Option<Result<PackageJson, Broken>> {
    read(workspace, dir, "package.json", manifest::package_json)
}

/// What bun refuses of the `package.json` of a folder; none where it takes all, or cannot read it.
pub(super) fn refused_by_bun(workspace: &Workspace, dir: &Utf8Path) -> Option<Broken> {
    let taken = read(workspace, dir, "package.json", |text| {
        // Of one that nobody can read that is told.
        match manifest::package_json(text) {
            Ok(_) => manifest::taken_by_bun(text),
            Err(_) => Ok(()),
        }
    });
    taken?.err().filter(|it| !it.source.text().is_empty())
}

/// The first line that `is_it`.
pub(super) fn line(text: &str, is_it: impl Fn(&str) -> bool) -> Option<Span> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if is_it(line) {
            return Some(Span::new(start, start + line.trim_end().len()));
        }
        start += line.len();
    }
    None
}

/// A manifest that can be read and that is refused all the same, for what `find` finds in it.
pub(super) fn refused(
    workspace: &Workspace,
    dir: &Utf8Path,
    name: &str,
    why: String,
    find: impl Fn(&str) -> Option<Span>,
) -> Broken {
    let file = dir.join(name);
    let text = fs::read_text(&workspace.path(&file)).unwrap_or_default();
    let at = find(&text).unwrap_or(Span::new(0, 0));
    Broken {
        source: Source::with_secrets(file, text, hidden_in(workspace, secrets_in_settings)),
        at,
        why,
    }
}

fn read<T>(
    workspace: &Workspace,
    dir: &Utf8Path,
    name: &str,
    parse: fn(&str) -> Result<T, Unreadable>,
) -> Option<Result<T, Broken>> {
    let file = dir.join(name);
    let path = workspace.path(&file);
    let broken = |text: String, at: Span, why: String| Broken {
        source: Source::with_secrets(file, text, hidden_in(workspace, secrets_in_settings)),
        at,
        why,
    };
    match fs::read_text_if_there(&path) {
        Ok(text) => {
            let text = text?;
            Some(parse(&text).map_err(|unreadable| broken(text, unreadable.at, unreadable.why)))
        }
        // A folder of that name is no manifest, and nothing is in a folder that is a file.
        Err(_) if fs::is_dir(&path) || !fs::exists(&path) => None,
        Err(error) => {
            if let Some((text, at)) = fs::read(&path).ok().and_then(not_utf8) {
                let why = if is_utf16(&text) {
                    "it is UTF-16, not UTF-8".to_owned()
                } else {
                    format!("byte {} is not UTF-8", at.start + 1)
                };
                return Some(Err(broken(text, at, why)));
            }
            let words = fs::plain(&error);
            let why = words.strip_prefix(&format!("{path}: ")).unwrap_or(&words);
            Some(Err(broken(String::new(), Span::new(0, 0), why.to_owned())))
        }
    }
}

/// What is no UTF-8, with U+FFFD for what cannot be read, and the first place of that.
fn not_utf8(bytes: Vec<u8>) -> Option<(String, Span)> {
    let error = String::from_utf8(bytes).err()?;
    let at = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    Some((text, Span::new(at, at + '\u{fffd}'.len_utf8())))
}
