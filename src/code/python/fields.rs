//! The variables that a settings class reads: its prefix and the names of its fields.

use ruff_python_ast::{Expr, ExprCall, Stmt, StmtAnnAssign, StmtClassDef};
use ruff_text_size::Ranged;

use super::validators;

/// A field of a settings class.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Field {
    /// Its name in the code.
    pub name: String,
    /// The variable that it is read from, as everybody writes it: case does not count.
    pub variable: String,
    /// Variables that it is read from where the one before is not set.
    pub others: Vec<String>,
    /// Whether its variables have names that have nothing to do with its own.
    pub is_renamed: bool,
    /// How the variable must be written, where case counts.
    pub exact: Option<String>,
    /// Whether a variable that is set to nothing counts as one that is not set.
    pub ignores_empty: bool,
    /// The env files that its class reads, where the code says so in plain words.
    pub files: Option<Vec<String>>,
    /// Whether its class leaves to others what its variables begin with, or reads other sources than usual.
    pub is_beyond: bool,
    /// Whether its class may give it another value than the one that is read.
    pub is_changed: bool,
    /// What it is where nobody sets that, where the code says so in one word.
    pub default: Option<String>,
    /// Whether it has no default of any kind.
    pub is_required: bool,
    /// Its class.
    pub class: String,
    /// The pattern that its value has to match.
    pub pattern: Option<String>,
    /// The name of its type, where it has one: `RedisDsn`, also of `Optional[RedisDsn]`.
    pub kind: Option<String>,
    /// The texts that it is a list of where nobody sets it, where the code says so in plain words.
    pub default_list: Option<Vec<String>>,
    /// Whether its variable is read as JSON; otherwise as a text.
    pub is_json: bool,
    /// Offset of the field in the text.
    pub offset: usize,
}

/// What a class says of all its fields.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
struct Class {
    name: String,
    /// Whether lists are read as JSON, as they are where nobody says otherwise.
    is_decoded: bool,
    prefix: String,
    is_exact: bool,
    ignores_empty: bool,
    files: Option<Vec<String>>,
    is_beyond: bool,
}

/// The fields of a class, where it says by itself what their variables begin with, or that it has settings;
/// `all` are the classes of its module.
pub(super) fn of(class: &StmtClassDef, all: &[&StmtClassDef]) -> Vec<Field> {
    let own = setting(class, "env_prefix").and_then(text);
    if own.is_none() && !has_settings(class) {
        return Vec::new();
    }
    let (line, is_whole) = ancestors(class, all);
    let of_line = |name: &str| line.iter().find_map(|class| setting(class, name));
    let is_on = |name: &str| {
        let literal = of_line(name).and_then(Expr::as_boolean_literal_expr);
        literal.is_some_and(|it| it.value)
    };
    let prefix = of_line("env_prefix");
    let with_sources = line.iter().any(|class| {
        let mut functions = class.body.iter().filter_map(Stmt::as_function_def_stmt);
        functions.any(|it| it.name.as_str() == "settings_customise_sources")
    });
    let decodes = of_line("enable_decoding").and_then(Expr::as_boolean_literal_expr);
    let of_class = Class {
        name: class.name.to_string(),
        is_decoded: decodes.is_none_or(|it| it.value),
        prefix: prefix.and_then(text).unwrap_or_default(),
        is_exact: is_on("case_sensitive"),
        ignores_empty: is_on("env_ignore_empty"),
        files: of_line("env_file").and_then(texts),
        is_beyond: with_sources
            || prefix.is_some_and(|it| text(it).is_none())
            || (prefix.is_none() && !is_whole),
    };
    let fields = class.body.iter().filter_map(Stmt::as_ann_assign_stmt);
    let read = |it: &StmtAnnAssign| {
        let field = field(&of_class, it)?;
        Some(Field {
            is_changed: validators::change(&line, &field.name),
            ..field
        })
    };
    fields.filter_map(read).collect()
}

/// A class with those of its module that it is made from, and whether these are all that may say something.
fn ancestors<'a>(
    class: &'a StmtClassDef,
    all: &[&'a StmtClassDef],
) -> (Vec<&'a StmtClassDef>, bool) {
    let (mut line, mut is_whole, mut at) = (vec![class], true, 0);
    while let Some(class) = line.get(at).copied() {
        for name in bases(class).filter(|name| *name != "BaseSettings") {
            match all.iter().find(|known| known.name.as_str() == name) {
                Some(known) if !line.iter().any(|it| it.name == known.name) => line.push(known),
                Some(_) => {}
                None => is_whole &= !name.ends_with("Settings"),
            }
        }
        at += 1;
    }
    (line, is_whole)
}

/// Whether a class is one of pydantic-settings', by what it is made from.
fn has_settings(class: &StmtClassDef) -> bool {
    bases(class).any(|base| base.ends_with("Settings"))
}

fn bases(class: &StmtClassDef) -> impl Iterator<Item = &str> {
    class.bases().iter().filter_map(|base| match base {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    })
}

