//! How many files may be open, and how many may be watched.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::system::resources::{self, Enclosure, OpenFiles, Room, Watches, Watching};
use crate::text::remedy::quoted;
use crate::toolchain::Installers;

/// Few files may be open.
pub(super) static OPEN_FILES: Rule = Rule {
    code: "machine/open-files",
    severity: Severity::Warning,
    summary: "a process may have few files open",
    text: "\
The frontend's compiler opens a file for each module that it watches, and servers need one for each
connection. With a low limit they fail with `EMFILE: too many open files`.

Way out: raise the limit in this terminal with the command that is printed. To keep it: in your shell's
profile; for a container `docker run --ulimit nofile=10240:10240`, or in Compose's file
`ulimits: {nofile: 10240}` beside `image:`; for a service of systemd `LimitNOFILE=10240`.",
};

/// Few files may be watched.
pub(super) static WATCHES: Rule = Rule {
    code: "machine/watches",
    severity: Severity::Warning,
    summary: "few files may be watched for changes",
    text: "\
Reloading servers, the frontend's compiler and editors watch every folder. When the system's limit
is reached, they fail with `ENOSPC: System limit for number of file watchers reached`, or miss
changes.

Way out: raise the limit with the command that is printed; in /etc/sysctl.d/ to keep it.",
};

/// The check that tells of few files.
pub(in crate::doctor) const ID: &str = "open-files";

pub(super) static RULES: &[&Rule] = &[&OPEN_FILES, &WATCHES];

/// What most systems give; compilers of large frontends need it.
const ENOUGH_FILES: u64 = 1024;

/// With fewer no check but that of the limit itself comes to a sound answer: all of them at once, with a server
/// each and programs between pipes, have some thirty files open.
const NO_FILES: u64 = 64;

/// What is asked for where it is less.
const GOOD_FILES: u64 = 10_240;

/// Folders of `node_modules` and a checkout, for a compiler and an editor.
const ENOUGH_WATCHES: u64 = 65_536;

/// Reloaders, compilers and editors at once.
const ENOUGH_WATCHERS: u64 = 64;

pub(super) fn open_files(facts: &Facts) -> Answer {
    match resources::open_files() {
        Some(files) => judge_files(files, facts.installers(), || Within {
            room: resources::enclosure(),
            shell: resources::parent().unwrap_or_default(),
        }),
        None => Answer::irrelevant("this system has no such limit"),
    }
}

/// Why no other check is asked: whoever cannot open a file takes it for missing.
pub(in crate::doctor) fn too_few_files() -> Option<String> {
    let files = resources::open_files().filter(|files| files.soft < NO_FILES)?;
    Some(format!(
        "only {} files may be open here, open-files says more",
        files.soft
    ))
}

/// Where we run.
struct Within {
    room: Enclosure,
    /// The shell that we were typed in.
    shell: u32,
}

/// `within` says where we run, which takes looking at files.
fn judge_files(
    files: OpenFiles,
    installers: &Installers,
    within: impl FnOnce() -> Within,
) -> Answer {
    let answer = Answer::found(format!("{} a process", files.soft));
    if files.soft >= ENOUGH_FILES {
        return answer;
    }
    let (way, notes) = if files.hard >= ENOUGH_FILES {
        let way = format!("ulimit -n {}", GOOD_FILES.min(files.hard));
        (way, Vec::new())
    } else if cfg!(target_os = "linux") {
        more_than_hard(files, installers, &within())
    } else {
        let way =
            format!("sudo launchctl limit maxfiles {GOOD_FILES} 65536 && ulimit -n {GOOD_FILES}");
        (way, Vec::new())
    };
    let message = format!(
        "a process may have {} files open, {ENOUGH_FILES} are needed",
        files.soft
    );
    let severity = if files.soft < NO_FILES {
        Severity::Error
    } else {
        Severity::Warning
    };
    let finding = Finding::new(&OPEN_FILES, message)
        .severity(severity)
        .subject(ID);
    // A limit is inherited: no command that we run can raise that of the terminal.
    answer.problem(notes.into_iter().fold(finding, Finding::note).help(way))
}

