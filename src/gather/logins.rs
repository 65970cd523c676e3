//! How a driver of Postgres logs in where a URL does not say all of it: with what its process' environment has,
//! and the file of passwords beside it.

use std::collections::BTreeMap;

use crate::service::endpoint::{Around, Client, Endpoint, password_file};
use crate::system::{access, fs};

/// The same endpoint as `client` takes it, which sees what `get` tells. Without the URL only the login is
/// completed.
#[must_use]
pub fn completed(
    endpoint: Endpoint,
    url: Option<&str>,
    client: Client,
    get: &dyn Fn(&str) -> Option<String>,
) -> Endpoint {
    let account = access::account();
    let around = Around {
        get,
        account: account.as_deref(),
    };
    let mut endpoint = endpoint.completed(url, client, around);
    if endpoint.password.is_none() {
        // One that others may read is looked at by nobody.
        let file = password_file(url, client, around).filter(|file| !access::open_to_others(file));
        let text = file.and_then(|file| fs::read_text_if_there(&file).ok().flatten());
        endpoint.password = text.and_then(|text| endpoint.password_in(&text, client));
    }
    endpoint
}

/// The same for who does as libpq does and sees these variables.
#[must_use]
pub fn as_libpq(
    endpoint: Endpoint,
    url: Option<&str>,
    variables: &BTreeMap<String, String>,
) -> Endpoint {
    completed(endpoint, url, Client::Libpq, &|name| {
        variables.get(name).cloned()
    })
}
