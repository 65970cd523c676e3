//! What is known of git, as a finding where it is nothing.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Severity};
use crate::env::TRACKED;
use crate::gather::git::{self, Asked, Part, Tracked};

/// Those of the files that git tracks, each with where the repository begins that it lies in and that was asked,
/// and whether that does not say so.
pub(super) fn known<'a>(
    root: &Utf8Path,
    variables: &BTreeMap<String, String>,
    files: impl IntoIterator<Item = &'a Utf8Path>,
    asked: &Asked,
) -> (BTreeMap<Utf8PathBuf, Utf8PathBuf>, Option<Finding>) {
    let mut all = BTreeMap::new();
    let mut untold = None;
    for home in git::homes(root, files) {
        let wanted = |path: &str| home.paths.contains(Utf8Path::new(path));
        let dir = if home.base.as_str().is_empty() {
            root.to_owned()
        } else {
            root.join(&home.base)
        };
        let (tracked, unknown) = told(git::tracked(&dir, variables, &wanted, asked));
        let placed = |path: &Utf8PathBuf| (home.base.join(path), home.base.clone());
        all.extend(tracked.iter().map(placed));
        untold = untold.or(unknown);
    }
    (all, untold)
}

/// The files that git tracks, and that it does not say so. What is no repository for git itself tracks
/// nothing either: a container has the `.git` of a worktree, and not what that points to.
fn told(tracked: Tracked) -> (BTreeSet<Utf8PathBuf>, Option<Finding>) {
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
            let none = matches!(
                trouble.part,
                Part::Repository | Part::Head(_) | Part::Pointer(_)
            );
            (BTreeSet::new(), (!none).then(finding))
        }
    }
}
