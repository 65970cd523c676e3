//! Tools and their versions: what is there, and whether it is enough.

mod install;
mod range;
mod version;

use crate::diagnostic::{Finding, Rule, Severity};

pub use install::{Installers, PROGRAMS};
pub use range::Range;
pub use version::Version;

/// A tool is not there.
pub static MISSING: Rule = Rule {
    code: "tool/missing",
    severity: Severity::Error,
    summary: "a tool that the workspace needs is not on PATH",
    text: "\
The workspace cannot be installed or run without this tool.

Way out: the command that is printed with the finding installs it; open a new terminal afterwards
so that PATH is read again.",
};

/// A tool is too old, or outside the range that the workspace asks for.
pub static TOO_OLD: Rule = Rule {
    code: "tool/version",
    severity: Severity::Error,
    summary: "a tool's version is outside the range that the workspace asks for",
    text: "\
`requires-python` in pyproject.toml and `engines` in package.json say which versions work; the
starter's own minimum is Python 3.11 and Node 18.

Way out: the command that is printed with the finding installs a fitting version.",
};

/// A tool does not answer.
pub static SILENT: Rule = Rule {
    code: "tool/silent",
    severity: Severity::Error,
    summary: "a tool does not say its version",
    text: "\
The program on PATH hangs, crashes, or prints something that is no version. It is probably not the
tool that it is named after.

Way out: see which file it is (`which NAME`), and remove or repair it.",
};

/// A tool is not the one that a file pins.
pub static PINNED: Rule = Rule {
    code: "tool/pinned",
    severity: Severity::Warning,
    summary: "a tool is another version than the one that the workspace pins",
    text: "\
`.python-version`, `packageManager` in package.json, `.node-version` or `.nvmrc` name one version,
so that everybody has the same. Another one is in use here; it may well work, and may resolve
packages differently.

Way out: install the pinned version with the command that is printed, or change the file.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&MISSING, &TOO_OLD, &SILENT, &PINNED];

/// A tool that the workspace needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// What people call it: `python`.
    pub name: &'static str,
    /// The program and arguments that print its version.
    pub command: Vec<String>,
    /// The versions that work.
    pub range: Range,
    /// The commands that install it on this platform, the best first.
    pub install: Vec<String>,
    /// The version that a file names, and that file.
    pub pinned: Option<(String, String)>,
}

impl Tool {
    /// The command that installs it on this platform.
    #[must_use]
    pub fn install(&self) -> &str {
        self.install.first().map_or("", String::as_str)
    }
}

/// What a tool answered when it was asked for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is not on PATH.
    Missing,
    /// It is installed in this folder, which is not on PATH.
    OffPath(String),
    /// It said this.
    Said {
        /// Its output.
        text: String,
        /// The file that answered.
        path: String,
    },
    /// None of the versions that are there lies in the range; in words.
    NoneFits(String),
    /// It did not answer in time, or failed; in words.
    Silent(String),
}

/// A tool that works, or why it does not.
pub fn judge(tool: &Tool, answer: &Answer) -> Result<Version, Box<Finding>> {
    let needs = |finding: Finding| {
        let finding = match tool.install.get(1..) {
            Some(others) if !others.is_empty() => {
                finding.note(format!("or: {}", others.join(", or: ")))
            }
            _ => finding,
        };
        Box::new(finding.subject(tool.name).help(tool.install()))
    };
    match answer {
        Answer::OffPath(folder) => Err(Box::new(
            Finding::new(
                &MISSING,
                format!(
                    "{} is installed in {folder}, which is not on PATH",
                    tool.name
                ),
            )
            .subject(tool.name)
            .note("a new terminal may have it already")
            .help(on_path(folder)),
        )),
        Answer::Missing => {
            let program = tool.command.first().map_or(tool.name, String::as_str);
            Err(needs(Finding::new(
                &MISSING,
                format!("{}: `{program}` is not on PATH", tool.name),
            )))
        }
        Answer::NoneFits(why) => Err(needs(
            Finding::new(
                &TOO_OLD,
                format!("no {} on this machine is {}", tool.name, tool.range),
            )
            .note(why.clone()),
        )),
        Answer::Silent(why) => Err(needs(Finding::new(
            &SILENT,
            format!("{}: {why}", tool.name),
        ))),
        Answer::Said { text, path } => match Version::find(text) {
            None => Err(needs(Finding::new(
                &SILENT,
                format!("{}: {path} prints no version", tool.name),
            ))),
            Some(version) if tool.range.contains(&version) => Ok(version),
            Some(version) => Err(needs(
                Finding::new(
                    &TOO_OLD,
                    format!("{} is {version}, needs {}", tool.name, tool.range),
                )
                .note(format!("asked {path}")),
            )),
        },
    }
}

