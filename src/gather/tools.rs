//! Asks every tool for its version, all at once.

mod beyond;
mod bun;
mod failing;
mod in_step;
mod node;
mod settings;
mod uv;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::manifest::package_json;
use crate::code::settings::line_of_json;
use crate::system::program::{self, Answered};
use crate::system::{access, fs, resources};
use crate::toolchain::{self, Answer, Installers, Pin, Range, Requires, Tool};
use crate::workspace::Workspace;
use crate::workspace::stack::{ANEW, Python, Stack, Web};

use super::git;
use super::packages::{Packages, PythonPackages, WebPackages};
use super::pins;
use super::venv::{self, Lost};
use failing::Question;

pub use beyond::usual_folders;
pub use bun::bun_misled;
pub use in_step::{Stepped, bun_lock, has_bun_lock, uv_lock};
pub use node::node_misled;
pub use settings::{allowed, locking};
pub use uv::{finds, finds_without, passed_over};

/// How long a tool may take to say its version: a cold one on a slow disk takes a second.
const LIMIT: Duration = Duration::from_secs(5);

/// The oldest Python and Node that the stack runs on.
const OLDEST_PYTHON: &str = ">=3.11";
const OLDEST_NODE: &str = ">=18";

/// There where systemd runs.
const SYSTEMD: &str = "/run/systemd/system";

/// What is there to install with.
#[must_use]
pub fn installers(variables: &BTreeMap<String, String>) -> Installers {
    Installers {
        open_npm: program::find("npm", variables).is_some_and(|npm| is_open(&npm)),
        ..with(toolchain::PROGRAMS, variables)
    }
}

/// What is there to start the system's own services with, and to install its packages; a fraction of the work.
#[must_use]
pub fn starters(variables: &BTreeMap<String, String>) -> Installers {
    let programs = [
        "sudo",
        "systemctl",
        "service",
        "brew",
        "apt-get",
        "dnf",
        "pacman",
        "apk",
    ];
    with(&programs, variables)
}

