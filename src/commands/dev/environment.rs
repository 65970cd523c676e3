//! The env files of a session and its settings: what services inherit of the ones, and what a change
//! of either means.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Finding, Severity};
use crate::failure::Failure;
use crate::gather;
use crate::gather::tiers::Tiers;
use crate::service::assemble::{self, Inputs, Install};
use crate::service::definition::Redefinition;
use crate::service::endpoint::Endpoint;
use crate::service::environment::{Change, Given, changes};
use crate::service::fleet::{Standing, Why};
use crate::service::managed::{Managed, ManagedPlan};
use crate::service::{Kind, OnEnv, Plan, Selection, Service};
use crate::supervisor::{Again, EnvFiles, Reading, Renewed};
use crate::system::fs;
use crate::text::{Secrets, and_list, few, plural};
use crate::workspace::stack::Stack;
use crate::workspace::{CONFIG, Workspace};

use super::amend::Amended;
use super::blame::{self, Places};
use super::inherited::inherited;
use super::preflight::{self, Prepared};
use super::{
    Context, Request, next_config, renamed, secrets, servers, stale, startable, taken, unsound,
};

/// The env files of a session that runs, and its settings.
pub(super) struct Files {
    context: Context,
    /// As it was at the start: its tiers stay.
    workspace: Workspace,
    request: Request,
    stack: Stack,
    secrets: Secrets,
    paths: Vec<Utf8PathBuf>,
    valid: Mutex<Valid>,
}

/// What is valid at the moment.
struct Valid {
    workspace: Workspace,
    given: Given,
    /// The servers that the session started itself.
    managed: ManagedPlan,
    /// What the session was started with and has no effect any more, as far as it was said.
    stale: BTreeSet<String>,
    /// Servers on this machine that the session has dealt with, by address.
    servers: BTreeSet<String>,
    /// The servers that the files name.
    endpoints: Vec<Endpoint>,
    /// The files that set variables, by tier and name.
    places: Places,
    /// What was said already.
    known: BTreeSet<String>,
    /// The errors that are in what is valid: servers alone are started in spite of them.
    errors: BTreeSet<String>,
    /// Files that changed while what is in them was not valid.
    waiting: Vec<Utf8PathBuf>,
}

/// What services would be and get.
struct Next {
    given: Given,
    managed: ManagedPlan,
    stale: BTreeSet<String>,
}

impl Files {
    pub(super) fn new(
        context: &Context,
        workspace: &Workspace,
        request: &Request,
        prepared: &Prepared,
        secrets: Secrets,
    ) -> Self {
        let mut paths: Vec<Utf8PathBuf> = workspace
            .tiers
            .iter()
            .flat_map(|tier| tier.chain(context.environment))
            .map(|file| workspace.path(file))
            .chain([workspace.path(CONFIG)])
            .collect();
        paths.sort();
        paths.dedup();
        let tiers = &prepared.tiers;
        let valid = Valid {
            workspace: workspace.clone(),
            given: Given {
                inherited: inherited(&context.variables, workspace, tiers),
                seen: tiers.seen.clone(),
                services: prepared.plan.services().to_vec(),
                templates: prepared.plan.templates().to_vec(),
            },
            managed: prepared.managed.clone(),
            stale: BTreeSet::new(),
            servers: servers::named(workspace, &prepared.stack, tiers),
            endpoints: preflight::endpoints(workspace, &prepared.stack, tiers),
            places: tiers.files(),
            known: tiers.findings.iter().map(key).collect(),
            errors: errors(tiers),
            waiting: Vec::new(),
        };
        Self {
            context: context.clone(),
            workspace: workspace.clone(),
            request: request.clone(),
            stack: prepared.stack.clone(),
            secrets,
            paths,
            valid: Mutex::new(valid),
        }
    }

    /// The servers of the session, as the URLs want them by now.
    pub(super) fn servers(&self) -> Vec<Managed> {
        let valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        valid.managed.services.clone()
    }

    fn load(&self, workspace: &Workspace) -> Tiers {
        let Context {
            environment,
            variables,
            ..
        } = &self.context;
        let tiers = gather::tiers::load(workspace, *environment, variables);
        self.secrets.learn(&tiers.secrets);
        tiers
    }

