//! Asks every tool for its version, all at once.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::system::program::{self, Answered};
use crate::toolchain::{Answer, Range, Tool, Version};
use crate::workspace::Workspace;
use crate::workspace::stack::{Manager, Stack};

/// How long a tool may take to say its version: a cold one on a slow disk takes a second.
const LIMIT: Duration = Duration::from_secs(5);

/// The oldest Python and Node that the stack runs on.
const OLDEST_PYTHON: &str = ">=3.11";
const OLDEST_NODE: &str = ">=18";

/// The tools that this workspace needs, with the command that installs each on this platform.
#[must_use]
pub fn needed(
    workspace: &Workspace,
    stack: &Stack,
    engines: &BTreeMap<String, String>,
    variables: &BTreeMap<String, String>,
) -> Vec<Tool> {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    let tool = |name, command: &[&str], range: &str, install: &str| Tool {
        name,
        command: words(command),
        range: Range::parse(range),
        install: install.to_owned(),
    };
    let mut tools = Vec::new();
    if let Some(python) = &stack.python {
        tools.push(tool(
            "uv",
            &["uv", "--version"],
            ">=0.4",
            if cfg!(windows) {
                "winget install astral-sh.uv"
            } else {
                "curl -LsSf https://astral.sh/uv/install.sh | sh  (or: pip install uv)"
            },
        ));
        let range = python.requires.as_deref().unwrap_or(OLDEST_PYTHON);
        let venv = workspace.path(&python.dir).join(if cfg!(windows) {
            ".venv/Scripts/python.exe"
        } else {
            ".venv/bin/python"
        });
        // The interpreter of the environment is what runs; before there is one, what uv would take.
        let command = if venv.exists() {
            vec![venv.to_string(), "--version".to_owned()]
        } else if program::find("uv", variables).is_some() {
            words(&["uv", "python", "find", "--offline", "--show-version", range])
        } else {
            words(&[
                if cfg!(windows) { "python" } else { "python3" },
                "--version",
            ])
        };
        tools.push(Tool {
            command,
            ..tool(
                "python",
                &[],
                range,
                &format!(
                    "uv python install {} && uv sync --all-packages",
                    fitting(range)
                ),
            )
        });
    }
    if let Some(web) = &stack.web {
        let node = engines.get("node").map_or(OLDEST_NODE, String::as_str);
        tools.push(tool(
            "node",
            &["node", "--version"],
            node,
            if cfg!(windows) {
                "winget install OpenJS.NodeJS.LTS"
            } else {
                "install Node 22: https://nodejs.org/en/download"
            },
        ));
        let (name, install): (&'static str, &str) = match web.manager {
            Manager::Bun => (
                "bun",
                if cfg!(windows) {
                    "powershell -c \"irm bun.sh/install.ps1|iex\""
                } else {
                    "curl -fsSL https://bun.sh/install | bash  (or: npm install -g bun)"
                },
            ),
            Manager::Pnpm => ("pnpm", "npm install -g pnpm"),
            Manager::Yarn => ("yarn", "npm install -g yarn"),
            Manager::Npm => ("npm", "npm comes with Node: https://nodejs.org/en/download"),
        };
        tools.push(tool(name, &[name, "--version"], ">=1.0", install));
    }
    if workspace.root.join(".git").exists() {
        tools.push(tool(
            "git",
            &["git", "--version"],
            ">=2.0",
            "install git: https://git-scm.com/downloads",
        ));
    }
    tools
}

/// A Python that lies in the range: the one most packages have wheels for, where it does.
fn fitting(range: &str) -> &'static str {
    let range = Range::parse(range);
    ["3.12", "3.13", "3.14", "3.11", "3.15"]
        .into_iter()
        .find(|text| Version::parse(text).is_some_and(|version| range.contains(&version)))
        .unwrap_or("3.12")
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
            .map(|tool| {
                scope.spawn(|| {
                    answer(program::ask(
                        &tool.command,
                        &workspace.root,
                        variables,
                        LIMIT,
                    ))
                })
            })
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
