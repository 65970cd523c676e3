//! What stands behind a name and a colon: `password: …`, `{"token": "…"}`, `Cookie: session=…`. In prose they
//! introduce words, too: those have no digit.

use crate::text::{MASK, Span};

use super::super::secret::{is_placeholder, is_secret_value, looks_random, looks_secret};

/// No name is longer.
const LONGEST_NAME: usize = 48;

/// No secret is shorter.
const SHORTEST: usize = 4;

/// Digits alone are one only where there are so many, and a password is what they may be.
const SHORTEST_DIGITS: usize = 6;

/// What quotes a name or a value; within a string there is a `\` before it.
const QUOTES: &[char] = &['"', '\'', '`'];

/// What a cookie is told beside its value.
const ATTRIBUTES: &[&str] = &[
    "path", "domain", "expires", "max-age", "samesite", "version", "priority",
];

/// What says in which unit a number is.
const UNITS: &[&str] = &[
    "ns", "us", "ms", "s", "sec", "m", "min", "h", "d", "b", "kb", "mb", "gb", "%",
];

/// A line with each secret masked that a name before it announces.
pub(super) fn mask(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut from = 0;
    for (colon, _) in line.match_indices(':') {
        if colon < from {
            continue;
        }
        let Some(name) = name_before(&line[..colon]) else {
            continue;
        };
        for secret in secrets(&name, line, colon + 1) {
            out.push_str(&line[from..secret.start]);
            out.push_str(MASK);
            from = secret.end;
        }
    }
    out.push_str(&line[from..]);
    out
}

/// The name that announces a secret and that a line ends with the colon of: in YAML it may stand in the next one.
pub(super) fn name_at_end(line: &str) -> Option<String> {
    let before = line.trim_end().strip_suffix(':')?;
    name_before(before).filter(|name| announces(name))
}

/// A line that holds nothing but the value of a name in the line before, masked where it is a secret.
pub(super) fn mask_value(name: &str, line: &str) -> String {
    let value = value(line, 0);
    let is_all = value.quoted
        || !line[value.start..value.end]
            .trim_end()
            .contains(char::is_whitespace);
    let secret = secrets(name, line, 0).into_iter().next().filter(|_| is_all);
    secret.map_or_else(
        || line.to_owned(),
        |secret| format!("{}{MASK}{}", &line[..secret.start], &line[secret.end..]),
    )
}

/// A text that stands alone under a name, masked where the two together are a secret.
pub(super) fn mask_as(name: &str, text: &str) -> String {
    let name = comparable(name);
    let all = secrets(&name, text, 0);
    let is_whole = announces(&name) && !text.contains(char::is_whitespace) && tells(&name, text);
    if is_whole || !all.is_empty() {
        MASK.to_owned()
    } else {
        text.to_owned()
    }
}

/// The name that ends a text, as names are compared.
fn name_before(text: &str) -> Option<String> {
    let bare = text.trim_end_matches([' ', '\t']);
    let bare = bare.trim_end_matches(QUOTES).trim_end_matches('\\');
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let name = bare.rsplit(|c| !in_name(c)).next()?;
    let is_one = !name.is_empty() && name.len() <= LONGEST_NAME;
    is_one.then(|| comparable(name))
}

pub(super) fn comparable(name: &str) -> String {
    name.replace(['-', '.', ' '], "_")
}

/// Whether a name announces a secret. `auth: 200ms` tells of a part of the stack.
pub(super) fn announces(name: &str) -> bool {
    looks_secret(name) || name.eq_ignore_ascii_case("pwd")
}

/// Where the secrets are that stand in a line behind a name, from `at`.
fn secrets(name: &str, line: &str, at: usize) -> Vec<Span> {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    let value = value(line, at);
    let text = &line[value.start..value.end];
    if is("cookie") || is("set_cookie") {
        return cookies(text, value.start);
    }
    if is("authorization") || is("proxy_authorization") {
        // The first word may be the scheme.
        let mut two = words(text, value.start).take(2);
        let secret = two.find(|word| tells(name, &line[word.start..word.end]));
        return secret.into_iter().collect();
    }
    if !announces(name) || text.starts_with("//") {
        return Vec::new();
    }
    if value.quoted {
        // Of several words in quotes most are a sentence.
        let is_one = words(text, 0).any(|word| tells(name, &text[word.start..word.end]));
        let whole = Span::new(value.start, value.end);
        return is_one.then_some(whole).into_iter().collect();
    }
    let first = words(text, value.start).next().map(|word| one(line, word));
    let secret = first.filter(|word| tells(name, &line[word.start..word.end]));
    secret.into_iter().collect()
}

/// What stands behind a colon.
struct Value {
    start: usize,
    end: usize,
    quoted: bool,
}

/// What is in quotes from `at`, or the rest of the line.
fn value(line: &str, at: usize) -> Value {
    let rest = &line[at..];
    let bare = rest.trim_start_matches([' ', '\t']);
    let plain = bare.trim_start_matches('\\');
    let Some(open) = plain.chars().next().filter(|c| QUOTES.contains(c)) else {
        return Value {
            start: line.len() - bare.len(),
            end: line.len(),
            quoted: false,
        };
    };
    let start = line.len() - plain.len() + open.len_utf8();
    let inner = &line[start..];
    let inner = inner.find(open).map_or(inner, |end| &inner[..end]);
    Value {
        start,
        end: start + inner.trim_end_matches('\\').len(),
        quoted: true,
    }
}

/// The words of a text that begins at `at`.
pub(super) fn words(text: &str, at: usize) -> impl Iterator<Item = Span> {
    let mut from = 0;
    text.split(char::is_whitespace).filter_map(move |word| {
        let span = Span::new(at + from, at + from + word.len());
        // Every blank is one of its own; those of other alphabets are longer.
        let behind = text[from + word.len()..].chars().next();
        from += word.len() + behind.map_or(0, char::len_utf8);
        (!word.is_empty()).then_some(span)
    })
}

