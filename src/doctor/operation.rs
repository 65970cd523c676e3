//! What `doctor --fix` does by itself: small orders to a server, for which no other program need be
//! installed and no password leaves this process.

use std::time::Duration;

use crate::service::endpoint::Endpoint;
use crate::system::{cache, postgres};

use super::checks::azure::Container;
use super::facts::wait;

/// How long one of them may take.
const LIMIT: Duration = Duration::from_secs(20);

/// One order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Makes the database that a URL names.
    CreateDatabase(Endpoint),
    /// Lets a Redis refuse what does not fit instead of throwing tasks away.
    KeepKeys(Endpoint),
    /// Lets a Redis take so many megabytes.
    GiveMemory(Endpoint, u64),
    /// Makes a container in a storage account.
    CreateContainer(Container),
}

impl Operation {
    /// What is done, as the server hears it.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::CreateDatabase(endpoint) => format!(
                "CREATE DATABASE \"{}\" at {}",
                endpoint.database.as_deref().unwrap_or_default(),
                endpoint.address()
            ),
            Self::KeepKeys(endpoint) => format!(
                "CONFIG SET maxmemory-policy noeviction at {}",
                endpoint.address()
            ),
            Self::GiveMemory(endpoint, megabytes) => format!(
                "CONFIG SET maxmemory {megabytes}mb at {}",
                endpoint.address()
            ),
            Self::CreateContainer(container) => format!("PUT {}", container.shown()),
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// The server's words.
    pub fn perform(&self) -> Result<(), String> {
        let done = async {
            match self {
                Self::CreateDatabase(endpoint) => postgres::create_database(endpoint).await,
                Self::KeepKeys(endpoint) => {
                    cache::set(endpoint, "maxmemory-policy", "noeviction").await
                }
                Self::GiveMemory(endpoint, megabytes) => {
                    cache::set(endpoint, "maxmemory", &format!("{megabytes}mb")).await
                }
                Self::CreateContainer(container) => container.create().await,
            }
        };
        wait(async { tokio::time::timeout(LIMIT, done).await })
            .ok_or("this system gives us no way to wait")?
            .map_err(|_| format!("no answer within {} s", LIMIT.as_secs()))?
    }
}
