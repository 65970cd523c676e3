//! Logging in to a Redis as its clients do.

use redis::RedisError;
use redis::aio::MultiplexedConnection;

use crate::service::endpoint::{Endpoint, Secret};

/// The library would log in by itself, and keep what the server said about it: whatever came of it would be a
/// wrong password.
pub(super) async fn log_in(
    connection: &mut MultiplexedConnection,
    endpoint: &Endpoint,
) -> Result<(), RedisError> {
    let password = match (&endpoint.user, &endpoint.password) {
        (None, None) => return Ok(()),
        // redis-py and its like log a user in that has no password with an empty one.
        (_, password) => password.as_ref().map_or("", Secret::expose),
    };
    if let Some(user) = &endpoint.user {
        let mut command = redis::cmd("AUTH");
        command.arg(user).arg(password);
        let told: Result<(), RedisError> = command.query_async(connection).await;
        match told {
            // Before version 6 there were no users.
            Err(error) if error.to_string().contains("wrong number of arguments") => {}
            // Whether it takes whoever comes without a user tells what that user is.
            Err(error) if endpoint.password.is_none() => {
                redis::cmd("PING").query_async::<()>(connection).await?;
                return Err(error);
            }
            told => return told,
        }
    }
    let mut command = redis::cmd("AUTH");
    command.arg(password).query_async(connection).await
}
