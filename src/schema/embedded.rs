//! The schemas of the usual tiers, built in; a workspace may have its own in `env-schemas/`.

/// The text of the built-in schema of that name.
#[must_use]
pub fn embedded(name: &str) -> Option<&'static str> {
    match name {
        "root" => Some(include_str!("../../env-schemas/root.toml")),
        "backend" => Some(include_str!("../../env-schemas/backend.toml")),
        "frontend" => Some(include_str!("../../env-schemas/frontend.toml")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::read;
    use crate::text::Source;

    #[test]
    fn the_built_in_schemas_have_no_mistakes() {
        for name in ["root", "backend", "frontend"] {
            let source = Source::new(
                format!("env-schemas/{name}.toml"),
                embedded(name).unwrap_or_default(),
            );
            let schema = read(name, &source).map_err(|findings| {
                findings
                    .into_iter()
                    .map(|finding| format!("{:?} {}", finding.place, finding.message))
                    .collect::<Vec<_>>()
            });
            assert!(schema.is_ok(), "{name}: {:?}", schema.err());
        }
    }
}
