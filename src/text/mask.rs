//! Secrets never reach a screen, a file or a debug line.

use super::Span;

/// What stands where a secret was.
pub const MASK: &str = "••••••";

/// A secret as it may be shown: enough to recognise which one, too little to use it.
#[must_use]
pub fn mask(value: &str) -> String {
    let shown: String = if value.chars().count() >= 16 {
        value.chars().take(3).collect()
    } else {
        String::new()
    };
    format!("{shown}{MASK}")
}

/// A URL with its password masked, and of a list of them each one's; anything that is no URL with a password
/// stays as it is.
#[must_use]
pub fn mask_url(value: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    let mut from = 0;
    for password in url_passwords(value, &[]) {
        shown.push_str(&value[from..password.start]);
        shown.push_str(MASK);
        from = password.end;
    }
    shown.push_str(&value[from..]);
    shown
}

/// Where the passwords of the URLs in a text are, in their order: before the `@` of each one's host. A URL
/// ends at one of `ends`, or where the next of a list begins. A password may be empty. One pass over the
/// text: a value may be a list of a hundred thousand.
pub fn url_passwords(text: &str, ends: &[char]) -> impl Iterator<Item = Span> {
    let (mut url_end, mut told) = (0, 0);
    text.match_indices("://").filter_map(move |(scheme, _)| {
        let start = scheme + 3;
        let at = if scheme >= url_end {
            url_end = start + length(&text[start..], ends);
            end_of_login(&text[..scheme], &text[start..url_end])?
        } else {
            // Within another: in its path or options.
            end_of_plain_login(text.get(start..url_end)?)?
        };
        let login = &text[start..start + at];
        let password = match login.find(':') {
            Some(colon) => Span::new(start + colon + 1, start + at),
            None if is_lone(&text[..scheme], login) => Span::new(start, start + at),
            None => return None,
        };
        // What looks like a URL within a password is none.
        (start >= told).then(|| {
            told = password.end;
            password
        })
    })
}

/// Whether a login is a user alone, of a Redis: nobody logs in there without a password, so that it is one that
/// lacks its colon.
fn is_lone(before: &str, login: &str) -> bool {
    is_redis(before) && !login.is_empty() && !login.contains([':', '/', '?', '#'])
}

/// Whether a text ends with the scheme of a Redis.
fn is_redis(before: &str) -> bool {
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || c == '+';
    let scheme = before.rsplit(|c| !in_scheme(c)).next().unwrap_or(before);
    let first = scheme.split('+').next().unwrap_or(scheme);
    ["redis", "rediss", "valkey", "valkeys"]
        .iter()
        .any(|known| first.eq_ignore_ascii_case(known))
}

/// A URL, or a list of them, whose users are masked too where `is_password` knows them: in the URL of a Redis a
/// password is soon written where the user stands.
#[must_use]
pub fn mask_redis_users(text: &str, is_password: impl Fn(&str) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for (scheme, _) in text.match_indices("://") {
        let start = scheme + 3;
        let rest = &text[start..];
        let Some(user) = end_of_plain_login(rest).and_then(|at| rest[..at].split(':').next())
        else {
            continue;
        };
        if start >= from && is_redis(&text[..scheme]) && !user.is_empty() && is_password(user) {
            shown.push_str(&text[from..start]);
            shown.push_str(MASK);
            from = start + user.len();
        }
    }
    shown.push_str(&text[from..]);
    shown
}

/// How long what follows `scheme://` is: up to one of `ends`, or to where the next of a list begins, which is
/// behind a separator.
fn length(rest: &str, ends: &[char]) -> usize {
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let separates = |c: char| matches!(c, ';' | ',') || c.is_whitespace();
    let mut begun = 0;
    for (at, c) in rest.char_indices() {
        if ends.contains(&c) {
            return at;
        }
        if c == ':' && rest[at..].starts_with("://") && rest[..begun].ends_with(separates) {
            return begun;
        }
        if !in_scheme(c) {
            begun = at + c.len_utf8();
        }
    }
    rest.len()
}

/// Where the `@` behind a login is, in what follows `scheme://`. A password with a bare slash is longer than
/// it looks, and its end must not be taken for a host; a page may have `@` in its path.
fn end_of_login(scheme: &str, rest: &str) -> Option<usize> {
    if scheme.ends_with("http") || scheme.ends_with("https") {
        return end_of_plain_login(rest);
    }
    let authority = authority(rest);
    let options = rest[authority..].find(['=', '&']);
    let before = options.map_or(rest.len(), |at| authority + at);
    rest[..before].rfind('@').or_else(|| rest.rfind('@'))
}

/// The same, where a login is as the standard has it.
fn end_of_plain_login(rest: &str) -> Option<usize> {
    rest[..authority(rest)].rfind('@')
}

/// How long login, host and port are, as the standard has them.
fn authority(rest: &str) -> usize {
    rest.find(['/', '?', '#']).unwrap_or(rest.len())
}

