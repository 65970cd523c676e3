//! Where statements begin and end: drizzle cuts a file at its marker, the server cuts what it gets at `;`.

use squawk_lexer::{LiteralKind, TokenKind, tokenize};

use crate::text::Span;

/// Where drizzle cuts a migration, wherever these bytes stand.
pub const BREAKPOINT: &str = "--> statement-breakpoint";

/// What of a file drizzle sends as one query each: the parts between its markers, empty ones too.
#[must_use]
pub fn chunks(text: &str) -> Vec<Span> {
    let mut chunks = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(BREAKPOINT) {
        chunks.push(Span::new(start, at));
        start = at + BREAKPOINT.len();
    }
    chunks.push(Span::new(start, text.len()));
    chunks
}

/// The statements in a part of a text, as the server would cut them: from the first word to the
/// last, without comments around them and without the `;`. Parts that hold nothing are left out.
#[must_use]
pub fn statements(text: &str, part: Span) -> Vec<Span> {
    let mut found = Vec::new();
    let mut body = Body::default();
    let mut current: Option<Span> = None;
    let mut at = part.start;
    for token in tokenize(text.get(part.start..part.end).unwrap_or_default()) {
        let span = Span::new(at, at + token.len as usize);
        at = span.end;
        match token.kind {
            TokenKind::Whitespace
            | TokenKind::LineComment
            | TokenKind::BlockComment { .. }
            | TokenKind::Eof => {}
            TokenKind::Semi if body.is_outside() => {
                found.extend(current.take());
                body = Body::default();
            }
            kind => {
                body.take(kind, text.get(span.start..span.end).unwrap_or_default());
                current = Some(Span::new(
                    current.map_or(span.start, |before| before.start),
                    span.end,
                ));
            }
        }
    }
    found.extend(current);
    found
}

/// Whether a `;` ends the statement: not inside parentheses (`CREATE RULE`), and not inside the
/// `BEGIN ATOMIC … END` of a function. psql decides in the same way.
#[derive(Default)]
struct Body {
    words: Vec<String>,
    parentheses: usize,
    blocks: usize,
}

impl Body {
    fn is_outside(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    fn take(&mut self, kind: TokenKind, text: &str) {
        match kind {
            TokenKind::OpenParen => self.parentheses += 1,
            TokenKind::CloseParen => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Ident => self.word(&text.to_ascii_lowercase()),
            _ => {}
        }
    }

    fn word(&mut self, word: &str) {
        if self.makes_function() && self.parentheses == 0 {
            match word {
                "begin" => self.blocks += 1,
                "case" if self.blocks > 0 => self.blocks += 1,
                "end" => self.blocks = self.blocks.saturating_sub(1),
                _ => {}
            }
        }
        if self.words.len() < 4 {
            self.words.push(word.to_owned());
        }
    }

    fn makes_function(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["create", "function" | "procedure", ..]
                | ["create", "or", "replace", "function" | "procedure"]
        )
    }
}

/// Where a marker, or the end of the file, cuts something in two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The marker; empty at the end of the text when what is open is never closed.
    pub at: Span,
    /// What is cut, from its opening to its end.
    pub what: Span,
    /// What it is: `a string`, `a quoted name`, `a dollar-quoted body`, `a comment`.
    pub kind: &'static str,
}

/// Markers that stand inside something: drizzle cuts there all the same, and both halves are broken.
#[must_use]
pub fn cuts(text: &str) -> Vec<Cut> {
    let mut found = Vec::new();
    let mut at = 0;
    for token in tokenize(text) {
        let what = Span::new(at, at + token.len as usize);
        at = what.end;
        let Some((kind, closed)) = quoting(token.kind) else {
            continue;
        };
        let inside = text.get(what.start..what.end).unwrap_or_default();
        for (offset, _) in inside.match_indices(BREAKPOINT) {
            // The marker itself is a comment, and so is the empty rest of its line.
            let rest = inside.get(offset + BREAKPOINT.len()..).unwrap_or_default();
            if token.kind == TokenKind::LineComment && rest.trim().is_empty() {
                continue;
            }
            let start = what.start + offset;
            found.push(Cut {
                at: Span::new(start, start + BREAKPOINT.len()),
                what,
                kind,
            });
        }
        if !closed {
            found.push(Cut {
                at: Span::new(text.len(), text.len()),
                what,
                kind,
            });
        }
    }
    found
}

