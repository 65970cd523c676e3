//! Text with places in it: sources, spans, positions, and small helpers for wording.

pub mod command;
pub mod encoding;
pub mod gitignore;
pub mod glob;
pub mod line;
mod mask;
pub mod merge;
pub mod pattern;
pub mod remedy;
mod secrets;
mod source;
mod stand;
mod suggest;
mod visible;
mod wording;
mod written;

pub use mask::{
    MASK, mask, mask_logins, mask_passwords, mask_redis_users, mask_sql, mask_url,
    passwords_in_sql, typed_password, url_passwords,
};
pub use secrets::{Fold, Secrets};
pub use source::{Position, Source, Span};
pub use stand::Stand;
pub use suggest::nearest;
pub use visible::escape;
pub use wording::{and_list, duration, few, hex, milliseconds, or_list, plural, size};
