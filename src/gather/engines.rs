//! The connections to Postgres that the backend's code makes with asyncpg.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python::{self, Bears};
use crate::text::Source;
use crate::workspace::Workspace;

use super::python_files::{DEPTH, collect};

/// An engine, a pool or a connection, and where it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// Whether it gets on with a pooler in transaction mode.
    pub bears: Bears,
    /// Whether its statements get names of their own.
    pub is_named: bool,
    /// The file, relative to the workspace.
    pub file: Utf8PathBuf,
    /// The line there.
    pub line: usize,
}

/// Those of a tier's folder, without tests.
#[must_use]
pub fn of(workspace: &Workspace, dir: &Utf8Path) -> Vec<Engine> {
    let mut found = Vec::new();
    let mut read = |path: &Utf8Path, text: String| {
        let name = path.file_stem().unwrap_or_default();
        let is_test = name == "conftest" || name.starts_with("test_") || name.ends_with("_test");
        if is_test
            || !["async_engine", "asyncpg"]
                .iter()
                .any(|it| text.contains(it))
        {
            return;
        }
        let engines = python::engines(&text);
        let source = Source::new(path, text);
        found.extend(engines.into_iter().map(|engine| Engine {
            bears: engine.bears,
            is_named: engine.is_named,
            line: source.position(engine.offset).line,
            file: path.to_owned(),
        }));
    };
    collect(&workspace.root, dir, DEPTH, &mut read);
    found
}
