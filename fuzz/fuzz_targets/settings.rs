//! `pixcrawler.toml` of any text: settings, or findings that point into it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::text::Source;
use pixcrawler::workspace;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let source = Source::new("pixcrawler.toml", text);
    if let Err(findings) = workspace::parse(&source) {
        assert!(!findings.is_empty());
        for finding in findings {
            assert!(finding.help.is_some(), "no way out: {}", finding.message);
            if let Some(place) = finding.place {
                assert!(place.span.end <= text.len());
                let _ = place.start();
            }
        }
    }
});
