//! What is secret by its shape, whatever its name.

use crate::env::Claims;

/// How the credentials of the field begin, and how much follows at least: little where the beginning is
/// no word. The key shapes of `doctor` know them, too; a test there holds the two together.
const SECRET_PREFIXES: &[(&str, usize)] = &[
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("rk_test_", 8),
    ("sb_secret_", 8),
    ("sbp_", 40),
    ("whsec_", 8),
    ("ghp_", 8),
    ("gho_", 36),
    ("ghu_", 36),
    ("ghs_", 36),
    ("ghr_", 36),
    ("github_pat_", 8),
    ("glpat-", 20),
    ("dop_v1_", 64),
    ("dckr_pat_", 27),
    ("shpat_", 32),
    ("gsk_", 52),
    ("AGE-SECRET-KEY-1", 40),
    ("xoxb-", 8),
    ("xoxp-", 24),
    ("AKIA", 8),
    ("AIza", 35),
    ("sk-", 40),
    ("SG.", 66),
    ("npm_", 36),
    ("pypi-", 60),
    ("GOCSPX-", 28),
    ("vercel_blob_rw_", 40),
    ("xkeysib-", 80),
    ("lin_api_", 40),
    ("r8_", 37),
    ("hvs.", 24),
    ("figd_", 40),
    ("dp.pt.", 40),
    ("PMAK-", 59),
    ("xai-", 70),
];

/// The length of the shortest text that is a secret by its shape: `AccountKey=`.
const SHORTEST_SECRET: usize = 11;

/// Whether a value is a secret by its shape, whatever its name says.
#[must_use]
pub fn is_secret_value(value: &str) -> bool {
    let value = value.trim();
    // A prefix and something behind it: whatever is shorter than the shortest of them is none.
    value.len() >= SHORTEST_SECRET && (is_secret_throughout(value) || has_account_key(value))
}

/// Whether all of a value is one; of a connection string only the key is.
pub(super) fn is_secret_throughout(value: &str) -> bool {
    SECRET_PREFIXES
        .iter()
        .any(|(prefix, more)| value.starts_with(prefix) && value.len() >= prefix.len() + more)
        || has(value, b'-', "PRIVATE KEY-----")
        || (value.starts_with("eyJ")
            && Claims::of(value).is_some_and(|claims| claims.is_service_role()))
}

/// Whether a value has the key of one of Azure's accounts among its settings.
fn has_account_key(value: &str) -> bool {
    has(value, b'K', "AccountKey=") || has(value, b'K', "SharedAccessKey=")
}

/// Whether a value holds a run of letters and digits that nobody would think of: a key of which neither name nor
/// beginning tells anything.
#[must_use]
pub fn looks_random(value: &str) -> bool {
    const SHORTEST: usize = 16;
    let runs = value.split(|c: char| !c.is_ascii_alphanumeric() && c != '+');
    runs.filter(|run| run.len() >= SHORTEST).any(|run| {
        let mut seen: Vec<u8> = run.bytes().collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len() >= SHORTEST / 2
            && seen.iter().any(u8::is_ascii_digit)
            && seen.iter().any(u8::is_ascii_alphabetic)
    })
}

/// Whether a text contains another one; `letter` is one of its bytes and is looked for first.
pub(in crate::env) fn has(text: &str, letter: u8, wanted: &str) -> bool {
    memchr::memchr(letter, text.as_bytes()).is_some() && text.contains(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_would_think_of_looks_random() {
        for random in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "k3Jd+82nsLq0ZxPw5tYvRg==",
            "https://hooks.example.com/T0/B0/x8Kq2LmN4pRsT6vWyZ1a",
        ] {
            assert!(looks_random(random), "{random}");
        }
        for usual in [
            "http://localhost:8000/api/v1",
            "gpt-4o-mini-2024-07-18",
            "3f2b8c1e-5d6a-4b7c-9e8f-0a1b2c3d4e5f",
            "internationalisation",
            "1000000000000000000",
            "image/jpeg,image/png",
            "aaaaaaaaaaaaaaaaaaaa1",
        ] {
            assert!(!looks_random(usual), "{usual}");
        }
    }
}
