//! Names, types and strings.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode, LitKind};

use crate::text::Span;

use super::{Literal, Name};

/// A name that a statement makes.
pub(super) fn path(path: &ast::Path) -> Name {
    Name {
        schema: path
            .qualifier()
            .and_then(|schema| schema.segment())
            .map(|schema| schema.text()),
        name: path.segment().map(|name| name.text()).unwrap_or_default(),
    }
}

/// A name that a statement refers to.
pub(super) fn path_ref(path: &ast::PathRef) -> Name {
    Name {
        schema: path
            .qualifier()
            .and_then(|schema| schema.segment())
            .map(|schema| schema.text()),
        name: path.segment().map(|name| name.text()).unwrap_or_default(),
    }
}

/// A type as written, with single spaces.
pub(super) fn type_text(kind: &ast::Type) -> String {
    kind.syntax()
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// The name of a type that is a name, as an enum's is; of an array its element's.
fn type_name(kind: &ast::Type) -> Option<Name> {
    match kind {
        ast::Type::PathType(named) => named.path_ref().map(|name| path_ref(&name)),
        ast::Type::ArrayType(array) => type_name(&array.ty()?),
        _ => None,
    }
}

/// The strings of a statement, without the bodies of functions. `start` is where the statement begins in its file.
pub(super) fn literals(statement: &SyntaxNode, start: usize) -> Vec<Literal> {
    statement
        .descendants()
        .filter_map(ast::Literal::cast)
        .filter_map(|literal| {
            if !matches!(
                literal.kind()?,
                LitKind::String(_) | LitKind::EscString(_) | LitKind::UnicodeEscString(_)
            ) {
                return None;
            }
            let range = literal.syntax().text_range();
            let parent = literal.syntax().parent();
            let cast = parent.and_then(ast::CastExpr::cast);
            Some(Literal {
                value: literal.string_value()?,
                span: Span::new(
                    start + usize::from(range.start()),
                    start + usize::from(range.end()),
                ),
                cast: cast
                    .and_then(|cast| cast.ty())
                    .map(|kind| type_name(&kind).unwrap_or_else(|| Name::new(type_text(&kind)))),
            })
        })
        .collect()
}
