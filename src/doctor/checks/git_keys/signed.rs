//! Addresses that a signature opens to whoever has them: S3's, Google's, `CloudFront`'s.

use super::drawn::{both_cases, is_random, is_varied};

/// What a query has beside a signature that goes by no name of its own.
const BESIDE: [&str; 3] = ["GoogleAccessId=", "AWSAccessKeyId=", "Key-Pair-Id="];

/// The key in the documentation of those who sign so.
const DOCUMENTED: &[u8] = b"AKIAIOSFODNN7EXAMPLE";

/// How far an address goes on before and behind.
const REACH: usize = 4096;

/// Whether a signature is one that was made: documents have examples, of which the address says so.
pub(super) fn is_signed(bytes: &[u8], at: usize, prefix: &str) -> bool {
    let address = address(bytes, at);
    let text = String::from_utf8_lossy(address);
    let around = window(bytes, at);
    let is_documented = around.windows(DOCUMENTED.len()).any(|it| it == DOCUMENTED);
    let is_named = || prefix.contains("X-") || BESIDE.iter().any(|name| text.contains(name));
    !is_documented && !text.to_ascii_lowercase().contains("example") && is_named()
}

/// Whether a signature stands in the address of a workflow in Azure, which runs for whoever has it.
pub(super) fn is_of_workflow(bytes: &[u8], at: usize) -> bool {
    let text = String::from_utf8_lossy(address(bytes, at));
    text.contains("/workflows/") && text.contains("/triggers/")
}

fn window(bytes: &[u8], at: usize) -> &[u8] {
    let end = bytes.len().min(at + REACH);
    bytes.get(at.saturating_sub(REACH)..end).unwrap_or_default()
}

/// The run of bytes around that an address has.
fn address(bytes: &[u8], at: usize) -> &[u8] {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>()[]{}\\".contains(byte);
    let from = at.saturating_sub(REACH);
    let before = bytes.get(from..at).unwrap_or_default();
    let start = before
        .iter()
        .rposition(ends)
        .map_or(from, |it| from + it + 1);
    let behind = bytes.get(at..).unwrap_or_default();
    let behind = behind.get(..behind.len().min(REACH)).unwrap_or_default();
    let end = behind.iter().position(ends).unwrap_or(behind.len());
    bytes.get(start..at + end).unwrap_or_default()
}

/// As S3 writes it: 64 digits.
pub(super) fn is_of_amazon(body: &str) -> bool {
    body.len() == 64 && is_hexadecimal(body)
}

/// As Google writes it: 64 with the key of a program, else those of an RSA key.
pub(super) fn is_of_google(body: &str) -> bool {
    (body.len() == 64 || body.len() >= 256) && is_hexadecimal(body)
}

/// In base64, as those wrote it who came before.
pub(super) fn is_of_old(body: &str) -> bool {
    both_cases(body) && is_random(body)
}

/// So many digits hold any few of them in a row by chance.
fn is_hexadecimal(body: &str) -> bool {
    let (digits, letters) = body.split_at(body.len() / 2);
    body.bytes().all(|byte| byte.is_ascii_hexdigit()) && (is_varied(digits) || is_varied(letters))
}
