//! Tools and their versions: what is there, and whether it is enough.

mod allowed;
mod bound;
mod choice;
mod in_step;
mod install;
mod listed;
mod misled;
mod narrow;
mod natives;
mod pin;
mod pinned;
mod placed;
mod preloads;
mod range;
mod relative;
mod request;
mod requires;
mod version;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::text::{and_list, remedy};

pub use allowed::{Allowed, Setting, judge_allowed};
pub use choice::meet;
pub use in_step::{
    BUN_IN_STEP, Refusal, Said, UV_IN_STEP, Verdict, bun_in_step, stays_offline, uv_in_step,
};
pub use install::{Installers, PROGRAMS, Start};
pub use listed::judge_listed;
pub use misled::{
    Cause, is_of_groups, is_of_version, named_by_bun, named_cache, named_file, named_setting,
    reason, suspects, warned_file,
};
pub use natives::{Native, native};
pub use pin::{Pin, UV_PYTHON};
use pinned::judge_pin;
pub use pinned::{BINDING_NPM, passed_over};
pub use placed::judge_place;
pub use preloads::{Preload, preloads};
pub use range::Range;
pub use relative::{RELATIVE, relative};
pub use requires::Requires;
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
starter's own minimum is Python 3.11 and Node 18. Of the Pythons that are there uv takes those that
`python-preference` lets it take (`only-managed`: its own, `only-system`: none of its own), and it fetches
none where `python-downloads` is `never`. Both stand in uv.toml, in `tool.uv`, or in the variables
UV_PYTHON_PREFERENCE and UV_PYTHON_DOWNLOADS.

`==3.11` in `requires-python` is 3.11.0 alone to uv, and `<=3.11` ends there; `==3.11.*` is the whole line.

Way out: the command that is printed with the finding installs a fitting version.",
};

/// A tool does not answer.
pub static SILENT: Rule = Rule {
    code: "tool/silent",
    severity: Severity::Error,
    summary: "a tool does not say its version",
    text: "\
The program on PATH hangs, crashes, or prints something that is no version. It is probably not the
tool that it is named after. Where a variable (`NODE_OPTIONS`, `PYTHONHOME`, `UV_…`) or a file of settings
(`~/.gitconfig`, `uv.toml`) keeps it from its work, the finding names that, and the tool is to be left alone.

Way out: open the file or unset the variable that is named; otherwise see which file it is
(`which NAME`), and remove or repair it.",
};

/// A tool is not the one that a file pins.
pub static PINNED: Rule = Rule {
    code: "tool/pinned",
    severity: Severity::Warning,
    summary: "a tool is another version than the one that the workspace pins",
    text: "\
`.python-version`, `packageManager`, `volta` or `devEngines` in package.json, `.node-version`, `.nvmrc`,
`mise.toml` or `.tool-versions` (asdf; not for Python, which uv chooses) name one version, so that
everybody has the same. UV_PYTHON in the process environment counts before `.python-version`, which counts
before `.python-versions`; with neither of the two uv takes what `uv python pin --global` wrote, unless
`requires-python` excludes it. Each may also be a path to a Python, and UV_PYTHON the name of a program,
which uv passes over in the files. The next `uv sync` makes an environment of another Python anew. Another one is in use here; it may well work, and
may resolve packages differently.

It is an error where nothing works: uv refuses a Python outside `requires-python`, a release of which it
knows no download, and a path or a name that leads to no Python; npm 10.9 and later refuse what
`devEngines` excludes, unless `onFail` says `warn` or `ignore`.

Way out: install the pinned version with the command that is printed, or change the file.",
};

/// A range of versions that cannot be read.
pub static UNREAD: Rule = Rule {
    code: "tool/range",
    severity: Severity::Warning,
    summary: "the versions of a tool that the workspace asks for cannot be read, or none is in all of them",
    text: "\
`requires-python`, `required-version` or `engines` holds something that is no range of versions, as
`^foo` or `>=20 && <22`. uv and npm refuse such a range, or take it for none; here it lets no version
in, and where nothing else is asked for, every version.

Every command of uv fails where `requires-python` is not written as Python's packaging has it: `^3.11`,
`3.11`, `~=3`, `>=3.11,` and `>=3.10 <4` are refused, and so are ranges of members that no version
meets. That is an error.

Way out: write it as the tool reads it, `>=3.11,<3.14` for Python, `>=20 <22 || ^24` for npm.",
};

