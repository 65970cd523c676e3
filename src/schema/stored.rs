//! The built-in schemas as they were understood when the tool was built: reading their TOML anew
//! would take as long as everything else that a check does. A test holds them to the TOML.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text::Source;

use super::Schema;
use super::embedded::embedded;
use super::model::{Relation, Section, Variable, groups, index};

/// What a schema file says.
#[derive(Serialize, Deserialize)]
struct Stored {
    title: String,
    description: String,
    sections: Vec<Section>,
    variables: Vec<Variable>,
    relations: Vec<Relation>,
}

/// The built-in schema of that name, for `tier`.
#[must_use]
pub fn built_in(tier: &str, name: &str) -> Option<Schema> {
    let stored = match name {
        "root" => include_str!("../../env-schemas/built-in/root.json"),
        "backend" => include_str!("../../env-schemas/built-in/backend.json"),
        "frontend" => include_str!("../../env-schemas/built-in/frontend.json"),
        _ => return None,
    };
    let stored: Stored = serde_json::from_str(stored).ok()?;
    Some(Schema {
        tier: tier.to_owned(),
        title: stored.title,
        description: stored.description,
        sections: stored.sections,
        index: index(&stored.variables),
        groups: groups(&stored.variables),
        variables: stored.variables,
        relations: stored.relations,
        source: Source::new(format!("env-schemas/{name}.toml"), embedded(name)?),
    })
}

/// A schema in the form in which it is built in.
#[must_use]
pub fn stored(schema: &Schema) -> String {
    let stored = Stored {
        title: schema.title.clone(),
        description: schema.description.clone(),
        sections: schema.sections.clone(),
        variables: schema.variables.clone(),
        relations: schema.relations.clone(),
    };
    let mut value = serde_json::to_value(stored).unwrap_or_default();
    without_nulls(&mut value);
    // One line a variable, so that changes can be looked through.
    value.to_string().replace("{\"name\":", "\n{\"name\":") + "\n"
}

/// What is not there needs no words.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, value| !value.is_null());
            entries.values_mut().for_each(without_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(without_nulls),
        _ => {}
    }
}
