//! Who answers what browsers ask before they let a page call: `CORSMiddleware`, and what it is given.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef, StmtImportFrom};
use ruff_text_size::Ranged;

use super::constants::Constants;
use super::fields::{argument, text};
use super::routes::{self, Route};

/// What a list has beside the texts that stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Nothing: all of it stands there.
    Nothing,
    /// What settings have.
    Settings,
    /// What only running it would tell.
    Computed,
}

/// A pattern that origins are matched with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// There is none.
    None,
    /// It stands there.
    Text(String),
    /// Only running it would tell.
    Computed,
}

/// A middleware with what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cors {
    /// The origins that stand there.
    pub origins: Vec<String>,
    /// The others.
    pub rest: Rest,
    /// `allow_origin_regex`.
    pub pattern: Pattern,
    /// The methods; none where only running it would tell.
    pub methods: Option<Vec<String>>,
    /// Where the origins stand, else the pattern, else the middleware.
    pub offset: usize,
    /// Where the methods stand, else the middleware.
    pub methods_offset: usize,
}

/// What a module has to do with such questions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preflights {
    /// Its middlewares.
    pub given: Vec<Cors>,
    /// Whether it names something else that may answer.
    pub others: bool,
    /// The routes that are more than a look.
    pub routes: Vec<Route>,
}

const MIDDLEWARE: &str = "CORSMiddleware";

/// The modules that have it.
const HOMES: &[&str] = &["fastapi.middleware.cors", "starlette.middleware.cors"];

/// How many names may stand for one another.
const DEPTH: usize = 4;

/// What a module has.
pub(super) fn of(body: &[Stmt]) -> Preflights {
    let mut look = Look {
        scopes: vec![Scope {
            constants: Constants::of(body),
            parameters: Vec::new(),
        }],
        known: BTreeSet::from([MIDDLEWARE]),
        branches: 0,
        found: Preflights::default(),
    };
    for statement in body {
        look.visit_stmt(statement);
    }
    let mut found = look.found;
    found.routes = routes::of(body);
    found
}

struct Scope<'a> {
    constants: Constants<'a>,
    parameters: Vec<&'a str>,
}

struct Look<'a> {
    /// The module, and the functions that we are in.
    scopes: Vec<Scope<'a>>,
    /// The names of the middleware.
    known: BTreeSet<&'a str>,
    /// How many branches we are in that may not be taken.
    branches: usize,
    found: Preflights,
}

impl<'a> Look<'a> {
    fn is_it(&self, value: &Expr) -> bool {
        match value {
            Expr::Name(name) => self.known.contains(name.id.as_str()),
            Expr::Attribute(attribute) => attribute.attr.as_str() == MIDDLEWARE,
            _ => false,
        }
    }

