//! What the options of a URL say about TLS.

use url::Url;

use crate::env::tls_option;

use super::Tls;

/// What `sslmode` says, or `ssl` for asyncpg.
pub(super) fn tls_mode(value: &str) -> Tls {
    match value {
        "disable" | "false" | "0" => Tls::Off,
        "require" | "true" | "1" => Tls::Required,
        "verify-ca" => Tls::Authority,
        "verify-full" => Tls::Verified,
        _ => Tls::Preferred,
    }
}

/// What a URL says to postgres.js: none unless it says so, and whatever it does not know is a wish to look at
/// the certificate and its name.
#[must_use]
pub fn of_postgres_js(url: &str) -> Tls {
    match tls_option(url).as_deref() {
        // The code may say more than the URL.
        None => Tls::Preferred,
        Some("" | "disable" | "false") => Tls::Off,
        Some("prefer") => Tls::Preferred,
        Some("require" | "allow") => Tls::Required,
        Some(_) => Tls::Verified,
    }
}

/// What the options of a `rediss://` URL say, as Celery and redis-py read them: without any the certificate
/// is looked at.
pub(super) fn of_redis(url: &Url) -> Tls {
    let says = |name: &str, words: &[&str]| {
        let mut pairs = url.query_pairs();
        pairs.any(|(key, value)| key == name && words.contains(&&*value.to_ascii_lowercase()))
    };
    if says("ssl_cert_reqs", &["cert_none", "none"]) {
        Tls::Required
    } else if says("ssl_check_hostname", &["false", "f", "no", "n", "0"]) {
        Tls::Authority
    } else {
        Tls::Verified
    }
}
