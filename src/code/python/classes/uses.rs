//! How a module makes use of a class.

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, Stmt};

/// How a module makes use of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Not at all, or only as what another class is made from, and as a type.
    No,
    /// It may make one.
    Plain,
    /// It makes one with settings of its own, as `S(_env_file=None)`.
    Special,
}

/// How a module makes use of the class of that name.
pub(in super::super) fn use_of(body: &[Stmt], name: &str) -> Use {
    let mut uses = Uses {
        name,
        found: Use::No,
    };
    for statement in body {
        uses.visit_stmt(statement);
    }
    uses.found
}

struct Uses<'n> {
    name: &'n str,
    found: Use,
}

impl Uses<'_> {
    fn is_it(&self, value: &Expr) -> bool {
        match value {
            Expr::Name(name) => name.id.as_str() == self.name,
            Expr::Attribute(attribute) => attribute.attr.as_str() == self.name,
            _ => false,
        }
    }
}

impl<'a> Visitor<'a> for Uses<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::ClassDef(class) => class.body.iter().for_each(|it| self.visit_stmt(it)),
            other => walk_stmt(self, other),
        }
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_expr(&mut self, value: &'a Expr) {
        if let Expr::Call(call) = value
            && self.is_it(&call.func)
        {
            let is_own = |name: &str| name.starts_with('_');
            let mut keywords = call.arguments.keywords.iter();
            if keywords.any(|it| it.arg.as_ref().is_none_or(|name| is_own(name))) {
                self.found = Use::Special;
            }
        }
        if self.is_it(value) && self.found == Use::No {
            self.found = Use::Plain;
        }
        walk_expr(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::use_of;
    use super::*;

    #[test]
    fn who_is_only_a_base_or_a_type_is_not_used() {
        for (text, found) in [
            (
                "class T(S): ...\ndef f(x: S) -> S: ...\ny: S | None = None",
                Use::No,
            ),
            ("from a import S\n__all__ = ['S']", Use::No),
            ("settings = S()", Use::Plain),
            (
                "class T(B):\n    one: S = Field(default_factory=S)",
                Use::Plain,
            ),
            ("CHOICE = {'x': a.S}", Use::Plain),
            ("S()\nS(_env_file=None)", Use::Special),
            ("S(**given)", Use::Special),
        ] {
            assert_eq!(use_of(text, "S"), found, "{text}");
        }
    }
}
