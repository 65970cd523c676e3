//! What a process printed, made harmless for a terminal: colours stay, everything that could
//! clear, move, rename or lock up the screen goes.

use crate::text::escape;

/// Appends `line` (without its line end) to `out` so that it cannot damage a terminal.
///
/// Kept: printable UTF-8, tabs, and SGR (colour) sequences when `colour`; an open colour is closed.
/// A carriage return inside a line, or what else goes back to its beginning, keeps what stands after it, as a
/// terminal would show.
/// Invalid UTF-8 becomes U+FFFD, other control characters become visible (`␀`).
pub fn harmless(line: &[u8], colour: bool, out: &mut Vec<u8>) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // The usual line: nothing to do. A line end within it would be one more line.
    if is_plain(line) && memchr::memchr(b'\n', line).is_none() {
        return out.extend_from_slice(line);
    }
    let line = drawn_last(line);
    let mut open = false;
    let mut rest = line;
    while let Some((&byte, tail)) = rest.split_first() {
        match byte {
            0x1b => {
                let (length, sgr) = escape(rest);
                if let (Some(reset), true) = (sgr, colour) {
                    out.extend_from_slice(&rest[..length]);
                    open = !reset;
                }
                rest = &rest[length..];
            }
            b'\t' | b' '..=b'~' => {
                out.push(byte);
                rest = tail;
            }
            0..=0x1f => {
                // U+2400 and up: the pictures of the control characters.
                out.extend_from_slice(&[0xe2, 0x90, 0x80 + byte]);
                rest = tail;
            }
            0x7f => {
                out.extend_from_slice("␡".as_bytes());
                rest = tail;
            }
            _ => rest = character(rest, out),
        }
    }
    if open {
        out.extend_from_slice(b"\x1b[0m");
    }
}

/// What a line that goes back to its beginning says last.
fn drawn_last(line: &[u8]) -> &[u8] {
    let mut end = line.len();
    for at in memchr::memrchr2_iter(b'\r', 0x1b, line) {
        let length = to_the_beginning(&line[at..]);
        if length > 0 && at + length < end {
            return &line[at + length..end];
        }
        if length > 0 {
            // Nothing was drawn there any more.
            end = at;
        }
    }
    &line[..end]
}

/// The length of what sends the cursor to the first column, where a text begins with that: a carriage return, or
/// `\x1b[G` with the number of the column or without it.
fn to_the_beginning(text: &[u8]) -> usize {
    match text {
        [b'\r', ..] => 1,
        [0x1b, b'[', b'G' | b'`', ..] => 3,
        [0x1b, b'[', rest @ ..] => {
            let zeros = rest.iter().take_while(|byte| **byte == b'0').count();
            let rest = &rest[zeros..];
            let one = usize::from(rest.first() == Some(&b'1'));
            let is_first = zeros + one > 0 && matches!(rest.get(one), Some(b'G' | b'`'));
            if is_first { 3 + zeros + one } else { 0 }
        }
        _ => 0,
    }
}

/// How much of an unfinished line may be shown: not half a character, and not half an escape sequence.
#[must_use]
pub fn settled(line: &[u8]) -> usize {
    let whole = match memchr::memrchr(0x1b, line) {
        Some(at) if !line[at + 1..].iter().any(u8::is_ascii_alphabetic) => at,
        _ => line.len(),
    };
    let lead = (1..=whole.min(3))
        .map(|back| whole - back)
        .find(|at| line[*at] & 0xc0 != 0x80);
    match lead.map(|at| (at, std::str::from_utf8(&line[at..whole]))) {
        Some((at, Err(error))) if error.error_len().is_none() => at,
        _ => whole,
    }
}

/// Whether there is nothing in it that needs care. Blocks instead of bytes, so that the compiler
/// looks at many at once.
fn is_plain(text: &[u8]) -> bool {
    // Gathered as "something is wrong": this form the compiler turns into vectors (12 GB/s), its
    // opposite it does not (0.8 GB/s).
    let harm = |byte: u8| {
        u8::from(byte.wrapping_sub(b' ') > b'~' - b' ')
            & u8::from(byte != b'\t')
            & u8::from(byte != b'\n')
    };
    let harmful = |block: &[u8]| block.iter().fold(0, |any, byte| any | harm(*byte)) != 0;
    let (blocks, rest) = text.as_chunks::<64>();
    let (smaller, rest) = rest.as_chunks::<16>();
    !blocks.iter().any(|block| harmful(block))
        && !smaller.iter().any(|block| harmful(block))
        && !harmful(rest)
}

