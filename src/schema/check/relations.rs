//! What must hold between variables, within a tier and across tiers.

use crate::diagnostic::{Finding, Label};
use crate::env::is_placeholder;
use crate::schema::types::is_local;
use crate::schema::{Kind, Reference, Relation, RelationKind};
use crate::text::mask;
use crate::workspace::Environment;

use super::same::{comparable, project};
use super::{CONTRADICTION, Said, Tier, lookup, ports, required};

/// Every relation that does not hold. One that looks at a chosen tier is checked.
pub(super) fn check(
    tiers: &[Tier<'_>],
    chosen: &dyn Fn(&str) -> bool,
    environment: Environment,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for tier in tiers {
        for relation in &tier.schema.relations {
            let concerned = chosen(tier.name())
                || relation
                    .variables
                    .iter()
                    .any(|reference| reference.tier.as_deref().is_some_and(chosen));
            if concerned {
                findings.extend(broken(tier, tiers, relation, environment));
            }
        }
    }
    findings
}

/// Every relation that looks at variables of the tier `own`, and does not hold; where that is `alone`, at no others.
pub(super) fn of(
    tiers: &[Tier<'_>],
    own: &str,
    alone: bool,
    environment: Environment,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for tier in tiers {
        for relation in &tier.schema.relations {
            let is_own = |it: &Reference| it.tier.as_deref().unwrap_or(tier.name()) == own;
            let mut variables = relation.variables.iter();
            let concerned = if alone {
                variables.all(is_own)
            } else {
                variables.any(is_own)
            };
            if concerned {
                findings.extend(broken(tier, tiers, relation, environment));
            }
        }
    }
    findings
}

fn broken(
    own: &Tier<'_>,
    tiers: &[Tier<'_>],
    relation: &Relation,
    environment: Environment,
) -> Option<Finding> {
    let looked = Looked {
        own,
        tiers,
        relation,
        environment,
    };
    let is_judged = relation.environments.contains(&environment);
    is_judged.then(|| looked.broken()).flatten()
}

/// A relation with what it looks at.
struct Looked<'t, 'a> {
    own: &'t Tier<'a>,
    tiers: &'t [Tier<'a>],
    relation: &'t Relation,
    environment: Environment,
}

impl Looked<'_, '_> {
    fn broken(&self) -> Option<Finding> {
        // What is not known contradicts nothing; that it is closed to us, or still to be made, is told.
        let is_closed = |it: &Reference| {
            let tier = lookup::tier_of(self.own, self.tiers, it);
            tier.is_some_and(|tier| {
                tier.is_closed() || required::is_unmade(tier, self.tiers, self.environment)
            })
        };
        if self.relation.variables.iter().any(is_closed) {
            return None;
        }
        let same = |(one, other): &(Reference, Reference)| {
            self.value(one).is_some() && self.value(one) == self.value(other)
        };
        if !self.relation.when_equal.iter().all(same)
            || !lookup::hold(&self.relation.when, self.own, self.tiers, self.environment)
        {
            return None;
        }
        let (message, at) = match self.relation.kind {
            RelationKind::Differ => self.differ(),
            RelationKind::Equal => self.equal(),
            RelationKind::Contains => self.contains(),
            RelationKind::PortOf => self.port_of(),
            RelationKind::SameProject => self.same_project(),
            RelationKind::Environment => self.environment(),
            RelationKind::SumAtMost(max) => self.sum_at_most(max),
        }?;
        let mut finding = Finding::new(&CONTRADICTION, message)
            .severity(self.relation.severity)
            .tier(
                at.first()
                    .and_then(|reference| reference.tier.as_deref())
                    .unwrap_or(self.own.name()),
            )
            .note(format!("it matters because {}", self.relation.because))
            .help(self.help(at.first().copied()));
        if let Some(first) = at.first() {
            finding = finding.subject(&first.name);
        }
        for reference in at {
            let Some(variable) = lookup::variable(self.own, self.tiers, reference) else {
                continue;
            };
            let tier = lookup::tier_of(self.own, self.tiers, reference).unwrap_or(self.own);
            let Some(place) = variable.origin.place() else {
                finding = finding.note(format!(
                    "{} comes from the process environment",
                    variable.name
                ));
                continue;
            };
            let label = Label::new(&place.source, place.value, label(tier, reference));
            finding = if finding.place.is_none() {
                finding.at(label)
            } else {
                finding.related(label)
            };
        }
        // Without a place in a file somebody else must change it: a default, or the calling shell.
        Some(finding)
    }

    /// What the program has: what is set, or else the default; placeholders are nothing.
    fn value(&self, reference: &Reference) -> Option<&str> {
        lookup::effective(self.own, self.tiers, reference, self.environment)
            .filter(|value| !is_placeholder(value))
    }

    /// What the code takes for a variable that nobody sets. What only a schema says may be read by no code.
    fn usual(&self, reference: &Reference) -> Option<(&Said, &str)> {
        let tier = lookup::tier_of(self.own, self.tiers, reference)?;
        if tier.resolved.get(&reference.name).is_some() {
            return None;
        }
        let said = tier.said(&reference.name)?;
        Some((said, said.default.as_deref()?))
    }

    /// What is set, where it has an effect.
    fn set(&self, reference: &Reference) -> Option<&str> {
        let described = lookup::tier_of(self.own, self.tiers, reference)?
            .schema
            .get(&reference.name);
        let variable = lookup::variable(self.own, self.tiers, reference)?;
        if variable.origin.place().is_some()
            && described.is_some_and(|variable| variable.set_by_runtime)
        {
            return None;
        }
        Some(variable.value.as_str()).filter(|value| !is_placeholder(value))
    }

    fn name(&self, reference: &Reference) -> String {
        match &reference.tier {
            Some(tier) if tier != self.own.name() => format!("the {tier}'s `{}`", reference.name),
            _ => format!("`{}`", reference.name),
        }
    }

    /// A value as people may see it.
    fn shown(&self, reference: &Reference, value: &str) -> String {
        match lookup::tier_of(self.own, self.tiers, reference) {
            Some(tier) => lookup::shown(tier.schema, &reference.name, value),
            None => mask(value),
        }
    }

    fn differ(&self) -> Option<(String, Vec<&Reference>)> {
        let variables = &self.relation.variables;
        for (at, one) in variables.iter().enumerate() {
            for other in variables.iter().skip(at + 1) {
                let (value, another) = (self.value(one)?, self.value(other)?);
                if value == another && (self.set(one).is_some() || self.set(other).is_some()) {
                    return Some((
                        format!(
                            "{} and {} are both {}",
                            self.name(one),
                            self.name(other),
                            self.shown(one, value)
                        ),
                        vec![other, one],
                    ));
                }
            }
        }
        None
    }

    fn equal(&self) -> Option<(String, Vec<&Reference>)> {
        let variables = self.relation.variables.iter();
        let is_sound = |it: &&Reference| lookup::is_sound(self.own, self.tiers, it, self.set(it));
        let set: Vec<&Reference> = variables.filter(is_sound).collect();
        let (first, rest) = set.split_first()?;
        let normal = |reference: &Reference| self.set(reference).map(comparable);
        let other = rest.iter().find(|other| normal(other) != normal(first))?;
        Some((
            format!(
                "{} and {} are not the same",
                self.name(first),
                self.name(other)
            ),
            vec![*other, *first],
        ))
    }

    fn contains(&self) -> Option<(String, Vec<&Reference>)> {
        let (list, others) = self.relation.variables.split_first()?;
        // What is no list holds nothing, and is told by itself.
        if !lookup::is_sound(self.own, self.tiers, list, self.set(list)) {
            return None;
        }
        let origins: Vec<String> = self
            .set(list)?
            .split(',')
            .map(|origin| {
                origin
                    .trim()
                    .trim_matches(['[', ']', '"', ' '])
                    .trim_end_matches('/')
                    .to_ascii_lowercase()
            })
            .collect();
        if origins.iter().any(|origin| origin == "*") {
            return None;
        }
        for other in others {
            let Some(origin) = self
                .value(other)
                .and_then(|value| url::Url::parse(value).ok())
                .map(|url| url.origin())
                // All others are `null`, which no list should hold.
                .filter(url::Origin::is_tuple)
                .map(|origin| origin.ascii_serialization())
            else {
                continue;
            };
            if !origins.contains(&origin) {
                let (list_name, name) = (self.name(list), self.name(other));
                let message = match self.set(other) {
                    Some(_) => format!("{list_name} does not contain {origin}, which {name} is"),
                    None => format!(
                        "{list_name} does not contain {origin}, the default of {name}, which is not set"
                    ),
                };
                return Some((message, vec![list, other]));
            }
        }
        None
    }

    fn port_of(&self) -> Option<(String, Vec<&Reference>)> {
        let [url, port] = self.relation.variables.as_slice() else {
            return None;
        };
        let usual = self.usual(url);
        let address = url::Url::parse(self.set(url).or(usual.map(|it| it.1))?).ok()?;
        if !address.host_str().is_some_and(is_local) {
            return None;
        }
        let (called, listening) = (
            address.port_or_known_default()?,
            Kind::number(self.value(port)?, self.own.reader)?,
        );
        if (f64::from(called) - listening).abs() < 0.5 || !(1.0..=65_535.0).contains(&listening) {
            return None;
        }
        let (name, port_name) = (self.name(url), self.name(port));
        let message = match usual {
            Some((said, _)) => format!(
                "{name} is not set, and its default ({}) calls port {called}, but {port_name} is {listening}",
                said.place
            ),
            None => format!("{name} calls port {called}, but {port_name} is {listening}"),
        };
        Some((message, vec![url, port]))
    }

    fn same_project(&self) -> Option<(String, Vec<&Reference>)> {
        let known: Vec<(&Reference, String)> = self
            .relation
            .variables
            .iter()
            .filter_map(|reference| Some((reference, project(self.set(reference)?)?)))
            .collect();
        let ((first, expected), rest) = known.split_first()?;
        let (other, found) = rest.iter().find(|(_, project)| project != expected)?;
        Some((
            format!(
                "{} belongs to the project {found}, but {} to {expected}",
                self.name(other),
                self.name(first)
            ),
            vec![*other, *first],
        ))
    }

    /// What is to be done. An environment that only one word names is set by it, where its own file is.
    fn help(&self, first: Option<&Reference>) -> String {
        let words = || self.relation.help.clone();
        if self.relation.kind == RelationKind::PortOf
            && let Some(line) = first.and_then(|url| self.led(url))
        {
            return line;
        }
        let is_own = self.relation.kind == RelationKind::Environment
            && self.environment != Environment::Development;
        let Some(first) = first.filter(|_| is_own) else {
            return words();
        };
        let tier = lookup::tier_of(self.own, self.tiers, first).unwrap_or(self.own);
        let environment = self.environment.as_str();
        match self.accepted(first) {
            Some(accepted) if !accepted.contains(&environment) => words(),
            _ => format!("set {}={environment} in {}", first.name, tier.home),
        }
    }

    /// The line that a URL needs which nobody sets, with the port that it must lead to.
    fn led(&self, url: &Reference) -> Option<String> {
        let (_, default) = self.usual(url)?;
        let tier = lookup::tier_of(self.own, self.tiers, url)?;
        let value = ports::led(tier, self.tiers, &url.name, default, self.environment)?;
        Some(format!("set {}={value} in {}", url.name, tier.home))
    }

    /// The words that a variable may be.
    fn accepted(&self, reference: &Reference) -> Option<Vec<&str>> {
        let tier = lookup::tier_of(self.own, self.tiers, reference)?;
        match &tier.schema.get(&reference.name)?.kind {
            Kind::Text(text) => {
                let words = text.one_of.as_ref()?;
                Some(words.iter().map(String::as_str).collect())
            }
            _ => None,
        }
    }

    fn environment(&self) -> Option<(String, Vec<&Reference>)> {
        let wrong: Vec<&Reference> = self
            .relation
            .variables
            .iter()
            .filter(|reference| {
                let accepted = self.accepted(reference);
                // A word that is no environment at all is a finding of its own.
                self.set(reference).is_some_and(|value| {
                    accepted.is_none_or(|words| words.contains(&value))
                        && !names(value, self.environment)
                })
            })
            .collect();
        let first = *wrong.first()?;
        let value = self.set(first)?;
        Some((
            format!(
                "{} is {}, but this is the check for {}",
                self.name(first),
                self.shown(first, value),
                self.environment
            ),
            wrong,
        ))
    }

    fn sum_at_most(&self, max: f64) -> Option<(String, Vec<&Reference>)> {
        let numbers: Option<Vec<f64>> = self
            .relation
            .variables
            .iter()
            .map(|reference| Kind::number(self.value(reference)?, self.own.reader))
            .collect();
        let sum: f64 = numbers?.iter().sum();
        if sum <= max
            || self
                .relation
                .variables
                .iter()
                .all(|reference| self.set(reference).is_none())
        {
            return None;
        }
        let names: Vec<String> = self
            .relation
            .variables
            .iter()
            .map(|reference| self.name(reference))
            .collect();
        Some((
            format!(
                "{} are {sum} together, more than {max}",
                crate::text::and_list(&names)
            ),
            self.relation.variables.iter().collect(),
        ))
    }
}

/// What stands beside a place.
fn label(tier: &Tier<'_>, reference: &Reference) -> String {
    let value = tier.resolved.value(&reference.name).unwrap_or_default();
    match tier
        .schema
        .get(&reference.name)
        .map(|variable| &variable.kind)
    {
        Some(Kind::SupabaseKey(_)) => {
            project(value).map_or_else(String::new, |project| format!("belongs to {project}"))
        }
        _ => format!(
            "{} for the {}",
            lookup::shown(tier.schema, &reference.name, value),
            tier.name()
        ),
    }
}

/// Whether a value names the environment. Node.js knows no staging: its builds are production.
fn names(value: &str, environment: Environment) -> bool {
    environment.is_named(value)
        || (environment == Environment::Staging && value.trim().eq_ignore_ascii_case("production"))
}
