//! Where a line, or a cell of a table, begins and ends.

/// What stands at the right of a cell is looked at where it is no longer than that.
const BEHIND: usize = 1024;

/// The length of a blank, or of a part of a frame, at the beginning of a text.
fn mark(text: &[u8]) -> usize {
    match text {
        [b' ' | b'\t' | b'\r' | b'|', ..] => 1,
        // U+2500 to U+257F
        [0xe2, 0x94 | 0x95, _, ..] => 3,
        [b'\\', ..] => mark_in_letters(text),
        _ => 0,
    }
}

/// The same as JSON writes it, also within JSON.
fn mark_in_letters(text: &[u8]) -> usize {
    let backslashes = backslashes(text);
    match &text[backslashes..] {
        [b't', ..] => backslashes + 1,
        [b'u', b'2', b'5', b'0'..=b'7', digit, ..] if digit.is_ascii_hexdigit() => backslashes + 5,
        _ => 0,
    }
}

fn backslashes(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b'\\').count()
}

/// How long the blanks and the frame are that a line begins with.
pub(super) fn frame(line: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match mark(&line[at..]) {
            0 => return at,
            length => at += length,
        }
    }
}

/// The same with what opens a text.
pub(super) fn opening(line: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at += frame(&line[at..]);
        match &line[at..] {
            [
                b'\'' | b'"' | b'`' | b'(' | b'[' | b'{' | b'#' | b'>' | b'*',
                ..,
            ]
            | [b'\\', b'\\' | b'\'' | b'"', ..] => at += 1,
            _ => return at,
        }
    }
}

/// Whether a cell of a table, or the line, begins behind `before`.
pub(super) fn begins(before: &[u8]) -> bool {
    let told = before.trim_ascii_end();
    before.ends_with(b"  ")
        || before.ends_with(b"\t")
        || matches!(told, [] | [.., b'|' | b'>'] | [.., 0xe2, 0x94 | 0x95, _])
}

/// Whether a cell of a table, or the line, ends where `behind` begins: there is nothing more but what closes
/// a text, blanks, a frame, what says that the line goes on, or at the right the place in a source, as rich
/// gives it. A column that has no frame stands two blanks away.
pub(super) fn ends(mut behind: &[u8]) -> bool {
    while let [b'\'' | b'"' | b'`' | b',' | b';' | b')' | b']' | b'}', ..]
    | [b'\\', b'\\' | b'\'' | b'"', ..] = behind
    {
        behind = &behind[1..];
    }
    let told = behind.trim_ascii_start();
    let is_far = matches!(behind, [b' ', b' ', ..] | [b'\t', ..]);
    if told.is_empty() || mark(told) > 0 || is_far {
        return true;
    }
    if told.len() > BEHIND {
        return false;
    }
    let told = told.trim_ascii_end();
    // The last are those of mails and of TeX.
    if matches!(told, [b'+' | b'\\' | b'='] | br"\\") {
        return true;
    }
    let is_apart = told.len() < behind.len() && behind[0].is_ascii_whitespace();
    if is_apart && told.starts_with(b"& ") {
        return true;
    }
    let colon = memchr::memrchr(b':', told);
    let number = colon.map_or(&[][..], |at| &told[at + 1..]);
    is_apart && !number.is_empty() && number.iter().all(u8::is_ascii_digit) && !told.contains(&b' ')
}

/// Where a line of a text ends, and where the next one begins. With `in_letters`, a line also ends where `\n` or
/// `<br>` stands for that.
pub(super) fn line_end(text: &[u8], in_letters: bool) -> (usize, usize) {
    let end = if in_letters {
        end_in_letters(text)
    } else {
        memchr::memchr(b'\n', text).map(|at| (at, at + 1))
    };
    end.unwrap_or((text.len(), text.len() + 1))
}

/// Whether a line of a text ends in letters.
pub(super) fn has_letters(text: &[u8]) -> bool {
    let mut from = 0;
    while let Some((end, next)) = end_in_letters(&text[from..]) {
        if text[from + end] != b'\n' {
            return true;
        }
        from += next;
    }
    false
}

/// How much of a line is told before the blanks and the frame at its right, and before the place in a source there, as
/// rich gives it.
pub(super) fn told(line: &[u8]) -> usize {
    let end = before_frame(line);
    let place = &line[..end];
    if !place.last().is_some_and(u8::is_ascii_digit) {
        return end;
    }
    let digits = place.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let name = &place[..end - digits.count()];
    let Some(name) = name.strip_suffix(b":") else {
        return end;
    };
    let length = name.iter().rev().take_while(|byte| **byte != b' ').count();
    let is_place = length < name.len() && name[name.len() - length..].contains(&b'.');
    if is_place {
        before_frame(&name[..name.len() - length])
    } else {
        end
    }
}

