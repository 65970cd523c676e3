//! Text that is not UTF-8, or holds what no text does: what it is, as far as that is sure, and what mends it.

use super::command::Command;
use super::remedy::open_at;

/// The encoding of a file whose bytes, read as UTF-8, are this text; none where nobody can be sure of one.
/// Written anew from a wrong one, all of it would be lost.
fn encoding(text: &str) -> Option<&'static str> {
    // The byte order mark is the first thing that cannot be read.
    let marked = text.starts_with("\u{fffd}\u{fffd}");
    let (mut even, mut odd) = (0_usize, 0_usize);
    for (at, _) in text.chars().enumerate().filter(|(_, it)| *it == '\0') {
        if at % 2 == 0 {
            even += 1;
        } else {
            odd += 1;
        }
    }
    if even + odd == 0 {
        // ISO 8859-1 has a character for every byte.
        return text.contains('\u{fffd}').then_some("latin1");
    }
    // Names, values and the ends of lines are ASCII: every second byte of them is NUL.
    let half = text.chars().count() / 2;
    let most =
        |these: usize, others: usize| half > 0 && these * 4 >= half * 3 && others * 8 <= these;
    match () {
        () if marked && (most(odd, even) || most(even, odd)) => Some("utf-16"),
        () if most(odd, even) => Some("utf-16le"),
        () if most(even, odd) => Some("utf-16be"),
        () => None,
    }
}

/// Why a file cannot be read of which only the length is left, as after a crash or on a full disk.
pub const NUL: &str = "it holds no text, only NUL bytes";

/// Whether nothing but NUL bytes stands in a text.
#[must_use]
pub fn is_nul(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == 0)
}

/// Whether a file whose bytes, read as UTF-8, are this text is surely UTF-16: nothing of it is what it looks like.
#[must_use]
pub fn is_utf16(text: &str) -> bool {
    text.contains('\0') && encoding(text).is_some()
}

/// The way out for a file whose bytes, read as UTF-8, are this text; `line` has what cannot be read.
#[must_use]
pub fn mended(text: &str, path: &str, line: usize) -> String {
    match encoding(text) {
        Some(encoding) => format!("save it as UTF-8: {}", as_utf8(encoding, path)),
        None => format!("take out what is no text: {}", open_at(path, line)),
    }
}

/// Writes a file anew in UTF-8, from the encoding that it has. It stays the same file, with its owner, its mode
/// and the links to it, and is written when all of it could be read; what it is written from is seen by nobody
/// else either.
fn as_utf8(encoding: &str, path: &str) -> String {
    let new = format!("{path}.utf8");
    let anew = Command::new("iconv -f")
        .word(encoding)
        .fixed("-t utf-8")
        .path(path)
        .fixed(">")
        .path(&new);
    Command::new("cp -p")
        .path(path)
        .path(&new)
        .and(anew)
        .and(Command::new("cat").path(&new).fixed(">").path(path))
        .and(Command::new("rm").path(&new))
        .into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> String {
        let units = text.encode_utf16().flat_map(bytes);
        String::from_utf8_lossy(&units.collect::<Vec<u8>>()).into_owned()
    }

    #[test]
    fn an_encoding_is_told_where_it_is_sure() {
        let text = "# größer\nAPI_TOKEN=hunter2\nPORT=8000\n";
        let marked = format!("\u{feff}{text}");
        for (bytes, wanted) in [
            (utf16(&marked, u16::to_le_bytes), Some("utf-16")),
            (utf16(&marked, u16::to_be_bytes), Some("utf-16")),
            (utf16("A=1\n", u16::to_le_bytes), Some("utf-16le")),
            (utf16("A=1\n", u16::to_be_bytes), Some("utf-16be")),
            (text.replace('ö', "\u{fffd}"), Some("latin1")),
            // Two letters at the beginning are no byte order mark.
            ("\u{fffd}\u{fffd}=1\n".to_owned(), Some("latin1")),
            (format!("{text}XY=\0\n"), None),
            ("\0".to_owned(), None),
            ("\u{fffd}ELF\0\0\0\0\0\0\0\0=".to_owned(), None),
            (text.to_owned(), None),
        ] {
            assert_eq!(encoding(&bytes), wanted, "{bytes:?}");
            let is_utf16 = wanted.is_some_and(|it| it.starts_with("utf-16"));
            assert_eq!(super::is_utf16(&bytes), is_utf16, "{bytes:?}");
        }
    }

    #[test]
    fn a_file_stays_what_it_was() {
        assert_eq!(
            mended("\u{fffd}", "a b", 1),
            "save it as UTF-8: cp -p 'a b' 'a b.utf8' && iconv -f latin1 -t utf-8 'a b' > 'a b.utf8' \
             && cat 'a b.utf8' > 'a b' && rm 'a b.utf8'"
        );
        assert_eq!(
            mended("A=1\nB=\0\n", "a b", 2),
            "take out what is no text: ${EDITOR:-vi} +2 'a b'"
        );
    }
}
