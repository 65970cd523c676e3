//! What stands there in plain words.

use ruff_python_ast::{Expr, ExprCall};

/// The text of a string.
pub(super) fn text(value: &Expr) -> Option<String> {
    Some(value.as_string_literal_expr()?.value.to_str().to_owned())
}

/// What a call is given under a name; nothing of what is no call.
pub(super) fn argument<'a>(value: &'a Expr, name: &str) -> Option<&'a Expr> {
    argument_of(value.as_call_expr()?, name)
}

/// The same of a call.
pub(super) fn argument_of<'a>(call: &'a ExprCall, name: &str) -> Option<&'a Expr> {
    let mut keywords = call.arguments.keywords.iter();
    let keyword = keywords.find(|it| it.arg.as_ref().is_some_and(|known| known == name))?;
    Some(&keyword.value)
}
