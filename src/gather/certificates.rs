//! The files with certificates that a URL names, found from where whoever reads the URL runs.

use camino::Utf8Path;

use crate::service::endpoint::Endpoint;
use crate::system::fs;
use crate::workspace::Workspace;

/// The same endpoint with the whole paths of its files. One that no folder begins is looked for in `home`,
/// the folder of the tier, first: from there its program is started. What is nowhere stays as it is.
#[must_use]
pub fn placed(workspace: &Workspace, home: &Utf8Path, mut endpoint: Endpoint) -> Endpoint {
    for file in endpoint.files() {
        let tiers = workspace.tiers.iter().map(|tier| tier.dir.as_path());
        let mut paths = std::iter::once(home)
            .chain(tiers)
            .map(|dir| workspace.path(dir).join(file.as_str()));
        if let Some(found) = paths.find(|path| fs::is_file(path)) {
            *file = found.into_string();
        }
    }
    endpoint
}
