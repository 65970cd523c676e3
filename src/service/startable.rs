//! Whether services could be started as things stand: their folders, their programs.

use std::collections::BTreeSet;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::text::remedy::quoted;
use crate::text::{and_list, or_list};

use super::shell::first;
use super::{Command, HealthCheck, Kind, Probe, Restart, Service};

/// A service's folder that is not there.
pub(super) static FOLDER: Rule = Rule {
    code: "plan/folder-missing",
    severity: Severity::Error,
    summary: "the folder that a service is to run in is not there",
    text: "\
A process starts in a folder, `cwd`; where that is not there, or is a file, nothing can be started. It
is a warning where the folder may still come: a task that the service waits for may make it, or its
`restart` tries again.

Way out: correct `cwd` in pixcrawler.toml (it is relative to the workspace), or make the folder.",
};

/// A service's program that is not there.
pub(super) static PROGRAM: Rule = Rule {
    code: "plan/program-missing",
    severity: Severity::Error,
    summary: "the program of a service is not there, or cannot be run",
    text: "\
A name without a slash is looked for on the PATH that the service has, with its own `env`; one with a
slash from the folder that it runs in. Of a line for the shell only the first word is looked at, where it
is a plain one: behind `;`, `|` and `&&` anything may be. A script whose first line ends as on Windows is
there, and its interpreter is not: the carriage return is taken for a part of its name.

It is a warning where the program may still come (a task that the service waits for may make it, or its
`restart` tries again), where a line for the shell goes on after it, and for checks.

Way out: install the program, make the file executable, give it the line ends of Unix, or correct `command`
in pixcrawler.toml.",
};

/// A line for the shell that ends within a quote.
pub(super) static QUOTE: Rule = Rule {
    code: "plan/quote-open",
    severity: Severity::Error,
    summary: "a line for the shell has a quote that is never closed",
    text: "\
A command that is one text is a line for the shell, and the shell runs nothing of a line that ends within a
quote: it only says that it is unterminated. An apostrophe opens a quote, too; outside of quotes `\\'` is one.
What only a shell could tell (here-documents, quotes within `$(…)`) is left to it.

Way out: close the quote, or give the command as a list of program and arguments, which no shell reads.",
};

/// Files that are to be watched and are not there.
pub(super) static WATCHED: Rule = Rule {
    code: "plan/watch-missing",
    severity: Severity::Warning,
    summary: "a file or folder that is to be watched is not there",
    text: "\
A `watch` names files and folders from the service's folder. One that is not there yet counts once it is
made; until then nothing in it starts the service again. Often it is a slip.

Way out: correct `watch` in pixcrawler.toml, or leave it where the path is still to come.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&FOLDER, &PROGRAM, &QUOTE, &WATCHED];

/// What stands in the way of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// There is no such folder; with whether something else has that name.
    Folder {
        /// A file stands there.
        is_file: bool,
    },
    /// There is no such program.
    Program {
        /// As the command calls it.
        program: String,
        /// What is wrong with it.
        why: String,
        /// What would help.
        way: String,
    },
    /// The shell would refuse the line.
    Quote {
        /// The one that is never closed.
        quote: char,
        /// Where it stands in the line, in bytes.
        at: usize,
    },
}

/// A command of a service, by the key that it stands at in its table.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The key.
    pub key: &'static [&'static str],
    /// The command.
    pub command: &'a Command,
}

/// What is run for a service: its own command first, then its checks and what stops it.
#[must_use]
pub fn commands(service: &Service) -> Vec<Named<'_>> {
    let own = match &service.kind {
        Kind::Process(command) | Kind::Task(command) | Kind::Guest(command) => Some(command),
        Kind::Managed(_) => return Vec::new(),
    };
    let ready = match &service.ready.probe {
        Some(Probe::Exec(command)) => Some(command),
        _ => None,
    };
    let health = match service.health.as_ref().map(|health| &health.check) {
        Some(HealthCheck::Ask(Probe::Exec(command))) => Some(command),
        _ => None,
    };
    let named: [(&'static [&'static str], Option<&Command>); 4] = [
        (&["command"], own),
        (&["ready", "exec"], ready),
        (&["health", "exec"], health),
        (&["stop", "command"], service.stop.command.as_ref()),
    ];
    let there = named.into_iter();
    there
        .filter_map(|(key, command)| {
            Some(Named {
                key,
                command: command?,
            })
        })
        .collect()
}

