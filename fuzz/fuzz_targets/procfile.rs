//! A Procfile, and the env file beside it, of any text.

#![no_main]

use std::collections::BTreeMap;

use camino::Utf8Path;
use libfuzzer_sys::fuzz_target;
use pixcrawler::service::procfile;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let file = procfile::read(&text);
    let twice = file.entries.iter().map(|entry| (entry.name.clone(), 2));
    for (scale, each) in [(BTreeMap::new(), 1), (twice.collect(), 2)] {
        let services = file.services(Utf8Path::new("."), None, &scale);
        assert_eq!(services.len(), file.entries.len() * each);
    }
    let mut names: Vec<&str> = file
        .entries
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), file.entries.len(), "two processes of one name");
    let _ = procfile::read_env(&text);
});
