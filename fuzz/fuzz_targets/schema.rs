//! A schema file of any text: a schema, or findings that point into it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::schema;
use pixcrawler::schema::example::{ENVIRONMENTS, example};
use pixcrawler::text::{Source, Span};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let source = Source::new("env-schemas/backend.toml", text);
    match schema::read("backend", &source) {
        Ok(schema) => {
            for environment in ENVIRONMENTS {
                let _ = example(&schema, environment, None);
            }
            let _ = schema::docs(&schema);
            let _ = schema::stored(&schema);
        }
        Err(findings) => {
            assert!(!findings.is_empty());
            for finding in findings {
                assert!(finding.help.is_some(), "no way out: {}", finding.message);
                if let Some(place) = finding.place {
                    assert!(place.span.end <= text.len());
                    let _ = source.shown(Span::new(place.span.start, place.span.end));
                }
            }
        }
    }
});