/// The command that raises what only an administrator may, and how that is kept.
fn more_than_hard(
    files: OpenFiles,
    installers: &Installers,
    within: &Within,
) -> (String, Vec<String>) {
    let limit = format!("--nofile={GOOD_FILES}:{GOOD_FILES}");
    let here = || installers.as_admin(&format!("prlimit --pid $$ {limit}"));
    let of_container = || {
        format!(
            "for good, the container is made anew: docker run --ulimit nofile={GOOD_FILES}:{GOOD_FILES}, \
             or in Compose's file ulimits: {{nofile: {GOOD_FILES}}}"
        )
    };
    match &within.room {
        Enclosure::Container { .. } if files.may_rise => (here(), vec![of_container()]),
        // Its host gives the command what nobody in here may have; the shell that we were typed in keeps it.
        Enclosure::Container { engine, id } => {
            let name = id.as_deref().unwrap_or("CONTAINER");
            let way = format!(
                "{engine} exec --privileged -u 0 {name} prlimit --pid {} {limit}",
                within.shell
            );
            let named = match id {
                Some(_) => "on the host, for this shell".to_owned(),
                None => {
                    format!("on the host, for this shell; CONTAINER is its name in {engine} ps")
                }
            };
            (way, vec![named, of_container()])
        }
        Enclosure::Service(unit) => {
            let unit = quoted(unit);
            let folder = format!("/etc/systemd/system/{unit}.d");
            let steps = [
                installers.as_admin(&format!("mkdir -p {folder}")),
                format!(
                    "printf '[Service]\\nLimitNOFILE={GOOD_FILES}\\n' | {} > /dev/null",
                    installers.as_admin(&format!("tee {folder}/open-files.conf"))
                ),
                installers.as_admin("systemctl daemon-reload"),
                installers.as_admin(&format!("systemctl restart {unit}")),
            ];
            let note = format!("{unit} is restarted, with all that runs in it");
            (steps.join(" && "), vec![note])
        }
        Enclosure::None => {
            let user = "for good, a line in /etc/security/limits.conf, which counts from the next login on";
            (here(), vec![format!("{user}: * - nofile {GOOD_FILES}")])
        }
    }
}

pub(super) fn watches(facts: &Facts) -> Answer {
    let Some(watches) = resources::watches() else {
        return Answer::irrelevant("this system has no such limit");
    };
    match resources::watch_room(&facts.workspace().root) {
        Room::Left => judge_watches(watches, facts.installers()),
        room => judge_full(watches, room, &resources::watchers(), facts.installers()),
    }
}

/// The limit is high enough, or not, and used up in any case.
fn judge_full(
    watches: Watches,
    room: Room,
    holders: &[Watching],
    installers: &Installers,
) -> Answer {
    let (what, limit, setting, enough) = match room {
        Room::NoWatchers => (
            "watchers",
            watches.instances,
            "fs.inotify.max_user_instances",
            512,
        ),
        Room::Left | Room::NoWatches => (
            "file watches",
            watches.watches,
            "fs.inotify.max_user_watches",
            524_288,
        ),
    };
    let most: Vec<String> = holders
        .iter()
        .take(3)
        .map(|it| format!("{} (pid {}) {}", it.name, it.pid, it.watches))
        .collect();
    let mut finding = Finding::new(
        &WATCHES,
        format!("all {limit} {what} of this user are taken"),
    )
    .severity(Severity::Error)
    .subject("watches");
    if !most.is_empty() {
        finding = finding.note(format!("who watches most: {}", most.join(", ")));
    }
    let more = enough.max(limit.saturating_mul(2));
    let line = installers.as_admin(&format!("sysctl {setting}={more}"));
    Answer::default().mended_by(finding, Cure::new(line))
}

