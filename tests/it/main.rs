//! One integration binary: a second one would cost more to link than to run.

mod cases;
#[cfg(unix)]
mod dev;
#[cfg(windows)]
#[path = "windows/mod.rs"]
mod dev;
mod dialects;
mod docs;
#[cfg(unix)]
mod doctor;
mod env;
#[cfg(unix)]
mod health;
#[cfg(unix)]
mod http_server;
#[cfg(unix)]
mod install;
mod layers;
mod lint;
mod managed;
#[cfg(unix)]
mod migrate;
mod output;
mod starter;
#[cfg(unix)]
mod support;
mod tools;
