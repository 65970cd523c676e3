//! What stands between the brackets of a chain's calls: options and regular expressions.

use oxc_ast::ast::{CallExpression, Expression, ObjectPropertyKind};

use super::chain::{Module, Need, first};
use super::pattern::Pattern;
use super::takes::{Part, Step};

impl<'a> Module<'a> {
    /// A URL with what else is asked of it: `z.url({ protocol: /^https$/ })`.
    pub(super) fn asking(&self, need: Need, call: &'a CallExpression<'a>) -> Need {
        let Some(options) = first(call).map(Expression::get_inner_expression) else {
            return need;
        };
        let Expression::ObjectExpression(options) = options else {
            // A message.
            let is_text = self.constants.evaluate(options).text().is_some();
            return if is_text { need } else { need.with(None) };
        };
        options.properties.iter().fold(need, |need, it| {
            let ObjectPropertyKind::ObjectProperty(it) = it else {
                return need.with(None);
            };
            let part = match it.key.static_name().as_deref() {
                Some("protocol") => Part::Scheme,
                Some("hostname") => Part::Host,
                Some("message" | "error" | "normalize" | "abort") => return need,
                _ => return need.with(None),
            };
            let form = self.pattern(&it.value);
            need.with(form.map(|form| Step::UrlPart(part, form)))
        })
    }

    /// Whether a call has an option of that name, or may have it.
    pub(super) fn is_own(&self, call: &'a CallExpression<'a>, name: &str) -> bool {
        let Some(options) = first(call).map(Expression::get_inner_expression) else {
            return false;
        };
        match options {
            Expression::ObjectExpression(options) => options.properties.iter().any(|it| match it {
                ObjectPropertyKind::ObjectProperty(it) => {
                    it.key.static_name().is_none_or(|it| it == name)
                }
                ObjectPropertyKind::SpreadProperty(_) => true,
            }),
            other => self.constants.evaluate(other).text().is_none(),
        }
    }

    /// A form that a text is to have.
    pub(super) fn form(&self, expression: &'a Expression<'a>) -> Option<Step> {
        self.pattern(expression).map(Step::Form)
    }

    /// A regular expression, as it stands or by its name.
    fn pattern(&self, expression: &'a Expression<'a>) -> Option<Pattern> {
        let written = match expression.get_inner_expression() {
            Expression::Identifier(name) => self.constants.get(&name.name)?.get_inner_expression(),
            other => other,
        };
        let Expression::RegExpLiteral(written) = written else {
            return None;
        };
        let text = written.regex.pattern.text.as_str();
        Pattern::read(text, &written.regex.flags.to_string())
    }
}
