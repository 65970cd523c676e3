//! Manifests and locks of any text, each by the reader of each.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pixcrawler::code::{alembic, lock, manifest, python};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    // Whoever cannot read it says why.
    for words in [lock::uv_lock(&text).err(), lock::web_lock(&text, "frontend").err()]
        .into_iter()
        .flatten()
    {
        assert!(!words.is_empty());
    }
    if let Ok(project) = manifest::package_json(&text) {
        for script in project.scripts.values() {
            let _ = manifest::script_port(script);
            let _ = manifest::runs_next(script);
        }
    }
    let _ = manifest::installed_package(&text);
    let _ = manifest::pyproject(&text);
    let _ = alembic::revision(&text);
    let _ = alembic::version_table(&text);
    let _ = python::read(&text);
});
