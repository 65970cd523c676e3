//! Chains of zod's: what one says of a variable that is not set, and of one that is.

use oxc_ast::ast::{
    ArrowFunctionBody, BinaryOperator, CallExpression, Expression, ImportDeclarationSpecifier,
    Program, Statement,
};

use super::super::Value;
use super::super::evaluate::Constants;
use super::takes::{Step, Takes};

/// What a chain makes of a variable.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Need {
    /// What it has for one that is not set.
    pub(super) absent: Absent,
    /// What it asks of one that is.
    pub(super) takes: Takes,
    kind: Kind,
}

/// What a chain has for a variable that is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Absent {
    /// Nothing: the module throws.
    Refused,
    /// It says that it need not be there.
    Optional,
    /// A value of the code's own.
    Default(String),
    /// Something that is not known, or that is taken as it is.
    Taken,
}

/// What a chain has made of the value so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    /// Something of which no step is known.
    Other,
}

/// Beginnings with a text that refuse `undefined`.
const TEXTS: &[&str] = &[
    "string",
    "url",
    "httpUrl",
    "email",
    "enum",
    "nativeEnum",
    "literal",
    "uuid",
    "stringbool",
];

/// Beginnings that refuse every text.
const NO_TEXTS: &[(&str, &str)] = &[
    ("number", "number"),
    ("int", "number"),
    ("bigint", "bigint"),
    ("boolean", "boolean"),
    ("date", "date"),
];

/// What asks for more of a value without a word of what.
const OPEN: &[&str] = &["refine", "superRefine", "safe", "finite", "multipleOf"];

/// What asks for more of a value, and takes no more than before.
const MORE: &[&str] = &[
    "url",
    "email",
    "uuid",
    "min",
    "max",
    "length",
    "nonempty",
    "regex",
    "startsWith",
    "endsWith",
    "includes",
    "trim",
    "toLowerCase",
    "toUpperCase",
    "describe",
    "refine",
    "superRefine",
    "brand",
    "meta",
    "readonly",
    "int",
    "positive",
    "negative",
    "nonnegative",
    "nonpositive",
    "gt",
    "gte",
    "lt",
    "lte",
    "finite",
    "safe",
    "multipleOf",
];

/// What asks for nothing more.
const NOTHING: &[&str] = &["describe", "brand", "meta", "readonly"];

/// How many names and calls may stand behind one another.
pub(super) const DEPTH: usize = 16;

/// A module that checks variables.
pub(super) struct Module<'a> {
    pub(super) text: &'a str,
    pub(super) program: &'a Program<'a>,
    pub(super) constants: Constants<'a>,
}

impl Need {
    fn new(absent: Absent, kind: Kind) -> Self {
        Self {
            absent,
            takes: Takes::default(),
            kind,
        }
    }

    /// With one more step; with none where it is not known what is asked.
    pub(super) fn with(mut self, step: Option<Step>) -> Self {
        match step {
            Some(step) => self.takes.push(step),
            None => self.takes.open(),
        }
        self
    }

    /// What one of several chains makes of a variable.
    fn any_of(all: Vec<Self>) -> Self {
        let has = |absent: &Absent| all.iter().any(|it| it.absent == *absent);
        let is_refused = all.iter().all(|it| it.absent == Absent::Refused);
        let absent = match (is_refused, has(&Absent::Optional)) {
            (true, _) => Absent::Refused,
            (false, true) => Absent::Optional,
            (false, false) => Absent::Taken,
        };
        let is_text = all.iter().all(|it| it.kind == Kind::Text);
        let kind = if is_text { Kind::Text } else { Kind::Other };
        let takes = all.into_iter().map(|it| it.takes).collect();
        Self::new(absent, kind).with(Some(Step::AnyOf(takes)))
    }

    /// The same, of a variable that need not be there.
    pub(super) fn optional(mut self) -> Self {
        if self.absent == Absent::Refused {
            self.absent = Absent::Optional;
        }
        self
    }

    /// The same, of one that must be there.
    pub(super) fn required(mut self) -> Self {
        if self.absent == Absent::Optional {
            self.absent = Absent::Refused;
        }
        self
    }

    /// With what only running the code would tell behind it.
    fn changed(mut self) -> Self {
        self.kind = Kind::Other;
        self.takes.open();
        if matches!(self.absent, Absent::Default(_)) {
            self.absent = Absent::Taken;
        }
        self
    }
}

