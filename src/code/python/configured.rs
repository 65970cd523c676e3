//! What a Celery application takes its configuration from as a whole, and what a module has of that.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef};
use ruff_text_size::Ranged;

use super::broker::{Found, Given, Source};
use super::config::bases;
use super::constants::Constants;
use super::literal::{argument_of, text};

/// What an application is configured by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A class or a dictionary of its own module; the module itself where it has no name.
    Own(Option<String>),
    /// A module, or something in one.
    Path {
        /// How many folders up it begins; 0 where it is no relative import.
        level: usize,
        /// `["celery_core", "celeryconfig"]`.
        parts: Vec<String>,
    },
    /// Code makes it, as `settings.celery.config()`.
    Made,
    /// The environment names it, or something else that is known at run time alone.
    Unknown,
}

/// A call that configures an application as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// By what.
    pub target: Target,
    /// What its names begin with there.
    pub namespace: Option<String>,
    /// Offset of the call in the text.
    pub offset: usize,
}

/// What a module has for an application that is configured by it.
#[derive(Debug, Default)]
pub struct Configured {
    /// Its broker.
    pub brokers: Vec<Given>,
    /// Where its tasks are queued, where that is said by itself.
    pub queues: Vec<Given>,
    /// Where its results go.
    pub results: Vec<Given>,
    /// Whether there is nothing that may say more.
    pub is_whole: bool,
    /// Whether there is what it is read from at all.
    pub is_there: bool,
}

/// The calls of a module that configure an application.
pub(super) fn taken(body: &[Stmt]) -> Vec<Taken> {
    let mut calls = Calls {
        imports: BTreeMap::new(),
        constants: Constants::of(body),
        taken: Vec::new(),
    };
    for statement in body {
        calls.visit_stmt(statement);
    }
    calls.taken
}

struct Calls<'a> {
    /// What each imported name stands for: how many folders up, and the path from there.
    imports: BTreeMap<String, (usize, Vec<String>)>,
    constants: Constants<'a>,
    taken: Vec<Taken>,
}

fn parts_of(path: &str) -> Vec<String> {
    path.split(['.', ':']).map(str::to_owned).collect()
}

impl<'a> Calls<'a> {
    fn imported(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let whole = parts_of(&alias.name);
                    let (name, path) = match &alias.asname {
                        Some(name) => (name.to_string(), whole),
                        None => (whole[0].clone(), vec![whole[0].clone()]),
                    };
                    self.imports.insert(name, (0, path));
                }
            }
            Stmt::ImportFrom(import) => {
                let level = usize::try_from(import.level).unwrap_or(usize::MAX);
                for alias in &import.names {
                    let module = import.module.as_ref().map(|it| parts_of(it));
                    let mut path = module.unwrap_or_default();
                    path.push(alias.name.to_string());
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.imports.insert(name.to_string(), (level, path));
                }
            }
            _ => {}
        }
    }

    fn target(&self, value: &'a Expr) -> Target {
        if let Some(path) = self.constants.text(value) {
            let parts = parts_of(&path);
            return Target::Path { level: 0, parts };
        }
        match value {
            Expr::Name(name) if name.id.as_str() == "__name__" => Target::Own(None),
            Expr::Name(name) => match self.imports.get(name.id.as_str()) {
                Some((level, parts)) => Target::Path {
                    level: *level,
                    parts: parts.clone(),
                },
                None => Target::Own(Some(name.id.to_string())),
            },
            Expr::Attribute(attribute) => match self.target(&attribute.value) {
                Target::Path { level, mut parts } => {
                    parts.push(attribute.attr.to_string());
                    Target::Path { level, parts }
                }
                _ => Target::Made,
            },
            Expr::Subscript(_) | Expr::FString(_) | Expr::BinOp(_) => Target::Unknown,
            _ => Target::Made,
        }
    }

    fn called(&mut self, call: &'a ExprCall) {
        let named = |name: &str| argument_of(call, name);
        let target = match super::callee(call) {
            "config_from_object" => {
                let object = call.arguments.args.first().or_else(|| named("obj"));
                object.map_or(Target::Unknown, |it| self.target(it))
            }
            "config_from_envvar" => Target::Unknown,
            "Celery" => match named("config_source") {
                Some(object) => self.target(object),
                None => return,
            },
            _ => return,
        };
        let given = named("namespace").filter(|it| !it.is_none_literal_expr());
        let namespace = given.and_then(|it| self.constants.text(it));
        let is_told = given.is_none() || namespace.is_some();
        self.taken.push(Taken {
            target: if is_told { target } else { Target::Unknown },
            namespace: namespace.filter(|it| !it.is_empty()),
            offset: call.start().to_usize(),
        });
    }
}

