//! Chains of zod's: what one says of a variable that is not set, and what the module around it hands to it.

use oxc_ast::ast::{
    BinaryOperator, CallExpression, Declaration, Expression, ImportDeclarationSpecifier,
    ObjectExpression, ObjectPropertyKind, Program, Statement, VariableDeclaration,
};

use super::super::evaluate::{Constants, SPREAD, span};
use super::super::{Placed, Value};

/// What is wanted of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The variable.
    pub name: String,
    /// What is taken where it is not set; without it the module throws.
    pub default: Option<String>,
    /// Where it stands.
    pub offset: usize,
    /// One that is set to nothing counts as not set.
    pub ignores_empty: bool,
    /// Variables of which none is to be set: with one of them nothing is checked.
    pub unless: Vec<String>,
}

/// What a variable that is not set comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: a value is needed.
    Value,
    /// A value of the code's own.
    Default(String),
}

impl Need {
    pub(super) fn text(self) -> Option<String> {
        match self {
            Self::Value => None,
            Self::Default(text) => Some(text),
        }
    }
}

/// Beginnings that refuse `undefined`.
const BEGIN: &[&str] = &[
    "string",
    "url",
    "httpUrl",
    "email",
    "enum",
    "nativeEnum",
    "uuid",
];

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
];

/// How many names and calls may stand behind one another.
pub(super) const DEPTH: usize = 16;

/// A module that checks variables.
pub(super) struct Module<'a> {
    pub(super) text: &'a str,
    pub(super) program: &'a Program<'a>,
    pub(super) constants: Constants<'a>,
}

impl<'a> Module<'a> {
    /// What is wanted of the variables of a shape, each of which is `given` so; none where what is spread may stand
    /// for any name.
    pub(super) fn among(
        &self,
        shape: &'a ObjectExpression<'a>,
        given: impl Fn(&str) -> Option<Need>,
    ) -> Option<Vec<Wanted>> {
        let mut found = Vec::new();
        for property in &shape.properties {
            let ObjectPropertyKind::ObjectProperty(property) = property else {
                return None;
            };
            let Some(name) = property.key.static_name() else {
                continue;
            };
            let need = self.need(&property.value, DEPTH);
            let (Some(need), Some(instead)) = (need, given(&name)) else {
                continue;
            };
            found.push(Wanted {
                name: name.into_owned(),
                default: [instead, need].into_iter().find_map(Need::text),
                offset: span(&property.key).start,
                ignores_empty: false,
                unless: Vec::new(),
            });
        }
        Some(found)
    }

    /// What a chain has for a variable that is not set.
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
            Expression::CallExpression(call) => call,
            _ => return None,
        };
        let (object, name) = method(call)?;
        if self.is_zod(object) {
            return BEGIN.contains(&name).then_some(Need::Value);
        }
        let before = self.need(object, depth)?;
        match name {
            "default" | "prefault" if before == Need::Value => {
                let value = call.arguments.first()?.as_expression()?;
                let value = self.constants.evaluate(value);
                value.text().map(|text| Need::Default(text.to_owned()))
            }
            _ if MORE.contains(&name) => Some(before),
            _ => None,
        }
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

/// Whether code ends its module somewhere.
pub(super) fn throws(text: &str) -> bool {
    text.contains("throw ") || text.contains("process.exit(")
}

/// What stands for a variable in what is checked: nothing, or what is taken in its place; none where it is not read
/// as it is.
pub(super) fn read(given: &Placed, name: &str) -> Option<Need> {
    match &given.value {
        Value::Environment => Some(Need::Value),
        Value::Object(entries) => match given.get(name).map(|it| &it.value) {
            Some(Value::Variable {
                name: read,
                otherwise,
            }) if read == name => match otherwise.as_deref() {
                None => Some(Need::Value),
                Some(instead) => instead.text().map(|it| Need::Default(it.to_owned())),
            },
            Some(_) => None,
            None => {
                let mut spread = entries.iter().filter(|(key, _)| key == SPREAD);
                let is_all = spread.any(|(_, it)| it.value == Value::Environment);
                is_all.then_some(Need::Value)
            }
        },
        _ => None,
    }
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

/// What a statement of the module evaluates.
pub(super) fn expressions<'a>(statement: &'a Statement<'a>) -> Vec<&'a Expression<'a>> {
    let of = |declaration: &'a VariableDeclaration<'a>| {
        let inits = declaration.declarations.iter();
        inits.filter_map(|it| it.init.as_ref()).collect()
    };
    match statement {
        Statement::ExpressionStatement(statement) => vec![&statement.expression],
        Statement::VariableDeclaration(declaration) => of(declaration),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(declaration) => of(declaration),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