impl<'a> Module<'a> {
    /// What a chain makes of a variable; nothing where that is not known.
    pub(super) fn need(&self, chain: &'a Expression<'a>, depth: usize) -> Option<Need> {
        let depth = depth.checked_sub(1)?;
        let call = match chain.get_inner_expression() {
            Expression::ConditionalExpression(choice) => {
                return if self.is_production(&choice.test)? {
                    self.need(&choice.alternate, depth)
                } else {
                    self.need(&choice.consequent, depth)
                };
            }
            Expression::Identifier(name) => {
                return self.need(self.constants.get(&name.name)?, depth);
            }
            Expression::CallExpression(call) => call,
            _ => return None,
        };
        let Some((object, name)) = method(call) else {
            return self.need(self.returned(call)?, depth);
        };
        if self.is_zod(object) {
            return match name {
                "optional" | "nullish" => Some(self.need(first(call)?, depth)?.optional()),
                "nullable" => self.need(first(call)?, depth),
                "union" => self.union(first(call)?, depth),
                _ => self.begun(name, call),
            };
        }
        if let Expression::StaticMemberExpression(member) = object.get_inner_expression()
            && member.property.name == "coerce"
            && self.is_zod(&member.object)
        {
            return coerced(name);
        }
        let before = self.need(object, depth)?;
        if name == "or" {
            let other = self.need(first(call)?, depth)?;
            return Some(Need::any_of(vec![before, other]));
        }
        self.more(before, name, call)
    }

    /// What `z.union([…])` makes of a variable, where all its chains are known.
    fn union(&self, chains: &'a Expression<'a>, depth: usize) -> Option<Need> {
        let all = match chains.get_inner_expression() {
            Expression::Identifier(name) => self.constants.get(&name.name)?,
            other => other,
        };
        let Expression::ArrayExpression(all) = all.get_inner_expression() else {
            return None;
        };
        let all = all.elements.iter();
        let needs: Option<Vec<Need>> = all
            .map(|it| self.need(it.as_expression()?, depth))
            .collect();
        needs.filter(|it| !it.is_empty()).map(Need::any_of)
    }

    /// What `z.string()` and its like begin with.
    fn begun(&self, name: &str, call: &'a CallExpression<'a>) -> Option<Need> {
        if let Some((_, word)) = NO_TEXTS.iter().find(|(it, _)| *it == name) {
            let need = Need::new(Absent::Refused, Kind::Other);
            return Some(need.with(Some(Step::NoText(word))));
        }
        let need = TEXTS
            .contains(&name)
            .then(|| Need::new(Absent::Refused, Kind::Text))?;
        let words = || {
            let value = self.constants.evaluate(first(call)?);
            match &value.value {
                Value::Text(word) => Some(vec![word.clone()]),
                Value::List(all) => all.iter().map(|it| it.text().map(str::to_owned)).collect(),
                _ => None,
            }
        };
        Some(match name {
            "url" => self.asking(need.with(Some(Step::Url)), call),
            "httpUrl" => need.with(Some(Step::Http)),
            "email" if self.is_own(call, "pattern") => need.with(None),
            "email" => need.with(Some(Step::Email)),
            "uuid" => need.with(Some(Step::Uuid(true))),
            "enum" => need.with(words().map(Step::OneOf)),
            "nativeEnum" => need.with(None),
            // What is no text no variable is.
            "literal" => need.with(Some(Step::OneOf(words()?))),
            "stringbool" => Need {
                kind: Kind::Other,
                ..need.with(call.arguments.is_empty().then_some(Step::Switch))
            },
            _ => need,
        })
    }

    /// What a chain is with one more call.
    fn more(&self, before: Need, name: &str, call: &'a CallExpression<'a>) -> Option<Need> {
        match name {
            "optional" | "nullish" => return Some(before.optional()),
            "nullable" => return Some(before),
            "default" | "prefault" => {
                let value = self.constants.evaluate(first(call)?);
                let is_known = before.kind != Kind::Other
                    && matches!(before.absent, Absent::Refused | Absent::Optional);
                let absent = match value.text().filter(|_| is_known) {
                    Some(text) => Absent::Default(text.to_owned()),
                    None => Absent::Taken,
                };
                return Some(Need { absent, ..before });
            }
            "transform" => return Some(before.changed()),
            "pipe" => {
                let mut need = before.changed();
                if need.absent != Absent::Refused {
                    need.absent = Absent::Taken;
                }
                return Some(need);
            }
            _ if !MORE.contains(&name) => return None,
            _ => {}
        }
        let value = first(call).map(|it| self.constants.evaluate(it));
        let number = value.as_ref().and_then(|it| match it.value {
            Value::Number(number) => Some(number),
            _ => None,
        });
        let text = value.as_ref().and_then(|it| it.text().map(str::to_owned));
        if before.kind == Kind::Text && name == "url" {
            return Some(self.asking(before.with(Some(Step::Url)), call));
        }
        if NOTHING.contains(&name) {
            return Some(before);
        }
        let step = match before.kind {
            _ if OPEN.contains(&name) => None,
            Kind::Text if name == "regex" => first(call).and_then(|it| self.form(it)),
            Kind::Text if name == "email" && self.is_own(call, "pattern") => None,
            Kind::Text => of_text(name, number.and_then(whole), text),
            Kind::Number => of_number(name, number),
            Kind::Other => None,
        };
        let both = (before.kind == Kind::Text && name == "length")
            .then(|| number.and_then(whole).map(Step::AtMost))
            .flatten();
        let need = before.with(step);
        Some(if both.is_some() {
            need.with(both)
        } else {
            need
        })
    }

