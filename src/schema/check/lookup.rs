//! Variables of any tier by reference, conditions on them, and values as people may see them.

use crate::env::{self, is_secret_value, mask_parts, names_secret};
use crate::schema::types::{Misfit, Problem};
use crate::schema::{Condition, Kind, Reference, Schema, Variable};
use crate::text::mask;
use crate::workspace::Environment;

use super::Tier;

/// The tier that a reference means.
pub(super) fn tier_of<'t, 'a>(
    own: &'t Tier<'a>,
    tiers: &'t [Tier<'a>],
    reference: &Reference,
) -> Option<&'t Tier<'a>> {
    match &reference.tier {
        None => Some(own),
        Some(name) => tiers.iter().find(|tier| tier.name() == name),
    }
}

/// The variable that a reference means, if it is set and not empty.
pub(super) fn variable<'t>(
    own: &'t Tier<'_>,
    tiers: &'t [Tier<'_>],
    reference: &Reference,
) -> Option<&'t env::Variable> {
    tier_of(own, tiers, reference)?
        .resolved
        .get(&reference.name)
        .filter(|variable| !variable.value.trim().is_empty())
}

/// Whether a value is there and of the kind that its reference means. One that is not is told by itself, and nothing
/// should be like it.
pub(super) fn is_sound(
    own: &Tier<'_>,
    tiers: &[Tier<'_>],
    reference: &Reference,
    value: Option<&str>,
) -> bool {
    let tier = tier_of(own, tiers, reference);
    let variable = tier.and_then(|it| it.schema.get(&reference.name));
    // One of another kind is for something else.
    if variable.is_some_and(Variable::is_guess) {
        return false;
    }
    let misfit = tier.zip(value).zip(variable);
    let misfit = misfit.and_then(|((tier, value), it)| it.kind.check(value, tier.reader).err());
    let is_none = |it: &Problem| matches!(it.misfit, Misfit::WrongType | Misfit::OutOfRange);
    value.is_some() && !misfit.as_ref().is_some_and(is_none)
}

/// The value that the program has under a reference: what is set, else the default.
pub(super) fn effective<'t>(
    own: &'t Tier<'_>,
    tiers: &'t [Tier<'_>],
    reference: &Reference,
    environment: Environment,
) -> Option<&'t str> {
    let tier = tier_of(own, tiers, reference)?;
    match tier.resolved.nonempty(&reference.name) {
        Some(value) => Some(value),
        // What the code takes counts before what is usual.
        None => match tier.said(&reference.name) {
            Some(said) => said.default.as_deref(),
            None => tier.schema.get(&reference.name)?.default_in(environment),
        },
    }
}

/// Whether all conditions hold; none at all hold too.
pub(super) fn hold(
    conditions: &[Condition],
    own: &Tier<'_>,
    tiers: &[Tier<'_>],
    environment: Environment,
) -> bool {
    conditions.iter().all(|condition| {
        if condition.value == "*" {
            return variable(own, tiers, &condition.variable).is_some();
        }
        let Some(value) = effective(own, tiers, &condition.variable, environment) else {
            return false;
        };
        let kind = tier_of(own, tiers, &condition.variable)
            .and_then(|tier| tier.schema.get(&condition.variable.name))
            .map(|variable| &variable.kind);
        match condition.value.strip_prefix('*') {
            Some(rest) => match rest.strip_suffix('*') {
                Some(middle) => value.contains(middle),
                None => value.ends_with(rest),
            },
            None => kind.map_or(value == condition.value, |kind| {
                kind.same(value, &condition.value, own.reader)
            }),
        }
    })
}

/// A value as people may see it.
pub(super) fn shown(schema: &Schema, name: &str, value: &str) -> String {
    let secret = schema
        .get(name)
        .map_or_else(|| names_secret(name, value), |variable| variable.secret);
    let is_url = value.contains("://");
    if is_url {
        return shortened(&mask_parts(name, value));
    }
    if secret
        || names_secret(name, value)
        || is_secret_value(value)
        || matches!(
            schema.get(name).map(|variable| &variable.kind),
            Some(Kind::SupabaseKey(_))
        )
    {
        mask(value)
    } else {
        shortened(&mask_parts(name, value))
    }
}

fn shortened(value: &str) -> String {
    const LONGEST: usize = 60;
    let line: String = value
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST + 1)
        .collect();
    if line.chars().count() > LONGEST {
        format!("{}…", line.chars().take(LONGEST).collect::<String>())
    } else {
        line
    }
}
