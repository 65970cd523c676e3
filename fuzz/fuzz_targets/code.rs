//! Modules of any text, by each reader of what the code says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::code::{alembic, python, typescript};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let module = python::read(&text);
    for class in &module.classes {
        let _ = python::use_of(&text, &class.name);
        let _ = python::configured_by(&text, Some(&class.name), Some("CELERY"));
    }
    let _ = python::configured_by(&text, None, None);
    let _ = python::settings_classes(&text);
    let _ = python::engines(&text);
    let _ = python::preflights(&text);
    let _ = alembic::revision(&text);
    let _ = alembic::version_table(&text);
    for client in typescript::clients::clients(&text) {
        assert!(text.get(client.span.start..client.span.end).is_some(), "{:?}", client.span);
    }
    for wanted in typescript::zod::wanted(&text) {
        assert!(!wanted.name.is_empty());
    }
    let _ = typescript::drizzle::config(&text);
    let _ = typescript::drizzle::tables(&text);
});
