//! How many files may be open, and how many may be watched.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::system::resources::{self, OpenFiles, Watches};
use crate::toolchain::Installers;

/// Few files may be open.
pub(super) static OPEN_FILES: Rule = Rule {
    code: "machine/open-files",
    severity: Severity::Warning,
    summary: "a process may have few files open",
    text: "\
The frontend's compiler opens a file for each module that it watches, and servers need one for each
connection. With a low limit they fail with `EMFILE: too many open files`.

Way out: raise the limit in this terminal with the command that is printed; in your shell's profile
to keep it.",
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

pub(super) static RULES: &[&Rule] = &[&OPEN_FILES, &WATCHES];

/// What most systems give; compilers of large frontends need it.
const ENOUGH_FILES: u64 = 1024;

/// What is asked for where it is less.
const GOOD_FILES: u64 = 10_240;

/// Folders of `node_modules` and a checkout, for a compiler and an editor.
const ENOUGH_WATCHES: u64 = 65_536;

/// Reloaders, compilers and editors at once.
const ENOUGH_WATCHERS: u64 = 64;

pub(super) fn open_files(_: &Facts) -> Answer {
    match resources::open_files() {
        Some(files) => judge_files(files),
        None => Answer::irrelevant("this system has no such limit"),
    }
}

fn judge_files(files: OpenFiles) -> Answer {
    let answer = Answer::found(format!("{} a process", files.soft));
    if files.soft >= ENOUGH_FILES {
        return answer;
    }
    let way = if files.hard > files.soft {
        format!("ulimit -n {}", GOOD_FILES.min(files.hard))
    } else {
        format!(
            "start the shell or the container with a higher limit: --ulimit nofile={GOOD_FILES}"
        )
    };
    let message = format!(
        "a process may have {} files open, {ENOUGH_FILES} are needed",
        files.soft
    );
    // A limit is inherited: no command that we run can raise that of the terminal.
    answer.problem(
        Finding::new(&OPEN_FILES, message)
            .subject("open-files")
            .help(way),
    )
}

pub(super) fn watches(facts: &Facts) -> Answer {
    match resources::watches() {
        Some(watches) => judge_watches(watches, facts.installers()),
        None => Answer::irrelevant("this system has no such limit"),
    }
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
        let files = |soft, hard| judge_files(OpenFiles { soft, hard });
        assert_eq!(files(1024, 4096).status(), Status::Pass);
        assert_eq!(
            files(256, 4096).findings[0].help.as_deref(),
            Some("ulimit -n 4096")
        );
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
}
