//! The built-in schemas as they were understood when the tool was built: reading their TOML anew
//! would take as long as everything else that a check does. A test holds them to the TOML.

use serde::{Deserialize, Serialize};

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
        "root" => &include_bytes!("../../env-schemas/built-in/root.postcard")[..],
        "backend" => &include_bytes!("../../env-schemas/built-in/backend.postcard")[..],
        "frontend" => &include_bytes!("../../env-schemas/built-in/frontend.postcard")[..],
        _ => return None,
    };
    let stored: Stored = postcard::from_bytes(stored).ok()?;
    Some(Schema {
        tier: tier.to_owned(),
        title: stored.title,
        description: stored.description,
        sections: stored.sections,
        index: index(&stored.variables),
        groups: groups(&stored.variables),
        variables: stored.variables,
        relations: stored.relations,
        source: Source::built_in(format!("env-schemas/{name}.toml"), embedded(name)?),
    })
}

/// A schema in the form in which it is built in: [postcard](https://postcard.jamesmunns.com).
#[must_use]
pub fn stored(schema: &Schema) -> Vec<u8> {
    let stored = Stored {
        title: schema.title.clone(),
        description: schema.description.clone(),
        sections: schema.sections.clone(),
        variables: schema.variables.clone(),
        relations: schema.relations.clone(),
    };
    postcard::to_allocvec(&stored).unwrap_or_default()
}
