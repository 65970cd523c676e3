//! Signed tokens (JWT): Supabase's older keys, those that services hand out as keys, and those of people who are
//! signed in. Until when they count they say themselves.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::diagnostic::{Finding, Severity};
use crate::env::{Claims, looks_secret};
use crate::text::{and_list, plural};

use super::drawn::{different, is_random};
use super::firebase;

/// How the head of one begins.
pub(super) const TOKEN: &str = "eyJ";

const SERVICE: &str = "a Supabase service role key";
const OF_USER: &str = "a signed token of a user";
const OF_NOBODY: &str = "a signed token";

/// What is to be done about one of somebody who is signed in.
const LIVING: &str = "whoever has it is taken for its user: sign that user out everywhere, or change the secret that signs, and take it out";

/// What is to be done about one whose time is over.
const OVER: &str =
    "it opens nothing any more, as it says itself; whom it is of stays readable: take it out";

/// So many lines are told of one file.
const LINES: usize = 8;

/// A token that is a secret while it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) name: &'static str,
    /// When it ends, in seconds since 1970; none where it never does.
    end: Option<i64>,
}

impl Token {
    /// The token that a text is which stands at `at`; none where it opens nothing, or stands for one.
    pub(super) fn of(text: &str, bytes: &[u8], at: usize) -> Option<Self> {
        let known = Claims::of(text)?;
        let issuer = known.issuer.as_deref().unwrap_or_default();
        // The keys of every local Supabase are no secret, nor is what they sign.
        if issuer == "supabase-demo" || is_here(issuer) {
            return None;
        }
        let end = known.end();
        if known.is_service_role() {
            return Some(Self { name: SERVICE, end });
        }
        // It is made for browsers.
        if known.role.as_deref() == Some("anon") {
            return None;
        }
        let mut parts = text.split('.');
        let head = object(parts.next()?)?;
        let body = parts.next()?;
        if !is_signature(head.get("alg")?.as_str()?, parts.next()?) {
            return None;
        }
        let claims = object(body)?;
        // What Supabase's servers signed is no sample, whatever its user is called.
        if !is_hosted(issuer) && (is_sample(body) || is_sample_user(&claims)) {
            return None;
        }
        let has = |name: &str| claims.get(name).is_some_and(|it| !it.is_null());
        let is_of_user = known.role.as_deref() == Some("authenticated") || has("email");
        let name = if is_of_user { OF_USER } else { OF_NOBODY };
        (is_of_user || has("sub") || is_named(bytes, at)).then_some(Self { name, end })
    }

    fn has_ended(self, now: Timestamp) -> bool {
        self.end.is_some_and(|end| end <= now.as_second())
    }

    fn day(self) -> Option<String> {
        let end = Timestamp::from_second(self.end?).ok()?;
        Some(end.strftime("%F").to_string())
    }

    /// `a signed token of a user, which ended on 2025-12-10`.
    pub(super) fn words(self, now: Timestamp) -> String {
        match self.day() {
            Some(day) if self.has_ended(now) => format!("{}, which ended on {day}", self.name),
            Some(day) => format!("{}, which counts until {day}", self.name),
            None => self.name.to_owned(),
        }
    }

