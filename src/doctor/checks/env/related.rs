//! Variables that say different things of one: the command that leads one of them to the others.

use crate::diagnostic::Finding;
use crate::doctor::{Cure, Facts};
use crate::gather::env_files::reader;
use crate::schema::{Kind, RelationKind};

use super::super::{cors, place, ports, redis, supabase};

/// The variable with the port of the API.
const PORT: &str = "PORT";

/// The command, where one is certain.
pub(super) fn cure(facts: &Facts, finding: &Finding) -> Option<Cure> {
    named(facts, finding)
        .or_else(|| cors::listed(facts, finding))
        .or_else(|| alike(facts, finding))
        .or_else(|| ported(facts, finding))
        .or_else(|| redis::apart(facts, finding.subject.as_deref()?))
}

/// The command that sets what a way out names as the only value.
fn named(facts: &Facts, finding: &Finding) -> Option<Cure> {
    let (name, tier) = (finding.subject.as_deref()?, finding.tier.as_deref()?);
    let said = finding.help.as_deref()?.strip_prefix("set ")?;
    let (set, _) = said.split_once(" in ")?;
    let is_it = set.split_once('=').is_some_and(|(it, _)| it == name);
    is_it
        .then(|| place::set(facts, tier, name, &[set]))
        .flatten()
}

/// The command that gives the browser's variable the value of the backend's, where those two differ.
fn alike(facts: &Facts, finding: &Finding) -> Option<Cure> {
    let (tier, name) = (finding.tier.as_deref()?, finding.subject.as_deref()?);
    let same = name.strip_prefix("NEXT_PUBLIC_")?;
    let like = format!("backend:{same}");
    let backend = facts.value("backend", same)?;
    let is_equality = finding.help.as_deref()?.contains("in all tiers");
    if !is_equality || facts.value(tier, name) == Some(backend) {
        return None;
    }
    let slip = supabase::meant(facts, "backend", same);
    if let Some((right, cure)) = &slip {
        // The browser's is the right one: the slip is the backend's alone.
        let own = facts.value(tier, name).unwrap_or_default();
        if own.trim_end_matches('/') == right {
            return Some(cure.clone());
        }
    }
    let cure = place::set(facts, tier, name, &[name, "--like", &like])?;
    Some(cure.after(slip.as_ref().map(|(_, first)| first)))
}

/// The command that gives the URL of a service the port on which that one listens.
fn ported(facts: &Facts, finding: &Finding) -> Option<Cure> {
    let (tier, name) = (finding.tier.as_deref()?, finding.subject.as_deref()?);
    let environments = facts.environments();
    let mut relations = environments.gathered(tier)?.schema.relations.iter();
    let port = relations.find_map(|relation| match relation.variables.as_slice() {
        [url, port] if relation.kind == RelationKind::PortOf && url.name == name => Some(port),
        _ => None,
    })?;
    let of = environments.gathered(port.tier.as_deref().unwrap_or(tier))?;
    let usual = || {
        let variable = of.schema.get(&port.name)?;
        variable.default_in(facts.questions.environment)
    };
    let set = facts.value(&of.tier.name, &port.name).or_else(usual)?;
    let number = Kind::number(set, reader(of.tier.runtime))?;
    // The port of somebody else is none to follow.
    if let Some(cure) = ports::apart(facts).filter(|_| port.name == PORT) {
        return Some(cure);
    }
    let setting = format!("port={number:.0}");
    place::set(facts, tier, name, &[name, "--part", &setting])
}
