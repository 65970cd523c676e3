//! Env files that are still to be made of their examples: what their tiers name is not known yet.

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Severity};
use crate::workspace::{Runtime, Workspace};

use super::Reads;

/// A tier without the file that its values belong in.
const NO_FILE: &str = "env/file-missing";

/// The first of these files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unmade {
    pub(super) file: Utf8PathBuf,
    /// The tier whose it is.
    pub(super) tier: String,
    /// Every other tier has what it needs, be it from the environment of this process.
    pub(super) is_of_pages_alone: bool,
}

impl Unmade {
    /// What these findings about env files say of the tiers that somebody reads.
    pub(super) fn of(workspace: &Workspace, findings: &[Finding], reads: Reads) -> Option<Self> {
        if reads == Reads::Nothing {
            return None;
        }
        let mut unmade = findings.iter().filter_map(|it| {
            let help = it.help.as_deref().unwrap_or_default();
            let is_one = it.rule.code == NO_FILE
                && it.severity == Severity::Error
                && help.contains(", then fill in ");
            let tier = it.tier.as_deref().filter(|_| is_one)?;
            let tier = workspace.tiers.iter().find(|of| of.name == tier)?;
            reads.has(tier).then_some((tier, it.file.as_deref()?))
        });
        let (tier, file) = unmade.next()?;
        let is_of_pages = tier.runtime == Runtime::Next;
        let others = || workspace.tiers.iter().any(|it| it.runtime != Runtime::Next);
        Some(Self {
            file: file.to_owned(),
            tier: tier.name.clone(),
            is_of_pages_alone: is_of_pages && unmade.next().is_none() && others(),
        })
    }
}
