//! drizzle's journal of any text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::migration::journal;
use pixcrawler::text::Source;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data).into_owned();
    let source = Source::new("meta/_journal.json", text.as_str());
    if let Err(finding) = journal::read(&source) {
        assert!(finding.help.is_some(), "no way out: {}", finding.message);
        if let Some(place) = &finding.place {
            assert!(place.span.end <= text.len());
        }
    }
    let _ = journal::folder_time(&text);
    let _ = journal::Hashes::of(&text);
});
