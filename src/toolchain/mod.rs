//! Tools and their versions: what is there, and whether it is enough.

mod version;

use crate::diagnostic::{Finding, Rule, Severity};

pub use version::{Range, Version};

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

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&MISSING, &TOO_OLD, &SILENT];

/// A tool that the workspace needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// What people call it: `python`.
    pub name: &'static str,
    /// The program and arguments that print its version.
    pub command: Vec<String>,
    /// The versions that work.
    pub range: Range,
    /// The command that installs it on this platform.
    pub install: String,
}

/// What a tool answered when it was asked for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is not on PATH.
    Missing,
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
    let needs = |finding: Finding| Box::new(finding.subject(tool.name).help(tool.install.clone()));
    match answer {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tool() -> Tool {
        Tool {
            name: "python",
            command: vec!["python3".to_owned()],
            range: Range::parse(">=3.11"),
            install: "uv python install 3.12".to_owned(),
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
}
