//! Example files from a schema: written whole, or merged into what people wrote.

mod block;
mod merge;

use camino::{Utf8Path, Utf8PathBuf};

use crate::workspace::Environment;

use super::Schema;

pub(super) use block::facts;

/// The environments that have an example of their own.
pub const ENVIRONMENTS: [Environment; 3] = [
    Environment::Development,
    Environment::Test,
    Environment::Production,
];

/// Where a tier's example for an environment lies. A file that is there under the other usual name is kept.
#[must_use]
pub fn path(
    dir: &Utf8Path,
    environment: Environment,
    there: &dyn Fn(&Utf8Path) -> bool,
) -> Utf8PathBuf {
    let mode = environment.as_str();
    if environment == Environment::Development {
        return dir.join(".env.example");
    }
    let other = dir.join(format!(".env.example.{mode}"));
    if there(&other) {
        other
    } else {
        dir.join(format!(".env.{mode}.example"))
    }
}

/// The example for an environment, with everything that `existing` says kept: values, comments,
/// order. Blocks of variables that it does not have are added to their sections; what the blocks
/// say about type, default and need is brought up to date. One with an [`unclosed`] quote stays as it is.
#[must_use]
pub fn example(schema: &Schema, environment: Environment, existing: Option<&str>) -> String {
    match existing.filter(|text| !text.trim().is_empty()) {
        None => block::whole(schema, environment),
        Some(text) if unclosed(text).is_some() => text.to_owned(),
        Some(text) => merge::merge(schema, environment, text),
    }
}

/// The first line, from 1, with a quote that is opened and never closed: behind it nothing can be
/// added without becoming part of a value.
#[must_use]
pub fn unclosed(text: &str) -> Option<usize> {
    merge::unclosed(text)
}
