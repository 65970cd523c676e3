//! Where keys stand in a file.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::env::is_placeholder;
use crate::text::Span;

use super::super::azure::EMULATOR_KEY;
use super::firebase::is_of_firebase;
use super::hooks;
use super::private_keys::{PEM, private_key};
use super::shapes::{AWS, BOT, GOOGLE, SHAPES, Shape};
use super::signed;
use super::tokens::{TOKEN, Token};
use super::urls::end_of_password;

/// What follows `sb_secret_` in the secret key of every local Supabase: its command line tool makes it so
/// everywhere.
const LOCAL_SUPABASE: &str = "N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";

/// Where something was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) span: Span,
    pub(super) shape: usize,
    /// Whether it is one that every page of an app has in it.
    pub(super) public: bool,
    /// What is known of it, where it is a signed token.
    pub(super) token: Option<Token>,
}

fn finder() -> &'static AhoCorasick {
    static FINDER: OnceLock<AhoCorasick> = OnceLock::new();
    FINDER.get_or_init(|| {
        // Only such a search looks at many bytes at once.
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(SHAPES.iter().map(|shape| shape.prefix))
            .unwrap_or_else(|_| {
                AhoCorasick::new([""; 0]).unwrap_or_else(|_| unreachable!("an empty set"))
            })
    })
}

/// Every key in a file, whatever its encoding: keys are ASCII. A word that only begins like one, or
/// stands for one, is none.
pub(super) fn hits(bytes: &[u8]) -> Vec<Hit> {
    let mut found: Vec<Hit> = Vec::new();
    for hit in finder().find_iter(bytes) {
        let index = hit.pattern().as_usize();
        let Some(shape) = SHAPES.get(index) else {
            continue;
        };
        if found.last().is_some_and(|last| last.span.end > hit.start())
            || within_word(bytes, hit.start(), shape)
        {
            continue;
        }
        if let Some(end) = end_of_key(bytes, hit.end(), shape) {
            let token = if shape.prefix == TOKEN {
                let text = bytes.get(hit.start()..end).map(String::from_utf8_lossy);
                let token = text.and_then(|text| Token::of(&text, bytes, hit.start()));
                if token.is_none() {
                    continue;
                }
                token
            } else {
                None
            };
            found.push(Hit {
                token,
                span: Span::new(hit.start(), end),
                shape: index,
                public: shape.prefix == GOOGLE && is_of_firebase(bytes, hit.start()),
            });
        }
    }
    found
}

fn within_word(bytes: &[u8], at: usize, shape: &Shape) -> bool {
    let byte = |back: usize| at.checked_sub(back).and_then(|at| bytes.get(at));
    let before = byte(1);
    // The `n` of `\n` in a string belongs to no word.
    let is_escape = byte(2) == Some(&b'\\') && matches!(before, Some(b'n' | b't' | b'r'));
    !is_escape
        && shape
            .prefix
            .starts_with(|first: char| first.is_ascii_alphanumeric())
        && before.is_some_and(|before| before.is_ascii_alphanumeric() || *before == b'_')
}

/// Where a key ends that goes on at `from`; none when it is none.
fn end_of_key(bytes: &[u8], from: usize, shape: &Shape) -> Option<usize> {
    let rest = bytes.get(from..)?;
    if shape.is_url() {
        return end_of_password(bytes, from);
    }
    if shape.prefix == PEM {
        return Some(from + private_key(rest)?);
    }
    if shape.prefix == BOT && !hooks::is_behind_number(bytes, from - BOT.len()) {
        return None;
    }
    if shape.name == AWS {
        let key = behind_name(rest);
        let length = end_of_word(rest.get(key..)?);
        let body = std::str::from_utf8(rest.get(key..key + length)?).ok()?;
        return (shape.fits(body) && !is_placeholder(body)).then_some(from + key + length);
    }
    let azure = shape.prefix.ends_with("Key=");
    let is_hook = shape.prefix.ends_with('/');
    let is_address = shape.prefix.ends_with("Signature=");
    let signature = is_address || shape.prefix.ends_with("sig=");
    let inner = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'-' | b'.')
            || (is_hook && matches!(byte, b'/' | b'@'))
            || (azure && matches!(byte, b'+' | b'/' | b'='))
            || (signature && *byte == b'%')
            || (is_address && matches!(byte, b'+' | b'/' | b'=' | b'~'))
    };
    let length = rest.iter().take_while(|byte| inner(byte)).count();
    let body = std::str::from_utf8(rest.get(..length)?).ok()?;
    // The end of a sentence.
    let body = body.trim_end_matches('.');
    if body == EMULATOR_KEY || (shape.prefix == "sb_secret_" && body == LOCAL_SUPABASE) {
        return None;
    }
    if !shape.fits(body) || is_placeholder(body) {
        return None;
    }
    let is_filled = body.ends_with("%3D") || body.ends_with("%3d");
    if signature && !is_address && !is_filled && !signed::is_of_workflow(bytes, from) {
        return None;
    }
    if is_address && !signed::is_signed(bytes, from, shape.prefix) {
        return None;
    }
    Some(from + body.len())
}

/// Where the value begins of a name that ends here: behind ` = "`, `: ` and their like.
fn behind_name(rest: &[u8]) -> usize {
    let between = |byte: &&u8| b" \t\"':=".contains(byte);
    rest.iter().take(8).take_while(between).count()
}

/// How far base64 goes on.
fn end_of_word(rest: &[u8]) -> usize {
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    rest.iter().take_while(inner).count()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
