//! The variables that a settings class reads: its prefix and the names of its fields.

use ruff_python_ast::{Expr, ExprCall, Stmt, StmtAnnAssign, StmtClassDef};
use ruff_text_size::Ranged;

/// A field of a settings class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the code.
    pub name: String,
    /// The variable that it is read from, as everybody writes it: case does not count.
    pub variable: String,
    /// Variables that it is read from where the one before is not set.
    pub others: Vec<String>,
    /// Whether its variables have names that have nothing to do with its own.
    pub is_renamed: bool,
    /// Whether a variable that is set to nothing counts as one that is not set.
    pub ignores_empty: bool,
    /// What it is where nobody sets that, where the code says so in one word.
    pub default: Option<String>,
    /// Its class.
    pub class: String,
    /// What its class reads besides the process environment, later files before earlier ones; none where the class
    /// does not say it in plain words.
    pub env_files: Option<Vec<String>>,
    /// The pattern that its value has to match.
    pub pattern: Option<String>,
    /// The texts that it is a list of where nobody sets it, where the code says so in plain words.
    pub default_list: Option<Vec<String>>,
    /// Whether its variable is read as JSON; otherwise as a text.
    pub is_json: bool,
    /// Offset of the field in the text.
    pub offset: usize,
}

/// The fields of a class, where it says by itself what their variables begin with, or that it has settings.
pub(super) fn of(class: &StmtClassDef) -> Vec<Field> {
    let assigned = || class.body.iter().filter_map(Stmt::as_assign_stmt);
    let prefix = assigned().find_map(|assign| prefix(&assign.value));
    let is_on = |value: &Expr| value.as_boolean_literal_expr().is_some_and(|it| it.value);
    let ignores_empty =
        assigned().any(|it| argument(&it.value, "env_ignore_empty").is_some_and(is_on));
    let Some(prefix) = prefix.or_else(|| has_settings(class).then(String::new)) else {
        return Vec::new();
    };
    let fields = class.body.iter().filter_map(Stmt::as_ann_assign_stmt);
    let fields = fields.filter_map(|it| field(&prefix, it));
    let env_files = assigned().find_map(|it| argument(&it.value, "env_file").and_then(texts));
    let is_decoded = assigned().all(|it| {
        let decodes = argument(&it.value, "enable_decoding");
        decodes.is_none_or(is_on)
    });
    let fields = fields.map(|field| Field {
        ignores_empty,
        class: class.name.to_string(),
        env_files: env_files.clone(),
        is_json: field.is_json && is_decoded,
        ..field
    });
    fields.collect()
}

/// Whether a class is one of pydantic-settings', by what it is made from.
fn has_settings(class: &StmtClassDef) -> bool {
    let mut bases = class.bases().iter().filter_map(|base| match base {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    });
    bases.any(|base| base.ends_with("Settings"))
}

/// The value of `env_prefix=…`.
pub(super) fn prefix(value: &Expr) -> Option<String> {
    argument(value, "env_prefix").and_then(text)
}

fn field(prefix: &str, field: &StmtAnnAssign) -> Option<Field> {
    let name = field.target.as_name_expr()?.id.as_str();
    let value = field.value.as_deref();
    let called = |word: &str| value.and_then(|it| argument(it, word));
    // It has names of its own then, without the prefix.
    let own = called("validation_alias").or_else(|| called("alias"));
    let mut variables = match own {
        Some(own) => aliases(own),
        None => vec![format!("{prefix}{name}")],
    }
    .into_iter()
    .map(|it| it.to_ascii_uppercase());
    let variable = variables.next()?;
    let default = value.and_then(|value| {
        let first = || value.as_call_expr()?.arguments.args.first();
        text(value)
            .or_else(|| argument(value, "default").and_then(text))
            .or_else(|| first().and_then(text))
    });
    // What stands beside the value, and in `Annotated[str, Field(pattern=…)]`.
    let beside = annotated(&field.annotation).skip(1);
    let pattern = called("pattern").or_else(|| {
        let mut beside = beside.filter_map(|it| argument(it, "pattern"));
        beside.next()
    });
    let default_list = value
        .filter(|it| it.is_list_expr())
        .or_else(|| called("default").filter(|it| it.is_list_expr()))
        .and_then(texts);
    Some(Field {
        class: String::new(),
        env_files: None,
        pattern: pattern.and_then(text),
        default_list,
        is_json: is_json(&field.annotation),
        name: name.to_owned(),
        variable,
        others: variables.collect(),
        is_renamed: own.is_some(),
        ignores_empty: false,
        default,
        offset: field.start().to_usize(),
    })
}

/// The names in `'a'` or `AliasChoices('a', 'b')`; what leads into a value is none.
fn aliases(value: &Expr) -> Vec<String> {
    let choices = |call: &ExprCall| call.arguments.args.iter().filter_map(text).collect();
    match value {
        Expr::Call(call) => choices(call),
        value => text(value).into_iter().collect(),
    }
}

fn argument<'a>(value: &'a Expr, name: &str) -> Option<&'a Expr> {
    let mut keywords = value.as_call_expr()?.arguments.keywords.iter();
    let keyword = keywords.find(|it| it.arg.as_ref().is_some_and(|known| known == name))?;
    Some(&keyword.value)
}

fn text(value: &Expr) -> Option<String> {
    Some(value.as_string_literal_expr()?.value.to_str().to_owned())
}

/// A text, or those of a list or tuple of nothing else.
fn texts(value: &Expr) -> Option<Vec<String>> {
    match value {
        Expr::List(list) => list.elts.iter().map(text).collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().map(text).collect(),
        value => Some(vec![text(value)?]),
    }
}

/// The last part of a name: `List` of `typing.List`.
fn last_part(value: &Expr) -> &str {
    match value {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}

/// What `Annotated[…]` has in it, the type first; nothing of other types.
fn annotated(annotation: &Expr) -> impl Iterator<Item = &Expr> {
    let subscript = annotation.as_subscript_expr();
    let subscript = subscript.filter(|it| last_part(&it.value) == "Annotated");
    let parts = subscript.and_then(|it| it.slice.as_tuple_expr());
    parts.into_iter().flat_map(|parts| &parts.elts)
}

/// Whether pydantic-settings reads the variable of a field of this type as JSON, unasked.
fn is_json(annotation: &Expr) -> bool {
    const LISTS: &[&str] = &[
        "list",
        "List",
        "set",
        "Set",
        "frozenset",
        "FrozenSet",
        "tuple",
        "Tuple",
        "Sequence",
        "dict",
        "Dict",
    ];
    let mut parts = annotated(annotation);
    if let Some(first) = parts.next() {
        return is_json(first) && !parts.any(|it| last_part(it) == "NoDecode");
    }
    match annotation {
        Expr::Subscript(subscript) if last_part(&subscript.value) == "Optional" => {
            is_json(&subscript.slice)
        }
        Expr::Subscript(subscript) => LISTS.contains(&last_part(&subscript.value)),
        Expr::BinOp(either) => is_json(&either.left),
        name => LISTS.contains(&last_part(name)),
    }
}