    /// What a name stands for, seen from here.
    fn follow(&self, value: &'a Expr) -> &'a Expr {
        let mut value = value;
        for _ in 0..DEPTH {
            let Some(name) = value.as_name_expr().map(|it| it.id.as_str()) else {
                break;
            };
            let mut inner = self.scopes.iter().rev();
            // The innermost has it, as its own or handed in.
            let is_handed = |scope: &&Scope<'_>| scope.parameters.contains(&name);
            let scope = inner.find(|scope| is_handed(scope) || scope.constants.has(name));
            match scope
                .filter(|scope| !is_handed(scope))
                .and_then(|it| it.constants.get(name))
            {
                Some(known) => value = known,
                None => break,
            }
        }
        value
    }

    fn import(&mut self, import: &'a StmtImportFrom) {
        let module = import.module.as_ref().map_or("", |it| it.as_str());
        let is_home = HOMES.contains(&module);
        for alias in &import.names {
            let own = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
            if is_home && alias.name.as_str() == MIDDLEWARE {
                self.known.insert(own);
            } else if is_about(module) || is_about(&alias.name) {
                // One of that name from elsewhere is another one.
                self.known.remove(own);
                self.found.others = true;
            }
        }
    }

    /// Whether a call gives the middleware its arguments: it may be made right there, or be handed to what
    /// makes it later.
    fn gives(&self, call: &ExprCall) -> bool {
        if self.is_it(&call.func) {
            return true;
        }
        let name = super::callee(call);
        matches!(name, "add_middleware" | "Middleware" | "partial")
            && call
                .arguments
                .args
                .first()
                .or_else(|| keyword(call, "middleware_class"))
                .is_some_and(|it| self.is_it(it))
    }

    fn given(&self, value: &'a Expr, call: &'a ExprCall) -> Cors {
        let has_more = call.arguments.args.len() > 1
            || call.arguments.args.iter().any(Expr::is_starred_expr)
            || call.arguments.keywords.iter().any(|it| it.arg.is_none());
        let [origins, pattern, methods] =
            ["allow_origins", "allow_origin_regex", "allow_methods"].map(|it| argument(value, it));
        let start = value.start().to_usize();
        let at = |value: Option<&Expr>| value.map(|it| it.start().to_usize());
        let (offset, methods_offset) = (at(origins).or(at(pattern)), at(methods));
        let mut list = match origins {
            Some(origins) => self.list(origins),
            None if has_more => List::all(Rest::Computed),
            None => List::default(),
        };
        let mut pattern = match pattern.map(|it| self.follow(it)) {
            None if has_more => Pattern::Computed,
            None | Some(Expr::NoneLiteral(_)) => Pattern::None,
            Some(value) => text(value).map_or(Pattern::Computed, Pattern::Text),
        };
        // One that may not be added at all lets nobody in by what stands there.
        if self.branches > 0 {
            list.texts.clear();
            if list.rest == Rest::Nothing {
                list.rest = Rest::Computed;
            }
            if pattern != Pattern::None {
                pattern = Pattern::Computed;
            }
        }
        let methods = match methods.map(|it| self.list(it)) {
            None => (!has_more).then(|| vec!["GET".to_owned()]),
            Some(list) => (list.rest == Rest::Nothing).then_some(list.texts),
        };
        Cors {
            origins: list.texts,
            rest: list.rest,
            pattern,
            methods,
            offset: offset.unwrap_or(start),
            methods_offset: methods_offset.unwrap_or(start),
        }
    }

    fn list(&self, value: &'a Expr) -> List {
        let value = self.follow(value);
        let items = match value {
            Expr::List(list) => &list.elts,
            Expr::Tuple(list) => &list.elts,
            Expr::Set(list) => &list.elts,
            Expr::BinOp(sum) if sum.op.is_add() => {
                return self.list(&sum.left).and(self.list(&sum.right));
            }
            Expr::Attribute(_) => return List::all(Rest::Settings),
            // A text is searched for the origin, wherever it stands in it.
            Expr::StringLiteral(only) if only.value.to_str() == "*" => {
                return List {
                    texts: vec!["*".to_owned()],
                    rest: Rest::Nothing,
                };
            }
            other => {
                return List::all(if self.reads_origins(other, DEPTH) {
                    Rest::Settings
                } else {
                    Rest::Computed
                });
            }
        };
        let of = |item: &'a Expr| match item {
            Expr::Starred(all) => self.list(&all.value),
            item => match text(self.follow(item)) {
                Some(text) => List {
                    texts: vec![text],
                    rest: Rest::Nothing,
                },
                None => List::all(Rest::Computed),
            },
        };
        items.iter().map(of).fold(List::default(), List::and)
    }

    /// Whether an expression makes its list out of what settings or variables have of origins.
    fn reads_origins(&self, value: &'a Expr, depth: usize) -> bool {
        let mut names = Names::default();
        names.visit_expr(value);
        names.told.iter().any(|it| speaks_of_origins(it))
            || names.plain.into_iter().any(|name| {
                let known = self.follow(name);
                !std::ptr::eq(known, name)
                    && depth
                        .checked_sub(1)
                        .is_some_and(|depth| self.reads_origins(known, depth))
            })
    }

