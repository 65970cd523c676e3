//! How compilers say it, in small letters and behind a place: tsc, esbuild's kin, C's.

use super::Level;

/// The level that two words of a line tell together: `a.ts(1,5): error TS2322: …`, `a.c:3:1: warning: …`. What
/// vite says begins with anything: `[vite] Internal server error: …`, so there (`is_vite`) the sign behind it
/// is enough.
pub(super) fn level(before: &[u8], word: &[u8], is_vite: bool) -> Option<Level> {
    // It is asked for every word of what has no level: the first letter rules most of them out.
    match word.first()? {
        b'e' | b'w' => {
            let level = named(word.strip_suffix(b":")?)?;
            (is_vite || is_place(before)).then_some(level)
        }
        b'T' => {
            let code = word.strip_prefix(b"TS")?.strip_suffix(b":")?;
            let is_code = !code.is_empty() && code.iter().all(u8::is_ascii_digit);
            is_code.then(|| named(before)).flatten()
        }
        _ => None,
    }
}

fn named(word: &[u8]) -> Option<Level> {
    match word {
        b"error" => Some(Level::Error),
        b"warning" => Some(Level::Warn),
        _ => None,
    }
}

/// Whether a word is the end of a place in a file: `a.c:3:1:`, `a.cs(3,1):`.
fn is_place(word: &[u8]) -> bool {
    matches!(word, [.., b'0'..=b'9' | b')', b':'])
}
