//! What uv is asked for: the workspace's `requires-python`, a pin, and which Python it finds by them.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::settings;
use crate::system::fs;
use crate::system::program::{self, Answered, Manner};
use crate::toolchain::{Answer, Pin, Requires};
use crate::workspace::Workspace;
use crate::workspace::stack::Python;

use super::super::packages::PythonPackages;
use super::{LIMIT, ask_python};

/// Bytes of an answer that are read: it may name each Python that does not answer.
const LONGEST: usize = 64 * 1024;

/// Environments that somebody is in; `uv sync` passes over them.
const ACTIVE: &[&str] = &["VIRTUAL_ENV", "CONDA_PREFIX"];

/// Each `requires-python` of the workspace, with its file and the line.
pub(super) fn requires(
    workspace: &Workspace,
    python: &Python,
    files: &PythonPackages,
) -> Vec<Requires> {
    let members = files.members.iter();
    let members = members.map(|member| (&member.dir, &member.requires_python));
    let asked: BTreeMap<Utf8PathBuf, &String> = std::iter::once((&python.dir, &python.requires))
        .chain(members)
        .filter_map(|(dir, text)| Some((dir.join("pyproject.toml"), text.as_ref()?)))
        .collect();
    let one = |(file, text): (Utf8PathBuf, &String)| {
        let manifest = fs::read_text(&workspace.path(&file)).unwrap_or_default();
        Requires {
            text: text.clone(),
            line: settings::line_of(&manifest, "requires-python"),
            file: file.into_string(),
        }
    };
    asked.into_iter().map(one).collect()
}

/// What `.python-version` pins. uv passes over the name of a program there, as of an environment of pyenv's.
pub(super) fn pinned(
    workspace: &Workspace,
    python: &Python,
    files: &PythonPackages,
) -> Option<Pin> {
    let pin = Pin {
        wanted: files.pinned.clone()?,
        file: python.dir.join(".python-version").into_string(),
        key: None,
        is_bound: false,
    };
    let is_there = || fs::exists(&workspace.path(&python.dir).join(&pin.wanted));
    (pin.is_build() || pin.is_path() || is_there()).then_some(pin)
}

/// What the Python says that uv finds by a request in a folder, or without one by all that it is told there; else
/// uv's words. None where uv says neither.
#[must_use]
pub fn finds(
    workspace: &Workspace,
    dir: &Utf8Path,
    wanted: Option<&str>,
    variables: &BTreeMap<String, String>,
) -> Option<Result<Answer, String>> {
    let words: Vec<String> = ["uv", "python", "find", "--offline"]
        .into_iter()
        .chain(wanted)
        .map(str::to_owned)
        .collect();
    let manner = Manner {
        limit: LIMIT,
        longest: LONGEST,
        without: ACTIVE,
        with: &[],
    };
    let dir = workspace.path(dir);
    let Answered::Ended { success, text, .. } = program::ask_as(&words, &dir, variables, manner)
    else {
        return None;
    };
    if success {
        let python = dir.join(text.lines().next()?.trim());
        let is_there = fs::is_file(&python);
        return is_there.then(|| Ok(ask_python(workspace, python.as_str(), variables)));
    }
    // Of what else it fails with is told where its version is asked for.
    let mut errors = text.lines().filter_map(|line| line.strip_prefix("error: "));
    let error = errors.find(|error| error.contains("nterpreter"))?;
    Some(Err(error.trim().to_owned()))
}
