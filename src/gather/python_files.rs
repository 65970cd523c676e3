//! The Python files of a workspace.

use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::{access, fs};

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

/// The same, with those that this user may not read, and the folders that he may not look into.
pub(super) fn collect_all(
    root: &Utf8Path,
    dir: &Utf8Path,
    depth: usize,
    found: &mut impl FnMut(&Utf8Path, String),
    refused: &mut Vec<Utf8PathBuf>,
) {
    let entries = fs::entries(&root.join(dir));
    if entries.is_empty() && !access::enterable(&root.join(dir)) {
        refused.push(dir.to_owned());
    }
    for (name, is_dir) in entries {
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

/// Whether code imports what lies in a folder: one that nobody may look into may as well hold data.
pub(super) fn is_imported(root: &Utf8Path, folder: &Utf8Path) -> bool {
    let mut is_it = false;
    let mut found = |path: &Utf8Path, text: String| {
        is_it |= text.lines().any(|line| imports(line, path, folder));
    };
    collect(root, Utf8Path::new(""), DEPTH, &mut found);
    is_it
}

/// Whether a line of that file imports from a folder: `from backend.core import x`, `import core.x`, and in the file
/// beside it `from .core import x` and `from . import core`.
fn imports(line: &str, file: &Utf8Path, folder: &Utf8Path) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let line = line.trim_start();
    let (from, rest) = match (line.strip_prefix("from "), line.strip_prefix("import ")) {
        (Some(rest), _) => (true, rest.trim_start()),
        (None, Some(rest)) => (false, rest),
        (None, None) => return false,
    };
    if rest.starts_with('.') {
        let mut words = rest.split(|c: char| !is_part(c));
        let is_beside = file.parent() == folder.parent();
        return is_beside && words.any(|word| Some(word) == folder.file_name());
    }
    let mut ways = rest.split(if from { ' ' } else { ',' });
    let parts: Vec<&str> = folder.components().map(|part| part.as_str()).collect();
    let leads = |way: &str| {
        let way = way.trim().split(' ').next().unwrap_or_default();
        let named: Vec<&str> = way.split('.').collect();
        (0..parts.len()).any(|at| parts.get(at..).is_some_and(|own| named.starts_with(own)))
    };
    if from {
        ways.next().is_some_and(leads)
    } else {
        ways.any(leads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_code_where_it_is_imported() {
        for (line, is_it) in [
            ("from backend.core import x", true),
            ("    from backend.core.settings import x", true),
            ("from core.settings import x", true),
            ("import os, backend.core", true),
            ("import core as it", true),
            ("from .core import x", true),
            ("from . import api, core", true),
            ("from backend.core2 import x", false),
            ("from other.core import x", false),
            ("from backend import main", false),
            ("core = 1", false),
        ] {
            let told = imports(line, "backend/main.py".into(), "backend/core".into());
            assert_eq!(told, is_it, "{line}");
        }
        // Of another folder that is another module.
        let line = "from .core import x";
        assert!(!imports(
            line,
            "worker/main.py".into(),
            "backend/core".into()
        ));
    }
}
