//! Python's text as a tree, as far as Python itself would read it.

use ruff_python_ast::Mod;
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};

/// Brackets within brackets that `CPython` reads; beyond, it says "too many nested parentheses".
const DEEPEST: usize = 200;

/// The tree of a module; an empty one where brackets stand so deep that Python refuses the text, and whoever
/// walks the tree would run out of stack.
pub(in crate::code) fn parse(text: &str) -> Parsed<Mod> {
    let text = if is_too_deep(text) { "" } else { text };
    parse_unchecked(text, ParseOptions::from(Mode::Module))
}

/// Those of texts in quotes count, too, which have to have a good many without an end to matter: with each
/// statement at the left margin it begins anew.
fn is_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    text.lines().any(|line| {
        if line.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '@')) {
            depth = 0;
        }
        line.bytes().any(|byte| {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > DEEPEST
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_refuses_for_its_depth_is_no_module() {
        let nested = |count: usize| format!("x = {}1{}\n", "(".repeat(count), ")".repeat(count));
        let length = |text: &str| {
            parse(text)
                .syntax()
                .as_module()
                .map_or(0, |it| it.body.len())
        };
        assert_eq!(length(&nested(DEEPEST)), 1);
        for open in ["(", "{1: ", "Annotated["] {
            assert_eq!(length(&format!("x = {}", open.repeat(200_000))), 0);
        }
        // So many faces in texts are none of one statement.
        let faces = "x = ':('\n".repeat(1000);
        assert_eq!(length(&faces), 1000);
    }
}
