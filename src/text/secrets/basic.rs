//! What `Authorization: Basic …` holds: a name and a password, in letters that hide nothing.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;

/// As `Basic` and `basic` end.
const WORD: &[u8] = b"asic";

/// As servers read it: with the padding or without it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Where tokens stand in a text, and what each of them says.
pub(super) fn tokens(text: &[u8]) -> impl Iterator<Item = (Range<usize>, Vec<u8>)> {
    memmem::find_iter(text, WORD).filter_map(|at| {
        let behind = &text[at + WORD.len()..];
        let blank = match behind {
            [b' ' | b'\t' | b'+', ..] => 1,
            [b'%', b'2', b'0', ..] => 3,
            _ => return None,
        };
        let rest = &behind[blank..];
        let start = at + WORD.len() + blank;
        let is_of_it =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        let length = rest.iter().take_while(|byte| is_of_it(byte)).count();
        let told = BASE64.decode(&rest[..length]).ok()?;
        (length > 0).then_some((start..start + length, told))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_token_says_is_read_with_padding_and_without() {
        for (text, told) in [
            (
                "Authorization: Basic dXNlcjpodW50ZXIyMg==",
                Some("user:hunter22"),
            ),
            (
                "{'authorization': 'basic dXNlcjpodW50ZXIyMg'}",
                Some("user:hunter22"),
            ),
            ("?auth=Basic%20dXNlcjpodW50ZXIyMg", Some("user:hunter22")),
            ("Basic knowledge", None),
            ("Basic", None),
            ("Basic ", None),
        ] {
            let said = tokens(text.as_bytes()).find(|(_, said)| said.starts_with(b"user"));
            let said = said.map(|(_, said)| String::from_utf8_lossy(&said).into_owned());
            assert_eq!(said.as_deref(), told, "{text}");
        }
    }
}
