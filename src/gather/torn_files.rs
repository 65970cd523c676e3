//! Code that cannot be loaded as it stands: both sides of a merge, or a mistake at which Python stops.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python;
use crate::env::secrets_in_settings;
use crate::text::merge::{self, Merge};
use crate::text::{Source, Span};
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

use super::env_files::hidden_in;
use super::git::{self, Unfinished};
use super::{python_reach, web_files};

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

/// Looks at the code of both sides.
#[must_use]
pub fn find(workspace: &Workspace, stack: &Stack) -> Found {
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
        if !is_unmerged && python.contains_key(path) && python::loading(text).mistake.is_none() {
            continue;
        }
        let source = source(path, text);
        let at = source.line_span(merge.line).unwrap_or(Span::new(0, 0));
        let tear = Tear::Merge { merge, is_unmerged };
        torn.insert(path.clone(), Torn { source, at, tear });
    }
    let nothing = BTreeSet::new();
    for (path, why, at) in python_reach::follow(stack, &python, &nothing, &[]).mistaken {
        // The marks of a merge are such a mistake, too.
        if let Some(text) = python.get(&path)
            && !torn.contains_key(&path)
        {
            let source = source(&path, text);
            let tear = Tear::Mistake(why);
            torn.insert(path, Torn { source, at, tear });
        }
    }
    Found {
        files: python.len() + web.len(),
        torn: torn.into_values().collect(),
        unfinished: standing.unfinished,
    }
}
