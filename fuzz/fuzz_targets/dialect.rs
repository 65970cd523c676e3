//! One loader on any bytes; which one is said by the name of the program: `dialect-next`, …
//!
//! It must come to an end, and whatever it points at must be in the file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::env::dialect::{Ambient, Dialect, Source, as_loader_reports, load, load_chain};

fuzz_target!(|data: &[u8]| {
    let name = env!("CARGO_BIN_NAME").trim_start_matches("dialect-");
    let dialect: Dialect = name.parse().expect("named after a loader");
    let ambient: Ambient = [
        ("PX_SHELL", "from-shell"),
        ("PX_EMPTY", ""),
        ("A", "pa$word"),
    ]
    .into_iter()
    .collect();
    let loaded = load(dialect, Source::new(data), &ambient);
    for binding in &loaded.bindings {
        assert!(
            binding.name_span.start <= binding.name_span.end && binding.name_span.end <= data.len()
        );
        assert!(
            binding.value_span.start <= binding.value_span.end
                && binding.value_span.end <= data.len()
        );
    }
    for (_, entry) in loaded.values.iter() {
        assert!(entry.binding < loaded.bindings.len());
    }
    for note in &loaded.notes {
        assert!(note.span.start <= note.span.end && note.span.end <= data.len());
    }
    let report = as_loader_reports(dialect, &loaded, &ambient);
    assert_eq!(report.fatal, loaded.is_fatal());
    // A chain of the two halves: the second sees what the first one set.
    let (one, other) = data.split_at(data.len() / 2);
    let chain = load_chain(dialect, &[Source::new(one), Source::new(other)], &ambient);
    for entry in chain.entries() {
        let file = chain.files.get(entry.file).expect("one of the two");
        assert!(entry.binding < file.bindings.len());
    }
});
