//! What only somebody may do there who may do everything.

use crate::service::endpoint::Endpoint;
use crate::text::remedy;

/// The command for somebody who may do everything there.
pub(super) fn as_superuser(endpoint: &Endpoint, sql: &str) -> String {
    format!(
        "psql -h {} -p {} -U postgres -d template1 -c {}",
        remedy::quoted(&endpoint.host),
        endpoint.port,
        remedy::quoted(sql)
    )
}
