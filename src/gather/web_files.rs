//! The source files of a web application.

use camino::Utf8Path;

use crate::system::fs;
use crate::workspace::Workspace;

/// Folders that hold no code of the application's own.
const SKIPPED: &[&str] = &[
    "node_modules",
    "dist",
    "build",
    "out",
    "coverage",
    "public",
    "tests",
    "test",
    "__tests__",
    "e2e",
    "scripts",
];

const ENDS: &[&str] = &["ts", "tsx", "mts", "js", "jsx", "mjs", "cjs"];

/// How deep below the frontend's folder: `src/app/(group)/api/name/[id]/route.ts`.
const DEPTH: usize = 8;

/// Whether one of the files below the application's folder is meant; each is shown with its text until then.
pub(super) fn any(
    workspace: &Workspace,
    dir: &Utf8Path,
    is_it: &mut impl FnMut(&Utf8Path, String) -> bool,
) -> bool {
    look(workspace, dir, DEPTH, is_it)
}

fn look(
    workspace: &Workspace,
    dir: &Utf8Path,
    depth: usize,
    is_it: &mut impl FnMut(&Utf8Path, String) -> bool,
) -> bool {
    fs::entries(&workspace.path(dir))
        .into_iter()
        .any(|(name, is_dir)| {
            let path = dir.join(&name);
            if is_dir {
                let is_own = !name.starts_with('.') && !SKIPPED.contains(&name.as_str());
                return is_own && depth > 0 && look(workspace, &path, depth - 1, is_it);
            }
            let is_test = name.contains(".test.") || name.contains(".spec.");
            if is_test || !path.extension().is_some_and(|it| ENDS.contains(&it)) {
                return false;
            }
            let text = fs::read_text(&workspace.path(&path));
            text.is_ok_and(|text| is_it(&path, text))
        })
}