    pub(super) fn severity(self, now: Timestamp) -> Severity {
        if self.has_ended(now) {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    /// What is to be done; none where it is as with every key.
    pub(super) fn way(self, now: Timestamp) -> Option<&'static str> {
        if self.has_ended(now) {
            Some(OVER)
        } else {
            (self.name == OF_USER).then_some(LIVING)
        }
    }
}

/// The findings of one file, each with the line of the token that it is of, if it is of one: those that say the same
/// become one, which tells of the others.
pub(super) fn together(path: &str, found: Vec<(Finding, Option<(usize, String)>)>) -> Vec<Finding> {
    let mut lines: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (_, of) in &found {
        if let Some((line, words)) = of {
            lines.entry(words.clone()).or_default().push(*line);
        }
    }
    let one = |(mut finding, of): (Finding, Option<(usize, String)>)| {
        let Some((_, words)) = of else {
            return Some(finding);
        };
        // The first of them takes all.
        let lines = lines.remove(&words)?;
        let (_, others) = lines.split_first()?;
        if others.is_empty() {
            return Some(finding);
        }
        let more = plural(others.len(), "more place");
        finding.message = format!("{}, and in {more}", finding.message);
        let shown: Vec<String> = others.iter().take(LINES).map(usize::to_string).collect();
        let rest = others.len() - shown.len();
        let shown = match rest {
            0 => and_list(&shown),
            _ => format!("{} and {rest} more", shown.join(", ")),
        };
        let word = if others.len() == 1 { "line" } else { "lines" };
        Some(finding.note(format!("in {path} also: {word} {shown}")))
    };
    found.into_iter().filter_map(one).collect()
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let text = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Whether it is as long as those of this algorithm, and no words that stand for one.
fn is_signature(algorithm: &str, signature: &str) -> bool {
    let length = signature.len();
    let is_long_enough = match algorithm {
        "HS256" => length == 43,
        "HS384" => length == 64,
        "HS512" | "ES256" | "ES256K" | "EdDSA" | "Ed25519" => length == 86,
        "ES384" => length == 128,
        "ES512" => length == 176,
        // Of 2048 bits.
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => length >= 342,
        _ => false,
    };
    is_long_enough && different(signature.as_bytes()) >= 16 && is_random(signature)
}

/// Whether an issuer is a program of this machine.
fn is_here(issuer: &str) -> bool {
    let host = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    ["127.0.0.1", "localhost", "0.0.0.0", "host.docker.internal"]
        .iter()
        .any(|own| host.starts_with(own))
}

fn is_hosted(issuer: &str) -> bool {
    let host = issuer.strip_prefix("https://");
    let project = host.and_then(|it| it.strip_suffix(".supabase.co/auth/v1"));
    project.is_some_and(is_project)
}

/// Whether it is the reference of a project, and no `your-project`.
fn is_project(name: &str) -> bool {
    name.len() == 20
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
        && !name.contains("your")
        && !name.contains("example")
        && !name.starts_with("abcdefgh")
        && different(name.as_bytes()) >= 6
}

/// Whether the claims have words that documents have.
fn is_sample(body: &str) -> bool {
    let text = URL_SAFE_NO_PAD.decode(body.trim_end_matches('='));
    let text = String::from_utf8_lossy(&text.unwrap_or_default()).to_ascii_lowercase();
    [
        "example",
        "sample",
        "placeholder",
        "dummy",
        "fake",
        "123456789",
        "john doe",
        "jane doe",
        "johndoe",
        "changeme",
        "localhost",
        "127.0.0.1",
        "your-",
        "your_",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Whether it is of a user whom people think of for a test: `user-1`, `alice`, `test@acme.io`.
fn is_sample_user(claims: &Map<String, Value>) -> bool {
    let is_one = |name: &&str| {
        let user = claims.get(*name).and_then(Value::as_str);
        let user = user.unwrap_or_default().to_ascii_lowercase();
        let user = user.split('@').next().unwrap_or_default();
        user.len() < 16
            && [
                "test", "user", "admin", "alice", "bob", "foo", "john", "jane", "joe", "demo",
            ]
            .iter()
            .any(|word| user.starts_with(word))
    };
    ["sub", "email"].iter().any(is_one)
}

/// Whether the name of what stands there is that of a secret: `API_KEY=`, `"token": "`, `Bearer `. A licence that
/// pages show, and what is made for browsers, have such names too.
fn is_named(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(100)..at).unwrap_or_default();
    let name = String::from_utf8_lossy(firebase::name(before)).to_ascii_uppercase();
    let is_public = ["PUBLIC", "VITE_", "REACT_APP_", "LICENSE", "LICENCE"]
        .iter()
        .any(|word| name.contains(word));
    !is_public && (name == "BEARER" || looks_secret(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    /// A token is put together here, so that this file holds none.
    fn token(algorithm: &str, claims: &str, length: usize) -> String {
        let head = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
        let drawn = "q7RtY2wZ9kLmN4vBx8CdF3gHjP6sTeQ5uWyA".chars().cycle();
        let drawn: String = drawn.take(length).collect();
        format!("{head}.{}.{drawn}", URL_SAFE_NO_PAD.encode(claims))
    }

    fn told(before: &str, algorithm: &str, claims: &str, length: usize) -> Option<String> {
        let token = token(algorithm, claims, length);
        let text = format!("{before}{token}\"\n");
        let now = Timestamp::from_second(NOW).expect("a time");
        let found = Token::of(&token, text.as_bytes(), before.len())?;
        Some(format!("{:?}: {}", found.severity(now), found.words(now)))
    }

    #[test]
    fn a_signed_token_is_a_secret_while_it_counts() {
        let issuer = r#""iss":"https://qwmzxnrbvtkplhgfdsjc.supabase.co/auth/v1""#;
        let user = format!(r#"{{{issuer},"role":"authenticated","email":"test@acme.io","exp":"#);
        for (before, claims, words) in [
            (
                "\"value\": \"",
                format!("{user}1765367721}}"),
                "Warning: a signed token of a user, which ended on 2025-12-10",
            ),
            (
                "",
                format!("{user}2000000000}}"),
                "Error: a signed token of a user, which counts until 2033-05-18",
            ),
            (
                "x ",
                r#"{"email":"carla@acme.io"}"#.to_owned(),
                "Error: a signed token of a user",
            ),
            (
                "x ",
                r#"{"sub":"8f14e45f"}"#.to_owned(),
                "Error: a signed token",
            ),
            (
                "LEMONSQUEEZY_API_KEY=",
                r#"{"aud":"94d59cef","jti":"7c2b","exp":2066000000}"#.to_owned(),
                "Error: a signed token, which counts until 2035-06-21",
            ),
            (
                "Authorization: Bearer ",
                r#"{"scope":"all"}"#.to_owned(),
                "Error: a signed token",
            ),
        ] {
            let said = told(before, "HS256", &claims, 43);
            assert_eq!(said.as_deref(), Some(words), "{claims}");
        }
        for (algorithm, length) in [("RS256", 342), ("ES256", 86), ("HS512", 86)] {
            let said = told("API_TOKEN: '", algorithm, r#"{"jti":"7c2b"}"#, length);
            assert!(said.is_some(), "{algorithm}");
        }
    }

    #[test]
    fn a_token_of_documents_or_of_this_machine_is_none() {
        for (before, algorithm, claims, length) in [
            // Nobody signed it, or not so.
            ("", "none", r#"{"sub":"8f14e45f"}"#, 43),
            ("", "HS256", r#"{"sub":"8f14e45f"}"#, 20),
            ("", "RS256", r#"{"sub":"8f14e45f"}"#, 43),
            (
                "",
                "HS256",
                r#"{"sub":"1234567890","name":"John Doe","iat":1516239022}"#,
                43,
            ),
            (
                "",
                "HS256",
                r#"{"iss":"joe","http://example.com/is_root":true,"sub":"x"}"#,
                43,
            ),
            ("", "HS256", r#"{"sub":"user-1"}"#, 43),
            ("", "HS256", r#"{"sub":"7","email":"test@acme.io"}"#, 43),
            (
                "API_KEY=",
                "HS256",
                r#"{"iss":"supabase","ref":"qwmzxnrbvtkplhgfdsjc","role":"anon"}"#,
                43,
            ),
            (
                "API_KEY=",
                "HS256",
                r#"{"iss":"supabase-demo","role":"authenticated"}"#,
                43,
            ),
            (
                "",
                "HS256",
                r#"{"iss":"http://127.0.0.1:54321/auth/v1","role":"authenticated"}"#,
                43,
            ),
            (
                "",
                "HS256",
                r#"{"iss":"https://your-project.supabase.co/auth/v1","email":"a@b"}"#,
                43,
            ),
            // Neither a user nor a name.
            ("state = \"", "HS256", r#"{"jti":"7c2b"}"#, 43),
            ("licenseKey: '", "ES256", r#"{"jti":"7c2b"}"#, 86),
            ("VITE_MAP_TOKEN=", "ES256", r#"{"jti":"7c2b"}"#, 86),
        ] {
            assert_eq!(told(before, algorithm, claims, length), None, "{claims}");
        }
        let words = "your-signature-stands-here-in-43-characters";
        assert!(!is_signature("HS256", words));
    }

    #[test]
    fn places_that_say_the_same_become_one() {
        let finding = |line: usize| Finding::new(&super::super::KEY, format!("a:{line} holds x"));
        let of = |line, words: &str| (finding(line), Some((line, words.to_owned())));
        let mut found: Vec<_> = (1..=10).map(|line| of(line, "old")).collect();
        found.push((finding(11), None));
        found.extend([of(12, "new"), of(13, "new"), of(14, "other")]);
        let told = together("a", found);
        let messages: Vec<&str> = told.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "a:1 holds x, and in 9 more places",
                "a:11 holds x",
                "a:12 holds x, and in 1 more place",
                "a:14 holds x"
            ]
        );
        assert_eq!(
            told[0].notes,
            ["in a also: lines 2, 3, 4, 5, 6, 7, 8, 9 and 1 more"]
        );
        assert_eq!(told[2].notes, ["in a also: line 13"]);
    }
}
