//! Who listens where a server should.

use crate::gather::neighbour;
use crate::system::net;
use crate::text::remedy;
use crate::workspace::Workspace;

use super::Server;

/// Who listens there.
#[derive(Debug, Clone)]
pub(in crate::doctor::checks) struct Holder {
    /// `python3 (pid 4711)`.
    pub(in crate::doctor::checks) words: String,
    /// The command that ends it.
    pub(in crate::doctor::checks) stop: String,
    /// The session of another workspace that it is of.
    pub(in crate::doctor::checks) session: Option<String>,
}

impl Server {
    /// Who listens there, where it is this machine.
    pub(in crate::doctor::checks) fn holder(&self, workspace: &Workspace) -> Option<Holder> {
        let endpoint = &self.endpoint;
        let holder = endpoint
            .is_local()
            .then(|| net::holder(endpoint.port))
            .flatten()?;
        let of = neighbour::of(workspace, holder.pid);
        Some(Holder {
            words: format!("{} (pid {})", holder.name, holder.pid),
            stop: match &of {
                Some(neighbour) => neighbour.stop(),
                None => remedy::end_process(holder.pid),
            },
            session: of.map(|neighbour| neighbour.words()),
        })
    }
}
