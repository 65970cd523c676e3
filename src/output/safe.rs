//! Text that cannot harm a terminal or break a format, whatever file it came from.

use std::borrow::Cow;

/// `character` as it may be shown. Control characters become their pictures (`␛`), characters
/// that reorder or hide text become `�`; one for one, so that columns stay right.
pub(super) fn harmless_char(character: char) -> char {
    match character {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('�'),
        '\u{7f}' => '␡',
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{e0000}'..='\u{e007f}' => '�',
        other => other,
    }
}

/// `text` with every harmful character replaced; line ends stay.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let harmful = |character: char| character != '\n' && harmless_char(character) != character;
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    Cow::Owned(
        text.chars()
            .map(|character| {
                if character == '\n' {
                    '\n'
                } else {
                    harmless_char(character)
                }
            })
            .collect(),
    )
}

/// `text` on one line, whatever it holds: what ends a line is shown (`␤`), but for the last ones.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    match joined(text.trim_end_matches(['\r', '\n'])) {
        Cow::Borrowed(text) => harmless(text),
        Cow::Owned(text) => Cow::Owned(harmless(&text).into_owned()),
    }
}

/// `text` with its line ends shown, and escape sequences as they are.
pub(super) fn joined(text: &str) -> Cow<'_, str> {
    if !text.contains(['\r', '\n']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "␤").replace(['\r', '\n'], "␤"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_and_not_obeyed() {
        assert_eq!(harmless("a\u{1b}[31mred\u{7}\u{9b}2J"), "a␛[31mred␇�2J");
        assert_eq!(harmless("pay \u{202e}cod.exe"), "pay �cod.exe");
        assert_eq!(harmless("one\r\ntwo\rthree"), "one\ntwo␍three");
        assert!(matches!(harmless("grüße\n日本 ✓ •"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_has_lines_is_shown_on_one() {
        assert_eq!(one_line("\nset -e\r\necho\tone\n"), "␤set -e␤echo␉one");
        assert_eq!(one_line("plain\n"), "plain");
    }
}
