//! What a change of `pixcrawler.toml` does to a session that runs.

use std::collections::BTreeMap;

use crate::service::assemble;
use crate::service::definition::{self, Amendment, Gone, amendments};
use crate::service::environment::Given;
use crate::service::fleet::{Standing, Why};
use crate::supervisor::Again;
use crate::text::and_list;
use crate::workspace::{CONFIG, Workspace};

/// What other settings mean for the services.
#[derive(Debug, Default)]
pub(super) struct Amended {
    services: Vec<Amendment>,
    /// The names of all that there are from now on.
    planned: Vec<String>,
    /// Groups that are written and of which there is nothing, and why.
    absent: BTreeMap<String, &'static str>,
    /// Tables that a session reads at its start alone.
    later: Vec<&'static str>,
}

/// The groups that the settings name and of which nothing is to run, and why that is.
fn absent(workspace: &Workspace, given: &Given) -> BTreeMap<String, &'static str> {
    let runs = |name: &String| given.services.iter().any(|it| it.group() == name);
    let names = workspace.options.services.keys();
    let absent = names.filter(|name| !runs(name)).map(|name| {
        let why = if assemble::is_left_out(workspace, name) {
            "is left out from now on"
        } else {
            "is not chosen any more"
        };
        (name.clone(), why)
    });
    absent.collect()
}

impl Amended {
    pub(super) fn of(old: &Workspace, before: &Given, new: &Workspace, after: &Given) -> Self {
        Self {
            services: amendments(&before.services, &after.services, &assemble::is_preparation),
            planned: after.services.iter().map(|it| it.name.clone()).collect(),
            absent: absent(new, after),
            later: old.options.only_at_start(&new.options),
        }
    }

    /// Why a service goes.
    fn why_gone(&self, one: &Amendment) -> &'static str {
        let absent = self.absent.get(&one.group).copied();
        absent.unwrap_or("is not in it any more")
    }

    pub(super) fn is_empty(&self) -> bool {
        self.services.is_empty() && self.later.is_empty()
    }

    /// Whether a service is started, or started again, whatever else there is about it.
    pub(super) fn restarts_or_starts(&self, service: &str) -> bool {
        let its = self.services.iter().find(|one| one.service == service);
        its.is_some_and(|one| !matches!(one.amended, definition::Amended::Handling(_)))
    }

    /// What is worth a line, beside the new starts.
    pub(super) fn remarks(&self, standing: &[Standing]) -> Vec<String> {
        let of_services = self.services.iter().filter_map(|one| {
            let name = &one.service;
            let its = standing.iter().find(|it| it.service == *name);
            // One that was scaled away is not there to anybody.
            let its = its.filter(|it| !it.is_retired);
            let later = |keys: &[&str]| {
                format!(
                    "{CONFIG} changed: {name} takes another {} at its next start",
                    and_list(keys)
                )
            };
            match (&one.amended, its) {
                (definition::Amended::New, Some(it)) if it.is_up => Some(format!(
                    "{CONFIG} changed: {name}, which runs already, is in it from now on"
                )),
                (definition::Amended::New, _) => Some(format!("{CONFIG} changed: {name} is new")),
                (definition::Amended::Gone, None) if !standing.is_empty() => None,
                (definition::Amended::Gone, Some(it)) if it.is_idle || it.has_ended => {
                    Some(format!("{CONFIG} changed: {name} {}", self.why_gone(one)))
                }
                (definition::Amended::Gone, _) => Some(format!(
                    "{CONFIG} changed: {name} {} and stops",
                    self.why_gone(one)
                )),
                (definition::Amended::Process(keys), Some(it)) if it.is_idle => Some(later(keys)),
                (definition::Amended::Process(_), _) | (_, None) => None,
                // How it ended stays as it was judged then.
                (definition::Amended::Handling(keys), Some(it)) if it.is_idle || it.has_ended => {
                    Some(later(keys))
                }
                (definition::Amended::Handling(keys), _) => Some(format!(
                    "{CONFIG} changed: {name} goes on, with another {}",
                    and_list(keys)
                )),
            }
        });
        let later = self.later.iter();
        let later = later.map(|table| {
            format!("{CONFIG} changed: {table} takes effect at the next start of pixcrawler dev")
        });
        let with_them = self.with_their_group(standing);
        of_services.chain(with_them).chain(later).collect()
    }

    /// Replicas that only somebody's order made, and that stop with the group of which they are, or
    /// because fewer of it are written now.
    fn with_their_group(&self, standing: &[Standing]) -> impl Iterator<Item = String> {
        let gone = self.gone();
        standing.iter().filter_map(move |it| {
            let is_gone = gone.iter().any(|one| one.service == it.service);
            let its: Vec<&Gone> = gone.iter().filter(|one| one.group == it.group).collect();
            if !it.is_up || it.is_retired || is_gone || self.planned.contains(&it.service) {
                return None;
            }
            let why = if its.iter().any(|one| one.is_first()) {
                "stops with its group"
            } else if its.is_empty() {
                return None;
            } else {
                "is one too many now and stops"
            };
            Some(format!(
                "{CONFIG} changed: {}, which was scaled up by hand, {why}",
                it.service
            ))
        })
    }

    /// Who is started again.
    pub(super) fn restarts(&self) -> impl Iterator<Item = Again> {
        self.services.iter().filter_map(|one| match &one.amended {
            definition::Amended::Process(keys) => Some(Again {
                service: one.service.clone(),
                group: one.group.clone(),
                why: Why::Definition(
                    CONFIG.to_owned(),
                    keys.iter().map(|key| (*key).to_owned()).collect(),
                ),
            }),
            _ => None,
        })
    }

    /// The names of those that are new.
    pub(super) fn added(&self) -> Vec<String> {
        let new = |one: &&Amendment| one.amended == definition::Amended::New;
        let added = self.services.iter().filter(new);
        added.map(|one| one.service.clone()).collect()
    }

    /// Those that are no more.
    pub(super) fn gone(&self) -> Vec<Gone> {
        let gone = |one: &&Amendment| one.amended == definition::Amended::Gone;
        self.services
            .iter()
            .filter(gone)
            .map(|one| Gone {
                service: one.service.clone(),
                group: one.group.clone(),
            })
            .collect()
    }
}
