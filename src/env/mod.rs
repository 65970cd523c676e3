//! How each real loader reads env files, and what a chain of files hands to a program.

pub mod dialect;
mod file;
mod inspect;
mod jwt;
mod resolve;
mod secret;

pub use file::{EnvFile, Problem};
pub use inspect::{EXPOSED, RULES, inspect};
pub use jwt::Claims;
pub use resolve::{Origin, Place, Resolved, Shadowed, Variable, resolve};
pub use secret::{hidden_spans, is_placeholder, is_secret_value, log_secrets, looks_secret};
