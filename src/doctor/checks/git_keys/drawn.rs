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

/// The same of letters alone: large and small ones change as in no `NameOfWords`, and so many follow one another that
/// are no vowels as in none that can be spoken.
pub(super) fn is_of_letters(body: &str) -> bool {
    const UNSPOKEN: usize = 4;
    let letters = body.as_bytes();
    let pairs = letters.windows(2);
    let changes = pairs
        .filter(|pair| pair[0].is_ascii_uppercase() != pair[1].is_ascii_uppercase())
        .count();
    let is_vowel = |byte: &u8| {
        matches!(
            byte.to_ascii_lowercase(),
            b'a' | b'e' | b'i' | b'o' | b'u' | b'y'
        )
    };
    let unspoken = letters.split(is_vowel).any(|run| run.len() >= UNSPOKEN);
    letters.iter().all(u8::is_ascii_alphabetic)
        && is_varied(body)
        && changes * 2 >= letters.len()
        && unspoken
}

/// The same of sixteen letters and more, of which a few may follow one another as in words: there are two capitals side
/// by side, as in no `NameOfWords`.
pub(super) fn is_of_no_words(body: &str) -> bool {
    let mut pairs = body.as_bytes().windows(2);
    body.len() >= 16
        && body.bytes().all(|byte| byte.is_ascii_alphabetic())
        && both_cases(body)
        && is_varied(body)
        && pairs.any(|pair| pair.iter().all(u8::is_ascii_uppercase))
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