/// A package manager that is not known.
pub static MANAGER: Rule = Rule {
    code: "tool/manager",
    severity: Severity::Warning,
    summary: "`packageManager` or `devEngines` names another package manager than the one that is used",
    text: "\
bun, pnpm, yarn and npm are known. For another one the lock file decides which of them installs and
starts the frontend, and without a lock it is bun. npm 10.9 and later run nothing where `devEngines` asks
for others alone, unless `onFail` says `warn` or `ignore`.

Way out: name one of the four in `packageManager`, as `bun@1.2.3`, and the one that is used in `devEngines`.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &MISSING, &TOO_OLD, &SILENT, &PINNED, &UNREAD, &MANAGER, &RELATIVE,
];

/// `packageManager` names one that is not known, so another is taken.
#[must_use]
pub fn unknown_manager(named: &str, file: &str, line: usize, taken: &str) -> Finding {
    Finding::new(
        &MANAGER,
        format!("packageManager in {file} names {named}, which is not known; {taken} is used"),
    )
    .subject(taken)
    .help(remedy::open_at(file, line))
}

/// `devEngines` asks for other managers, and npm, of that version if it is known, is used.
#[must_use]
pub fn other_manager(pin: &Pin, npm: Option<&Version>) -> Finding {
    let (wanted, place) = (&pin.wanted, pin.place());
    let message = format!("{place} asks for {wanted}; npm is used");
    let finding = Finding::new(&MANAGER, message)
        .subject("npm")
        .help(remedy::open_at(&pin.file, pin.line));
    if pin.is_bound && npm.is_some_and(|npm| Range::of_npm(BINDING_NPM).contains(npm)) {
        let note = "npm runs no command where it is not asked for (EBADDEVENGINES)";
        finding.severity(Severity::Error).note(note)
    } else {
        finding
    }
}

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
    /// The version that a file names.
    pub pinned: Option<Pin>,
    /// The file that asks for the range; empty where none does.
    pub asked_in: String,
    /// Each place of the workspace that asks for a range: `requires-python`, `required-version`, `engines`.
    pub requires: Vec<Requires>,
}

impl Tool {
    /// The program that is asked.
    fn program(&self) -> &str {
        self.command.first().map_or(self.name, String::as_str)
    }

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
    /// It failed, and would not without something that it was told.
    Misled {
        /// In words, its own among them.
        why: String,
        /// What that is.
        cause: Cause,
    },
    /// No program can be run here: why, and the way out.
    Prevented {
        /// In words.
        why: String,
        /// A command.
        way: String,
    },
}

/// What is wrong with what the workspace asks for, whatever is installed.
#[must_use]
pub fn refused(tool: &Tool) -> Option<Box<Finding>> {
    requires::refused(tool)
}

/// A tool that works, or why it does not.
pub fn judge(tool: &Tool, answer: &Answer) -> Result<Version, Box<Finding>> {
    if let Some(finding) = refused(tool) {
        return Err(finding);
    }
    let needs = |finding: Finding| {
        // What installs one that fits would find none.
        let is_outside = finding.rule.code == TOO_OLD.code;
        if is_outside && let Some((note, help)) = narrow::told(tool) {
            return Box::new(finding.subject(tool.name).note(note).help(help));
        }
        let finding = match tool.install.get(1..) {
            Some(others) if !others.is_empty() => {
                finding.note(format!("or: {}", others.join(", or: ")))
            }
            _ => finding,
        };
        let finding = match tool.range.unread() {
            [] => finding,
            unread => finding.note(format!("no range of versions: {}", unread.join(", "))),
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
            .help(remedy::on_path(folder)),
        )),
        Answer::Missing => {
            let program = tool.program();
            Err(needs(Finding::new(
                &MISSING,
                format!("{}: `{program}` is not on PATH", tool.name),
            )))
        }
        Answer::NoneFits(why) => {
            // What is pinned is what was looked for.
            let wanted = match &tool.pinned {
                Some(pin) => format!("{}, which {} pins", pin.wanted, pin.place()),
                None => tool.range.to_string(),
            };
            Err(needs(
                Finding::new(
                    &TOO_OLD,
                    format!("no {} on this machine is {wanted}", tool.name),
                )
                .note(why.clone()),
            ))
        }
        Answer::Silent(why) => Err(needs(Finding::new(
            &SILENT,
            format!("{}: {why}", tool.name),
        ))),
        Answer::Misled { why, cause } => Err(Box::new(misled::finding(tool, why, cause))),
        Answer::Prevented { why, way } => Err(Box::new(
            Finding::new(&SILENT, format!("{}: it cannot be asked: {why}", tool.name))
                .subject(tool.name)
                .note("no program can be started here")
                .help(way.clone()),
        )),
        Answer::Said { text, path } => match Version::find(text) {
            None => Err(needs(Finding::new(
                &SILENT,
                format!("{}: {path} prints no version", tool.name),
            ))),
            Some(version) if tool.range.contains(&version) => Ok(version),
            Some(version) => {
                let message = format!("{} is {version}, needs {}", tool.name, tool.range);
                let mut finding = Finding::new(&TOO_OLD, message).note(format!("asked {path}"));
                finding.notes.extend(requires::others(tool, &version));
                Err(needs(finding))
            }
        },
    }
}

