//! What Next.js reads of its environment at its start alone.

use crate::service::Service;
use crate::system::fs;

/// Where Next.js may be configured. It is read at the start alone, with the variables of that time.
const NEXT_CONFIGS: [&str; 4] = [
    "next.config.ts",
    "next.config.mjs",
    "next.config.js",
    "next.config.cjs",
];

/// Whether a service that reads its files again has read this variable at its start alone.
pub(super) fn reads(service: &Service, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    NEXT_CONFIGS
        .iter()
        .filter_map(|file| fs::read_text(&service.cwd.join(file)).ok())
        .any(|text| text.split(|c| !is_word(c)).any(|word| word == name))
}
