//! Where a value comes from, followed through the names of its module.

use ruff_python_ast::{Expr, ExprCall};

use super::super::literal::{argument_of, text};
use super::environment::is_environ;
use super::{Found, Source};

impl Found<'_> {
    pub(super) fn source(&self, value: &Expr, depth: usize) -> Source {
        let Some(depth) = depth.checked_sub(1) else {
            return Source::Other;
        };
        if let Some(text) = text(value) {
            return Source::Text(text);
        }
        match value {
            Expr::Name(name) => match self.names.get(name.id.as_str()) {
                Some(Some(value)) => self.source(value, depth),
                _ => Source::Other,
            },
            Expr::Attribute(attribute) => {
                let owner = attribute.value.as_attribute_expr();
                Source::Attribute {
                    name: attribute.attr.to_string(),
                    owner: owner.map(|it| it.attr.to_string()),
                }
            }
            Expr::Subscript(subscript) if is_environ(&subscript.value) => {
                self.variable(text(&subscript.slice), depth)
            }
            Expr::BoolOp(either) if either.op.is_or() => {
                let sources = either.values.iter().map(|it| self.source(it, depth));
                sources.reduce(or).unwrap_or(Source::Other)
            }
            Expr::Call(call) => self.of_call(call, depth),
            _ => Source::Other,
        }
    }

    /// A variable of the process environment, or what the module has written there.
    fn variable(&self, name: Option<String>, depth: usize) -> Source {
        let Some(name) = name else {
            return Source::Other;
        };
        match self.written.of(&name) {
            [] => variables(Some(name)),
            [one] => one
                .value
                .map_or(Source::Other, |value| self.source(value, depth)),
            _ => Source::Other,
        }
    }

    fn of_call(&self, call: &ExprCall, depth: usize) -> Source {
        let (args, name) = (&call.arguments.args, super::super::callee(call));
        let (asks, sets) = match call.func.as_ref() {
            Expr::Attribute(it) if is_environ(&it.value) => (name == "get", name == "setdefault"),
            _ => (name == "getenv", false),
        };
        if asks || sets {
            let named = args.first().and_then(text);
            let own = if sets {
                variables(named)
            } else {
                self.variable(named, depth)
            };
            let default = args
                .get(1)
                .or_else(|| argument_of(call, "default"))
                .filter(|it| !it.is_none_literal_expr());
            return match default {
                Some(default) => or(own, self.source(default, depth)),
                None => own,
            };
        }
        match (call.func.as_ref(), args.as_ref()) {
            (Expr::Name(_), [only]) if name == "str" => self.source(only, depth),
            (Expr::Attribute(it), [])
                if matches!(name, "unicode_string" | "get_secret_value" | "strip") =>
            {
                self.source(&it.value, depth)
            }
            _ => Source::Other,
        }
    }
}

fn variables(name: Option<String>) -> Source {
    match name {
        Some(name) => Source::Variables {
            names: vec![name],
            default: None,
        },
        None => Source::Other,
    }
}

/// The one, else the other.
fn or(one: Source, other: Source) -> Source {
    let Source::Variables {
        mut names,
        default: None,
    } = one
    else {
        return if matches!(one, Source::Text(_) | Source::Variables { .. }) {
            one
        } else {
            Source::Other
        };
    };
    match other {
        Source::Text(text) => Source::Variables {
            names,
            default: Some(text),
        },
        Source::Variables {
            names: more,
            default,
        } => {
            names.extend(more);
            Source::Variables { names, default }
        }
        Source::Attribute { .. } | Source::Other => Source::Other,
    }
}
