//! What uv is asked for: the workspace's `requires-python`, a pin, and which Python it finds by them.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::settings::line_of;
use crate::system::fs;
use crate::system::program::{self, Answered, Manner};
use crate::toolchain::{Answer, Pin, Range, Requires, Tool};
use crate::workspace::Workspace;
use crate::workspace::stack::Python;

use super::super::packages::PythonPackages;
use super::super::pins;
use super::failing::{self, Question};
use super::{LIMIT, ask_python, settings};

/// Asks for a Python. uv says its own version on the way, so that it need not be started once more.
pub(super) const FINDS: [&str; 5] = ["uv", "-v", "python", "find", "--offline"];

/// Asks for what needs all that an installation needs before it does something: every variable of uv's, settings,
/// manifests, groups, the folder in which it keeps things. Nothing is written, and no Python is looked for. It
/// says its own version on the way, too.
pub(super) const LOOKS: [&str; 6] = ["uv", "-v", "export", "--frozen", "--offline", "--no-hashes"];

/// Whether that is asked of a tool.
pub(super) fn looks(tool: &Tool) -> bool {
    tool.command == LOOKS
}

/// Asks uv something in a folder of the workspace.
pub(super) fn ask(
    workspace: &Workspace,
    words: &[String],
    dir: &Utf8Path,
    variables: &BTreeMap<String, String>,
) -> Answered {
    let manner = Manner {
        limit: LIMIT,
        longest: LONGEST,
        without: &[],
        with: settings::sparing(workspace, dir, variables),
    };
    program::ask_as(words, &workspace.path(dir), variables, manner)
}

/// Where uv is asked: it reads its settings, and paths, from where it is started.
pub(super) fn dir(tool: &Tool) -> &Utf8Path {
    let dir = Utf8Path::new(&tool.asked_in).parent();
    dir.unwrap_or(Utf8Path::new(""))
}

/// The version that uv says on its way.
pub(super) fn version(said: &Answered) -> Option<Answer> {
    let Answered::Ended { text, path, .. } = said else {
        // What hangs may be a Python that uv asks: of itself it is asked alone.
        return None;
    };
    let mut lines = text.lines();
    let version = lines.find_map(|line| line.strip_prefix("DEBUG uv "))?;
    Some(Answer::Said {
        text: version.to_owned(),
        path: path.to_string(),
    })
}

/// What keeps uv from its work, else its version, if it tells. That there is no lock, or none that it can read, is
/// told by who looks at packages.
pub(super) fn looked(
    workspace: &Workspace,
    tool: &Tool,
    variables: &BTreeMap<String, String>,
) -> Option<Answer> {
    let root = workspace.path(dir(tool));
    let said = ask(workspace, &tool.command, dir(tool), variables);
    let own = version(&said);
    let question = Question {
        tool: tool.name,
        words: &tool.command,
        workspace,
        root: &root,
        shown: dir(tool),
        variables,
    };
    if let Some(warned) = failing::warned(question, &said) {
        return Some(warned);
    }
    match failing::answer(question, said, LIMIT) {
        misled @ Answer::Misled { .. } => Some(misled),
        _ => own,
    }
}

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
            line: line_of(&manifest, "requires-python"),
            file: file.into_string(),
        }
    };
    asked.into_iter().map(one).collect()
}

/// The `required-version` of uv, with where it stands: uv reads its own file, and then not what the manifest has.
pub(super) fn required(
    workspace: &Workspace,
    python: &Python,
    files: &PythonPackages,
) -> Option<Requires> {
    let text = files.required_uv.clone()?;
    let names = ["uv.toml", "pyproject.toml"];
    let mut places = names.iter().map(|name| python.dir.join(name));
    let (file, said) = places.find_map(|file| {
        let said = fs::read_text(&workspace.path(&file)).ok()?;
        Some((file, said))
    })?;
    Some(Requires {
        text,
        line: line_of(&said, "required-version"),
        file: file.into_string(),
    })
}

