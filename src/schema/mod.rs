//! What a tier's environment must be: typed variables and the relations between them, as data.

pub mod check;
mod docs;
mod embedded;
pub mod example;
mod model;
mod options;
mod read;
mod stored;
pub mod types;

pub use check::RULES;
pub use docs::docs;
pub use embedded::embedded;
pub use model::{
    Condition, Limits, Reference, Relation, RelationKind, Required, Schema, Section, Variable, Word,
};
pub use options::json_schema;
pub use read::{BROKEN, read};
pub use stored::{built_in, stored};
pub use types::{Kind, Reader};
