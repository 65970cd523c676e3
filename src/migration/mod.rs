//! Drizzle's migrations: the files, the rows that the database keeps of them, and what is to be done.
//!
//! Everything here is pure. `gather::migrations` reads the files, `migrator` talks to the server.

pub mod adopt;
pub mod alembic;
pub mod blame;
pub mod config;
pub mod draft;
pub mod history;
pub mod integrity;
pub mod journal;
pub mod likeness;
pub mod lint;
pub mod locks;
pub mod parts;
pub mod plan;
pub mod repair;
pub mod rows;
pub mod rules;
mod sql_error;
pub mod target;
pub mod way_back;

pub use config::Config;
pub use history::{History, State};
pub use journal::{Hashes, Journal, Layout, Migration};
pub use rows::{Book, Row, Shape};
pub use rules::RULES;
pub use sql_error::SqlError;
pub use target::Target;

#[cfg(test)]
mod tests;
