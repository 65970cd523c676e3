//! Expressions whose value is written down.

use std::collections::BTreeMap;

use oxc_ast::ast::{
    BindingPattern, CallExpression, Declaration, Expression, ObjectExpression, ObjectPropertyKind,
    Program, Statement, TemplateLiteral, VariableDeclaration,
};
use oxc_span::GetSpan;

use crate::text::Span;

use super::{Placed, Value, paths};

/// A constant that refers to itself ends here.
const DEPTH: usize = 32;

/// The constants of a module, by name.
pub(super) struct Constants<'a> {
    values: BTreeMap<&'a str, &'a Expression<'a>>,
    /// `const { NAME: local } = process.env`.
    variables: BTreeMap<&'a str, String>,
}

impl<'a> Constants<'a> {
    pub(super) fn of(program: &'a Program<'a>) -> Self {
        let mut found = Self {
            values: BTreeMap::new(),
            variables: BTreeMap::new(),
        };
        for statement in &program.body {
            match statement {
                Statement::VariableDeclaration(declaration) => found.add(declaration),
                Statement::ExportDeclaration(export) => {
                    if let Declaration::VariableDeclaration(declaration) = &export.declaration {
                        found.add(declaration);
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// `let` may change before it is read.
    fn add(&mut self, declaration: &'a VariableDeclaration<'a>) {
        if !declaration.kind.is_const() {
            return;
        }
        for declarator in &declaration.declarations {
            let Some(init) = &declarator.init else {
                continue;
            };
            match &declarator.id {
                BindingPattern::BindingIdentifier(name) => {
                    self.values.insert(name.name.as_str(), init);
                }
                BindingPattern::ObjectPattern(pattern) if is_environment(init) => {
                    for property in &pattern.properties {
                        if let (Some(name), BindingPattern::BindingIdentifier(local)) =
                            (property.key.static_name(), &property.value)
                        {
                            self.variables
                                .insert(local.name.as_str(), name.into_owned());
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The expression that a constant stands for.
    pub(super) fn get(&self, name: &str) -> Option<&'a Expression<'a>> {
        self.values.get(name).copied()
    }

    /// The value of an expression.
    pub(super) fn evaluate(&self, expression: &Expression<'a>) -> Placed {
        self.at(expression, 0)
    }

    fn at(&self, expression: &Expression<'a>, depth: usize) -> Placed {
        let expression = expression.get_inner_expression();
        let placed = |value| Placed {
            value,
            span: span(expression),
        };
        if depth > DEPTH {
            return placed(Value::Unclear(Vec::new()));
        }
        let inner = |expression: &Expression<'a>| self.at(expression, depth + 1);
        match expression {
            Expression::StringLiteral(text) => placed(Value::Text(text.value.to_string())),
            Expression::NumericLiteral(number) => placed(Value::Number(number.value)),
            Expression::BooleanLiteral(truth) => placed(Value::Bool(truth.value)),
            Expression::NullLiteral(_) => placed(Value::Nothing),
            Expression::TemplateLiteral(template) => placed(self.template(template, depth)),
            Expression::Identifier(name) => match name.name.as_str() {
                "undefined" => placed(Value::Nothing),
                "__dirname" => placed(Value::Text(String::new())),
                name => match (self.get(name), self.variables.get(name)) {
                    (Some(constant), _) => inner(constant),
                    (None, Some(variable)) => placed(variable_of(variable)),
                    (None, None) => placed(Value::Unclear(Vec::new())),
                },
            },
            Expression::ArrayExpression(array) => placed(Value::List(
                array
                    .elements
                    .iter()
                    .flat_map(|element| match element {
                        oxc_ast::ast::ArrayExpressionElement::SpreadElement(spread) => {
                            let spread = inner(&spread.argument);
                            match spread.value {
                                Value::List(items) => items,
                                _ => vec![spread],
                            }
                        }
                        element => element.as_expression().map(&inner).into_iter().collect(),
                    })
                    .collect(),
            )),
            Expression::ObjectExpression(object) => placed(self.object(object, depth)),
            Expression::StaticMemberExpression(member) => {
                placed(self.member(&member.object, member.property.name.as_str(), depth))
            }
            Expression::ComputedMemberExpression(member) => match inner(&member.expression).value {
                Value::Text(key) => placed(self.member(&member.object, &key, depth)),
                _ => placed(Value::Unclear(Vec::new())),
            },
            Expression::ChainExpression(chain) => match chain.expression.as_member_expression() {
                Some(member) => match member.static_property_name() {
                    Some(key) => placed(self.member(member.object(), key, depth)),
                    None => placed(Value::Unclear(Vec::new())),
                },
                None => placed(Value::Unclear(Vec::new())),
            },
            Expression::LogicalExpression(choice) => {
                let first = inner(&choice.left);
                let operator = choice.operator;
                if operator.is_and() {
                    return placed(Value::Unclear(first.variables()));
                }
                placed(either(first, || inner(&choice.right)))
            }
            Expression::ConditionalExpression(choice) => {
                let (yes, no) = (inner(&choice.consequent), inner(&choice.alternate));
                if yes.value == no.value {
                    return yes;
                }
                let mut names = inner(&choice.test).variables();
                names.extend(yes.variables());
                names.extend(no.variables());
                placed(Value::Unclear(names))
            }
            Expression::CallExpression(call) => placed(self.call(call, depth)),
            _ => placed(Value::Unclear(Vec::new())),
        }
    }

    fn template(&self, template: &TemplateLiteral<'a>, depth: usize) -> Value {
        let (mut text, mut names, mut clear) = (String::new(), Vec::new(), true);
        for (at, part) in template.quasis.iter().enumerate() {
            let cooked = part.value.cooked.as_ref();
            text.push_str(cooked.map_or("", |cooked| cooked.as_str()));
            let Some(hole) = template.expressions.get(at) else {
                continue;
            };
            let hole = self.at(hole, depth + 1);
            match &hole.value {
                Value::Text(inner) => text.push_str(inner),
                Value::Number(inner) => text.push_str(&inner.to_string()),
                _ => {
                    clear = false;
                    names.extend(hole.variables());
                }
            }
        }
        if clear {
            Value::Text(text)
        } else {
            Value::Unclear(names)
        }
    }

    fn object(&self, object: &ObjectExpression<'a>, depth: usize) -> Value {
        let mut entries = Vec::new();
        for property in &object.properties {
            match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    let key = match property.key.static_name() {
                        Some(key) => key.into_owned(),
                        None => match property.key.as_expression() {
                            Some(key) => match self.at(key, depth + 1).value {
                                Value::Text(key) => key,
                                // Any key at all may be meant.
                                _ => return Value::Unclear(Vec::new()),
                            },
                            None => continue,
                        },
                    };
                    entries.push((key, self.at(&property.value, depth + 1)));
                }
                ObjectPropertyKind::SpreadProperty(spread) => {
                    let inner = self.at(&spread.argument, depth + 1);
                    match inner.value {
                        Value::Object(others) => entries.extend(others),
                        Value::Nothing => {}
                        // What it brings may hide what is written before it.
                        _ => entries.push((SPREAD.to_owned(), inner)),
                    }
                }
            }
        }
        Value::Object(entries)
    }

    fn member(&self, object: &Expression<'a>, key: &str, depth: usize) -> Value {
        if is_process(object) && key == "env" {
            return Value::Environment;
        }
        if matches!(object, Expression::ImportMeta(_)) {
            return match key {
                "dirname" => Value::Text(String::new()),
                "env" => Value::Environment,
                _ => Value::Unclear(Vec::new()),
            };
        }
        let value = self.at(object, depth + 1);
        match &value.value {
            Value::Environment => variable_of(key),
            Value::Object(_) => value
                .get(key)
                .map_or(Value::Nothing, |found| found.value.clone()),
            // `env.DATABASE_URL` of a validated environment that another module exports.
            Value::Unclear(_) if is_env_import(object) && is_variable_name(key) => variable_of(key),
            _ => Value::Unclear(value.variables()),
        }
    }

    fn call(&self, call: &CallExpression<'a>, depth: usize) -> Value {
        let arguments: Vec<Placed> = call
            .arguments
            .iter()
            .filter_map(|argument| argument.as_expression())
            .map(|argument| self.at(argument, depth + 1))
            .collect();
        let callee = callee(call);
        match (callee.as_deref(), arguments.as_slice()) {
            (Some("defineConfig" | "Object.freeze"), [only]) => return only.value.clone(),
            (Some("process.cwd"), []) => return Value::Text(String::new()),
            (Some("path.join" | "path.resolve" | "join" | "resolve"), parts) => {
                let texts: Option<Vec<&str>> = parts.iter().map(Placed::text).collect();
                if let Some(texts) = texts {
                    return Value::Text(paths::join(&texts));
                }
            }
            _ => {}
        }
        let mut names = Vec::new();
        for argument in &arguments {
            names.extend(argument.variables());
        }
        Value::Unclear(names)
    }
}

/// The key under which an object holds a spread that is not understood.
pub(super) const SPREAD: &str = "...";

fn variable_of(name: &str) -> Value {
    Value::Variable {
        name: name.to_owned(),
        otherwise: None,
    }
}

/// `first || second`, `first ?? second`.
fn either(first: Placed, second: impl FnOnce() -> Placed) -> Value {
    match first.value {
        Value::Nothing => second().value,
        Value::Text(text) if text.is_empty() => second().value,
        Value::Variable { name, otherwise } => Value::Variable {
            name,
            otherwise: Some(Box::new(match otherwise {
                Some(inner) => Placed {
                    span: inner.span,
                    value: either(*inner, second),
                },
                None => second(),
            })),
        },
        Value::Unclear(mut names) => {
            names.extend(second().variables());
            Value::Unclear(names)
        }
        value => value,
    }
}

/// The name of what is called: `defineConfig`, `path.join`.
pub(super) fn callee(call: &CallExpression<'_>) -> Option<String> {
    match call.callee.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.to_string()),
        Expression::StaticMemberExpression(member) => match &member.object {
            Expression::Identifier(object) => {
                Some(format!("{}.{}", object.name, member.property.name))
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_process(expression: &Expression<'_>) -> bool {
    matches!(expression, Expression::Identifier(name) if name.name == "process" || name.name == "Bun")
}

fn is_environment(expression: &Expression<'_>) -> bool {
    matches!(expression.get_inner_expression(), Expression::StaticMemberExpression(member)
        if member.property.name == "env" && is_process(&member.object))
}

fn is_env_import(expression: &Expression<'_>) -> bool {
    matches!(expression, Expression::Identifier(name) if name.name == "env")
}

fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Where an expression stands.
pub(super) fn span(node: &impl GetSpan) -> Span {
    let span = node.span();
    Span::new(span.start as usize, span.end as usize)
}
