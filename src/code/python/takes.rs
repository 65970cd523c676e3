//! What the type of a field of settings takes, as far as its text says it.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprSubscript, Stmt, StmtAnnAssign, StmtClassDef, StmtFunctionDef};

use super::config::{Around, Config, bases};
use super::literal::{argument_of, text};

/// How deep types may stand within one another.
const DEPTH: usize = 8;

/// What a type takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// It cannot be told.
    Unknown,
    /// Any text.
    Text,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// Yes or no.
    Bool,
    /// One of these words.
    Words(Vec<String>),
    /// A URL with one of these schemes; with any where there is none.
    Url(&'static [&'static str]),
    /// A list of such values, which pydantic-settings reads as JSON.
    List(Box<Takes>),
    /// A table, read in the same way.
    Table,
    /// What one of them takes.
    Either(Vec<Takes>),
}

/// Who looks at a value beside its type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Looks {
    /// Nobody.
    #[default]
    None,
    /// Somebody who may refuse what the type takes.
    After,
    /// Somebody who may hand the type another value.
    Before,
}

/// The types that are known by their names.
const NAMED: &[(&str, Takes)] = &[
    ("str", Takes::Text),
    ("SecretStr", Takes::Text),
    ("Any", Takes::Text),
    ("Path", Takes::Text),
    ("int", Takes::Whole),
    ("PositiveInt", Takes::Whole),
    ("NonNegativeInt", Takes::Whole),
    ("float", Takes::Number),
    ("bool", Takes::Bool),
    ("AnyUrl", Takes::Url(&[])),
    ("AnyHttpUrl", Takes::Url(&["http", "https"])),
    ("HttpUrl", Takes::Url(&["http", "https"])),
    ("RedisDsn", Takes::Url(&["redis", "rediss"])),
    ("AmqpDsn", Takes::Url(&["amqp", "amqps"])),
    (
        "PostgresDsn",
        Takes::Url(&[
            "postgres",
            "postgresql",
            "postgresql+asyncpg",
            "postgresql+pg8000",
            "postgresql+psycopg",
            "postgresql+psycopg2",
            "postgresql+psycopg2cffi",
            "postgresql+py-postgresql",
            "postgresql+pygresql",
        ]),
    ),
];

/// Types of lists of one kind of element.
const LISTS: &[&str] = &[
    "list",
    "List",
    "set",
    "Set",
    "frozenset",
    "FrozenSet",
    "Sequence",
];

/// What a field may be given that bears on no value.
const HARMLESS: &[&str] = &[
    "alias",
    "default",
    "default_factory",
    "deprecated",
    "description",
    "examples",
    "exclude",
    "frozen",
    "json_schema_extra",
    "pattern",
    "repr",
    "serialization_alias",
    "title",
    "validate_default",
    "validation_alias",
];

/// Settings of a class by which values are read in another way.
const OF_VALUES: &[&str] = &[
    "env_parse_enums",
    "env_parse_none_str",
    "str_to_lower",
    "str_to_upper",
    "strict",
];

impl Takes {
    /// What the type of a field takes.
    pub(super) fn of<'a>(annotation: &'a Expr, around: &Around<'a>) -> Self {
        read(annotation, around, DEPTH)
    }
}

fn read<'a>(annotation: &'a Expr, around: &Around<'a>, depth: usize) -> Takes {
    let Some(depth) = depth.checked_sub(1) else {
        return Takes::Unknown;
    };
    match around.constants.follow(annotation) {
        Expr::Name(name) => {
            let known = NAMED.iter().find(|(known, _)| *known == name.id.as_str());
            let own = around.classes.iter();
            let mut own = own.filter(|class| class.name.as_str() == name.id.as_str());
            match (own.next(), known) {
                (Some(class), _) => words_of(class),
                (None, Some((_, takes))) => takes.clone(),
                (None, None) if LISTS.contains(&name.id.as_str()) => {
                    Takes::List(Box::new(Takes::Unknown))
                }
                (None, None) if name.id == "dict" => Takes::Table,
                (None, None) => Takes::Unknown,
            }
        }
        Expr::Attribute(attribute) => {
            let name = attribute.attr.as_str();
            let known = NAMED.iter().find(|(known, _)| *known == name);
            known.map_or(Takes::Unknown, |(_, takes)| takes.clone())
        }
        Expr::Subscript(subscript) => within(subscript, around, depth),
        Expr::BinOp(either) => {
            let sides = [&*either.left, &*either.right];
            either_of(sides.into_iter(), around, depth)
        }
        _ => Takes::Unknown,
    }
}

