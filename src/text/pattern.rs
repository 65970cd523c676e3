//! Regular expressions in plain words.

/// What a value that matches looks like: `https://NAME.supabase.co`, where the pattern is of plain text and names
/// alone; else the pattern as it is.
#[must_use]
pub fn in_words(pattern: &str) -> String {
    plain(pattern).unwrap_or_else(|| format!("`{pattern}`"))
}

fn plain(pattern: &str) -> Option<String> {
    let rest = pattern.strip_prefix('^')?.strip_suffix('$')?;
    let mut out = String::new();
    let mut rest = rest.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next()? {
                escaped if !escaped.is_alphanumeric() => out.push(escaped),
                _ => return None,
            },
            '[' => {
                let mut class = Vec::new();
                loop {
                    match rest.next()? {
                        ']' => break,
                        '\\' => class.push(rest.next()?),
                        other => class.push(other),
                    }
                }
                // What a name may have in it, and as many of that as there are.
                let is_named = class
                    .iter()
                    .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
                let is_many = rest.next_if(|next| matches!(next, '+' | '*')).is_some();
                if !is_named || !is_many || out.ends_with("NAME") {
                    return None;
                }
                out.push_str("NAME");
            }
            '(' | ')' | '{' | '}' | '|' | '?' | '*' | '+' | '.' | '^' | '$' => return None,
            other => out.push(other),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_text_and_names_is_told_as_that() {
        for (pattern, words) in [
            (
                r"^https://[a-zA-Z0-9-]+\.supabase\.co$",
                "https://NAME.supabase.co",
            ),
            (r"^https?://x$", "`^https?://x$`"),
            (r"^(a|b)$", "`^(a|b)$`"),
            (r"^[^a]+$", "`^[^a]+$`"),
            (r"^\d+$", r"`^\d+$`"),
            ("^[a", "`^[a`"),
            ("abc", "`abc`"),
        ] {
            assert_eq!(in_words(pattern), words);
        }
    }
}