/// Those of the programs that are there.
fn with(programs: &[&'static str], variables: &BTreeMap<String, String>) -> Installers {
    Installers {
        programs: programs
            .iter()
            .copied()
            .filter(|name| program::find(name, variables).is_some() || is_nvm(name, variables))
            .filter(|name| *name != "systemctl" || fs::is_dir(Utf8Path::new(SYSTEMD)))
            .collect(),
        admin: resources::is_admin(),
        windows: cfg!(windows),
        open_npm: false,
    }
}

/// nvm is no program but on Windows: a script that the shell reads as it starts, which says where it is.
fn is_nvm(name: &str, variables: &BTreeMap<String, String>) -> bool {
    let folder = variables.get("NVM_DIR").filter(|_| name == "nvm");
    folder.is_some_and(|folder| fs::is_file(&Utf8Path::new(folder).join("nvm.sh")))
}

/// Whether a program's folder takes more programs, and what it installs goes there: an npm that is a
/// tool of uv's has a folder of its own, of which no PATH knows.
fn is_open(program: &Utf8Path) -> bool {
    let real = program
        .canonicalize_utf8()
        .unwrap_or_else(|_| program.to_owned());
    let of_uv = real.components().any(|part| part.as_str() == "uv");
    !of_uv && program.parent().is_some_and(access::writable)
}

/// The tools that this workspace needs, with the commands that install each on this platform.
#[must_use]
pub fn needed(
    workspace: &Workspace,
    stack: &Stack,
    packages: &Packages,
    installers: &Installers,
    variables: &BTreeMap<String, String>,
) -> Vec<Tool> {
    let mut tools = Vec::new();
    if let (Some(python), Some(files)) = (&stack.python, &packages.python) {
        tools.extend(of_python(workspace, python, files, installers, variables));
    }
    if let (Some(web), Some(files)) = (&stack.web, &packages.web) {
        let engines = &packages.engines;
        tools.extend(of_web(workspace, web, files, engines, installers));
    }
    if git::is_around(&workspace.root) {
        let range = Range::parse(">=2.0");
        tools.push(Tool {
            name: "git",
            command: version_of("git"),
            install: installers.ways("git", &range, None),
            range,
            pinned: None,
            asked_in: String::new(),
            requires: Vec::new(),
        });
    }
    tools
}

fn version_of(program: &str) -> Vec<String> {
    vec![program.to_owned(), "--version".to_owned()]
}

/// uv, and the Python that it is to find.
fn of_python(
    workspace: &Workspace,
    python: &Python,
    files: &PythonPackages,
    installers: &Installers,
    variables: &BTreeMap<String, String>,
) -> [Tool; 2] {
    let asked_in = python.dir.join("pyproject.toml").to_string();
    let environment = venv::venv(workspace, python, variables);
    let venv = venv::interpreter(&environment);
    let uv = Range::parse(files.required_uv.as_deref().unwrap_or(">=0.4"));
    let dirs = || {
        let members = files.members.iter().map(|member| &member.dir);
        std::iter::once(&python.dir).chain(members.filter(|dir| **dir != python.dir))
    };
    let listed = pins::listed(workspace, [&python.dir], "uv");
    let uv = Tool {
        name: "uv",
        command: if settings::may_hinder(workspace, dirs(), variables) {
            uv::LOOKS.map(str::to_owned).to_vec()
        } else {
            version_of("uv")
        },
        install: installers.ways("uv", &uv, listed.as_ref()),
        range: uv,
        pinned: listed,
        asked_in: asked_in.clone(),
        requires: uv::required(workspace, python, files).into_iter().collect(),
    };
    // One interpreter runs all members.
    let asked = files
        .members
        .iter()
        .filter_map(|member| member.requires_python.as_deref());
    let range = std::iter::once(python.requires.as_deref().unwrap_or(OLDEST_PYTHON))
        .chain(asked)
        .filter(|range| !range.trim().is_empty())
        .collect::<BTreeSet<&str>>()
        .into_iter()
        .map(Range::parse)
        .reduce(|all, one| all.and(&one))
        .unwrap_or_else(|| Range::parse(OLDEST_PYTHON));
    let pinned = settings::python(variables)
        .or_else(|| uv::pinned(workspace, &python.dir, &range, variables));
    // The interpreter of the environment is what runs; before there is one, what uv would take.
    let command = if venv.exists() {
        version_of(venv.as_str())
    } else if program::find("uv", variables).is_some() {
        let wanted = pinned.as_ref().map(|pin| pin.wanted.clone());
        let wanted = wanted.unwrap_or_else(|| range.to_string());
        // It says its own version on the way, so that it need not be started once more for that.
        let finds = uv::FINDS.into_iter().chain([wanted.as_str()]);
        finds.map(str::to_owned).collect()
    } else {
        version_of(if cfg!(windows) { "python" } else { "python3" })
    };
    let install = match venv::lost_interpreter(&environment) {
        // No command of uv's gets past it, whatever else is installed.
        Some(Lost::Closed(_) | Lost::Shut(_)) => {
            vec![format!("{ANEW} && {}", python.sync(&[]).join(" "))]
        }
        Some(Lost::Gone(_)) | None => installers.python(&range, pinned.as_ref(), venv.exists()),
    };
    let python = Tool {
        name: "python",
        command,
        install,
        range,
        pinned,
        asked_in,
        requires: uv::requires(workspace, python, files),
    };
    [uv, python]
}

/// Node, and the frontend's package manager.
fn of_web(
    workspace: &Workspace,
    web: &Web,
    files: &WebPackages,
    engines: &BTreeMap<String, String>,
    installers: &Installers,
) -> [Tool; 2] {
    let manifest = web.dir.join("package.json").to_string();
    let line_of = |file: &Utf8Path, keys: &[&str]| {
        let text = fs::read_text(&workspace.path(file)).unwrap_or_default();
        line_of_json(&text, keys)
    };
    // The application's own counts before that of the workspaces that it belongs to.
    let requires = |name: &str, text: &String| {
        let dirs = [&web.dir, &web.top].into_iter();
        let mut files = dirs.map(|dir| dir.join("package.json"));
        let has = |file: &Utf8PathBuf| {
            let text = fs::read_text(&workspace.path(file)).ok();
            let package = text.and_then(|text| package_json(&text).ok());
            package.is_some_and(|package| package.engines.contains_key(name))
        };
        let file = files.find(has)?;
        Some(Requires {
            text: text.clone(),
            line: line_of(&file, &["engines", name]),
            file: file.into_string(),
        })
    };
    let tool = |name: &'static str, oldest: &str, pinned: Option<Pin>| {
        let asked = engines.get(name);
        let range = Range::of_npm(asked.map_or(oldest, String::as_str));
        Tool {
            name,
            command: version_of(name),
            install: installers.ways(name, &range, pinned.as_ref()),
            range,
            pinned,
            asked_in: manifest.clone(),
            requires: asked
                .and_then(|text| requires(name, text))
                .into_iter()
                .collect(),
        }
    };
    let name = web.manager.program();
    let named = files.package_manager.as_deref().unwrap_or_default();
    // `bun@1.2.3+sha512.…`; another one's version says nothing about this one.
    let pinned = named
        .split_once('@')
        .filter(|(manager, _)| *manager == name)
        .map(|(_, version)| Pin {
            wanted: version.split('+').next().unwrap_or_default().to_owned(),
            file: files.package_manager_in.to_string(),
            key: Some("packageManager"),
            line: files.package_manager_at,
            is_bound: false,
        })
        .or_else(|| files.pinned_manager.clone());
    [
        tool("node", OLDEST_NODE, files.pinned_node.clone()),
        tool(name, ">=1.0", pinned),
    ]
}

