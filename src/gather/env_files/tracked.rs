//! What is known of git, as a finding where it is nothing.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Severity};
use crate::env::TRACKED;
use crate::gather::git::{Part, Tracked};

/// The files that git tracks, and that it does not say so. What is no repository for git itself tracks
/// nothing either: a container has the `.git` of a worktree, and not what that points to.
pub(super) fn known(tracked: Tracked) -> (BTreeSet<Utf8PathBuf>, Option<Finding>) {
    match tracked {
        Tracked::Nowhere => (BTreeSet::new(), None),
        Tracked::Paths(paths) => (paths, None),
        Tracked::Unknown(trouble) => {
            let message = format!(
                "whether git tracks the env files cannot be told: {}",
                trouble.words
            );
            let finding = || {
                Finding::new(&TRACKED, message)
                    .severity(Severity::Warning)
                    .subject("index")
                    .help("pixcrawler doctor --only git-files")
            };
            let none = matches!(trouble.part, Part::Repository | Part::Pointer(_));
            (BTreeSet::new(), (!none).then(finding))
        }
    }
}
