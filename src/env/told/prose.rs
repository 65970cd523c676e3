//! What stands behind the name of a secret in prose, in a statement or as a command has it: `password 'x' rejected`,
//! `IDENTIFIED BY 'x'`, `mysql -px`. A word without a digit that nobody put in quotes is one of the sentence.

use crate::text::{MASK, Span};

use super::super::command_line;
use super::super::secret::{is_placeholder, joined};
use super::colons::{announces, comparable, one, tells, words};

/// What may stand between the name and the value.
const LINKS: &[&str] = &["is", "was", "=", ":=", "=>", "->"];

/// Those of them that leave no doubt that a value follows.
const ARROWS: &[&str] = &["=>", "->"];

/// No more of them stand there.
const MOST_LINKS: usize = 2;

/// So far the end of what is in quotes is looked for.
const LONGEST_QUOTED: usize = 1024;

/// As what a word counts that a Redis or a database is told.
const PASSWORD: &str = "password";

/// A line with each secret masked that its words announce.
pub(super) fn mask(line: &str) -> String {
    let mut spans = command_line::spans_of_prose(line);
    spans.retain(|span| is_new(&line[span.start..span.end]));
    let all: Vec<Span> = words(line, 0).collect();
    for at in 0..all.len() {
        spans.extend(announced(line, &all, at));
    }
    let mut out = String::with_capacity(line.len());
    let mut from = 0;
    for span in joined(spans) {
        out.push_str(&line[from..span.start]);
        out.push_str(MASK);
        from = span.end;
    }
    out.push_str(&line[from..]);
    out
}

/// Whether a value is none that is masked already, or only stands for one.
fn is_new(value: &str) -> bool {
    !value.contains(MASK) && !is_placeholder(value)
}

/// The secret that the word at a place announces.
fn announced(line: &str, all: &[Span], at: usize) -> Option<Span> {
    let text = |span: &Span| &line[span.start..span.end];
    let word = text(all.get(at)?);
    if word == "AUTH" {
        // Of a Redis, where a user may stand before it.
        let next = all.iter().skip(at + 1).take(2);
        let mut next = next.map(|span| one(line, *span));
        return next.find(|span| tells(PASSWORD, text(span)));
    }
    let (name, quoted) = bare(word)?;
    let by = || {
        let mut before = all[at.saturating_sub(3)..at].iter().map(text);
        name.eq_ignore_ascii_case("by")
            && before.any(|word| word.eq_ignore_ascii_case("identified"))
    };
    let name = if by() {
        PASSWORD.to_owned()
    } else {
        Some(comparable(name)).filter(|name| announces(name))?
    };
    let links = all[at + 1..].iter().map(text).take(MOST_LINKS);
    let links: Vec<&str> = links.take_while(|word| LINKS.contains(word)).collect();
    // In quotes it is what somebody tells of: `the field 'password' is missing`.
    if quoted && !links.iter().any(|link| ARROWS.contains(link)) {
        return None;
    }
    let next = *all.get(at + 1 + links.len())?;
    if let Some(inner) = in_quotes(line, next.start) {
        let value = text(&inner);
        let is_meant = is_password(&name) && !value.contains(char::is_whitespace);
        let is_secret =
            is_meant && !value.is_empty() || value.split(' ').any(|it| tells(&name, it));
        return (is_secret && is_new(value)).then_some(inner);
    }
    let value = one(line, next);
    tells(&name, text(&value)).then_some(value)
}

/// The name that a word is, and whether it is quoted.
fn bare(word: &str) -> Option<(&str, bool)> {
    let quotes: &[char] = &['"', '\'', '`'];
    let word = word.trim_start_matches(['(', '[', '{']);
    let name = word.trim_matches(quotes);
    // A name in Ruby, too: `:password => "x"`.
    let name = name.strip_prefix(':').unwrap_or(name);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    let is_name = !name.is_empty() && !name.starts_with('-') && name.bytes().all(fits);
    is_name.then(|| (name, word.ends_with(quotes)))
}

