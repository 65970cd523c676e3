//! Room on the disk that holds the workspace, and whether we may read and write there.

mod refused;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts, Files};
use crate::system::fs;
use crate::system::resources::{self, Disk};
use crate::text::command::Command;
use crate::text::remedy::quoted;
use crate::text::{plural, size};
use crate::toolchain::Installers;
use crate::workspace::stack::Closed;

use super::foreign;

/// The disk is full, or nearly.
pub(super) static FULL: Rule = Rule {
    code: "machine/disk",
    severity: Severity::Error,
    summary: "the disk that holds the workspace is full, nearly full or read-only",
    text: "\
Installing the stack takes about 1.1 GB, a build of the frontend some hundred MB more; databases and
logs grow. A full disk shows as a write that fails somewhere else. Many file systems also have room
for so many files and no more (`df -i`): then no file can be made, however many bytes are free.

Way out: remove what can be made again (the command that is printed names what is large here), or
move the workspace to a larger disk.",
};

pub(super) static RULES: &[&Rule] = &[&FULL, &refused::REFUSED];

/// Below this nothing works.
const NOTHING: u64 = 300 << 20;

/// What installing the packages of both tiers takes.
const INSTALLATION: u64 = 1_200 << 20;

/// Room for a build, logs and data, when everything is installed.
const COMFORT: u64 = 1 << 30;

/// Files that an installation of both tiers makes.
const FILES: u64 = 100_000;

/// Files that a build, logs and data make, when everything is installed.
const COMFORTABLE_FILES: u64 = 10_000;

/// With room for fewer files than this nothing works.
const NO_FILES: u64 = 100;

/// Folders that are made again by themselves, seen from the workspace.
const MADE_AGAIN: &[&str] = &[
    ".next",
    ".turbo",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".pixcrawler/logs",
    "htmlcov",
];

pub(super) fn ask(facts: &Facts) -> Answer {
    let mut told: Vec<&Closed> = Vec::new();
    for of in [Files::Python, Files::Web, Files::Code, Files::Sources] {
        for closed in facts.closed(of) {
            // Some are read by both sides.
            if !told.contains(&closed) {
                told.push(closed);
            }
        }
    }
    // Whose the sources are is for a person to say.
    let answer = room(facts);
    let each = told.into_iter().map(Closed::finding);
    each.fold(answer, Answer::problem)
}

/// The room that there is, and what may not be written.
fn room(facts: &Facts) -> Answer {
    let root = &facts.workspace().root;
    let disk = match resources::disk(root) {
        Ok(disk) => disk,
        Err(error) => return Answer::skipped(format!("the system does not tell: {error}")),
    };
    let packages = facts.packages();
    let python = packages.python.as_ref();
    let installed = python.is_none_or(|side| side.installed.is_some())
        && packages
            .web
            .as_ref()
            .is_none_or(|side| side.installed.is_some());
    let needs = if installed {
        Needs {
            bytes: COMFORT,
            files: COMFORTABLE_FILES,
        }
    } else {
        Needs {
            bytes: INSTALLATION + COMFORT,
            files: FILES,
        }
    };
    let large = match short_of(disk, needs) {
        Some(Short::Bytes) => removable(facts, fs::size, 1 << 20),
        Some(Short::Files) => removable(facts, fs::count, 20),
        None => Vec::new(),
    };
    let answer = judge(root, disk, needs, &large, facts.installers());
    // Of a read-only disk that has been said.
    if disk.read_only {
        return answer;
    }
    let places = refused::places(facts.workspace(), &refused::wanted(facts));
    refused::judge(answer, &places, foreign::Taking::of(facts))
}

/// What there should be room for.
#[derive(Debug, Clone, Copy)]
struct Needs {
    bytes: u64,
    files: u64,
}

/// What there is too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Short {
    Bytes,
    Files,
}

/// What runs out first: where nothing works any more, that, whichever of the two it is.
fn short_of(disk: Disk, needs: Needs) -> Option<Short> {
    let files = disk.free_files.unwrap_or(u64::MAX);
    if disk.free < NOTHING {
        Some(Short::Bytes)
    } else if files < NO_FILES {
        Some(Short::Files)
    } else if disk.free < needs.bytes {
        Some(Short::Bytes)
    } else {
        (files < needs.files).then_some(Short::Files)
    }
}

/// What can be made again, by what it takes of what is short, the largest first; `least` is worth it.
fn removable(facts: &Facts, takes: fn(&Utf8Path) -> u64, least: u64) -> Vec<(Utf8PathBuf, u64)> {
    let tiers = facts.workspace().tiers.iter().map(|tier| tier.dir.clone());
    let mut found: Vec<(Utf8PathBuf, u64)> = std::iter::once(Utf8PathBuf::new())
        .chain(tiers)
        .flat_map(|dir| MADE_AGAIN.iter().map(move |name| dir.join(name)))
        .map(|path| (path.clone(), takes(&facts.workspace().path(path))))
        .filter(|(_, taken)| *taken > least)
        .collect();
    found.sort_by_key(|(path, size)| (std::cmp::Reverse(*size), path.clone()));
    found.dedup();
    found
}

/// Shows where the room went, on the whole disk: its other folders may have taken it. GNU's `du` alone
/// counts files.
fn what_takes_most(root: &Utf8Path, of_files: bool) -> String {
    if cfg!(windows) {
        return "cleanmgr".to_owned();
    }
    let root = quoted(root.as_str());
    let mount = format!("\"$(df -P {root} | tail -1 | sed 's/.*% *//')\"");
    if !of_files {
        format!("du -xh -d 4 {mount} | sort -h | tail")
    } else if cfg!(target_os = "linux") {
        format!("du --inodes -x -d 4 {mount} | sort -n | tail")
    } else {
        format!("find {mount} -xdev -type f | cut -d/ -f2-5 | sort | uniq -c | sort -n | tail")
    }
}