    /// The settings as they stand now, where they are to be read again. Tiers stay as they are.
    fn settings(&self, files: &[Utf8PathBuf], valid: &Valid) -> Result<Workspace, Failure> {
        let path = self.workspace.path(CONFIG);
        if !files.iter().chain(&valid.waiting).any(|file| *file == path) {
            return Ok(valid.workspace.clone());
        }
        let now = gather::workspace::open(self.workspace.root.clone())?;
        Ok(Workspace {
            tiers: self.workspace.tiers.clone(),
            ..now
        })
    }

    /// What services would be and get from now on, or what stands in the way.
    fn given(
        &self,
        workspace: &Workspace,
        tiers: &Tiers,
        valid: &Valid,
        standing: &[Standing],
        reading: &mut Reading,
    ) -> Result<Next, Failure> {
        let managed = servers::again(&valid.managed, workspace, &self.stack, tiers);
        let inputs = Inputs {
            workspace,
            stack: &self.stack,
            tiers: &tiers.seen,
            sight: tiers.sight(),
            managed: &managed,
            environment: self.context.environment,
            install: Install::default(),
            migrate: false,
            colour: self.context.style().color(),
            reload: preflight::reloads(&self.context, &self.request),
            scale: &self.request.scale,
        };
        let bad_plan = |findings| unsound::bad_plan(workspace, findings);
        let (assembled, mut stale) = stale::assembled(&inputs).map_err(bad_plan)?;
        if assembled.services.is_empty() {
            return Err(Failure::usage(format!("{CONFIG} leaves nothing to run")));
        }
        let wanted = Selection {
            names: self.request.services.clone(),
            profiles: self.request.profiles.clone(),
            ..Selection::default()
        };
        stale.extend(stale::profiles(&wanted.profiles, &assembled.services));
        let plan = Plan::anew(assembled.services, &wanted).map_err(bad_plan)?;
        let plan = plan.with_templates(assembled.templates);
        // What was installed or migrated at the start is not to be done again.
        let done = |name: &String| assemble::is_preparation(name);
        if plan.services().is_empty() && !wanted.names.iter().all(done) {
            let names = and_list(&wanted.names);
            return Err(Failure::usage(format!(
                "{CONFIG} leaves nothing to run of what this session was started for ({names})"
            )));
        }
        let services = plan.services().to_vec();
        let variables = &self.context.variables;
        self.secrets.learn(secrets::of(tiers, &services, variables));
        // What this session has it can hand on.
        let is_ours = |service: &Service| {
            let mut before = valid.given.services.iter();
            before.any(|old| old.port == service.port)
                || standing.iter().any(|one| {
                    let mut all = services.iter();
                    let passes_on = one.is_leaving
                        || all.any(|new| new.name == one.service)
                        || !services.iter().any(|new| new.group() == one.group);
                    service.port.is_some() && one.port == service.port && passes_on
                })
        };
        let moved = services.iter().filter(|service| !is_ours(service));
        let mut problems = taken::taken_ports(&self.workspace, &services, moved);
        problems.extend(servers::missing(
            workspace,
            &self.stack,
            tiers,
            &valid.servers,
            &managed,
            self.request.managed,
        ));
        let of_ours = servers::problems(&valid.managed, &managed, tiers, &self.context)
            .filter(|(variable, _)| servers::matters(&plan, &managed, variable));
        problems.extend(of_ours.map(|(_, finding)| finding));
        let endpoints = preflight::endpoints(workspace, &self.stack, tiers);
        let places = (tiers, self.context.environment);
        for finding in renamed::databases(&valid.endpoints, &endpoints, &managed, places) {
            // Who looks at a session hears of it, and who left servers alone behind does not.
            if self.request.servers {
                problems.push(finding);
            } else {
                reading.findings.push(finding.severity(Severity::Warning));
            }
        }
        let inherited = inherited(&self.context.variables, &self.workspace, tiers);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            startable::changed(workspace, &inherited, &services, &valid.given.services)
                .into_iter()
                .partition(|finding| finding.severity == Severity::Error);
        problems.extend(errors);
        reading.findings.extend(warnings);
        if problems.is_empty() {
            let given = Given {
                inherited,
                seen: tiers.seen.clone(),
                services,
                templates: plan.templates().to_vec(),
            };
            Ok(Next {
                given,
                managed,
                stale,
            })
        } else {
            let problems = startable::fitted(problems, &self.context);
            Err(Failure::usage("").findings(problems))
        }
    }

    fn below(&self, file: &Utf8Path) -> Utf8PathBuf {
        let root = &self.workspace.root;
        file.strip_prefix(root).unwrap_or(file).to_owned()
    }

