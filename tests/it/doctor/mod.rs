//! `doctor`: each way in which something can stop you, caused for real, and the cure that is printed.

#![expect(
    clippy::disallowed_methods,
    reason = "a test makes files and runs the binary"
)]

mod access;
mod background;
mod broker;
mod by_code;
mod by_web;
mod celery;
#[cfg(unix)]
mod certified;
mod checkout;
mod chosen;
mod classes;
#[cfg(unix)]
mod closed;
mod cors;
mod demanded;
mod deployment;
#[cfg(unix)]
mod elsewhere;
#[cfg(unix)]
mod ended;
mod env;
#[cfg(unix)]
mod first;
mod formats;
mod git;
mod handed;
mod hindered;
mod in_step;
mod installed;
mod listed;
mod locks;
mod lost;
mod machine;
mod manifests;
mod migrations;
mod needless;
mod once;
mod own_types;
mod packages;
mod paths;
mod postgres;
mod postgres_urls;
mod prepared;
mod redis;
mod redis_parts;
mod redis_users;
mod refusals;
mod refused;
mod services;
mod several_hosts;
mod submodules;
mod told_once;
mod tools;
mod web_manifests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A checkout with the tiers' folders and no more.
pub(crate) struct Place {
    dir: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run printed, and how it ended.
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::with_path(crate::tools::path(), files)
    }

    /// With programs of its own: no real tools are fetched for it.
    pub(crate) fn with_path(path: &str, files: &[(&str, &str)]) -> Self {
        let mut place = Self {
            dir: tempfile::tempdir().expect("a folder"),
            variables: vec![("PATH".to_owned(), path.to_owned())],
        };
        // Nor is looked for any where this account has its own.
        if path.is_empty() {
            let home = place.file("home").display().to_string();
            place.set("HOME", &home);
        }
        place.write("pixcrawler.toml", "");
        fs::create_dir_all(place.file("backend")).expect("a folder");
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.file(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("folders");
        fs::write(path, text).expect("a written file");
    }

    /// A script for the shell that may be run.
    #[cfg(unix)]
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.file(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("folders");
        crate::support::executable(&path, &format!("#!/bin/sh\n{script}\n"));
    }

    /// From now on the program sees this variable, and nothing else that is not set so.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// From now on what it starts may fetch something.
    pub(crate) fn reach_out(&mut self) {
        for (name, value) in crate::tools::network() {
            self.set(name, &value);
        }
    }

    /// Runs the binary here, without a terminal.
    pub(crate) fn run(&self, args: &[&str]) -> Told {
        let output = Command::new(env!("CARGO_BIN_EXE_pixcrawler"))
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .expect("the binary runs");
        told(&output)
    }

    /// Runs a printed command as a person does, who answers `input` to what it asks.
    pub(crate) fn follow(&self, line: &str, input: &str) -> Told {
        let own = Path::new(env!("CARGO_BIN_EXE_pixcrawler"));
        let path = format!(
            "{}:{}",
            own.parent().expect("a folder").display(),
            self.variable("PATH")
        );
        let mut child = Command::new("/bin/sh")
            .args(["-c", line])
            .current_dir(self.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("PATH", path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut stdin = child.stdin.take().expect("piped");
        // One that asks nothing has closed it.
        let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
        drop(stdin);
        told(&child.wait_with_output().expect("it ends"))
    }

    fn variable(&self, name: &str) -> &str {
        let known = self.variables.iter().find(|(known, _)| known == name);
        known.map_or("", |(_, value)| value)
    }

    /// One check fails or warns, `doctor --fix` runs what is printed, and then it passes.
    pub(crate) fn is_mended(&self, id: &str) -> Told {
        let told = self.run(&["doctor", "--only", id, "--fix", "--yes"]);
        let check = self.check(id, &[]);
        assert_eq!(
            check.status(),
            "pass",
            "{}\n{}\n{}",
            check.text(),
            told.out,
            told.err
        );
        assert!(told.err.contains(&format!("{id}: mended")), "{}", told.err);
        told
    }

    /// One check, for programs.
    pub(crate) fn check(&self, id: &str, args: &[&str]) -> Check {
        let mut words = vec!["doctor", "--only", id, "--format", "json"];
        words.extend(args);
        let told = self.run(&words);
        let value: Value = serde_json::from_str(&told.out)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", told.out, told.err));
        let check = Check(value["checks"][0].clone());
        check.can_be_typed();
        check
    }
}

fn told(output: &std::process::Output) -> Told {
    Told {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A check as JSON tells it.
#[derive(Debug)]
pub(crate) struct Check(pub(crate) Value);

impl Check {
    /// Whatever is wrong, what is printed as the way out is a line for a terminal.
    fn can_be_typed(&self) {
        for finding in self.0["findings"].as_array().into_iter().flatten() {
            let help = finding["help"].as_str().unwrap_or_default();
            assert!(pixcrawler::text::remedy::is_command(help), "{finding:#}");
        }
    }

    pub(crate) fn status(&self) -> &str {
        self.0["status"].as_str().unwrap_or_default()
    }

    /// The rules and messages of its findings.
    pub(crate) fn findings(&self) -> Vec<(&str, &str)> {
        let findings = self.0["findings"].as_array().into_iter().flatten();
        findings
            .map(|finding| {
                (
                    finding["rule"].as_str().unwrap_or_default(),
                    finding["message"].as_str().unwrap_or_default(),
                )
            })
            .collect()
    }

    /// One of its findings is that warning, whatever the others are.
    pub(crate) fn warns_of(&self, rule: &str, words: &str) {
        let mut findings = self.0["findings"].as_array().into_iter().flatten();
        let told = findings.find(|it| it["rule"] == rule && it["message"] == words);
        assert_eq!(
            told.map(|it| &it["severity"]),
            Some(&Value::from("warning")),
            "{}",
            self.0
        );
    }

    pub(crate) fn help(&self) -> &str {
        self.0["findings"][0]["help"].as_str().unwrap_or_default()
    }

    /// The way out of each finding.
    pub(crate) fn helps(&self) -> Vec<&str> {
        let findings = self.0["findings"].as_array().into_iter().flatten();
        findings
            .filter_map(|finding| finding["help"].as_str())
            .collect()
    }

    pub(crate) fn cure(&self) -> &str {
        self.0["cures"][0]["line"].as_str().unwrap_or_default()
    }

    pub(crate) fn found(&self) -> String {
        let found = self.0["found"].as_array().into_iter().flatten();
        found
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join("; ")
    }

    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }

    pub(crate) fn fails_with(&self, rule: &str, words: &str) {
        let findings = self.findings();
        assert_eq!(self.status(), "fail", "{}", self.0);
        assert!(
            findings
                .iter()
                .any(|(code, message)| *code == rule && message.contains(words)),
            "{rule} {words}: {findings:?}"
        );
    }
}

#[test]
fn every_format_tells_the_same_run() {
    let place = Place::new(&[(
        "backend/.env",
        "DATABASE_URL=postgresql://u:hunter2secret@127.0.0.1:1/d\n",
    )]);
    let run = |format: &str| place.run(&["doctor", "--only", "postgres", "--format", format]);
    for format in ["human", "json", "github", "sarif", "junit"] {
        let told = run(format);
        assert_eq!(told.code, Some(1), "{format}: {}", told.err);
        assert!(
            told.out
                .contains("Postgres at 127.0.0.1:1 refuses connections"),
            "{format}: {}",
            told.out
        );
        assert!(!told.out.contains("hunter2secret") && !told.err.contains("hunter2secret"));
    }
    let json: Value = serde_json::from_str(&run("json").out).expect("JSON");
    assert_eq!(json["summary"]["error"], 1);
    assert_eq!(json["checks"][0]["id"], "postgres");
}

#[test]
fn checks_are_chosen_left_out_and_listed() {
    let place = Place::new(&[]);
    let ids = |args: &[&str]| {
        let told = place.run(&[&["doctor", "--format", "json"], args].concat());
        let value: Value = serde_json::from_str(&told.out).expect("JSON");
        let checks = value["checks"].as_array().expect("checks").clone();
        checks
            .iter()
            .filter_map(|check| check["id"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&["--only", "disk,memory"]), ["disk", "memory"]);
    assert!(!ids(&["--skip", "disk", "--skip", "git-keys"]).contains(&"disk".to_owned()));
    let unknown = place.run(&["doctor", "--only", "dsk"]);
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.err.contains("did you mean: disk"),
        "{}",
        unknown.err
    );
    let listed = place.run(&["doctor", "--list"]).out;
    assert!(
        listed.lines().count() >= 20 && listed.contains("supabase"),
        "{listed}"
    );
    let listed = place.run(&["doctor", "--list", "--format", "json"]).out;
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let known = listed["known"].as_array().expect("a list");
    assert!(known.iter().any(|check| check["id"] == "supabase"));
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let place = Place::new(&[("backend.log", "old\n")]);
    let told = place.run(&["doctor", "--only", "leftovers", "--fix"]);
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.err.contains("doctor --fix --yes") && place.file("backend.log").exists());
}
