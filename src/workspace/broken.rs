//! What of a workspace cannot be read: manifests, and files that belong to somebody else.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::text::command::Command;
use crate::text::remedy::{open_at, quoted};
use crate::text::{Source, Span};

/// A file that is closed to this user.
pub(super) static CLOSED: Rule = Rule {
    code: "workspace/closed",
    severity: Severity::Error,
    summary: "a file of the checkout may not be read by this user",
    text: "\
Manifests, locks, files that name versions, and code tell which packages, services and ports there are. What stands in
one that belongs to somebody else, as after something was run with `sudo` or in a container with the folder mounted,
is not known, so what depends on it is not judged: nothing that is missing in the rest is a fact. One that is no file,
as a FIFO in its place, says as little, and whoever opens it may wait for ever.

Way out: make the file yours with the command that is printed, and run nothing here with `sudo`.",
};

/// A manifest that is there and says nothing.
pub(super) static UNREADABLE: Rule = Rule {
    code: "workspace/manifest",
    severity: Severity::Error,
    summary: "a package.json or pyproject.toml cannot be read",
    text: "\
What is installed, which versions work and what is started all stand in the manifests. One that cannot be
parsed tells none of it, and the package managers refuse it too. A merge that was not finished leaves
its marks (`<<<<<<<`, `=======`, `>>>>>>>`) in the file. One that is gone or was emptied while its lock, or the last
commit, still has what it asked for is no wish to have nothing installed; nor is one that asks for none of the packages
any more of which the last commit's asks for several and the code uses some. uv refuses, too, a value that is another than it must
be, a project without a name or a version, a folder among the members that has no manifest, two members of one name,
a member that another one needs while `tool.uv.sources` does not say that it is in the workspace, and a source that
names an index, an extra or a group that is not there. Where nothing of that is seen, uv and bun are asked
themselves, and their words are told. Of a mistake in the settings of `[tool.uv]` uv only warns, and does without all of them:
no `exclude-newer` counts then, and the next lock is another one.

Way out: correct the file at the line that is printed; `git diff FILE` shows what was changed last. What is gone
`git checkout HEAD -- FILE` brings back.",
};

/// A file of the checkout that this user may not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// What is closed: the file, or the folder on the way that hides it, relative to the root.
    pub path: Utf8PathBuf,
    /// Whose it is, in words.
    pub whose: String,
    /// The command that opens it, where its owner is known.
    pub cure: Option<String>,
    /// Whether it is one, or many.
    pub kind: Shut,
}

/// In which way something is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shut {
    /// This user may not read it.
    #[default]
    Refused,
    /// So many files below it this user may not read.
    Files(usize),
    /// It is no file, as a FIFO in its place.
    Strange,
}

impl Closed {
    /// That it is closed, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { path, whose, .. } = self;
        match self.kind {
            Shut::Refused => format!("{path} is closed to you: {whose}"),
            Shut::Files(count) => {
                format!("{count} files in {path} are closed to you: {whose}")
            }
            Shut::Strange => {
                format!("{path} is not a regular file, so nothing stands in it")
            }
        }
    }

    /// The command that opens it, or else shows whose it is.
    #[must_use]
    pub fn way_out(&self) -> String {
        let shows = || Command::new("ls -ld").path(&self.path).to_string();
        self.cure.clone().unwrap_or_else(shows)
    }

    /// What is said about it.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let finding = Finding::new(&CLOSED, self.in_words()).in_file(&self.path);
        finding.help(self.way_out())
    }

    /// Why others wait for it, in words.
    #[must_use]
    pub fn keeps_waiting(&self) -> String {
        let path = &self.path;
        match self.kind {
            Shut::Refused => format!("waits for {path}, which is closed to you"),
            Shut::Files(count) => {
                format!("waits for {count} files in {path}, which are closed to you")
            }
            Shut::Strange => format!("waits for {path}, which is no file"),
        }
    }
}

/// What keeps a manifest from being read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fault {
    /// What stands in it, which only a person can correct.
    #[default]
    Text,
    /// This user may not read it.
    Closed(Closed),
    /// It is gone, and the last commit has it: this is gone, itself or a folder on the way to it.
    Gone(Utf8PathBuf),
    /// It is no file, as a FIFO in its place.
    Strange {
        /// Whether the last commit has one that asks for something.
        committed: bool,
    },
    /// It says nothing of what is installed, while its lock or the last commit does.
    Emptied {
        /// Whether the last commit has one that does.
        committed: bool,
        /// Whether nothing at all stands in it, so that nothing is lost with it.
        is_bare: bool,
    },
    /// It asks for no package any more, while the code uses those that the last commit's asks for.
    Stripped,
}

