//! The variables that a settings class reads: its prefix and the names of its fields.

use ruff_python_ast::{Expr, Stmt, StmtAnnAssign, StmtClassDef};
use ruff_text_size::Ranged;

use super::bounds::Bounds;
use super::config::{Around, Config, bases};
use super::constants::Constants;
use super::env_file::EnvFiles;
pub(super) use super::literal::{argument, text};
use super::pasted::{self, Pasted};
use super::takes::{self, Looks, Takes};
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
    /// The env files that its class reads.
    pub files: EnvFiles,
    /// Whether it cannot be told what it is read from: its class leaves to others what its variables begin with,
    /// gives it a name that is computed, or reads other sources than usual.
    pub is_beyond: bool,
    /// Where it may be given another value than the one that is read: the offset of a validator.
    pub changed_at: Option<usize>,
    /// Where its class pastes it into a URL as it stands, for the password.
    pub pasted: Option<Pasted>,
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
    /// What its number has to be.
    pub bounds: Bounds,
    /// The texts that it is a list of where nobody sets it, where the code says so in plain words.
    pub default_list: Option<Vec<String>>,
    /// Whether its variable is read as JSON; otherwise as a text.
    pub is_json: bool,
    /// What its type takes.
    pub takes: Takes,
    /// Who looks at its value beside the type.
    pub looks: Looks,
    /// Offset of the field in the text.
    pub offset: usize,
}

/// What a class says of all its fields.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
struct Class<'a> {
    name: String,
    /// Whether lists are read as JSON, as they are where nobody says otherwise.
    is_decoded: bool,
    prefix: String,
    is_exact: bool,
    ignores_empty: bool,
    files: EnvFiles,
    is_beyond: bool,
    /// Whether fields without names of their own are given some.
    renames: bool,
    /// Whether a field with a name of its own is read by the usual one, too.
    by_name: bool,
    constants: &'a Constants<'a>,
}

/// What others may say of a field's variable in the place of its class.
const OF_NAMES: &[&str] = &[
    "env_prefix",
    "env_file",
    "case_sensitive",
    "alias_generator",
];

/// The fields of a class, where it says by itself what their variables begin with, or that it has settings.
pub(super) fn of<'a>(class: &'a StmtClassDef, around: &Around<'a>) -> Vec<Field> {
    let own = Config::own(class, around);
    let own = own.get("env_prefix");
    let own = own.and_then(|it| around.constants.text(it));
    let line = ancestors(class, around.classes);
    if own.is_none() && !line.iter().any(|class| has_settings(class)) {
        return Vec::new();
    }
    all_of(class, &line, around)
}

/// The fields of a model that settings may have within them: it reads no variables by itself.
pub(super) fn of_model<'a>(class: &'a StmtClassDef, around: &Around<'a>) -> Vec<Field> {
    let line = ancestors(class, around.classes);
    let is_model = |class: &&StmtClassDef| bases(class).any(|base| base == "BaseModel");
    if !line.iter().any(is_model) || line.iter().any(|class| has_settings(class)) {
        return Vec::new();
    }
    all_of(class, &line, around)
}

