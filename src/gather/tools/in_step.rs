//! Asks uv and bun whether manifests and lock are sound and in step. Neither writes, fetches, builds or runs
//! anything for it, or it is not asked.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::lock::normal_name;
use crate::system::fs;
use crate::system::program::{self, Answered, Manner};
use crate::text::Span;
use crate::toolchain::{BUN_IN_STEP, Refusal, Said, UV_IN_STEP, Verdict, bun_in_step, uv_in_step};
use crate::workspace::Workspace;
use crate::workspace::stack::{Broken, Python, Web};

use super::super::manifests;
use super::super::packages::PythonPackages;
use super::{LIMIT, settings};

/// Bytes of an answer that are read: with what uv tells of its way, a few hundred lines.
const LONGEST: usize = 1024 * 1024;

/// What leads uv elsewhere than to the lock as it is here.
const ELSEWHERE: &[&str] = &[
    "UV_FROZEN",
    "UV_LOCKED",
    "UV_PROJECT",
    "UV_WORKING_DIR",
    "UV_WORKING_DIRECTORY",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
];

/// How the variables begin by which uv chooses versions, and where it takes them from.
const CHOOSING: &[&str] = &[
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
    "UV_EXCLUDE",
    "UV_RESOLUTION",
    "UV_PRERELEASE",
    "UV_FORK_STRATEGY",
    "UV_NO_SOURCES",
    "UV_NO_CONFIG",
    "UV_CONFIG_FILE",
    "UV_CONSTRAINT",
    "UV_BUILD_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_TORCH_BACKEND",
    "UV_UPGRADE",
    "UV_NO_BINARY",
];

/// The settings that do the same, as a file of the user's has them.
const CHOOSING_KEYS: &[&str] = &[
    "index",
    "find-links",
    "exclude-newer",
    "resolution",
    "prerelease",
    "fork-strategy",
    "sources",
    "no-binary",
    "torch-backend",
];

/// What a tool said of manifests and lock, with the places of what it means.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stepped {
    /// Its words, read.
    pub said: Said,
    /// The manifest that it refuses, where that can be told.
    pub refused: Option<Broken>,
    /// The manifest of which it takes no settings.
    pub slip: Option<Broken>,
}

/// Asks uv, where the workspace has a lock and no answer of uv's needs anything built.
#[must_use]
pub fn uv_lock(
    workspace: &Workspace,
    python: &Python,
    files: &PythonPackages,
    variables: &BTreeMap<String, String>,
) -> Stepped {
    let root = workspace.path(&python.dir);
    if !files.is_static || !fs::is_file(&root.join("uv.lock")) {
        return Stepped::default();
    }
    let spared = settings::sparing(workspace, &python.dir, variables);
    let said = ask(&UV_IN_STEP, &root, variables, spared, uv_in_step);
    let said = if chooses(variables) {
        said.told_elsewhere()
    } else {
        said
    };
    let place = |refusal: &Refusal| match &refusal.place {
        Some((path, line)) => at(workspace, &python.dir, path, *line, &refusal.why),
        None => meant(workspace, files, refusal),
    };
    placed(said, place)
}

/// Whether the frontend has a lock of bun's that is text.
#[must_use]
pub fn has_bun_lock(workspace: &Workspace, web: &Web) -> bool {
    fs::is_file(&workspace.path(web.top.join("bun.lock")))
}

/// Asks bun, which must be one that stays offline, and have a lock.
#[must_use]
pub fn bun_lock(workspace: &Workspace, web: &Web, variables: &BTreeMap<String, String>) -> Stepped {
    let root = workspace.path(&web.top);
    let said = ask(&BUN_IN_STEP, &root, variables, &[], bun_in_step);
    placed(said, |refusal| {
        let (path, line) = refusal.place.as_ref()?;
        at(workspace, &web.top, path, *line, &refusal.why)
    })
}

fn ask(
    words: &[&str],
    root: &Utf8Path,
    variables: &BTreeMap<String, String>,
    with: &[(&str, &str)],
    read: fn(&str, Option<i32>) -> Said,
) -> Said {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let manner = Manner {
        limit: LIMIT,
        longest: LONGEST,
        without: ELSEWHERE,
        with,
    };
    match program::ask_as(&words, root, variables, manner) {
        Answered::Ended { text, code, .. } => read(&text, code),
        _ => Said::default(),
    }
}

/// Whether uv is told beside the workspace's files what to choose. A file of the user's counts where it only seems so.
fn chooses(variables: &BTreeMap<String, String>) -> bool {
    let is_choice = |name: &String| CHOOSING.iter().any(|begin| name.starts_with(begin));
    let says = |file: &Utf8PathBuf| {
        let text = fs::read_text(file).unwrap_or_default();
        CHOOSING_KEYS.iter().any(|key| text.contains(key))
    };
    variables.keys().any(is_choice) || settings::files(variables).iter().any(says)
}

fn placed(said: Said, place: impl Fn(&Refusal) -> Option<Broken>) -> Stepped {
    let refused = match &said.verdict {
        Verdict::Refused(refusal) | Verdict::Unsolvable(refusal) => place(refusal),
        _ => None,
    };
    let slip = said.slip.as_ref().and_then(&place);
    Stepped {
        said,
        refused,
        slip,
    }
}

/// A place that a tool names, from the folder where it was asked.
fn at(workspace: &Workspace, dir: &Utf8Path, path: &str, line: usize, why: &str) -> Option<Broken> {
    let root = fs::real(&workspace.root);
    let path = dir.join(path);
    let path = path
        .strip_prefix(&workspace.root)
        .or_else(|_| path.strip_prefix(&root))
        .unwrap_or(&path)
        .to_owned();
    let name = path.file_name()?;
    let find = |text: &str| {
        let mut start = 0;
        for (number, this) in text.split_inclusive('\n').enumerate() {
            if number + 1 == line {
                let indent = this.len() - this.trim_start().len();
                return Some(Span::new(start + indent, start + this.trim_end().len()));
            }
            start += this.len();
        }
        None
    };
    let dir = path.parent().unwrap_or(Utf8Path::new(""));
    Some(manifests::refused(
        workspace,
        dir,
        name,
        why.to_owned(),
        find,
    ))
}

/// The place of what is refused without one: in the manifest of the project that is named, the first line with one of
/// the other names.
fn meant(workspace: &Workspace, files: &PythonPackages, refusal: &Refusal) -> Option<Broken> {
    let own = |name: &str| {
        let end = name.find(['=', '@', '[', ' ', ':']).unwrap_or(name.len());
        let name = normal_name(&name[..end]);
        files.members.iter().find(|member| member.name == name)
    };
    let (number, member) = {
        let mut each = refusal.names.iter().enumerate();
        each.find_map(|(number, name)| Some((number, own(name)?)))?
    };
    let others: Vec<&String> = {
        let others = refusal.names.iter().enumerate();
        let others =
            others.filter(|(at, name)| *at != number && own(name).is_none_or(|it| it != member));
        others.map(|(_, name)| name).collect()
    };
    let find = |text: &str| {
        others.iter().find_map(|name| {
            let begins = |line: &str| {
                let mut words = line.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
                words.any(|word| word == name.as_str())
            };
            manifests::line(text, begins)
        })
    };
    let name = "pyproject.toml";
    Some(manifests::refused(
        workspace,
        &member.dir,
        name,
        refusal.why.clone(),
        find,
    ))
}