    /// The file that changed, as people know it: one that the tier reads, where there is one.
    fn cause(&self, changed: &[Utf8PathBuf], tier: Option<&str>) -> String {
        let changed: Vec<Utf8PathBuf> = changed.iter().map(|file| self.below(file)).collect();
        let tier = tier.and_then(|tier| self.workspace.tier(tier));
        let chain = tier.map(|tier| tier.chain(self.context.environment));
        let own = chain.and_then(|chain| changed.iter().find(|file| chain.contains(file)));
        own.or(changed.first())
            .map_or_else(|| "an env file".to_owned(), Utf8PathBuf::to_string)
    }

    /// That everything stays as it is, and why.
    fn kept(&self, changed: &[Utf8PathBuf], failure: &Failure) -> String {
        let files: Vec<String> = changed
            .iter()
            .map(|file| self.cause(std::slice::from_ref(file), None))
            .collect();
        let stays = if files.iter().any(|file| file == CONFIG) {
            "goes on as it is"
        } else {
            "keeps the environment that it has"
        };
        let why = match failure.findings.len() {
            0 => failure.message.clone(),
            some => format!("{} in the way of {}", plural(some, "problem"), few(&files)),
        };
        format!("{why}: every service {stays} until that is mended")
    }

    /// Whom a file concerns that was broken until now: who reads it by itself, at its start alone, and
    /// gets no other value than it had.
    fn mended(
        &self,
        files: &[Utf8PathBuf],
        given: &Given,
        is_dealt_with: impl Fn(&Service) -> bool,
    ) -> Vec<Again> {
        let services = given.services.iter();
        services
            .filter(|service| matches!(service.kind, Kind::Process(_)))
            .filter(|service| service.on_env == OnEnv::Restart && !is_dealt_with(service))
            .filter_map(|service| {
                let tier = self.workspace.tier(service.tier.as_deref()?)?;
                let mut chain = tier.chain(self.context.environment).into_iter();
                let read = chain.find(|file| files.contains(&self.workspace.path(file)))?;
                Some(Again {
                    service: service.name.clone(),
                    group: service.group().to_owned(),
                    why: Why::Mended(read.to_string()),
                })
            })
            .collect()
    }

    /// The file that each of the changes comes from, of `all` that changed.
    fn blamed(&self, changes: &[Change], all: &[Utf8PathBuf], places: [&Places; 2]) -> Vec<String> {
        let saved: Vec<Utf8PathBuf> = all.iter().map(|file| self.below(file)).collect();
        let of = |change: &Change| {
            let tier = change.tier.as_deref();
            blame::files(tier.unwrap_or_default(), &change.names, &saved, places)
                .unwrap_or_else(|| self.cause(all, tier))
        };
        changes.iter().map(of).collect()
    }

    fn remark(change: &Change, file: &str, standing: &[Standing]) -> Option<String> {
        let (service, names) = (&change.service, few(&change.names));
        let its = standing.iter().find(|one| one.service == *service);
        match change.consequence {
            OnEnv::Restart if its.is_some_and(|one| one.is_idle && !one.is_retired) => Some(
                format!("{service} gets another {names} at its next start: {file} changed"),
            ),
            OnEnv::Restart => None,
            OnEnv::ReadsAgain => Some(format!("{service} reads {file} again by itself ({names})")),
            OnEnv::Keep => Some(format!(
                "{service} keeps the environment that it has (watch-env = false), although {file} changed ({names})"
            )),
        }
    }
}

impl Files {
    /// Reads the env files and tells what is new about them; what is broken stands in the way.
    fn judged(
        &self,
        workspace: &Workspace,
        valid: &mut Valid,
        reading: &mut Reading,
    ) -> Result<Tiers, Failure> {
        let tiers = self.load(workspace);
        // Servers alone need no other variable: what was wrong when they were started is no matter of theirs.
        let is_new =
            |it: &Finding| it.severity == Severity::Error && !valid.errors.contains(&key(it));
        let counts = |it: &&Finding| self.request.check || self.request.servers && is_new(it);
        let found = tiers.findings.iter().filter(counts);
        let (errors, mut others): (Vec<_>, Vec<_>) = found
            .filter(|finding| finding.severity != Severity::Info)
            .cloned()
            .partition(|finding| finding.severity == Severity::Error);
        others.retain(|finding| !valid.known.contains(&key(finding)));
        reading.findings = others;
        valid.known = tiers.findings.iter().map(key).collect();
        if errors.is_empty() {
            Ok(tiers)
        } else {
            Err(Failure::usage("").findings(errors))
        }
    }
}