/// What a class says of itself under a name, in any of the ways that pydantic knows: `SettingsConfigDict(…)`, a
/// plain dictionary, or a `Config` within.
fn setting<'a>(class: &'a StmtClassDef, name: &str) -> Option<&'a Expr> {
    class.body.iter().find_map(|statement| match statement {
        Stmt::Assign(assign) => argument(&assign.value, name).or_else(|| item(&assign.value, name)),
        Stmt::AnnAssign(assign) => {
            let value = assign.value.as_deref()?;
            let is_config = assign.target.as_name_expr()?.id.as_str() == "model_config";
            let found = argument(value, name).or_else(|| item(value, name));
            found.filter(|_| is_config)
        }
        Stmt::ClassDef(inner) if inner.name.as_str() == "Config" => {
            let mut assigned = inner.body.iter().filter_map(Stmt::as_assign_stmt);
            let is_it = |target: &Expr| target.as_name_expr().is_some_and(|it| it.id == name);
            let assign = assigned.find(|it| it.targets.iter().any(is_it))?;
            Some(&*assign.value)
        }
        _ => None,
    })
}

/// The value of a key in a dictionary.
fn item<'a>(value: &'a Expr, key: &str) -> Option<&'a Expr> {
    let mut items = value.as_dict_expr()?.items.iter();
    let is_it = |name: &Expr| text(name).is_some_and(|name| name == key);
    let item = items.find(|item| item.key.as_ref().is_some_and(is_it))?;
    Some(&item.value)
}

/// The value of `env_prefix=…`.
pub(super) fn prefix(value: &Expr) -> Option<String> {
    argument(value, "env_prefix").and_then(text)
}

fn field(class: &Class, field: &StmtAnnAssign) -> Option<Field> {
    let name = field.target.as_name_expr()?.id.as_str();
    let value = field.value.as_deref();
    let called = |word: &str| value.and_then(|it| argument(it, word));
    // It has names of its own then, without the prefix.
    let own = called("validation_alias").or_else(|| called("alias"));
    let written = match own {
        Some(own) => aliases(own),
        None => vec![format!("{}{name}", class.prefix)],
    };
    let exact = written.first().filter(|_| class.is_exact).cloned();
    let mut variables = written.into_iter().map(|it| it.to_ascii_uppercase());
    let variable = variables.next()?;
    let first = value.and_then(|value| value.as_call_expr()?.arguments.args.first());
    let default = value.and_then(|value| {
        text_within(value).or_else(|| argument(value, "default").and_then(text_within))
    });
    let is_given = |value: &Expr| !value.is_ellipsis_literal_expr();
    let is_field = |value: &Expr| {
        let call = value.as_call_expr();
        call.is_some_and(|call| super::callee(call) == "Field")
    };
    let has_default = match value {
        None => false,
        Some(value) if is_field(value) => {
            called("default").is_some_and(is_given)
                || called("default_factory").is_some()
                || first.is_some_and(is_given)
        }
        Some(value) => is_given(value),
    };
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
        class: class.name.clone(),
        pattern: pattern.and_then(text),
        kind: kind(&field.annotation).map(str::to_owned),
        default_list,
        is_json: class.is_decoded && is_json(&field.annotation),
        name: name.to_owned(),
        variable,
        others: variables.collect(),
        is_renamed: own.is_some(),
        exact,
        ignores_empty: class.ignores_empty,
        files: class.files.clone(),
        is_beyond: class.is_beyond,
        is_changed: false,
        default,
        is_required: !has_default,
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

pub(super) fn argument<'a>(value: &'a Expr, name: &str) -> Option<&'a Expr> {
    let mut keywords = value.as_call_expr()?.arguments.keywords.iter();
    let keyword = keywords.find(|it| it.arg.as_ref().is_some_and(|known| known == name))?;
    Some(&keyword.value)
}

pub(super) fn text(value: &Expr) -> Option<String> {
    Some(value.as_string_literal_expr()?.value.to_str().to_owned())
}

/// A text, also as the first thing that is handed to a call: `RedisDsn("…")`.
fn text_within(value: &Expr) -> Option<String> {
    let first = || value.as_call_expr()?.arguments.args.first();
    text(value).or_else(|| first().and_then(text))
}

/// One text, or a list of nothing else.
fn texts(value: &Expr) -> Option<Vec<String>> {
    let list = match value {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        other => return Some(vec![text(other)?]),
    };
    list.iter().map(text).collect()
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

/// The one name of a type, without what only says that it may be missing.
fn kind(annotation: &Expr) -> Option<&str> {
    match annotation {
        Expr::Name(_) | Expr::Attribute(_) => Some(last_part(annotation)),
        Expr::Subscript(subscript) if last_part(&subscript.value) == "Optional" => {
            kind(&subscript.slice)
        }
        Expr::Subscript(_) => kind(annotated(annotation).next()?),
        Expr::BinOp(either) if either.right.is_none_literal_expr() => kind(&either.left),
        Expr::BinOp(either) if either.left.is_none_literal_expr() => kind(&either.right),
        _ => None,
    }
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
