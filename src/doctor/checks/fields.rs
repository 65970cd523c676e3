//! Fields of the code's settings classes: who reads a variable, and as what.

use camino::Utf8Path;

use crate::code::python::{self, EnvFile};
use crate::doctor::Facts;
use crate::gather::declared::Declared;
use crate::workspace::Environment;

use super::place;

/// The tiers whose variables are read by Python.
pub(super) const TIERS: &[&str] = &["backend", "root"];

/// Whether a field takes whole numbers alone, whatever validators there may be.
pub(super) fn takes_numbers(declared: &Declared) -> bool {
    let field = &declared.field;
    let is_certain = !field.is_beyond && field.changed_at.is_none();
    is_certain && field.kind.as_deref().is_some_and(python::is_whole)
}

/// Whether a class reads a variable of a tier: from a file of its own list, where that is known.
pub(super) fn reads(facts: &Facts, declared: &Declared, tier: &str, name: &str) -> bool {
    let Some(files) = declared.field.files.known() else {
        return true;
    };
    // What stands in files of a deployment gets there in ways that no class names.
    if facts.questions.environment != Environment::Development {
        return true;
    }
    let origin = facts.origin(tier, name);
    place::file(&origin)
        .is_none_or(|file| files_of(facts, files, &declared.file).any(|it| it == file))
}

/// The files that a class in `module` reads, relative to the workspace: plain names are for the folder that the
/// application is started in.
pub(super) fn files_of<'a>(
    facts: &'a Facts,
    files: &'a [EnvFile],
    module: &'a Utf8Path,
) -> impl DoubleEndedIterator<Item = String> + 'a {
    let cwd = facts.stack().api.as_ref().map(|api| api.cwd.as_path());
    let cwd = cwd.unwrap_or(Utf8Path::new(""));
    files.iter().map(move |file| {
        let within = file.within(cwd, module);
        within.unwrap_or_else(|| file.path.clone()).into_string()
    })
}

/// Whether the code takes a variable of a tier for a number, which nothing is not: it does not fall back to another.
pub(super) fn refuses_empty(facts: &Facts, tier: &str, name: &str) -> bool {
    let mut declared = facts.declared().iter();
    let refuses = |it: &Declared| {
        takes_numbers(it)
            && !it.field.ignores_empty
            && it.variables().any(|it| it == name)
            && reads(facts, it, tier, name)
    };
    TIERS.contains(&tier) && declared.any(refuses)
}
