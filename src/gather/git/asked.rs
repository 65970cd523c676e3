//! What git lists, asked once for everybody: one that hangs holds each question up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::Tracked;

/// The answers that there are, by the folder that was asked in.
#[derive(Debug, Default)]
pub struct Asked(Mutex<BTreeMap<Utf8PathBuf, Arc<OnceLock<Tracked>>>>);

impl Asked {
    /// What git lists in a folder; whoever comes while it is asked waits for the same answer.
    pub(super) fn listed(&self, root: &Utf8Path, ask: impl FnOnce() -> Tracked) -> Tracked {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = Arc::clone(known.entry(root.to_owned()).or_default());
        drop(known);
        answer.get_or_init(ask).clone()
    }
}