    fn within(&mut self, function: &'a StmtFunctionDef) {
        let parameters = function.parameters.iter().map(|it| it.name().as_str());
        self.scopes.push(Scope {
            constants: Constants::of(&function.body),
            parameters: parameters.collect(),
        });
        let branches = std::mem::take(&mut self.branches);
        function.body.iter().for_each(|it| self.visit_stmt(it));
        self.branches = branches;
        self.scopes.pop();
    }
}

impl<'a> Visitor<'a> for Look<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                let mut names = import.names.iter();
                self.found.others |=
                    names.any(|it| is_about(&it.name) && !HOMES.contains(&it.name.as_str()));
            }
            Stmt::ImportFrom(import) => self.import(import),
            Stmt::FunctionDef(function) => {
                for decorator in &function.decorator_list {
                    self.visit_decorator(decorator);
                }
                self.within(function);
            }
            Stmt::If(_) | Stmt::Match(_) | Stmt::For(_) | Stmt::While(_) | Stmt::Try(_) => {
                self.branches += 1;
                walk_stmt(self, statement);
                self.branches -= 1;
            }
            other => walk_stmt(self, other),
        }
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_expr(&mut self, value: &'a Expr) {
        match value {
            Expr::Call(call) if self.gives(call) => {
                let given = self.given(value, call);
                self.found.given.push(given);
                // What it is given is read; who is given it may be another such call.
                for argument in &call.arguments.args {
                    if !self.is_it(argument) {
                        self.visit_expr(argument);
                    }
                }
                return;
            }
            Expr::Name(name) if name.ctx.is_load() => {
                self.found.others |= self.is_it(value) || is_about(&name.id);
            }
            Expr::Attribute(name) => self.found.others |= is_about(&name.attr),
            Expr::StringLiteral(text) => {
                let text = text.value.to_str().to_ascii_lowercase();
                self.found.others |= text.contains(HEADER);
            }
            Expr::BytesLiteral(text) => {
                let text: Vec<u8> = text.value.bytes().collect();
                let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
                self.found.others |= text.contains(HEADER);
            }
            _ => {}
        }
        walk_expr(self, value);
    }
}

/// What an answer of one's own has.
const HEADER: &str = "access-control-";

/// Whether a name is about such questions.
fn is_about(name: &str) -> bool {
    name.to_ascii_lowercase().contains("cors")
}

fn speaks_of_origins(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("origin") || name.contains("cors")
}

fn keyword<'a>(call: &'a ExprCall, name: &str) -> Option<&'a Expr> {
    let mut keywords = call.arguments.keywords.iter();
    let keyword = keywords.find(|it| it.arg.as_ref().is_some_and(|known| known == name))?;
    Some(&keyword.value)
}

/// The names within an expression.
#[derive(Default)]
struct Names<'a> {
    /// Attributes, and texts, which may name a variable.
    told: Vec<String>,
    plain: Vec<&'a Expr>,
}

impl<'a> Visitor<'a> for Names<'a> {
    fn visit_expr(&mut self, value: &'a Expr) {
        match value {
            Expr::Attribute(attribute) => self.told.push(attribute.attr.to_string()),
            Expr::Name(_) => self.plain.push(value),
            Expr::StringLiteral(_) => self.told.extend(text(value)),
            _ => {}
        }
        walk_expr(self, value);
    }
}

/// A list, as far as it stands there.
struct List {
    texts: Vec<String>,
    rest: Rest,
}

impl Default for List {
    fn default() -> Self {
        Self::all(Rest::Nothing)
    }
}

impl List {
    fn all(rest: Rest) -> Self {
        Self {
            texts: Vec::new(),
            rest,
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.texts.extend(other.texts);
        self.rest = match (self.rest, other.rest) {
            (Rest::Computed, _) | (_, Rest::Computed) => Rest::Computed,
            (Rest::Settings, _) | (_, Rest::Settings) => Rest::Settings,
            (Rest::Nothing, Rest::Nothing) => Rest::Nothing,
        };
        self
    }
}

#[cfg(test)]
mod tests;
