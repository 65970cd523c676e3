//! Settings classes as a whole: which names of an env file one takes, and whether it refuses all others.

mod demands;
mod nested;
mod parts;
mod uses;
mod value;

use std::collections::BTreeMap;

use ruff_python_ast::{Decorator, Expr, Stmt, StmtClassDef};
use ruff_text_size::Ranged;

use super::config::{Around, Config, bases};
use super::env_file::EnvFiles;
use super::fields::{argument, has_default, kind, names_of};
pub use demands::Demand;
pub use nested::{Find, Way};
pub use parts::Address;
pub use uses::Use;
pub(super) use uses::use_of;
use value::{is_made, said};

/// What a class may be made from that says nothing of settings.
const SILENT: &[&str] = &["BaseSettings", "BaseModel", "ABC", "object"];

/// A class as its own text says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsClass {
    /// Its name.
    pub name: String,
    /// What it is made from.
    pub bases: Vec<String>,
    fields: Vec<Field>,
    /// What it says under the names that bear on it, as far as it does.
    extra: Option<String>,
    prefix: Option<String>,
    delimiter: Option<String>,
    files: Option<EnvFiles>,
    is_exact: Option<bool>,
    by_name: Option<bool>,
    /// Whether there is nothing that its text does not tell.
    is_told: bool,
    /// Whether it has values from nowhere but arguments, variables and env files.
    is_plain: bool,
    /// Offset of its settings in the text, else its own.
    pub offset: usize,
}

/// A field of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: String,
    /// The names that it has in its place.
    names: Vec<String>,
    /// The name of its type, where it has one.
    kind: Option<String>,
    /// Whether it is what its type says by itself where nobody sets it.
    has_own_default: bool,
    /// What it is where nobody sets it: a text or a number that stands there.
    said: Option<String>,
    /// Whether it is certain that a value is needed for it.
    is_required: bool,
    /// Offset in the text.
    offset: usize,
}

impl Field {
    /// The names that a variable may have for it.
    fn keys(&self) -> impl Iterator<Item = &String> {
        let own = self.names.is_empty().then_some(&self.name);
        self.names.iter().chain(own)
    }
}

/// Settings that change how names are taken, in ways that nobody here follows.
const BEYOND: &[&str] = &[
    "alias_generator",
    "dotenv_filtering",
    "env_file_depth",
    "env_parse_none_str",
    "env_prefix_target",
    "validate_by_alias",
];

/// Settings by which a class has values from other places, too.
const ELSEWHERE: &[&str] = &[
    "cli_parse_args",
    "json_file",
    "secrets_dir",
    "toml_file",
    "yaml_file",
];

/// The classes of a module that may have settings.
pub(super) fn of<'a>(class: &'a StmtClassDef, around: &Around<'a>) -> SettingsClass {
    let constants = around.constants;
    let config = Config::own(class, around);
    let mut is_told = config.is_whole
        && class.decorator_list.is_empty()
        && !BEYOND.iter().any(|name| config.get(name).is_some())
        && bases(class).count() == class.bases().len();
    let mut text = |name: &str| {
        let value = constants.follow(config.get(name)?);
        let text = match value {
            // `Extra.ignore`
            Expr::Attribute(attribute) if name == "extra" => Some(attribute.attr.to_string()),
            Expr::NoneLiteral(_) => Some(String::new()),
            value => constants.text(value),
        };
        is_told &= text.is_some();
        text
    };
    let (extra, prefix) = (text("extra"), text("env_prefix"));
    let delimiter = text("env_nested_delimiter");
    let mut flag = |name: &str| {
        let value = constants.follow(config.get(name)?);
        let value = value.as_boolean_literal_expr().map(|it| it.value);
        is_told &= value.is_some();
        value
    };
    let is_exact = flag("case_sensitive");
    let by_name = flag("populate_by_name");
    let by_name = flag("validate_by_name").or(by_name);
    let files = config
        .get("env_file")
        .map(|it| EnvFiles::read(it, constants));
    is_told &= files != Some(EnvFiles::Computed);
    let is_plain = !ELSEWHERE.iter().any(|name| config.get(name).is_some());
    let mut fields = Vec::new();
    let mut offset = class.start().to_usize();
    for statement in &class.body {
        match statement {
            Stmt::AnnAssign(assign) => {
                let Some(name) = assign.target.as_name_expr().map(|it| it.id.as_str()) else {
                    continue;
                };
                if name == "model_config" {
                    offset = assign.start().to_usize();
                } else if !name.starts_with('_') {
                    let (names, is_all) = names_of(assign, constants);
                    is_told &= is_all;
                    let kind = kind(&assign.annotation);
                    fields.push(Field {
                        name: name.to_owned(),
                        names,
                        has_own_default: assign
                            .value
                            .as_deref()
                            .is_some_and(|it| is_made(it, kind)),
                        said: assign.value.as_deref().and_then(said),
                        is_required: !has_default(assign) && demands::is_field(&assign.annotation),
                        offset: assign.start().to_usize(),
                        kind: kind.map(str::to_owned),
                    });
                }
            }
            Stmt::Assign(assign) => {
                let mut names = assign.targets.iter().filter_map(Expr::as_name_expr);
                if names.any(|it| it.id.as_str() == "model_config") {
                    offset = assign.start().to_usize();
                }
            }
            Stmt::ClassDef(inner) if inner.name.as_str() == "Config" => {
                offset = inner.start().to_usize();
            }
            Stmt::FunctionDef(function) => {
                let name = function.name.as_str();
                is_told &= !matches!(name, "__init__" | "__new__" | "settings_customise_sources")
                    && !function.decorator_list.iter().any(sees_all);
            }
            Stmt::Expr(_) | Stmt::Pass(_) | Stmt::ClassDef(_) => {}
            _ => is_told = false,
        }
    }
    SettingsClass {
        name: class.name.to_string(),
        bases: bases(class).map(str::to_owned).collect(),
        fields,
        extra,
        prefix,
        delimiter,
        files,
        is_exact,
        by_name,
        is_told,
        is_plain,
        offset,
    }
}

