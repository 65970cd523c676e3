//! On macOS every limit binds somebody, and an orphan is no child of ours; Windows needs no stamp,
//! since the job has every process.

#[cfg(unix)]
use super::Stamp;

/// There is none.
#[cfg(unix)]
pub(in crate::system::process) enum Seal {}

#[cfg(unix)]
impl Seal {
    /// None, ever.
    pub(in crate::system::process) fn of(_stamp: Stamp) -> Option<Self> {
        None
    }

    /// Never called.
    pub(in crate::system::process) fn press(&self) {
        match *self {}
    }
}