fn judge(
    root: &Utf8Path,
    disk: Disk,
    needs: Needs,
    large: &[(Utf8PathBuf, u64)],
    installers: &Installers,
) -> Answer {
    let answer = Answer::found(format!("{} free of {}", size(disk.free), size(disk.total)));
    if disk.read_only {
        let finding = Finding::new(&FULL, format!("the disk of {root} is read-only"))
            .note("or move the workspace to a disk that can be written")
            .help(foreign::mounted_anew(root, installers));
        return answer.problem(finding);
    }
    let files = disk.free_files.unwrap_or(u64::MAX);
    let (message, severity) = match short_of(disk, needs) {
        None => return answer,
        Some(Short::Bytes) if disk.free < NOTHING => (
            format!("only {} free on the disk of {root}", size(disk.free)),
            Severity::Error,
        ),
        Some(Short::Bytes) => (
            format!(
                "{} free on the disk of {root}, {} are needed",
                size(disk.free),
                size(needs.bytes)
            ),
            Severity::Warning,
        ),
        Some(Short::Files) if files < NO_FILES => (
            match files {
                0 => format!("no more file fits on the disk of {root}: it has no inodes left"),
                _ => format!("only {files} more files fit on the disk of {root}"),
            },
            Severity::Error,
        ),
        Some(Short::Files) => (
            format!(
                "only {files} more files fit on the disk of {root}, {} are needed",
                needs.files
            ),
            Severity::Warning,
        ),
    };
    let of_files = short_of(disk, needs) == Some(Short::Files);
    let finding = Finding::new(&FULL, message)
        .severity(severity)
        .subject("disk");
    if large.is_empty() {
        return answer.problem(
            finding
                .note(if of_files {
                    "nothing here can be made again by itself; this shows which folders have most files"
                } else {
                    "nothing here can be made again by itself; this shows what is large"
                })
                .help(what_takes_most(root, of_files)),
        );
    }
    let taken = |taken: u64| {
        if of_files {
            plural(usize::try_from(taken).unwrap_or(usize::MAX), "file")
        } else {
            size(taken)
        }
    };
    let shown: Vec<String> = large
        .iter()
        .map(|(path, much)| format!("{path} ({})", taken(*much)))
        .collect();
    let remove = Command::new(if cfg!(windows) {
        "rmdir /s /q"
    } else {
        "rm -rf"
    });
    answer.mended_by(
        finding.note(format!("made again by itself: {}", shown.join(", "))),
        Cure::new(remove.paths(large.iter().map(|(path, _)| path))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn disk(free: u64) -> Disk {
        Disk {
            free,
            total: 100 << 30,
            free_files: Some(1_000_000),
            read_only: false,
        }
    }

    fn judged(disk: Disk, large: &[(Utf8PathBuf, u64)]) -> Answer {
        let needs = Needs {
            bytes: COMFORT,
            files: COMFORTABLE_FILES,
        };
        judge(
            Utf8Path::new("/w"),
            disk,
            needs,
            large,
            &Installers::default(),
        )
    }

    #[test]
    fn a_disk_may_have_bytes_and_no_room_for_files() {
        let files = |free_files| Disk {
            free_files: Some(free_files),
            ..disk(20 << 30)
        };
        let told = |free_files| {
            let answer = judged(files(free_files), &[("frontend/.next".into(), 4_000)]);
            let finding = answer.findings.first().cloned();
            (answer.status(), finding.map(|it| (it.message, it.notes)))
        };
        let notes = vec!["made again by itself: frontend/.next (4000 files)".to_owned()];
        assert_eq!(
            told(0),
            (
                Status::Fail,
                Some((
                    "no more file fits on the disk of /w: it has no inodes left".to_owned(),
                    notes.clone()
                ))
            )
        );
        assert_eq!(told(3).0, Status::Fail);
        assert_eq!(
            told(9_000),
            (
                Status::Warn,
                Some((
                    "only 9000 more files fit on the disk of /w, 10000 are needed".to_owned(),
                    notes
                ))
            )
        );
        assert_eq!(told(50_000).0, Status::Pass);
        // Some systems make room for files as they go.
        let open = Disk {
            free_files: None,
            ..disk(20 << 30)
        };
        assert_eq!(judged(open, &[]).status(), Status::Pass);
    }

    #[test]
    fn little_room_warns_and_none_fails() {
        let status = |disk| judged(disk, &[]).status();
        assert_eq!(status(disk(20 << 30)), Status::Pass);
        assert_eq!(status(disk(500 << 20)), Status::Warn);
        assert_eq!(status(disk(1 << 20)), Status::Fail);
        assert_eq!(
            status(Disk {
                read_only: true,
                ..disk(20 << 30)
            }),
            Status::Fail
        );
        // What fills it may lie beside the workspace.
        let shown = judged(disk(1 << 20), &[]).findings[0].help.clone();
        assert!(
            cfg!(windows) || shown.is_some_and(|it| it.starts_with("du -xh -d 4 \"$(df -P /w"))
        );
        let large = [("frontend/.next".into(), 700 << 20)];
        let mended = judged(disk(1 << 20), &large);
        assert!(mended.cures[0].line.ends_with("frontend/.next"));
    }
}