/// Whether a name announces nothing but a password: that of another secret may be said in quotes, as
/// `secret "redis-credentials"` is.
fn is_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "passphrase", "pwd"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// What is in quotes from there on; a quote that is doubled belongs to it.
fn in_quotes(line: &str, at: usize) -> Option<Span> {
    let rest = &line[at..];
    let bare = rest.trim_start_matches('\\');
    let quote = bare
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let start = line.len() - bare.len() + 1;
    let inner = &line[start..];
    let near = &inner[..inner.floor_char_boundary(LONGEST_QUOTED)];
    let mut length = 0;
    loop {
        length += near.get(length..)?.find(quote)?;
        if !near[length + 1..].starts_with(quote) {
            break;
        }
        length += 2;
    }
    let value = inner[..length].trim_end_matches('\\');
    Some(Span::new(start, start + value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_words_announce_is_masked() {
        for (told, shown) in [
            (
                "password 'hunter2Secret' rejected",
                "password '••••••' rejected",
            ),
            (
                "the password 'open-sesame' is wrong",
                "the password '••••••' is wrong",
            ),
            (
                "login with password hunter2Secret failed",
                "login with password •••••• failed",
            ),
            ("(password is hunter2Secret).", "(password is ••••••)."),
            (
                "the token was abcd1234efgh, gone",
                "the token was ••••••, gone",
            ),
            (
                "ALTER ROLE a WITH PASSWORD 'it''s4too'; x",
                "ALTER ROLE a WITH PASSWORD '••••••'; x",
            ),
            (
                "CREATE USER a IDENTIFIED BY 'hunter2Secret'",
                "CREATE USER a IDENTIFIED BY '••••••'",
            ),
            (
                r#"IDENTIFIED WITH caching_sha2_password BY \"open-sesame\""#,
                r#"IDENTIFIED WITH caching_sha2_password BY \"••••••\""#,
            ),
            (
                "AUTH default hunter2Secret: WRONGPASS",
                "AUTH default ••••••: WRONGPASS",
            ),
            ("AUTH hunter2Secret", "AUTH ••••••"),
            (
                r#"password => "hunter2Secret", secret -> hunter2Secret"#,
                r#"password => "••••••", secret -> ••••••"#,
            ),
            (
                r#"{"password" => "hunter2Secret", :secret => 'abcd1234'}"#,
                r#"{"password" => "••••••", :secret => '••••••'}"#,
            ),
        ] {
            assert_eq!(mask(told), shown);
        }
    }

    #[test]
    fn what_a_command_was_given_is_masked() {
        for (told, shown) in [
            (
                "mysql --password hunter2Secret -u a",
                "mysql --password •••••• -u a",
            ),
            (
                "it can't run mysql -phunter2Secret",
                "it can't run mysql -p••••••",
            ),
            (
                "Command 'curl -u admin:hunter2Secret http://h' failed",
                "Command 'curl -u admin:•••••• http://h' failed",
            ),
            (
                "redis-cli -a hunter2Secret ping",
                "redis-cli -a •••••• ping",
            ),
        ] {
            assert_eq!(mask(told), shown);
        }
    }

    #[test]
    fn a_sentence_stays() {
        for told in [
            "password is wrong",
            "password authentication failed for user \"app2\"",
            "the password must have 8 characters, not 7chars",
            "the field 'password' 'is' missing; \"password\" 'x'",
            "secret \"redis-credentials\" not found",
            "token expired at 2026-11-30T08:00:00Z",
            "the option --password is missing, the curl -u too",
            "invalid username-password pair or user is disabled",
            "AUTH failed: WRONGPASS, sent by user2",
            "password ••••••, password '••••••', password <your-password1>",
            "key projects42 -> 3 values",
            "password '",
            "password",
            "it's 'password",
        ] {
            assert_eq!(mask(told), told);
        }
    }

    #[test]
    fn a_long_line_is_looked_at_once() {
        for piece in [
            "password '",
            "-p x ",
            "mysql -p ",
            "curl '-u a:",
            "AUTH ",
            "by \"'\"",
        ] {
            let line = piece.repeat(20_000);
            assert!(mask(&line).len() >= MASK.len());
        }
    }
}
