//! What stands there in plain words.

use ruff_python_ast::Expr;

/// The text of a string.
pub(super) fn text(value: &Expr) -> Option<String> {
    Some(value.as_string_literal_expr()?.value.to_str().to_owned())
}