/// The files that pin a Python; of one folder the first counts alone, whatever it says.
const PINS: [&str; 2] = [".python-version", ".python-versions"];

/// What a file pins: the workspace's own, of which uv looks no further up, or the user's, which it passes over
/// where `range` excludes the version.
pub(super) fn pinned(
    workspace: &Workspace,
    dir: &Utf8Path,
    range: &Range,
    variables: &BTreeMap<String, String>,
) -> Option<Pin> {
    if settings::is_on(settings::NO_CONFIG, variables) {
        return None;
    }
    let of = |folder: &Utf8Path| {
        let mut files = PINS.iter().map(|name| folder.join(name));
        files.find(|file| fs::is_file(&workspace.path(file)))
    };
    let of_user = || of(&settings::home(variables)?);
    if let Some(own) = of(dir) {
        return pin(workspace, dir, &own);
    }
    pin(workspace, dir, &of_user()?).filter(|pin| !pin.is_outside(range))
}

/// The first line of a file that uv takes. It passes over the name of a program there, as of an environment of
/// pyenv's.
fn pin(workspace: &Workspace, dir: &Utf8Path, file: &Utf8Path) -> Option<Pin> {
    let text = fs::read_text(&workspace.path(file)).ok()?;
    let mut pins = pins::lines(&text).map(|line| pin_of(line, file));
    let is_there = |pin: &Pin| fs::exists(&workspace.path(dir).join(&pin.wanted));
    let is_taken = |pin: &Pin| pin.is_build() || pin.is_path() || is_there(pin);
    pins.find(is_taken)
}

fn pin_of(line: &str, file: &Utf8Path) -> Pin {
    Pin {
        wanted: line.to_owned(),
        file: file.to_string(),
        key: None,
        line: 1,
        is_bound: false,
    }
}

/// What the workspace's own file says of a Python that uv passes over, and that cannot be the name of an environment
/// of pyenv's either.
#[must_use]
pub fn passed_over(
    workspace: &Workspace,
    dir: &Utf8Path,
    variables: &BTreeMap<String, String>,
) -> Option<Pin> {
    if settings::is_on(settings::NO_CONFIG, variables) {
        return None;
    }
    let mut files = PINS.iter().map(|name| dir.join(name));
    let file = files.find(|file| fs::is_file(&workspace.path(file)))?;
    if pin(workspace, dir, &file).is_some() {
        return None;
    }
    let text = fs::read_text(&workspace.path(&file)).ok()?;
    let wanted = pins::lines(&text).next()?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let may_be_name = wanted.starts_with(char::is_alphabetic) && wanted.chars().all(is_name);
    let at = text.lines().position(|line| line.trim() == wanted);
    (!may_be_name && !wanted.contains('@')).then(|| Pin {
        line: at.map_or(1, |at| at + 1),
        ..pin_of(wanted, &file)
    })
}

/// Whether uv finds a Python where one folder is not on PATH, by what the tool asks of it; none where it does not tell.
#[must_use]
pub fn finds_without(
    workspace: &Workspace,
    tool: &Tool,
    folder: &Utf8Path,
    variables: &BTreeMap<String, String>,
) -> Option<bool> {
    let dir = dir(tool);
    let path = program::path_without(folder, variables);
    let sparing = settings::sparing(workspace, dir, variables).iter().copied();
    let with: Vec<(&str, &str)> = sparing.chain([("PATH", path.as_str())]).collect();
    let manner = Manner {
        limit: LIMIT,
        longest: LONGEST,
        without: &[],
        with: &with,
    };
    match program::ask_as(&tool.command, &workspace.path(dir), variables, manner) {
        Answered::Ended { success: true, .. } => Some(true),
        Answered::Ended { text, .. } => text.contains("o interpreter found").then_some(false),
        _ => None,
    }
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
        with: settings::sparing(workspace, dir, variables),
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
