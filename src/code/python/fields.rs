//! The variables that a settings class reads: its prefix and the names of its fields.

use ruff_python_ast::{Expr, Stmt, StmtAnnAssign, StmtClassDef};
use ruff_text_size::Ranged;

/// A field of a settings class whose variables have a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The variable that it is read from.
    pub variable: String,
    /// What it is where nobody sets that, where the code says so in one word.
    pub default: Option<String>,
    /// Offset of the field in the text.
    pub offset: usize,
}

/// The fields of a class, where it says by itself what their variables begin with.
pub(super) fn of(class: &StmtClassDef) -> Vec<Field> {
    let prefix = class.body.iter().find_map(|statement| match statement {
        Stmt::Assign(assign) => prefix(&assign.value),
        _ => None,
    });
    let Some(prefix) = prefix else {
        return Vec::new();
    };
    let fields = class.body.iter().filter_map(Stmt::as_ann_assign_stmt);
    fields.filter_map(|it| field(&prefix, it)).collect()
}

/// The value of `env_prefix=…`.
pub(super) fn prefix(value: &Expr) -> Option<String> {
    argument(value, "env_prefix").and_then(text)
}

fn field(prefix: &str, field: &StmtAnnAssign) -> Option<Field> {
    let name = field.target.as_name_expr()?.id.as_str();
    let value = field.value.as_deref();
    let is_called = |word: &str| value.is_some_and(|it| argument(it, word).is_some());
    // It has a name of its own then.
    if is_called("alias") || is_called("validation_alias") {
        return None;
    }
    let default = value.and_then(|value| {
        let first = || value.as_call_expr()?.arguments.args.first();
        text(value)
            .or_else(|| argument(value, "default").and_then(text))
            .or_else(|| first().and_then(text))
    });
    Some(Field {
        variable: format!("{prefix}{}", name.to_ascii_uppercase()),
        default,
        offset: field.start().to_usize(),
    })
}

fn argument<'a>(value: &'a Expr, name: &str) -> Option<&'a Expr> {
    let mut keywords = value.as_call_expr()?.arguments.keywords.iter();
    let keyword = keywords.find(|it| it.arg.as_ref().is_some_and(|known| known == name))?;
    Some(&keyword.value)
}

fn text(value: &Expr) -> Option<String> {
    Some(value.as_string_literal_expr()?.value.to_str().to_owned())
}
