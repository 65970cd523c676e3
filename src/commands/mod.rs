//! One file per command: gather, decide, render, exit.

mod context;
pub mod dev;
pub mod doctor;
pub mod env;
pub mod explain;
pub mod new;

pub use context::{Context, terminal};
