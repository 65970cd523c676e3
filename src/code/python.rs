//! What a Python module says at its top level: applications, imports, routes, settings prefixes.

mod bounds;
mod broker;
mod classes;
mod compiled;
mod config;
mod configured;
mod constants;
mod cors;
mod dotenv;
mod engines;
mod env_file;
mod fields;
mod imports;
mod literal;
mod made;
mod parse;
mod pasted;
mod plain;
mod routes;
mod slashes;
mod takes;
mod validators;

use std::collections::BTreeMap;

use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;

pub use bounds::{Bounds, is_whole};
pub use broker::{Given, Source};
pub use classes::{Address, Demand, Find, SettingsClass, Use, Way, Whole};
pub use configured::{Configured, Taken, Target};
pub use cors::{Cors, Pattern, Preflights, Rest};
pub use dotenv::{Load, Loaded};
pub use engines::{Bears, Engine};
pub use env_file::{EnvFile, EnvFiles};
pub use fields::Field;
pub use imports::{Import, Loading, Version, loading};
pub use made::{Made, When};
pub(super) use parse::parse;
pub use pasted::Pasted;
pub use routes::Route;
pub use slashes::takes_slash_off;
pub use takes::{Looks, Takes};

/// What an application object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    /// `FastAPI(…)`.
    FastApi,
    /// `Celery(…)`.
    Celery,
}

/// An application object at the top level of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The name it is bound to.
    pub name: String,
    /// What it is.
    pub framework: Framework,
    /// Offset of the assignment in the text.
    pub offset: usize,
}

/// The facts of one module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Module {
    /// Application objects, in order.
    pub applications: Vec<Application>,
    /// The first parts of absolute imports: `backend` for `from backend.core import x`.
    pub imports: Vec<String>,
    /// Paths of `@….get("…")` decorators.
    pub get_routes: Vec<String>,
    /// String values of `env_prefix=…` arguments.
    pub env_prefixes: Vec<String>,
    /// The fields of settings classes.
    pub fields: Vec<Field>,
    /// The fields of models, which settings may have within them.
    pub models: Vec<Field>,
    /// The classes that may have settings.
    pub classes: Vec<SettingsClass>,
    /// What Celery is given for its broker.
    pub brokers: Vec<Given>,
    /// What Celery is given for where tasks are queued, where that is said by itself.
    pub queues: Vec<Given>,
    /// What it is given for its results.
    pub results: Vec<Given>,
    /// What it is configured by as a whole.
    pub taken: Vec<Taken>,
    /// Offset of the `Celery(…)` of an application that is given nothing but what is seen in the module.
    pub plain: Option<usize>,
    /// The env files that it loads into the environment of its process.
    pub loads: Vec<Load>,
}

/// Reads a module; text that is no Python gives what can be understood of it.
#[must_use]
pub fn read(text: &str) -> Module {
    let parsed = parse(text);
    let Some(module) = parsed.syntax().as_module() else {
        return Module::default();
    };
    let mut facts = Module::default();
    let mut factories = BTreeMap::new();
    for statement in &module.body {
        match statement {
            Stmt::FunctionDef(function) => {
                if let Some(framework) = find_call(&function.body) {
                    factories.insert(function.name.to_string(), framework);
                }
            }
            Stmt::Assign(assign) => {
                if let [Expr::Name(target)] = assign.targets.as_slice() {
                    bind(
                        &mut facts,
                        &factories,
                        target.id.as_str(),
                        &assign.value,
                        assign.range().start().to_usize(),
                    );
                }
            }
            Stmt::AnnAssign(assign) => {
                if let (Expr::Name(target), Some(value)) = (assign.target.as_ref(), &assign.value) {
                    bind(
                        &mut facts,
                        &factories,
                        target.id.as_str(),
                        value,
                        assign.range().start().to_usize(),
                    );
                }
            }
            _ => {}
        }
    }
    for statement in &module.body {
        walk(statement, &mut facts);
    }
    classes_of(&module.body, &mut facts);
    let given = broker::of(&module.body);
    (facts.brokers, facts.queues, facts.results) = (given.brokers, given.queues, given.results);
    facts.taken = configured::taken(&module.body);
    facts.plain = plain::of(&module.body);
    facts.loads = dotenv::of(&module.body);
    facts
}

