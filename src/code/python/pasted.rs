//! Where the methods of a settings class put a URL of a Postgres together, with a field's text for its password as it
//! stands.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, FString, FStringPart, InterpolatedStringElement, Operator, Stmt};
use ruff_python_ast::{ExprFString, StmtClassDef};
use ruff_text_size::Ranged;

use super::literal::text;

/// Such a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pasted {
    /// Whether the URL names a driver (`postgresql+asyncpg`), as it does for `SQLAlchemy` alone.
    pub names_driver: bool,
    /// Offset of the URL in the text.
    pub offset: usize,
}

/// The place where one of these classes, of which the others are made, does that with a field.
pub(super) fn at(classes: &[&StmtClassDef], field: &str) -> Option<Pasted> {
    let mut found = Urls { field, found: None };
    let bodies = classes.iter().flat_map(|class| &class.body);
    for function in bodies.filter_map(Stmt::as_function_def_stmt) {
        for statement in &function.body {
            found.visit_stmt(statement);
        }
    }
    found.found
}

/// What a text is made of.
enum Piece<'a> {
    Text(String),
    Value(&'a Expr),
}

fn pieces<'a>(value: &'a Expr, into: &mut Vec<Piece<'a>>) {
    match value {
        Expr::FString(whole) => of_parts(whole, into),
        Expr::BinOp(sum) if sum.op == Operator::Add => {
            pieces(&sum.left, into);
            pieces(&sum.right, into);
        }
        other => into.push(text(other).map_or(Piece::Value(other), Piece::Text)),
    }
}

fn of_parts<'a>(whole: &'a ExprFString, into: &mut Vec<Piece<'a>>) {
    for part in &whole.value {
        match part {
            FStringPart::Literal(text) => into.push(Piece::Text(text.to_string())),
            FStringPart::FString(part) => of_one(part, into),
        }
    }
}

fn of_one<'a>(part: &'a FString, into: &mut Vec<Piece<'a>>) {
    for element in &part.elements {
        into.push(match element {
            InterpolatedStringElement::Literal(text) => Piece::Text(text.value.to_string()),
            InterpolatedStringElement::Interpolation(value) => Piece::Value(&value.expression),
        });
    }
}

/// Whether it is `self.FIELD`, or the text within such a secret.
fn is_field(value: &Expr, field: &str) -> bool {
    match value {
        Expr::Attribute(of) => {
            let owner = of.value.as_name_expr();
            of.attr.as_str() == field && owner.is_some_and(|it| it.id.as_str() == "self")
        }
        Expr::Call(call) if call.arguments.is_empty() => {
            let method = call.func.as_attribute_expr();
            let method = method.filter(|it| it.attr.as_str() == "get_secret_value");
            method.is_some_and(|it| is_field(&it.value, field))
        }
        _ => false,
    }
}

struct Urls<'a> {
    field: &'a str,
    found: Option<Pasted>,
}

impl Urls<'_> {
    fn look(&mut self, value: &Expr) {
        let mut all = Vec::new();
        pieces(value, &mut all);
        let Some(Piece::Text(first)) = all.first() else {
            return;
        };
        let scheme = first.split_once("://").map(|(scheme, _)| scheme);
        let Some(scheme) = scheme.filter(|it| it.starts_with("postgres")) else {
            return;
        };
        let is_password = |three: &[Piece<'_>]| match three {
            [Piece::Text(before), Piece::Value(value), Piece::Text(after)] => {
                before.ends_with(':') && after.starts_with('@') && is_field(value, self.field)
            }
            _ => false,
        };
        if self.found.is_none() && all.windows(3).any(is_password) {
            self.found = Some(Pasted {
                names_driver: scheme.contains('+'),
                offset: value.start().to_usize(),
            });
        }
    }
}

impl<'a> Visitor<'a> for Urls<'_> {
    fn visit_expr(&mut self, value: &'a Expr) {
        if matches!(value, Expr::FString(_) | Expr::BinOp(_)) {
            self.look(value);
        }
        walk_expr(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;

    #[test]
    fn a_password_that_is_pasted_into_a_url_is_seen() {
        let pasted = |body: &str| {
            let text = format!(
                "class S(BaseSettings):\n    host: str\n    password: str\n    def url(self):\n        {body}\n"
            );
            let fields = read(&text).fields;
            assert_eq!(fields[0].pasted, None, "{body}");
            fields[1].pasted.map(|it| it.names_driver)
        };
        for (body, names_driver) in [
            (
                "return f'postgresql://{self.user}:{self.password}@{self.host}/x'",
                false,
            ),
            (
                "return (f'postgresql+asyncpg://{self.user}:'\n            f'{self.password}@{self.host}')",
                true,
            ),
            (
                "x = 'postgresql+psycopg://' + self.user + ':' + self.password.get_secret_value() + '@h'",
                true,
            ),
        ] {
            assert_eq!(pasted(body), Some(names_driver), "{body}");
        }
        for body in [
            "return f'postgresql://{self.user}:{quote_plus(self.password)}@{self.host}/x'",
            "return URL.create('postgresql', self.user, self.password, self.host)",
            "return f'redis://:{self.password}@{self.host}'",
            "return f'postgresql://{self.user}:{other.password}@{self.host}'",
            "return f'{self.scheme}://{self.user}:{self.password}@{self.host}'",
        ] {
            assert_eq!(pasted(body), None, "{body}");
        }
    }
}