/// Whether a function is handed all values before anybody looks at them.
fn sees_all(decorator: &Decorator) -> bool {
    let Some(call) = decorator.expression.as_call_expr() else {
        return false;
    };
    match super::callee(call) {
        "model_validator" => argument(&decorator.expression, "mode")
            .and_then(super::literal::text)
            .is_none_or(|mode| mode != "after"),
        "root_validator" => true,
        _ => false,
    }
}

/// A class with all that it is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole<'a> {
    /// The class that names the env files.
    pub teller: &'a SettingsClass,
    /// They.
    pub files: &'a EnvFiles,
    taken: Vec<String>,
    /// What begins so leads into a value.
    groups: Vec<String>,
    is_exact: bool,
    forbids: bool,
}

impl Whole<'_> {
    /// A name as the class tells it from others: two spellings may be one.
    #[must_use]
    pub fn known_as(&self, name: &str) -> String {
        if self.is_exact {
            name.to_owned()
        } else {
            name.to_lowercase()
        }
    }

    /// Whether the class ends the program for a name that its env files set to something.
    #[must_use]
    pub fn refuses(&self, name: &str) -> bool {
        let name = self.known_as(name);
        let leads_in = |group: &String| name.starts_with(group.as_str());
        self.forbids && !self.taken.contains(&name) && !self.groups.iter().any(leads_in)
    }
}

impl SettingsClass {
    /// The class with those that it is made from, where all of them are known: pydantic takes what the last of
    /// them says, and what a class says itself over that.
    #[must_use]
    pub fn whole<'a>(
        &'a self,
        find: &dyn Fn(&str) -> Option<&'a SettingsClass>,
    ) -> Option<Whole<'a>> {
        let mut line = Vec::new();
        let is_settings = ancestors(self, find, &mut line, DEPTH)?;
        if !is_settings || line.iter().any(|it| !it.is_told) {
            return None;
        }
        let last = |of: &dyn Fn(&'a SettingsClass) -> bool| {
            line.iter().rev().copied().find(|class| of(class))
        };
        let teller = last(&|it| it.files.is_some())?;
        let files = teller.files.as_ref()?;
        let said = |of: fn(&SettingsClass) -> Option<&str>| {
            line.iter().rev().find_map(|class| of(class)).unwrap_or("")
        };
        let flag = |of: fn(&SettingsClass) -> Option<bool>| {
            let said = line.iter().rev().find_map(|class| of(class));
            said.unwrap_or_default()
        };
        let is_exact = flag(|it| it.is_exact);
        let by_name = flag(|it| it.by_name);
        let prefix = said(|it| it.prefix.as_deref());
        let delimiter = said(|it| it.delimiter.as_deref());
        let extra = said(|it| it.extra.as_deref());
        let fields: BTreeMap<&str, &Vec<String>> = line
            .iter()
            .flat_map(|class| &class.fields)
            .map(|field| (field.name.as_str(), &field.names))
            .collect();
        let mut taken = Vec::new();
        for (name, own) in fields {
            taken.extend(own.iter().cloned());
            if own.is_empty() || by_name {
                taken.push(format!("{prefix}{name}"));
            }
            // With a prefix, the bare name of a field is passed over.
            if !prefix.is_empty() {
                taken.push(name.to_owned());
            }
        }
        if !is_exact {
            for name in &mut taken {
                *name = name.to_lowercase();
            }
        }
        let delimiter = if is_exact {
            delimiter.to_owned()
        } else {
            delimiter.to_lowercase()
        };
        let groups = (!delimiter.is_empty()).then(|| {
            let groups = taken.iter().map(|name| format!("{name}{delimiter}"));
            groups.collect()
        });
        Some(Whole {
            teller,
            files,
            groups: groups.unwrap_or_default(),
            taken,
            is_exact,
            forbids: matches!(extra, "" | "forbid"),
        })
    }
}