fn judge_watches(watches: Watches, installers: &Installers) -> Answer {
    let answer = Answer::found(format!(
        "{} for {} watchers",
        watches.watches, watches.instances
    ));
    let (message, setting) = if watches.watches < ENOUGH_WATCHES {
        (
            format!(
                "{} files may be watched, {ENOUGH_WATCHES} are needed",
                watches.watches
            ),
            "fs.inotify.max_user_watches=524288",
        )
    } else if watches.instances < ENOUGH_WATCHERS {
        (
            format!(
                "{} programs may watch files, {ENOUGH_WATCHERS} are needed",
                watches.instances
            ),
            "fs.inotify.max_user_instances=512",
        )
    } else {
        return answer;
    };
    let cure = Cure::new(installers.as_admin(&format!("sysctl {setting}")));
    answer.mended_by(Finding::new(&WATCHES, message).subject("watches"), cure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn low_limits_warn_with_the_command_that_raises_them() {
        let limits = |soft, hard, may_rise| OpenFiles {
            soft,
            hard,
            may_rise,
        };
        let within = |room: Enclosure| move || Within { room, shell: 7 };
        let files = |soft, hard| {
            let none = within(Enclosure::None);
            judge_files(limits(soft, hard, true), &Installers::default(), none)
        };
        assert_eq!(files(1024, 4096).status(), Status::Pass);
        assert_eq!(files(16, 4096).status(), Status::Fail);
        assert_eq!(
            files(256, 4096).findings[0].help.as_deref(),
            Some("ulimit -n 4096")
        );
        if cfg!(target_os = "linux") {
            let way = |may_rise, room| {
                let limits = limits(256, 512, may_rise);
                let answer = judge_files(limits, &Installers::default(), within(room));
                answer.findings[0].help.clone().unwrap_or_default()
            };
            let prlimit = "sudo prlimit --pid $$ --nofile=10240:10240";
            let container = |id: Option<&str>| Enclosure::Container {
                engine: "docker",
                id: id.map(str::to_owned),
            };
            assert_eq!(way(true, Enclosure::None), prlimit);
            assert_eq!(way(false, Enclosure::None), prlimit);
            assert_eq!(way(true, container(Some("0f9a"))), prlimit);
            assert_eq!(
                way(false, container(Some("0f9a"))),
                "docker exec --privileged -u 0 0f9a prlimit --pid 7 --nofile=10240:10240"
            );
            assert_eq!(
                way(false, container(None)),
                "docker exec --privileged -u 0 CONTAINER prlimit --pid 7 --nofile=10240:10240"
            );
            assert_eq!(
                way(false, Enclosure::Service("runner.service".to_owned())),
                "sudo mkdir -p /etc/systemd/system/runner.service.d && printf '[Service]\\nLimitNOFILE=10240\\n' | sudo tee /etc/systemd/system/runner.service.d/open-files.conf > /dev/null && sudo systemctl daemon-reload && sudo systemctl restart runner.service"
            );
        }
        let watches = |watches, instances| {
            judge_watches(Watches { watches, instances }, &Installers::default())
        };
        assert_eq!(watches(524_288, 128).status(), Status::Pass);
        assert_eq!(
            watches(8192, 128).cures,
            [Cure::new("sudo sysctl fs.inotify.max_user_watches=524288")]
        );
        assert_eq!(watches(524_288, 8).status(), Status::Warn);
    }

    #[test]
    fn a_limit_that_is_used_up_fails_and_names_who_used_it() {
        let watches = Watches {
            watches: 600_000,
            instances: 128,
        };
        let editor = Watching {
            name: "code".to_owned(),
            pid: 7,
            watches: 590_000,
            instances: 1,
        };
        let full = judge_full(watches, Room::NoWatches, &[editor], &Installers::default());
        assert_eq!(full.status(), Status::Fail);
        assert_eq!(
            full.findings[0].notes,
            ["who watches most: code (pid 7) 590000"]
        );
        assert_eq!(
            full.cures,
            [Cure::new("sudo sysctl fs.inotify.max_user_watches=1200000")]
        );
        let full = judge_full(watches, Room::NoWatchers, &[], &Installers::default());
        assert_eq!(
            full.cures,
            [Cure::new("sudo sysctl fs.inotify.max_user_instances=512")]
        );
    }
}
