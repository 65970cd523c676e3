//! `pixcrawler dev` from outside: workspaces full of stubborn programs, every way to end them.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the system from outside"
)]

mod bound;
mod causes;
mod claimed;
mod control;
mod copies;
mod cures;
mod deaths;
mod detach;
mod disk;
mod elsewhere;
mod ends;
mod env_files;
mod excerpts;
mod exec;
mod failures;
mod fields;
mod follow;
mod grace;
mod history;
mod holder;
mod killed;
mod leftovers;
mod levels;
mod log;
mod machine;
mod named;
mod order;
mod packages;
mod plan;
mod ports;
mod procfile;
mod quotes;
mod refusals;
mod rest;
mod screen;
mod servers;
mod settings;
mod terminal;
mod traces;
mod tui;
mod wanted;
mod watch;
mod written;
