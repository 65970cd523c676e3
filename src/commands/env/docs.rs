//! `pixcrawler env docs`: a reference of every variable, as Markdown or JSON.

use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::env_files;
use crate::output::Format;
use crate::schema::{self, Condition, Reference, Schema};
use crate::workspace::Environment;

use super::check::known_tiers;

/// Prints the reference of these tiers, or of all.
pub fn run(context: &Context, tiers: &[String]) -> Result<Exit, Failure> {
    let workspace = context.find_workspace()?;
    known_tiers(&workspace, tiers)?;
    let environments = env_files::load(&workspace, context.environment, &context.variables);
    let chosen = environments.tiers().iter().filter(|gathered| {
        (tiers.is_empty() || tiers.contains(&gathered.tier.name))
            && !gathered.schema.variables.is_empty()
    });
    if context.format == Format::Human {
        let sections: String = chosen
            .map(|gathered| schema::docs(&gathered.schema))
            .collect();
        let text = format!("# Environment variables\n\n{}\n", sections.trim_end());
        context.print(text.as_bytes());
    } else {
        let tiers: Vec<Value> = chosen
            .map(|gathered| machine(&gathered.schema, context.environment))
            .collect();
        let document = json!({"version": 1, "command": "env docs", "environment": context.environment.as_str(), "tiers": tiers});
        context.print(format!("{document:#}\n").as_bytes());
    }
    Ok(Exit::Clean)
}

/// A schema for programs. Defaults and examples are those of the environment.
fn machine(schema: &Schema, environment: Environment) -> Value {
    let variables: Vec<Value> = schema
        .sections
        .iter()
        .flat_map(|section| {
            let members = schema.variables.get(section.variables.clone());
            members
                .into_iter()
                .flatten()
                .map(move |variable| (section, variable))
        })
        .map(|(section, variable)| {
            let required = &variable.required;
            let environments: Vec<&str> = required
                .environments
                .iter()
                .map(|environment| environment.as_str())
                .collect();
            json!({
                "name": variable.name,
                "section": section.title,
                "description": variable.description,
                "purpose": variable.purpose,
                "valid": variable.kind.to_string(),
                "default": variable.default_in(environment),
                "example": variable.example_in(environment),
                "required": environments,
                "required-when": conditions(&required.when),
                "required-unless": conditions(&required.unless),
                "secret": variable.secret,
            })
        })
        .collect();
    json!({"tier": schema.tier, "title": schema.title, "description": schema.description, "variables": variables})
}

fn conditions(conditions: &[Condition]) -> Map<String, Value> {
    conditions
        .iter()
        .map(|condition| {
            let Reference { tier, name } = &condition.variable;
            let key = tier
                .as_ref()
                .map_or_else(|| name.clone(), |tier| format!("{tier}:{name}"));
            (key, json!(condition.value))
        })
        .collect()
}
