//! What the names of a module stand for, as far as it assigns each once and changes none afterwards.

use std::collections::BTreeMap;

use ruff_python_ast::{Expr, Stmt};

/// How many names may stand for one another.
const DEPTH: usize = 4;

/// The constants of a module.
#[derive(Default)]
pub(super) struct Constants<'a>(BTreeMap<&'a str, Option<&'a Expr>>);

impl<'a> Constants<'a> {
    /// Those at the top level of a module.
    pub(super) fn of(body: &'a [Stmt]) -> Self {
        let mut constants = Self::default();
        constants.collect(body);
        constants
    }

    fn collect(&mut self, body: &'a [Stmt]) {
        for statement in body {
            match statement {
                Stmt::Assign(assign) => {
                    for target in &assign.targets {
                        self.assigned(target, Some(&assign.value));
                    }
                }
                Stmt::AnnAssign(assign) => {
                    if let Some(value) = &assign.value {
                        self.assigned(&assign.target, Some(value));
                    }
                }
                Stmt::AugAssign(assign) => self.assigned(&assign.target, None),
                // `SHARED.update(…)`
                Stmt::Expr(line) => {
                    let call = line.value.as_call_expr();
                    let method = call.and_then(|it| it.func.as_attribute_expr());
                    if let Some(method) = method {
                        self.assigned(&method.value, None);
                    }
                }
                Stmt::If(block) => {
                    self.collect(&block.body);
                    for other in &block.elif_else_clauses {
                        self.collect(&other.body);
                    }
                }
                Stmt::Try(block) => {
                    self.collect(&block.body);
                    for handler in &block.handlers {
                        if let Some(handler) = handler.as_except_handler() {
                            self.collect(&handler.body);
                        }
                    }
                    self.collect(&block.orelse);
                    self.collect(&block.finalbody);
                }
                Stmt::With(block) => self.collect(&block.body),
                _ => {}
            }
        }
    }

    /// A name that is given a value, and one that is changed: it stands for nothing any more.
    fn assigned(&mut self, target: &'a Expr, value: Option<&'a Expr>) {
        match target {
            Expr::Name(name) => {
                let known = self.0.entry(name.id.as_str());
                known.and_modify(|known| *known = None).or_insert(value);
            }
            Expr::Subscript(part) => self.assigned(&part.value, None),
            Expr::Tuple(several) => {
                for target in &several.elts {
                    self.assigned(target, None);
                }
            }
            _ => {}
        }
    }

    /// What an expression is, where it is a name of the module that stands for another one. A name that is not
    /// followed stays as it is.
    pub(super) fn follow(&self, value: &'a Expr) -> &'a Expr {
        let mut value = value;
        for _ in 0..DEPTH {
            let Some(name) = value.as_name_expr() else {
                break;
            };
            match self.0.get(name.id.as_str()) {
                Some(Some(known)) => value = known,
                _ => break,
            }
        }
        value
    }

    /// Whether a name is given anything here.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What a name is given; nothing where that is done twice, or changed.
    pub(super) fn get(&self, name: &str) -> Option<&'a Expr> {
        self.0.get(name).copied().flatten()
    }

    /// The text that an expression is.
    pub(super) fn text(&self, value: &'a Expr) -> Option<String> {
        super::literal::text(self.follow(value))
    }
}