    /// What a function of the module returns that takes nothing: `str()`.
    fn returned(&self, call: &'a CallExpression<'a>) -> Option<&'a Expression<'a>> {
        let Expression::Identifier(name) = &call.callee else {
            return None;
        };
        let Expression::ArrowFunctionExpression(function) = self.constants.get(&name.name)? else {
            return None;
        };
        let is_plain = call.arguments.is_empty() && function.params.items.is_empty();
        result(&function.body).filter(|_| is_plain)
    }

    /// Whether a test asks for production, or for all else.
    fn is_production(&self, test: &'a Expression<'a>) -> Option<bool> {
        let test = match test.get_inner_expression() {
            Expression::Identifier(name) => self.constants.get(&name.name)?,
            other => other,
        };
        let Expression::BinaryExpression(test) = test.get_inner_expression() else {
            return None;
        };
        let [left, right] = [&test.left, &test.right].map(|it| self.constants.evaluate(it));
        let is_mode = matches!(&left.value, Value::Variable { name, .. } if name == "NODE_ENV");
        if !is_mode || right.text() != Some("production") {
            return None;
        }
        match test.operator {
            BinaryOperator::Equality | BinaryOperator::StrictEquality => Some(true),
            BinaryOperator::Inequality | BinaryOperator::StrictInequality => Some(false),
            _ => None,
        }
    }

    /// Whether an expression is what the module imports of zod.
    pub(super) fn is_zod(&self, expression: &Expression<'_>) -> bool {
        self.imports(expression, "z", &["zod", "zod/v3", "zod/v4"])
    }

    /// Whether an expression is what the module imports from one of these packages by that name, or as a whole.
    pub(super) fn imports(&self, expression: &Expression<'_>, name: &str, from: &[&str]) -> bool {
        let Expression::Identifier(local) = expression else {
            return false;
        };
        self.program.body.iter().any(|statement| {
            let Statement::ImportDeclaration(import) = statement else {
                return false;
            };
            let is_it = |it: &ImportDeclarationSpecifier<'_>| {
                let imported = match it {
                    ImportDeclarationSpecifier::ImportSpecifier(it) => it.imported.name() == name,
                    _ => true,
                };
                imported && it.local().name == local.name
            };
            let mut all = import.specifiers.iter().flatten();
            from.contains(&import.source.value.as_str()) && all.any(is_it)
        })
    }
}

/// What `z.coerce.…()` makes of a variable.
fn coerced(name: &str) -> Option<Need> {
    let refused = |kind| Need::new(Absent::Refused, kind);
    match name {
        "number" => Some(refused(Kind::Number).with(Some(Step::Number))),
        "date" | "bigint" => Some(refused(Kind::Other).with(None)),
        // `undefined` is false, and a text of nine letters.
        "boolean" => Some(Need::new(Absent::Taken, Kind::Other)),
        "string" => Some(Need::new(Absent::Taken, Kind::Text)),
        _ => None,
    }
}

fn of_text(name: &str, number: Option<usize>, text: Option<String>) -> Option<Step> {
    match name {
        "url" => Some(Step::Url),
        "email" => Some(Step::Email),
        "uuid" => Some(Step::Uuid(false)),
        "nonempty" => Some(Step::AtLeast(1)),
        "min" | "length" => number.map(Step::AtLeast),
        "max" => number.map(Step::AtMost),
        "startsWith" => text.map(Step::Begins),
        "endsWith" => text.map(Step::Ends),
        "includes" => text.map(Step::Has),
        "trim" => Some(Step::Trim),
        "toLowerCase" => Some(Step::Lower),
        "toUpperCase" => Some(Step::Upper),
        _ => None,
    }
}

fn of_number(name: &str, number: Option<f64>) -> Option<Step> {
    match name {
        "int" => Some(Step::Whole),
        "positive" => Some(Step::Above(0.0)),
        "negative" => Some(Step::Below(0.0)),
        "nonnegative" => Some(Step::From(0.0)),
        "nonpositive" => Some(Step::UpTo(0.0)),
        "min" | "gte" => number.map(Step::From),
        "max" | "lte" => number.map(Step::UpTo),
        "gt" => number.map(Step::Above),
        "lt" => number.map(Step::Below),
        _ => None,
    }
}

/// A number as one of characters.
fn whole(number: f64) -> Option<usize> {
    let text = number.to_string();
    text.parse().ok()
}

/// What a method is called of, and its name.
pub(super) fn method<'a>(call: &'a CallExpression<'a>) -> Option<(&'a Expression<'a>, &'a str)> {
    match call.callee.get_inner_expression() {
        Expression::StaticMemberExpression(member) => {
            Some((&member.object, member.property.name.as_str()))
        }
        _ => None,
    }
}

/// What a call is handed first.
pub(super) fn first<'a>(call: &'a CallExpression<'a>) -> Option<&'a Expression<'a>> {
    call.arguments.first()?.as_expression()
}

/// What a function does nothing else but return: `() => value`.
pub(super) fn result<'a>(body: &'a ArrowFunctionBody<'a>) -> Option<&'a Expression<'a>> {
    let ArrowFunctionBody::FunctionBody(block) = body else {
        return body.as_expression();
    };
    match block.statements.as_slice() {
        [Statement::ReturnStatement(only)] => only.argument.as_ref(),
        _ => None,
    }
}
