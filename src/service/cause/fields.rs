//! How the variables of a settings class are called, where pydantic speaks of its fields.

use std::collections::BTreeMap;

/// What the code says of the settings class that refused its variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Its name.
    pub class: String,
    /// Where it stands: `backend/settings.py:12`.
    pub place: String,
    /// The variables, each by the path of its field: `db.host` is `DB__HOST`.
    pub variables: BTreeMap<String, String>,
    /// The env file that it reads, relative to the root.
    pub file: Option<String>,
}

impl Fields {
    /// The variable of a field of that class.
    pub(super) fn variable(&self, class: &str, field: &str) -> Option<&str> {
        let is_it = self.class == class;
        let found = self.variables.get(field).filter(|_| is_it)?;
        Some(found)
    }
}
