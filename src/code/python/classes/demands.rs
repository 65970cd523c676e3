//! The fields of a settings class that must be set.

use std::collections::BTreeMap;

use ruff_python_ast::Expr;

use super::nested::PLAIN;
use super::{DEPTH, EnvFiles, Field, Find, SettingsClass, ancestors};

/// A field that has to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand<'a> {
    /// The class that has the field.
    pub owner: &'a SettingsClass,
    /// Its name.
    pub field: &'a str,
    /// The variables that it is read from, as everybody writes them.
    pub variables: Vec<String>,
    /// Begins of variables that lead into it.
    pub groups: Vec<String>,
    /// Offset of the field in the text of its class.
    pub offset: usize,
}

/// Annotations of what is no field that variables are read for.
const NO_FIELDS: &[&str] = &["ClassVar", "Final", "InitVar", "PrivateAttr"];

/// Whether what has that annotation is a field.
pub(super) fn is_field(annotation: &Expr) -> bool {
    let last = |it: &Expr| match it {
        Expr::Name(name) => NO_FIELDS.contains(&name.id.as_str()),
        Expr::Attribute(attribute) => NO_FIELDS.contains(&attribute.attr.as_str()),
        // A type that is written as a text may be anything.
        Expr::StringLiteral(_) => true,
        _ => false,
    };
    match annotation {
        Expr::Subscript(subscript) => !last(&subscript.value),
        other => !last(other),
    }
}

impl SettingsClass {
    /// The fields without which the class cannot be made, its own and those of the classes that it is made from, and
    /// the env files that it reads; nothing where that is not known.
    #[must_use]
    pub fn demands<'a>(&'a self, find: Find<'_, 'a>) -> Option<(Vec<Demand<'a>>, EnvFiles)> {
        let mut line = Vec::new();
        let is_settings = ancestors(self, find, &mut line, DEPTH)?;
        if !is_settings || line.iter().any(|it| !it.is_told || !it.is_plain) {
            return None;
        }
        let last = |of: fn(&SettingsClass) -> Option<&str>| {
            line.iter().rev().find_map(|class| of(class)).unwrap_or("")
        };
        let flag = |of: fn(&SettingsClass) -> Option<bool>| {
            let said = line.iter().rev().find_map(|class| of(class));
            said.unwrap_or_default()
        };
        let prefix = last(|it| it.prefix.as_deref());
        let delimiter = last(|it| it.delimiter.as_deref());
        let (is_exact, by_name) = (flag(|it| it.is_exact), flag(|it| it.by_name));
        let files = line.iter().rev().find_map(|class| class.files.clone());
        let mut fields: BTreeMap<&str, Vec<(&'a SettingsClass, &'a Field)>> = BTreeMap::new();
        for class in line {
            for field in &class.fields {
                let known = fields.entry(field.name.as_str()).or_default();
                known.push((class, field));
            }
        }
        let mut found = Vec::new();
        for (name, known) in fields {
            // Which of several counts is pydantic's matter.
            let is_required = known.iter().all(|(_, field)| field.is_required);
            let Some((owner, field)) = known.last().copied().filter(|_| is_required) else {
                continue;
            };
            let mut variables = field.names.clone();
            if variables.is_empty() || by_name {
                variables.push(format!("{prefix}{name}"));
            }
            if !is_exact {
                for variable in &mut variables {
                    *variable = variable.to_ascii_uppercase();
                }
            }
            let is_plain = field.kind.as_deref().is_some_and(|it| PLAIN.contains(&it));
            let groups = if is_plain || delimiter.is_empty() {
                Vec::new()
            } else {
                let all = variables.iter();
                all.map(|it| format!("{it}{delimiter}").to_ascii_uppercase())
                    .collect()
            };
            found.push(Demand {
                owner,
                field: name,
                variables,
                groups,
                offset: field.offset,
            });
        }
        Some((found, files.unwrap_or(EnvFiles::None)))
    }
}

#[cfg(test)]
mod tests {
    use crate::code::python::{SettingsClass, settings_classes};

    /// What the last class of a module has to be given; nothing where that is not known.
    fn demanded(text: &str) -> Option<String> {
        let classes = settings_classes(text);
        let find = |name: &str| classes.iter().find(|it: &&SettingsClass| it.name == name);
        let (demands, _) = classes.last()?.demands(&find)?;
        let names: Vec<String> = demands
            .iter()
            .map(|it| [it.variables.join("|"), it.groups.concat()].concat())
            .collect();
        Some(names.join(" "))
    }

    fn class(config: &str, fields: &str) -> String {
        format!(
            "class S(BaseSettings):\n    model_config = SettingsConfigDict({config})\n    {fields}\n"
        )
    }

    #[test]
    fn a_field_without_a_default_is_demanded() {
        for (config, field, told) in [
            ("", "key: str", "KEY"),
            ("", "key: str | None", "KEY"),
            ("", "key: str = Field(...)", "KEY"),
            ("", "key: str = Field(min_length=3)", "KEY"),
            ("", "key: Annotated[str, Field(min_length=3)]", "KEY"),
            ("env_prefix='app_'", "key: str", "APP_KEY"),
            (
                "env_prefix='app_', case_sensitive=True",
                "key: str",
                "app_key",
            ),
            ("env_prefix='app_'", "key: str = Field(alias='k')", "K"),
            (
                "env_prefix='app_', populate_by_name=True",
                "key: str = Field(validation_alias=AliasChoices('k', 'l'))",
                "K|L|APP_KEY",
            ),
            ("env_nested_delimiter='__'", "key: str", "KEY"),
            ("env_nested_delimiter='__'", "db: Db", "DBDB__"),
            ("", "key: str = ''", ""),
            ("", "key: str | None = None", ""),
            ("", "key: str = Field(default='x')", ""),
            ("", "key: str = Field('x')", ""),
            ("", "key: dict = Field(default_factory=dict)", ""),
            ("", "key: Annotated[str, Field(default='x')]", ""),
            ("", "key: str = made()", ""),
            ("", "key: ClassVar[str]", ""),
            ("", "key: 'ClassVar[str]'", ""),
            ("", "_key: str", ""),
            ("", "@computed_field\n    def key(self) -> str: ...", ""),
        ] {
            let text = class(config, field);
            assert_eq!(demanded(&text).as_deref(), Some(told), "{config} {field}");
        }
        let made = |own: &str| format!("{}class T(S):\n    {own}\n", class("", "key: str"));
        assert_eq!(demanded(&made("other: int")).as_deref(), Some("KEY OTHER"));
        assert_eq!(demanded(&made("key: str = 'x'")).as_deref(), Some(""));
    }

    #[test]
    fn what_is_not_known_is_not_demanded() {
        for text in [
            class("", "key: str").replace("BaseSettings", "BaseModel"),
            class("", "key: str").replace("BaseSettings", "Unknown"),
            class("secrets_dir='/run/secrets'", "key: str"),
            class("**shared", "key: str"),
            class("", "key: str = Field(alias=NAME)"),
            class("", "key: str\n    def settings_customise_sources(cls): ..."),
            class(
                "",
                "key: str\n    @model_validator(mode='before')\n    def all(cls, x): ...",
            ),
        ] {
            assert!(
                demanded(&text).is_none_or(|it| it.is_empty()),
                "{text}: {:?}",
                demanded(&text)
            );
        }
    }
}
