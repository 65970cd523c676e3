//! The authorities that may have signed a server's certificate, as each driver finds them: in a file of its
//! own, which the process environment names. Nobody but Node trusts whom the system trusts.

use camino::{Utf8Path, Utf8PathBuf};

use crate::doctor::Facts;
use crate::service::endpoint::{Endpoint, Protocol, Tls};
use crate::system::{access, fs};
use crate::workspace::{Runtime, Tier};

/// Where libpq and asyncpg are told of it.
pub(in crate::doctor::checks) const POSTGRES: &str = "PGSSLROOTCERT";
/// Where Node is told of authorities beside its own.
pub(in crate::doctor::checks) const NODE: &str = "NODE_EXTRA_CA_CERTS";

/// Where systems keep the authorities that everybody trusts.
const SYSTEM: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where the URL does not say which file it is, the file that the tier's driver takes. Comes back with the
/// one that is named for Node and is not there: Node warns, and goes on without it.
pub(super) fn add(facts: &Facts, tier: &Tier, endpoint: &mut Endpoint) -> Option<String> {
    // Who speaks with a Redis is told in its URL alone.
    let postgres = endpoint.protocol == Protocol::Postgres;
    if !postgres || endpoint.root.is_some() || endpoint.tls < Tls::Required {
        return None;
    }
    let variables = &facts.questions.variables;
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    if tier.runtime == Runtime::Next {
        let named = set(NODE)?;
        // Node runs in the tier's folder.
        let file = facts.workspace().path(&tier.dir).join(Utf8Path::new(named));
        if !fs::is_file(&file) {
            return Some(named.clone());
        }
        endpoint.root = Some(file.into_string());
        return None;
    }
    let home = if cfg!(windows) {
        set("APPDATA").map(|home| Utf8PathBuf::from(home).join("postgresql"))
    } else {
        let home = set("HOME").map(Utf8PathBuf::from).or_else(access::home);
        home.map(|home| home.join(".postgresql"))
    };
    let usual = home
        .map(|home| home.join("root.crt"))
        .filter(|file| fs::is_file(file));
    endpoint.root = set(POSTGRES)
        .cloned()
        .or(usual.map(Utf8PathBuf::into_string));
    // A file makes them look at who signed it, also where only encryption was asked for.
    if endpoint.root.is_some() && endpoint.tls == Tls::Required {
        endpoint.tls = Tls::Authority;
    }
    None
}

/// The file with those that this system trusts.
pub(in crate::doctor::checks) fn of_system() -> Option<&'static str> {
    let mut known = SYSTEM.iter().copied();
    known.find(|file| fs::is_file(camino::Utf8Path::new(file)))
}
