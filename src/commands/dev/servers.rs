//! The servers of this machine that the env files name, while a session runs.

use std::collections::BTreeSet;

use crate::diagnostic::Finding;
use crate::gather::tiers::Tiers;
use crate::service::Plan;
use crate::service::endpoint::Endpoint;
use crate::service::managed::{Managed, ManagedPlan, Problem};
use crate::service::ports;
use crate::service::replan::replan;
use crate::system::net;
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

use super::{Context, passwords, preflight};

/// Those that are named, by address.
pub(super) fn named(workspace: &Workspace, stack: &Stack, tiers: &Tiers) -> BTreeSet<String> {
    preflight::endpoints(workspace, stack, tiers)
        .iter()
        .filter(|endpoint| endpoint.is_local())
        .map(Endpoint::address)
        .collect()
}

/// Those of the session as the URLs want them now.
pub(super) fn again(
    before: &ManagedPlan,
    workspace: &Workspace,
    stack: &Stack,
    tiers: &Tiers,
) -> ManagedPlan {
    let is_free = |endpoint: &Endpoint| !net::server_answers(endpoint);
    let endpoints = preflight::endpoints(workspace, stack, tiers);
    replan(before, &endpoints, &is_free)
}

/// Whether what stands in the way of one of them matters for what runs. A second password always does where the
/// server runs: it would get the one that is named first, whoever is meant.
pub(super) fn matters(plan: &Plan, managed: &ManagedPlan, variable: &str) -> bool {
    let (doubtful, _) = managed.doubtful();
    let is_doubtful = |server: &Managed| {
        let mut named = server.variables().iter();
        named.any(|name| name == variable) && plan.position(server.name()).is_some()
    };
    doubtful.iter().any(is_doubtful) || preflight::concerns(plan, managed, variable)
}

/// What stands in the way of one of them and did not before, with the variable that it is about.
pub(super) fn problems<'a>(
    before: &'a ManagedPlan,
    after: &'a ManagedPlan,
    tiers: &'a Tiers,
    context: &'a Context,
) -> impl Iterator<Item = (&'a str, Finding)> {
    let is_known = |new: &Problem| {
        let what = |it: &Problem| (it.kind, it.variable.clone(), it.other.clone());
        before.problems.iter().any(|old| what(old) == what(new))
    };
    let new = after.problems.iter().filter(move |one| !is_known(one));
    new.map(|one| (one.leads_to(), passwords::managed_url(one, tiers, context)))
}

/// Those that are named now, were not before, and do not answer. `could_start` says that the next session
/// would start one.
pub(super) fn missing(
    workspace: &Workspace,
    stack: &Stack,
    tiers: &Tiers,
    known: &BTreeSet<String>,
    managed: &ManagedPlan,
    could_start: bool,
) -> Vec<Finding> {
    let mut seen = known.clone();
    let is_ours = |endpoint: &Endpoint| {
        let mut ports = managed.services.iter().map(Managed::port);
        endpoint.is_usual_loopback() && ports.any(|port| port == endpoint.port)
    };
    preflight::endpoints(workspace, stack, tiers)
        .iter()
        .filter(|endpoint| endpoint.is_local() && seen.insert(endpoint.address()))
        .filter(|endpoint| !is_ours(endpoint) && !net::server_answers(endpoint))
        .map(|endpoint| {
            let named = [format!("{} ({})", endpoint.variable, endpoint.origin)];
            let mut finding = ports::server_missing(endpoint, &named, false);
            if could_start && endpoint.is_usual_loopback() {
                finding.help = Some(
                    "start that server and save the file again, or stop this session: the next pixcrawler dev starts one there".to_owned(),
                );
            }
            finding
        })
        .collect()
}
