//! Who in the backend answers what browsers ask before they let a page call.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::code::python::{self, Cors};
use crate::text::Source;
use crate::workspace::Workspace;

use super::python_files::{DEPTH, collect};

/// A middleware, and where it stands.
#[derive(Debug, Clone)]
pub struct Placed {
    /// What it is given.
    pub cors: Cors,
    /// The file.
    pub source: Source,
}

/// What the code has.
#[derive(Debug, Clone, Default)]
pub struct Preflights {
    /// The middlewares that may be the API's.
    pub given: Vec<Placed>,
    /// Whether something else may answer.
    pub others: bool,
    /// The methods of routes beside those that only look, each with the first place: `backend/api.py:12`.
    pub routes: BTreeMap<&'static str, String>,
}

/// Reads the code around an API's own file; all of it where no API is known.
#[must_use]
pub fn of(workspace: &Workspace, api: Option<&Utf8Path>) -> Preflights {
    // A file at the root has all others around it.
    let package = api.and_then(Utf8Path::parent);
    let package = package.and_then(|it| it.components().next());
    let package = package.map(|it| it.as_str().to_owned());
    let mut found = Preflights::default();
    let mut read = |path: &Utf8Path, text: String| {
        let name = path.file_stem().unwrap_or_default();
        let is_test = name == "conftest" || name.starts_with("test_") || name.ends_with("_test");
        if is_test || !is_worth_parsing(&text) {
            return;
        }
        let known = python::preflights(&text);
        let is_near = package
            .as_ref()
            .is_none_or(|package| path.starts_with(package));
        found.others |= known.others || !(is_near || known.given.is_empty());
        if !is_near {
            return;
        }
        let source = Source::new(path, text);
        for route in known.routes {
            let place = || format!("{path}:{}", source.position(route.offset).line);
            found.routes.entry(route.method).or_insert_with(place);
        }
        let given = known.given.into_iter();
        found.given.extend(given.map(|cors| Placed {
            cors,
            source: source.clone(),
        }));
    };
    collect(&workspace.root, Utf8Path::new(""), DEPTH, &mut read);
    // Beside the application itself stands what is its own.
    if found.given.iter().any(|it| Some(it.source.path()) == api) {
        found.given.retain(|it| Some(it.source.path()) == api);
    }
    found
}

/// Whether the settings take the slash off that stands behind an origin of a list: all that have one.
#[must_use]
pub fn strips(root: &Utf8Path) -> bool {
    let (mut some, mut all) = (false, true);
    let mut found = |_: &Utf8Path, text: String| {
        if text.contains("Settings") && text.contains("origins:") {
            some = true;
            all &= python::takes_slash_off(&text);
        }
    };
    collect(root, Utf8Path::new(""), DEPTH, &mut found);
    some && all
}

fn is_worth_parsing(text: &str) -> bool {
    const ROUTES: &[&str] = &[".post(", ".put(", ".patch(", ".delete(", "methods="];
    let has = |word: &str| {
        text.as_bytes()
            .windows(word.len())
            .any(|it| it.eq_ignore_ascii_case(word.as_bytes()))
    };
    ROUTES.iter().any(|it| text.contains(it)) || has("cors") || has("access-control-")
}