/// What is said of an obstacle of `service`, one of `plan`, with the key that it stands at.
#[must_use]
pub fn judge(
    service: &Service,
    plan: &[Service],
    named: Named<'_>,
    obstacle: &Obstacle,
) -> (&'static [&'static str], Finding) {
    let group = service.group();
    let before = before(service, plan);
    let tasks = |service: &&Service| service.kind.is_task();
    let (key, rule, why, way, may_come): (_, _, _, _, bool) = match obstacle {
        Obstacle::Folder { is_file } => {
            let cwd = &service.cwd;
            let (why, way) = if *is_file {
                (
                    format!("{cwd} is a file, no folder"),
                    format!("name a folder as `cwd` in [services.{group}]"),
                )
            } else {
                (
                    format!("there is no folder {cwd}"),
                    format!(
                        "correct `cwd` in [services.{group}], or make the folder: mkdir -p {}",
                        quoted(cwd.as_str())
                    ),
                )
            };
            (&["cwd"] as &[_], &FOLDER, why, way, !before.is_empty())
        }
        Obstacle::Program { program, why, way } => {
            // What runs on makes files, too, as `tsc --watch` does; what installs is a task.
            let is_path = program.contains(['/', '\\']);
            let may_come = before.iter().any(|other| is_path || other.kind.is_task());
            (named.key, &PROGRAM, why.clone(), way.clone(), may_come)
        }
        Obstacle::Quote { quote, .. } => {
            let why = format!("a quote is never closed that opens with {quote}");
            let way = format!(
                "close it with another {quote}, or write \\{quote} where it stands for itself"
            );
            (named.key, &QUOTE, why, way, false)
        }
    };
    let is_own = named.key == ["command"];
    let goes_on = match (obstacle, named.command) {
        (Obstacle::Program { .. }, Command::Shell(line)) => {
            first(line).is_none_or(|first| !first.is_alone)
        }
        _ => false,
    };
    let of_check = if is_own {
        String::new()
    } else {
        format!("`{}`: ", named.key.join("."))
    };
    let who = match service.kind {
        Kind::Guest(_) => service.origin.clone(),
        _ => format!("service `{group}`"),
    };
    let mut finding = Finding::new(rule, format!("{who}: {of_check}{why}"))
        .subject(group)
        .help(way);
    // No start, and nothing that runs before, makes another line of it.
    let is_for_ever = matches!(obstacle, Obstacle::Quote { .. });
    if !is_for_ever && (may_come || goes_on || !is_own || service.restart != Restart::Never) {
        finding = finding.severity(Severity::Warning);
    }
    if may_come {
        let makers: Vec<String> = before
            .iter()
            .map(|other| format!("`{}`", other.name))
            .collect();
        finding = finding.note(format!(
            "{} may make it: it waits for that",
            or_list(&makers)
        ));
    } else if !is_for_ever {
        let others: Vec<String> = plan
            .iter()
            .filter(tasks)
            .filter(|other| other.name != service.name)
            .map(|other| format!("\"{}\"", other.name))
            .collect();
        if !others.is_empty() && !service.kind.is_task() {
            finding = finding.note(format!(
                "where a task makes it, wait for that: depends-on = [{}]",
                others.join(", ")
            ));
        }
    }
    if rule.code == PROGRAM.code && service.env.iter().any(|(name, _)| name == "PATH") {
        finding = finding.note(format!("PATH is what `env` of [services.{group}] sets"));
    }
    (key, finding)
}

/// Everything that a service waits for, by way of others, and that could make a file.
fn before<'a>(service: &Service, plan: &'a [Service]) -> Vec<&'a Service> {
    let (mut open, mut seen) = (vec![service], BTreeSet::new());
    let mut found = Vec::new();
    while let Some(one) = open.pop() {
        for on in &one.after {
            let other = plan.iter().find(|other| other.name == on.name);
            if let Some(other) = other.filter(|_| seen.insert(&on.name)) {
                open.push(other);
                if !other.kind.is_managed() {
                    found.push(other);
                }
            }
        }
    }
    found
}

