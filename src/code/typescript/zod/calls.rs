//! Where a module applies a schema as soon as it is loaded, and ends where that fails.

use oxc_ast::ast::{
    ArrowFunctionBody, BindingPattern, CallExpression, ConditionalExpression, Declaration,
    Expression, Statement, VariableDeclaration,
};
use oxc_span::GetSpan;

use super::super::evaluate::span;
use super::chain::{DEPTH, Module, first, method};
use super::shapes::variable;

/// A value that a statement has, with what it is bound to.
type Bound<'a> = (Option<&'a BindingPattern<'a>>, &'a Expression<'a>);

impl<'a> Module<'a> {
    /// The calls of `parse` and `safeParse` that the module makes when it is loaded, and that end it.
    pub(super) fn checks(&self) -> Vec<&'a CallExpression<'a>> {
        let body = self.program.body.as_slice();
        let all = body.iter().flat_map(values);
        all.filter_map(|it| self.check(it, body)).collect()
    }

    fn check(
        &self,
        (bound, value): Bound<'a>,
        around: &'a [Statement<'a>],
    ) -> Option<&'a CallExpression<'a>> {
        let call = match value.get_inner_expression() {
            Expression::ConditionalExpression(choice) => {
                return self.check((bound, self.on_server(choice)?), around);
            }
            Expression::CallExpression(call) => call,
            _ => return None,
        };
        if let Some(fails) = self.parses(call) {
            return (fails || self.ends_on(bound?, around)).then_some(call);
        }
        let Expression::Identifier(name) = &call.callee else {
            return None;
        };
        self.in_function(name.name.as_str())
    }

    /// Whether a call applies a schema of ours, and throws by itself.
    fn parses(&self, call: &'a CallExpression<'a>) -> Option<bool> {
        let (object, name) = method(call)?;
        let fails = match name {
            "parse" => true,
            "safeParse" => false,
            _ => return None,
        };
        let is_single = || {
            let given = first(call).map(|it| self.constants.evaluate(it));
            given.is_some_and(|it| variable(&it).is_some()) && self.need(object, DEPTH).is_some()
        };
        (self.fields(object, DEPTH).is_some() || is_single()).then_some(fails)
    }

    /// The same in a function that is called then, as the first thing that it does.
    fn in_function(&self, name: &str) -> Option<&'a CallExpression<'a>> {
        if let Some(Expression::ArrowFunctionExpression(function)) = self.constants.get(name)
            && let Some(Expression::CallExpression(call)) = function.body.as_expression()
        {
            return self.parses(call)?.then_some(&**call);
        }
        let mut statements = self.body(name)?;
        if let [Statement::TryStatement(attempt)] = statements {
            let handler = self.text_of(&**attempt.handler.as_ref()?)?;
            if !throws(handler) {
                return None;
            }
            statements = attempt.block.body.as_slice();
        }
        let own = match statements.first()? {
            Statement::ReturnStatement(end) => (None, end.argument.as_ref()?),
            other => values(other).into_iter().next()?,
        };
        let Expression::CallExpression(call) = own.1.get_inner_expression() else {
            return None;
        };
        let fails = self.parses(call)?;
        (fails || self.ends_on(own.0?, statements)).then_some(&**call)
    }

    /// What a function of that name does.
    fn body(&self, name: &str) -> Option<&'a [Statement<'a>]> {
        if let Some(Expression::ArrowFunctionExpression(function)) = self.constants.get(name) {
            let ArrowFunctionBody::FunctionBody(block) = &function.body else {
                return None;
            };
            return Some(block.statements.as_slice());
        }
        let mut functions = self.program.body.iter().filter_map(|it| match it {
            Statement::FunctionDeclaration(function) => Some(function),
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::FunctionDeclaration(function) => Some(function),
                _ => None,
            },
            _ => None,
        });
        let is_it = |id: &oxc_ast::ast::BindingIdentifier<'_>| id.name.as_str() == name;
        let function = functions.find(|it| it.id.as_ref().is_some_and(is_it))?;
        Some(function.body.as_ref()?.statements.as_slice())
    }

    /// Whether what follows ends the module where the result that is bound so says that it failed, and on no other
    /// condition.
    fn ends_on(&self, bound: &BindingPattern<'a>, around: &'a [Statement<'a>]) -> bool {
        let success = match bound {
            BindingPattern::BindingIdentifier(name) => format!("{}.success", name.name),
            BindingPattern::ObjectPattern(pattern) => {
                let mut properties = pattern.properties.iter();
                let own =
                    properties.find(|it| it.key.static_name().is_some_and(|it| it == "success"));
                match own.map(|it| &it.value) {
                    Some(BindingPattern::BindingIdentifier(name)) => name.name.to_string(),
                    _ => return false,
                }
            }
            _ => return false,
        };
        let failed = [
            format!("!{success}"),
            format!("{success}===false"),
            format!("{success}==false"),
            format!("{success}!==true"),
            format!("false==={success}"),
            success.replace(".success", ".error"),
        ];
        around.iter().any(|statement| {
            let Statement::IfStatement(choice) = statement else {
                return false;
            };
            let Some(test) = self.plain(&choice.test) else {
                return false;
            };
            let otherwise = choice.alternate.as_ref();
            failed.contains(&test) && test != success && self.ends(&choice.consequent)
                || test == success && otherwise.is_some_and(|it| self.ends(it))
        })
    }

    /// Whether a statement ends the module, whatever else it does.
    fn ends(&self, statement: &Statement<'a>) -> bool {
        match statement {
            Statement::ThrowStatement(_) => true,
            Statement::ExpressionStatement(_) => {
                let text = self.text_of(statement);
                text.is_some_and(|it| it.starts_with("process.exit("))
            }
            Statement::BlockStatement(block) => block.body.iter().any(|it| self.ends(it)),
            _ => false,
        }
    }

    /// What a choice comes to where no browser is.
    fn on_server(&self, choice: &'a ConditionalExpression<'a>) -> Option<&'a Expression<'a>> {
        let test = self.plain(&choice.test)?.replace('\'', "\"");
        match test.as_str() {
            "typeofwindow===\"undefined\"" | "typeofwindow==\"undefined\"" => {
                Some(&choice.consequent)
            }
            "typeofwindow!==\"undefined\"" | "typeofwindow!=\"undefined\"" => {
                Some(&choice.alternate)
            }
            _ => None,
        }
    }

    fn text_of(&self, node: &impl GetSpan) -> Option<&'a str> {
        let span = span(node);
        self.text.get(span.start..span.end)
    }

    /// The text of an expression, without what stands between its words.
    fn plain(&self, expression: &Expression<'a>) -> Option<String> {
        let text = self.text_of(expression.get_inner_expression())?;
        Some(text.chars().filter(|it| !it.is_whitespace()).collect())
    }
}

/// Whether code ends its module somewhere.
pub(super) fn throws(text: &str) -> bool {
    text.contains("throw ") || text.contains("process.exit(")
}

/// What a statement of the module evaluates.
pub(super) fn expressions<'a>(statement: &'a Statement<'a>) -> Vec<&'a Expression<'a>> {
    values(statement).into_iter().map(|it| it.1).collect()
}

fn values<'a>(statement: &'a Statement<'a>) -> Vec<Bound<'a>> {
    let of = |declaration: &'a VariableDeclaration<'a>| {
        let all = declaration.declarations.iter();
        all.filter_map(|it| Some((Some(&it.id), it.init.as_ref()?)))
            .collect()
    };
    match statement {
        Statement::ExpressionStatement(statement) => vec![(None, &statement.expression)],
        Statement::VariableDeclaration(declaration) => of(declaration),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(declaration) => of(declaration),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
