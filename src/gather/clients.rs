//! The connections to Postgres that the frontend's code makes.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::typescript::clients::{Prepares, clients};
use crate::system::fs;
use crate::text::Source;
use crate::workspace::Workspace;

/// A connection, and where it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The variables that its URL is read from, or may be.
    pub variables: Vec<String>,
    /// Whether nothing in the file tells which of them it is, if it is one.
    pub is_unread: bool,
    /// What it says of prepared statements.
    pub prepares: Prepares,
    /// The file, relative to the workspace.
    pub file: Utf8PathBuf,
    /// The line there.
    pub line: usize,
}

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

/// The connections that read one of these variables, or of which only running them would tell what they read.
#[must_use]
pub fn of(workspace: &Workspace, dir: &Utf8Path, variables: &[&str]) -> Vec<Client> {
    let mut found = Vec::new();
    look(workspace, dir, DEPTH, variables, &mut found);
    found
}

fn look(
    workspace: &Workspace,
    dir: &Utf8Path,
    depth: usize,
    variables: &[&str],
    found: &mut Vec<Client>,
) {
    for (name, is_dir) in fs::entries(&workspace.path(dir)) {
        let path = dir.join(&name);
        if is_dir {
            if depth > 0 && !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                look(workspace, &path, depth - 1, variables, found);
            }
            continue;
        }
        let is_test = name.contains(".test.") || name.contains(".spec.");
        if is_test || !path.extension().is_some_and(|it| ENDS.contains(&it)) {
            continue;
        }
        let Ok(text) = fs::read_text(&workspace.path(&path)) else {
            continue;
        };
        if !text.contains("postgres") {
            continue;
        }
        let is_named = variables.iter().any(|it| text.contains(*it));
        let source = Source::new(path.as_path(), text.clone());
        for client in clients(&text) {
            let is_unread = client.variables.is_empty() && !is_named;
            let read = if client.variables.is_empty() {
                // It is one of those that the file has; without any it may be each.
                let named = variables
                    .iter()
                    .filter(|it| is_unread || text.contains(**it));
                named.map(|it| (*it).to_owned()).collect()
            } else {
                client.variables
            };
            found.push(Client {
                variables: read,
                is_unread,
                prepares: client.prepares,
                line: source.position(client.span.start).line,
                file: path.clone(),
            });
        }
    }
}