/// What uv said when it was asked for a Python: its own version, where it told that, and the Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UvSaid {
    own: Option<Answer>,
    python: Answer,
}

/// Asks uv which Python it would take, where that is how Python is found.
#[must_use]
pub fn ask_uv(
    workspace: &Workspace,
    tools: &[Tool],
    variables: &BTreeMap<String, String>,
) -> Option<UvSaid> {
    let tool = tools.iter().find(|tool| asks_uv(tool))?;
    let dir = workspace.path(uv::dir(tool));
    let said = uv::ask(workspace, &tool.command, uv::dir(tool), variables);
    let own = uv::version(&said);
    let question = Question {
        tool: tool.name,
        words: &tool.command,
        workspace,
        root: &dir,
        shown: uv::dir(tool),
        variables,
    };
    let warned = failing::warned(question, &said);
    let python = match said {
        // The file that it names is asked itself: what uv remembers of it may be old.
        Answered::Ended {
            success: true,
            text,
            ..
        } => match text.lines().next().map(str::trim) {
            Some(python) if fs::is_file(&dir.join(python)) => {
                ask_python(workspace, dir.join(python).as_str(), variables)
            }
            _ => Answer::Silent("uv names no Python".to_owned()),
        },
        said => failing::answer(question, said, LIMIT),
    };
    let own = match &python {
        Answer::Misled { cause, .. } if cause.is_of_uv() => Some(python.clone()),
        _ => warned.or(own),
    };
    Some(UvSaid { own, python })
}

fn asks_uv(tool: &Tool) -> bool {
    tool.name == "python" && tool.command.first().is_some_and(|program| program == "uv")
}

/// Whether uv has a release of Python, or knows where to get it; none where it does not tell.
#[must_use]
pub fn knows_python(
    workspace: &Workspace,
    dir: &Utf8Path,
    release: &str,
    variables: &BTreeMap<String, String>,
) -> Option<bool> {
    let words = ["uv", "python", "list", "--offline", release].map(str::to_owned);
    match uv::ask(workspace, &words, dir, variables) {
        Answered::Ended {
            success: true,
            text,
            ..
        } => {
            // `cpython-3.12.4-linux-x86_64-gnu`, and where it is.
            let number = format!("-{release}-");
            let mut names = text.lines().filter_map(|line| line.split(' ').next());
            Some(names.any(|name| name.contains(&number)))
        }
        _ => None,
    }
}