/// What a file pins, where the version is another one.
#[must_use]
pub fn judge_pin(tool: &Tool, version: &Version) -> Option<Finding> {
    let (wanted, file) = tool.pinned.as_ref()?;
    // `cpython-3.12.4`, and `3.13t`, whose threads no version tells.
    let number = wanted
        .trim_start_matches("cpython")
        .trim_start_matches(['v', '-', '@'])
        .trim_end_matches('t');
    let range = Range::of_npm(number);
    // `lts/*`, `pypy@3.10`, a path: not ours to compare.
    let plain = number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !plain || range.contains(version) {
        return None;
    }
    let way = match tool.name {
        "python" => {
            format!("uv python install {wanted} && uv sync --all-packages --python {wanted}")
        }
        "node" if cfg!(windows) => {
            format!(
                "winget install OpenJS.NodeJS --version {}",
                wanted.trim_start_matches('v')
            )
        }
        "node" => format!("npx -y n {}", wanted.trim_start_matches('v')),
        name => {
            let npm = tool
                .install
                .iter()
                .find(|way| way.starts_with("npm install "));
            format!(
                "{}@{wanted}",
                npm.map_or(format!("npm install -g {name}"), Clone::clone)
            )
        }
    };
    Some(
        Finding::new(
            &PINNED,
            format!("{} is {version}, {file} pins {wanted}", tool.name),
        )
        .subject(tool.name)
        .note(format!("or change {file}"))
        .help(way),
    )
}

/// Puts a folder onto PATH, for this terminal.
fn on_path(folder: &str) -> String {
    if cfg!(windows) {
        format!("set PATH={folder};%PATH%")
    } else {
        format!("export PATH=\"{folder}:$PATH\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool() -> Tool {
        Tool {
            name: "python",
            command: vec!["python3".to_owned()],
            range: Range::parse(">=3.11"),
            install: vec!["uv python install 3.12".to_owned()],
            pinned: Some(("3.12".to_owned(), ".python-version".to_owned())),
        }
    }

    fn verdict(text: &str) -> Result<String, &'static str> {
        let answer = Answer::Said {
            text: text.to_owned(),
            path: "/usr/bin/python3".to_owned(),
        };
        judge(&tool(), &answer)
            .map(|version| version.to_string())
            .map_err(|finding| finding.rule.code)
    }

    #[test]
    fn versions_are_compared_as_versions() {
        assert_eq!(verdict("Python 3.12.8"), Ok("3.12.8".to_owned()));
        assert_eq!(verdict("Python 4.0.0"), Ok("4.0.0".to_owned()));
        assert_eq!(verdict("Python 3.9.2"), Err("tool/version"));
        assert_eq!(verdict("Python 3.11.0rc1"), Err("tool/version"));
        assert_eq!(verdict("hello"), Err("tool/silent"));
        assert_eq!(
            judge(&tool(), &Answer::Missing).map_err(|finding| finding.rule.code),
            Err("tool/missing")
        );
    }

    #[test]
    fn a_pin_is_a_beginning_of_a_version() {
        let pin = |version: &str| {
            judge_pin(&tool(), &Version::parse(version).expect("a version")).is_some()
        };
        assert_eq!(
            [pin("3.12.8"), pin("3.11.7"), pin("3.13.0")],
            [false, true, true]
        );
    }
}
