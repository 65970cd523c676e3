//! Example files: they are in the repository, and everybody starts from them.

use std::collections::HashSet;

use crate::diagnostic::{Finding, Label, Severity};
use crate::env::{Claims, EnvFile, Resolved, is_placeholder, is_secret_value};
use crate::schema::Schema;
use crate::text::{Span, plural};

use super::addition::commented;
use super::{EXAMPLE_OUTDATED, SECRET_IN_EXAMPLE};

/// Real secrets in an example, and required variables that it does not mention.
#[must_use]
pub fn example(file: &EnvFile, alone: &Resolved, schema: &Schema) -> Vec<Finding> {
    let mut findings = Vec::new();
    for set in alone.variables() {
        let Some(place) = set.origin.place() else {
            continue;
        };
        // Local stacks come with keys that are the same for everybody.
        let demo = Claims::of(&set.value)
            .is_some_and(|claims| claims.issuer.as_deref() == Some("supabase-demo"));
        if is_secret_value(&set.value) && !is_placeholder(&set.value) && !demo {
            findings.push(
                Finding::new(&SECRET_IN_EXAMPLE, format!("`{}` has a real secret in an example", set.name))
                    .subject(&set.name)
                    .at(Label::new(&place.source, place.value, "this is a real key"))
                    .note("examples are in the repository, where everybody can read them for ever")
                    .help("write a placeholder, e.g. your-key, and replace the key where it was issued: it has to count as published"),
            );
        }
    }
    let commented: HashSet<&str> = file.source.text().lines().filter_map(commented).collect();
    let mentioned = |name: &str| alone.get(name).is_some() || commented.contains(name);
    let left_out: Vec<&str> = schema
        .variables
        .iter()
        .filter(|variable| {
            variable.required.always() && !variable.inherits && !mentioned(&variable.name)
        })
        .filter(|variable| variable.required.unless.is_empty())
        .map(|variable| variable.name.as_str())
        .collect();
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
            .severity(Severity::Warning)
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
