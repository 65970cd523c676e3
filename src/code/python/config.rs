//! What a settings class says of itself: in `model_config`, in a `Config` within, behind its name, and by those
//! that it is made from, put together as pydantic does it.

use std::collections::BTreeMap;

use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef};

use super::constants::Constants;
use super::literal::text;

/// How deep classes and dictionaries may be made from one another.
const DEPTH: usize = 8;

/// The settings of a class.
#[derive(Default, Clone)]
pub(super) struct Config<'a> {
    settings: BTreeMap<String, &'a Expr>,
    /// Whether nothing else may say more.
    pub(super) is_whole: bool,
}

/// The classes of a module, its functions, and its constants.
pub(super) struct Around<'a> {
    pub(super) classes: &'a [&'a StmtClassDef],
    pub(super) functions: &'a [&'a StmtFunctionDef],
    pub(super) constants: &'a Constants<'a>,
}

impl<'a> Config<'a> {
    fn new() -> Self {
        Self {
            settings: BTreeMap::new(),
            is_whole: true,
        }
    }

    /// That of a class with all that it is made from.
    pub(super) fn of(class: &'a StmtClassDef, around: &Around<'a>) -> Self {
        inherited(class, around, DEPTH)
    }

    /// What a class says without those that it is made from.
    pub(super) fn own(class: &'a StmtClassDef, around: &Around<'a>) -> Self {
        own(class, around, DEPTH)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Expr> {
        self.settings.get(name).copied()
    }

    /// What the other says counts. Where that may say more than is known, nothing of before is certain.
    fn over(&mut self, other: Self) {
        if !other.is_whole {
            self.settings.clear();
            self.is_whole = false;
        }
        self.settings.extend(other.settings);
    }

    fn beyond() -> Self {
        Self {
            is_whole: false,
            ..Self::new()
        }
    }
}

fn inherited<'a>(class: &'a StmtClassDef, around: &Around<'a>, depth: usize) -> Config<'a> {
    let Some(depth) = depth.checked_sub(1) else {
        return Config::beyond();
    };
    let mut config = Config::new();
    for name in bases(class).filter(|name| *name != "BaseSettings") {
        let known = around.classes.iter().find(|it| it.name.as_str() == name);
        match known {
            Some(known) if !std::ptr::eq(*known, class) => {
                config.over(inherited(known, around, depth));
            }
            None if name.ends_with("Settings") => config.over(Config::beyond()),
            _ => {}
        }
    }
    config.over(own(class, around, depth));
    config
}

fn own<'a>(class: &'a StmtClassDef, around: &Around<'a>, depth: usize) -> Config<'a> {
    let mut config = Config::new();
    let is_config = |target: &Expr| {
        let name = target.as_name_expr();
        name.is_some_and(|it| it.id.as_str() == "model_config")
    };
    for statement in &class.body {
        match statement {
            Stmt::Assign(assign) if assign.targets.iter().any(is_config) => {
                config.over(read(&assign.value, around, depth));
            }
            Stmt::AnnAssign(assign) if is_config(&assign.target) => {
                if let Some(value) = &assign.value {
                    config.over(read(value, around, depth));
                }
            }
            Stmt::ClassDef(inner) if inner.name.as_str() == "Config" => {
                config.over(within(inner, around, depth));
            }
            _ => {}
        }
    }
    // What stands behind the name of a class wins over its body.
    let keywords = class.arguments.iter().flat_map(|it| &it.keywords);
    for keyword in keywords {
        match &keyword.arg {
            Some(name) => {
                config.settings.insert(name.to_string(), &keyword.value);
            }
            None => config.over(read(&keyword.value, around, depth)),
        }
    }
    config
}

/// A `Config` within a class, which may be made from others.
fn within<'a>(class: &'a StmtClassDef, around: &Around<'a>, depth: usize) -> Config<'a> {
    let mut config = Config::new();
    for base in class.bases() {
        let name = base.as_attribute_expr().filter(|it| it.attr == *"Config");
        let outer = name.and_then(|it| it.value.as_name_expr());
        let outer = outer.and_then(|it| named(it.id.as_str(), around));
        let inner = outer.and_then(|outer| {
            let mut inner = outer.body.iter().filter_map(Stmt::as_class_def_stmt);
            inner.find(|it| it.name.as_str() == "Config")
        });
        let plain = base
            .as_name_expr()
            .and_then(|it| named(it.id.as_str(), around));
        config.over(match (inner.or(plain), depth.checked_sub(1)) {
            (Some(known), Some(depth)) if !std::ptr::eq(known, class) => {
                within(known, around, depth)
            }
            _ => Config::beyond(),
        });
    }
    for assign in class.body.iter().filter_map(Stmt::as_assign_stmt) {
        let names = assign.targets.iter().filter_map(Expr::as_name_expr);
        for name in names {
            config.settings.insert(name.id.to_string(), &assign.value);
        }
    }
    for assign in class.body.iter().filter_map(Stmt::as_ann_assign_stmt) {
        if let (Some(name), Some(value)) = (assign.target.as_name_expr(), &assign.value) {
            config.settings.insert(name.id.to_string(), value);
        }
    }
    config
}

fn named<'a>(name: &str, around: &Around<'a>) -> Option<&'a StmtClassDef> {
    let mut classes = around.classes.iter().copied();
    classes.find(|it| it.name.as_str() == name)
}

