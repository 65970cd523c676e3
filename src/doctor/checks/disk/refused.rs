//! Folders that `dev` writes into, and that this user may not write.

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::occupied::END;
use crate::gather::refusal::Refusal;
use crate::system::access::{self, Owner};
use crate::system::fs;
use crate::text::and_list;
use crate::workspace::{Runtime, STATE, Workspace};

use super::super::foreign::{self, Taking};

/// A folder that belongs to somebody else.
pub(super) static REFUSED: Rule = Rule {
    code: "machine/access",
    severity: Severity::Error,
    summary: "this user may not write a folder that `pixcrawler dev` writes into",
    text: "\
`pixcrawler dev` keeps logs, data and its session in `.pixcrawler` of the workspace, and Next.js builds into
`.next`. Something that was run once with `sudo`, or in a container with the folder mounted, leaves them to
root, and whoever comes after is refused.

While a session of that user runs, its servers have their data there, and break when it changes hands: the command that
is printed ends it first.

Way out: make the folder yours with the command that is printed, and run nothing here with `sudo`.",
};

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
    /// What belongs to it and lies elsewhere: data that a link in it leads to.
    beyond: Vec<Utf8PathBuf>,
    /// What is yet to be made there, where what `dev` writes into is there already.
    wanted: Vec<Utf8PathBuf>,
}

/// What is yet to be made: env files, and what installers fill. One who has all of it need not write its folder.
pub(super) fn wanted(facts: &Facts) -> Vec<Utf8PathBuf> {
    let packages = facts.packages();
    let is_refused = |it: &Option<Refusal>| {
        let home = it.as_ref().filter(|it| it.is_home);
        home.is_some_and(|it| !it.only_anew)
    };
    let python = packages.python.iter().filter(|it| is_refused(&it.refusal));
    let python = python.map(|it| it.dir.join(".venv"));
    let web = packages.web.iter().filter(|it| is_refused(&it.refusal));
    let top = facts
        .sides()
        .web
        .iter()
        .map(|it| it.top.join("node_modules"));
    let web = web.zip(top).map(|(_, modules)| modules);
    let findings = facts.tiers().findings.iter();
    let missing = findings.filter(|it| it.rule.code == "env/file-missing");
    let files = missing.filter_map(|it| it.file.clone());
    python.chain(web).chain(files).collect()
}

/// The folders that refuse us; `wanted` is yet to be made.
pub(super) fn places(workspace: &Workspace, wanted: &[Utf8PathBuf]) -> Vec<Place> {
    let root = &workspace.root;
    let of_next = workspace
        .tiers
        .iter()
        .filter(|tier| tier.runtime == Runtime::Next)
        .map(|tier| (tier.dir.clone(), tier.dir.join(".next")));
    let shown = |path: &Utf8PathBuf| {
        if path.as_str().is_empty() {
            root.clone()
        } else {
            path.clone()
        }
    };
    let mut places: Vec<Place> = Vec::new();
    for (home, made) in std::iter::once((Utf8PathBuf::new(), STATE.into())).chain(of_next) {
        let is_made = fs::exists(&workspace.path(&made));
        let of_home = wanted.iter().filter(|it| it.parent() == Some(&home));
        let of_home: Vec<Utf8PathBuf> = of_home.cloned().collect();
        if is_made && !of_home.is_empty() && !access::writable(&workspace.path(&home)) {
            places.push(Place {
                owner: access::owner(&workspace.path(&home)),
                folder: shown(&home),
                path: shown(&home),
                made: false,
                beyond: Vec::new(),
                wanted: of_home,
            });
        }
        let folder = if is_made { &made } else { &home };
        let mut asked = vec![folder.clone()];
        if is_made && made == STATE {
            let entries = fs::list(&workspace.path(folder));
            asked.extend(entries.into_iter().map(|entry| folder.join(entry)));
        }
        let refuses = |entry: &Utf8PathBuf| {
            let path = workspace.path(entry);
            // A file of ours that nobody is to change is meant so.
            let is_meant = entry != folder && access::owner(&path).is_none_or(|it| it.is_us);
            fs::exists(&path) && !access::writable(&path) && !is_meant
        };
        let Some(path) = asked.iter().find(|path| refuses(path)).cloned() else {
            continue;
        };
        let is_own = is_made && made == STATE;
        places.push(Place {
            owner: access::owner(&workspace.path(&path)),
            folder: shown(folder),
            path: shown(&path),
            made: is_made,
            beyond: if is_own {
                beyond(&asked, workspace)
            } else {
                Vec::new()
            },
            wanted: Vec::new(),
        });
    }
    // Who gets the workspace gets what lies in it.
    if places.first().is_some_and(|place| place.folder == *root) {
        places.truncate(1);
    }
    places
}

