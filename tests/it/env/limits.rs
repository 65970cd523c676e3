//! The bounds that the starter's settings have are those of the schema.

use std::fs;

use camino::Utf8Path;
use regex::Regex;

/// `pool_size: int = Field(default=5, ge=1, le=100)` of a class with a prefix is `DATABASE_POOL_SIZE`, an integer
/// from 1 to 100: what passes one has to pass the other.
#[test]
fn what_the_schema_lets_through_starts_the_starter() {
    let folder =
        Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/workspace/backend/core/settings");
    let schema = pixcrawler::schema::built_in("backend", "backend").expect("built in");
    let prefix = Regex::new("env_prefix=\"([A-Z_]*)\"").expect("a pattern");
    let field = Regex::new(r"(?m)^    (\w+): int = Field\(default=\d+, ge=(\d+)(?:, le=(\d+))?\)$")
        .expect("a pattern");
    let mut seen = Vec::new();
    for file in fs::read_dir(folder).expect("settings").flatten() {
        let text = fs::read_to_string(file.path()).expect("a text");
        let prefix = prefix
            .captures(&text)
            .map_or("", |it| it.get(1).expect("it").as_str());
        for it in field.captures_iter(&text) {
            let name = format!("{prefix}{}", it[1].to_uppercase());
            let variable = schema
                .get(&name)
                .unwrap_or_else(|| panic!("{name}: no schema"));
            let bounds = match it.get(3) {
                Some(most) => format!(" from {} to {}", &it[2], most.as_str()),
                None => format!(", {} or more", &it[2]),
            };
            let kind = variable.kind.to_string();
            assert!(kind.ends_with(&bounds), "{name}: {bounds}, and {kind}");
            seen.push(name);
        }
    }
    assert!(seen.len() > 8, "{seen:?}");
}
