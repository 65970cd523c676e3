//! The documented block of one variable, and whole files of them.

use std::fmt::Write as _;

use crate::schema::{Condition, Schema, Variable};
use crate::text::and_list;
use crate::workspace::Environment;

const RULER: &str =
    "# =============================================================================";

/// A whole example.
pub(super) fn whole(schema: &Schema, environment: Environment) -> String {
    let sections = schema.sections.iter().map(|section| {
        let blocks: Vec<String> = schema
            .variables
            .get(section.variables.clone())
            .into_iter()
            .flatten()
            .map(|variable| block(schema, variable, environment))
            .collect();
        format!("{}\n{}", banner(&section.title), blocks.join("\n"))
    });
    sections.collect::<Vec<_>>().join("\n")
}

/// The banner of a section, with an empty line behind it.
pub(super) fn banner(title: &str) -> String {
    format!("{RULER}\n# {}\n{RULER}\n", title.to_uppercase())
}

/// Everything about one variable, ending with its assignment.
pub(super) fn block(schema: &Schema, variable: &Variable, environment: Environment) -> String {
    let mut text = format!("# {}\n", variable.description);
    for (key, value) in facts(variable, environment) {
        let _ = writeln!(text, "# - {key}: {value}");
    }
    let _ = writeln!(text, "{}", assignment(schema, variable, environment));
    text
}

/// What a block says about a variable, in its order.
pub(in crate::schema) fn facts(
    variable: &Variable,
    environment: Environment,
) -> [(&'static str, String); 5] {
    let default = match variable.default_in(environment) {
        None => "none".to_owned(),
        Some("") => "empty".to_owned(),
        Some(default) => default.to_owned(),
    };
    [
        ("Purpose", variable.purpose.clone()),
        ("Valid values", plain(&variable.kind.to_string())),
        ("Default", default),
        ("Required", required(variable)),
        ("Example", example(variable, environment)),
    ]
}

/// Examples are read by every loader there is: ASCII suits all.
fn plain(text: &str) -> String {
    text.replace('…', "...")
}

fn example(variable: &Variable, environment: Environment) -> String {
    let value = variable
        .example_in(environment)
        .filter(|value| !value.is_empty())
        .or(variable.default_in(environment))
        .unwrap_or_default();
    if value.is_empty() {
        "(leave empty)".to_owned()
    } else {
        plain(value)
    }
}

/// When a variable must be set, in words.
fn required(variable: &Variable) -> String {
    let required = &variable.required;
    let conditions = |conditions: &[Condition]| {
        let words: Vec<String> = conditions
            .iter()
            .map(|condition| {
                if condition.value == "*" {
                    format!("{} is set", condition.variable.name)
                } else {
                    format!("{} is {}", condition.variable.name, condition.value)
                }
            })
            .collect();
        and_list(&words)
    };
    let names: Vec<&str> = required
        .environments
        .iter()
        .map(|environment| environment.as_str())
        .collect();
    let mut words = match (names.len(), required.when.is_empty()) {
        (0, true) => return "No".to_owned(),
        (0, false) => format!("If {}", conditions(&required.when)),
        (4, _) => "Yes".to_owned(),
        (_, true) => format!("In {}", and_list(&names)),
        (_, false) => format!(
            "In {}, and if {}",
            and_list(&names),
            conditions(&required.when)
        ),
    };
    // A value in another tier's file is that tier's business.
    let own: Vec<Condition> = required
        .unless
        .iter()
        .filter(|condition| condition.variable.tier.is_none())
        .cloned()
        .collect();
    if !own.is_empty() {
        let _ = write!(words, ", unless {}", conditions(&own));
    }
    words
}

/// The assignment: live where the program needs it or has a default, else as a comment.
pub(super) fn assignment(schema: &Schema, variable: &Variable, environment: Environment) -> String {
    let name = variable.name.replace('*', "PRO");
    let value = value(schema, variable, environment, 0);
    match value {
        Some(value) if !variable.inherits && !variable.set_by_runtime && !variable.is_group() => {
            format!("{name}={value}")
        }
        Some(value) => format!("# {name}={value}"),
        None => format!(
            "# {name}={}",
            variable.example_in(environment).unwrap_or_default()
        ),
    }
}

/// The value that the example gives a variable, if it gives one.
fn value<'a>(
    schema: &'a Schema,
    variable: &'a Variable,
    environment: Environment,
    depth: usize,
) -> Option<&'a str> {
    // Two variables may be required when the other one is set.
    const DEEPEST: usize = 8;
    let holds = |condition: &Condition| {
        let other = schema
            .get(&condition.variable.name)
            .filter(|other| other.name != variable.name && depth < DEEPEST);
        other
            .and_then(|other| value(schema, other, environment, depth + 1))
            .is_some_and(|value| condition.value == "*" || value == condition.value)
    };
    let needed = variable.required.environments.contains(&environment)
        || (!variable.required.when.is_empty() && variable.required.when.iter().all(holds));
    let special = variable
        .limits
        .get(&environment)
        .and_then(|limits| limits.example.as_deref());
    if needed {
        variable
            .example_in(environment)
            .or(variable.default_in(environment))
    } else {
        special
            .filter(|_| variable.default.is_some())
            .or(variable.default_in(environment))
    }
}
