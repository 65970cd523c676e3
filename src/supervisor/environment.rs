//! What the hub needs of env files and settings while it runs: to be read again, off its thread.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::diagnostic::Finding;
use crate::service::definition::Redefinition;
use crate::service::fleet::{Standing, Why};

/// The env files of a session, and its settings.
pub trait EnvFiles: Send + Sync {
    /// All that may be read, there or not: absolute.
    fn files(&self) -> &[Utf8PathBuf];

    /// Looks what must be masked from now on, before anything is decided: programs that read their
    /// files by themselves are faster than we are.
    fn learn(&self);

    /// Reads everything again, since these changed, for services that stand so.
    fn read(&self, changed: &[Utf8PathBuf], standing: &[Standing]) -> Reading;
}

/// What reading them again came to.
#[derive(Debug, Default)]
pub struct Reading {
    /// What was found in them that was not there before.
    pub findings: Vec<Finding>,
    /// What people should look at.
    pub troubles: Vec<String>,
    /// What is worth a dim line.
    pub remarks: Vec<String>,
    /// What is valid from now on; none where nothing changes.
    pub renewed: Option<Renewed>,
    /// Files that somebody wrote while they were read: they are read again once they are left alone.
    pub again: Vec<Utf8PathBuf>,
}

impl Reading {
    /// One that comes to nothing, since files changed under it: `files` are those that it was for.
    #[must_use]
    pub fn again(files: &[Utf8PathBuf]) -> Self {
        Self {
            again: files.to_vec(),
            ..Self::default()
        }
    }
}

/// What services get from now on.
#[derive(Debug)]
pub struct Renewed {
    /// What a service's process inherits, by tier.
    pub inherited: BTreeMap<String, BTreeMap<String, String>>,
    /// The services as they are from now on.
    pub redefinition: Redefinition,
    /// Who is started again.
    pub restarts: Vec<Again>,
    /// Who is started again where it was started while its files were broken: by itself it may have
    /// read what nobody was given.
    pub mended: Vec<Again>,
}

/// A service that is started again, with its replicas.
#[derive(Debug)]
pub struct Again {
    /// Its name.
    pub service: String,
    /// The name that all its replicas share.
    pub group: String,
    /// Why.
    pub why: Why,
}