/// A dictionary: `{…}`, `SettingsConfigDict(…)`, `dict(…)`, two of them as one, `Base.model_config`, or the name
/// of one.
fn read<'a>(value: &'a Expr, around: &Around<'a>, depth: usize) -> Config<'a> {
    let Some(depth) = depth.checked_sub(1) else {
        return Config::beyond();
    };
    let mut config = Config::new();
    match around.constants.follow(value) {
        Expr::Dict(dict) => {
            for item in &dict.items {
                match &item.key {
                    None => config.over(read(&item.value, around, depth)),
                    Some(key) => match text(around.constants.follow(key)) {
                        Some(name) => {
                            config.settings.insert(name, &item.value);
                        }
                        None => config.over(Config::beyond()),
                    },
                }
            }
        }
        Expr::Call(call) => config = called(call, around, depth),
        Expr::BinOp(both) if both.op == ruff_python_ast::Operator::BitOr => {
            config.over(read(&both.left, around, depth));
            config.over(read(&both.right, around, depth));
        }
        Expr::Attribute(attribute) if attribute.attr.as_str() == "model_config" => {
            let base = attribute.value.as_name_expr();
            let base = base.map(|it| it.id.as_str());
            config = match base.and_then(|it| named(it, around)) {
                Some(class) => inherited(class, around, depth),
                None if base == Some("BaseSettings") => config,
                None => Config::beyond(),
            };
        }
        _ => config = Config::beyond(),
    }
    config
}

fn called<'a>(call: &'a ExprCall, around: &Around<'a>, depth: usize) -> Config<'a> {
    let mut config = Config::new();
    let is_known = matches!(
        super::callee(call),
        "SettingsConfigDict" | "ConfigDict" | "dict"
    );
    if !is_known {
        return Config::beyond();
    }
    for given in &call.arguments.args {
        config.over(read(given, around, depth));
    }
    // No name may be given twice: what stands there is in none of the dictionaries.
    let keywords = || call.arguments.keywords.iter();
    for keyword in keywords().filter(|it| it.arg.is_none()) {
        config.over(read(&keyword.value, around, depth));
    }
    for keyword in keywords() {
        if let Some(name) = &keyword.arg {
            config.settings.insert(name.to_string(), &keyword.value);
        }
    }
    config
}

