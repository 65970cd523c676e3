//! Folders that `dev` writes into, and that this user may not write.

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure};
use crate::system::access::{self, Owner};
use crate::system::fs;
use crate::toolchain::Installers;
use crate::workspace::{Runtime, Workspace};

use super::super::foreign;

/// A folder that belongs to somebody else.
pub(super) static REFUSED: Rule = Rule {
    code: "machine/access",
    severity: Severity::Error,
    summary: "this user may not write a folder that `pixcrawler dev` writes into",
    text: "\
`pixcrawler dev` keeps logs, data and its session in `.pixcrawler` of the workspace, and Next.js builds into
`.next`. Something that was run once with `sudo`, or in a container with the folder mounted, leaves them to
root, and whoever comes after is refused.

Way out: make the folder yours with the command that is printed, and run nothing here with `sudo`.",
};

/// What the tool keeps of its own.
const OWN: &str = ".pixcrawler";

/// A folder that refuses us, or something in it that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The folder that is to be ours; the workspace's own is named in full.
    folder: Utf8PathBuf,
    /// What in it cannot be written: the folder itself, or an entry.
    path: Utf8PathBuf,
    /// Whose that is.
    owner: Option<Owner>,
    /// Whether it is made by programs alone, so that it may change hands unasked.
    made: bool,
}

/// The folders that refuse us.
pub(super) fn places(workspace: &Workspace) -> Vec<Place> {
    let root = &workspace.root;
    let of_next = workspace
        .tiers
        .iter()
        .filter(|tier| tier.runtime == Runtime::Next)
        .map(|tier| (tier.dir.clone(), tier.dir.join(".next")));
    let mut places: Vec<Place> = Vec::new();
    for (home, made) in std::iter::once((Utf8PathBuf::new(), OWN.into())).chain(of_next) {
        let is_made = fs::exists(&workspace.path(&made));
        let folder = if is_made { &made } else { &home };
        let mut asked = vec![folder.clone()];
        if is_made && made == OWN {
            let entries = fs::list(&workspace.path(folder));
            asked.extend(entries.into_iter().map(|entry| folder.join(entry)));
        }
        let refuses = |entry: &Utf8PathBuf| {
            let path = workspace.path(entry);
            // A file of ours that nobody is to change is meant so.
            let is_meant = entry != folder && access::owner(&path).is_none_or(|it| it.is_us);
            fs::exists(&path) && !access::writable(&path) && !is_meant
        };
        let Some(path) = asked.into_iter().find(refuses) else {
            continue;
        };
        let shown = |path: &Utf8PathBuf| {
            if path.as_str().is_empty() {
                root.clone()
            } else {
                path.clone()
            }
        };
        places.push(Place {
            owner: access::owner(&workspace.path(&path)),
            folder: shown(folder),
            path: shown(&path),
            made: is_made,
        });
    }
    // Who gets the workspace gets what lies in it.
    if places.first().is_some_and(|place| place.folder == *root) {
        places.truncate(1);
    }
    places
}

/// The answer with what cannot be written.
pub(super) fn judge(answer: Answer, places: &[Place], installers: &Installers) -> Answer {
    places.iter().fold(answer, |answer, place| {
        let Place {
            folder,
            path,
            owner,
            made,
        } = place;
        let whose = foreign::whose(owner.as_ref());
        let line = foreign::made_ours(folder, owner.as_ref(), installers);
        let message = format!("you may not write {path}: {whose}");
        let finding = Finding::new(&REFUSED, message)
            .subject(path.as_str())
            .note("pixcrawler dev writes there: it ends with \"permission denied\"");
        if *made {
            answer.mended_by(finding, Cure::new(line))
        } else {
            // Whose the sources are is for a person to say.
            answer.problem(finding.help(line))
        }
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_folder_and_its_owner_are_named() {
        let place = |name: &str, is_us, made| Place {
            folder: "the api's/.next".into(),
            path: "the api's/.next".into(),
            owner: Some(Owner {
                name: name.to_owned(),
                is_us,
            }),
            made,
        };
        let told = |place: Place| {
            let answer = judge(Answer::default(), &[place], &Installers::default());
            let finding = answer.findings.into_iter().next().expect("one");
            let help = finding.help.unwrap_or_default();
            (finding.message, help, answer.cures.len())
        };
        let (message, help, cures) = told(place("root", false, true));
        assert_eq!(
            message,
            "you may not write the api's/.next: it belongs to root"
        );
        assert_eq!(help, r#"sudo chown -R "$(id -un)" 'the api'\''s/.next'"#);
        assert_eq!(cures, 1);
        assert_eq!(told(place("root", false, false)).2, 0);
        let (_, help, _) = told(place("me", true, true));
        assert_eq!(help, r"chmod -R u+rwX 'the api'\''s/.next'");
    }
}