/// What is to be said of a tool that works: it is not the one that is pinned, or the range that it was
/// held against cannot be read.
#[must_use]
pub fn doubts(tool: &Tool, version: &Version) -> Vec<Finding> {
    judge_pin(tool, version)
        .into_iter()
        .chain(judge_range(tool))
        .collect()
}

/// What is to be said of a Python that is pinned to one release, once uv has neither found it nor a download
/// of it; none where the pin names no release that the workspace could use.
#[must_use]
pub fn nowhere(tool: &Tool) -> Option<Finding> {
    let wanted = tool.pinned.as_ref()?.range(tool.name)?;
    let is_of_use = meet(&wanted, &tool.range);
    is_of_use.then(|| pinned::nowhere(tool)).flatten()
}

/// The parts of its range that are not understood, and so bind nothing.
fn judge_range(tool: &Tool) -> Option<Finding> {
    let unread = tool.range.unread();
    if unread.is_empty() {
        return None;
    }
    let parts: Vec<String> = unread.iter().map(|part| format!("`{part}`")).collect();
    let message = format!(
        "{}: {} in `{}` is no range of versions",
        tool.name,
        and_list(&parts),
        tool.range
    );
    let mut asked = tool.requires.iter();
    let asked = asked.find(|one| unread.iter().any(|part| one.text.contains(part)));
    let (file, line) = asked.map_or((&tool.asked_in, 1), |one| (&one.file, one.line));
    let finding = Finding::new(&UNREAD, message)
        .subject(tool.name)
        .help(remedy::open_at(file, line));
    Some(finding.note(format!("asked for in {file}:{line}; it binds nothing here")))
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
            pinned: Some(Pin {
                wanted: "3.12".to_owned(),
                file: ".python-version".to_owned(),
                key: None,
                line: 1,
                is_bound: false,
            }),
            asked_in: "pyproject.toml".to_owned(),
            requires: Vec::new(),
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
    fn no_tool_is_to_blame_where_none_can_be_asked() {
        let why = "/dev/null: no such file or directory".to_owned();
        let way = "mknod -m 666 /dev/null c 1 3".to_owned();
        let finding = judge(&tool(), &Answer::Prevented { why, way }).expect_err("nobody");
        assert_eq!(finding.rule.code, "tool/silent");
        assert!(finding.message.contains("/dev/null"), "{}", finding.message);
        assert_eq!(
            finding.help.as_deref(),
            Some("mknod -m 666 /dev/null c 1 3")
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

    fn of_node(wanted: &str) -> Tool {
        Tool {
            name: "node",
            range: Range::of_npm(">=18"),
            pinned: Some(Pin {
                wanted: wanted.to_owned(),
                file: ".nvmrc".to_owned(),
                key: None,
                line: 1,
                is_bound: false,
            }),
            ..tool()
        }
    }

    #[test]
    fn the_command_for_a_pin_takes_numbers_only() {
        let version = Version::parse("22.1.0").expect("a version");
        let help = |wanted| doubts(&of_node(wanted), &version).remove(0).help;
        for (wanted, number) in [("v20.1.2", "20.1.2"), ("20.x", "20"), ("^20.4", "20")] {
            let help = help(wanted).unwrap_or_default();
            assert!(help.ends_with(&format!(" {number}")), "{wanted}: {help}");
        }
        assert!(doubts(&of_node("lts/*"), &version).is_empty());
    }

    #[test]
    fn a_range_that_cannot_be_read_is_told() {
        let tool = Tool {
            range: Range::of_npm("^foo"),
            pinned: None,
            ..of_node("")
        };
        let version = Version::parse("12.0.0").expect("a version");
        let told = doubts(&tool, &version);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].rule.code, "tool/range");
        assert!(told[0].message.contains("`^foo`"), "{}", told[0].message);
    }

    #[test]
    fn what_is_pinned_is_what_was_looked_for() {
        let none = Answer::NoneFits("No interpreter found for Python 3.12".to_owned());
        let finding = judge(&tool(), &none).expect_err("none fits");
        assert_eq!(
            finding.message,
            "no python on this machine is 3.12, which .python-version pins"
        );
    }
}
