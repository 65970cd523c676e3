//! What a change of `pixcrawler.toml` does to a session that runs.

use crate::service::assemble;
use crate::service::definition::{self, Amendment, Gone, amendments};
use crate::service::environment::Given;
use crate::service::fleet::Why;
use crate::supervisor::Again;
use crate::text::and_list;
use crate::workspace::{CONFIG, Workspace};

/// What other settings mean for the services.
#[derive(Debug, Default)]
pub(super) struct Amended {
    services: Vec<Amendment>,
    /// Tables that a session reads at its start alone.
    later: Vec<&'static str>,
}

impl Amended {
    pub(super) fn of(old: &Workspace, before: &Given, new: &Workspace, after: &Given) -> Self {
        Self {
            services: amendments(&before.services, &after.services, &assemble::is_preparation),
            later: old.options.only_at_start(&new.options),
        }
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
    pub(super) fn remarks(&self) -> Vec<String> {
        let of_services = self.services.iter().filter_map(|one| {
            let name = &one.service;
            match &one.amended {
                definition::Amended::New => Some(format!("{CONFIG} changed: {name} is new")),
                definition::Amended::Gone => Some(format!(
                    "{CONFIG} changed: {name} is not in it any more and stops"
                )),
                definition::Amended::Handling(keys) => Some(format!(
                    "{CONFIG} changed: {name} goes on, with another {}",
                    and_list(keys)
                )),
                definition::Amended::Process(_) => None,
            }
        });
        let later = self.later.iter();
        let later = later.map(|table| {
            format!("{CONFIG} changed: {table} takes effect at the next start of pixcrawler dev")
        });
        of_services.chain(later).collect()
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
