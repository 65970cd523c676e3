//! What the settings of the worker read of its own variables, and where one of them is to be set for that.

use camino::Utf8PathBuf;

use crate::doctor::Facts;
use crate::workspace::stack::{CeleryApp, Reads, Setting};

use super::place;

/// Whether a variable that has the name of the worker's own is passed over where a tier has it.
pub(in crate::doctor::checks) fn is_unread(
    facts: &Facts,
    celery: &CeleryApp,
    tier: &str,
    name: &str,
) -> bool {
    let sight = facts.tiers().sight();
    let is_of =
        |own: &&Setting| own.variable == name || own.others.iter().any(|other| other == name);
    let both = [celery.broker.as_ref(), celery.results.as_ref()];
    let own = both.into_iter().flatten().find(is_of);
    own.is_some_and(|own| !sight.counts(celery, Some(own), tier, name))
}

/// Where a variable of the worker is to be set that nobody sets: in a file that its settings read.
pub(in crate::doctor::checks) fn home(
    facts: &Facts,
    celery: &CeleryApp,
    own: Option<&Setting>,
    variable: &str,
) -> (String, String) {
    let (tier, place) = place::home(facts, variable);
    let stands = place != place::DEFAULT && !is_unread(facts, celery, &tier, variable);
    let has = |tier: &str, files: &[Utf8PathBuf]| {
        let mut tiers = facts.workspace().tiers.iter();
        tiers.any(|it| it.name == tier && files.contains(&it.dir.join(".env")))
    };
    let reads = |tier: &str| match own.map(|own| &own.reads) {
        Some(Reads::Files(files)) => has(tier, files),
        Some(Reads::Loaded(file)) => has(tier, std::slice::from_ref(file)),
        // Unless somebody loads files into it, none of ours gets there.
        Some(Reads::Process) => celery.mentions.iter().any(|it| it == "load_dotenv"),
        _ => true,
    };
    if stands || reads(&tier) {
        let place = if stands {
            place
        } else {
            place::DEFAULT.to_owned()
        };
        return (tier, place);
    }
    let other = ["backend", "root"].into_iter().find(|it| reads(it));
    match other {
        Some(other) => (other.to_owned(), place::DEFAULT.to_owned()),
        // None of ours: no command of ours helps.
        None => (tier, NOWHERE.to_owned()),
    }
}

/// No file of a tier.
pub(in crate::doctor::checks) const NOWHERE: &str = "no file of a tier";

/// A variable of the worker that is set, and that its settings pass over: the tier, and its name.
pub(in crate::doctor::checks) fn passed_over<'a>(
    facts: &Facts,
    celery: &CeleryApp,
    own: &'a Setting,
) -> Option<(&'static str, &'a String)> {
    let tiers = ["backend", "root"].into_iter();
    let mut set = tiers.flat_map(|tier| {
        let names = std::iter::once(&own.variable).chain(&own.others);
        names.filter_map(move |name| {
            let value = facts.value(tier, name)?;
            (!value.trim().is_empty()).then_some((tier, name))
        })
    });
    set.find(|(tier, name)| is_unread(facts, celery, tier, name))
}