/// What entries of a folder that are links lead to, and that is not ours: no change of owners follows a link.
fn beyond(entries: &[Utf8PathBuf], workspace: &Workspace) -> Vec<Utf8PathBuf> {
    let links = entries.iter().map(|entry| workspace.path(entry));
    let targets = links
        .filter(|entry| fs::is_link(entry))
        .map(|entry| fs::real(&entry));
    let with_password = targets.flat_map(|data| {
        let password = Utf8PathBuf::from(format!("{data}.password"));
        [data, password]
    });
    let is_theirs = |path: &Utf8PathBuf| access::owner(path).is_some_and(|it| !it.is_us);
    with_password.filter(is_theirs).collect()
}

/// The answer with what cannot be written.
pub(super) fn judge(answer: Answer, places: &[Place], taking: Taking<'_>) -> Answer {
    places.iter().fold(answer, |answer, place| {
        let Place {
            folder,
            path,
            owner,
            made,
            beyond,
            wanted,
        } = place;
        let whose = foreign::whose(owner.as_ref());
        let line = taking.made_ours(folder, beyond, owner.as_ref());
        let message = format!("you may not write {path}: {whose}");
        let finding = Finding::new(&REFUSED, message).subject(path.as_str());
        let finding = if wanted.is_empty() {
            finding.note("pixcrawler dev writes there: it ends with \"permission denied\"")
        } else {
            let wanted: Vec<&str> = wanted.iter().map(|it| it.as_str()).collect();
            finding.note(format!("there is to be made: {}", and_list(&wanted)))
        };
        let running = taking.running(folder).filter(|_| line.contains(END));
        if let Some(running) = running {
            // Nobody's session is ended unasked.
            answer.problem(finding.note(running.in_words(folder)).help(line))
        } else if *made {
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
    use crate::gather::occupied::{By, Occupied};
    use crate::toolchain::Installers;

    #[test]
    fn no_session_is_ended_unasked() {
        let installers = Installers::default();
        let owner = Owner {
            name: "root".to_owned(),
            is_us: false,
        };
        let place = Place {
            folder: STATE.into(),
            path: STATE.into(),
            owner: Some(owner.clone()),
            made: true,
            beyond: Vec::new(),
            wanted: Vec::new(),
        };
        let judged = |occupied: Option<&Occupied>| {
            let taking = Taking {
                root: "/w".into(),
                installers: &installers,
                occupied,
            };
            let answer = judge(Answer::default(), std::slice::from_ref(&place), taking);
            let finding = answer.findings.into_iter().next().expect("one");
            let help = finding.help.unwrap_or_default();
            (help, finding.notes, answer.cures.len())
        };
        let own = r#"sudo chown -R "$(id -un)" .pixcrawler"#;
        let (help, _, cures) = judged(None);
        assert_eq!((help.as_str(), cures), (own, 1));
        let (help, notes, cures) = judged(Some(&Occupied {
            owner: Some(owner.clone()),
            by: By::Session(Some(7)),
        }));
        assert_eq!(help, format!("sudo pixcrawler stop && {own}"));
        let note = "a session of root (pid 7) runs from .pixcrawler: it is ended first";
        assert!(notes.iter().any(|it| it == note), "{notes:?}");
        assert_eq!(cures, 0);
    }

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
            beyond: Vec::new(),
            wanted: Vec::new(),
        };
        let installers = Installers::default();
        let taking = Taking {
            root: "/w".into(),
            installers: &installers,
            occupied: None,
        };
        let told = |place: Place| {
            let answer = judge(Answer::default(), &[place], taking);
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
        let kept = Place {
            wanted: vec![".env".into(), ".venv".into()],
            ..place("root", false, false)
        };
        let answer = judge(Answer::default(), &[kept], taking);
        let notes = ["there is to be made: .env and .venv"];
        assert_eq!(answer.findings[0].notes, notes);
        let (_, help, _) = told(place("me", true, true));
        assert_eq!(help, r"chmod -R u+rwX 'the api'\''s/.next'");
    }
}
