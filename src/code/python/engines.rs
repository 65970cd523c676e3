//! The connections that a module makes with asyncpg, which prepares statements and keeps them unless it is told not to.

use std::collections::BTreeMap;

use ruff_python_ast::helpers::ReturnStatementVisitor;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::constants::assignments;
use super::literal::{argument_of, text};

/// Whether statements get on with a pooler that gives each transaction another session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bears {
    /// They do.
    Always,
    /// They have no name: asyncpg has to parse them anew each time, as 0.31 does.
    Unnamed,
    /// Each has a name of its own, by which `SQLAlchemy` looks for it later: only where its URL tells it to keep none.
    Uncached,
    /// They do not.
    Never,
}

/// An engine, a pool or a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engine {
    /// Whether it gets on with a pooler in transaction mode.
    pub bears: Bears,
    /// Whether its statements get names of their own.
    pub is_named: bool,
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
        bears: found.bears(call),
        is_named: found.is_named(call),
        offset: call.start().to_usize(),
    });
    engines.collect()
}

#[derive(Default)]
struct Found<'a> {
    calls: Vec<&'a ExprCall>,
    /// What each name is assigned; nothing where that is done twice.
    names: BTreeMap<&'a str, Option<&'a Expr>>,
    /// The parts of a name that are set by themselves; nothing where that is not done once, and each time.
    parts: BTreeMap<&'a str, BTreeMap<String, Option<&'a Expr>>>,
    /// The functions; nothing where two have the name.
    functions: BTreeMap<&'a str, Option<&'a StmtFunctionDef>>,
    /// How many blocks are around a statement that may be passed over.
    depth: usize,
}

