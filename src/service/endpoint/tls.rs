//! What the options of a URL say about TLS.

use camino::Utf8Path;
use url::Url;

use crate::env::tls_option;

use super::{Endpoint, Tls};

/// Where a certificate of ours lies, for a server that looks at who comes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFiles {
    /// The file with the certificate, and those that vouch for it.
    pub certificate: String,
    /// The file with its key, which may be the same.
    pub key: String,
}

impl ClientFiles {
    /// Those that a Redis URL names, as redis-py takes them: without a file of its own the key stands beside
    /// the certificate.
    pub(super) fn of_redis(url: &Url) -> Option<Self> {
        let named = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs
                .find(|(key, value)| key == name && !value.is_empty())
                .map(|(_, value)| value.into_owned())
        };
        let certificate = named("ssl_certfile")?;
        Some(Self {
            key: named("ssl_keyfile").unwrap_or_else(|| certificate.clone()),
            certificate,
        })
    }
}

impl Endpoint {
    /// The same as node-postgres takes `value`, of which it was read.
    #[must_use]
    pub fn as_node_postgres(mut self, value: &str) -> Self {
        self.tls = of_node_postgres(value);
        self
    }

    /// With the whole paths of the files that it names, for who runs in this folder.
    #[must_use]
    pub fn within(mut self, folder: &Utf8Path) -> Self {
        for file in self.files() {
            *file = folder.join(file.as_str()).into_string();
        }
        self
    }

    /// The paths of certificates and keys that it names.
    pub fn files(&mut self) -> impl Iterator<Item = &mut String> {
        let client = self.client.iter_mut();
        let client = client.flat_map(|files| [&mut files.certificate, &mut files.key]);
        self.root.iter_mut().chain(client)
    }
}

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
pub(super) fn of_postgres_js(url: &str) -> Tls {
    match tls_option(url).as_deref() {
        // The code may say more than a URL that says nothing.
        None | Some("prefer") => Tls::Preferred,
        Some("" | "disable" | "false") => Tls::Off,
        Some("require" | "allow") => Tls::Required,
        Some(_) => Tls::Verified,
    }
}

/// What `PGSSL` says to postgres.js, where the URL says nothing: any word asks for TLS.
pub(super) fn of_pgssl(word: &str) -> Tls {
    match word {
        "prefer" => Tls::Preferred,
        "require" | "allow" => Tls::Required,
        _ => Tls::Verified,
    }
}

/// What a URL says to node-postgres, which looks at the certificate and its name wherever it encrypts; unless it is
/// told not to, or to follow libpq. Looked up in pg-connection-string 2.14.
pub(super) fn of_node_postgres(url: &str) -> Tls {
    let Ok(url) = Url::parse(url.trim()) else {
        return Tls::Preferred;
    };
    let asked = |name: &str| {
        let named = url.query_pairs().filter(|(known, _)| known == name);
        named.last().map(|(_, value)| value.into_owned())
    };
    let given = |name: &str| asked(name).filter(|it| !it.is_empty());
    let like_libpq = asked("uselibpqcompat").as_deref() == Some("true");
    let with_root = given("sslrootcert").is_some();
    let has_file = with_root || given("sslcert").is_some() || given("sslkey").is_some();
    match given("sslmode").as_deref() {
        Some("disable") => Tls::Off,
        Some("require") if like_libpq && with_root => Tls::Authority,
        Some("prefer" | "require") if like_libpq => Tls::Required,
        Some("verify-ca") if like_libpq => Tls::Authority,
        Some("no-verify") if !like_libpq => Tls::Required,
        Some(_) => Tls::Verified,
        None if has_file => Tls::Verified,
        None => match asked("ssl").as_deref() {
            // The code may say more than a URL that says nothing.
            None => Tls::Preferred,
            Some("" | "0") => Tls::Off,
            Some("no-verify") => Tls::Required,
            Some(_) => Tls::Verified,
        },
    }
}

/// What `PGSSLMODE` says to node-postgres, where the URL says nothing; what it does not know says nothing.
pub(super) fn of_pgsslmode(word: &str) -> Option<Tls> {
    match word {
        "disable" => Some(Tls::Off),
        "no-verify" => Some(Tls::Required),
        "prefer" | "require" | "verify-ca" | "verify-full" => Some(Tls::Verified),
        _ => None,
    }
}

/// Whether kombu, of which Celery has its brokers, encrypts and believes whoever answers: where a `rediss://` URL
/// says nothing of TLS behind its `?`. With any such option redis-py's own habit holds, which looks at the
/// certificate. Looked up in kombu 5.7.
pub(super) fn is_believed(url: &Url) -> bool {
    !url.query_pairs().any(|(key, _)| key.starts_with("ssl_"))
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
