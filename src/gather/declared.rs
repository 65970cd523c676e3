//! What the code's own settings classes say of single variables, as far as it can be read without running them.

use camino::{Utf8Path, Utf8PathBuf};
use regex::Regex;

use crate::code::python::{self, Field};
use crate::schema::types::Kind;
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
    pub fn variables(&self) -> impl Iterator<Item = &str> + Clone {
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

/// Whether a value fits a pattern. What pydantic's patterns have and ours do not is not judged.
#[must_use]
pub fn matches(pattern: &str, value: &str) -> bool {
    Regex::new(pattern).is_ok_and(|it| it.is_match(value)) || Regex::new(pattern).is_err()
}

/// What a schema says that a value may be, without what the code refuses.
#[must_use]
pub fn narrowed(all: &[Declared], name: &str, words: &str) -> String {
    const LOCAL: &str = "http://127.0.0.1:54321";
    let said = Kind::SupabaseUrl.to_string();
    let refuses = |declared: &Declared| {
        let wanted = declared.field.pattern.as_deref();
        declared.variables().any(|it| it == name)
            && wanted.is_some_and(|wanted| !matches(wanted, LOCAL))
    };
    match said.split_once(", or ") {
        Some((project, _)) if words.contains(&said) && all.iter().any(refuses) => {
            words.replace(&said, project)
        }
        _ => words.to_owned(),
    }
}

/// Whether a way out offers what the code may refuse, which takes a look at the code.
#[must_use]
pub fn may_be_narrowed(words: &str) -> bool {
    words.contains(&Kind::SupabaseUrl.to_string())
}
