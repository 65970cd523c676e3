//! Lock files, as far as one can tell from them whether they fit their manifests and what is installed.

mod catalogs;
mod form;
mod graph;
mod marker;
mod platform;
mod pnpm;
mod requirement;
mod uv;
mod version;
mod web;
mod yarn;

use crate::text::{encoding, merge};

pub use catalogs::{Catalogs, catalog_of};
pub use graph::Graph;
pub use marker::Marker;
pub use platform::Platform;
pub use pnpm::pnpm_lock;
pub use requirement::{Reader, Requirement, normal_name, refused};
pub use uv::{Conflicts, Everywhere, Own, Part, SETTINGS, UvLock, conflicts, uv_lock};
pub(super) use version::is_version;
pub use web::{WebLock, bun_binary_lock, web_lock};
pub use yarn::yarn_lock;

/// Why a lock cannot be read in whose place is a folder.
pub const FOLDER: &str = "it is a folder";

/// Why a lock cannot be read that is a link to nothing.
#[must_use]
pub fn leads_nowhere(target: &str) -> String {
    format!("it is a link to {target}, which is gone")
}

/// Why a lock cannot be read in which both sides of a merge stand; what follows is the line.
pub const UNFINISHED: &str = "a merge was not finished at line ";

/// What is said of a text that cannot be read: where it is none, or a merge was not finished in it, that is why.
#[must_use]
pub fn or_unfinished(text: &str, why: String) -> String {
    if encoding::is_nul(text) {
        return encoding::NUL.to_owned();
    }
    match merge::unfinished(text) {
        Some(merge) => format!("{UNFINISHED}{}", merge.line),
        None => why,
    }
}