/// The connections that a module makes with asyncpg.
#[must_use]
pub fn engines(text: &str) -> Vec<Engine> {
    let parsed = parse(text);
    let module = parsed.syntax().as_module();
    module.map_or_else(Vec::new, |module| engines::of(&module.body))
}

/// What a module has for a Celery application that is configured by it, or by the class or dictionary of that name
/// in it; nothing where code makes that.
#[must_use]
pub fn configured_by(
    text: &str,
    inner: Option<&str>,
    namespace: Option<&str>,
) -> Option<Configured> {
    let parsed = parse(text);
    let module = parsed.syntax().as_module()?;
    configured::read(&module.body, inner, namespace)
}

/// The settings classes, and the fields of all of them and of the models within them, in order.
fn classes_of(body: &[Stmt], facts: &mut Module) {
    let mut classes = Vec::new();
    collect_classes(body, &mut classes);
    let around = config::Around {
        classes: &classes,
        functions: &functions(body),
        constants: &constants::Constants::of(body),
    };
    for class in &classes {
        facts.fields.extend(fields::of(class, &around));
        facts.models.extend(fields::of_model(class, &around));
        if !class.bases().is_empty() {
            facts.classes.push(classes::of(class, &around));
        }
    }
}

fn functions(body: &[Stmt]) -> Vec<&StmtFunctionDef> {
    let functions = body.iter().filter_map(Stmt::as_function_def_stmt);
    functions.collect()
}

/// The classes of a module that may have settings, in order.
#[must_use]
pub fn settings_classes(text: &str) -> Vec<SettingsClass> {
    let parsed = parse(text);
    let Some(module) = parsed.syntax().as_module() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    collect_classes(&module.body, &mut found);
    let around = config::Around {
        classes: &found,
        functions: &[],
        constants: &constants::Constants::of(&module.body),
    };
    let with_bases = found.iter().filter(|class| !class.bases().is_empty());
    with_bases
        .map(|class| classes::of(class, &around))
        .collect()
}

/// What a module has to do with the questions that browsers ask before they let a page call.
#[must_use]
pub fn preflights(text: &str) -> Preflights {
    let parsed = parse(text);
    let module = parsed.syntax().as_module();
    module.map_or_else(Preflights::default, |module| cors::of(&module.body))
}

/// How a module makes use of the class of that name.
#[must_use]
pub fn use_of(text: &str, class: &str) -> Use {
    let parsed = parse(text);
    let module = parsed.syntax().as_module();
    module.map_or(Use::No, |module| classes::use_of(&module.body, class))
}

/// Where a module makes settings of these classes.
#[must_use]
pub fn made(text: &str, classes: &[&str]) -> Vec<Made> {
    let parsed = parse(text);
    let module = parsed.syntax().as_module();
    module.map_or_else(Vec::new, |module| made::of(&module.body, classes))
}

fn collect_classes<'a>(body: &'a [Stmt], classes: &mut Vec<&'a StmtClassDef>) {
    for statement in body {
        match statement {
            Stmt::ClassDef(class) => {
                classes.push(class);
                collect_classes(&class.body, classes);
            }
            Stmt::FunctionDef(function) => collect_classes(&function.body, classes),
            Stmt::If(block) => collect_classes(&block.body, classes),
            Stmt::Try(block) => collect_classes(&block.body, classes),
            Stmt::With(block) => collect_classes(&block.body, classes),
            _ => {}
        }
    }
}

fn bind(
    facts: &mut Module,
    factories: &BTreeMap<String, Framework>,
    name: &str,
    value: &Expr,
    offset: usize,
) {
    let framework = match value {
        Expr::Call(call) => framework(call).or_else(|| factories.get(callee(call)).copied()),
        Expr::Name(other) => facts
            .applications
            .iter()
            .find(|known| known.name == other.id.as_str())
            .map(|known| known.framework),
        _ => None,
    };
    if let Some(framework) = framework {
        facts.applications.push(Application {
            name: name.to_owned(),
            framework,
            offset,
        });
    }
}