impl<'a> Visitor<'a> for Calls<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        self.imported(statement);
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, value: &'a Expr) {
        if let Expr::Call(call) = value {
            self.called(call);
        }
        walk_expr(self, value);
    }
}

/// The names that Celery looks for, each before the next one.
fn names(key: &str, old: &str, namespace: Option<&str>) -> Vec<String> {
    let mut names = vec![key.to_owned(), old.to_owned()];
    if let Some(namespace) = namespace {
        let whole = format!("{}_{key}", namespace.trim_end_matches('_'));
        let has_lower = namespace.chars().any(char::is_lowercase);
        let whole = if has_lower {
            whole.to_lowercase()
        } else {
            whole.to_uppercase()
        };
        names.insert(0, whole);
    }
    names
}

/// What a module, or a class or dictionary in it, has for an application; nothing where it is something else, that
/// code makes.
pub(super) fn read(
    body: &[Stmt],
    inner: Option<&str>,
    namespace: Option<&str>,
) -> Option<Configured> {
    let mut table = Table {
        layers: Vec::new(),
        is_whole: true,
        is_there: true,
    };
    match inner {
        None => table.module(body),
        Some(name) => table.inner(body, name)?,
    }
    let found = Found::of(body);
    let given = |key: &str, old: &str| -> Vec<Given> {
        let of = |pair: &Pair<'_>| {
            let given = found.given(pair.value, key == "broker_read_url");
            let source = if pair.is_certain {
                given.source
            } else {
                Source::Other
            };
            Given {
                source,
                is_direct: true,
                ..given
            }
        };
        for name in names(key, old, namespace) {
            for layer in &table.layers {
                let own = layer.iter().filter(|it| it.name == name);
                let own: Vec<Given> = own.map(of).collect();
                if !own.is_empty() {
                    return own;
                }
            }
        }
        Vec::new()
    };
    let mut brokers = given("broker_read_url", "BROKER_READ_URL");
    if brokers.is_empty() {
        brokers = given("broker_url", "BROKER_URL");
    }
    // The URL is put together from parts.
    let in_parts = !given("broker_host", "BROKER_HOST").is_empty();
    Some(Configured {
        brokers,
        queues: given("broker_write_url", "BROKER_WRITE_URL"),
        results: given("result_backend", "CELERY_RESULT_BACKEND"),
        is_whole: table.is_whole && !in_parts,
        is_there: table.is_there,
    })
}

/// A name that is given a value.
struct Pair<'a> {
    name: String,
    value: &'a Expr,
    /// Whether it is that always.
    is_certain: bool,
}

/// What stands under which name; an earlier layer counts before a later one.
struct Table<'a> {
    layers: Vec<Vec<Pair<'a>>>,
    is_whole: bool,
    is_there: bool,
}

/// How deep classes may be made from one another.
const DEPTH: usize = 8;

impl<'a> Table<'a> {
    fn module(&mut self, body: &'a [Stmt]) {
        let mut own = Vec::new();
        self.collect(body, true, &mut own);
        self.layers.push(own);
    }

