//! Asks every tool for its version, all at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::program::{self, Answered};
use crate::system::{fs, resources};
use crate::toolchain::{self, Answer, Installers, Range, Tool};
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

use super::packages::{self, Packages};

/// How long a tool may take to say its version: a cold one on a slow disk takes a second.
const LIMIT: Duration = Duration::from_secs(5);

/// The oldest Python and Node that the stack runs on.
const OLDEST_PYTHON: &str = ">=3.11";
const OLDEST_NODE: &str = ">=18";

/// Where installers put programs without asking, seen from the home folder: PATH may not know yet.
const USUAL_FOLDERS: &[&str] = &[".local/bin", ".cargo/bin", ".bun/bin"];

/// What is there to install with.
#[must_use]
pub fn installers(variables: &BTreeMap<String, String>) -> Installers {
    Installers {
        programs: toolchain::PROGRAMS
            .iter()
            .copied()
            .filter(|name| program::find(name, variables).is_some())
            .collect(),
        admin: resources::is_admin(),
        windows: cfg!(windows),
    }
}

/// The tools that this workspace needs, with the commands that install each on this platform.
#[must_use]
pub fn needed(
    workspace: &Workspace,
    stack: &Stack,
    packages: &Packages,
    variables: &BTreeMap<String, String>,
) -> Vec<Tool> {
    let installers = installers(variables);
    let tool = |name: &'static str, command: Vec<String>, range: Range| Tool {
        name,
        command,
        install: installers.ways(name, &range),
        range,
        pinned: None,
    };
    let version_of = |program: &str| vec![program.to_owned(), "--version".to_owned()];
    let mut tools = Vec::new();
    if let (Some(python), Some(files)) = (&stack.python, &packages.python) {
        let uv = files.required_uv.as_deref().unwrap_or(">=0.4");
        tools.push(tool("uv", version_of("uv"), Range::parse(uv)));
        // One interpreter runs all members.
        let asked = files
            .members
            .iter()
            .filter_map(|member| member.requires_python.as_deref());
        let range = std::iter::once(python.requires.as_deref().unwrap_or(OLDEST_PYTHON))
            .chain(asked)
            .collect::<BTreeSet<&str>>()
            .into_iter()
            .map(Range::parse)
            .reduce(|all, one| all.and(&one))
            .unwrap_or_else(|| Range::parse(OLDEST_PYTHON));
        let venv = packages::venv(workspace, python, variables).join(if cfg!(windows) {
            "Scripts/python.exe"
        } else {
            "bin/python"
        });
        // The interpreter of the environment is what runs; before there is one, what uv would take.
        let command = if venv.exists() {
            version_of(venv.as_str())
        } else if program::find("uv", variables).is_some() {
            let wanted = files.pinned.clone().unwrap_or_else(|| range.to_string());
            [
                "uv",
                "python",
                "find",
                "--offline",
                "--show-version",
                &wanted,
            ]
            .map(str::to_owned)
            .to_vec()
        } else {
            version_of(if cfg!(windows) { "python" } else { "python3" })
        };
        let pinned = files.pinned.clone();
        tools.push(Tool {
            pinned: pinned.map(|version| (version, python.dir.join(".python-version").to_string())),
            ..tool("python", command, range)
        });
    }
    if let (Some(web), Some(files)) = (&stack.web, &packages.web) {
        let engine = |name: &str, oldest: &str| {
            Range::parse(packages.engines.get(name).map_or(oldest, String::as_str))
        };
        tools.push(Tool {
            pinned: files
                .pinned_node
                .clone()
                .map(|(file, version)| (version, file.to_string())),
            ..tool("node", version_of("node"), engine("node", OLDEST_NODE))
        });
        let name = web.manager.program();
        // `bun@1.2.3+sha512.…`
        let named = files.package_manager.as_deref().unwrap_or_default();
        let pinned = named.split_once('@').map(|(_, version)| {
            (
                version.split('+').next().unwrap_or_default().to_owned(),
                format!("packageManager in {}", web.dir.join("package.json")),
            )
        });
        tools.push(Tool {
            pinned,
            ..tool(name, version_of(name), engine(name, ">=1.0"))
        });
    }
    if workspace.root.join(".git").exists() {
        tools.push(tool("git", version_of("git"), Range::parse(">=2.0")));
    }
    tools
}

/// Asks one tool.
#[must_use]
pub fn ask_one(workspace: &Workspace, tool: &Tool, variables: &BTreeMap<String, String>) -> Answer {
    match answer(program::ask(
        &tool.command,
        &workspace.root,
        variables,
        LIMIT,
    )) {
        Answer::Missing => off_path(tool, variables).map_or(Answer::Missing, Answer::OffPath),
        answer => answer,
    }
}

/// The folder beyond PATH that has the tool.
fn off_path(tool: &Tool, variables: &BTreeMap<String, String>) -> Option<String> {
    let home = variables
        .get(if cfg!(windows) { "USERPROFILE" } else { "HOME" })
        .filter(|home| !home.is_empty())?;
    let program = tool.command.first()?;
    let file = if cfg!(windows) {
        format!("{program}.exe")
    } else {
        program.clone()
    };
    USUAL_FOLDERS
        .iter()
        .map(|folder| Utf8Path::new(home).join(folder))
        .find(|folder| fs::is_file(&folder.join(&file)))
        .map(Utf8PathBuf::into_string)
}

/// Asks all tools at the same time; the answers in the tools' order.
#[must_use]
pub fn ask(
    workspace: &Workspace,
    tools: &[Tool],
    variables: &BTreeMap<String, String>,
) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = tools
            .iter()
            .map(|tool| scope.spawn(|| ask_one(workspace, tool, variables)))
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

fn answer(answered: Answered) -> Answer {
    match answered {
        Answered::NotFound => Answer::Missing,
        Answered::TimedOut => Answer::Silent(format!("no answer within {} s", LIMIT.as_secs())),
        Answered::Failed(why) => Answer::Silent(why),
        Answered::Ended {
            success: true,
            text,
            path,
        } => Answer::Said {
            text,
            path: path.to_string(),
        },
        Answered::Ended { text, .. } if text.contains("No interpreter found") => {
            Answer::NoneFits(text.trim().trim_start_matches("error: ").to_owned())
        }
        Answered::Ended { text, path, .. } => Answer::Silent(format!(
            "{path} fails: {}",
            text.lines().next_back().unwrap_or("no words")
        )),
    }
}
