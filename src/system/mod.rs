//! The operating system behind one boundary: files, processes, signals, sockets, terminal.
//!
//! Above this module nobody opens a file, reads an environment variable or spawns a process;
//! `clippy.toml` forbids it. Platform code is `unix.rs` beside `windows.rs` with one contract.

pub mod access;
pub mod answer;
pub mod authorities;
pub mod background;
pub mod cache;
pub mod cancel;
pub mod celery;
pub mod chaos;
pub mod database;
mod executable;
pub mod footprint;
pub mod fs;
pub mod guard;
pub mod http;
#[cfg(target_os = "linux")]
mod image;
pub mod journal;
pub mod line;
pub mod listening;
pub mod lock;
pub mod net;
pub mod notify;
pub mod our_output;
pub mod postgres;
pub mod process;
pub mod program;
pub mod proxy;
pub mod random;
pub mod replace;
pub mod resources;
pub mod same;
pub mod signal;
pub mod socket;
pub mod spool;
pub mod stdout;
mod stranger;
pub mod terminal;
mod tether;
pub mod tls;
pub mod trace;
mod trouble;
mod trust;
pub mod variables;
mod verifier;
pub mod watch;
