//! Folders that programs fill, and that belong to somebody else.

use camino::Utf8Path;

use crate::diagnostic::{Finding, Rule};
use crate::doctor::{Answer, Cure};
use crate::gather::refusal::Refusal;
use crate::system::access::Owner;
use crate::text::command::Command;
use crate::text::remedy::quoted;
use crate::toolchain::Installers;

pub(super) use crate::gather::closed::whose;

/// Makes a folder ours, with all that is in it.
pub(super) fn made_ours(
    folder: &Utf8Path,
    owner: Option<&Owner>,
    installers: &Installers,
) -> String {
    if owner.is_some_and(|owner| owner.is_us) {
        return Command::new("chmod -R u+rwX").path(folder).to_string();
    }
    let own = Command::new("chown -R \"$(id -un)\"").path(folder);
    installers.as_admin(&own.to_string())
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
    installers: &Installers,
    answer: impl FnOnce() -> Answer,
) -> Answer {
    if !it.is_closed {
        return cured(answer(), it, installers, |_| true);
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
    let line = first(it, installers, &install.line);
    Answer::default().mended_by(finding, install.line(line))
}

/// The answer with cures that make the folder ours first, as far as they write into it.
pub(super) fn cured(
    mut answer: Answer,
    refusal: &Refusal,
    installers: &Installers,
    writes: impl Fn(&Cure) -> bool,
) -> Answer {
    if refusal.is_read_only || refusal.is_home {
        return held(answer, refusal, installers, writes);
    }
    let whose = whose(refusal.owner.as_ref());
    for cure in answer.cures.iter_mut().filter(|cure| writes(cure)) {
        let path = cure.dir.join(&refusal.path);
        let note = format!("you may not write {path}: {whose}");
        let before = Some(cure.typed());
        cure.line = first(refusal, installers, &cure.line);
        for other in &mut cure.or {
            *other = first(refusal, installers, other);
        }
        let of_it = answer.findings.iter_mut();
        for finding in of_it.filter(|finding| finding.help == before) {
            finding.notes.push(note.clone());
            finding.help = Some(cure.typed());
        }
    }
    answer
}

/// The same where the disk takes no writes, or the project's own folder none of ours: how that is mounted, and whose
/// the sources are, is for a person to change, and nothing that writes is run before.
fn held(
    mut answer: Answer,
    refusal: &Refusal,
    installers: &Installers,
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
                mounted_anew(&refusal.folder, installers),
                format!("{path} cannot be written: its disk is read-only"),
            )
        } else {
            let whose = whose(refusal.owner.as_ref());
            (
                made_ours(&refusal.folder, refusal.owner.as_ref(), installers),
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

fn first(refusal: &Refusal, installers: &Installers, line: &str) -> String {
    let ours = made_ours(&refusal.folder, refusal.owner.as_ref(), installers);
    format!("{ours} && {line}")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::doctor::Status;

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

    fn answer(refusal: &Refusal, answer: Answer) -> Answer {
        let sync = || Cure::new("uv sync").within("app");
        told(refusal, &RULE, sync, &Installers::default(), || answer)
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
}
