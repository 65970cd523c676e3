//! What a service prints, on its way to the terminal: a secret first, then the text, any bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::service::screen;
use pixcrawler::text::{Secrets, escape};

/// What a terminal shows of it; nothing but colours may be left to take away.
fn seen(mut text: &[u8]) -> Vec<u8> {
    let mut seen = Vec::new();
    while let Some(&byte) = text.first() {
        if byte == 0x1b {
            let (length, sgr) = escape(text);
            assert!(sgr.is_some(), "a sequence that is no colour");
            text = &text[length..];
        } else {
            assert!(byte == b'\t' || byte == b'\n' || (byte >= b' ' && byte != 0x7f));
            seen.push(byte);
            text = &text[1..];
        }
    }
    seen
}

fuzz_target!(|data: &[u8]| {
    let Some((secret, text)) = data.split_at_checked(12) else {
        return;
    };
    // One that nobody takes for a common word, and that cannot be the mask itself.
    if !secret.iter().all(u8::is_ascii_alphanumeric) || secret.iter().all(u8::is_ascii_digit) {
        return;
    }
    let secret = String::from_utf8_lossy(secret).into_owned();
    let secrets = Secrets::for_logs([&secret]);
    if secrets.is_empty() {
        return;
    }
    assert!(text.len() >= screen::settled(text));
    for line in text.split(|byte| *byte == b'\n') {
        let mut masked = Vec::new();
        secrets.mask_into(line, &mut masked);
        let mut shown = Vec::new();
        screen::harmless(&masked, true, &mut shown);
        assert!(std::str::from_utf8(&shown).is_ok());
        let seen = seen(&shown);
        assert!(
            !seen
                .windows(secret.len())
                .any(|part| part == secret.as_bytes()),
            "the secret is seen"
        );
        let mut plain = Vec::new();
        screen::harmless(&masked, false, &mut plain);
        assert!(!plain.contains(&0x1b));
    }
});