    fn collect(&mut self, body: &'a [Stmt], is_certain: bool, own: &mut Vec<Pair<'a>>) {
        for statement in body {
            let mut add = |target: &Expr, value: &'a Expr, is_certain: bool| {
                if let Expr::Name(name) = target {
                    own.push(Pair {
                        name: name.id.to_string(),
                        value,
                        is_certain,
                    });
                }
            };
            match statement {
                Stmt::Assign(assign) => {
                    for target in &assign.targets {
                        add(target, &assign.value, is_certain);
                    }
                }
                Stmt::AnnAssign(assign) => {
                    if let Some(value) = &assign.value {
                        add(&assign.target, value, is_certain);
                    }
                }
                Stmt::AugAssign(assign) => add(&assign.target, &assign.value, false),
                Stmt::If(block) => {
                    let others = &block.elif_else_clauses;
                    let is_certain = is_certain && others.iter().any(|it| it.test.is_none());
                    self.collect(&block.body, is_certain, own);
                    for other in others {
                        self.collect(&other.body, is_certain, own);
                    }
                }
                Stmt::Try(block) => {
                    self.collect(&block.body, is_certain, own);
                    for handler in &block.handlers {
                        if let Some(handler) = handler.as_except_handler() {
                            self.collect(&handler.body, is_certain, own);
                        }
                    }
                    self.collect(&block.orelse, is_certain, own);
                    self.collect(&block.finalbody, is_certain, own);
                }
                Stmt::With(block) => self.collect(&block.body, is_certain, own),
                Stmt::ImportFrom(import) => {
                    let is_any = |name: &str| {
                        let name = name.to_ascii_lowercase();
                        name == "*" || name.contains("broker") || name.contains("backend")
                    };
                    let mut names = import
                        .names
                        .iter()
                        .map(|it| it.asname.as_ref().unwrap_or(&it.name));
                    self.is_whole &= !names.any(|name| is_any(name));
                }
                _ => {}
            }
        }
    }

    /// The class or dictionary of that name; nothing where the name stands for what code makes.
    fn inner(&mut self, body: &'a [Stmt], name: &str) -> Option<()> {
        let mut classes = Vec::new();
        super::collect_classes(body, &mut classes);
        let named = |name: &str| classes.iter().copied().find(|it| it.name.as_str() == name);
        if let Some(class) = named(name) {
            self.class(class, &named, &mut BTreeSet::new(), DEPTH);
            return Some(());
        }
        let constants = Constants::of(body);
        match constants.get(name) {
            Some(Expr::Dict(dict)) => {
                let mut own = Vec::new();
                for item in &dict.items {
                    match item.key.as_ref().and_then(text) {
                        Some(name) => own.push(Pair {
                            name,
                            value: &item.value,
                            is_certain: true,
                        }),
                        None => self.is_whole = false,
                    }
                }
                self.layers.push(own);
            }
            Some(Expr::Call(call)) if super::callee(call) == "dict" => {
                let mut own = Vec::new();
                self.is_whole &= call.arguments.args.is_empty();
                for keyword in &call.arguments.keywords {
                    match &keyword.arg {
                        Some(name) => own.push(Pair {
                            name: name.to_string(),
                            value: &keyword.value,
                            is_certain: true,
                        }),
                        None => self.is_whole = false,
                    }
                }
                self.layers.push(own);
            }
            Some(_) => return None,
            // It may be imported there.
            None => (self.is_whole, self.is_there) = (false, false),
        }
        Some(())
    }

    fn class(
        &mut self,
        class: &'a StmtClassDef,
        named: &dyn Fn(&str) -> Option<&'a StmtClassDef>,
        seen: &mut BTreeSet<String>,
        depth: usize,
    ) {
        self.module(&class.body);
        self.is_whole &= bases(class).count() == class.bases().len();
        for base in bases(class).filter(|it| *it != "object") {
            match (named(base), depth.checked_sub(1)) {
                (Some(known), Some(depth)) if seen.insert(base.to_owned()) => {
                    self.class(known, named, seen, depth);
                }
                _ => self.is_whole = false,
            }
        }
    }
}

#[cfg(test)]
mod tests;
