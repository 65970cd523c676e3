//! Variables that must be set: missing, empty, or only a placeholder.

use crate::diagnostic::{Finding, Label, Severity};
use crate::env::{Origin, Variable as Set, is_placeholder};
use crate::schema::Variable;
use crate::text::command::Command;
use crate::text::{Span, plural};
use crate::workspace::Environment;

use super::addition::addition;
use super::names::{is_described, is_near};
use super::values::guessed;
use super::{EMPTY, FILE_MISSING, MISSING, PLACEHOLDER, Said, Tier, lookup, ports};

/// Missing, empty and placeholder values of the variables that must have one.
/// `renamed` are those for which a misspelt name was found, which says it better.
pub(super) fn check(
    tier: &Tier<'_>,
    tiers: &[Tier<'_>],
    renamed: &[String],
    environment: Environment,
) -> Vec<Finding> {
    let mut missing: Vec<&Variable> = Vec::new();
    let mut findings = Vec::new();
    let needed = tier.schema.variables.iter().filter(|variable| {
        !variable.is_group()
            && (is_required(variable, tier, tiers, environment)
                || asked_by_code(variable, tier).is_some())
    });
    let is_guess = |it: &Variable| {
        let is_asked = it.required.environments.contains(&environment);
        it.is_guess() && !is_asked && asked_by_code(it, tier).is_none()
    };
    let judged = |variable: &Variable, finding: Finding| {
        if is_guess(variable) {
            guessed(finding, tier)
        } else {
            finding
        }
    };
    for variable in needed {
        match tier.resolved.get(&variable.name) {
            Some(set) if tier.resolved.is_doubtful(set) => {}
            None if renamed.contains(&variable.name) => {}
            // The root tier's own finding says it, at the file where it belongs.
            None if variable.inherits
                && tiers.iter().any(|other| {
                    other.name() == "root" && other.schema.get(&variable.name).is_some()
                }) => {}
            None => missing.push(variable),
            Some(set) if set.value.trim().is_empty() => {
                let finding = valueless(tier, variable, &set.origin, "is empty", &EMPTY);
                findings.push(judged(variable, finding));
            }
            Some(set) if is_placeholder(&set.value) => {
                let what = "is still a placeholder";
                let finding = valueless(tier, variable, &set.origin, what, &PLACEHOLDER);
                findings.push(judged(variable, finding));
            }
            Some(_) => {}
        }
    }
    let mut files = tier.resolved.files.iter();
    if tier.is_closed() || files.any(|(file, loaded)| file.problem.is_some() || loaded.is_fatal()) {
        // The file that sets them may be the one that cannot be read, which is reported.
        return findings;
    }
    let is_sure = missing.iter().any(|it| !is_guess(it));
    if !tier.has_files && !tier.deployed && is_sure {
        findings.push(no_file(tier, &missing, environment));
    } else {
        findings.extend(
            missing
                .into_iter()
                .map(|variable| judged(variable, absent(tier, tiers, variable, environment))),
        );
    }
    findings
}

/// Whether a tier has no env file, lacks what must be in it, and has an example to make one from.
pub(super) fn is_unmade(tier: &Tier<'_>, tiers: &[Tier<'_>], environment: Environment) -> bool {
    let is_missing = |variable: &Variable| {
        !variable.is_group()
            && !variable.inherits
            && tier.resolved.get(&variable.name).is_none()
            && (is_required(variable, tier, tiers, environment)
                || asked_by_code(variable, tier).is_some())
    };
    !tier.has_files
        && !tier.deployed
        && tier.example.is_some()
        && tier.schema.variables.iter().any(is_missing)
}

/// Whether a variable must be set here and now.
pub(super) fn is_required(
    variable: &Variable,
    tier: &Tier<'_>,
    tiers: &[Tier<'_>],
    environment: Environment,
) -> bool {
    let required = &variable.required;
    let asked = required.environments.contains(&environment)
        || (!required.when.is_empty() && lookup::hold(&required.when, tier, tiers, environment));
    let excused =
        !required.unless.is_empty() && lookup::hold(&required.unless, tier, tiers, environment);
    asked && !excused
}

/// What the code says that does not start without a variable. What the runtime sets is there.
fn asked_by_code<'a>(variable: &Variable, tier: &Tier<'a>) -> Option<&'a Said> {
    let said = tier.said(&variable.name)?;
    (said.default.is_none() && !variable.set_by_runtime).then_some(said)
}

/// The tier has no env file at all: one finding with the command that makes one.
fn no_file(tier: &Tier<'_>, missing: &[&Variable], environment: Environment) -> Finding {
    let names: Vec<&str> = missing
        .iter()
        .map(|variable| variable.name.as_str())
        .collect();
    let home = tier.home;
    let make = match tier.example {
        Some(example) => format!(
            "{}, then fill in what is marked as required",
            Command::new("cp").path(example).path(home)
        ),
        None => format!(
            "pixcrawler env scaffold --tier {}, then copy the example to {home}",
            tier.name()
        ),
    };
    Finding::new(
        &FILE_MISSING,
        format!("the {} has no env file: {home} is not there", tier.name()),
    )
    .subject(home.as_str())
    .in_file(home)
    .tier(tier.name())
    .note(format!(
        "{} must be set for {environment}: {}",
        plural(names.len(), "variable"),
        names.join(", ")
    ))
    .help(make)
}

