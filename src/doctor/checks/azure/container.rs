//! The container that is to be made.

use std::fmt;
use std::time::SystemTime;

use crate::service::endpoint::Secret;
use crate::system::http;

use super::LIMIT;
use super::account::Account;

/// A container that is to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct Container {
    /// The connection string: a secret.
    pub(super) account: Secret,
    pub(super) name: String,
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Container").field(&self.name).finish()
    }
}

impl Container {
    /// Where it will be, as people may see it.
    #[must_use]
    pub fn shown(&self) -> String {
        let account = Account::parse(self.account.expose());
        let endpoint = account.map_or_else(|_| String::new(), |it| http::shown(&it.endpoint));
        format!("{}/{}", endpoint.trim_end_matches('/'), self.name)
    }

    /// Makes it.
    ///
    /// # Errors
    /// The account's words.
    pub async fn create(&self) -> Result<(), String> {
        let account = Account::parse(self.account.expose())?;
        let request = account.request("PUT", &self.name, SystemTime::now())?;
        let response = http::send(&request.header("content-length", "0"), LIMIT)
            .await
            .map_err(|trouble| trouble.to_string())?;
        match response.status {
            200..300 => Ok(()),
            // Somebody else was faster.
            409 if response.header("x-ms-error-code") == Some("ContainerAlreadyExists") => Ok(()),
            status => Err(format!(
                "{status} {}",
                response.header("x-ms-error-code").unwrap_or_default()
            )),
        }
    }
}
