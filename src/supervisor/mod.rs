//! Performs what the session's state machine decides.
//!
//! One hub takes everything that happens (output, ends, probes, orders, time) in one order, asks
//! the machine what is to be done, does it, and pushes events to the sinks. Tasks around it wait
//! for one thing each and report it; none of them decides anything.

mod attend;
mod chunk;
pub mod control;
mod environment;
mod heed;
mod home;
mod hub;
mod launch;
pub mod managed;
mod news;
mod pause;
mod probe;
mod rest;
mod stall;
mod sweep;

pub use environment::{Again, EnvFiles, Reading, Renewed};
pub use hub::{Session, run};
