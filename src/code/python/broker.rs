//! What Celery is given for its broker and for its results, and where that comes from.

use std::collections::BTreeMap;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

use super::literal::{argument_of, text};

/// Where a value comes from, as far as its expression tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It stands there.
    Text(String),
    /// The process environment: the first of these variables that is set, else what stands there.
    Variables {
        /// Their names.
        names: Vec<String>,
        /// What counts where none is set.
        default: Option<String>,
    },
    /// An attribute of something, as `settings.celery.broker_url`.
    Attribute {
        /// Its name.
        name: String,
        /// The attribute that it is one of.
        owner: Option<String>,
    },
    /// It is computed.
    Other,
}

/// What is given somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Where it comes from.
    pub source: Source,
    /// Whether Celery is given it right there; else it stands under its name in a table or a module, which
    /// Celery may be given.
    pub is_direct: bool,
    /// Whether workers alone read it, before every other broker that there is.
    pub is_for_reading: bool,
    /// Offset of the value in the text.
    pub offset: usize,
}

const BROKER: &[&str] = &["broker_url", "BROKER_URL", "CELERY_BROKER_URL"];
/// What workers look at before all that names a broker.
const READ: &str = "broker_read_url";
/// Where tasks are queued, whatever else names a broker.
const WRITE: &str = "broker_write_url";
const RESULTS: &[&str] = &["result_backend", "CELERY_RESULT_BACKEND"];

/// What a module gives.
#[derive(Debug, Default)]
pub(super) struct All {
    pub(super) brokers: Vec<Given>,
    /// Where tasks are queued, where that has a setting of its own.
    pub(super) queues: Vec<Given>,
    /// Places for results.
    pub(super) results: Vec<Given>,
}

pub(super) fn of(body: &[Stmt]) -> All {
    let found = Found::of(body);
    let read = |given: &[(&Expr, bool)], is_for_reading: bool| -> Vec<Given> {
        let of = |(value, is_direct): &(&Expr, bool)| Given {
            is_direct: *is_direct,
            ..found.given(value, is_for_reading)
        };
        given.iter().map(of).collect()
    };
    let mut brokers = read(&found.reads, true);
    if !brokers.iter().any(|it| it.is_direct) {
        brokers.extend(read(&found.brokers, false));
    }
    All {
        brokers,
        queues: read(&found.queues, false),
        results: read(&found.results, false),
    }
}

/// How many names may stand for one another.
const DEPTH: usize = 4;

