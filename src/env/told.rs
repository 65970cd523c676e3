//! Words of others, as a report or a log has them, without the secrets that are told by their shape.

mod colons;
mod prose;

use crate::text::{MASK, mask_passwords};

use super::jwt::Claims;
use super::secret::{is_placeholder, is_secret_value, mask_parts};

/// How a private key begins.
const KEY: &str = "-----BEGIN ";

/// Somebody else's words with what is a secret by its shape masked: passwords of URLs and of connection strings,
/// what stands behind `token=`, `token: `, `Bearer` and the name of a secret in prose, and keys and tokens that are known by how they begin.
#[must_use]
pub fn mask_told(text: &str) -> String {
    let text = without_key(&mask_passwords(text));
    let mut name: Option<String> = None;
    let lines = text.split('\n').map(|line| {
        let line = match name.take() {
            Some(name) => colons::mask_value(&name, line),
            None => line.to_owned(),
        };
        name = colons::name_at_end(&line);
        words(&colons::mask(&mask_parts("", &prose::mask(&line))))
    });
    let lines: Vec<String> = lines.collect();
    lines.join("\n")
}

/// The same of what stands under a name of its own, which may tell that it is a secret.
#[must_use]
pub fn mask_told_as(name: &str, text: &str) -> String {
    mask_told(&colons::mask_as(name, text))
}

/// A text without the private key that stands in it.
fn without_key(text: &str) -> String {
    let Some(begin) = text.find(KEY).filter(|at| is_secret_value(&text[*at..])) else {
        return text.to_owned();
    };
    let inner = begin + KEY.len();
    let end = text[inner..].find("-----END ").map(|at| inner + at);
    // Its last line ends with five dashes more.
    let end = end.and_then(|at| Some(at + 9 + text[at + 9..].find("-----")? + 5));
    let rest = end.map_or("", |end| &text[end..]);
    format!("{}{MASK}{rest}", &text[..begin])
}

/// A line with each word masked that is a secret whatever stands before it.
fn words(line: &str) -> String {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while !rest.is_empty() {
        let length = rest.find(|c| !is_inner(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        let bare = word.trim_end_matches(['.', '-']);
        let is_secret = is_secret_value(bare) || Claims::of(bare).is_some();
        if is_secret && !is_placeholder(bare) {
            out.push_str(MASK);
            out.push_str(&word[bare.len()..]);
        } else {
            out.push_str(word);
        }
        let next = behind.find(is_inner).unwrap_or(behind.len());
        out.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_shapes() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijklmnop";
        for (told, shown) in [
            (
                "x; Authorization: Bearer abcdef1234567; AccountKey=Zm9vYmFyYmF6cXV1eA==; api_key=a1b2c3d4",
                "x; Authorization: Bearer ••••••; AccountKey=••••••; api_key=••••••",
            ),
            ("refused: sk_live_1234567890abcdef.", "refused: ••••••."),
            ("key:ghp_1234567890, gone", "key:••••••, gone"),
            (&format!("who is '{token}'?"), "who is '••••••'?"),
            (&format!("token={token}"), "token=••••••"),
            ("PGPASSWORD='Geheim12345' psql", "PGPASSWORD='••••••' psql"),
            ("x password: Geheim12345\ny", "x password: ••••••\ny"),
            ("redis://:pwpwpwpw@h is slow", "redis://:••••••@h is slow"),
            (
                "no -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- here",
                "no •••••• here",
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIE", "••••••"),
            (
                "settings:\n  password:\n    hunter2Secret\n  port: 5432",
                "settings:\n  password:\n    ••••••\n  port: 5432",
            ),
            (
                "password => \"hunter2Secret\", secret -> hunter2Secret",
                "password => \"••••••\", secret -> ••••••",
            ),
            (
                "GET /x?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026&X-Amz-Signature=aeeed9bbccd4&a=1",
                "GET /x?X-Amz-Credential=••••••&X-Amz-Signature=••••••&a=1",
            ),
        ] {
            assert_eq!(mask_told(told), shown);
        }
        for told in [
            "connection to h:6379 refused, 3 of 4 - see /var/log/x.log…",
            "it's  10:30\n\n@ home",
            "bearer token is missing",
            "password:\n  field required 1\n  or wrong",
            "password:\nwrong",
            "",
        ] {
            assert_eq!(mask_told(told), told);
        }
    }
}
