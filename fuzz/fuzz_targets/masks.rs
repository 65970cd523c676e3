//! Texts with URLs and SQL in them, whose passwords are masked.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::text::{mask_passwords, mask_sql, mask_url, url_passwords};

fuzz_target!(|text: &str| {
    let mut last = 0;
    for password in url_passwords(text, &[' ', '"']) {
        assert!(password.start >= last && password.end >= password.start);
        assert!(text.is_char_boundary(password.start) && text[password.end..].starts_with('@'));
        last = password.end;
    }
    let _ = mask_sql(text);
    let once = mask_passwords(text);
    assert_eq!(mask_passwords(&once), once, "masked twice is masked");
    // Whatever else stands there, and however many of them there are.
    let (before, behind) = (text.split("://").next().unwrap_or_default(), text);
    if !before.contains(['@', '/', '?', '#']) && !behind.contains('@') {
        let url = "redis://:Zq9x8Wv7Uu6@host/0";
        let list = format!("{url},{url};{url} {behind}");
        assert!(!mask_url(&list).contains("Zq9x8"), "{list}");
    }
});
