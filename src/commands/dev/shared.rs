//! Servers that the session of another workspace runs, a copy of this one mostly.

use crate::diagnostic::Finding;
use crate::gather::neighbour;
use crate::service::endpoint::Endpoint;
use crate::service::ports;
use crate::system::net;
use crate::workspace::Workspace;

use super::refusals::place;

/// What is said of those among `present`, with the variable that leads there: one finding a server.
pub(super) fn shared(workspace: &Workspace, present: &[&Endpoint]) -> Vec<(String, Finding)> {
    let is_first = |(at, endpoint): &(usize, &&Endpoint)| {
        let mut before = present.iter().take(*at);
        !before.any(|known| place(known) == place(endpoint))
    };
    let each = present.iter().enumerate().filter(is_first);
    each.filter_map(|(_, endpoint)| {
        let holder = net::holder(endpoint.port)?;
        let of = neighbour::of(workspace, holder.pid)?;
        let named: Vec<String> = present
            .iter()
            .filter(|other| place(other) == place(endpoint))
            .map(|other| format!("{} ({})", other.variable, other.origin))
            .collect();
        let finding = ports::server_shared(endpoint, &named, &of);
        Some((endpoint.variable.clone(), finding))
    })
    .collect()
}
