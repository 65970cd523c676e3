//! Room on the disk that holds the workspace.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::system::fs;
use crate::system::resources::{self, Disk};
use crate::text::remedy::quoted;
use crate::text::size;
use crate::toolchain::Installers;

/// The disk is full, or nearly.
pub(super) static FULL: Rule = Rule {
    code: "machine/disk",
    severity: Severity::Error,
    summary: "the disk that holds the workspace is full, nearly full or read-only",
    text: "\
Installing the stack takes about 1.1 GB, a build of the frontend some hundred MB more; databases and
logs grow. A full disk shows as a write that fails somewhere else.

Way out: remove what can be made again (the command that is printed names what is large here), or
move the workspace to a larger disk.",
};

pub(super) static RULES: &[&Rule] = &[&FULL];

/// Below this nothing works.
const NOTHING: u64 = 300 << 20;

/// What installing the packages of both tiers takes.
const INSTALLATION: u64 = 1_200 << 20;

/// Room for a build, logs and data, when everything is installed.
const COMFORT: u64 = 1 << 30;

/// Inodes that an installation of both tiers takes.
const FILES: u64 = 100_000;

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
        COMFORT
    } else {
        INSTALLATION + COMFORT
    };
    let large = if disk.free < needs {
        removable(facts)
    } else {
        Vec::new()
    };
    judge(root, disk, needs, &large, facts.installers())
}

/// What can be made again, with its size, the largest first.
fn removable(facts: &Facts) -> Vec<(Utf8PathBuf, u64)> {
    let tiers = facts.workspace().tiers.iter().map(|tier| tier.dir.clone());
    let mut found: Vec<(Utf8PathBuf, u64)> = std::iter::once(Utf8PathBuf::new())
        .chain(tiers)
        .flat_map(|dir| MADE_AGAIN.iter().map(move |name| dir.join(name)))
        .map(|path| (path.clone(), fs::size(&facts.workspace().path(path))))
        .filter(|(_, size)| *size > 1 << 20)
        .collect();
    found.sort_by_key(|(path, size)| (std::cmp::Reverse(*size), path.clone()));
    found.dedup();
    found
}

/// Mounts the disk that holds the workspace once more, to be written.
fn writable(root: &Utf8Path, installers: &Installers) -> String {
    let root = quoted(root.as_str());
    if cfg!(windows) {
        format!("powershell Get-Volume -FilePath {root}")
    } else if cfg!(target_os = "macos") {
        installers.as_admin(&format!(
            "mount -uw \"$(df -P {root} | tail -1 | sed 's/.*% *//')\""
        ))
    } else {
        installers.as_admin(&format!(
            "mount -o remount,rw \"$(df -P {root} | tail -1 | sed 's/.*% *//')\""
        ))
    }
}

fn judge(
    root: &Utf8Path,
    disk: Disk,
    needs: u64,
    large: &[(Utf8PathBuf, u64)],
    installers: &Installers,
) -> Answer {
    let answer = Answer::found(format!("{} free of {}", size(disk.free), size(disk.total)));
    if disk.read_only {
        let finding = Finding::new(&FULL, format!("the disk of {root} is read-only"))
            .note("or move the workspace to a disk that can be written")
            .help(writable(root, installers));
        return answer.problem(finding);
    }
    let scarce_files = disk.free_files.filter(|files| *files < FILES);
    let (message, severity) = if disk.free < NOTHING {
        (
            format!("only {} free on the disk of {root}", size(disk.free)),
            Severity::Error,
        )
    } else if disk.free < needs {
        (
            format!(
                "{} free on the disk of {root}, {} are needed",
                size(disk.free),
                size(needs)
            ),
            Severity::Warning,
        )
    } else if let Some(files) = scarce_files {
        (
            format!("only {files} more files fit on the disk of {root}"),
            Severity::Warning,
        )
    } else {
        return answer;
    };
    let finding = Finding::new(&FULL, message)
        .severity(severity)
        .subject("disk");
    if large.is_empty() {
        return answer.problem(
            finding
                .note("nothing here can be made again by itself; this shows what is large")
                .help(if cfg!(windows) {
                    "cleanmgr".to_owned()
                } else {
                    let root = quoted(root.as_str());
                    format!("du -xh -d 2 {root} | sort -h | tail")
                }),
        );
    }
    let shown: Vec<String> = large
        .iter()
        .map(|(path, taken)| format!("{path} ({})", size(*taken)))
        .collect();
    let names: Vec<&str> = large.iter().map(|(path, _)| path.as_str()).collect();
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    let remove = if cfg!(windows) {
        "rmdir /s /q"
    } else {
        "rm -rf"
    };
    answer.mended_by(
        finding.note(format!("made again by itself: {}", shown.join(", "))),
        Cure::new(format!("{remove} {}", names.join(" "))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn little_room_warns_and_none_fails() {
        let disk = |free: u64| Disk {
            free,
            total: 100 << 30,
            free_files: Some(1_000_000),
            read_only: false,
        };
        let status = |disk| {
            judge(
                Utf8Path::new("/w"),
                disk,
                COMFORT,
                &[],
                &Installers::default(),
            )
            .status()
        };
        assert_eq!(status(disk(20 << 30)), Status::Pass);
        assert_eq!(status(disk(500 << 20)), Status::Warn);
        assert_eq!(status(disk(1 << 20)), Status::Fail);
        assert_eq!(
            status(Disk {
                free_files: Some(3),
                ..disk(20 << 30)
            }),
            Status::Warn
        );
        assert_eq!(
            status(Disk {
                read_only: true,
                ..disk(20 << 30)
            }),
            Status::Fail
        );
        let large = [("frontend/.next".into(), 700 << 20)];
        let mended = judge(
            Utf8Path::new("/w"),
            disk(1 << 20),
            COMFORT,
            &large,
            &Installers::default(),
        );
        assert!(mended.cures[0].line.ends_with("frontend/.next"));
    }
}
