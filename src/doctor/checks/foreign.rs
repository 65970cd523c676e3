//! Folders that programs fill, and that belong to somebody else.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Rule};
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::occupied::{END, Occupied};
use crate::gather::refusal::Refusal;
use crate::system::access::Owner;
use crate::text::command::Command;
use crate::text::remedy::quoted;
use crate::toolchain::Installers;
use crate::workspace::STATE;
use crate::workspace::stack::ANEW;

pub(super) use crate::gather::closed::whose;

/// What decides how a folder becomes ours.
#[derive(Clone, Copy)]
pub(super) struct Taking<'a> {
    /// The workspace.
    pub(super) root: &'a Utf8Path,
    /// What this machine has for an administrator.
    pub(super) installers: &'a Installers,
    /// What runs from the workspace: its files change hands only when it has ended.
    pub(super) occupied: Option<&'a Occupied>,
}

impl<'a> Taking<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        Self {
            root: &facts.workspace().root,
            installers: facts.installers(),
            occupied: facts.occupied(),
        }
    }

    /// What runs from a folder that is to change hands, with the data of its servers.
    pub(super) fn running(&self, folder: &Utf8Path) -> Option<&'a Occupied> {
        let holds = folder.as_str().is_empty()
            || folder == "."
            || folder == STATE
            || self.root.starts_with(folder);
        self.occupied.filter(|_| holds)
    }

    /// The command that ends what runs, by whom it obeys.
    pub(super) fn ended(&self, occupied: &Occupied) -> String {
        if occupied.is_ours() {
            END.to_owned()
        } else {
            self.installers.as_admin(END)
        }
    }

    /// Makes a folder ours, with all that is in it and what lies `beyond` it; what runs from there is ended first.
    pub(super) fn made_ours(
        &self,
        folder: &Utf8Path,
        beyond: &[Utf8PathBuf],
        owner: Option<&Owner>,
    ) -> String {
        if owner.is_some_and(|owner| owner.is_us) {
            return Command::new("chmod -R u+rwX").path(folder).to_string();
        }
        let own = Command::new("chown -R \"$(id -un)\"").path(folder);
        let own = self.installers.as_admin(&own.paths(beyond).to_string());
        match self.running(folder) {
            Some(occupied) => format!("{} && {own}", self.ended(occupied)),
            None => own,
        }
    }
}

/// Makes a folder ours that no server has its data in.
pub(super) fn made_ours(
    folder: &Utf8Path,
    owner: Option<&Owner>,
    installers: &Installers,
) -> String {
    let taking = Taking {
        root: Utf8Path::new(""),
        installers,
        occupied: None,
    };
    taking.made_ours(folder, &[], owner)
}

/// Mounts the disk that holds a folder once more, to be written.
pub(super) fn mounted_anew(folder: &Utf8Path, installers: &Installers) -> String {
    let folder = quoted(folder.as_str());
    if cfg!(windows) {
        format!("powershell Get-Volume -FilePath {folder}")
    } else if cfg!(target_os = "macos") {
        installers.as_admin(&format!(
            "mount -uw \"$(df -P {folder} | tail -1 | sed 's/.*% *//')\""
        ))
    } else {
        installers.as_admin(&format!(
            "mount -o remount,rw \"$(df -P {folder} | tail -1 | sed 's/.*% *//')\""
        ))
    }
}

/// What is to be said of packages where their folder refuses us; nothing else is known of them where it is closed.
pub(super) fn told(
    it: &Refusal,
    rule: &'static Rule,
    install: impl FnOnce() -> Cure,
    taking: Taking<'_>,
    answer: impl FnOnce() -> Answer,
) -> Answer {
    if !it.is_closed {
        return cured(answer(), it, taking, |_| true);
    }
    let whose = whose(it.owner.as_ref());
    let install = install();
    let path = install.dir.join(&it.path);
    let finding = Finding::new(rule, format!("{path} is closed to you: {whose}"))
        .note(if it.path == it.folder {
            "what is installed cannot be seen; an installation with `sudo` leaves its folder so"
        } else {
            "what is in it cannot be seen, and no program of yours loads it; an installation with `sudo` leaves it so"
        });
    let line = first(it, taking, &install.line);
    Answer::default().mended_by(finding, install.line(line))
}