/// How deep classes may be made from one another.
const DEPTH: usize = 8;

/// Adds a class behind those that it is made from, and tells whether they are settings; nothing where one of
/// them is not known.
fn ancestors<'a>(
    class: &'a SettingsClass,
    find: &dyn Fn(&str) -> Option<&'a SettingsClass>,
    line: &mut Vec<&'a SettingsClass>,
    depth: usize,
) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    let mut is_settings = false;
    for name in &class.bases {
        if SILENT.contains(&name.as_str()) {
            is_settings |= name == "BaseSettings";
        } else {
            is_settings |= ancestors(find(name)?, find, line, depth)?;
        }
    }
    line.push(class);
    Some(is_settings)
}

#[cfg(test)]
mod tests {
    use super::super::settings_classes;

    /// What pydantic-settings 2.16 was seen to refuse of such a file.
    const NAMES: &str = "P_ONE P_TWO ONE one OTHER P_SUB__A ALIAS p_three P_ THREE";

    /// What the last class of a module refuses; nothing where that is not known.
    fn refused(text: &str) -> Option<String> {
        let classes = settings_classes(text);
        let find = |name: &str| classes.iter().find(|it| it.name == name);
        let whole = classes.last()?.whole(&find)?;
        let names = NAMES.split(' ').filter(|name| whole.refuses(name));
        Some(names.collect::<Vec<_>>().join(" "))
    }

    fn class(config: &str, fields: &str) -> String {
        format!(
            "class S(BaseSettings):\n    model_config = SettingsConfigDict({config}, env_file='.env')\n    {fields}\n"
        )
    }

    #[test]
    fn what_is_refused_is_what_was_seen() {
        let one = "one: str = ''";
        for (config, fields, names) in [
            (
                "title='x'",
                one,
                "P_ONE P_TWO OTHER P_SUB__A ALIAS p_three P_ THREE",
            ),
            (
                "env_prefix='P_'",
                one,
                "P_TWO OTHER P_SUB__A ALIAS p_three P_ THREE",
            ),
            (
                "env_prefix='P_', env_nested_delimiter='__'",
                "sub: Sub = Sub()",
                "P_ONE P_TWO ONE one OTHER ALIAS p_three P_ THREE",
            ),
            (
                "env_prefix='P_'",
                "one: str = Field('', alias='ALIAS')",
                "P_ONE P_TWO OTHER P_SUB__A p_three P_ THREE",
            ),
            (
                "env_prefix='P_', case_sensitive=True",
                "ONE: str = ''\n    three: str = ''",
                "P_TWO one OTHER P_SUB__A ALIAS p_three P_ THREE",
            ),
            (
                "env_prefix='P_', populate_by_name=True",
                "one: str = Field('', alias='ALIAS')",
                "P_TWO OTHER P_SUB__A p_three P_ THREE",
            ),
            ("extra='ignore'", one, ""),
            ("extra='allow'", one, ""),
            ("extra=Extra.ignore", one, ""),
        ] {
            let told = refused(&class(config, fields));
            assert_eq!(told.as_deref(), Some(names), "{config} {fields}");
        }
        // Those that it is made from have fields and settings, too.
        let base = class("env_prefix='P_'", "two: str = ''");
        let made = format!("{base}class T(S, extra='forbid'):\n    one: str = ''\n");
        let names = "OTHER P_SUB__A ALIAS p_three P_ THREE";
        assert_eq!(refused(&made).as_deref(), Some(names));
        let made = format!("{base}class T(S):\n    model_config = {{'extra': 'ignore'}}\n");
        assert_eq!(refused(&made).as_deref(), Some(""));
    }

    #[test]
    fn what_is_not_known_is_not_judged() {
        let one = "one: str = ''";
        for text in [
            class("**shared", one),
            class("extra=EXTRA", one),
            class("alias_generator=f", one),
            class("dotenv_filtering='only_existing'", one),
            class("title='x'", "one: str = Field('', alias=NAME)"),
            class(
                "title='x'",
                "@model_validator(mode='before')\n    def all(cls, x): ...",
            ),
            class("title='x'", "def __init__(self): ..."),
            class("title='x'", one).replace("BaseSettings", "Unknown"),
            class("title='x'", one).replace("BaseSettings", "BaseModel"),
            class("title='x'", one).replace("'.env'", "find()"),
            "class S(BaseSettings):\n    one: str = ''\n".to_owned(),
        ] {
            assert_eq!(refused(&text), None, "{text}");
        }
        let after = "@model_validator(mode='after')\n    def all(self): ...";
        assert!(refused(&class("title='x'", after)).is_some());
    }
}
