//! IO in, plain values out: everything that a check needs is read here, and nothing is decided.

pub mod alembic;
pub mod bookkeeping;
pub mod certificates;
pub mod contents;
pub mod env_files;
pub mod git;
pub mod history;
pub mod install;
pub mod leftovers;
pub mod lint;
pub mod logins;
mod manifests;
mod members;
pub mod migrations;
pub mod modules;
pub mod packages;
mod pins;
pub mod scripts;
pub mod session;
mod sources;
pub mod stack;
pub mod tiers;
pub mod tools;
pub mod venv;
pub mod web;
pub mod workspace;
