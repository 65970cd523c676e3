//! Example files: they are in the repository, and everybody starts from them.

use std::collections::HashSet;

use camino::Utf8Path;

use crate::diagnostic::{Finding, Label};
use crate::env::{Claims, EnvFile, is_placeholder, is_secret_value};
use crate::schema::Variable;
use crate::text::{Span, plural};
use crate::workspace::Environment;

use super::addition::commented;
use super::{EXAMPLE_OUTDATED, SECRET_IN_EXAMPLE, Tier, values};

/// The environment that an example is for, by its name: `.env.production.example`.
#[must_use]
pub fn environment_of(path: &Utf8Path) -> Environment {
    let name = path.file_name().unwrap_or_default();
    Environment::ALL
        .into_iter()
        .find(|environment| name.split('.').any(|part| part == environment.as_str()))
        .unwrap_or_default()
}

/// Real secrets in an example, values that do not fit, and required variables that it does not
/// mention. `alone` is the tier with the example as its only file.
#[must_use]
pub fn example(file: &EnvFile, alone: &Tier<'_>) -> Vec<Finding> {
    let schema = alone.schema;
    let environment = environment_of(file.path());
    let mut findings = Vec::new();
    for set in alone.resolved.variables() {
        let Some(place) = set.origin.place() else {
            continue;
        };
        // Local stacks come with keys that are the same for everybody.
        let demo = || {
            Claims::of(&set.value)
                .is_some_and(|claims| claims.issuer.as_deref() == Some("supabase-demo"))
        };
        if is_secret_value(&set.value) && !is_placeholder(&set.value) && !demo() {
            findings.push(
                Finding::new(&SECRET_IN_EXAMPLE, format!("`{}` has a real secret in an example", set.name))
                    .subject(set.name.as_str())
                    .at(Label::new(&place.source, place.value, "this is a real key"))
                    .note("examples are in the repository, where everybody can read them for ever")
                    .help("write a placeholder, e.g. your-key, and replace the key where it was issued: it has to count as published"),
            );
        } else if let Some(problem) = values::of_example(alone, set, environment) {
            findings.push(
                Finding::new(
                    &EXAMPLE_OUTDATED,
                    format!("the example's `{}` {}", set.name, problem.message),
                )
                .subject(set.name.as_str())
                .at(Label::new(&place.source, place.value, "does not fit"))
                .note("who starts from it starts with this value")
                .help(problem.help),
            );
        }
    }
    let needed = |variable: &&Variable| {
        variable.required.environments.contains(&environment)
            && variable.required.unless.is_empty()
            && !variable.inherits
            && !variable.is_group()
            && alone.resolved.get(&variable.name).is_none()
    };
    let mut left_out: Vec<&str> = schema
        .variables
        .iter()
        .filter(needed)
        .map(|variable| variable.name.as_str())
        .collect();
    if !left_out.is_empty() {
        let commented: HashSet<&str> = file.source.text().lines().filter_map(commented).collect();
        left_out.retain(|name| !commented.contains(name));
    }
    if !left_out.is_empty() {
        let (end, help) = (
            file.source.text().trim_end().len(),
            format!(
                "pixcrawler env scaffold --tier {} adds what is missing",
                schema.tier
            ),
        );
        let start = file.source.text()[..end].rfind('\n').map_or(0, |at| at + 1);
        findings.push(
            Finding::new(
                &EXAMPLE_OUTDATED,
                format!(
                    "{} does not mention {}: {}",
                    file.path(),
                    plural(left_out.len(), "required variable"),
                    left_out.join(", ")
                ),
            )
            .subject(file.path().as_str())
            .at(Label::new(
                &file.source,
                Span::new(start, end),
                "add behind this line",
            ))
            .note("who starts from it finds out one by one what else is needed")
            .help(help),
        );
    }
    findings
}