/// What a module says, and what its names stand for.
#[derive(Default)]
pub(super) struct Found<'a> {
    brokers: Vec<(&'a Expr, bool)>,
    /// The same for workers alone.
    reads: Vec<(&'a Expr, bool)>,
    queues: Vec<(&'a Expr, bool)>,
    results: Vec<(&'a Expr, bool)>,
    /// The names, and whether each stands for nothing but the configuration of an application: `conf = app.conf`.
    confs: BTreeMap<&'a str, bool>,
    /// What each name is assigned; nothing where that is done twice.
    names: BTreeMap<&'a str, Option<&'a Expr>>,
}

impl<'a> Found<'a> {
    pub(super) fn of(body: &'a [Stmt]) -> Self {
        let mut found = Self::default();
        for statement in body {
            found.visit_stmt(statement);
        }
        found
    }

    /// What a value of the module comes to.
    pub(super) fn given(&self, value: &Expr, is_for_reading: bool) -> Given {
        Given {
            source: self.source(value, DEPTH),
            is_direct: false,
            is_for_reading,
            offset: value.start().to_usize(),
        }
    }

    fn add(&mut self, name: &str, value: &'a Expr, is_direct: bool) {
        if name == READ {
            self.reads.push((value, is_direct));
        } else if name == WRITE {
            self.queues.push((value, is_direct));
        } else if BROKER.contains(&name) {
            self.brokers.push((value, is_direct));
        } else if RESULTS.contains(&name) {
            self.results.push((value, is_direct));
        }
    }

    fn assigned(&mut self, target: &'a Expr, value: &'a Expr) {
        match target {
            Expr::Name(name) => {
                self.named(name.id.as_str(), value);
                self.add(name.id.as_str(), value, false);
            }
            Expr::Attribute(attribute) if self.is_conf(&attribute.value) => {
                self.add(attribute.attr.as_str(), value, true);
            }
            Expr::Subscript(subscript) if self.is_conf(&subscript.value) => {
                if let Some(name) = text(&subscript.slice) {
                    self.add(&name, value, true);
                }
            }
            _ => {}
        }
    }

    fn named(&mut self, name: &'a str, value: &'a Expr) {
        let known = self.names.entry(name);
        known
            .and_modify(|value| *value = None)
            .or_insert(Some(value));
        let is_conf = self.is_conf(value);
        let known = self.confs.entry(name);
        known.and_modify(|it| *it &= is_conf).or_insert(is_conf);
    }

    /// Whether it is the configuration of an application: `app.conf`, or a name for that.
    fn is_conf(&self, value: &Expr) -> bool {
        match value {
            Expr::Name(name) => self.confs.get(name.id.as_str()).is_some_and(|it| *it),
            Expr::Attribute(attribute) => attribute.attr.as_str() == "conf",
            _ => false,
        }
    }

    fn called(&mut self, call: &'a ExprCall) {
        let is_app = super::callee(call) == "Celery";
        let is_update = super::callee(call) == "update"
            && call
                .func
                .as_attribute_expr()
                .is_some_and(|it| self.is_conf(&it.value));
        for table in call.arguments.args.iter().filter(|_| is_update) {
            self.table(table);
        }
        for keyword in &call.arguments.keywords {
            let Some(name) = &keyword.arg else {
                // `**table`
                if is_update {
                    self.table(&keyword.value);
                }
                continue;
            };
            match name.as_str() {
                "broker" if is_app => self.brokers.push((&keyword.value, true)),
                "backend" if is_app => self.results.push((&keyword.value, true)),
                name if is_update => self.add(name, &keyword.value, true),
                name if super::callee(call) == "dict" => self.add(name, &keyword.value, false),
                _ => {}
            }
        }
    }

    /// A table that an application's configuration is brought up to date with.
    fn table(&mut self, table: &'a Expr) {
        let named = table.as_name_expr();
        let named = named.and_then(|name| *self.names.get(name.id.as_str())?);
        match named.unwrap_or(table) {
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if let Some(name) = item.key.as_ref().and_then(text) {
                        self.add(&name, &item.value, true);
                    }
                }
            }
            Expr::Call(call) if super::callee(call) == "dict" => {
                for keyword in &call.arguments.keywords {
                    if let Some(name) = &keyword.arg {
                        self.add(name.as_str(), &keyword.value, true);
                    }
                }
            }
            _ => {}
        }
    }

    fn source(&self, value: &Expr, depth: usize) -> Source {
        let Some(depth) = depth.checked_sub(1) else {
            return Source::Other;
        };
        if let Some(text) = text(value) {
            return Source::Text(text);
        }
        match value {
            Expr::Name(name) => match self.names.get(name.id.as_str()) {
                Some(Some(value)) => self.source(value, depth),
                _ => Source::Other,
            },
            Expr::Attribute(attribute) => {
                let owner = attribute.value.as_attribute_expr();
                Source::Attribute {
                    name: attribute.attr.to_string(),
                    owner: owner.map(|it| it.attr.to_string()),
                }
            }
            Expr::Subscript(subscript) if is_environ(&subscript.value) => {
                variables(text(&subscript.slice), None)
            }
            Expr::BoolOp(either) if either.op.is_or() => {
                let sources = either.values.iter().map(|it| self.source(it, depth));
                sources.reduce(or).unwrap_or(Source::Other)
            }
            Expr::Call(call) => self.of_call(call, depth),
            _ => Source::Other,
        }
    }

    fn of_call(&self, call: &ExprCall, depth: usize) -> Source {
        let (args, name) = (&call.arguments.args, super::callee(call));
        let asks = match call.func.as_ref() {
            Expr::Attribute(it) => name == "getenv" || (name == "get" && is_environ(&it.value)),
            _ => name == "getenv",
        };
        if asks {
            let own = variables(args.first().and_then(text), None);
            let default = args
                .get(1)
                .or_else(|| argument_of(call, "default"))
                .filter(|it| !it.is_none_literal_expr());
            return match default {
                Some(default) => or(own, self.source(default, depth)),
                None => own,
            };
        }
        match (call.func.as_ref(), args.as_ref()) {
            (Expr::Name(_), [only]) if name == "str" => self.source(only, depth),
            (Expr::Attribute(it), [])
                if matches!(name, "unicode_string" | "get_secret_value" | "strip") =>
            {
                self.source(&it.value, depth)
            }
            _ => Source::Other,
        }
    }
}

fn variables(name: Option<String>, default: Option<String>) -> Source {
    match name {
        Some(name) => Source::Variables {
            names: vec![name],
            default,
        },
        None => Source::Other,
    }
}

/// The one, else the other.
fn or(one: Source, other: Source) -> Source {
    let Source::Variables {
        mut names,
        default: None,
    } = one
    else {
        return if matches!(one, Source::Text(_) | Source::Variables { .. }) {
            one
        } else {
            Source::Other
        };
    };
    match other {
        Source::Text(text) => Source::Variables {
            names,
            default: Some(text),
        },
        Source::Variables {
            names: more,
            default,
        } => {
            names.extend(more);
            Source::Variables { names, default }
        }
        Source::Attribute { .. } | Source::Other => Source::Other,
    }
}

fn is_environ(value: &Expr) -> bool {
    match value {
        Expr::Name(name) => name.id.as_str() == "environ",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "environ",
        _ => false,
    }
}

impl<'a> Visitor<'a> for Found<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.assigned(target, &assign.value);
                }
            }
            Stmt::AnnAssign(assign) => {
                if let (Expr::Name(name), Some(value)) = (&*assign.target, &assign.value) {
                    self.named(name.id.as_str(), value);
                }
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, value: &'a Expr) {
        match value {
            Expr::Call(call) => self.called(call),
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if let Some(name) = item.key.as_ref().and_then(text) {
                        self.add(&name, &item.value, false);
                    }
                }
            }
            _ => {}
        }
        walk_expr(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn of(text: &str) -> Vec<(Source, bool)> {
        let given = read(text).brokers.into_iter();
        given.map(|it| (it.source, it.is_direct)).collect()
    }

    #[test]
    fn what_an_application_is_given_is_followed() {
        let one = |text: &str| match of(text).as_slice() {
            [(source, true)] => source.clone(),
            other => panic!("{text}: {other:?}"),
        };
        let attribute = |owner: Option<&str>| Source::Attribute {
            name: "broker_url".to_owned(),
            owner: owner.map(str::to_owned),
        };
        let variables = |names: &[&str], default: Option<&str>| Source::Variables {
            names: names.iter().map(|it| (*it).to_owned()).collect(),
            default: default.map(str::to_owned),
        };
        for (text, source) in [
            (
                "app.conf.update(broker_url=str(settings.celery.broker_url))",
                attribute(Some("celery")),
            ),
            (
                "app.conf.broker_url = settings.broker_url.unicode_string()",
                attribute(None),
            ),
            (
                "app.conf['broker_url'] = settings.broker_url",
                attribute(None),
            ),
            (
                "app = Celery('x', broker='redis://h/1')",
                Source::Text("redis://h/1".to_owned()),
            ),
            (
                "URL = 'redis://h/1'\napp = Celery('x', broker=URL)",
                Source::Text("redis://h/1".to_owned()),
            ),
            (
                "app = Celery('x', broker=os.environ['A'])",
                variables(&["A"], None),
            ),
            (
                "app = Celery('x', broker=environ.get('A', 'redis://h'))",
                variables(&["A"], Some("redis://h")),
            ),
            (
                "app = Celery('x', broker=os.getenv('A') or os.getenv('B', default='d'))",
                variables(&["A", "B"], Some("d")),
            ),
            ("app = Celery('x', broker=f'redis://{host}')", Source::Other),
            ("A = 1\nA = 2\napp = Celery('x', broker=A)", Source::Other),
            (
                "def make():\n    url = os.environ['A']\n    return Celery('x', broker=url)",
                variables(&["A"], None),
            ),
        ] {
            assert_eq!(one(text), source, "{text}");
        }
    }

    #[test]
    fn what_an_application_is_brought_up_to_date_with_is_given_directly() {
        let given = Source::Text("redis://h/1".to_owned());
        for text in [
            "app.conf.update({'broker_url': 'redis://h/1'})",
            "app.conf.update(dict(broker_url='redis://h/1'))",
            "app.conf.update(**{'broker_url': 'redis://h/1'})",
            "TABLE = {'broker_url': 'redis://h/1'}\napp.conf.update(TABLE)",
            "conf = app.conf\nconf.update(broker_url='redis://h/1')",
            "conf: Settings = app.conf\nconf.broker_url = 'redis://h/1'",
            "def f(app):\n    c = app.conf\n    c['broker_url'] = 'redis://h/1'\ndef g(app):\n    c = app.conf",
            // Workers look there first.
            "app = Celery('x', broker='redis://h/2')\napp.conf.broker_read_url = 'redis://h/1'",
            "app.conf.update(broker_url=make(), broker_read_url='redis://h/1')",
        ] {
            let direct = of(text).into_iter().filter(|(_, is_direct)| *is_direct);
            let direct: Vec<Source> = direct.map(|(source, _)| source).collect();
            assert_eq!(direct, std::slice::from_ref(&given), "{text}");
        }
        // A name that is something else, too, is none for it.
        let other = of("conf = app.conf\nconf = {}\nconf.update(broker_url='redis://h/1')");
        assert!(!other.iter().any(|(_, is_direct)| *is_direct), "{other:?}");
        let queues = read("conf = app.conf\nconf.broker_write_url = 'redis://h/1'\n").queues;
        assert_eq!(queues[0].source, given);
        let computed = of("app.conf.update({'broker_url': str(s.broker_url).replace('2', '5')})");
        assert!(computed.contains(&(Source::Other, true)), "{computed:?}");
    }

    #[test]
    fn what_stands_in_tables_is_found() {
        let text = "def config(self):\n    return {'broker_url': self.broker_url, 'x': 1}\n";
        assert_eq!(
            of(text),
            [(
                Source::Attribute {
                    name: "broker_url".to_owned(),
                    owner: None
                },
                false
            )]
        );
        assert!(!of("broker_url = 'redis://h/1'\n")[0].1);
        // A field of settings is none.
        assert_eq!(
            of("class S(BaseSettings):\n    broker_url: str = 'x'\n"),
            []
        );
        let results = read("app = Celery('x', backend='rpc://')").results;
        assert_eq!(results[0].source, Source::Text("rpc://".to_owned()));
    }
}
