//! Whether characters were drawn by lot.

/// How many different bytes there are.
pub(super) fn different(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in bytes {
        seen[usize::from(*byte)] = true;
    }
    seen.iter().filter(|seen| **seen).count()
}

/// Real keys have digits and many different characters; words and rows of `x` have not.
pub(super) fn is_random(body: &str) -> bool {
    body.bytes().any(|byte| byte.is_ascii_digit()) && is_varied(body)
}

/// Whether no word for a key stands in it, and not few characters again and again.
pub(super) fn is_varied(body: &str) -> bool {
    let lower = body.to_ascii_lowercase();
    let stands_for_one = [
        "example",
        "placeholder",
        "xxxx",
        "0000",
        "1234567",
        "abcdef",
        "your",
        "test_key",
        "dummy",
        "fake",
    ];
    body.bytes().any(|byte| byte.is_ascii_alphabetic())
        && different(body.as_bytes()) >= 8
        && !stands_for_one.iter().any(|word| lower.contains(word))
}

/// Whether it has nothing but letters and digits.
pub(super) fn alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether it has capitals and small letters.
pub(super) fn both_cases(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
}
