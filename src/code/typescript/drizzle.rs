//! `drizzle.config.ts`, and the tables that a Drizzle schema declares.

use std::collections::BTreeMap;

use oxc_ast::ast::{
    BindingPattern, CallExpression, Declaration, ExportDefaultDeclarationKind, Expression, Program,
    Statement, VariableDeclaration,
};

use crate::text::Span;

use super::evaluate::{Constants, SPREAD, callee, span};
use super::{Placed, Value, with_module};

/// What stands in `drizzle.config.ts`, as far as anybody needs it; what is not written is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// `out`.
    pub out: Option<String>,
    /// `dialect`, or `driver` in older versions.
    pub dialect: Option<String>,
    /// `casing`: `snake_case` or `camelCase`.
    pub casing: Option<String>,
    /// `migrations.table`.
    pub table: Option<String>,
    /// `migrations.schema`.
    pub schema: Option<String>,
    /// `migrations.prefix`.
    pub prefix: Option<String>,
    /// `schema`: files or globs with the tables.
    pub schema_files: Vec<String>,
    /// The environment variables that `dbCredentials` reads, in their order.
    pub url_variables: Vec<String>,
    /// What would have to be run to know it.
    pub unclear: Vec<Unclear>,
}

/// A key of the configuration whose value is not written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// The key, dotted: `migrations.table`. Empty for the configuration as a whole.
    pub key: String,
    /// The expression.
    pub span: Span,
}

/// Reads a configuration, in TypeScript, JavaScript or JSON.
#[must_use]
pub fn config(text: &str) -> Written {
    const AS_MODULE: &str = "export default ";
    let body = text.trim_start_matches('\u{feff}').trim_start();
    if !body.starts_with('{') {
        return with_module(text, |program| written(exported(program)));
    }
    let skipped = text.len() - body.len();
    let mut written = with_module(&format!("{AS_MODULE}{body}"), |program| {
        written(exported(program))
    });
    for unclear in &mut written.unclear {
        let moved = |at: usize| at + skipped - AS_MODULE.len().min(at);
        unclear.span = Span::new(moved(unclear.span.start), moved(unclear.span.end));
    }
    written
}

/// What a module exports as its default: `export default`, or `module.exports =`.
fn exported<'a>(program: &'a Program<'a>) -> Option<Placed> {
    let constants = Constants::of(program);
    program.body.iter().rev().find_map(|statement| match statement {
        Statement::ExportDefaultDeclaration(export) => match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => Some(Placed {
                value: Value::Unclear(Vec::new()),
                span: Span::new(function.span.start as usize, function.span.end as usize),
            }),
            declaration => declaration.as_expression().map(|it| constants.evaluate(it)),
        },
        Statement::ExpressionStatement(statement) => match &statement.expression {
            Expression::AssignmentExpression(assignment) => {
                let member = assignment.left.as_member_expression()?;
                let is_module = matches!(member.object(), Expression::Identifier(name) if name.name == "module");
                (is_module && member.static_property_name() == Some("exports"))
                    .then(|| constants.evaluate(&assignment.right))
            }
            _ => None,
        },
        _ => None,
    })
}

fn written(exported: Option<Placed>) -> Written {
    let mut written = Written::default();
    let Some(config) = exported else {
        return written;
    };
    if !matches!(config.value, Value::Object(_)) {
        written.url_variables = config.variables();
        written.unclear.push(Unclear {
            key: String::new(),
            span: config.span,
        });
        return written;
    }
    let unclear = &mut written.unclear;
    if let Some(spread) = config.get(SPREAD) {
        unclear.push(Unclear {
            key: SPREAD.to_owned(),
            span: spread.span,
        });
    }
    let text = |object: &Placed, path: &str, key: &str, unclear: &mut Vec<Unclear>| {
        let value = object.get(key)?;
        match &value.value {
            Value::Text(text) => return Some(text.clone()),
            Value::Nothing => return None,
            // Where the variable is not set, this is what is taken.
            Value::Variable {
                otherwise: Some(otherwise),
                ..
            } if otherwise.text().is_some() => return otherwise.text().map(str::to_owned),
            _ => {}
        }
        unclear.push(Unclear {
            key: format!("{path}{key}"),
            span: value.span,
        });
        None
    };
    written.out = text(&config, "", "out", unclear);
    written.dialect = text(&config, "", "dialect", unclear);
    written.casing = text(&config, "", "casing", unclear);
    if let Some(migrations) = config.get("migrations") {
        match &migrations.value {
            Value::Object(_) => {
                written.table = text(migrations, "migrations.", "table", unclear);
                written.schema = text(migrations, "migrations.", "schema", unclear);
                written.prefix = text(migrations, "migrations.", "prefix", unclear);
            }
            Value::Nothing => {}
            _ => unclear.push(Unclear {
                key: "migrations".to_owned(),
                span: migrations.span,
            }),
        }
    }
    if let Some(files) = config.get("schema") {
        let items = match &files.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(files),
        };
        for item in items {
            match item.text() {
                Some(path) => written.schema_files.push(path.to_owned()),
                None => unclear.push(Unclear {
                    key: "schema".to_owned(),
                    span: item.span,
                }),
            }
        }
    }
    if let Some(credentials) = config.get("dbCredentials") {
        written.url_variables = credentials.variables();
    }
    written
}

