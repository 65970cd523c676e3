//! Why there is no plan, or none that could run.

use std::collections::BTreeSet;

use crate::diagnostic::{Finding, Label, Severity};
use crate::failure::Failure;
use crate::text::or_list;
use crate::workspace::stack::{Closed, Stack};
use crate::workspace::{DependencyOptions, ServiceOptions, Workspace, label};

/// There is no way to run what is written; each finding at its place in the settings, where it has one.
pub(super) fn bad_plan(workspace: &Workspace, mut findings: Vec<Finding>) -> Failure {
    for finding in &mut findings {
        if finding.place.is_none() {
            finding.place = written(workspace, finding);
        }
    }
    Failure::usage("there is no way to run this plan").findings(findings)
}

/// Where the settings say what a finding about the plan is about.
fn written(workspace: &Workspace, finding: &Finding) -> Option<Label> {
    let settings = workspace.settings.as_ref()?;
    let subject = finding.subject.as_deref()?;
    let services = &workspace.options.services;
    let (service, key) = match finding.rule.code {
        "plan/unknown-service" => {
            let waits = |service: &ServiceOptions| match &service.depends_on {
                Some(DependencyOptions::Names(names)) => names.iter().any(|name| name == subject),
                Some(DependencyOptions::Conditions(names)) => names.contains_key(subject),
                None => false,
            };
            // What was typed stands nowhere.
            let says = |name: &str| finding.message.starts_with(&format!("`{name}` names"));
            let mut waiting = services.iter();
            let (name, _) = waiting.find(|(name, service)| says(name) && waits(service))?;
            (name.as_str(), "depends-on")
        }
        "plan/cycle" => (subject, "depends-on"),
        "plan/port-clash" => (subject, "port"),
        "plan/name-clash" => (subject, "replicas"),
        _ => return None,
    };
    services.contains_key(service).then_some(())?;
    label(settings, &["services", service, key], "")
}

/// Nothing was found, and nothing is written.
pub(super) fn nothing_to_run(workspace: &Workspace, stack: &Stack) -> Failure {
    let unread = closed(stack);
    if !unread.is_empty() {
        return Failure::usage("what there is to run is not known").findings(unread);
    }
    Failure::usage(format!("nothing to run in {}: no FastAPI app, no Celery app, no frontend with a dev script was found", workspace.root))
        .help("declare services in pixcrawler.toml ([services.NAME] command = …), or make a starter: pixcrawler new DIR")
}

/// Code that this user may not read: in the way only where something may be in it that was not found.
pub(super) fn closed(stack: &Stack) -> Vec<Finding> {
    let severity = if stack.absent().is_empty() {
        Severity::Warning
    } else {
        Severity::Error
    };
    let each = stack.closed.iter().map(Closed::finding);
    each.map(|finding| finding.severity(severity)).collect()
}

/// All services wait for a profile that nobody has chosen.
pub(super) fn nothing_chosen(workspace: &Workspace) -> Failure {
    let services = workspace.options.services.values();
    let profiles: BTreeSet<&str> = services
        .flat_map(|service| service.profiles.iter().map(String::as_str))
        .collect();
    let flags: Vec<String> = profiles
        .iter()
        .map(|name| format!("--profile {name}"))
        .collect();
    Failure::usage("nothing is chosen to run: every service belongs to a profile")
        .help(format!("choose with {}, or name services", or_list(&flags)))
}
