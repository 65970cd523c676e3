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

pub use catalogs::{Catalogs, catalog_of};
pub use graph::Graph;
pub use marker::Marker;
pub use platform::Platform;
pub use pnpm::pnpm_lock;
pub use requirement::{Reader, Requirement, normal_name, refused};
pub use uv::{Everywhere, Part, UvLock, uv_lock};
pub use web::{WebLock, bun_binary_lock, web_lock};
pub use yarn::yarn_lock;

/// Why a lock cannot be read in whose place is a folder.
pub const FOLDER: &str = "it is a folder";