/// Asks one tool, or takes what uv has said already.
#[must_use]
pub fn ask_one<'a>(
    workspace: &Workspace,
    tool: &Tool,
    variables: &BTreeMap<String, String>,
    uv: impl FnOnce() -> Option<&'a UvSaid>,
) -> Answer {
    let known = match tool.name {
        // What it was asked for a Python tells nothing of what only an installation reads.
        "uv" if uv::looks(tool) => uv()
            .and_then(|said| said.own.clone())
            .filter(|own| matches!(own, Answer::Misled { .. })),
        "uv" => uv().and_then(|said| said.own.clone()),
        _ if asks_uv(tool) => uv().map(|said| said.python.clone()),
        _ => None,
    };
    let ask = |words: &[String]| asked(workspace, tool.name, words, variables);
    let told = known.unwrap_or_else(|| match (tool.name, tool.command.first()) {
        ("python", Some(python)) if !asks_uv(tool) => ask_python(workspace, python, variables),
        ("uv", _) if uv::looks(tool) => {
            uv::looked(workspace, tool, variables).unwrap_or_else(|| ask(&version_of("uv")))
        }
        _ => ask(&tool.command),
    });
    match told {
        Answer::Missing if has_folder(tool) => Answer::Silent(format!(
            "{} cannot be executed",
            tool.command.first().map_or("", String::as_str)
        )),
        Answer::Missing => {
            beyond::folder(workspace, tool, variables).map_or(Answer::Missing, Answer::OffPath)
        }
        told => told,
    }
}

/// Asks a tool, and why it fails if it does.
fn asked(
    workspace: &Workspace,
    tool: &str,
    words: &[String],
    variables: &BTreeMap<String, String>,
) -> Answer {
    let root = workspace.root.as_path();
    let said = program::ask(words, root, variables, LIMIT);
    let question = Question {
        tool,
        words,
        workspace,
        root,
        shown: Utf8Path::new(""),
        variables,
    };
    failing::answer(question, said, LIMIT)
}

/// Where an interpreter looks for its own library; others, as those of containers, keep it from nothing.
const LEADING_ASTRAY: [&str; 3] = ["PYTHONHOME", "PYTHONPATH", "PYTHONPLATLIBDIR"];

/// Asks an interpreter for its version. It tells that without a look at the variables that may keep it
/// from running anything: where there are some, it has to run something.
fn ask_python(workspace: &Workspace, python: &str, variables: &BTreeMap<String, String>) -> Answer {
    let leads_astray = |name: &String| LEADING_ASTRAY.contains(&name.as_str());
    let words = if variables.keys().any(leads_astray) {
        let tells = "import sys; print('Python', sys.version.split()[0])";
        vec![python.to_owned(), "-c".to_owned(), tells.to_owned()]
    } else {
        version_of(python)
    };
    asked(workspace, "python", &words, variables)
}

/// Whether a tool is asked by its path: one that is not looked for on PATH is nowhere else either.
fn has_folder(tool: &Tool) -> bool {
    let program = tool.command.first();
    program.is_some_and(|program| Utf8Path::new(program).is_absolute())
}

/// Asks all tools at the same time; the answers in the tools' order.
#[must_use]
pub fn ask(
    workspace: &Workspace,
    tools: &[Tool],
    variables: &BTreeMap<String, String>,
) -> Vec<Answer> {
    let uv = OnceLock::new();
    let uv = || {
        uv.get_or_init(|| ask_uv(workspace, tools, variables))
            .as_ref()
    };
    std::thread::scope(|scope| {
        let asked: Vec<_> = tools
            .iter()
            .map(|tool| scope.spawn(move || ask_one(workspace, tool, variables, uv)))
            .collect();
        asked
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Answer::Silent("it could not be asked".to_owned()))
            })
            .collect()
    })
}
