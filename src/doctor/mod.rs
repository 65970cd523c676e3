//! `doctor`'s checks: one file each, with a thin probe and a pure judgement.
//!
//! A check asks [`Facts`] for what is there and comes to an [`Answer`]. What several checks need
//! (env files, the environment's packages, one connection a distinct URL) is found out once and
//! kept there. The engine asks all of them at once, each within its own time.

mod answer;
mod checks;
mod engine;
mod facts;
mod gives_way;
mod operation;
mod placed;
mod typed;

use std::time::Duration;

use crate::diagnostic::{Finding, Rule};
use crate::env::Problem;
use crate::workspace::Runtime;

pub use answer::{Answer, Cure, Status};
pub use engine::{Checked, run};
pub use facts::{Facts, Questions};
pub use operation::Operation;
pub use typed::typed;

/// One thing that can stop you.
pub struct Check {
    /// What it is called on the command line.
    pub id: &'static str,
    /// What it looks at, one line.
    pub about: &'static str,
    /// How long it may take. The probes in it have shorter limits; this one holds if they do not.
    pub limit: Duration,
    /// Whether it looks at this machine: of no interest where a deployment is judged.
    pub of_machine: bool,
    /// It waits for a program or a server, for longer than anybody reads: it is started before the
    /// others, which have the processor while it waits.
    pub waits: bool,
    /// Whose env files it needs: it says nothing while one of them cannot be read.
    pub reads: Reads,
    /// Which files of the checkout it needs: it says nothing while one of them is closed to us.
    pub files: &'static [Files],
    /// Asks and judges.
    pub ask: fn(&Facts) -> Answer,
}

/// Files of the checkout that a check judges by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// What uv reads: manifests, lock, and what names versions.
    Python,
    /// What the frontend's package manager reads.
    Web,
    /// The code in which applications are looked for.
    Code,
    /// The frontend's own, which none of the checks reads: what starts there does.
    Sources,
}

/// The tiers whose env files a check needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// None.
    Nothing,
    /// Those of the API and the worker.
    Python,
    /// All.
    All,
}

impl Check {
    /// Asks, where what it needs is known: the default of a variable is no fact while the file that may set it
    /// is closed to us, or no text.
    pub(crate) fn answer(&self, facts: &Facts) -> Answer {
        let mut closed = self.files.iter().flat_map(|of| facts.closed(*of));
        if let Some(file) = closed.next() {
            // Who looks after the right to read them tells it.
            return if facts.is_asked("disk") {
                Answer::skipped(file.keeps_waiting())
            } else {
                Answer::default().problem(file.finding())
            };
        }
        let unread = match self.reads {
            Reads::Nothing => None,
            Reads::Python => facts
                .environments()
                .unread(|tier| tier.runtime != Runtime::Next),
            Reads::All => facts.environments().unread(|_| true),
        };
        let Some(file) = unread else {
            return (self.ask)(facts);
        };
        let why = match file.problem {
            Some(Problem::Closed { .. }) => "which is closed to you",
            Some(Problem::Unmerged(_)) => "where a merge was not finished",
            _ => "which cannot be read",
        };
        Answer::skipped(format!("waits for {}, {why}", file.path()))
    }
}

/// All checks, in the order in which they are shown.
#[must_use]
pub fn checks() -> &'static [Check] {
    checks::ALL
}

/// Ends the connections that checks left open for others.
pub fn farewell(facts: &Facts) {
    checks::postgres::farewell(facts);
}

/// What the application's own code refuses of the env files' values.
#[must_use]
pub fn refusals(facts: &Facts) -> Vec<Finding> {
    checks::patterns::judge(facts).findings
}

/// The rules that the checks' findings carry.
#[must_use]
pub fn rules() -> Vec<&'static Rule> {
    checks::rules()
        .into_iter()
        .chain([&engine::SILENT])
        .collect()
}
