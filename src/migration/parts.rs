//! What of a file is sent as one query, and the statements in it.

use crate::code::sql;
use crate::text::Span;

/// A part of a file that goes to the server as one query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it is.
    pub span: Span,
    /// Its statements.
    pub statements: Vec<Span>,
}

/// The parts of a file that have statements in them, cut where drizzle cuts.
#[must_use]
pub fn parts(text: &str) -> Vec<Part> {
    let parts = sql::chunks(text).into_iter().map(|span| Part {
        statements: sql::statements(text, span),
        span,
    });
    parts.filter(|part| !part.statements.is_empty()).collect()
}