/// The answer with cures that make the folder ours first, as far as they write into it.
pub(super) fn cured(
    mut answer: Answer,
    refusal: &Refusal,
    taking: Taking<'_>,
    writes: impl Fn(&Cure) -> bool,
) -> Answer {
    if refusal.only_anew {
        return held(answer, refusal, taking, |cure| {
            writes(cure) && makes_anew(cure)
        });
    }
    if refusal.is_read_only || refusal.is_home {
        return held(answer, refusal, taking, writes);
    }
    // Taken away and made anew, it would be refused half-way.
    if let Some(home) = &refusal.home {
        answer = held(answer, home, taking, |cure| {
            writes(cure) && makes_anew(cure)
        });
    }
    let whose = whose(refusal.owner.as_ref());
    for cure in answer.cures.iter_mut().filter(|cure| writes(cure)) {
        let path = cure.dir.join(&refusal.path);
        let note = format!("you may not write {path}: {whose}");
        let before = Some(cure.typed());
        cure.line = first(refusal, taking, &cure.line);
        for other in &mut cure.or {
            *other = first(refusal, taking, other);
        }
        let of_it = answer.findings.iter_mut();
        for finding in of_it.filter(|finding| finding.help == before) {
            finding.notes.push(note.clone());
            finding.help = Some(cure.typed());
        }
    }
    answer
}

/// Whether a line takes the folder itself away, which the one around it has to let us do.
fn makes_anew(cure: &Cure) -> bool {
    const PARTS: [&str; 4] = [ANEW, "uv venv", "rm -rf ", "mv "];
    PARTS.iter().any(|part| cure.line.contains(part))
}

/// The same where the disk takes no writes, or the project's own folder none of ours: how that is mounted, and whose
/// the sources are, is for a person to change, and nothing that writes is run before.
fn held(
    mut answer: Answer,
    refusal: &Refusal,
    taking: Taking<'_>,
    writes: impl Fn(&Cure) -> bool,
) -> Answer {
    let (held, kept) = answer.cures.into_iter().partition::<Vec<_>, _>(writes);
    answer.cures = kept;
    for cure in held {
        let path = match (cure.dir.as_str(), refusal.path.as_str()) {
            ("", "") => "the workspace".to_owned(),
            (_, "") => cure.dir.to_string(),
            _ => cure.dir.join(&refusal.path).into_string(),
        };
        let (line, note) = if refusal.is_read_only {
            (
                mounted_anew(&refusal.folder, taking.installers),
                format!("{path} cannot be written: its disk is read-only"),
            )
        } else {
            let whose = whose(refusal.owner.as_ref());
            // Seen from where the line is typed.
            let taking = Taking {
                occupied: taking.occupied.filter(|_| cure.dir.as_str().is_empty()),
                ..taking
            };
            (
                taking.made_ours(&refusal.folder, &[], refusal.owner.as_ref()),
                format!("you may not write {path}: {whose}"),
            )
        };
        let before = Some(cure.typed());
        let line = format!("{line} && {}", cure.line);
        let typed = cure.line(line).typed();
        let of_it = answer.findings.iter_mut();
        for finding in of_it.filter(|finding| finding.help == before) {
            finding.notes.push(note.clone());
            finding.help = Some(typed.clone());
        }
    }
    answer
}