fn absent(
    tier: &Tier<'_>,
    tiers: &[Tier<'_>],
    variable: &Variable,
    environment: Environment,
) -> Finding {
    let name = &variable.name;
    let example = variable
        .example_in(environment)
        .or(variable.default.as_deref())
        .unwrap_or("…");
    let led = ports::led(tier, tiers, name, example, environment);
    let example = led.as_deref().unwrap_or(example);
    let said = asked_by_code(variable, tier);
    let place = said.map_or_else(String::new, |said| format!(" ({})", said.place));
    let mut finding = Finding::new(
        &MISSING,
        format!(
            "`{name}` is not set, but the {} needs it{place}",
            tier.name()
        ),
    )
    .subject(name)
    .tier(tier.name())
    .note(format!("{}: {}", variable.description, variable.purpose))
    .help(if tier.deployed {
        format!("set it where the platform sets this program's variables: {name}={example}")
    } else {
        format!("add to {}: {name}={example}", tier.home)
    });
    let when = &variable.required.when;
    // The code may want it anyway.
    if !when.is_empty()
        && !variable.required.environments.contains(&environment)
        && lookup::hold(when, tier, tiers, environment)
    {
        let because: Vec<String> = variable
            .required
            .when
            .iter()
            .map(|condition| {
                if condition.value == "*" {
                    format!("{} is set", condition.variable.name)
                } else {
                    format!("{} is {}", condition.variable.name, condition.value)
                }
            })
            .collect();
        finding = finding.note(format!("needed because {}", because.join(" and ")));
    }
    finding = under_another_name(finding, tier, tiers, name);
    if let Some((file, _)) = tier
        .resolved
        .files
        .iter()
        .find(|(file, _)| file.path() == tier.home)
    {
        let end = file.source.text().trim_end().len();
        let start = file.source.text()[..end].rfind('\n').map_or(0, |at| at + 1);
        if let Some(fix) = addition(tier, variable, environment, file, led.as_deref()) {
            finding = finding.fix(fix);
        }
        return finding.at(Label::new(
            &file.source,
            Span::new(start, end),
            "add it behind this line",
        ));
    }
    if tier.deployed {
        return finding;
    }
    finding.in_file(tier.home)
}

/// With the name under which the missing variable may be set: prefixed, or misspelt.
fn under_another_name(
    mut finding: Finding,
    tier: &Tier<'_>,
    tiers: &[Tier<'_>],
    name: &str,
) -> Finding {
    let is_longer = |other: &str| {
        other
            .strip_suffix(name)
            .is_some_and(|prefix| prefix.ends_with('_'))
    };
    let is_shorter = |other: &str| {
        name.strip_suffix(other)
            .is_some_and(|prefix| prefix.ends_with('_'))
    };
    let stranger = |other: &&Set| !is_described(tiers, &other.name);
    let near = tier
        .resolved
        .variables()
        .filter(|other| other.origin == Origin::Process && is_near(&other.name, name))
        .find(stranger);
    if let Some(near) = near {
        finding = finding.note(format!(
            "the process environment has `{}`: rename it if that is a misspelling",
            near.name
        ));
    }
    let prefixed = tier
        .resolved
        .variables()
        .filter(|other| is_longer(&other.name) || is_shorter(&other.name))
        .filter(|other| other.origin.place().is_some())
        .find(stranger);
    if let Some(other) = prefixed {
        finding = finding.note(format!("`{}` is set: if that is the name that the code reads, describe it in env-schemas/{}.toml", other.name, tier.name()));
        if let Origin::File(place) = &other.origin {
            finding = finding.related(Label::new(
                &place.source,
                place.name,
                "set under another name",
            ));
        }
        if other.name.len() > name.len() {
            finding = finding.severity(Severity::Warning);
        }
    }
    finding
}

fn valueless(
    tier: &Tier<'_>,
    variable: &Variable,
    origin: &Origin,
    what: &str,
    rule: &'static crate::diagnostic::Rule,
) -> Finding {
    let name = &variable.name;
    let finding = Finding::new(
        rule,
        format!("`{name}` {what}, but the {} needs a value", tier.name()),
    )
    .subject(name)
    .tier(tier.name())
    .note(format!("{}: {}", variable.description, variable.purpose))
    .help(format!("give it a value: {}", variable.kind));
    match origin {
        Origin::File(place) => {
            let span = if place.value.start < place.value.end {
                place.value
            } else {
                place.name
            };
            finding.at(Label::new(&place.source, span, what.to_owned()))
        }
        Origin::Process => {
            finding.note("it comes from the process environment, which wins over every file")
        }
    }
}
