//! What a module writes into the process environment.

use std::collections::BTreeMap;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use super::super::literal::text;

/// One that is written.
#[derive(Clone, Copy)]
pub(super) struct One<'a> {
    /// What it is given: `os.environ.setdefault(…)` stands for itself. None where that is not done each time.
    pub(super) value: Option<&'a Expr>,
    /// Where.
    pub(super) offset: usize,
}

/// All of them, by their names.
#[derive(Default)]
pub(super) struct Written<'a> {
    known: BTreeMap<String, Vec<One<'a>>>,
}

impl<'a> Written<'a> {
    pub(super) fn of(&self, name: &str) -> &[One<'a>] {
        self.known.get(name).map_or(&[], Vec::as_slice)
    }

    /// `os.environ["NAME"] = value`; `is_sure` where nothing decides whether that is done.
    pub(super) fn set(&mut self, name: &Expr, value: &'a Expr, is_sure: bool) {
        // A name that is computed may be any, and is seldom a broker's.
        if let Some(name) = text(name) {
            self.add(name, value, is_sure);
        }
    }

    fn add(&mut self, name: String, value: &'a Expr, is_sure: bool) {
        self.known.entry(name).or_default().push(One {
            value: Some(value).filter(|_| is_sure),
            offset: value.start().to_usize(),
        });
    }

    /// A method of `os.environ`.
    pub(super) fn called(&mut self, call: &'a ExprCall, whole: &'a Expr, is_sure: bool) {
        let arguments = &call.arguments;
        match super::super::callee(call) {
            "setdefault" => {
                if let Some(name) = arguments.args.first().and_then(text) {
                    self.add(name, whole, is_sure);
                }
            }
            "update" => {
                for table in &arguments.args {
                    self.table(table, is_sure);
                }
                for keyword in &arguments.keywords {
                    match &keyword.arg {
                        Some(name) => self.add(name.to_string(), &keyword.value, is_sure),
                        None => self.table(&keyword.value, is_sure),
                    }
                }
            }
            _ => {}
        }
    }

    /// A table that is written as a whole.
    pub(super) fn table(&mut self, table: &'a Expr, is_sure: bool) {
        for (name, value) in super::pairs(table).into_iter().flatten() {
            self.add(name, value, is_sure);
        }
    }
}

pub(super) fn is_environ(value: &Expr) -> bool {
    match value {
        Expr::Name(name) => name.id.as_str() == "environ",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "environ",
        _ => false,
    }
}
