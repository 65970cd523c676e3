//! The settings classes of a workspace, with the env files that they name.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python::{self, SettingsClass, Use};
use crate::env::dialect::{Ambient, Dialect, Source as Bytes, load};
use crate::system::fs;
use crate::text::Source;
use crate::workspace::Workspace;

use super::stack::{DEPTH, collect};

/// A settings class, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What its text says.
    pub class: SettingsClass,
    /// The file, relative to the workspace.
    pub file: Utf8PathBuf,
    /// Where its settings stand there, else the class itself.
    pub line: usize,
    /// Whether somebody may make one, by the Python of the workspace.
    pub is_used: bool,
}

/// Every class of the modules that import pydantic-settings, or what has the name of settings.
#[must_use]
pub fn of(workspace: &Workspace) -> Vec<Placed> {
    let mut texts: Vec<(Utf8PathBuf, String)> = Vec::new();
    let mut found = |path: &Utf8Path, text: String| {
        if text.contains("ettings") {
            texts.push((path.to_owned(), text));
        }
    };
    collect(&workspace.root, Utf8Path::new(""), DEPTH, &mut found);
    // Without a class that is pydantic-settings' own there is none, and its first version refuses nothing.
    let has_own = |text: &str| text.contains("BaseSettings") && text.contains("pydantic_settings");
    if !texts.iter().any(|(_, text)| has_own(text)) {
        return Vec::new();
    }
    let mut placed = Vec::new();
    for (file, text) in &texts {
        let is_root = |class: &SettingsClass| class.bases.iter().any(|it| it == "BaseSettings");
        let mut classes = python::settings_classes(text);
        classes.retain(|class| !is_root(class) || has_own(text));
        let source = Source::new(file.as_path(), text.clone());
        for class in classes {
            let uses = texts.iter().filter(|(_, text)| text.contains(&class.name));
            let uses: Vec<Use> = uses
                .map(|(_, text)| python::use_of(text, &class.name))
                .collect();
            placed.push(Placed {
                line: source.position(class.offset).line,
                is_used: uses.contains(&Use::Plain) && !uses.contains(&Use::Special),
                file: file.clone(),
                class,
            });
        }
    }
    placed
}

/// What an env file sets to something, and the line of each, as python-dotenv reads it; nothing where it is not
/// there or cannot be read.
#[must_use]
pub fn set_in(workspace: &Workspace, file: &Utf8Path) -> BTreeMap<String, usize> {
    let text = fs::read_text_if_there(&workspace.path(file));
    let Ok(Some(text)) = text else {
        return BTreeMap::new();
    };
    let loaded = load(
        Dialect::PythonDotenv,
        Bytes::new(text.as_bytes()),
        &Ambient::default(),
    );
    let set = loaded.values.iter().filter_map(|(name, entry)| {
        let is_set = entry.value.as_ref().is_some_and(|it| !it.is_empty());
        let line = loaded.bindings.get(entry.binding)?.line;
        is_set.then(|| (name.to_owned(), usize::try_from(line).unwrap_or(1)))
    });
    set.collect()
}