/// What is said of places that are to be watched and are not there.
#[must_use]
pub fn unwatched(service: &Service, missing: &[String]) -> Option<Finding> {
    let group = service.group();
    let them = if missing.len() == 1 {
        "it counts"
    } else {
        "they count"
    };
    let listed: Vec<String> = missing.iter().map(|place| format!("`{place}`")).collect();
    (!missing.is_empty()).then(|| {
        Finding::new(
            &WATCHED,
            format!(
                "service `{group}` watches {}, and there is no such file or folder",
                and_list(&listed)
            ),
        )
        .subject(group)
        .note(format!("{them} once made"))
        .help(format!(
            "correct `watch` in [services.{group}], or leave it where that is still to come"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fleet::tests::service;
    use super::*;

    fn missing(program: &str) -> Obstacle {
        Obstacle::Program {
            program: program.to_owned(),
            why: format!("`{program}` is not there"),
            way: "install it".to_owned(),
        }
    }

    fn severity(service: &Service, plan: &[Service], obstacle: &Obstacle) -> Severity {
        let named = commands(service)[0];
        judge(service, plan, named, obstacle).1.severity
    }

    #[test]
    fn what_may_still_come_is_no_error() {
        let mut build = service("build", &[]);
        if let Kind::Process(command) = &build.kind {
            build.kind = Kind::Task(command.clone());
        }
        let (alone, mut waits) = (service("api", &[]), service("api", &["web"]));
        let plan = [build.clone(), service("web", &[]), alone.clone()];
        assert_eq!(severity(&alone, &plan, &missing("./app")), Severity::Error);
        // What runs on may make a file, and installs nothing.
        assert_eq!(
            severity(&waits, &plan, &missing("./app")),
            Severity::Warning
        );
        assert_eq!(severity(&waits, &plan, &missing("app")), Severity::Error);
        let by_way = [build, service("web", &["build"]), waits.clone()];
        assert_eq!(
            severity(&waits, &by_way, &missing("app")),
            Severity::Warning
        );
        let folder = Obstacle::Folder { is_file: false };
        assert_eq!(severity(&alone, &plan, &folder), Severity::Error);
        assert_eq!(severity(&waits, &plan, &folder), Severity::Warning);
        waits.after.clear();
        waits.restart = Restart::OnFailure;
        assert_eq!(severity(&waits, &plan, &missing("app")), Severity::Warning);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_an_error_wherever_it_stands() {
        let mut api = service("api", &["web"]);
        api.restart = Restart::Always;
        let quote = Obstacle::Quote { quote: '\'', at: 3 };
        let plan = [service("web", &[]), api.clone()];
        assert_eq!(severity(&api, &plan, &quote), Severity::Error);
        api.stop.command = Some(Command::Shell("it's".to_owned()));
        let named = commands(&api)[1];
        let (key, finding) = judge(&api, &plan, named, &quote);
        assert_eq!(
            (key, finding.severity),
            (&["stop", "command"] as &[_], Severity::Error)
        );
        assert_eq!(
            finding.message,
            "service `api`: `stop.command`: a quote is never closed that opens with '"
        );
    }

    #[test]
    fn a_line_that_goes_on_and_a_check_are_only_worth_a_look() {
        let with = |command: &str| Service {
            kind: Kind::Process(Command::Shell(command.to_owned())),
            ..service("api", &[])
        };
        assert_eq!(
            severity(&with("app -x"), &[], &missing("app")),
            Severity::Error
        );
        assert_eq!(
            severity(&with("app | cat"), &[], &missing("app")),
            Severity::Warning
        );
        let mut checked = with("sleep 1");
        checked.ready.probe = Some(Probe::Exec(Command::Exec(vec!["probe".to_owned()])));
        let named = commands(&checked)[1];
        let (key, finding) = judge(&checked, &[], named, &missing("probe"));
        assert_eq!(key, ["ready", "exec"]);
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(
            finding.message,
            "service `api`: `ready.exec`: `probe` is not there"
        );
    }
}