/// The password in an argument that is an address, be it a sound one or not: whoever mistypes one
/// has its slashes and blanks in the wrong places, so it may be longer than it is, never shorter.
#[must_use]
pub fn typed_password(argument: &str) -> Option<&str> {
    let begin = argument.find("://").map_or(0, |at| at + 3);
    let (before, _) = argument.get(begin..)?.rsplit_once('@')?;
    let (_, password) = before.split_once(':')?;
    Some(password).filter(|password| !password.is_empty())
}

/// Names of settings that have a password.
const SETTINGS: &[&str] = &["password=", "passwd=", "pwd="];

/// Somebody else's words with the password of each URL in them masked, and what stands behind
/// `password=`.
#[must_use]
pub fn mask_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    let mut from = 0;
    while let Some((length, sign)) = text[from..].char_indices().find(|(_, c)| ends(*c)) {
        let word = &text[from..from + length];
        out.push_str(&mask_word(word));
        out.push(sign);
        from += length + sign.len_utf8();
        let rest = &text[from..];
        let lower = word.to_ascii_lowercase();
        if matches!(sign, '"' | '\'') && SETTINGS.iter().any(|name| lower.ends_with(name)) {
            // What is not closed ends as any word does.
            let close = rest.find(sign).or_else(|| rest.find(char::is_whitespace));
            let length = close.unwrap_or(rest.len());
            out.push_str(if length > 0 { MASK } else { "" });
            from += length;
        }
    }
    out.push_str(&mask_word(&text[from..]));
    out
}

