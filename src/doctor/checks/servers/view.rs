//! What a process sees: the variables of its tier, and over them those that `pixcrawler.toml` gives its service alone.

use std::collections::BTreeMap;

use crate::doctor::Facts;
use crate::service::assemble::{Groups, Handed, Variables};
use crate::workspace::Tier;

use super::super::place;

/// The tier whose variables all services of a session get.
const ROOT: &str = "root";

/// What it sees, and where that stands.
pub(super) struct View<'a> {
    pub(super) facts: &'a Facts,
    pub(super) tier: &'a Tier,
    /// What the process alone is given, without what is set to nothing.
    pub(super) beside: BTreeMap<String, String>,
    /// Where that stands.
    places: BTreeMap<String, String>,
    /// All of it.
    pub(super) seen: Variables,
}

impl<'a> View<'a> {
    /// What every process of a tier sees.
    pub(super) fn of_tier(facts: &'a Facts, tier: &'a Tier) -> Self {
        Self {
            facts,
            tier,
            beside: BTreeMap::new(),
            places: BTreeMap::new(),
            seen: facts
                .tiers()
                .seen
                .get(&tier.name)
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// The same of a service that is given more.
    pub(super) fn of_service(facts: &'a Facts, tier: &'a Tier, given: &[Handed]) -> Self {
        let mut view = Self::of_tier(facts, tier);
        // What a shell makes of it nobody can tell.
        for it in given.iter().filter(|it| !it.is_computed()) {
            let (name, value) = (it.variable.clone(), it.value.clone());
            view.places.insert(name.clone(), it.place.clone());
            if !value.trim().is_empty() {
                view.beside.insert(name.clone(), value.clone());
            }
            view.seen.insert(name, value);
        }
        view
    }

    /// How the variables of a server's address begin by the models of the code.
    pub(super) fn groups(&self) -> &'a Groups {
        &self.facts.tiers().groups
    }

    /// The value of a variable, unless it is empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let value = self.seen.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Whether the process alone is given a variable, maybe an empty one.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// Where a variable stands, for people.
    pub(super) fn origin(&self, name: &str) -> String {
        let own = self.places.get(name).cloned();
        own.unwrap_or_else(|| self.facts.origin(&self.tier.name, name))
    }

    /// What `dev` hands on to it of the root's files: what its own tier does not have.
    pub(super) fn handed_on(&self, name: &str) -> Option<String> {
        let around = &self.facts.questions.variables;
        let own = |it: &str| it.eq_ignore_ascii_case(name);
        let has = self.seen.keys().any(|it| own(it)) || around.contains_key(name);
        if has || self.tier.name == ROOT || self.facts.of_deployment() {
            return None;
        }
        self.facts.tiers().from_files(ROOT).remove(name)
    }

    /// Where it is to be set.
    pub(super) fn place(&self, name: &str) -> String {
        let own = self.places.get(name).cloned();
        own.unwrap_or_else(|| {
            let tier = match self.handed_on(name) {
                Some(_) => ROOT,
                None => &self.tier.name,
            };
            place::of(self.facts, tier, name)
        })
    }
}