fn within<'a>(subscript: &'a ExprSubscript, around: &Around<'a>, depth: usize) -> Takes {
    let name = last_part(&subscript.value);
    let parts: Vec<&Expr> = match &*subscript.slice {
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        one => vec![one],
    };
    match name {
        "Optional" => read(&subscript.slice, around, depth),
        "Annotated" => parts
            .first()
            .map_or(Takes::Unknown, |it| read(it, around, depth)),
        "Union" => either_of(parts.into_iter(), around, depth),
        "Literal" => {
            let words: Option<Vec<String>> = parts.into_iter().map(text).collect();
            words.map_or(Takes::Unknown, Takes::Words)
        }
        "dict" | "Dict" => Takes::Table,
        name if LISTS.contains(&name) => {
            Takes::List(Box::new(read(&subscript.slice, around, depth)))
        }
        _ => Takes::Unknown,
    }
}

fn either_of<'a>(
    sides: impl Iterator<Item = &'a Expr>,
    around: &Around<'a>,
    depth: usize,
) -> Takes {
    let sides = sides.filter(|it| !it.is_none_literal_expr());
    let mut all: Vec<Takes> = Vec::new();
    for side in sides {
        match read(side, around, depth) {
            Takes::Either(inner) => all.extend(inner),
            one => all.push(one),
        }
    }
    if all.len() == 1 {
        return all.remove(0);
    }
    // What may be JSON is another value to those beside it.
    let is_open = |it: &Takes| matches!(it, Takes::List(_) | Takes::Table);
    if all.iter().any(is_open) {
        return Takes::Unknown;
    }
    Takes::Either(all)
}

/// The words of an enumeration of texts.
fn words_of(class: &StmtClassDef) -> Takes {
    let is_enumeration = bases(class).any(|it| it.ends_with("Enum"));
    let mut words = Vec::new();
    for statement in &class.body {
        match statement {
            Stmt::Assign(assign) => match text(&assign.value) {
                Some(word) => words.push(word),
                None => return Takes::Unknown,
            },
            Stmt::FunctionDef(function) if function.name.as_str() == "_missing_" => {
                return Takes::Unknown;
            }
            _ => {}
        }
    }
    if is_enumeration && !words.is_empty() {
        Takes::Words(words)
    } else {
        Takes::Unknown
    }
}

/// Who looks at the values of a field of a class, of those that it is made from, or beside its type.
pub(super) fn looks<'a>(
    assign: &'a StmtAnnAssign,
    name: &str,
    line: &[&'a StmtClassDef],
    config: &Config<'a>,
) -> Looks {
    if !config.is_whole || OF_VALUES.iter().any(|it| config.get(it).is_some()) {
        return Looks::Before;
    }
    let bodies = line.iter().flat_map(|class| &class.body);
    let functions = bodies.filter_map(Stmt::as_function_def_stmt);
    let of_functions = functions.map(|it| of_function(it, name));
    let mut marks = Vec::new();
    collect_marks(&assign.annotation, DEPTH, &mut marks);
    marks.extend(assign.value.as_deref().filter(|it| is_field(it)));
    let of_marks = marks.into_iter().map(of_mark);
    let all: Vec<Looks> = of_functions.chain(of_marks).collect();
    if all.contains(&Looks::Before) {
        Looks::Before
    } else if all.contains(&Looks::After) {
        Looks::After
    } else {
        Looks::None
    }
}

/// What stands beside a type, wherever within it.
fn collect_marks<'a>(annotation: &'a Expr, depth: usize, marks: &mut Vec<&'a Expr>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match annotation {
        Expr::Subscript(subscript) => match (&*subscript.slice, last_part(&subscript.value)) {
            (Expr::Tuple(tuple), "Annotated") => {
                marks.extend(tuple.elts.iter().skip(1));
                if let Some(first) = tuple.elts.first() {
                    collect_marks(first, depth, marks);
                }
            }
            (Expr::Tuple(tuple), "Union") => {
                for one in &tuple.elts {
                    collect_marks(one, depth, marks);
                }
            }
            (one, _) => collect_marks(one, depth, marks),
        },
        Expr::BinOp(either) => {
            collect_marks(&either.left, depth, marks);
            collect_marks(&either.right, depth, marks);
        }
        _ => {}
    }
}

fn is_field(value: &Expr) -> bool {
    value
        .as_call_expr()
        .is_some_and(|call| super::callee(call) == "Field")
}

fn of_mark(mark: &Expr) -> Looks {
    let Some(call) = mark.as_call_expr() else {
        return if last_part(mark) == "NoDecode" {
            Looks::None
        } else {
            Looks::Before
        };
    };
    match super::callee(call) {
        "Field" => {
            let mut keywords = call.arguments.keywords.iter();
            let is_plain = keywords.all(|keyword| {
                let name = keyword
                    .arg
                    .as_ref()
                    .map(ruff_python_ast::Identifier::as_str);
                name.is_some_and(|name| {
                    let is_number =
                        keyword.value.is_number_literal_expr() || keyword.value.is_unary_op_expr();
                    HARMLESS.contains(&name)
                        || matches!(name, "ge" | "gt" | "le" | "lt") && is_number
                })
            });
            if is_plain { Looks::None } else { Looks::After }
        }
        "AfterValidator" | "StringConstraints" => Looks::After,
        _ => Looks::Before,
    }
}

