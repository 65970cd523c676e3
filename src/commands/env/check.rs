//! `pixcrawler env check`: what each runtime will see, against typed schemas.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Map;

use crate::catalogue;
use crate::commands::Context;
use crate::diagnostic::{Finding, Report, Rule, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::declared;
use crate::gather::env_files::{self, Environments, Values};
use crate::output::Run;
use crate::system::fs;
use crate::text::{Source, nearest, or_list, plural};
use crate::workspace::{CONFIG, Workspace};
use crate::{env, schema};

use super::fix;

/// What is to be checked, and how strictly.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Only these files, each by itself; the tiers' when empty.
    pub files: Vec<Utf8PathBuf>,
    /// Only these tiers; all when empty.
    pub tiers: Vec<String>,
    /// The severity from which on the run fails; errors when none is given.
    pub deny: Option<Severity>,
    /// Where values come from.
    pub from: Values,
    /// Values that are missing are no findings.
    pub skip_values: bool,
    /// Apply the fixes that are certain.
    pub fix: bool,
}

/// Checks the env files of a workspace.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let started = Instant::now();
    let workspace = context.find_workspace()?;
    known_tiers(&workspace, &request.tiers)?;
    let files = typed_files(context, &workspace, &request.files)?;
    let process = &context.variables;
    let load = |workspace: &Workspace| {
        if files.is_empty() {
            env_files::load_from(workspace, context.environment, process, request.from)
        } else {
            env_files::load_files(workspace, context.environment, process, &files)
        }
    };
    let judged = |workspace: &Workspace, environments: &Environments| {
        let mut findings = environments.check(&request.tiers, !request.skip_values);
        findings.extend(unknown_rules(workspace));
        narrow(workspace, &mut findings);
        Report::new(findings)
    };
    let mut environments = load(&workspace);
    let mut report = judged(&workspace, &environments);
    if request.fix && fix::apply(context, &workspace, &report)? {
        // The settings may have been mended, too.
        let workspace = context.find_workspace()?;
        environments = load(&workspace);
        report = judged(&workspace, &environments);
    }
    let rules: Vec<&'static Rule> = env::RULES.iter().chain(schema::RULES).copied().collect();
    let run = Run {
        command: "env check",
        environment: Some(context.environment.as_str()),
        elapsed: Some(started.elapsed()),
        checked: checked(&environments, request),
        rules: &rules,
        fail_on: request.deny.unwrap_or(Severity::Error),
        checks: &[],
    };
    context.report(&report, &run, Map::new());
    let verdict = report.verdict(run.fail_on);
    // The process ends next, and taking apart what 100,000 variables left behind takes as long as reading them.
    std::mem::forget((environments, report));
    Ok(verdict)
}

/// Takes out of the ways out what the application's own settings refuse. The code is read only where there is such a one.
fn narrow(workspace: &Workspace, findings: &mut [Finding]) {
    let code = LazyCell::new(|| declared::of(workspace));
    for finding in findings {
        if let (Some(name), Some(help)) = (&finding.subject, &mut finding.help)
            && declared::may_be_narrowed(help)
        {
            *help = declared::narrowed(&code, name, help);
        }
    }
}

/// Levels of rules that there are not: a typing error would leave a rule as it was.
pub(in crate::commands) fn unknown_rules(workspace: &Workspace) -> Vec<Finding> {
    let levels = &workspace.options.rules;
    if levels.is_empty() {
        return Vec::new();
    }
    let known: Vec<&str> = catalogue::rules().iter().map(|rule| rule.code).collect();
    let mut unknown = levels
        .keys()
        .filter(|code| !known.contains(&code.as_str()))
        .peekable();
    if unknown.peek().is_none() {
        return Vec::new();
    }
    let settings = workspace.settings.clone();
    let settings = settings.unwrap_or_else(|| Source::new(CONFIG, ""));
    unknown
        .map(|code| env::unknown_rule(&settings, code, nearest(code, known.iter().copied())))
        .collect()
}

/// Files that were typed, relative to the workspace where they lie in it.
fn typed_files(
    context: &Context,
    workspace: &Workspace,
    typed: &[Utf8PathBuf],
) -> Result<Vec<Utf8PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in typed {
        let absolute = context.path(path);
        if !fs::exists(&absolute) {
            return Err(Failure::usage(format!("there is no file {path}"))
                .help("name files that are there; without any, the tiers' own are checked"));
        }
        let real = fs::real_folder(&absolute);
        let root = fs::real_folder(&workspace.path(CONFIG));
        let inside = root.parent().and_then(|root| real.strip_prefix(root).ok());
        files.push(inside.map_or(absolute, Utf8Path::to_owned));
    }
    Ok(files)
}

/// `3 tiers, 5 files, 71 variables`.
fn checked(environments: &Environments, request: &Request) -> String {
    let chosen: Vec<_> = environments
        .tiers()
        .iter()
        .filter(|gathered| request.tiers.is_empty() || request.tiers.contains(&gathered.tier.name))
        .collect();
    let files: BTreeSet<_> = chosen
        .iter()
        .flat_map(|gathered| {
            gathered
                .resolved
                .files
                .iter()
                .map(|(file, _)| file)
                .chain(&gathered.examples)
        })
        .map(env::EnvFile::path)
        .collect();
    // Of what the process has, only what a schema describes is judged.
    let judged = |gathered: &&env_files::Gathered| {
        gathered
            .resolved
            .variables()
            .filter(|set| set.origin.place().is_some() || gathered.schema.get(&set.name).is_some())
            .count()
    };
    let variables: usize = chosen.iter().map(judged).sum();
    if !request.files.is_empty() {
        return plural(files.len(), "file");
    }
    format!(
        "{}, {}, {}",
        plural(chosen.len(), "tier"),
        plural(files.len(), "file"),
        plural(variables, "variable")
    )
}

/// A tier that is not there is a mistake in the command line.
pub(super) fn known_tiers(workspace: &Workspace, wanted: &[String]) -> Result<(), Failure> {
    let known: Vec<&str> = workspace
        .tiers
        .iter()
        .map(|tier| tier.name.as_str())
        .collect();
    match wanted.iter().find(|tier| !known.contains(&tier.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(Failure::usage(format!(
            "there is no tier `{unknown}` in {}",
            workspace.root
        ))
        .help(format!("choose {}", or_list(&known)))),
    }
}
