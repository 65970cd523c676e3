//! What Python's compiler refuses of a text whose grammar is sound.
//!
//! Only what no version of Python takes: <https://docs.python.org/3/reference/simple_stmts.html>.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

/// The first statement that stands where it cannot, in words, and where.
pub(super) fn mistake(body: &[Stmt]) -> Option<(String, TextRange)> {
    let mut places = Places::default();
    places.visit_body(body);
    places.found
}

/// What stands around a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Function {
    /// A module, or a class.
    #[default]
    None,
    Plain,
    Async,
}

#[derive(Default)]
struct Places {
    function: Function,
    is_in_loop: bool,
    found: Option<(String, TextRange)>,
}

impl Places {
    fn tell(&mut self, words: &str, range: TextRange) {
        self.found.get_or_insert_with(|| (words.to_owned(), range));
    }

    /// Looks into what has nothing to do with what is around it.
    fn within(&mut self, function: Function, body: &[Stmt]) {
        let around = (self.function, self.is_in_loop);
        (self.function, self.is_in_loop) = (function, false);
        self.visit_body(body);
        (self.function, self.is_in_loop) = around;
    }

    fn in_loop(&mut self, body: &[Stmt], or_else: &[Stmt]) {
        let around = std::mem::replace(&mut self.is_in_loop, true);
        self.visit_body(body);
        self.is_in_loop = around;
        self.visit_body(or_else);
    }
}

impl<'a> Visitor<'a> for Places {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                let kind = if function.is_async {
                    Function::Async
                } else {
                    Function::Plain
                };
                for decorator in &function.decorator_list {
                    self.visit_decorator(decorator);
                }
                self.within(kind, &function.body);
            }
            Stmt::ClassDef(class) => self.within(Function::None, &class.body),
            Stmt::For(each) => {
                if each.is_async && self.function != Function::Async {
                    self.tell("`async for` outside of an async function", each.range());
                }
                self.visit_expr(&each.iter);
                self.in_loop(&each.body, &each.orelse);
            }
            Stmt::While(each) => {
                self.visit_expr(&each.test);
                self.in_loop(&each.body, &each.orelse);
            }
            Stmt::Return(it) if self.function == Function::None => {
                self.tell("`return` outside of a function", it.range());
            }
            Stmt::Break(it) if !self.is_in_loop => {
                self.tell("`break` outside of a loop", it.range());
            }
            Stmt::Continue(it) if !self.is_in_loop => {
                self.tell("`continue` outside of a loop", it.range());
            }
            Stmt::With(block) if block.is_async && self.function != Function::Async => {
                self.tell("`async with` outside of an async function", block.range());
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, value: &'a Expr) {
        match value {
            // What is within has rules of its own.
            Expr::Lambda(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::Generator(_) => return,
            Expr::Yield(_) | Expr::YieldFrom(_) if self.function == Function::None => {
                self.tell("`yield` outside of a function", value.range());
            }
            Expr::Await(_) if self.function != Function::Async => {
                self.tell("`await` outside of an async function", value.range());
            }
            _ => {}
        }
        walk_expr(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn what_stands_where_it_cannot_is_told() {
        let told = |text: &str| {
            let parsed = parse(text);
            assert_eq!(parsed.errors(), [], "{text}");
            let module = parsed.syntax().as_module().expect("a module");
            mistake(&module.body).map(|(words, _)| words)
        };
        for (text, words) in [
            ("return 1\n", "`return`"),
            ("class A:\n    return\n", "`return`"),
            ("if a:\n    break\n", "`break`"),
            (
                "for a in b:\n    def f():\n        continue\n",
                "`continue`",
            ),
            ("while a:\n    pass\nelse:\n    break\n", "`break`"),
            ("x = yield 1\n", "`yield`"),
            ("def f():\n    await g()\n", "`await`"),
            ("await g()\n", "`await`"),
            (
                "def f():\n    async with a:\n        pass\n",
                "`async with`",
            ),
            ("async for a in b:\n    pass\n", "`async for`"),
        ] {
            assert!(told(text).is_some_and(|it| it.contains(words)), "{text}");
        }
        for sound in [
            "def f():\n    return (yield 1)\n",
            "async def f():\n    async with a:\n        return await g()\n",
            "for a in b:\n    if a:\n        break\n    with c:\n        continue\n",
            "while a:\n    try:\n        break\n    finally:\n        pass\n",
            "async def f():\n    return [await a async for a in b]\n",
            "f = lambda: (yield)\n",
            "def f():\n    return (await a for a in b)\n",
            "match a:\n    case 1:\n        pass\n",
        ] {
            assert_eq!(told(sound), None, "{sound}");
        }
    }
}
