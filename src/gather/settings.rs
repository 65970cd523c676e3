//! The settings classes of a workspace, with the env files that they name.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python::{self, SettingsClass, Use};
use crate::env::dialect::{Ambient, Dialect, Source as Bytes, load};
use crate::system::fs;
use crate::text::Source;
use crate::workspace::Workspace;

use super::python_files::{DEPTH, collect};

/// A settings class, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What its text says.
    pub class: SettingsClass,
    /// The file, relative to the workspace.
    pub file: Utf8PathBuf,
    /// Where its settings stand there, else the class itself.
    pub line: usize,
}

/// The settings classes of a workspace, and the modules that may make them.
#[derive(Debug, Default)]
pub struct Settings {
    /// All of them.
    pub classes: Vec<Placed>,
    texts: Vec<(Utf8PathBuf, String)>,
}

impl Settings {
    /// Whether somebody may make one of that name, by the Python of the workspace. Every module that names it is
    /// parsed for that.
    #[must_use]
    pub fn is_made(&self, name: &str) -> bool {
        let texts = self.texts.iter().filter(|(_, text)| text.contains(name));
        let uses: Vec<Use> = texts.map(|(_, text)| python::use_of(text, name)).collect();
        uses.contains(&Use::Plain) && !uses.contains(&Use::Special)
    }
}

/// Every class of the modules that import pydantic-settings, or what has the name of settings.
#[must_use]
pub fn of(workspace: &Workspace) -> Settings {
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
        return Settings::default();
    }
    let mut classes = Vec::new();
    for (file, text) in texts.iter().filter(|(_, text)| text.contains("class ")) {
        let is_root = |class: &SettingsClass| class.bases.iter().any(|it| it == "BaseSettings");
        let mut own = python::settings_classes(text);
        own.retain(|class| !is_root(class) || has_own(text));
        let source = Source::new(file.as_path(), text.clone());
        classes.extend(own.into_iter().map(|class| Placed {
            line: source.position(class.offset).line,
            file: file.clone(),
            class,
        }));
    }
    Settings { classes, texts }
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