fn all_of<'a>(
    class: &'a StmtClassDef,
    line: &[&'a StmtClassDef],
    around: &Around<'a>,
) -> Vec<Field> {
    let constants = around.constants;
    let config = Config::of(class, around);
    let flag = |name: &str| {
        let literal = config.get(name).map(|it| constants.follow(it));
        let literal = literal.and_then(Expr::as_boolean_literal_expr);
        literal.map(|it| it.value)
    };
    let is_on = |name: &str| flag(name).unwrap_or_default();
    let prefix = config.get("env_prefix");
    let with_sources = line.iter().any(|class| {
        let mut functions = class.body.iter().filter_map(Stmt::as_function_def_stmt);
        functions.any(|it| it.name.as_str() == "settings_customise_sources")
    });
    // The field may be read by a class that is made from this one, which has names of its own for it.
    let is_base = around.classes.iter().any(|other| {
        let comes_from = bases(other).any(|name| name == class.name.as_str());
        let says = Config::own(other, around);
        comes_from && (!says.is_whole || OF_NAMES.iter().any(|name| says.get(name).is_some()))
    });
    let files = match config.get("env_file") {
        Some(files) => EnvFiles::read(files, constants),
        None if config.is_whole => EnvFiles::None,
        None => EnvFiles::Unsaid,
    };
    let prefixed = config
        .get("env_prefix_target")
        .is_some_and(|it| constants.text(it).is_none_or(|it| it != "variable"));
    let of_class = Class {
        name: class.name.to_string(),
        is_decoded: flag("enable_decoding").is_none_or(|it| it),
        prefix: prefix.and_then(|it| constants.text(it)).unwrap_or_default(),
        is_exact: is_on("case_sensitive"),
        ignores_empty: is_on("env_ignore_empty"),
        is_beyond: with_sources
            || is_base
            || prefixed
            || files == EnvFiles::Computed
            || prefix.is_some_and(|it| constants.text(it).is_none())
            || (prefix.is_none() && !config.is_whole),
        renames: config
            .get("alias_generator")
            .is_some_and(|it| !it.is_none_literal_expr()),
        by_name: is_on("populate_by_name") || is_on("validate_by_name"),
        files,
        constants,
    };
    let fields = class.body.iter().filter_map(Stmt::as_ann_assign_stmt);
    let read = |it: &StmtAnnAssign| {
        let field = field(&of_class, it)?;
        let looks = takes::looks(it, &field.name, line, &config);
        Some(Field {
            takes: Takes::of(&it.annotation, around),
            looks,
            changed_at: validators::change(line, &field.name)
                .or_else(|| validators::beside(marks(&it.annotation, constants), around)),
            pasted: pasted::at(line, &field.name),
            ..field
        })
    };
    fields.filter_map(read).collect()
}

/// A class with those of its module that it is made from.
fn ancestors<'a>(class: &'a StmtClassDef, all: &[&'a StmtClassDef]) -> Vec<&'a StmtClassDef> {
    let (mut line, mut at) = (vec![class], 0);
    while let Some(class) = line.get(at).copied() {
        for name in bases(class) {
            let known = all.iter().find(|known| known.name.as_str() == name);
            let known = known.filter(|it| !line.iter().any(|other| other.name == it.name));
            line.extend(known);
        }
        at += 1;
    }
    line
}

/// Whether a class is one of pydantic-settings', by what it is made from.
fn has_settings(class: &StmtClassDef) -> bool {
    bases(class).any(|base| base.ends_with("Settings"))
}

/// The value of `env_prefix=…`.
pub(super) fn prefix(value: &Expr) -> Option<String> {
    argument(value, "env_prefix").and_then(text)
}

fn field<'a>(class: &Class<'a>, field: &'a StmtAnnAssign) -> Option<Field> {
    let name = field.target.as_name_expr()?.id.as_str();
    let value = field.value.as_deref();
    let called = |word: &str| said(field, word);
    let own = own_names(field);
    let usual = || format!("{}{name}", class.prefix);
    let (written, is_told) = match own {
        Some(own) => {
            let (mut written, is_told) = aliases(own, class.constants);
            if class.by_name {
                written.push(usual());
            }
            (written, is_told)
        }
        None => (vec![usual()], !class.renames),
    };
    let written = if written.is_empty() {
        vec![usual()]
    } else {
        written
    };
    let exact = written.first().filter(|_| class.is_exact).cloned();
    let mut variables = written.into_iter().map(|it| it.to_ascii_uppercase());
    let variable = variables.next()?;
    let default = value.and_then(|value| {
        text_within(value).or_else(|| argument(value, "default").and_then(text_within))
    });
    let default = default.or_else(|| called("default").and_then(text_within));
    let default_list = value
        .filter(|it| it.is_list_expr())
        .or_else(|| called("default").filter(|it| it.is_list_expr()))
        .and_then(texts);
    Some(Field {
        class: class.name.clone(),
        pattern: called("pattern").and_then(text),
        kind: kind(&field.annotation).map(str::to_owned),
        bounds: Bounds::of(kind(&field.annotation), &|word| {
            called(word).map(|it| class.constants.follow(it))
        }),
        default_list,
        is_json: class.is_decoded && is_json(&field.annotation),
        name: name.to_owned(),
        variable,
        others: variables.collect(),
        is_renamed: own.is_some(),
        exact,
        ignores_empty: class.ignores_empty,
        files: class.files.clone(),
        is_beyond: class.is_beyond || !is_told,
        changed_at: None,
        pasted: None,
        takes: Takes::Unknown,
        looks: Looks::None,
        default,
        is_required: !has_default(field),
        offset: field.start().to_usize(),
    })
}

