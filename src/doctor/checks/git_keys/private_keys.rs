//! Private keys: whether what follows a `BEGIN` is one, wherever it stands.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::drawn::different;

/// How one begins.
pub(super) const PEM: &str = "-----BEGIN ";

/// The length of a private key behind its `BEGIN`, be it PEM or PGP, in a file of its own or in a
/// string, where its lines end with `\n` as it is written.
pub(super) fn private_key(rest: &[u8]) -> Option<usize> {
    let dashes = memchr::memmem::find(rest.get(..80.min(rest.len()))?, b"-----")?;
    let kind = rest.get(..dashes)?;
    if !kind.ends_with(b"PRIVATE KEY") && !kind.ends_with(b"PRIVATE KEY BLOCK") {
        return None;
    }
    let begin = dashes + 5;
    let mut at = begin;
    // Lines such as `Version: GnuPG v2` and `DEK-Info: AES-256-CBC,…` may come first.
    for _ in 0..8 {
        at += between_lines(rest.get(at..)?);
        let line = rest.get(at..)?;
        let of_key = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        let length = line.iter().take_while(of_key).count();
        let body = line.get(..length)?;
        if length >= 20 {
            let end = end_of_private_key(rest, at);
            let whole = rest.get(at..end.unwrap_or(rest.len()))?;
            // Only what is not encrypted has a form; that may have lines before it, and those never.
            let plain = memchr::memmem::find(rest.get(begin..at)?, b": ").is_none();
            let least = shortest_private_key(body).filter(|_| plain);
            let is_one =
                different(body) >= 8 && in_runs(whole, end.is_some()) >= least.unwrap_or(FOREIGN);
            return is_one.then(|| end.unwrap_or(at + length));
        }
        // None of them is long: a file in one line is not looked through for each key that begins in it.
        let line = line.get(..line.len().min(LONGEST_LINE))?;
        let end = memchr::memchr2(b'\n', b'\\', line)?;
        memchr::memmem::find(line.get(..end)?, b": ")?;
        at += end;
    }
    None
}

/// Characters that a private key has at least whose form does not tell its length.
const FOREIGN: usize = 100;

/// How long a line may be that comes before a private key's first.
const LONGEST_LINE: usize = 1 << 10;

/// How long a private key may be with all that stands between its lines.
const LONGEST: usize = 32 << 10;

/// Where the line begins that ends a private key; none where another one begins before, or it never ends.
fn end_of_private_key(rest: &[u8], at: usize) -> Option<usize> {
    let within = rest.get(at..rest.len().min(at + LONGEST))?;
    let end = memchr::memmem::find(within, b"-----END ")?;
    let other = memchr::memmem::find(within, PEM.as_bytes());
    other.is_none_or(|other| end < other).then_some(at + end)
}

/// How many characters a private key must have that begins so, where it says itself how long it is. The
/// beginning is the same in every key of its kind, and stands for one in many a text; with half of it the rest
/// can be found.
fn shortest_private_key(body: &[u8]) -> Option<usize> {
    let head = STANDARD_NO_PAD.decode(body.get(..8)?).ok()?;
    let length = match head.as_slice() {
        [0x30, short, ..] if *short < 0x80 => usize::from(*short),
        [0x30, 0x81, length, ..] => usize::from(*length),
        [0x30, 0x82, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
        _ => return None,
    };
    Some(length * 4 / 3 / 2)
}

/// How many characters stand in runs of a length that only the lines of a key have; where its end is not known,
/// as far as nothing else stands between them.
fn in_runs(text: &[u8], ended: bool) -> usize {
    const RUN: usize = 16;
    let of_key = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let (mut at, mut count) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let run = rest.iter().take_while(of_key).count();
        let between = rest.get(run..).map_or(0, between_lines);
        count += if run >= RUN { run } else { 0 };
        at += match run + between {
            0 if ended => 1,
            0 => break,
            some => some,
        };
    }
    count
}

/// How many bytes stand between two lines, be they those of a file, of a string in a program or of a comment.
fn between_lines(bytes: &[u8]) -> usize {
    let (mut at, mut begins) = (0, false);
    while let Some((byte, rest)) = bytes.get(at..).and_then(<[u8]>::split_first) {
        let escaped = *byte == b'\\' && matches!(rest.first(), Some(b'n' | b'r'));
        at += match byte {
            _ if escaped => 2,
            b'\n' | b'\r' => {
                begins = true;
                1
            }
            byte if byte.is_ascii_whitespace() => 1,
            // As in `> # `: one mark may follow another.
            b'#' | b'*' | b'>' | b';' if begins => 1,
            b'"' | b'\'' | b'+' | b',' | b'\\' => {
                begins = false;
                1
            }
            byte => {
                // Of these a key's line and its end have some, too.
                let mark = begins && matches!(byte, b'/' | b'-');
                let length = if mark {
                    mark_of_comment
                } else {
                    prefix_of_literal
                };
                match length(*byte, rest) {
                    0 => break,
                    length => length,
                }
            }
        };
    }
    at
}

/// The length of a mark such as `// `, `/// `, `//! ` and `-- ` that begins so.
fn mark_of_comment(byte: u8, rest: &[u8]) -> usize {
    let length = 1 + rest.iter().take(2).take_while(|it| **it == byte).count();
    let behind = rest.get(length - 1..).unwrap_or_default();
    let behind = behind.strip_prefix(b"!").unwrap_or(behind);
    let ends = behind.first().is_some_and(u8::is_ascii_whitespace);
    if length > 1 && ends {
        1 + rest.len() - behind.len()
    } else {
        0
    }
}

/// How many letters stand before the quote of a string that begins so: Python's `b"` and `Rb'`.
fn prefix_of_literal(byte: u8, rest: &[u8]) -> usize {
    let letter = |byte: u8| matches!(byte.to_ascii_lowercase(), b'b' | b'r' | b'f' | b'u');
    match rest {
        [b'"' | b'\'', ..] if letter(byte) => 1,
        [second, b'"' | b'\'', ..] if letter(byte) && letter(*second) => 2,
        _ => 0,
    }
}
