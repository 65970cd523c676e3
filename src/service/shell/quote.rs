//! Whether a line for the shell ends within a quote, as far as that can be told without a shell.

/// What stands within `$(…)`, `` `…` `` and `${…}` is passed over where it holds nothing that would have
/// to be understood.
const UNCLEAR: &[char] = &['\'', '"', '`', '\\', '(', '{', '#', '<'];

/// Where a quote stands that is never closed, in bytes. None where every quote is, and where only a shell
/// could tell: in a here-document, within nested quotes, in `$'…'`, which not every shell knows.
#[must_use]
pub fn open_quote(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        // Within a longer character nothing of the shell's begins.
        let rest = line.get(at..).unwrap_or_default();
        at = match byte {
            // Behind a backslash everything is itself, and at the very end it is itself.
            b'\\' => at + 1 + line.get(at + 1..)?.chars().next()?.len_utf8(),
            b'\'' => match rest[1..].find('\'') {
                Some(end) => at + end + 2,
                None => return Some(at),
            },
            b'"' => match closed(line, at + 1) {
                Quoted::Until(end) => end,
                Quoted::Open => return Some(at),
                Quoted::Unclear => return None,
            },
            b'#' if begins_word(&line[..at]) => at + rest.find('\n')?,
            b'<' if rest.starts_with("<<") => return None,
            b'$' | b'`' => passed_over(line, at)?,
            _ => at + 1,
        };
    }
    None
}

/// How a text in double quotes goes on.
enum Quoted {
    /// It is closed, and the line goes on there.
    Until(usize),
    Open,
    Unclear,
}

/// Looks for the end of double quotes that opened before `at`.
fn closed(line: &str, mut at: usize) -> Quoted {
    let bytes = line.as_bytes();
    while let Some(byte) = bytes.get(at) {
        at = match byte {
            b'"' => return Quoted::Until(at + 1),
            // The second byte of a longer character is no quote.
            b'\\' => at + 2,
            // Within double quotes this is a dollar.
            b'$' if line[at..].starts_with("$'") => at + 1,
            b'$' | b'`' => match passed_over(line, at) {
                Some(end) => end,
                None => return Quoted::Unclear,
            },
            _ => at + 1,
        };
    }
    Quoted::Open
}

/// Where the line goes on behind what a shell would put in place of this; none where that is unclear.
fn passed_over(line: &str, at: usize) -> Option<usize> {
    let rest = &line[at..];
    let (begin, end) = match rest.as_bytes() {
        [b'$', b'(', ..] => (2, ')'),
        [b'$', b'{', ..] => (2, '}'),
        [b'`', ..] => (1, '`'),
        [b'$', b'\'', ..] => return None,
        // `$#` is the number of words, and no comment.
        [b'$', b'#', ..] => return Some(at + 2),
        _ => return Some(at + 1),
    };
    let inner = &rest[begin..];
    let length = inner.find(end)?;
    let inner = &inner[..length];
    // A `case` has a closing bracket of its own.
    let is_clear = !inner.contains(UNCLEAR) && !inner.contains("case");
    is_clear.then_some(at + begin + length + 1)
}

/// Whether a word would begin behind this, so that a `#` there begins a comment.
fn begins_word(before: &str) -> bool {
    before
        .chars()
        .next_back()
        .is_none_or(|c| c.is_ascii_whitespace() || ";&|()<>".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_quote_that_is_never_closed_is_found() {
        for (line, from) in [
            ("echo \"abc", "\"abc"),
            ("echo 'abc", "'abc"),
            ("it's", "'s"),
            ("echo 'a' \"b\" 'c", "'c"),
            ("echo \"a\\\"", "\"a\\\""),
            ("echo \"a\\", "\"a\\"),
            ("echo \\\\'", "'"),
            ("echo # none\necho 'x", "'x"),
            ("echo a#b'", "'"),
            ("echo $# '", "'"),
            ("echo $(date) ${HOME} `id` '", "'"),
            ("echo \"$(date) ${HOME}", "\"$(date) ${HOME}"),
            ("echo \"costs $'5", "\"costs $'5"),
            ("echo é \"ü\\é", "\"ü\\é"),
        ] {
            let found = open_quote(line).map(|at| &line[at..]);
            assert_eq!(found, Some(from), "{line}");
        }
    }

    #[test]
    fn what_is_whole_and_what_only_a_shell_could_tell_is_not() {
        for line in [
            "",
            "echo",
            "echo 'a \" b' \"c ' d\"",
            "echo \\' \\\"",
            "echo a\\",
            "echo # it's",
            "# it's",
            "echo;# it's",
            "cat <<X\nit's\nX",
            "echo $(echo 'a') '",
            "echo \"$(echo \"a\")",
            "echo `echo \\`it's`",
            "echo \"${X:-'}\"",
            "echo $(case x in x) echo 'y';; esac) '",
            "echo $'it\\'s'",
            "echo \"a\"'b'\"c\"",
            "echo \"no $\"",
            "echo $",
        ] {
            assert_eq!(open_quote(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_there_what_is_open_is_closed_by_its_like(line in "[ a'\"\\\\$`#<(){}é;\n]{0,30}") {
            if let Some(at) = open_quote(&line) {
                let quote = &line[at..=at];
                // A backslash before it would take the quote for itself.
                let between = if quote == "\"" { " " } else { "" };
                prop_assert_eq!(open_quote(&[&line, between, quote].concat()), None);
            }
        }
    }
}
