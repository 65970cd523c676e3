//! Lock files, as far as one can tell from them whether they fit their manifests and what is installed.

mod graph;
mod requirement;
mod uv;
mod web;

pub use graph::Graph;
pub use requirement::{Requirement, normal_name};
pub use uv::{Part, UvLock, uv_lock};
pub use web::{WebLock, bun_binary_lock, web_lock};
