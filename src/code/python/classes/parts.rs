//! Models within settings that are the address of a server, each part of it in a variable of its own: `REDIS__HOST`.

use std::collections::BTreeMap;

use super::{Find, SettingsClass};

/// How deep models may stand in one another.
const DEPTH: usize = 4;

/// The field that makes a model an address.
const HOST: &str = "HOST";

/// A model with a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// How the variables of its parts begin, as everybody writes them: `REDIS__`.
    pub start: String,
    /// The fields that lead to it, and its class.
    pub names: Vec<String>,
    /// Its fields as those variables end, each with what it is where nobody sets it, where that stands there.
    pub parts: BTreeMap<String, Option<String>>,
}

impl SettingsClass {
    /// The models with a host that single variables lead into.
    #[must_use]
    pub fn addresses<'a>(&'a self, find: Find<'_, 'a>) -> Vec<Address> {
        let mut found = Vec::new();
        for (way, field) in self.ways(find) {
            let Some(delimiter) = way.delimiter.filter(|_| !way.is_exact) else {
                continue;
            };
            let start = format!("{}{delimiter}", way.start).to_ascii_uppercase();
            let names = vec![field.name.clone()];
            if let Some(model) = field.kind.as_deref().and_then(find) {
                model.look(find, (start, names), delimiter, DEPTH, &mut found);
            }
        }
        found
    }

    fn look<'a>(
        &'a self,
        find: Find<'_, 'a>,
        (start, names): (String, Vec<String>),
        delimiter: &str,
        depth: usize,
        found: &mut Vec<Address>,
    ) {
        let mut parts = BTreeMap::new();
        for field in self.all_fields(find) {
            for key in field.keys() {
                let key = key.to_ascii_uppercase();
                let model = field.kind.as_deref().and_then(find);
                if let Some((model, depth)) = model.zip(depth.checked_sub(1)) {
                    let start = format!("{start}{key}{delimiter}").to_ascii_uppercase();
                    let names = [names.as_slice(), std::slice::from_ref(&field.name)].concat();
                    model.look(find, (start, names), delimiter, depth, found);
                }
                // What a class says anew counts.
                parts.insert(key, field.said.clone());
            }
        }
        if parts.contains_key(HOST) {
            let names = [names.as_slice(), std::slice::from_ref(&self.name)].concat();
            found.push(Address {
                start,
                names,
                parts,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::code::python::{SettingsClass, settings_classes};

    fn told(config: &str, fields: &str) -> Vec<String> {
        let text = format!(
            "class Base(BaseModel):\n    host: str = 'localhost'\n    port: int = 1\nclass RedisModel(Base):\n    port: int = 6390\n    db: int = Field(default=2)\n    password: SecretStr\nclass All(BaseModel):\n    redis: RedisModel\nclass S(BaseSettings):\n    model_config = SettingsConfigDict({config})\n    {fields}\n"
        );
        let classes = settings_classes(&text);
        let find = |name: &str| classes.iter().find(|it: &&SettingsClass| it.name == name);
        let all = classes.iter().flat_map(|it| it.addresses(&find));
        let shown = all.map(|it| {
            let parts: Vec<String> = it
                .parts
                .iter()
                .map(|(part, said)| format!("{part}={}", said.as_deref().unwrap_or("-")))
                .collect();
            format!("{} {} {}", it.start, it.names.join("."), parts.join(" "))
        });
        shown.collect()
    }

    #[test]
    fn a_model_with_a_host_is_an_address() {
        let nested = "env_nested_delimiter='__'";
        let parts = "DB=2 HOST=localhost PASSWORD=- PORT=6390";
        assert_eq!(
            told(nested, "cache: RedisModel | None = None"),
            [format!("CACHE__ cache.RedisModel {parts}")]
        );
        assert_eq!(
            told("env_nested_delimiter='__', env_prefix='app_'", "all: All"),
            [format!("APP_ALL__REDIS__ all.redis.RedisModel {parts}")]
        );
        for (config, fields) in [
            ("env_prefix='A_'", "cache: RedisModel"),
            (
                "env_nested_delimiter='__', case_sensitive=True",
                "cache: RedisModel",
            ),
            (nested, "cache: str"),
        ] {
            assert!(told(config, fields).is_empty(), "{config} {fields}");
        }
    }
}
