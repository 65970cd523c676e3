//! Python's text as a tree, as far as Python itself would read it.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Mod, PythonVersion};
use ruff_python_parser::lexer::lex;
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};

/// Brackets within brackets that `CPython` reads; beyond, it says "too many nested parentheses".
const DEEPEST: usize = 200;

/// Blocks within blocks that it reads: "too many levels of indentation".
const INDENTED: usize = 100;

/// Operators, calls and attributes one after the other, each around all before it or behind it. Up to 3.12 it
/// compiles no more than 3000; what newer ones compile beyond that nobody writes.
const LONGEST: usize = 3000;

/// The tree of a module; an empty one where it would be so deep that Python refuses the text, and whoever walks
/// the tree, or drops it, would run out of stack.
pub(in crate::code) fn parse(text: &str) -> Parsed<Mod> {
    parse_as(text, ParseOptions::from(Mode::Module))
}

/// The same, with what a Python of that version does not know yet.
pub(super) fn parse_for(text: &str, version: PythonVersion) -> Parsed<Mod> {
    parse_as(
        text,
        ParseOptions::from(Mode::Module).with_target_version(version),
    )
}

fn parse_as(text: &str, options: ParseOptions) -> Parsed<Mod> {
    let text = if is_too_deep(text) { "" } else { text };
    parse_unchecked(text, options)
}

fn is_too_deep(text: &str) -> bool {
    let mut tokens = lex(text, Mode::Module);
    let mut indented = 0_usize;
    // What nests, of the statement and of each bracket that is open in it, and of all of them.
    let mut open = vec![0_usize];
    let mut all = 0;
    loop {
        let token = tokens.next_token();
        if let Some(count) = open.last_mut().filter(|_| nests(token)) {
            *count += 1;
            all += 1;
        }
        match token {
            TokenKind::EndOfFile => return false,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => open.push(0),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace if open.len() > 1 => {
                all -= open.pop().unwrap_or(0);
            }
            // What follows stands beside what was before it.
            TokenKind::Comma => {
                if let Some(count) = open.last_mut() {
                    all -= std::mem::take(count);
                }
            }
            TokenKind::Indent => indented += 1,
            TokenKind::Dedent => indented = indented.saturating_sub(1),
            // A bracket that was not closed ends where the next statement begins.
            token if begins(token) => {
                open = vec![0];
                all = 0;
            }
            _ => {}
        }
        if open.len() > DEEPEST + 1 || indented > INDENTED || all > LONGEST {
            return true;
        }
    }
}

/// Whether what stands before or behind it is put into something else. Chains of comparisons, of `and` and of `or`
/// are none of that: they are one list each.
fn nests(token: TokenKind) -> bool {
    use TokenKind as T;
    token.is_arithmetic()
        || token.is_bitwise_or_shift()
        || matches!(
            token,
            T::Percent
                | T::Tilde
                | T::Not
                | T::Await
                | T::Async
                | T::Yield
                | T::Lambda
                | T::If
                | T::Dot
        )
        || matches!(token, T::Lpar | T::Lsqb | T::Lbrace)
}

/// Whether a statement is over, or stands within no brackets.
fn begins(token: TokenKind) -> bool {
    use TokenKind as T;
    matches!(
        token,
        T::Newline | T::Semi | T::Class | T::Def | T::Import | T::Return
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many statements there are.
    fn length(text: &str) -> usize {
        let parsed = parse(text);
        parsed.syntax().as_module().map_or(0, |it| it.body.len())
    }

    #[test]
    fn what_python_refuses_for_its_depth_is_no_module() {
        let nested = |count: usize| format!("x = {}1{}\n", "(".repeat(count), ")".repeat(count));
        assert_eq!(length(&nested(DEEPEST)), 1);
        for open in ["(", "{1: ", "Annotated["] {
            assert_eq!(length(&format!("x = {}", open.repeat(200_000))), 0);
        }
        // So many faces in texts are none of one statement.
        let faces = "x = ':('\n".repeat(1000);
        assert_eq!(length(&faces), 1000);
        // Nor are those behind a bracket that nobody closed.
        let lines = "def f():\n    return a.b\n".repeat(LONGEST);
        assert!(length(&format!("g(\n{lines}")) > 0);
    }

    #[test]
    fn what_goes_on_for_ever_is_no_module() {
        for (before, link, behind) in [
            ("1", " + 1", ""),
            ("a", ".b", ""),
            ("a", "()", ""),
            ("a", "[0]", ""),
            ("", "not ", "a"),
            ("", "-", "a"),
            ("", "await ", "a"),
            ("", "lambda: ", "a"),
            ("", "a ** ", "a"),
            ("", "a if a else ", "a"),
        ] {
            let of = |count: usize| format!("x = {before}{}{behind}\n", link.repeat(count));
            assert_eq!(length(&of(LONGEST / 3)), 1, "{link}");
            for count in [20_000, 200_000] {
                assert_eq!(length(&of(count)), 0, "{link}");
            }
        }
        let indented = |count: usize| {
            let lines = (0..count).map(|at| format!("{}if a:\n", " ".repeat(at)));
            format!("{}{}pass\n", lines.collect::<String>(), " ".repeat(count))
        };
        assert_eq!(length(&indented(INDENTED - 1)), 1);
        assert_eq!(length(&indented(2000)), 0);
        // Much that stands side by side is nothing of that.
        assert_eq!(
            length(&format!("x = [{}]\n", "-1 + a.b(),".repeat(LONGEST))),
            1
        );
        assert_eq!(
            length(&format!("x = {}a\n", "a or b and ".repeat(LONGEST))),
            1
        );
    }
}
