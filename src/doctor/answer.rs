//! What a check came to: found, why, and the way out, as one value that every renderer reads.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnostic::{Finding, Severity};
use crate::text::command;

use super::operation::Operation;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not asked, on purpose.
    Skipped,
    /// Fine.
    Pass,
    /// It works, but not as somebody thinks.
    Warn,
    /// It stops you.
    Fail,
}

/// A command that mends something: what `--fix` runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cure {
    /// One line for the shell of this platform.
    pub line: String,
    /// The folder it runs in, relative to the workspace.
    pub dir: Utf8PathBuf,
    /// Other lines that do the same, for when this one fails.
    pub or: Vec<String>,
    /// It asks for something that only a person knows, and needs a terminal for that.
    pub asks: bool,
    /// It ends a program that somebody started, or changes the clock: whether that may be is for a
    /// person to say, each time.
    pub ends_others: bool,
    /// It ends with 1 where something is left that it does not mend: that is told anew, and no failure.
    pub leaves_some: bool,
    /// What `doctor --fix` does by itself, so that no other program is needed.
    pub own: Option<Operation>,
    /// The line of another cure, without which this one comes to nothing.
    pub after: Option<String>,
}

impl Cure {
    /// A command that is run in the workspace's own folder; with paths in it, a
    /// [`Command`](command::Command), which quotes them.
    pub fn new(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            dir: Utf8PathBuf::new(),
            or: Vec::new(),
            asks: false,
            ends_others: false,
            leaves_some: false,
            own: None,
            after: None,
        }
    }

    /// Something that `doctor --fix` does by itself, for the check `id`.
    #[must_use]
    pub fn own(id: &str, operation: Operation) -> Self {
        Self {
            own: Some(operation),
            ..Self::new(format!("pixcrawler doctor --fix --only {id}"))
        }
    }

    /// With other lines that do the same.
    #[must_use]
    pub fn or(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.or.extend(lines);
        self
    }

    /// A command that asks a person.
    #[must_use]
    pub fn asking(line: impl Into<String>) -> Self {
        Self {
            asks: true,
            ..Self::new(line)
        }
    }

    /// A command that ends a program of somebody's, or changes what all programs share.
    #[must_use]
    pub fn ending(line: impl Into<String>) -> Self {
        Self {
            ends_others: true,
            ..Self::new(line)
        }
    }

    /// The same command, that mends some of what it tells of.
    #[must_use]
    pub fn leaving_some(mut self) -> Self {
        self.leaves_some = true;
        self
    }

    /// The same command, of use only once another one was run.
    #[must_use]
    pub fn after(mut self, other: Option<&Cure>) -> Self {
        self.after = other.map(|other| other.line.clone());
        self
    }

    /// The same command with another line.
    #[must_use]
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.line = line.into();
        self
    }

    /// The same command in a folder of the workspace.
    #[must_use]
    pub fn within(mut self, dir: impl Into<Utf8PathBuf>) -> Self {
        self.dir = dir.into();
        self
    }

    /// As a person types it, starting in the workspace.
    #[must_use]
    pub fn typed(&self) -> String {
        command::within(self.dir.as_str(), &self.line)
    }
}

/// What a check came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The name that is shown, where it is not the check's own: `pnpm`.
    pub label: Option<String>,
    /// What is there, one fact a line.
    pub found: Vec<String>,
    /// What is asked for: `needs >=3.11`.
    pub needs: String,
    /// Why it was not asked.
    pub skipped: Option<String>,
    /// It does not concern this workspace: people need not see it.
    pub irrelevant: bool,
    /// What is wrong. The way out of each stands in its `help`.
    pub findings: Vec<Finding>,
    /// The ways out that a program can go, in the order in which they are to be run.
    pub cures: Vec<Cure>,
}

impl Answer {
    /// Something that is there.
    pub fn found(fact: impl Into<String>) -> Self {
        Self::default().and(fact)
    }

    /// A check that is not asked.
    pub fn skipped(why: impl Into<String>) -> Self {
        Self {
            skipped: Some(why.into()),
            ..Self::default()
        }
    }

    /// A check of something that this workspace does not have.
    pub fn irrelevant(why: impl Into<String>) -> Self {
        Self {
            irrelevant: true,
            ..Self::skipped(why)
        }
    }

    /// With another fact.
    #[must_use]
    pub fn and(mut self, fact: impl Into<String>) -> Self {
        self.found.push(fact.into());
        self
    }

    /// With what another came to; what that one did not ask becomes a fact.
    #[must_use]
    pub fn beside(mut self, other: Self) -> Self {
        self.found.extend(other.found);
        self.found.extend(other.skipped);
        self.findings.extend(other.findings);
        for cure in other.cures {
            if !self.cures.contains(&cure) {
                self.cures.push(cure);
            }
        }
        self
    }

    /// With what is asked for.
    #[must_use]
    pub fn needs(mut self, needs: impl Into<String>) -> Self {
        self.needs = needs.into();
        self
    }

    /// With something that is wrong, and that only a person can mend.
    #[must_use]
    pub fn problem(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    /// With something that is wrong, and the command that mends it.
    #[must_use]
    pub fn mended_by(mut self, finding: Finding, cure: Cure) -> Self {
        let finding = match finding.help {
            Some(_) => finding,
            None => finding.help(cure.typed()),
        };
        self.findings.push(finding);
        if !self.cures.contains(&cure) {
            self.cures.push(cure);
        }
        self
    }

    /// The worst of what was found.
    #[must_use]
    pub fn status(&self) -> Status {
        let worst = self.findings.iter().map(|finding| finding.severity).max();
        match worst {
            Some(Severity::Error) => Status::Fail,
            Some(Severity::Warning) => Status::Warn,
            None if self.skipped.is_some() => Status::Skipped,
            Some(Severity::Info) | None => Status::Pass,
        }
    }
}
