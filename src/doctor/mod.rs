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
mod unmade;

use std::time::Duration;

use crate::diagnostic::{Finding, Rule};
use crate::env::Problem;
use crate::gather::lost_files::Lost;
use crate::workspace::{Runtime, Tier};

pub use answer::{Answer, Cure, Status};
pub use engine::{Checked, run};
pub use facts::{Facts, Questions};
pub use operation::Operation;
pub use typed::typed;
use unmade::Unmade;

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
    /// It judges what each tier names by itself: what one of them lacks leaves the others' as it is.
    pub by_tier: bool,
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
    /// Drizzle's configuration and its migrations.
    Migrations,
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
        let lost = || {
            let mut lost = facts.lost().iter();
            lost.find(|it| it.is_needed && self.needs(facts, it))
        };
        if let Some(lost) = self.may_need(facts).then(lost).flatten() {
            return checks::checkout::awaited(facts, lost);
        }
        let unread = match self.reads {
            Reads::Nothing => None,
            Reads::Python => facts.environments().unread(|tier| self.reads.has(tier)),
            Reads::All => facts.environments().unread(|_| true),
        };
        let Some(file) = unread else {
            // What nobody sets is no fact, either, while the file that will is still to be made.
            return match facts.unmade(self.reads).filter(|_| facts.is_asked("env")) {
                Some(unmade) => self.in_part(facts, &unmade),
                None => (self.ask)(facts),
            };
        };
        let why = match file.problem {
            Some(Problem::Closed { .. }) => "which is closed to you",
            Some(Problem::Unmerged(_)) => "where a merge was not finished",
            _ => "which cannot be read",
        };
        Answer::skipped(format!("waits for {}, {why}", file.path()))
    }

    /// The answer while an env file is still to be made. That of the pages leaves what the others name as known as it
    /// is: a CI has that in its own environment.
    fn in_part(&self, facts: &Facts, unmade: &Unmade) -> Answer {
        let waits = format!("waits for {}, which is not there", unmade.file);
        if !self.by_tier || !unmade.is_of_pages_alone {
            return Answer::skipped(waits);
        }
        let mut answer = (self.ask)(facts);
        // Nobody else names anything.
        if answer.irrelevant {
            return Answer::skipped(waits);
        }
        let words = format!("what {} names {waits}", unmade.tier);
        match &mut answer.skipped {
            Some(why) => *why = format!("{why}; {words}"),
            None => answer.found.push(words),
        }
        answer
    }

    /// Whether what is gone may be its matter, which the programs that are asked need not wait to hear.
    fn may_need(&self, facts: &Facts) -> bool {
        self.reads != Reads::Nothing
            || self.is_without(facts, true)
            || self.is_without(facts, false)
            || [Files::Code, Files::Migrations]
                .iter()
                .any(|of| self.files.contains(of))
    }

    /// Whether it needs a side of which there is nothing: a manifest alone that is gone has its own word.
    fn is_without(&self, facts: &Facts, is_python: bool) -> bool {
        let sides = facts.sides();
        let mut broken = sides.broken.iter();
        let (of, is_there) = if is_python {
            (Files::Python, sides.python.is_some())
        } else {
            (Files::Web, sides.web.is_some())
        };
        self.files.contains(&of) && !is_there && !broken.any(|it| it.is_python() == is_python)
    }

    /// Whether it judges by what is gone.
    fn needs(&self, facts: &Facts, lost: &Lost) -> bool {
        let reads = match self.reads {
            Reads::Nothing => false,
            Reads::Python => lost.is_python,
            Reads::All => true,
        };
        let of_side = reads || self.is_without(facts, lost.is_python);
        lost.is_side && of_side
            || lost.is_python && self.files.contains(&Files::Code)
            || lost.is_of_migrations && self.files.contains(&Files::Migrations)
    }
}

impl Reads {
    /// Whether a tier's files are among them.
    pub(crate) fn has(self, tier: &Tier) -> bool {
        match self {
            Self::Nothing => false,
            Self::Python => tier.runtime != Runtime::Next,
            Self::All => true,
        }
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