fn of_function(function: &StmtFunctionDef, field: &str) -> Looks {
    let decorators = function.decorator_list.iter();
    let calls = decorators.filter_map(|it| it.expression.as_call_expr());
    for call in calls {
        let is_before = argument_of(call, "pre").is_some()
            || argument_of(call, "mode")
                .is_some_and(|mode| text(mode).is_none_or(|mode| mode != "after"));
        let looked = if is_before {
            Looks::Before
        } else {
            Looks::After
        };
        match super::callee(call) {
            "field_validator" | "validator" => {
                let mut names = call.arguments.args.iter().map(text);
                let is_meant = |it: Option<String>| it.is_none_or(|it| it == field || it == "*");
                if names.any(is_meant) {
                    return looked;
                }
            }
            "model_validator" | "root_validator" => {
                let mut named = Named {
                    field,
                    is_found: false,
                };
                named.visit_body(&function.body);
                if named.is_found {
                    return looked;
                }
            }
            _ => {}
        }
    }
    Looks::None
}

/// Whether a field is named somewhere.
struct Named<'a> {
    field: &'a str,
    is_found: bool,
}

impl<'a> Visitor<'a> for Named<'_> {
    fn visit_expr(&mut self, value: &'a Expr) {
        self.is_found |= match value {
            Expr::Attribute(attribute) => attribute.attr.as_str() == self.field,
            Expr::StringLiteral(literal) => literal.value.to_str() == self.field,
            _ => false,
        };
        walk_expr(self, value);
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

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn field(before: &str, field: &str) -> (Takes, Looks) {
        let text = format!("{before}\nclass S(BaseSettings):\n    one: {field}\n");
        let field = read(&text).fields.remove(0);
        (field.takes, field.looks)
    }

    #[test]
    fn what_a_type_takes_is_what_stands_there() {
        let words = |all: &[&str]| Takes::Words(all.iter().map(|it| (*it).to_owned()).collect());
        let list = |of: Takes| Takes::List(Box::new(of));
        for (before, written, takes, looks) in [
            ("", "str", Takes::Text, Looks::None),
            ("", "str | None = None", Takes::Text, Looks::None),
            ("", "Optional[SecretStr] = None", Takes::Text, Looks::None),
            (
                "",
                "Literal['a', 'b'] = 'a'",
                words(&["a", "b"]),
                Looks::None,
            ),
            ("L = Literal['a']", "L = 'a'", words(&["a"]), Looks::None),
            (
                "class E(str, Enum):\n    A = 'x'\n    B = 'y'",
                "E = E.A",
                words(&["x", "y"]),
                Looks::None,
            ),
            (
                "class E(StrEnum):\n    A = auto()",
                "E = E.A",
                Takes::Unknown,
                Looks::None,
            ),
            ("", "list[str] = []", list(Takes::Text), Looks::None),
            (
                "",
                "int | Literal['auto'] = 1",
                Takes::Either(vec![Takes::Whole, words(&["auto"])]),
                Looks::None,
            ),
            ("", "str | list[str] = ''", Takes::Unknown, Looks::None),
            ("", "int = Field(1, ge=1, le=9)", Takes::Whole, Looks::None),
            (
                "",
                "int = Field(1, multiple_of=2)",
                Takes::Whole,
                Looks::After,
            ),
            (
                "",
                "Annotated[str, BeforeValidator(f)] = ''",
                Takes::Text,
                Looks::Before,
            ),
            (
                "",
                "Annotated[list[str], NoDecode] = []",
                list(Takes::Text),
                Looks::None,
            ),
            (
                "",
                "str = ''\n    @field_validator('one')\n    def f(cls, v): return v",
                Takes::Text,
                Looks::After,
            ),
            (
                "",
                "str = ''\n    @field_validator('one', mode='before')\n    def f(cls, v): return v",
                Takes::Text,
                Looks::Before,
            ),
            (
                "",
                "str = ''\n    @model_validator(mode='after')\n    def f(self): return self.two",
                Takes::Text,
                Looks::None,
            ),
            (
                "",
                "str = ''\n    model_config = SettingsConfigDict(str_to_lower=True)",
                Takes::Text,
                Looks::Before,
            ),
            ("", "Strange = 1", Takes::Unknown, Looks::None),
        ] {
            assert_eq!(field(before, written), (takes, looks), "{written}");
        }
    }
}
