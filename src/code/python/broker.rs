//! What Celery is given for its broker and for its results, and where that comes from.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

mod environment;
mod followed;

use environment::{Written, is_environ};

use super::literal::text;

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
    if !brokers.iter().any(|it| it.is_for_reading && it.is_direct) {
        brokers.extend(read(&found.brokers, false));
        // What is given by its name is no part of what is not seen.
        let is_given = found.brokers.iter().any(|(_, is_direct)| *is_direct);
        let open = found.unseen.iter().filter(|_| !is_given);
        brokers.extend(open.chain(&found.at_times).map(|offset| Given {
            source: Source::Other,
            is_direct: true,
            is_for_reading: false,
            offset: *offset,
        }));
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
    /// The names of which a part is set, or that are brought up to date: what they were assigned is not all.
    changed: BTreeSet<&'a str>,
    /// What the module writes into the process environment.
    written: Written<'a>,
    /// Where an application is given what may hold a broker, and cannot be seen.
    unseen: Vec<usize>,
    /// Where a broker is written into the process environment, and not each time.
    at_times: Vec<usize>,
    /// How many blocks are around a statement.
    depth: usize,
}

impl<'a> Found<'a> {
    pub(super) fn of(body: &'a [Stmt]) -> Self {
        let mut found = Self::default();
        for statement in body {
            found.visit_stmt(statement);
        }
        found.with_written();
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

    /// Celery looks into the process environment before all that it is given.
    fn with_written(&mut self) {
        for (name, is_broker) in [
            ("CELERY_BROKER_URL", true),
            ("CELERY_BROKER_READ_URL", true),
            ("CELERY_BROKER_WRITE_URL", false),
            ("CELERY_RESULT_BACKEND", false),
        ] {
            let known = name.trim_start_matches("CELERY_").to_ascii_lowercase();
            let ones: Vec<_> = self.written.of(name).to_vec();
            for one in ones {
                match one.value {
                    Some(value) => self.add(&known, self.unless_set(value), true),
                    None if is_broker => self.at_times.push(one.offset),
                    None => {}
                }
            }
        }
    }

    /// What `os.environ.setdefault(…)` of one of Celery's own variables comes to where that is not set: where it is, Celery
    /// looks at it before all else anyway.
    fn unless_set(&self, value: &'a Expr) -> &'a Expr {
        let default = || value.as_call_expr()?.arguments.args.get(1);
        match self.source(value, DEPTH) {
            Source::Other => default()
                .filter(|_| is_set_by_default(value))
                .unwrap_or(value),
            _ => value,
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
            Expr::Subscript(subscript) if is_environ(&subscript.value) => {
                let is_sure = self.depth == 0;
                self.written.set(&subscript.slice, value, is_sure);
            }
            Expr::Subscript(subscript) => {
                if let Expr::Name(name) = &*subscript.value {
                    self.changed.insert(name.id.as_str());
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

    fn called(&mut self, call: &'a ExprCall, whole: &'a Expr) {
        let callee = super::callee(call);
        let is_app = callee == "Celery";
        let args = &call.arguments.args;
        let method = call.func.as_attribute_expr();
        let is_update = callee == "update" && method.is_some_and(|it| self.is_conf(&it.value));
        for table in args.iter().filter(|_| is_update) {
            self.table(table);
        }
        if let Some(method) = method {
            if is_environ(&method.value) {
                self.written.called(call, whole, self.depth == 0);
            } else if let ("update", Expr::Name(name)) = (callee, &*method.value) {
                self.changed.insert(name.id.as_str());
            }
        }
        if is_app {
            self.by_place(args);
        }
        if let ("setattr", [conf, name, value]) = (callee, args.as_ref())
            && self.is_conf(conf)
        {
            match text(name) {
                Some(name) => self.add(&name, value, true),
                None => self.unseen.push(name.start().to_usize()),
            }
        }
        for keyword in &call.arguments.keywords {
            let Some(name) = &keyword.arg else {
                // `**table`
                if is_update {
                    self.table(&keyword.value);
                } else if is_app {
                    self.arguments(&keyword.value);
                }
                continue;
            };
            match name.as_str() {
                "broker" | "backend" if is_app => self.argument(name.as_str(), &keyword.value),
                name if is_update => self.add(name, &keyword.value, true),
                name if callee == "dict" => self.add(name, &keyword.value, false),
                _ => {}
            }
        }
    }

    /// What an application is given by its place, in the order that Celery has.
    fn by_place(&mut self, args: &'a [Expr]) {
        const BACKEND: usize = 2;
        const BROKER: usize = 9;
        for (place, value) in args.iter().enumerate() {
            match place {
                _ if value.is_starred_expr() => self.unseen.push(value.start().to_usize()),
                BACKEND => self.argument("backend", value),
                BROKER => self.argument("broker", value),
                _ => {}
            }
        }
    }

    fn argument(&mut self, name: &str, value: &'a Expr) {
        match name {
            // It is given none.
            _ if value.is_none_literal_expr() => {}
            "broker" => self.brokers.push((value, true)),
            "backend" => self.results.push((value, true)),
            _ => {}
        }
    }

    /// A table of what an application is given: `Celery('x', **table)`.
    fn arguments(&mut self, table: &'a Expr) {
        let known = match table.as_name_expr() {
            Some(name) if self.changed.contains(name.id.as_str()) => None,
            Some(name) => self.names.get(name.id.as_str()).copied().flatten(),
            None => Some(table),
        };
        let pairs = known.and_then(pairs);
        let Some(pairs) = pairs else {
            self.unseen.push(table.start().to_usize());
            return;
        };
        for (name, value) in pairs {
            self.argument(&name, value);
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
}

/// `os.environ.setdefault(…)`
fn is_set_by_default(value: &Expr) -> bool {
    let call = value.as_call_expr();
    let call = call.filter(|call| super::callee(call) == "setdefault");
    let of = call.and_then(|call| call.func.as_attribute_expr());
    of.is_some_and(|of| is_environ(&of.value))
}

/// The names of a table with what stands beside each; none where more may be in it than is seen.
fn pairs(table: &Expr) -> Option<Vec<(String, &Expr)>> {
    match table {
        Expr::Dict(dict) => {
            let pairs = dict.items.iter();
            let pairs = pairs.map(|item| Some((text(item.key.as_ref()?)?, &item.value)));
            pairs.collect()
        }
        Expr::Call(call) if super::callee(call) == "dict" && call.arguments.args.is_empty() => {
            let pairs = call.arguments.keywords.iter();
            let pairs = pairs.map(|it| Some((it.arg.as_ref()?.to_string(), &it.value)));
            pairs.collect()
        }
        _ => None,
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
            // `os.environ |= {…}`
            Stmt::AugAssign(assign) => match &*assign.target {
                Expr::Name(name) => {
                    self.changed.insert(name.id.as_str());
                }
                target if is_environ(target) => {
                    self.written.table(&assign.value, self.depth == 0);
                }
                _ => {}
            },
            _ => {}
        }
        let is_line = matches!(
            statement,
            Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::AugAssign(_) | Stmt::Expr(_)
        );
        self.depth += usize::from(!is_line);
        walk_stmt(self, statement);
        self.depth -= usize::from(!is_line);
    }

    fn visit_expr(&mut self, value: &'a Expr) {
        match value {
            Expr::Call(call) => self.called(call, value),
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
mod tests;
