//! Checks, configures and runs a full-stack workspace.
//!
//! Layers, lowest first. A module imports only from lines above its own, or from its own without a circle; `tests/it/layers.rs` holds this.
//!
//! ```text
//! exit                                     exit codes
//! text  diagnostic  failure                sources, spans, wording; findings, rules, reports; expected failures
//! code                                     parsers of other languages → plain facts
//! env                                      how each real loader reads env files
//! workspace                                root, tiers, pixcrawler.toml → resolved settings
//! schema                                   what a tier's environment must be
//! toolchain  service  migration            versions and tools; plan, machine, log lines; journal and rows: pure
//! settings                                 the PIXCRAWLER_CLI_* variables, declared once
//! system                                   the operating system behind one boundary
//! gather                                   IO in, plain values out
//! doctor                                   one file a check: a thin probe, a pure judgement
//! health                                   what a deployment says about itself, judged
//! supervisor  migrator                     perform what the service machine, and a plan of migrations, decide
//! output                                   human, json, github, sarif, junit, live
//! catalogue  templates                     every rule there is; the starter workspace's files
//! commands                                 one file per command
//! cli                                      clap types; they stop here
//! ```

pub mod catalogue;
pub mod cli;
pub mod code;
pub mod commands;
pub mod diagnostic;
pub mod doctor;
pub mod env;
pub mod exit;
pub mod failure;
pub mod gather;
pub mod health;
pub mod migration;
pub mod migrator;
pub mod output;
pub mod schema;
pub mod service;
pub mod settings;
pub mod supervisor;
pub mod system;
pub mod templates;
pub mod text;
pub mod toolchain;
pub mod workspace;