/// Appends whole lines to `out`, each behind `prefix` and harmless.
pub fn framed(whole: &[u8], prefix: &[u8], colour: bool, out: &mut Vec<u8>) {
    let plain = is_plain(whole);
    out.reserve(whole.len() + whole.len() / 4 + prefix.len());
    let mut from = 0;
    for end in memchr::memchr_iter(b'\n', whole) {
        out.extend_from_slice(prefix);
        if plain {
            out.extend_from_slice(&whole[from..=end]);
        } else {
            harmless(&whole[from..end], colour, out);
            out.push(b'\n');
        }
        from = end + 1;
    }
}

/// One character beyond ASCII: kept when it is valid and no C1 control or text-direction override.
fn character<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let valid = match std::str::from_utf8(&rest[..rest.len().min(4)]) {
        Ok(text) => text.chars().next(),
        Err(error) => std::str::from_utf8(&rest[..error.valid_up_to()])
            .ok()
            .and_then(|text| text.chars().next()),
    };
    let harmful = |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let length = valid.map_or(1, char::len_utf8);
    if valid.is_none_or(harmful) {
        out.extend_from_slice("\u{fffd}".as_bytes());
    } else {
        out.extend_from_slice(&rest[..length]);
    }
    &rest[length..]
}

#[cfg(test)]
mod tests {
    use super::{harmless, settled};
    use proptest::prelude::*;

    fn shown(line: &[u8]) -> String {
        let mut out = Vec::new();
        harmless(line, true, &mut out);
        String::from_utf8(out).expect("always UTF-8")
    }

    #[test]
    fn screens_are_not_cleared_renamed_or_recoloured_for_good() {
        assert_eq!(shown(b"CLR[\x1b[2J\x1b[H]"), "CLR[]");
        assert_eq!(shown(b"ALT[\x1b[?1049h]"), "ALT[]");
        assert_eq!(shown(b"OSC[\x1b]0;owned\x07]"), "OSC[]");
        assert_eq!(shown(b"\x1b[31mred"), "\x1b[31mred\x1b[0m");
        assert_eq!(shown(b"\x1b[31mred\x1b[0m."), "\x1b[31mred\x1b[0m.");
        assert_eq!(shown(b"NUL[\0]"), "NUL[\u{2400}]");
        assert_eq!(shown(b"INV[\xff\xc3(]"), "INV[\u{fffd}\u{fffd}(]");
        assert_eq!(shown(b"10%\r20%\r100%\r"), "100%");
        assert_eq!(shown("ü ✓ 😀".as_bytes()), "ü ✓ 😀");
        assert_eq!(shown(b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"), "link");
    }

    #[test]
    fn what_goes_back_to_its_beginning_shows_what_it_drew_last() {
        for home in [
            "\r",
            "\x1b[2K\x1b[1G",
            "\x1b[1G",
            "\x1b[0G",
            "\x1b[G",
            "\x1b[01G",
            "\x1b[1`",
            "\x1b[G\x1b[2K",
            "\r\r",
        ] {
            let line = format!("st 0{home}st 1{home}st \x1b[32m2\x1b[0m");
            assert_eq!(shown(line.as_bytes()), "st \x1b[32m2\x1b[0m", "{home:?}");
        }
        for end in ["\r", "\r\r", "\x1b[2K\x1b[1G", "\x1b[G\r"] {
            assert_eq!(shown(format!("a\x1b[Gst 2{end}").as_bytes()), "st 2");
        }
        for other in ["\x1b[2G", "\x1b[10G", "\x1b[11G", "\x1b[00", "\x1b[1m"] {
            assert!(shown(format!("a{other}b").as_bytes()).starts_with('a'));
        }
    }

    #[test]
    fn half_a_character_is_not_shown() {
        let shown = |line: &'static [u8]| &line[..settled(line)];
        assert_eq!(shown(b"Continue? [y/N] "), b"Continue? [y/N] ");
        assert_eq!(shown(b"HALF[\xf0\x9f"), b"HALF[");
        assert_eq!(shown(b"broken \xff"), b"broken \xff");
        assert_eq!(shown("ü".as_bytes()), "ü".as_bytes());
        assert_eq!(shown(b"red \x1b[3"), b"red ");
        assert_eq!(shown(b"red \x1b[31mx"), b"red \x1b[31mx");
        assert_eq!(shown(b"\rPassword: "), b"\rPassword: ");
    }

    proptest! {
        #[test]
        fn nothing_but_colours_gets_through(line in proptest::collection::vec(any::<u8>(), 0..64)) {
            let text = shown(&line);
            let mut rest = text.as_str();
            while let Some(at) = rest.find('\x1b') {
                let end = rest[at..].find('m').map_or(rest.len(), |end| at + end);
                prop_assert!(rest[at + 1..end].chars().all(|c| c == '[' || c.is_ascii_digit() || c == ';' || c == ':'), "{text:?}");
                rest = &rest[end..];
            }
            prop_assert!(!text.contains(['\r', '\n', '\x07', '\x08']));
        }
    }
}
