//! The Python files of a workspace.

use camino::Utf8Path;

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
    for (name, is_dir) in fs::entries(&root.join(dir)) {
        let relative = dir.join(&name);
        if is_dir {
            if depth > 0 && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                collect(root, &relative, depth - 1, found);
            }
        } else if relative.extension() == Some("py")
            && let Ok(text) = fs::read_text(&root.join(&relative))
        {
            found(&relative, text);
        }
    }
}
