//! A missing variable's line, where the schema has a value that is certain.

use crate::diagnostic::{Edit, Fix};
use crate::env::{EnvFile, is_placeholder, is_secret_value, mask_parts, names_secret};
use crate::schema::Variable;
use crate::text::Span;
use crate::workspace::Environment;

use super::{Tier, values};

/// Adds the variable to `file`, unless only a person can know its value: a secret, a placeholder,
/// or what the environment would not accept. `led` is the value as other variables want it.
pub(super) fn addition(
    tier: &Tier<'_>,
    variable: &Variable,
    environment: Environment,
    file: &EnvFile,
    led: Option<&str>,
) -> Option<Fix> {
    let certain = certain(tier, variable, environment)?;
    let value = led.unwrap_or(certain);
    let text = file.source.text();
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = format!("{}={value}", variable.name);
    // Behind the comment that shows it, else at the end.
    let shown = text
        .lines()
        .position(|line| commented(line) == Some(variable.name.as_str()));
    let behind = shown
        .and_then(|line| file.source.line_span(line + 1))
        .map(|span| span.end);
    let (at, replacement) = match behind {
        Some(end) => (end, format!("{line_end}{line}")),
        None if text.is_empty() || text.ends_with('\n') => {
            (text.len(), format!("{line}{line_end}"))
        }
        None => (text.len(), format!("{line_end}{line}")),
    };
    let edit = Edit {
        source: file.source.clone(),
        span: Span::new(at, at),
        replacement,
    };
    Some(Fix {
        title: format!("add {line}"),
        edits: vec![edit],
    })
}

/// The value that the schema gives for this environment, if no person has to choose it.
fn certain<'v>(
    tier: &Tier<'_>,
    variable: &'v Variable,
    environment: Environment,
) -> Option<&'v str> {
    let value = variable
        .example_in(environment)
        .or(variable.default_in(environment))?;
    let secret = variable.secret
        || names_secret(&variable.name, value)
        || is_secret_value(value)
        || mask_parts(&variable.name, value) != value;
    let empty = value.trim().is_empty() || is_placeholder(value);
    let fits = variable.kind.check(value, tier.reader).is_ok()
        && values::fits(tier, variable, value, environment);
    (!secret && !empty && fits && values::is_plain(value)).then_some(value)
}

/// The variable that a comment shows how to set: `# NAME=…`.
pub(super) fn commented(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().strip_prefix('#')?.split_once('=')?;
    Some(name.trim())
}
