//! Folders and programs of services, looked at before anything is started.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use crate::diagnostic::{Finding, Label, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather;
use crate::service::assemble::Variables;
use crate::service::environment::Given;
use crate::service::startable::{Obstacle, commands, judge, unwatched};
use crate::service::{Command, Kind, Service};
use crate::system::process;
use crate::text::Span;
use crate::workspace::{Workspace, label};

use super::{Context, Request};

/// What is to be looked at, and with what in hand.
pub(super) struct Look<'a> {
    /// What services inherit, by tier.
    pub(super) inherited: BTreeMap<String, Variables>,
    /// The whole plan.
    pub(super) plan: &'a [Service],
    /// The workspace, whose packages may bring programs that are not on PATH.
    pub(super) workspace: &'a Workspace,
    /// The file whose lines the commands are, where they are no tables of the settings.
    pub(super) lines_of: Option<&'a Utf8Path>,
    /// Where a service says something, by the keys of its table.
    pub(super) place: &'a dyn Fn(&Service, &[&str]) -> Option<Label>,
}

/// Where the settings say something of a service.
pub(super) fn written(workspace: &Workspace) -> impl Fn(&Service, &[&str]) -> Option<Label> + '_ {
    move |service, key| {
        let settings = workspace.settings.as_ref()?;
        let group = service.group();
        workspace.options.services.get(group)?;
        label(settings, &[&["services", group], key].concat(), "")
    }
}

/// What could not be started, or is worth a look, of the services that are new, or started otherwise than the
/// `old` ones from now on.
pub(super) fn changed(
    workspace: &Workspace,
    inherited: &BTreeMap<String, Variables>,
    services: &[Service],
    old: &[Service],
) -> Vec<Finding> {
    let is_as_before = |service: &&Service| {
        let run = |service| commands(service).into_iter().map(|named| named.command);
        old.iter().any(|old| {
            (&old.name, &old.kind, &old.cwd) == (&service.name, &service.kind, &service.cwd)
                && run(old).eq(run(service))
        })
    };
    let look = Look {
        inherited: inherited.clone(),
        plan: services,
        workspace,
        lines_of: None,
        place: &written(workspace),
    };
    let mut findings = look.at(services.iter().filter(|service| !is_as_before(service)));
    // The session itself says it of what is to be watched.
    findings.retain(|finding| finding.rule.code != "plan/watch-missing");
    findings
}

