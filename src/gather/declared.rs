//! What the code's own settings classes say of single variables, as far as it can be read without running them.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python::{self, Field};
use crate::text::Source;
use crate::workspace::Workspace;

use super::stack::{DEPTH, collect};

/// A field of a settings class, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What the code says of it.
    pub field: Field,
    /// The file, relative to the workspace.
    pub file: Utf8PathBuf,
    /// The line there.
    pub line: usize,
}

impl Declared {
    /// The variables that it is read from, the first that is set.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let others = self.field.others.iter();
        std::iter::once(&self.field.variable)
            .chain(others)
            .map(String::as_str)
    }

    /// Where it stands: `backend/settings.py:12`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// The fields that a check may ask for: those with a pattern or a type of URL, and lists of origins.
#[must_use]
pub fn of(workspace: &Workspace) -> Vec<Declared> {
    let mut declared = Vec::new();
    let mut found = |path: &Utf8Path, text: String| {
        let has = |word: &str| text.contains(word);
        if !has("Settings") || !["pattern=", "origins", "Dsn", "Url"].into_iter().any(has) {
            return;
        }
        let fields = python::read(&text).fields;
        let source = Source::new(path, text);
        declared.extend(fields.into_iter().map(|field| Declared {
            line: source.position(field.offset).line,
            file: path.to_owned(),
            field,
        }));
    };
    collect(&workspace.root, Utf8Path::new(""), DEPTH, &mut found);
    declared
}