/// A manifest that cannot be read, or that is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// The file, relative to the root; empty where it is its bytes that cannot be read.
    pub source: Source,
    /// Where the parser stopped.
    pub at: Span,
    /// What is wrong, in the words of the parser or the system.
    pub why: String,
    /// Of which kind that is.
    pub fault: Fault,
}

impl Broken {
    /// The file, relative to the root.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        self.source.path()
    }

    /// Whether it is a `pyproject.toml`.
    #[must_use]
    pub fn is_python(&self) -> bool {
        self.path().file_name() == Some("pyproject.toml")
    }

    /// What is said about it. The way out is the line itself, which only a person can correct, or what brings
    /// it back.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let path = self.path();
        match &self.fault {
            Fault::Text => {
                let why = format!("{path} cannot be read: {}", self.why);
                self.shown(Finding::new(&UNREADABLE, why))
            }
            Fault::Closed(closed) => closed.finding(),
            Fault::Gone(_) | Fault::Emptied { .. } | Fault::Stripped | Fault::Strange { .. } => {
                let message = match &self.fault {
                    Fault::Gone(lost) => format!("{lost} {}", self.why),
                    _ => format!("{path} {}", self.why),
                };
                let mut finding = Finding::new(&UNREADABLE, message).in_file(path);
                if self.fault == Fault::Stripped {
                    let shows = Command::new("git diff HEAD --").path(path);
                    finding = finding.note(format!("`{shows}` shows what else was changed"));
                }
                match self.restores() {
                    Some(line) => finding.help(line),
                    None if matches!(self.fault, Fault::Strange { .. }) => {
                        finding.help(Command::new("rm").path(path).to_string())
                    }
                    None => finding.help(open_at(path.as_str(), 1)),
                }
            }
        }
    }

    /// The command that brings the last commit's back, where that one is meant to be.
    #[must_use]
    pub fn restores(&self) -> Option<String> {
        let lost = match &self.fault {
            Fault::Gone(lost) => lost,
            Fault::Emptied {
                committed: true, ..
            }
            | Fault::Stripped
            | Fault::Strange { committed: true } => self.path(),
            _ => return None,
        };
        let line = Command::new("git checkout HEAD --").path(lost);
        Some(line.to_string())
    }

    /// Whether nothing is lost by that.
    #[must_use]
    pub fn restores_all(&self) -> bool {
        let is_bare = matches!(
            self.fault,
            Fault::Gone(_) | Fault::Strange { .. } | Fault::Emptied { is_bare: true, .. }
        );
        is_bare && self.restores().is_some()
    }

    /// Why others wait for it, in words.
    #[must_use]
    pub fn keeps_waiting(&self) -> String {
        let path = self.path();
        match &self.fault {
            Fault::Text => format!("waits for {path}, which cannot be read"),
            Fault::Closed(closed) => closed.keeps_waiting(),
            Fault::Gone(_) => format!("waits for {path}, which is gone"),
            Fault::Strange { .. } => format!("waits for {path}, which is no file"),
            Fault::Emptied { .. } => format!("waits for {path}, which says nothing"),
            Fault::Stripped => format!("waits for {path}, which asks for nothing any more"),
        }
    }

    /// What is said where a tool refuses it that was asked, in its own words.
    #[must_use]
    pub fn refused_by(&self, tool: &str) -> Finding {
        let message = format!("{tool} refuses {}: {}", self.path(), self.why);
        self.shown(Finding::new(&UNREADABLE, message))
    }

    /// What is said where a tool takes it all the same, and does without the settings in it.
    #[must_use]
    pub fn passed_over(&self, tool: &str) -> Finding {
        let message = format!("{tool} takes no settings of {}: {}", self.path(), self.why);
        let finding = Finding::new(&UNREADABLE, message).severity(Severity::Warning);
        self.shown(finding)
    }

    /// A finding about it, with its place and the way there.
    #[must_use]
    pub fn shown(&self, finding: Finding) -> Finding {
        let path = self.path();
        if self.source.text().is_empty() {
            return finding.in_file(path).help(open_at(path.as_str(), 1));
        }
        let label = Label::new(&self.source, self.at, "");
        let at = label.start().line;
        let line = self.source.line_span(at);
        let line = line.map_or(String::new(), |line| self.source.shown(line));
        let of_merge = ["<<<<<<<", "=======", ">>>>>>>"]
            .iter()
            .any(|mark| line.starts_with(mark));
        let shows = format!("git diff {}", quoted(path.as_str()));
        let finding = finding.at(label).help(open_at(path.as_str(), at));
        finding.note(if of_merge {
            format!("a merge was not finished here: `{shows}` shows both sides")
        } else {
            format!("`{shows}` shows what was changed last")
        })
    }
}
