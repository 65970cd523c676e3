//! Single secrets of a value that holds several: `API_KEYS=one,two`. Programs print one of them.

use serde_json::Value;

use super::common::is_common;
use super::name::{Strength, is_harmless, strength};
use super::placeholder::is_placeholder;

/// A shorter one is no secret that anything would be let in by.
const SHORTEST: usize = 6;

/// Letters alone are a word, unless there are so many of them.
const SHORTEST_WORD: usize = 8;

/// No more of one value than that.
const MOST: usize = 1000;

/// The secrets in a secret value that is a list, with commas, semicolons or white space, or JSON.
pub(super) fn elements(value: &str, into: &mut Vec<String>) {
    let most = into.len() + MOST;
    if value.starts_with(['[', '{'])
        && let Ok(json) = serde_json::from_str::<Value>(value)
    {
        in_json("", &json, most, into);
        return;
    }
    // Of a key in several lines each line is looked for already.
    if value.contains("-----BEGIN") {
        return;
    }
    let separates = |c: char| matches!(c, ',' | ';');
    let has_signs = value.contains(separates);
    let words = value.split(|c: char| separates(c) || c.is_whitespace());
    let trimmed = |word: &str| word.trim_matches(['"', '\'', '[', ']']).to_owned();
    let words: Vec<String> = words
        .map(trimmed)
        .filter(|word| !word.is_empty())
        .take(MOST)
        .collect();
    if words.len() < 2 {
        return;
    }
    // A sentence that is learned by heart is made of words that every log is full of.
    let is_sentence = value.contains(char::is_whitespace) && !has_signs;
    for word in &words {
        element(word, is_sentence, into);
    }
}

fn in_json(name: &str, value: &Value, most: usize, into: &mut Vec<String>) {
    match value {
        _ if into.len() >= most => {}
        Value::String(text) if !name.is_empty() && is_named_secret(name) => {
            let counts = text.len() >= SHORTEST && !is_common(text) && !is_placeholder(text);
            let lines = text.lines().filter(|line| *line != text);
            let all = std::iter::once(text.as_str()).chain(lines);
            into.extend(all.filter(|_| counts).map(str::to_owned));
        }
        // Whose it is, and where: `client_email`, `auth_uri`.
        Value::String(_) if !name.is_empty() && is_about(name) => {}
        Value::String(text) => element(text, text.contains(char::is_whitespace), into),
        Value::Array(list) => list.iter().for_each(|one| in_json(name, one, most, into)),
        Value::Object(object) => object
            .iter()
            .for_each(|(name, one)| in_json(name, one, most, into)),
        _ => {}
    }
}

fn is_about(name: &str) -> bool {
    const ABOUT: &[&str] = &["domain", "email", "project", "region", "user", "username"];
    let last = name.rsplit('_').next().unwrap_or(name);
    is_harmless(name) || ABOUT.iter().any(|word| word.eq_ignore_ascii_case(last))
}

fn is_named_secret(name: &str) -> bool {
    matches!(strength(name), Some(Strength::Firm | Strength::Hint))
}

/// One of several, and its end where it has a name before it: `alice:key11111`.
fn element(word: &str, is_sentence: bool, into: &mut Vec<String>) {
    // An address has its own rules, and a setting says by its name what it is.
    let is_setting = word.trim_end_matches('=').contains('=');
    if word.contains("://") || is_setting {
        return;
    }
    if tells(word, is_sentence) {
        into.push(word.to_owned());
    }
    if let Some((_, end)) = word.split_once(':')
        && tells(end, is_sentence)
    {
        into.push(end.to_owned());
    }
}

/// Whether nobody would write this word in a sentence.
fn tells(word: &str, is_sentence: bool) -> bool {
    let has = |wanted: fn(&u8) -> bool| word.as_bytes().iter().any(wanted);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    word.len() >= SHORTEST
        && (is_mixed || (!is_sentence && word.len() >= SHORTEST_WORD))
        && !is_common(word)
        && !is_placeholder(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_of_several_is_one() {
        for (value, found) in [
            ("one11111,two22222", &["one11111", "two22222"][..]),
            (
                "[\"sk-one-aaaa1111\", \"sk-two-bbbb2222\"]",
                &["sk-one-aaaa1111", "sk-two-bbbb2222"],
            ),
            ("whsec77aa; whsec88bb", &["whsec77aa", "whsec88bb"]),
            ("key11111 key22222", &["key11111", "key22222"]),
            ("['key11111','key22222']", &["key11111", "key22222"]),
            (
                "alice:key11111,bob:key22222",
                &["alice:key11111", "key11111", "bob:key22222", "key22222"],
            ),
            (
                r#"{"v1":"key11111","nested":{"password":"hunter"},"n":7}"#,
                &["hunter", "key11111"],
            ),
            (
                r#"{"type":"service_account","project_id":"shop-12345","private_key":"-----A\nB1","client_email":"a1@b.example","auth_uri":"https://h/o/oauth2"}"#,
                &["-----A\nB1", "-----A", "B1"],
            ),
            ("correct horse battery staple", &[]),
            ("production,development,a,b1", &[]),
            ("Endpoint=sb://h/;AccountName=shop12345", &[]),
            ("alone11111", &[]),
        ] {
            let mut secrets = Vec::new();
            elements(value, &mut secrets);
            secrets.sort_unstable();
            let mut found = found.to_vec();
            found.sort_unstable();
            assert_eq!(secrets, found, "{value}");
        }
    }
}