/// Somebody else's words with all masked that stands before the `@` of a URL, be it only a user: many a token is
/// written so.
#[must_use]
pub fn mask_logins(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`');
    let mut out = String::with_capacity(text.len());
    let mut left = text;
    while let Some(begin) = left.find("://").map(|at| at + 3) {
        let (before, rest) = left.split_at(begin);
        out.push_str(before);
        let authority = rest.find(ends).unwrap_or(rest.len());
        left = match rest[..authority].rfind('@') {
            Some(at) => {
                out.push_str(MASK);
                &rest[at..]
            }
            None => rest,
        };
    }
    out.push_str(left);
    out
}

fn mask_word(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut left = word;
    while let Some(begin) = left.find("://").map(|at| at + 3) {
        let (scheme, rest) = left.split_at(begin);
        out.push_str(scheme);
        // Up to the next URL: some lists have no spaces.
        let (own, next) = rest.split_at(rest.find("://").unwrap_or(rest.len()));
        let at = end_of_login(scheme.trim_end_matches("://"), own);
        // The scheme of the next of a list stands at the end of the one before it.
        let before = out.trim_end_matches("://");
        let begins = at.and_then(|at| {
            let login = &own[..at];
            let lone = || is_lone(before, login).then_some(0);
            Some((login.find(':').map(|colon| colon + 1).or_else(lone)?, at))
        });
        match begins {
            Some((begin, at)) => {
                out.push_str(&own[..begin]);
                out.push_str(MASK);
                out.push_str(&own[at..]);
            }
            None => out.push_str(own),
        }
        left = next;
    }
    out.push_str(left);
    masked_settings(&out)
}

/// `password=…` in a connection string.
fn masked_settings(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    let found = SETTINGS
        .iter()
        .find_map(|name| Some(lower.find(name)? + name.len()));
    let Some(begin) = found else {
        return word.to_owned();
    };
    let rest = &word[begin..];
    let end = rest.find([';', '&', ',', ')']).unwrap_or(rest.len());
    // In quotes it stands behind the word.
    let shown = if end > 0 { MASK } else { "" };
    format!("{}{shown}{}", &word[..begin], masked_settings(&rest[end..]))
}

/// A statement with the literal behind each `PASSWORD` masked.
#[must_use]
pub fn mask_sql(statement: &str) -> String {
    let mut shown = String::with_capacity(statement.len());
    let mut from = 0;
    for literal in passwords_in_sql(statement) {
        shown.push_str(&statement[from..literal.start]);
        shown.push_str(MASK);
        from = literal.end;
    }
    shown.push_str(&statement[from..]);
    // What is not closed hides all that follows.
    if from == statement.len() && from > 0 && !statement.ends_with('\'') {
        shown.push('\'');
    }
    shown
}

/// What stands in the literal behind each `PASSWORD` of a statement.
#[must_use]
pub fn passwords_in_sql(statement: &str) -> Vec<Span> {
    let lower = statement.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find("password")) {
        from += at + "password".len();
        let rest = &statement[from..];
        let blank = rest.len() - rest.trim_start().len();
        let Some(literal) = rest[blank..].strip_prefix('\'') else {
            continue;
        };
        let start = from + blank + 1;
        let end = start + literal.find('\'').unwrap_or(literal.len());
        found.push(Span::new(start, end));
        from = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_alone_is_a_password_for_a_redis() {
        for (url, shown) in [
            (
                "redis://R@127.0.0.1:6379/2",
                "redis://••••••@127.0.0.1:6379/2",
            ),
            (
                "redis+socket://R@/run/r.sock",
                "redis+socket://••••••@/run/r.sock",
            ),
            (
                "redis://a@one/1;rediss://b@two/1",
                "redis://••••••@one/1;rediss://••••••@two/1",
            ),
            ("redis://u:pw@h/0", "redis://u:••••••@h/0"),
            ("redis://h/0?name=a@b", "redis://h/0?name=a@b"),
            ("postgresql://app@h/d", "postgresql://app@h/d"),
            ("https://me@h/x", "https://me@h/x"),
        ] {
            assert_eq!(mask_url(url), shown);
            assert_eq!(mask_passwords(url), shown);
        }
        let known = |text| mask_redis_users(text, |user| user == "R");
        assert_eq!(
            known("redis://R:••@h/0;redis://u:••@h"),
            "redis://••••••:••@h/0;redis://u:••@h"
        );
        assert_eq!(known("postgresql://R:••@h/0"), "postgresql://R:••@h/0");
    }

    #[test]
    fn passwords_in_words_of_others_are_masked() {
        for (told, shown) in [
            (
                "no route to postgresql://app:hunter2@db:5432/x: refused",
                "no route to postgresql://app:••••••@db:5432/x: refused",
            ),
            (
                "('redis://:a/b@h/0','redis://u:p@h/1')",
                "('redis://:••••••@h/0','redis://u:••••••@h/1')",
            ),
            (
                "host=h password=hunter2 user=app",
                "host=h password=•••••• user=app",
            ),
            (
                "Server=h;Pwd=hunter2;Uid=app",
                "Server=h;Pwd=••••••;Uid=app",
            ),
            (
                "PGPASSWORD='hunter 2' psql; Pwd=\"x\"",
                "PGPASSWORD='••••••' psql; Pwd=\"••••••\"",
            ),
            ("password='' pwd='open it", "password='' pwd='•••••• it"),
            ("http://h:80/a@b", "http://h:80/a@b"),
            ("it's 10:30 @ home", "it's 10:30 @ home"),
        ] {
            assert_eq!(mask_passwords(told), shown);
        }
    }

    #[test]
    fn passwords_in_arguments_are_found() {
        for (argument, password) in [
            ("http://admin:T0p@127.0.0.1:70999/", Some("T0p")),
            ("--web=http://u:a/b c'd@h:99999", Some("a/b c'd")),
            ("DB=postgres://u:p@ss@h/x", Some("p@ss")),
            ("admin:T0p@localhost:8000", Some("T0p")),
            ("http://me@host/", None),
            ("http://me:@host/", None),
            ("https://host:80/", None),
        ] {
            assert_eq!(typed_password(argument), password, "{argument}");
        }
    }

    #[test]
    fn passwords_in_statements_are_masked() {
        assert_eq!(
            mask_sql("ALTER ROLE a PASSWORD 'x y'; create user b password'z' -- password"),
            "ALTER ROLE a PASSWORD '••••••'; create user b password'••••••' -- password"
        );
        assert_eq!(mask_sql("PASSWORD 'open"), "PASSWORD '••••••'");
    }

    #[test]
    fn passwords_in_urls_are_masked_even_with_an_at_sign() {
        assert_eq!(
            mask_url("postgresql://me:p@ss@localhost:5432/db"),
            "postgresql://me:••••••@localhost:5432/db"
        );
        assert_eq!(
            mask_url("redis://localhost:6379/0"),
            "redis://localhost:6379/0"
        );
        assert_eq!(mask_url("http://me@host/a:b@c"), "http://me@host/a:b@c");
        assert_eq!(
            mask_url("redis://:a@h:1/2;redis://u:b@h:2/2; rediss://h, redis://:c@h"),
            "redis://:••••••@h:1/2;redis://u:••••••@h:2/2; rediss://h, redis://:••••••@h"
        );
    }

    #[test]
    fn a_password_with_bare_signs_is_masked_to_its_end() {
        for password in ["hunter2/x", "hunter2@tail/x", "hunter2@tail?x", "a/b@c#d"] {
            let url = format!("postgresql://me:{password}@localhost/db?options=a@b");
            let masked = "postgresql://me:••••••@localhost/db?options=a@b";
            assert_eq!(mask_url(&url), masked, "{password}");
            assert_eq!(mask_passwords(&url), masked, "{password}");
        }
        let page = "https://me:pw@example.com/@user";
        assert_eq!(mask_url(page), "https://me:••••••@example.com/@user");
        let within = "https://h/?to=postgresql://me:pw@localhost/db, a://b:c@d";
        assert_eq!(
            mask_url(within),
            "https://h/?to=postgresql://me:••••••@localhost/db, a://b:••••••@d"
        );
        let odd = "postgresql://me:a://b:c@localhost/db";
        assert_eq!(mask_url(odd), "postgresql://me:••••••@localhost/db");
    }
}
