//! The whole terminal as an interface to a session: services, what they take, their logs.
//!
//! It is one more client of the session, whether the session runs in this process or in another: it
//! follows, and it asks. What is known and wanted is a pure model ([`model`]), a picture of it is
//! another ([`view`]); only [`screen`] touches a terminal, in a thread of its own, so that a slow
//! terminal holds up nothing.

mod ansi;
mod areas;
mod help;
mod keys;
mod list;
mod look;
mod model;
mod screen;
mod scroll;
mod store;
mod text;
mod view;

#[cfg(test)]
mod tests;

pub use look::Theme;
pub use model::{First, Role};
pub use screen::{Screen, Wanted};