/// What a token is called when text stands inside it, and whether it is closed.
fn quoting(kind: TokenKind) -> Option<(&'static str, bool)> {
    Some(match kind {
        TokenKind::LineComment => ("a comment", true),
        TokenKind::BlockComment { terminated } => ("a comment", terminated),
        TokenKind::QuotedIdent { terminated, .. } => ("a quoted name", terminated),
        TokenKind::Literal { kind } => match kind {
            LiteralKind::DollarQuotedString { terminated } => ("a dollar-quoted body", terminated),
            LiteralKind::Str { terminated }
            | LiteralKind::NationalStr { terminated }
            | LiteralKind::ByteStr { terminated }
            | LiteralKind::BitStr { terminated }
            | LiteralKind::UnicodeEscStr { terminated }
            | LiteralKind::EscStr { terminated } => ("a string", terminated),
            LiteralKind::Int { .. } | LiteralKind::Numeric { .. } => return None,
        },
        _ => return None,
    })
}

/// Whether a migration runs without a transaction, each statement by itself: its first line is `-- no-transaction`.
#[must_use]
pub fn has_no_transaction(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches('\u{feff}')
        .strip_prefix("--")
        .is_some_and(|comment| comment.trim().eq_ignore_ascii_case("no-transaction"))
}

/// The comments of a text, each with its place.
#[must_use]
pub fn comments(text: &str) -> Vec<Span> {
    let mut at = 0;
    let mut found = Vec::new();
    for token in tokenize(text) {
        let span = Span::new(at, at + token.len as usize);
        at = span.end;
        if matches!(
            token.kind,
            TokenKind::LineComment | TokenKind::BlockComment { .. }
        ) {
            found.push(span);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        chunks(text)
            .into_iter()
            .flat_map(|chunk| statements(text, chunk))
            .map(|span| &text[span.start..span.end])
            .collect()
    }

    #[test]
    fn statements_end_where_the_server_ends_them() {
        assert_eq!(
            texts(
                "-- first;\nSELECT 1; /* a; /* nested; */ */ SELECT ';' , $x$ ; $x$, \"a;b\", E'\\';'\n;;\n -- last\n"
            ),
            ["SELECT 1", "SELECT ';' , $x$ ; $x$, \"a;b\", E'\\';'"]
        );
        assert_eq!(
            texts("CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3"),
            [
                "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
                "SELECT 3"
            ]
        );
        assert_eq!(
            texts(
                "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; COMMIT; BEGIN; SELECT 1; END;"
            )
            .len(),
            5
        );
        assert_eq!(
            texts("SELECT 1;--> statement-breakpoint SELECT 2\n; SELECT 'ü'"),
            ["SELECT 1", "SELECT 2", "SELECT 'ü'"]
        );
        assert_eq!(texts(" -- nothing\n--> statement-breakpoint\n"), [""; 0]);
    }

    #[test]
    fn a_marker_inside_something_is_a_cut() {
        let kinds = |text: &str| -> Vec<&'static str> {
            cuts(text).into_iter().map(|cut| cut.kind).collect()
        };
        assert_eq!(
            kinds("SELECT 1;--> statement-breakpoint\n\t--> statement-breakpoint \r\nSELECT 2"),
            [""; 0]
        );
        assert_eq!(kinds("SELECT 'a--> statement-breakpoint';"), ["a string"]);
        assert_eq!(
            kinds("DO $$ --> statement-breakpoint\n$$;"),
            ["a dollar-quoted body"]
        );
        assert_eq!(
            kinds("/* --> statement-breakpoint\n*/ -- x --> statement-breakpoint y"),
            ["a comment", "a comment"]
        );
        assert_eq!(kinds("SELECT 'never"), ["a string"]);
    }
}