impl<'a> Found<'a> {
    fn assigned(&mut self, target: &'a Expr, value: Option<&'a Expr>) {
        match target {
            Expr::Name(name) => {
                let known = self.names.entry(name.id.as_str());
                known.and_modify(|it| *it = None).or_insert(value);
            }
            Expr::Subscript(part) => match (part.value.as_name_expr(), text(&part.slice)) {
                (Some(name), Some(key)) => {
                    let value = value.filter(|_| self.depth == 0);
                    let set = self.parts.entry(name.id.as_str()).or_default().entry(key);
                    set.and_modify(|it| *it = None).or_insert(value);
                }
                _ => self.assigned(&part.value, None),
            },
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
        self.part(argument_of(call, "connect_args")?, name, DEPTH)
    }

    /// What stands under a name in a table, be it one that a function of the module makes.
    fn part(&self, table: &'a Expr, name: &str, depth: usize) -> Option<&'a Expr> {
        let depth = depth.checked_sub(1)?;
        match table {
            Expr::Name(known) => {
                let known = known.id.as_str();
                if let Some(set) = self.parts.get(known).and_then(|it| it.get(name)) {
                    return *set;
                }
                self.part((*self.names.get(known)?)?, name, depth)
            }
            Expr::Dict(dict) => {
                let mut items = dict.items.iter();
                let is_it = |key: &Expr| text(key).as_deref() == Some(name);
                let item = items.find(|item| item.key.as_ref().is_some_and(is_it))?;
                Some(&item.value)
            }
            Expr::Call(table) if super::callee(table) == "dict" => argument_of(table, name),
            Expr::Call(made) => self.part(self.made_by(&made.func)?, name, depth),
            // A property.
            Expr::Attribute(_) => self.part(self.made_by(table)?, name, depth),
            _ => None,
        }
    }

    /// What a function of the module returns, or a method of the same object, where that is one thing.
    fn made_by(&self, function: &Expr) -> Option<&'a Expr> {
        let name = match function {
            Expr::Name(name) => &name.id,
            Expr::Attribute(of) => {
                let own = of.value.as_name_expr()?.id.as_str();
                matches!(own, "self" | "cls").then_some(&of.attr.id)?
            }
            _ => return None,
        };
        let function = (*self.functions.get(name.as_str())?)?;
        let mut returned = ReturnStatementVisitor::default();
        returned.visit_body(&function.body);
        match returned.returns.as_slice() {
            [only] => only.value.as_deref(),
            _ => None,
        }
    }

    fn is_named(&self, call: &'a ExprCall) -> bool {
        let function = self.argument(call, "prepared_statement_name_func");
        function.is_some_and(|it| !it.is_none_literal_expr())
    }

    /// asyncpg without its cache prepares without names, and parses anew what it runs (since 0.31 also what `SQLAlchemy`
    /// has it prepare). A name of its own no other client has; but `SQLAlchemy` keeps what it prepared for the next time,
    /// and then another session is behind the same connection: it must have no cache either, or no pool.
    fn bears(&self, call: &'a ExprCall) -> Bears {
        let is_none = |name: &str| {
            let size = self.argument(call, name);
            size.is_some_and(|it| is_zero(self.follow(it)))
        };
        let has_no_pool = || {
            let class = argument_of(call, "poolclass").map(|it| self.follow(it));
            class.is_some_and(|it| match it {
                Expr::Name(name) => name.id.as_str() == "NullPool",
                Expr::Attribute(of) => of.attr.as_str() == "NullPool",
                _ => false,
            })
        };
        if !is_none("statement_cache_size") {
            Bears::Never
        } else if is_of_asyncpg(call) {
            Bears::Always
        } else if !self.is_named(call) {
            Bears::Unnamed
        } else if is_none("prepared_statement_cache_size") || has_no_pool() {
            Bears::Always
        } else {
            Bears::Uncached
        }
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
        if let Stmt::FunctionDef(function) = statement {
            let known = self.functions.entry(function.name.as_str());
            known.and_modify(|it| *it = None).or_insert(Some(function));
        }
        let is_block = matches!(
            statement,
            Stmt::If(_) | Stmt::For(_) | Stmt::While(_) | Stmt::Try(_) | Stmt::Match(_)
        );
        self.depth += usize::from(is_block);
        walk_stmt(self, statement);
        self.depth -= usize::from(is_block);
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
    use super::Bears;

    fn of(text: &str) -> Vec<Bears> {
        engines(text).into_iter().map(|it| it.bears).collect()
    }

    const NAMED: &str = "'statement_cache_size': 0, 'prepared_statement_name_func': lambda: f'__asyncpg_{uuid4()}__'";

    #[test]
    fn an_engine_that_is_told_of_a_pooler_bears_it() {
        let whole = format!("{NAMED}, 'prepared_statement_cache_size': 0");
        for text in [
            format!("e = create_async_engine(url, connect_args={{{whole}}})"),
            format!(
                "ARGS = {{{whole}}}\ndef f():\n    return create_async_engine(url, connect_args=ARGS)"
            ),
            format!(
                "class D:\n    def __init__(self):\n        args: dict = {{'timeout': 5, {whole}}}\n        self.e = create_async_engine(url, connect_args=args)"
            ),
            format!("e = create_async_engine(url, poolclass=NullPool, connect_args={{{NAMED}}})"),
            "p = await asyncpg.create_pool(url, statement_cache_size=0)".to_owned(),
            "async def f():\n    return await asyncpg.connect(url, statement_cache_size=0)"
                .to_owned(),
        ] {
            assert_eq!(of(&text), [Bears::Always], "{text}");
        }
        for text in [
            "e = create_async_engine(url, connect_args={'statement_cache_size': 0})",
            "e = create_async_engine(url, connect_args={'statement_cache_size': 0, 'prepared_statement_cache_size': 0})",
            "e = create_async_engine(url, poolclass=pool.NullPool, connect_args=dict(statement_cache_size=0))",
        ] {
            assert_eq!(of(text), [Bears::Unnamed], "{text}");
        }
        // What has a name is looked for where it is not.
        for text in [
            format!("e = create_async_engine(url, connect_args={{{NAMED}}})"),
            format!(
                "e = create_async_engine(url, connect_args={{{NAMED}, 'prepared_statement_cache_size': 50}})"
            ),
        ] {
            assert_eq!(of(&text), [Bears::Uncached], "{text}");
        }
        for text in [
            "e = create_async_engine(url)",
            "e = create_async_engine(url, poolclass=NullPool)",
            "e = create_async_engine(url, poolclass=NullPool, connect_args={'statement_cache_size': 100})",
            "e = create_async_engine(url, connect_args=made())",
            "p = await asyncpg.create_pool(url)",
        ] {
            assert_eq!(of(text), [Bears::Never], "{text}");
        }
        assert!(of("e = create_engine(url)\nc = socket.connect(a)").is_empty());
        let set = format!(
            "a = {{{NAMED}}}\na['statement_cache_size'] = 9\ne = create_async_engine(url, connect_args=a)"
        );
        assert_eq!(of(&set), [Bears::Never]);
    }

    #[test]
    fn what_a_function_makes_for_an_engine_is_read() {
        let made = |body: &str, by: &str| {
            format!(
                "class D:\n    def __init__(self):\n        self.e = create_async_engine(url, connect_args={by})\n    def _args(self):\n        {body}\n"
            )
        };
        let set = "a = {'timeout': 5}\n        a['statement_cache_size'] = 0\n        return a";
        for (body, by, bears) in [
            (set, "self._args()", Bears::Unnamed),
            (set, "self._args", Bears::Unnamed),
            (set, "other._args()", Bears::Never),
            (
                "return dict(statement_cache_size=0)",
                "self._args()",
                Bears::Unnamed,
            ),
            (
                "a = {}\n        if x:\n            a['statement_cache_size'] = 0\n        return a",
                "self._args()",
                Bears::Never,
            ),
            (
                "if x:\n            return {}\n        return {'statement_cache_size': 0}",
                "self._args()",
                Bears::Never,
            ),
        ] {
            let text = made(body, by);
            assert_eq!(of(&text), [bears], "{text}");
        }
        let text = "def args():\n    return {'statement_cache_size': 0}\ne = create_async_engine(url, connect_args=args())";
        assert_eq!(of(text), [Bears::Unnamed]);
    }
}