/// The last part of what is called: `FastAPI` for `fastapi.FastAPI(…)`.
fn callee(call: &ExprCall) -> &str {
    match call.func.as_ref() {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}

fn framework(call: &ExprCall) -> Option<Framework> {
    match callee(call) {
        "FastAPI" => Some(Framework::FastApi),
        "Celery" => Some(Framework::Celery),
        _ => None,
    }
}

/// Whether a function makes an application: a call among its statements, at any depth of blocks.
fn find_call(body: &[Stmt]) -> Option<Framework> {
    body.iter().find_map(|statement| match statement {
        Stmt::Assign(assign) => assign.value.as_call_expr().and_then(framework),
        Stmt::AnnAssign(assign) => assign
            .value
            .as_ref()
            .and_then(|value| value.as_call_expr())
            .and_then(framework),
        Stmt::Return(returned) => returned
            .value
            .as_ref()
            .and_then(|value| value.as_call_expr())
            .and_then(framework),
        Stmt::If(branch) => find_call(&branch.body),
        Stmt::With(block) => find_call(&block.body),
        Stmt::Try(block) => find_call(&block.body),
        _ => None,
    })
}

/// Collects imports, routes and prefixes, also inside functions, classes and blocks.
fn walk(statement: &Stmt, facts: &mut Module) {
    let body: &[Stmt] = match statement {
        Stmt::Import(import) => {
            facts
                .imports
                .extend(import.names.iter().map(|alias| first_part(&alias.name)));
            return;
        }
        Stmt::ImportFrom(import) if import.level == 0 => {
            facts
                .imports
                .extend(import.module.as_ref().map(|module| first_part(module)));
            return;
        }
        Stmt::FunctionDef(function) => {
            facts.get_routes.extend(
                function
                    .decorator_list
                    .iter()
                    .filter_map(|decorator| get_route(&decorator.expression)),
            );
            &function.body
        }
        Stmt::ClassDef(class) => &class.body,
        Stmt::If(block) => &block.body,
        Stmt::Try(block) => &block.body,
        Stmt::With(block) => &block.body,
        Stmt::Assign(assign) => {
            facts.env_prefixes.extend(fields::prefix(&assign.value));
            return;
        }
        Stmt::Expr(expression) => {
            facts.get_routes.extend(added_route(&expression.value));
            return;
        }
        _ => return,
    };
    for inner in body {
        walk(inner, facts);
    }
}

fn first_part(module: &str) -> String {
    module.split('.').next().unwrap_or_default().to_owned()
}

fn get_route(decorator: &Expr) -> Option<String> {
    let call = decorator.as_call_expr()?;
    let method = call.func.as_attribute_expr()?.attr.as_str();
    let path = call.arguments.args.first()?.as_string_literal_expr()?;
    (method == "get").then(|| path.value.to_str().to_owned())
}

/// `app.add_api_route("/health", …)`, which is GET unless it says otherwise.
fn added_route(expression: &Expr) -> Option<String> {
    let call = expression.as_call_expr()?;
    let method = call.func.as_attribute_expr()?.attr.as_str();
    let path = call.arguments.args.first()?.as_string_literal_expr()?;
    let get = call
        .arguments
        .keywords
        .iter()
        .all(|keyword| keyword.arg.as_ref().is_none_or(|name| name != "methods"));
    (method == "add_api_route" && get).then(|| path.value.to_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_are_found_directly_and_through_factories() {
        let facts = read(
            "from backend.core import x\nimport celery\n\ndef create_app() -> FastAPI:\n    app = FastAPI(\n        title='x')\n    @app.get('/health')\n    async def health(): ...\n    app.add_api_route('/livez', health)\n    return app\n\napp = create_app()\nworker: Celery = celery.Celery('x')\nalias = worker\n",
        );
        let found: Vec<(&str, Framework)> = facts
            .applications
            .iter()
            .map(|app| (app.name.as_str(), app.framework))
            .collect();
        assert_eq!(
            found,
            [
                ("app", Framework::FastApi),
                ("worker", Framework::Celery),
                ("alias", Framework::Celery)
            ]
        );
        assert_eq!(facts.imports, ["backend", "celery"]);
        assert_eq!(facts.get_routes, ["/health", "/livez"]);
    }

    #[test]
    fn comments_docstrings_and_broken_code_are_no_applications() {
        let facts = read("'''\napp = FastAPI()\n'''\n# app = FastAPI()\ndef broken(:\n");
        assert!(facts.applications.is_empty());
        let settings = read(
            "class S(BaseSettings):\n    model_config = SettingsConfigDict(\n        env_prefix='PIX_CELERY_',\n    )\n",
        );
        assert_eq!(settings.env_prefixes, ["PIX_CELERY_"]);
    }

    #[test]
    fn fields_have_the_prefix_of_their_class_and_a_default() {
        let settings = read(
            "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='PIX_')\n    one: str = Field(default='a', min_length=1)\n    two: str = Field('b')\n    three: str = 'c'\n    four: str\n    five: str = Field('d', validation_alias='OTHER')\n    eight: str = Field(alias=AliasChoices('one_more', AliasPath('x', 0), 'LAST'))\n    six: str = Field(default_factory=make)\nclass T:\n    seven: str = 'e'\n",
        );
        let fields = settings.fields.iter();
        let fields: Vec<(&str, Option<&str>)> = fields
            .map(|it| (it.variable.as_str(), it.default.as_deref()))
            .collect();
        assert_eq!(
            fields,
            [
                ("PIX_ONE", Some("a")),
                ("PIX_TWO", Some("b")),
                ("PIX_THREE", Some("c")),
                ("PIX_FOUR", None),
                ("OTHER", Some("d")),
                ("ONE_MORE", None),
                ("PIX_SIX", None),
            ]
        );
        assert_eq!(settings.fields[5].others, ["LAST"]);
        let plain = read(
            "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_ignore_empty=True)\n    one: str\nclass T(BaseModel):\n    two: str\n",
        );
        let plain = plain.fields.iter();
        let plain: Vec<_> = plain
            .map(|it| (it.variable.as_str(), it.ignores_empty))
            .collect();
        assert_eq!(plain, [("ONE", true)]);
    }

    #[test]
    fn settings_say_what_they_read_and_take() {
        let text = "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='P_', env_file=['.env', 'b/.env'])\n    url: str = Field(pattern=r'^https://a$')\n    other: Annotated[str, Field(pattern='x')]\n    origins: List[str] = Field(default=['a', 'b'])\n    commas: Annotated[list[str], NoDecode] = ['c']\n    perhaps: Optional[typing.List[str]] = None\nclass T(BaseSettings):\n    model_config = SettingsConfigDict(env_file=FILE)\n    one: str\n";
        let fields = read(text).fields;
        let patterns: Vec<_> = fields.iter().map(|it| it.pattern.as_deref()).collect();
        let [none, url, other] = [None, Some("^https://a$"), Some("x")];
        assert_eq!(patterns, [url, other, none, none, none, none]);
        let kinds = read(
            "class S(BaseSettings):\n    a: RedisDsn\n    b: pydantic.RedisDsn | None = None\n    c: Optional[Annotated[HttpUrl, 1]]\n    d: RedisDsn | AmqpDsn\n",
        );
        let kinds = kinds
            .fields
            .iter()
            .map(|it| it.kind.as_deref().unwrap_or("-"));
        let kinds: Vec<_> = kinds.collect();
        assert_eq!(kinds, ["RedisDsn", "RedisDsn", "HttpUrl", "-"]);
        let json: Vec<bool> = fields.iter().map(|it| it.is_json).collect();
        assert_eq!(json, [false, false, true, false, true, false]);
        let list = |at: usize| fields[at].default_list.clone().unwrap_or_default().concat();
        assert_eq!([list(2), list(3), list(4)], ["ab", "c", ""]);
        let files = |at: usize| fields[at].files.known().map(<[EnvFile]>::len);
        assert_eq!([files(0), files(5)], [Some(2), None]);
        assert_eq!((&*fields[0].class, &*fields[5].class), ("S", "T"));
    }
}