/// A table that a schema declares and exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its schema, where it is not `public`.
    pub schema: Option<String>,
    /// Its name in the database.
    pub name: String,
    /// The name as it is written.
    pub span: Span,
}

/// The tables of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    /// Exported tables: drizzle-kit sees no others.
    pub tables: Vec<Table>,
    /// Files that it re-exports everything of, as written.
    pub exports: Vec<String>,
    /// Tables whose name is not written down.
    pub unclear: Vec<Span>,
}

/// Reads the tables of a Drizzle schema's file.
#[must_use]
pub fn tables(text: &str) -> Tables {
    with_module(text, |program| {
        let constants = Constants::of(program);
        let mut found = Tables::default();
        let mut local: BTreeMap<&str, &Expression<'_>> = BTreeMap::new();
        for statement in &program.body {
            match statement {
                Statement::VariableDeclaration(declaration) => {
                    each(declaration, |name, value| {
                        local.insert(name, value);
                    });
                }
                Statement::ExportDeclaration(export) => {
                    if let Declaration::VariableDeclaration(declaration) = &export.declaration {
                        each(declaration, |_, value| found.add(&constants, value));
                    }
                }
                Statement::ExportNamedDeclaration(export) => {
                    for specifier in &export.specifiers {
                        if let Some(value) = local.get(specifier.local.name().as_str()) {
                            found.add(&constants, value);
                        }
                    }
                }
                Statement::ExportAllDeclaration(export) => {
                    found.exports.push(export.source.value.to_string());
                }
                _ => {}
            }
        }
        found
    })
}

fn each<'a>(
    declaration: &'a VariableDeclaration<'a>,
    mut take: impl FnMut(&'a str, &'a Expression<'a>),
) {
    for declarator in &declaration.declarations {
        if let (BindingPattern::BindingIdentifier(name), Some(value)) =
            (&declarator.id, &declarator.init)
        {
            take(name.name.as_str(), value);
        }
    }
}

impl Tables {
    fn add<'a>(&mut self, constants: &Constants<'a>, value: &'a Expression<'a>) {
        let Some(call) = table_call(value) else {
            return;
        };
        let Some(maker) = maker(constants, call) else {
            return;
        };
        let Some(argument) = call.arguments.first().and_then(|it| it.as_expression()) else {
            return;
        };
        let name = constants.evaluate(argument);
        match name.text() {
            Some(text) => self.tables.push(Table {
                schema: maker.schema,
                name: format!("{}{text}{}", maker.before, maker.after),
                span: span(argument),
            }),
            None => self.unclear.push(name.span),
        }
    }
}

/// The call below `.enableRLS()`, `as const` and the like.
fn table_call<'a>(value: &'a Expression<'a>) -> Option<&'a CallExpression<'a>> {
    let Expression::CallExpression(call) = value.get_inner_expression() else {
        return None;
    };
    match call.callee.get_inner_expression() {
        Expression::StaticMemberExpression(member)
            if matches!(
                member.object.get_inner_expression(),
                Expression::CallExpression(_)
            ) && member.property.name == "enableRLS" =>
        {
            table_call(&member.object)
        }
        _ => Some(call),
    }
}

/// What a call that makes a table does with its name.
#[derive(Default)]
struct Maker {
    schema: Option<String>,
    before: String,
    after: String,
}

fn maker<'a>(constants: &Constants<'a>, call: &CallExpression<'a>) -> Option<Maker> {
    let name = callee(call)?;
    let name = name.strip_suffix(".withRLS").unwrap_or(&name);
    if name == "pgTable" || name.ends_with(".pgTable") {
        return Some(Maker::default());
    }
    if let Some(object) = name.strip_suffix(".table") {
        // `const app = pgSchema('app')`
        let made = constants.get(object)?.get_inner_expression();
        let Expression::CallExpression(made) = made else {
            return None;
        };
        let schema = made.arguments.first()?.as_expression()?;
        return (callee(made).as_deref() == Some("pgSchema")).then(|| Maker {
            schema: constants.evaluate(schema).text().map(str::to_owned),
            ..Maker::default()
        });
    }
    // `const table = pgTableCreator((name) => `app_${name}`)`
    let Expression::CallExpression(made) = constants.get(name)?.get_inner_expression() else {
        return None;
    };
    if callee(made).as_deref() != Some("pgTableCreator") {
        return None;
    }
    let Expression::ArrowFunctionExpression(arrow) = made
        .arguments
        .first()?
        .as_expression()?
        .get_inner_expression()
    else {
        return None;
    };
    let Expression::TemplateLiteral(template) = arrow.body.as_expression()?.get_inner_expression()
    else {
        return None;
    };
    let mut parts = template
        .quasis
        .iter()
        .map(|part| part.value.raw.to_string());
    Some(Maker {
        schema: None,
        before: parts.next().unwrap_or_default(),
        after: parts.next().unwrap_or_default(),
    })
}