impl Look<'_> {
    fn given(&self) -> Given {
        Given {
            inherited: self.inherited.clone(),
            ..Given::default()
        }
    }

    /// Why the command of `--exec` cannot be started. It is a warning where something that it waits for
    /// may still bring its program.
    pub(super) fn typed(&self, guest: &Service) -> Option<Finding> {
        let named = commands(guest).into_iter().next()?;
        let handed = self.given().handed(guest);
        let place = "the command line";
        let obstacle = process::obstacle(named.command, &guest.cwd, &handed, place)?;
        let obstacle = self.of_package(guest, &handed, obstacle, place);
        let (_, finding) = judge(guest, self.plan, named, &obstacle);
        Some(finding)
    }

    /// An obstacle with what the packages of the service's folder say of its program, where no PATH has it, or with
    /// the package of the system.
    fn of_package(
        &self,
        service: &Service,
        handed: &BTreeMap<String, String>,
        obstacle: Obstacle,
        place: &str,
    ) -> Obstacle {
        let Obstacle::Program { program, why, .. } = &obstacle else {
            return obstacle;
        };
        let is_unfound = *why == format!("`{program}` is not on PATH");
        let found = || gather::modules::unfound(self.workspace, &service.cwd, program, place);
        match is_unfound.then(found).flatten() {
            Some((why, way)) => Obstacle::Program {
                program: program.clone(),
                why,
                way,
            },
            // A file of that name in its folder is what is meant.
            None if is_unfound && !service.cwd.join(program).exists() => Obstacle::Program {
                way: gather::tools::starters(handed).to_get(program, &format!("in {place}")),
                program: program.clone(),
                why: why.clone(),
            },
            None => obstacle,
        }
    }

    /// What cannot be started of these, or is not there to be watched.
    pub(super) fn at<'s>(&self, services: impl IntoIterator<Item = &'s Service>) -> Vec<Finding> {
        let given = self.given();
        let (mut findings, mut seen) = (Vec::new(), BTreeSet::new());
        for service in services {
            // What was typed has no place in the settings: see [`Self::typed`].
            if matches!(service.kind, Kind::Guest(_)) {
                continue;
            }
            let handed = given.handed(service);
            for named in commands(service) {
                let place = match self.lines_of {
                    Some(file) => format!("its line of {file}"),
                    None => format!("its `{}`", named.key.join(".")),
                };
                let Some(obstacle) =
                    process::obstacle(named.command, &service.cwd, &handed, &place)
                else {
                    continue;
                };
                let obstacle = self.of_package(service, &handed, obstacle, &place);
                let (key, mut finding) = judge(service, self.plan, named, &obstacle);
                finding.place = (self.place)(service, key).map(|place| match &obstacle {
                    Obstacle::Quote { at, .. } => narrowed(place, named.command, *at),
                    _ => place,
                });
                // Of what was found, one program is one thing to mend, whoever is run by it.
                let what = if finding.place.is_some() || self.lines_of.is_some() {
                    finding.message.clone()
                } else {
                    finding = finding
                        .help("pixcrawler doctor")
                        .note(service.origin.clone());
                    format!("{obstacle:?}")
                };
                if seen.insert(what) {
                    findings.push(finding);
                }
                // In a folder that is not there nothing else is to be found either.
                if key == ["cwd"] {
                    break;
                }
            }
            findings.extend(
                self.watched(service)
                    .filter(|finding| seen.insert(finding.message.clone())),
            );
        }
        findings
    }

    fn watched(&self, service: &Service) -> Option<Finding> {
        let watch = service.watch.as_ref()?;
        let missing: Vec<String> = watch
            .places()
            .filter(|place| !place.exists())
            .map(|place| {
                place
                    .strip_prefix(&service.cwd)
                    .unwrap_or(place)
                    .to_string()
            })
            .collect();
        let mut finding = unwatched(service, &missing)?;
        finding.place = (self.place)(service, &["watch"]);
        Some(finding)
    }
}

/// The place of one character of a command, where that stands as it is in what is underlined or right behind
/// it; in a TOML text it may be written otherwise.
fn narrowed(place: Label, command: &Command, at: usize) -> Label {
    let (Command::Shell(line), Span { start, end }) = (command, place.span) else {
        return place;
    };
    let text = place.source.text();
    let found = text.get(start..).and_then(|text| text.find(line.as_str()));
    let is_right_behind = |from: usize| {
        let between = text.get(end..from).unwrap_or_default();
        between
            .chars()
            .all(|c| c.is_whitespace() || "='\"".contains(c))
    };
    match found.map(|found| start + found) {
        Some(from) if is_right_behind(from) => {
            Label::new(&place.source, from + at..from + at + 1, "")
        }
        _ => place,
    }
}

/// Findings whose ways out name only what this machine has: no `sudo` in a container, no systemd.
pub(super) fn fitted(mut findings: Vec<Finding>, context: &Context) -> Vec<Finding> {
    let installers = LazyCell::new(|| gather::tools::starters(&context.variables));
    let helps = findings.iter_mut().filter_map(|one| one.help.as_mut());
    for help in helps.filter(|help| help.contains("sudo ") || help.contains("systemctl ")) {
        *help = installers.fitted(help);
    }
    findings
}

/// What is worth saying before the start, or what stands in its way. A dry run says all of it.
pub(super) fn settle(
    mut findings: Vec<Finding>,
    request: &Request,
) -> Result<Vec<Finding>, Failure> {
    // The session itself says it of what is to be watched, and who keeps going starts the others.
    findings.retain(|finding| request.dry_run || finding.rule.code != "plan/watch-missing");
    for finding in &mut findings {
        let is_one_service = matches!(
            finding.rule.code,
            "plan/program-missing" | "plan/folder-missing" | "plan/quote-open"
        );
        if is_one_service && request.keep_going {
            finding.severity = Severity::Warning;
        }
    }
    let (errors, mut warnings): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| finding.severity == Severity::Error);
    if !errors.is_empty() && !request.dry_run {
        let count = crate::text::plural(errors.len(), "problem");
        return Err(Failure::new(
            Exit::Findings,
            format!("{count} must be mended before anything can start"),
        )
        .findings(errors));
    }
    warnings.extend(errors);
    Ok(warnings)
}
