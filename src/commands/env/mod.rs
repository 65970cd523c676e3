//! `pixcrawler env …`: one file per sub-command.

pub mod check;
pub mod diff;
pub mod docs;
mod fix;
mod place;
pub mod run;
pub mod scaffold;
pub mod set;
pub mod show;
pub mod unset;
mod value;
