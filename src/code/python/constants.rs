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
            for (target, value) in assignments(statement) {
                self.assigned(target, value);
            }
            match statement {
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

/// What a statement gives values to, each with the value; none where it changes the one that is there.
pub(super) fn assignments(statement: &Stmt) -> Vec<(&Expr, Option<&Expr>)> {
    match statement {
        Stmt::Assign(assign) => {
            let targets = assign.targets.iter();
            targets.map(|it| (it, Some(&*assign.value))).collect()
        }
        Stmt::AnnAssign(assign) => {
            let value = assign.value.as_deref();
            value
                .map(|it| (&*assign.target, Some(it)))
                .into_iter()
                .collect()
        }
        Stmt::AugAssign(assign) => vec![(&*assign.target, None)],
        _ => Vec::new(),
    }
}