/// A word without what ends a sentence or a list behind it.
pub(super) fn one(line: &str, word: Span) -> Span {
    let text = &line[word.start..word.end];
    let mut ends = text.match_indices([',', ';', '}']);
    let end = ends.find(|(at, sign)| begins_another(&text[at + sign.len()..]));
    let text = end.map_or(text, |(at, _)| &text[..at]);
    let ends = |c: char| QUOTES.contains(&c) || ".,;:)]}>\\".contains(c);
    let text = text.trim_end_matches(ends);
    Span::new(word.start, word.start + text.len())
}

/// Whether another name and its value follow.
fn begins_another(text: &str) -> bool {
    let name = text.trim_start_matches(|c: char| QUOTES.contains(&c) || ",{}[]\\".contains(c));
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let length = name.bytes().take(LONGEST_NAME).take_while(in_name).count();
    let behind = name[length..].trim_start_matches(|c: char| QUOTES.contains(&c) || c == '\\');
    length > 0 && behind.starts_with([':', '='])
}

/// The values of cookies: each of them lets somebody in, whatever it is called.
fn cookies(text: &str, at: usize) -> Vec<Span> {
    let mut from = at;
    let mut found = Vec::new();
    for cookie in text.split_inclusive(';') {
        let bare = cookie.trim_end_matches(';').trim_end();
        if let Some((name, value)) = bare.split_once('=') {
            let is_attribute = ATTRIBUTES
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name.trim()));
            let is_name = !name.trim().contains(char::is_whitespace);
            let length = value.find(char::is_whitespace).unwrap_or(value.len());
            if is_name && !is_attribute && length > 0 && !value.starts_with(MASK) {
                let start = from + name.len() + 1;
                found.push(Span::new(start, start + length));
            }
        }
        from += cookie.len();
    }
    found
}

/// Whether a word behind such a name is a secret, and no word of a sentence, no number and no time.
pub(super) fn tells(name: &str, word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ';', ':']);
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if word.len() < SHORTEST || digits == 0 || word.contains(MASK) || is_placeholder(word) {
        return false;
    }
    if word.starts_with("${") || word.starts_with("$(") {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    // A key may be that of a list, too.
    let is_any_key = upper.ends_with("KEY")
        && !["API", "ACCESS", "ACCOUNT", "PRIVATE", "SECRET"]
            .iter()
            .any(|kind| upper.contains(kind));
    if is_any_key {
        return looks_random(word) || is_secret_value(word);
    }
    if !word.contains(char::is_alphabetic) {
        let is_meant = ["PASS", "PWD", "PIN"].iter().any(|it| upper.contains(it));
        return is_meant && digits >= SHORTEST_DIGITS;
    }
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    !UNITS.contains(&unit.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_announces_is_masked() {
        for (told, shown) in [
            ("password: Geheim12345", "password: ••••••"),
            (
                "no login (password: Geheim12345).",
                "no login (password: ••••••).",
            ),
            (
                r#"sent {"password": "Geheim12345"}"#,
                r#"sent {"password": "••••••"}"#,
            ),
            (
                r#"sent {\"password\":\"Geheim12345\",\"user\":\"a1b2\"}"#,
                r#"sent {\"password\":\"••••••\",\"user\":\"a1b2\"}"#,
            ),
            ("{'pwd': 'a b12!', 'n': 1}", "{'pwd': '••••••', 'n': 1}"),
            ("{token:abcd1234efgh,port:8000}", "{token:••••••,port:8000}"),
            (
                "X-Api-Key: 9f8e7d6c5b4a3, api_key: 9f8e7d6c5b4a",
                "X-Api-Key: ••••••, api_key: ••••••",
            ),
            (
                "secret: Zq8xW2mmK1; token: abcd1234efgh",
                "secret: ••••••; token: ••••••",
            ),
            ("Cookie: session=abcdef0123456789", "Cookie: session=••••••"),
            (
                "Set-Cookie: sid=abcdef; Path=/; b=c1; HttpOnly",
                "Set-Cookie: sid=••••••; Path=/; b=••••••; HttpOnly",
            ),
            (
                "Authorization: Token abcd1234 is old",
                "Authorization: Token •••••• is old",
            ),
            ("Authorization: abcd1234", "Authorization: ••••••"),
            ("DB_PASSWORD : 12345678", "DB_PASSWORD : ••••••"),
            ("signing key: k3Jd82nsLq0ZxPw5tYvR", "signing key: ••••••"),
            ("password: Gé1heim!", "password: ••••••"),
        ] {
            assert_eq!(mask(told), shown);
        }
    }

    #[test]
    fn words_and_numbers_stay() {
        for told in [
            "the secret: it is missing; password: wrong",
            "token: expired at 10:30",
            "tokens: 1500000, token: 200ms, auth: 3/5 ok",
            "password: must have 8 characters",
            r#"{"password": "field required"}"#,
            "pass: 12/14, password: ${DB_PASSWORD_1}",
            "key: projects:42",
            "cookie: missing",
            "secret://vault1/x1 token://a1b2",
            "password: ••••••",
            "password:",
            ": \u{3000} :",
        ] {
            assert_eq!(mask(told), told);
        }
    }

    #[test]
    fn a_value_is_judged_with_its_name() {
        assert_eq!(mask_as("api_key", "9f8e7d6c5b4a"), MASK);
        assert_eq!(mask_as("Cookie", "a=b"), MASK);
        assert_eq!(mask_as("password", "field required"), "field required");
        assert_eq!(mask_as("database", "pg15 is down"), "pg15 is down");
    }
}