/// The length of a text without the blanks and the parts of a frame at its end.
fn before_frame(text: &[u8]) -> usize {
    let mut text = text;
    loop {
        text = match text {
            [rest @ .., b' ' | b'\t' | b'\r' | b'\n' | b'|']
            | [rest @ .., 0xe2, 0x94 | 0x95, _] => rest,
            [rest @ .., b'u', b'2', b'5', b'0'..=b'7', digit]
                if digit.is_ascii_hexdigit() && rest.ends_with(b"\\") =>
            {
                let backslashes = rest.iter().rev().take_while(|byte| **byte == b'\\');
                &rest[..rest.len() - backslashes.count()]
            }
            _ => return text.len(),
        }
    }
}

/// Where the line that may end at this byte of a text does so, also in letters, and where the next one begins.
pub(super) fn end_at(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let length = match text[at] {
        b'\n' => 1,
        // That is within a run.
        b'\\' if at.checked_sub(1).is_some_and(|at| text[at] == b'\\') => 0,
        _ => letters(&text[at..]),
    };
    (length > 0).then_some((at, at + length))
}

/// Where the first line of a text ends, also in letters, and where the next one begins.
fn end_in_letters(text: &[u8]) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(at) = memchr::memchr3(b'\n', b'\\', b'<', &text[from..]) {
        let at = from + at;
        let length = match text[at] {
            b'\n' => 1,
            _ => letters(&text[at..]),
        };
        if length > 0 {
            return Some((at, at + length));
        }
        from = at + backslashes(&text[at..]).max(1);
    }
    None
}

/// The length of a line end in letters that a text begins with.
fn letters(text: &[u8]) -> usize {
    if let [b'<', b'b' | b'B', b'r' | b'R', rest @ ..] = text {
        let closed = [&b">"[..], b"/>", b" />"].into_iter();
        let mut closed = closed.filter(|closed| rest.starts_with(closed));
        return closed.next().map_or(0, |closed| 3 + closed.len());
    }
    let escape = |text: &[u8], letter: u8| {
        let length = backslashes(text);
        (length > 0 && text.get(length) == Some(&letter)).then_some(length + 1)
    };
    let before = escape(text, b'r').unwrap_or(0);
    escape(&text[before..], b'n').map_or(0, |length| before + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_in_letters_as_programs_write_them() {
        for (text, ends) in [
            ("a\nb", Some((1, 2))),
            (r"a\nb", Some((1, 3))),
            (r"a\r\nb", Some((1, 5))),
            (r"a\\nb", Some((1, 4))),
            ("a<br>b", Some((1, 5))),
            ("a<BR />b", Some((1, 7))),
            (r"\a\rb<b>\\\tn<brand>", None),
        ] {
            assert_eq!(end_in_letters(text.as_bytes()), ends, "{text}");
            let in_letters = ends.is_some() && !text.contains('\n');
            assert_eq!(has_letters(text.as_bytes()), in_letters, "{text}");
        }
    }

    #[test]
    fn a_cell_begins_behind_a_frame_or_far_from_the_one_before() {
        for before in ["", "  ", "x  ", "x\t", "x | ", "x │ ", "<td>"] {
            assert!(begins(before.as_bytes()), "{before}");
        }
        assert!(!begins(b"x ") && !begins(b"x"));
    }

    #[test]
    fn a_cell_ends_where_nothing_of_its_text_follows() {
        for behind in [
            "",
            "'",
            "\")",
            " |",
            "  next",
            "\t1",
            r"\",
            r" \\",
            " & x",
            "=",
            r#"\"}"#,
            " \u{2502}",
            r" \u2502",
            "    app.py:3",
        ] {
            assert!(ends(behind.as_bytes()), "{behind}");
        }
        for behind in [
            "x", " x", "-x", "@host", r"\x", "=x", "&x", " app.py", "' x",
        ] {
            assert!(!ends(behind.as_bytes()), "{behind}");
        }
        assert_eq!(
            opening(r#"  \u2502 \\u2502 \"('x"#.as_bytes()),
            r#"  \u2502 \\u2502 \"('"#.len()
        );
    }
}
