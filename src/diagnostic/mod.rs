//! What a check has to say, as data. Only `output` knows colours and formats.

pub mod edit;
mod finding;
mod report;
mod rule;
pub mod silencer;

pub use finding::{Edit, Finding, Fix, Label};
pub use report::{Report, Summary};
pub use rule::{Rule, Severity};
