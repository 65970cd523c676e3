//! `action.yml`: its steps run as a runner would run them, with inputs filled in.

#![expect(
    clippy::disallowed_methods,
    reason = "a test makes files and runs programs"
)]

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use camino::Utf8PathBuf;

use super::sandbox::{Ran, Workspace};

const ACTION: &str = include_str!("../../../action.yml");

/// A step of the action: what is below its `- name:`.
struct Step {
    text: String,
}

impl Step {
    fn all() -> Vec<Self> {
        let (_, steps) = ACTION.split_once("\n  steps:\n").expect("it has steps");
        let steps = steps.split("    - name: ").skip(1);
        steps
            .map(|text| Self {
                text: text.to_owned(),
            })
            .collect()
    }

    /// What stands below a key, without its indentation.
    fn below(&self, key: &str) -> String {
        let lines = self.text.lines().skip_while(|line| line.trim_end() != key);
        let below = lines
            .skip(1)
            .take_while(|line| line.starts_with("        "));
        below.map(|line| line[8..].to_owned() + "\n").collect()
    }

    /// The variables, with inputs in the place of expressions.
    fn variables(&self, inputs: &BTreeMap<&str, String>) -> Vec<(String, String)> {
        let below = self.below("      env:");
        let pairs = below.lines().filter_map(|line| line.split_once(": "));
        pairs
            .map(|(name, value)| {
                let expression = value
                    .strip_prefix("${{ ")
                    .and_then(|it| it.strip_suffix(" }}"));
                let value = match expression.map(|it| (it, it.strip_prefix("inputs."))) {
                    Some((_, Some(input))) => inputs.get(input).cloned().expect("a known input"),
                    Some(("github.action_path", None)) => inputs["action path"].clone(),
                    Some((other, None)) => panic!("unknown: {other}"),
                    None => value.to_owned(),
                };
                (name.to_owned(), value)
            })
            .collect()
    }
}

/// The inputs with their defaults.
fn defaults() -> BTreeMap<&'static str, String> {
    let (_, inputs) = ACTION.split_once("\ninputs:\n").expect("it has inputs");
    let (inputs, _) = inputs.split_once("\noutputs:\n").expect("it has outputs");
    let mut defaults = BTreeMap::new();
    let mut name = "";
    for line in inputs.lines() {
        if let Some(key) = line.strip_prefix("  ").filter(|key| !key.starts_with(' ')) {
            name = key.trim_end_matches(':');
        } else if let Some(value) = line.trim().strip_prefix("default: ") {
            defaults.insert(name, value.trim_matches('"').to_owned());
        }
    }
    defaults
}

/// A runner: folders of its own, and a workspace that is checked out.
struct Runner {
    workspace: Workspace,
    own: tempfile::TempDir,
}

impl Runner {
    fn new() -> Self {
        Self {
            workspace: Workspace::sound(),
            own: tempfile::tempdir().expect("a folder for the runner"),
        }
    }

    fn file(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.own.path().join(name)).expect("an UTF-8 path")
    }

    fn run(&self, step: &Step, shell: &str, inputs: &[(&'static str, &str)]) -> Ran {
        let mut all = defaults();
        all.insert("action path", self.own.path().display().to_string());
        all.extend(
            inputs
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let script = self.file("step.sh");
        fs::write(&script, step.below("      run: |")).expect("the script");
        let built = Utf8PathBuf::from(env!("CARGO_BIN_EXE_pixcrawler"));
        let path = std::env::var("PATH").expect("a PATH");
        let output = Command::new(shell)
            .arg("-e")
            .arg(&script)
            .current_dir(self.workspace.root())
            .env_clear()
            .env(
                "PATH",
                format!("{}:{path}", built.parent().expect("a folder")),
            )
            .env("RUNNER_TEMP", self.own.path())
            .env("GITHUB_OUTPUT", self.file("output"))
            .env("GITHUB_PATH", self.file("path"))
            .envs(step.variables(&all))
            .output();
        Ran::of(&output.expect("the shell starts"))
    }
}

#[test]
fn the_check_says_how_it_ended_and_where_sarif_is() {
    let steps = Step::all();
    let check = steps.last().expect("the check");
    let runner = Runner::new();
    let ran = runner.run(check, "bash", &[]);
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (Some(0), "", "")
    );
    assert_eq!(
        fs::read_to_string(runner.file("output")).expect("an output"),
        "exit-code=0\n"
    );

    runner.workspace.write("backend/.env", "PORT=99999\n");
    let ran = runner.run(check, "bash", &[("arguments", "--tier backend")]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("::error file=backend/.env,line=1,"),
        "{}",
        ran.stdout
    );
    let output = fs::read_to_string(runner.file("output")).expect("an output");
    assert_eq!(output, "exit-code=0\nexit-code=1\n");

    // What somebody wrote into an input stays one word and runs nothing.
    let ran = runner.run(
        check,
        "bash",
        &[
            ("format", "sarif"),
            ("sarif-file", "$(touch no).sarif"),
            ("workspace", "."),
        ],
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let sarif = runner.workspace.read("$(touch no).sarif");
    let sarif: serde_json::Value = serde_json::from_str(&sarif).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert!(
        results.iter().any(|it| it["ruleId"] == "env/out-of-range"),
        "{sarif:#}"
    );
    assert!(!runner.workspace.path("no").exists());
}

#[test]
fn installing_puts_the_program_on_the_path() {
    let runner = Runner::new();
    let install = runner.file("install.sh");
    // Building or downloading is install.sh's own business, and tested there.
    crate::support::executable(
        install.as_ref(),
        "#!/bin/sh\nset -eu\n[ \"$1\" = --prefix ]\nmkdir -p \"$2/bin\"\n",
    );
    let steps = Step::all();
    let ran = runner.run(steps.first().expect("a first step"), "sh", &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let path = fs::read_to_string(runner.file("path")).expect("a path");
    assert_eq!(path.trim_end(), runner.file("pixcrawler/bin").as_str());
    assert!(runner.file("pixcrawler/bin").is_dir());
}
