//! The connections that a module makes with asyncpg, which prepares statements and keeps them unless it is told not to.

use std::collections::BTreeMap;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

use super::constants::assignments;
use super::literal::{argument_of, text};

/// An engine, a pool or a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engine {
    /// Whether its statements get on with a pooler that gives each transaction another session.
    pub bears_poolers: bool,
    /// Offset of the call in the text.
    pub offset: usize,
}

/// How many names may stand for one another.
const DEPTH: usize = 4;

pub(super) fn of(body: &[Stmt]) -> Vec<Engine> {
    let mut found = Found::default();
    for statement in body {
        found.visit_stmt(statement);
    }
    let engines = found.calls.iter().map(|call| Engine {
        bears_poolers: found.bears_poolers(call),
        offset: call.start().to_usize(),
    });
    engines.collect()
}

#[derive(Default)]
struct Found<'a> {
    calls: Vec<&'a ExprCall>,
    /// What each name is assigned; nothing where that is done twice, or a part of it is set.
    names: BTreeMap<&'a str, Option<&'a Expr>>,
}

impl<'a> Found<'a> {
    fn assigned(&mut self, target: &'a Expr, value: Option<&'a Expr>) {
        match target {
            Expr::Name(name) => {
                let known = self.names.entry(name.id.as_str());
                known.and_modify(|it| *it = None).or_insert(value);
            }
            Expr::Subscript(part) => self.assigned(&part.value, None),
            _ => {}
        }
    }

    fn follow(&self, value: &'a Expr) -> &'a Expr {
        let mut value = value;
        for _ in 0..DEPTH {
            let known = value.as_name_expr();
            match known.and_then(|name| *self.names.get(name.id.as_str())?) {
                Some(known) => value = known,
                None => break,
            }
        }
        value
    }

    /// What asyncpg is told by name.
    fn argument(&self, call: &'a ExprCall, name: &str) -> Option<&'a Expr> {
        if is_of_asyncpg(call) {
            return argument_of(call, name);
        }
        match self.follow(argument_of(call, "connect_args")?) {
            Expr::Dict(dict) => {
                let mut items = dict.items.iter();
                let is_it = |key: &Expr| text(key).as_deref() == Some(name);
                let item = items.find(|item| item.key.as_ref().is_some_and(is_it))?;
                Some(&item.value)
            }
            Expr::Call(table) if super::callee(table) == "dict" => argument_of(table, name),
            _ => None,
        }
    }

    /// What `SQLAlchemy` prepares has a name that asyncpg counts up, by which a session of another client may know
    /// something else already: without its cache it wants names of its own, or no pool of its own.
    fn bears_poolers(&self, call: &'a ExprCall) -> bool {
        let size = self.argument(call, "statement_cache_size");
        let keeps_none = size.is_some_and(|it| is_zero(self.follow(it)));
        let is_named = || {
            let function = self.argument(call, "prepared_statement_name_func");
            function.is_some_and(|it| !it.is_none_literal_expr())
        };
        let has_no_pool = || {
            let class = argument_of(call, "poolclass").map(|it| self.follow(it));
            class.is_some_and(|it| match it {
                Expr::Name(name) => name.id.as_str() == "NullPool",
                Expr::Attribute(of) => of.attr.as_str() == "NullPool",
                _ => false,
            })
        };
        keeps_none && (is_of_asyncpg(call) || is_named() || has_no_pool())
    }
}

fn is_zero(value: &Expr) -> bool {
    let number = value.as_number_literal_expr();
    number.is_some_and(|it| it.value.as_int().is_some_and(|it| it.as_u8() == Some(0)))
}

/// `asyncpg.connect(…)`, `asyncpg.create_pool(…)`.
fn is_of_asyncpg(call: &ExprCall) -> bool {
    let method = call.func.as_attribute_expr();
    let of = method.and_then(|it| it.value.as_name_expr());
    of.is_some_and(|it| it.id.as_str() == "asyncpg")
        && matches!(super::callee(call), "connect" | "create_pool")
}

impl<'a> Visitor<'a> for Found<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        for (target, value) in assignments(statement) {
            self.assigned(target, value);
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, value: &'a Expr) {
        if let Expr::Call(call) = value {
            let name = super::callee(call);
            let is_engine = matches!(name, "create_async_engine" | "async_engine_from_config");
            if is_engine || is_of_asyncpg(call) {
                self.calls.push(call);
            }
        }
        walk_expr(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::engines;

    #[test]
    fn an_engine_that_is_told_of_a_pooler_bears_it() {
        let of = |text: &str| -> Vec<bool> {
            let all = engines(text).into_iter();
            all.map(|it| it.bears_poolers).collect()
        };
        let named = "'statement_cache_size': 0, 'prepared_statement_cache_size': 0, 'prepared_statement_name_func': lambda: f'__asyncpg_{uuid4()}__'";
        for text in [
            format!("e = create_async_engine(url, connect_args={{{named}}})"),
            format!("ARGS = {{{named}}}\ndef f():\n    return create_async_engine(url, connect_args=ARGS)"),
            format!("class D:\n    def __init__(self):\n        args: dict = {{'timeout': 5, {named}}}\n        self.e = create_async_engine(url, connect_args=args)"),
            "e = create_async_engine(url, poolclass=NullPool, connect_args={'statement_cache_size': 0})".to_owned(),
            "e = create_async_engine(url, poolclass=pool.NullPool, connect_args=dict(statement_cache_size=0))".to_owned(),
            "p = await asyncpg.create_pool(url, statement_cache_size=0)".to_owned(),
            "async def f():\n    return await asyncpg.connect(url, statement_cache_size=0)".to_owned(),
        ] {
            assert_eq!(of(&text), [true], "{text}");
        }
        for text in [
            "e = create_async_engine(url)",
            "e = create_async_engine(url, connect_args={'statement_cache_size': 0})",
            "e = create_async_engine(url, poolclass=NullPool)",
            "e = create_async_engine(url, poolclass=NullPool, connect_args={'statement_cache_size': 100})",
            "e = create_async_engine(url, connect_args=made())",
            "p = await asyncpg.create_pool(url)",
        ] {
            assert_eq!(of(text), [false], "{text}");
        }
        assert!(of("e = create_engine(url)\nc = socket.connect(a)").is_empty());
        let set = format!(
            "a = {{{named}}}\na['statement_cache_size'] = 9\ne = create_async_engine(url, connect_args=a)"
        );
        assert_eq!(of(&set), [false]);
    }
}
