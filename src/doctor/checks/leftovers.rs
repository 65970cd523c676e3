//! What earlier start scripts left behind: their logs, and servers that nobody supervises.

mod server;

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::{Answer, Cure, Facts};
use crate::env::mask_words;
use crate::gather::leftovers::{self, Leftover};
use crate::gather::session;
use crate::system::fs;
use crate::system::process::Resident;
use crate::text::and_list;
use crate::text::command::Command;

/// Logs of the old start scripts.
pub(super) static FILES: Rule = Rule {
    code: "leftover/files",
    severity: Severity::Warning,
    summary: "logs of an earlier start script lie about",
    text: "\
`start-dev` wrote `backend.log`, `frontend.log` and `frontend-install.log` into the workspace and
overwrote them with each run. `pixcrawler dev` keeps its logs in `.pixcrawler/logs/`; the old ones
only mislead.

Way out: remove them with the command that is printed.",
};

/// Servers that nobody supervises.
pub(super) static PROCESSES: Rule = Rule {
    code: "leftover/processes",
    severity: Severity::Warning,
    summary: "servers of this workspace run that nobody supervises",
    text: "\
A start script that was killed, or that failed half-way, leaves its servers running: they hold
ports, take tasks from the broker, and serve old code. Only what runs counts, not what is named: an
editor with a file of Celery's, or `docker compose logs -f celery`, is no server.

Way out: end them with the command that is printed.",
};

/// What sessions left behind.
pub(super) static SESSIONS: Rule = Rule {
    code: "leftover/sessions",
    severity: Severity::Warning,
    summary: "processes of an earlier session are still there",
    text: "\
A session ends what it started, also when it is killed. Only whoever kills its three processes at once
leaves something behind: that holds ports, takes tasks from the broker, and serves old code.

Way out: `pixcrawler stop` ends a session that runs, and what earlier ones left; so does
`pixcrawler dev --takeover` before it starts.",
};

pub(super) static RULES: &[&Rule] = &[&FILES, &PROCESSES, &SESSIONS];

const LOGS: &[&str] = &["backend.log", "frontend.log", "frontend-install.log"];

pub(super) fn ask(facts: &Facts) -> Answer {
    let dirs = std::iter::once(Utf8PathBuf::new())
        .chain(facts.workspace().tiers.iter().map(|tier| tier.dir.clone()));
    let logs: BTreeSet<Utf8PathBuf> = dirs
        .flat_map(|dir| LOGS.iter().map(move |name| dir.join(name)))
        .filter(|path| fs::is_file(&facts.workspace().path(path)))
        .collect();
    let left = session::left(facts.workspace());
    let is_left = |pid: u32| left.iter().any(|left| left.process.pid == pid);
    let strays: Vec<&Resident> = facts
        .residents()
        .iter()
        .filter(|process| process.supervised == Some(false) && server::is_one(&process.command))
        .filter(|process| !is_left(process.pid))
        .collect();
    judge(&logs.into_iter().collect::<Vec<_>>(), &strays, &left)
}

fn judge(logs: &[Utf8PathBuf], strays: &[&Resident], left: &[Leftover]) -> Answer {
    let mut answer = Answer::default();
    if !left.is_empty() {
        let finding = Finding::new(&SESSIONS, leftovers::words(left));
        // A session that runs would end with them.
        answer = answer.mended_by(finding.subject("sessions"), Cure::ending("pixcrawler stop"));
    }
    if !strays.is_empty() {
        let named: Vec<String> = strays
            .iter()
            .map(|process| format!("{} (pid {})", process.name, process.pid))
            .collect();
        let pids: Vec<String> = strays
            .iter()
            .map(|process| process.pid.to_string())
            .collect();
        let line = if cfg!(windows) {
            format!("taskkill /F /PID {}", pids.join(" /PID "))
        } else {
            format!("kill {}", pids.join(" "))
        };
        let finding = Finding::new(
            &PROCESSES,
            format!("nobody supervises {}", and_list(&named)),
        );
        let words: Vec<String> = strays
            .iter()
            .take(3)
            .map(|process| mask_words(&process.command).join(" "))
            .collect();
        let finding = finding.subject("processes").note(words.join("; "));
        // One of them may have been started by hand, in another terminal.
        answer = answer.mended_by(finding, Cure::ending(line));
    }
    if !logs.is_empty() {
        let names: Vec<&str> = logs.iter().map(|path| path.as_str()).collect();
        let remove = Command::new(if cfg!(windows) { "del" } else { "rm" });
        let finding = Finding::new(
            &FILES,
            format!("an earlier start script left {}", and_list(&names)),
        );
        answer = answer.mended_by(finding.subject("files"), Cure::new(remove.paths(names)));
    }
    if answer.findings.is_empty() {
        answer = answer.and("nothing of earlier start scripts");
    }
    answer
}