fn first(refusal: &Refusal, taking: Taking<'_>, line: &str) -> String {
    let ours = made_ours(&refusal.folder, refusal.owner.as_ref(), taking.installers);
    format!("{ours} && {line}")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::gather::occupied::By;

    static RULE: Rule = Rule {
        code: "a/rule",
        severity: crate::diagnostic::Severity::Error,
        summary: "",
        text: "",
    };

    fn refusal(path: &str, is_us: bool, is_closed: bool) -> Refusal {
        Refusal {
            folder: ".venv".into(),
            path: path.into(),
            owner: Some(Owner {
                name: "root".to_owned(),
                is_us,
            }),
            is_closed,
            is_read_only: false,
            is_home: false,
            only_anew: false,
            home: None,
        }
    }

    #[test]
    fn nothing_is_installed_into_sources_of_somebody_else() {
        let it = Refusal {
            folder: ".".into(),
            path: "".into(),
            is_home: true,
            ..refusal(".venv", false, false)
        };
        let finding = Finding::new(&RULE, "there is no app/.venv yet");
        let cure = Cure::new("uv sync").within("app");
        let told = answer(&it, Answer::default().mended_by(finding, cure));
        assert_eq!(told.cures, []);
        let finding = &told.findings[0];
        assert_eq!(finding.notes, ["you may not write app: it belongs to root"]);
        let line = "(cd app && sudo chown -R \"$(id -un)\" . && uv sync)";
        assert_eq!(finding.help.as_deref(), Some(line));
    }

    fn taking<'a>(installers: &'a Installers, occupied: Option<&'a Occupied>) -> Taking<'a> {
        Taking {
            root: Utf8Path::new("/w"),
            installers,
            occupied,
        }
    }

    fn answer(refusal: &Refusal, answer: Answer) -> Answer {
        let sync = || Cure::new("uv sync").within("app");
        let installers = Installers::default();
        told(refusal, &RULE, sync, taking(&installers, None), || answer)
    }

    #[test]
    fn a_closed_folder_is_told_with_its_owner_and_made_ours() {
        let told = answer(&refusal(".venv", false, true), Answer::default());
        assert_eq!(
            told.findings[0].message,
            "app/.venv is closed to you: it belongs to root"
        );
        let line = "sudo chown -R \"$(id -un)\" .venv && uv sync";
        assert_eq!(told.cures, [Cure::new(line).within("app")]);
        let told = answer(&refusal(".venv", true, true), Answer::default());
        assert_eq!(told.cures[0].line, "chmod -R u+rwX .venv && uv sync");
    }

    #[test]
    fn nobody_is_made_an_owner_on_a_disk_that_is_read_only() {
        let it = Refusal {
            is_read_only: true,
            ..refusal(".venv", true, false)
        };
        let finding = Finding::new(&RULE, "1 package not installed");
        let cure = Cure::new("uv sync").within("app");
        let told = answer(&it, Answer::default().mended_by(finding, cure));
        assert_eq!(told.cures, []);
        let finding = &told.findings[0];
        assert_eq!(
            finding.notes,
            ["app/.venv cannot be written: its disk is read-only"]
        );
        let help = finding.help.as_deref().unwrap_or_default();
        assert!(
            help.contains("mount ") && !help.contains("chmod") && help.contains("&& uv sync"),
            "{help}"
        );
    }

    #[test]
    fn what_installs_makes_the_folder_ours_first() {
        let it = refusal(".venv/bin", false, false);
        // Where nothing is to be installed nobody is refused.
        assert_eq!(answer(&it, Answer::found("x")).status(), Status::Pass);
        let finding = Finding::new(&RULE, "1 package not installed");
        let cure = Cure::new("uv lock && uv sync").within("app");
        let told = answer(&it, Answer::default().mended_by(finding, cure));
        assert_eq!(
            told.findings[0].help.as_deref(),
            Some("(cd app && sudo chown -R \"$(id -un)\" .venv && uv lock && uv sync)")
        );
        assert_eq!(
            told.findings[0].notes,
            ["you may not write app/.venv/bin: it belongs to root"]
        );
    }

    #[test]
    fn what_runs_from_a_folder_is_ended_before_it_changes_hands() {
        let installers = Installers::default();
        let owner = |name: &str, is_us| Owner {
            name: name.to_owned(),
            is_us,
        };
        let runs = |is_us, by| Occupied {
            owner: Some(owner("root", is_us)),
            by,
        };
        let root = owner("root", false);
        let of = |occupied: &Occupied, folder: &str| {
            let taking = taking(&installers, Some(occupied));
            taking.made_ours(folder.into(), &[], Some(&root))
        };
        let theirs = runs(false, By::Session(Some(7)));
        for folder in [STATE, "", ".", "/w", "/"] {
            let line = of(&theirs, folder);
            let first = "sudo pixcrawler stop && sudo chown -R ";
            assert!(line.starts_with(first), "{folder}: {line}");
            assert_eq!(of(&runs(false, By::Unseen), folder), line);
            let own = of(&runs(true, By::Session(None)), folder);
            assert!(own.starts_with("pixcrawler stop && sudo chown "), "{own}");
        }
        for folder in ["frontend/.next", "/w/app", ".venv"] {
            let line = of(&theirs, folder);
            assert!(line.starts_with("sudo chown "), "{folder}: {line}");
        }
        // What lies elsewhere and belongs to it changes hands with it.
        let taking = taking(&installers, None);
        let data = ["/var/lib/x/postgres".into()];
        assert_eq!(
            taking.made_ours(STATE.into(), &data, Some(&root)),
            "sudo chown -R \"$(id -un)\" .pixcrawler /var/lib/x/postgres"
        );
    }

    #[test]
    fn nothing_is_made_anew_in_a_folder_that_is_closed_to_us() {
        let home = Refusal {
            folder: ".".into(),
            path: "".into(),
            is_home: true,
            ..refusal("", false, false)
        };
        let only_anew = Refusal {
            only_anew: true,
            ..home.clone()
        };
        let both = Refusal {
            home: Some(Box::new(home)),
            ..refusal(".venv", false, false)
        };
        let judged = |it: &Refusal, line: &str| {
            let cure = Cure::new(line.to_owned()).within("app");
            let finding = Finding::new(&RULE, "the environment's Python is closed");
            let told = answer(it, Answer::default().mended_by(finding, cure));
            let help = told.findings[0].help.clone().unwrap_or_default();
            (help, told.cures.len())
        };
        let anew = "uv venv --clear && uv sync";
        let own = "sudo chown -R \"$(id -un)\"";
        for it in [&both, &only_anew] {
            let whole = format!("(cd app && {own} . && {anew})");
            assert_eq!(judged(it, anew), (whole, 0));
        }
        // What writes into it alone needs no more.
        let inside = format!("(cd app && {own} .venv && uv sync)");
        assert_eq!(judged(&both, "uv sync"), (inside, 1));
        assert_eq!(
            judged(&only_anew, "uv sync"),
            ("(cd app && uv sync)".to_owned(), 1)
        );
    }
}