/// Whether a field has a value where nobody sets it.
pub(super) fn has_default(field: &StmtAnnAssign) -> bool {
    let called = |word: &str| said(field, word);
    let is_given = |value: &Expr| !value.is_ellipsis_literal_expr();
    let is_called =
        || called("default").is_some_and(is_given) || called("default_factory").is_some();
    let as_field = |value: &'_ Expr| {
        let call = value.as_call_expr()?;
        (super::callee(call) == "Field").then(|| call.arguments.args.first().is_some_and(is_given))
    };
    match field.value.as_deref() {
        None => is_called(),
        Some(value) => match as_field(value) {
            Some(is_first) => is_called() || is_first,
            None => is_given(value),
        },
    }
}

/// What is said of a field under a name: at its value, and in `Annotated[str, Field(pattern=…)]`.
fn said<'a>(field: &'a StmtAnnAssign, word: &str) -> Option<&'a Expr> {
    let value = field.value.as_deref();
    let beside = annotated(&field.annotation).skip(1);
    let mut both = value.into_iter().chain(beside);
    both.find_map(|it| argument(it, word))
}

/// Where a field has names of its own, which the prefix does not count for.
fn own_names(field: &StmtAnnAssign) -> Option<&Expr> {
    let own = said(field, "validation_alias").or_else(|| said(field, "alias"));
    own.filter(|it| !it.is_none_literal_expr())
}

/// The names that a field has in the place of the usual one, and whether that is all that it is read from.
pub(super) fn names_of<'a>(
    field: &'a StmtAnnAssign,
    constants: &Constants<'a>,
) -> (Vec<String>, bool) {
    let Some(own) = own_names(field) else {
        return (Vec::new(), true);
    };
    let (names, is_told) = aliases(own, constants);
    let call = constants.follow(own).as_call_expr();
    let leads_in = call.is_some_and(|call| call.arguments.args.iter().any(Expr::is_call_expr));
    let is_all = is_told && !leads_in && !names.is_empty();
    (names, is_all)
}

/// The names in `'a'` or `AliasChoices('a', 'b')`, and whether that is all; what leads into a value is none.
fn aliases<'a>(value: &'a Expr, constants: &Constants<'a>) -> (Vec<String>, bool) {
    let value = constants.follow(value);
    let Expr::Call(call) = value else {
        let name = constants.text(value);
        let is_told = name.is_some();
        return (name.into_iter().collect(), is_told);
    };
    let leads_in = |it: &Expr| {
        let call = it.as_call_expr();
        call.is_some_and(|call| super::callee(call) == "AliasPath")
    };
    let is_path = leads_in(value);
    let is_known = is_path || super::callee(call) == "AliasChoices";
    let names: Vec<(&Expr, Option<String>)> = call
        .arguments
        .args
        .iter()
        .map(|it| (it, constants.text(it)))
        .collect();
    let mut told = names
        .iter()
        .map(|(it, name)| name.is_some() || leads_in(it));
    let is_told = is_known && (is_path || told.all(|it| it));
    (names.into_iter().filter_map(|it| it.1).collect(), is_told)
}

/// A text, also as the first thing that is handed to a call: `RedisDsn("…")`.
fn text_within(value: &Expr) -> Option<String> {
    let first = || value.as_call_expr()?.arguments.args.first();
    text(value).or_else(|| first().and_then(text))
}

/// A list of nothing but texts.
fn texts(value: &Expr) -> Option<Vec<String>> {
    value.as_list_expr()?.elts.iter().map(text).collect()
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

/// What stands beside a type, also beside one that may be missing, or that has a name of its own in the module.
fn marks<'a>(
    annotation: &'a Expr,
    constants: &Constants<'a>,
) -> impl Iterator<Item = &'a Expr> + use<'a> {
    let own = match constants.follow(annotation) {
        Expr::Subscript(subscript) if last_part(&subscript.value) == "Optional" => {
            constants.follow(&subscript.slice)
        }
        Expr::BinOp(either) if either.right.is_none_literal_expr() => {
            constants.follow(&either.left)
        }
        Expr::BinOp(either) if either.left.is_none_literal_expr() => {
            constants.follow(&either.right)
        }
        other => other,
    };
    annotated(own).skip(1)
}

/// The one name of a type, without what only says that it may be missing.
pub(super) fn kind(annotation: &Expr) -> Option<&str> {
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
