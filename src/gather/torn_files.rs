//! Code that cannot be loaded as it stands: both sides of a merge, or a mistake at which Python stops.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::{python, typescript};
use crate::env::secrets_in_settings;
use crate::system::fs;
use crate::text::merge::{self, Merge};
use crate::text::{Source, Span};
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

use super::env_files::hidden_in;
use super::git::{self, Unfinished};
use super::{python_reach, venv, web_files};

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tear {
    /// A merge was not finished in it.
    Merge {
        /// Where.
        merge: Merge,
        /// Whether git has it for unresolved.
        is_unmerged: bool,
    },
    /// A service loads it, and Python stops there.
    Mistake(String),
    /// It imports a module that is not there: its path without its ending, and whether the last commit has it.
    Astray(Utf8PathBuf, Option<Utf8PathBuf>),
}

/// A file of code that cannot be loaded.
#[derive(Debug, Clone)]
pub struct Torn {
    /// The file.
    pub source: Source,
    /// Where it begins.
    pub at: Span,
    /// What is wrong with it.
    pub tear: Tear,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// How many files were looked at.
    pub files: usize,
    /// Those that cannot be loaded, in the order of their names.
    pub torn: Vec<Torn>,
    /// What git began and nobody finished.
    pub unfinished: Option<Unfinished>,
}

/// Looks at the code of both sides; git is asked with these variables.
#[must_use]
pub fn find(workspace: &Workspace, stack: &Stack, variables: &BTreeMap<String, String>) -> Found {
    let standing = git::standing(&workspace.root).unwrap_or_default();
    let python = python_reach::texts(workspace);
    let mut web = BTreeMap::new();
    if let Some(side) = &stack.web {
        web_files::any(workspace, &side.dir, &mut |path, text| {
            web.insert(path.to_owned(), text);
            false
        });
    }
    let mut torn: BTreeMap<Utf8PathBuf, Torn> = BTreeMap::new();
    let source = |path: &Utf8Path, text: &str| {
        Source::with_secrets(path, text, hidden_in(workspace, secrets_in_settings))
    };
    for (path, text) in python.iter().chain(&web) {
        let Some(merge) = merge::unfinished(text) else {
            continue;
        };
        let is_unmerged = standing.unmerged.contains(path);
        // Marks within a text are what the text is about.
        let is_read = || match python.get(path) {
            Some(_) => python::loading(text, None).mistake.is_none(),
            None => typescript::is_sound(path, text),
        };
        if !is_unmerged && is_read() {
            continue;
        }
        let source = source(path, text);
        let at = source.line_span(merge.line).unwrap_or(Span::new(0, 0));
        let tear = Tear::Merge { merge, is_unmerged };
        torn.insert(path.clone(), Torn { source, at, tear });
    }
    let nothing = BTreeSet::new();
    let version = version(workspace, stack);
    let reach = python_reach::follow(stack, &python, &nothing, &[], version);
    for (path, why, at) in reach.mistaken {
        // The marks of a merge are such a mistake, too.
        if let Some(text) = python.get(&path)
            && !torn.contains_key(&path)
        {
            let source = source(&path, text);
            let tear = Tear::Mistake(why);
            torn.insert(path, Torn { source, at, tear });
        }
    }
    for it in reach.astray {
        let Some(text) = python.get(&it.file) else {
            continue;
        };
        if torn.contains_key(&it.file) || is_something(workspace, &it.module) {
            continue;
        }
        let files = [
            it.module.with_extension("py"),
            it.module.join("__init__.py"),
        ];
        let mut files = files.into_iter();
        let committed =
            files.find(|file| git::committed(&workspace.root, variables, file).is_some());
        let source = source(&it.file, text);
        let tear = Tear::Astray(it.module, committed);
        let (path, at) = (it.file, it.at);
        torn.insert(path, Torn { source, at, tear });
    }
    Found {
        files: python.len() + web.len(),
        torn: torn.into_values().collect(),
        unfinished: standing.unfinished,
    }
}

/// The version of Python that services run on: that of the environment which is there.
fn version(workspace: &Workspace, stack: &Stack) -> Option<python::Version> {
    let own = stack.api.as_ref().map(|api| api.cwd.as_path());
    let mut folders = [Utf8Path::new("")].into_iter().chain(own);
    folders.find_map(|folder| venv::version(&workspace.path(folder).join(".venv")))
}

/// Whether anything of a module's name is there, be it compiled, or in a folder that is not looked into.
fn is_something(workspace: &Workspace, module: &Utf8Path) -> bool {
    let (Some(folder), Some(name)) = (module.parent(), module.file_name()) else {
        return true;
    };
    let entries = fs::entries(&workspace.path(folder));
    // A folder that cannot be looked into may have it.
    entries.is_empty()
        || entries
            .iter()
            .any(|(entry, _)| entry.split('.').next() == Some(name))
}
