//! Panics that a test asks for, to see what becomes of the terminal and of the services. There are
//! none in a release.

use std::sync::OnceLock;

use super::variables;
use crate::settings;

/// Panics when `PIXCRAWLER_CLI_PANIC` names this place.
///
/// # Panics
/// Then.
pub fn panic_in(place: &str) {
    static WANTED: OnceLock<Option<String>> = OnceLock::new();
    if cfg!(debug_assertions) {
        let wanted = WANTED.get_or_init(|| variables::snapshot().remove(settings::PANIC));
        assert!(
            wanted.as_deref() != Some(place),
            "{} wants a panic here",
            settings::PANIC
        );
    }
}
