//! What a field of a class is where nobody sets it.

use ruff_python_ast::Expr;

use super::super::fields::argument;
use super::super::{callee, literal};

/// The text or number that a field is set to: `6379`, `Field(default="localhost")`.
pub(super) fn said(value: &Expr) -> Option<String> {
    if let Some(call) = value.as_call_expr() {
        let default = argument(value, "default").or_else(|| call.arguments.args.first());
        return (callee(call) == "Field").then(|| said(default?)).flatten();
    }
    let number = value.as_number_literal_expr().map(|it| &it.value);
    let number = number.and_then(ruff_python_ast::Number::as_int);
    number
        .and_then(ruff_python_ast::Int::as_u64)
        .map(|it| it.to_string())
        .or_else(|| literal::text(value))
}

/// Whether a value is that type, made of nothing: `Kind()`, `Field(default_factory=Kind)`.
pub(super) fn is_made(value: &Expr, kind: Option<&str>) -> bool {
    let Some(call) = value.as_call_expr() else {
        return false;
    };
    let of_kind = |it: &Expr| it.as_name_expr().map(|it| it.id.as_str()) == kind;
    match callee(call) {
        "Field" => {
            let default = argument(value, "default").or_else(|| call.arguments.args.first());
            argument(value, "default_factory").is_some_and(of_kind)
                || default.is_some_and(|it| is_made(it, kind))
        }
        _ => kind.is_some() && of_kind(&call.func) && call.arguments.is_empty(),
    }
}
