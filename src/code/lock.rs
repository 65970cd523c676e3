//! Lock files, as far as one can tell from them whether they fit their manifests and what is installed.

mod form;
mod graph;
mod platform;
mod pnpm;
mod requirement;
mod uv;
mod web;
mod yarn;

pub use graph::Graph;
pub use platform::Platform;
pub use pnpm::pnpm_lock;
pub use requirement::{Requirement, normal_name, refused};
pub use uv::{Everywhere, Part, UvLock, uv_lock};
pub use web::{WebLock, bun_binary_lock, web_lock};
pub use yarn::yarn_lock;

/// Why a lock cannot be read in whose place is a folder.
pub const FOLDER: &str = "it is a folder";