/// The names that a class is made from.
pub(super) fn bases(class: &StmtClassDef) -> impl Iterator<Item = &str> {
    class.bases().iter().filter_map(|base| match base {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{EnvFiles, Field, read};

    /// The last field of a module whose last class is made so.
    fn field(before: &str, head: &str, config: &str) -> Field {
        let text = format!("{before}\nclass S({head}):\n{config}    url: str = 'x'\n");
        let mut fields = read(&text).fields;
        fields.pop().expect("a field")
    }

    #[test]
    fn what_a_class_says_of_itself_is_followed_in_all_its_ways() {
        let base = "class Base(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='P_', env_file='.env')";
        let shared = "C = dict(env_prefix='P_', env_file='.env')";
        let nested = "    class Config:\n        env_prefix = 'P_'\n        env_file = '.env'\n";
        for (before, head, config) in [
            ("", "BaseSettings, env_prefix='P_', env_file='.env'", ""),
            (shared, "BaseSettings, **C", ""),
            (shared, "BaseSettings", "    model_config = C\n"),
            (
                shared,
                "BaseSettings",
                "    model_config = SettingsConfigDict(**C)\n",
            ),
            (
                shared,
                "BaseSettings",
                "    model_config = {**C, 'extra': 'ignore'}\n",
            ),
            (
                "C = dict(env_prefix='Q_', env_file='.env')",
                "BaseSettings",
                "    model_config = SettingsConfigDict(**C) | {'env_prefix': 'P_'}\n",
            ),
            (
                "",
                "BaseSettings",
                "    model_config = {'env_prefix': 'P_', 'env_file': '.env'}\n",
            ),
            (
                "",
                "BaseSettings",
                "    model_config = ConfigDict(env_prefix='P_', env_file='.env')\n",
            ),
            (
                "PREFIX = 'P_'",
                "BaseSettings",
                "    model_config: X = SettingsConfigDict(env_prefix=PREFIX, env_file='.env')\n",
            ),
            ("", "BaseSettings", nested),
            (base, "Base", ""),
            (
                base,
                "Base",
                "    model_config = SettingsConfigDict(extra='ignore')\n",
            ),
            (
                base,
                "BaseSettings",
                "    model_config = {**Base.model_config}\n",
            ),
            // What stands behind the name wins.
            (
                base,
                "Base, env_prefix='P_'",
                "    model_config = {'env_prefix': 'R_'}\n",
            ),
        ] {
            let field = field(before, head, config);
            let told = (&*field.variable, field.is_beyond);
            assert_eq!(told, ("P_URL", false), "{before} {head} {config}");
            let files = field.files.known().unwrap_or_default();
            assert_eq!(files.len(), 1, "{before} {head} {config}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_beyond() {
        let config = |given: &str| format!("    model_config = SettingsConfigDict({given})\n");
        for (before, head, config) in [
            ("", "BaseSettings", config("**C")),
            ("C = make()", "BaseSettings", config("**C")),
            (
                "C = {}\nC['env_prefix'] = 'Q_'",
                "BaseSettings",
                config("**C"),
            ),
            ("C = {}\nC.update(x)", "BaseSettings", config("**C")),
            ("", "BaseSettings", config("env_prefix=PREFIX")),
            ("X = 'A'", "BaseSettings", config("env_prefix=f'{X}_'")),
            ("", "BaseSettings", config("alias_generator=lambda n: n")),
            ("", "BaseSettings", config("env_file=os.environ['FILE']")),
            ("", "BaseSettings", config("env_prefix_target='all'")),
            ("", "BaseSettings", "    model_config = make()\n".to_owned()),
            ("", "CommonSettings", String::new()),
            ("", "BaseSettings, **C", String::new()),
            (
                "",
                "BaseSettings",
                "    class Config(Other):\n        extra = 'ignore'\n".to_owned(),
            ),
        ] {
            assert!(
                field(before, head, &config).is_beyond,
                "{before} {head} {config}"
            );
        }
        // Another class has other names for the same field.
        let text = "class A(BaseSettings):\n    url: str\nclass B(A):\n    model_config = SettingsConfigDict(env_prefix='B_')\n";
        assert!(read(text).fields[0].is_beyond);
        // The name that a field has of its own stays.
        let text = "class A(BaseSettings):\n    model_config = SettingsConfigDict(alias_generator=f)\n    one: Annotated[str, Field(validation_alias='ONE')] = 'x'\n    two: str = Field('y', alias=NAME)\n";
        let fields = read(text).fields;
        let told: Vec<_> = fields
            .iter()
            .map(|it| (&*it.variable, it.is_beyond))
            .collect();
        assert_eq!(told, [("ONE", false), ("TWO", true)]);
        assert_eq!(fields[0].default.as_deref(), Some("x"));
    }

    #[test]
    fn a_class_that_names_no_file_has_none() {
        let files = |head: &str, config: &str| field("", head, config).files;
        assert_eq!(files("BaseSettings", ""), EnvFiles::None);
        let none = "    model_config = SettingsConfigDict(env_file=None)\n";
        assert_eq!(files("BaseSettings", none), EnvFiles::None);
        assert_eq!(files("CommonSettings", ""), EnvFiles::Unsaid);
    }
}
