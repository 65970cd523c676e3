//! The Python files of a workspace.

use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::fs;

/// Folders that hold no code of the workspace.
const SKIPPED: &[&str] = &[
    "node_modules",
    "__pycache__",
    "venv",
    "site-packages",
    "tests",
    "test",
    "examples",
    "docs",
    "migrations",
    "alembic",
    "dist",
    "build",
];

/// Where applications live, seen from a package: deeper ones are somebody's experiment.
pub(super) const DEPTH: usize = 4;

/// Every Python file, with its text.
pub(super) fn collect(
    root: &Utf8Path,
    dir: &Utf8Path,
    depth: usize,
    found: &mut impl FnMut(&Utf8Path, String),
) {
    let mut refused = Vec::new();
    collect_all(root, dir, depth, found, &mut refused);
}

/// The same, with those that this user may not read.
pub(super) fn collect_all(
    root: &Utf8Path,
    dir: &Utf8Path,
    depth: usize,
    found: &mut impl FnMut(&Utf8Path, String),
    refused: &mut Vec<Utf8PathBuf>,
) {
    for (name, is_dir) in fs::entries(&root.join(dir)) {
        let relative = dir.join(&name);
        if is_dir {
            if depth > 0 && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                collect_all(root, &relative, depth - 1, found, refused);
            }
        } else if relative.extension() == Some("py") {
            match fs::read_text(&root.join(&relative)) {
                Ok(text) => found(&relative, text),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => refused.push(relative),
                Err(_) => {}
            }
        }
    }
}