impl EnvFiles for Files {
    fn files(&self) -> &[Utf8PathBuf] {
        &self.paths
    }

    fn learn(&self) {
        self.load(&self.workspace);
    }

    fn read(&self, files: &[Utf8PathBuf], standing: &[Standing]) -> Reading {
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reading = Reading::default();
        let is_gone =
            valid.workspace.settings.is_some() && !fs::exists(&self.workspace.path(CONFIG));
        let (before, known) = (fs::traces(&self.paths), valid.known.clone());
        let read = self.settings(files, &valid).and_then(|workspace| {
            let tiers = self.judged(&workspace, &mut valid, &mut reading)?;
            let next = self.given(&workspace, &tiers, &valid, standing, &mut reading);
            let gone = |_| Failure::usage(format!("{CONFIG} is gone"));
            let next = if is_gone { next.map_err(gone) } else { next };
            Ok((next?, tiers, workspace))
        });
        if fs::traces(&self.paths) != before {
            // Somebody was writing meanwhile: what was read may be half of it.
            valid.known = known;
            return Reading::again(files);
        }
        let (next, tiers, workspace) = match read {
            Ok(read) => read,
            Err(failure) => {
                reading.troubles.push(self.kept(files, &failure));
                valid.waiting.extend_from_slice(files);
                reading.findings.splice(0..0, failure.findings);
                return reading;
            }
        };
        let Next {
            given,
            managed,
            stale,
        } = next;
        if is_gone {
            let line = format!("{CONFIG} is gone: what it said counts no more");
            reading.troubles.push(line);
        }
        let more = stale.difference(&valid.stale).cloned();
        reading.remarks.extend(more);
        let waited = std::mem::take(&mut valid.waiting);
        let all = [files, &waited].concat();
        let settings = all.contains(&self.workspace.path(CONFIG));
        let amended = if settings {
            Amended::of(&valid.workspace, &valid.given, &workspace, &given)
        } else {
            Amended::default()
        };
        let mut changes = changes(&valid.given, &given, &next_config::reads);
        changes.retain(|change| !amended.restarts_or_starts(&change.service));
        if changes.is_empty() && amended.is_empty() {
            let how = if waited.is_empty() {
                "was saved"
            } else {
                "is mended"
            };
            let what = if settings {
                "changes"
            } else {
                "gets another value"
            };
            let line = format!("{} {how}: no service {what}", self.cause(files, None));
            reading.remarks.push(line);
        }
        reading.remarks.extend(amended.remarks(standing));
        let places = tiers.files();
        let blamed = self.blamed(&changes, &all, [&valid.places, &places]);
        for (change, file) in changes.iter().zip(&blamed) {
            reading.remarks.extend(Self::remark(change, file, standing));
        }
        let mended = self.mended(&waited, &given, |service| {
            amended.restarts_or_starts(&service.name)
                || changes.iter().any(|change| change.service == service.name)
        });
        let restarts = changes
            .into_iter()
            .zip(blamed)
            .filter(|(change, _)| change.consequence == OnEnv::Restart)
            .map(|(change, file)| Again {
                why: Why::Definition(file, change.names),
                service: change.service,
                group: change.group,
            });
        reading.renewed = Some(Renewed {
            restarts: amended.restarts().chain(restarts).collect(),
            mended,
            inherited: given.inherited.clone(),
            redefinition: Redefinition {
                services: given.services.clone(),
                templates: given.templates.clone(),
                added: amended.added(),
                gone: amended.gone(),
            },
        });
        let named = servers::named(&workspace, &self.stack, &tiers);
        valid.servers.extend(named);
        valid.endpoints = preflight::endpoints(&workspace, &self.stack, &tiers);
        valid.errors = errors(&tiers);
        (valid.managed, valid.stale) = (managed, stale);
        valid.places = places;
        valid.given = given;
        valid.workspace = workspace;
        reading
    }
}

/// The errors of the env files, by which they are known again.
fn errors(tiers: &Tiers) -> BTreeSet<String> {
    let found = tiers.findings.iter();
    let errors = found.filter(|it| it.severity == Severity::Error);
    errors.map(key).collect()
}

/// By what a finding is known again after an edit that moved its line.
fn key(finding: &Finding) -> String {
    let path = finding.path().map_or("", Utf8Path::as_str);
    format!("{} {path} {}", finding.rule.code, finding.message)
}
