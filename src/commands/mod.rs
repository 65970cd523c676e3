//! One file per command: gather, decide, render, exit.

pub mod attach;
mod context;
pub mod dev;
pub mod doctor;
pub mod env;
pub mod explain;
pub mod health;
mod heard;
pub mod logs;
pub mod migrate;
pub mod new;
pub mod order;
pub mod ps;
mod reading;
pub mod stop;

pub use context::{Context, terminal};
