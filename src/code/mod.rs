//! The only home of parsers of other languages. They change weekly; what leaves here are plain facts.

pub mod alembic;
pub mod installer;
pub mod lock;
pub mod manifest;
pub mod pins;
pub mod python;
pub mod settings;
pub mod sql;
pub mod typescript;
