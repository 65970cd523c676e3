//! Which database is meant, and how it can be reached: a URL with everything that it asks for.

use std::collections::BTreeMap;
use std::net::IpAddr;

use url::Url;

use crate::failure::Failure;
use crate::service::endpoint::{Endpoint, EndpointError, Secret};
use crate::text::or_list;

/// The variables that may hold the URL, the strongest first. What `dbCredentials` names comes between
/// those that are made for migrations and the general ones.
const FIRST: [&str; 2] = ["DIRECT_URL", "MIGRATION_DATABASE_URL"];
const LAST: [&str; 2] = ["DATABASE_URL", "POSTGRES_URL"];

/// What stands between us and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Nothing, or something that gives each connection a session of its own.
    Session,
    /// A pooler that gives each transaction whatever session is free.
    Transaction,
}

/// What the URL asks of TLS, as libpq reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// `disable`
    Disable,
    /// `allow`
    Allow,
    /// `prefer`
    Prefer,
    /// `require`
    Require,
    /// `verify-ca`
    VerifyCa,
    /// `verify-full`
    VerifyFull,
}

/// A database with everything that is needed to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Host, port, user, password, database, and where the URL was written.
    pub endpoint: Endpoint,
    /// TLS.
    pub tls: SslMode,
    /// `sslrootcert`; `system` is the list that is built in.
    pub root_cert: Option<String>,
    /// `sslcert`.
    pub client_cert: Option<String>,
    /// `sslkey`.
    pub client_key: Option<String>,
    /// `options`, as libpq passes them.
    pub options: Option<String>,
    /// What stands between us and the server.
    pub pooling: Pooling,
    /// Values that must never be shown: the password, as written and decoded.
    pub secrets: Vec<String>,
    /// `pixcrawler dev` starts a server there where none answers.
    pub managed: bool,
    /// The file that has the password, and that nobody looks into since others may.
    pub ignored: Option<String>,
}

impl Target {
    /// Reads a URL. `variable` and `origin` are for people.
    ///
    /// # Errors
    /// When it is no URL of a Postgres database.
    pub fn parse(value: &str, variable: &str, origin: &str) -> Result<Self, Failure> {
        Self::completed(value, None, variable, origin, &|_, _, endpoint| endpoint)
    }

    fn completed(
        value: &str,
        tier: Option<&str>,
        variable: &str,
        origin: &str,
        complete: &Complete<'_>,
    ) -> Result<Self, Failure> {
        let value = value.trim();
        let refused = |why: &str| {
            Failure::usage(format!("{variable} ({origin}) {why}")).help(format!(
                "write it as {variable}=postgresql://USER:PASSWORD@HOST:5432/DATABASE; characters such as @ / # % in the password are written %40 %2F %23 %25"
            ))
        };
        let endpoint = Endpoint::postgres(value, variable, origin).map_err(|error| match error {
            // Which of them takes writes is known to nobody before it is asked.
            EndpointError::Hosts => Failure::usage(format!(
                "{variable} ({origin}) names several hosts, and migrations go to one"
            ))
            .help("name the one that takes writes: pixcrawler migrate --database-url postgresql://USER:PASSWORD@HOST:5432/DATABASE"),
            error => refused(&error.to_string()),
        })?;
        let endpoint = complete(tier, value, endpoint);
        let url = Url::parse(value).map_err(|error| refused(&error.to_string()))?;
        let query: BTreeMap<String, String> = url
            .query_pairs()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        let get = |key: &str| query.get(key).filter(|value| !value.is_empty()).cloned();
        let root_cert = get("sslrootcert");
        let tls = match get("sslmode").or_else(|| get("ssl")).as_deref() {
            Some("disable" | "false" | "0") => SslMode::Disable,
            Some("allow") => SslMode::Allow,
            Some("prefer") => SslMode::Prefer,
            // libpq: a root file makes `require` check the certificate.
            Some("require" | "true" | "1") | None if root_cert.is_some() => SslMode::VerifyCa,
            Some("require" | "true" | "1" | "no-verify") => SslMode::Require,
            Some("verify-ca") => SslMode::VerifyCa,
            Some("verify-full") => SslMode::VerifyFull,
            Some(other) => {
                return Err(refused(&format!(
                    "has sslmode={other}, expected disable, allow, prefer, require, verify-ca or verify-full"
                )));
            }
            // A password that crosses the internet is not sent in the clear because nobody thought of it.
            None if is_public(&endpoint) => SslMode::Require,
            None => SslMode::Prefer,
        };
        let tls = if root_cert.as_deref() == Some("system") {
            SslMode::VerifyFull
        } else {
            tls
        };
        let mut secrets: Vec<String> = endpoint
            .password
            .iter()
            .map(|password| password.expose().to_owned())
            .collect();
        secrets.extend(url.password().map(str::to_owned));
        secrets.extend(get("password"));
        Ok(Self {
            pooling: pooling(&endpoint, get("pgbouncer").as_deref() == Some("true")),
            client_cert: get("sslcert"),
            client_key: get("sslkey"),
            options: get("options"),
            root_cert,
            tls,
            secrets,
            endpoint,
            managed: false,
            ignored: None,
        })
    }

    /// `host:port/database`, for people.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}/{}", self.endpoint.address(), self.database())
    }

    /// The database's name.
    #[must_use]
    pub fn database(&self) -> &str {
        let endpoint = &self.endpoint;
        endpoint
            .database
            .as_deref()
            .or(endpoint.user.as_deref())
            .unwrap_or("postgres")
    }

    /// Whether the password is missing.
    #[must_use]
    pub fn lacks_password(&self) -> bool {
        self.endpoint
            .password
            .as_ref()
            .map_or("", Secret::expose)
            .is_empty()
    }

    /// The shape of the URL that has a session of its own, where this one has none.
    #[must_use]
    pub fn session_url(&self) -> String {
        let host = &self.endpoint.host;
        if host.ends_with("pooler.supabase.com") {
            format!("postgresql://USER:PASSWORD@{host}:5432/{}", self.database())
        } else if host.contains("-pooler.") {
            format!(
                "postgresql://USER:PASSWORD@{}/{}",
                host.replacen("-pooler.", ".", 1),
                self.database()
            )
        } else {
            format!(
                "postgresql://USER:PASSWORD@SERVER:5432/{}, past the pooler",
                self.database()
            )
        }
    }
}

/// Whether the host is a name or an address of the internet: not this machine, not a network of one's own.
fn is_public(endpoint: &Endpoint) -> bool {
    if endpoint.is_local() || endpoint.is_socket() {
        return false;
    }
    match endpoint.host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => !(address.is_private() || address.is_link_local()),
        Ok(IpAddr::V6(address)) => !(address.is_unique_local() || address.is_unicast_link_local()),
        // `db`, `postgres.internal`: what Compose and clusters call their services.
        Err(_) => {
            endpoint.host.contains('.')
                && ![".internal", ".local", ".svc", ".lan", ".localhost"]
                    .iter()
                    .any(|end| endpoint.host.trim_end_matches('.').ends_with(end))
        }
    }
}

fn pooling(endpoint: &Endpoint, said: bool) -> Pooling {
    let host = endpoint.host.as_str();
    let supabase = host.ends_with("pooler.supabase.com");
    let pooled = said
        || endpoint.port == 6543
        || (!supabase && (host.starts_with("pooler.") || host.contains("-pooler.")));
    if pooled {
        Pooling::Transaction
    } else {
        Pooling::Session
    }
}

/// What the reader of a tier's URL makes of it, with what it takes from elsewhere where that leaves a part open.
pub type Complete<'a> = dyn Fn(Option<&str>, &str, Endpoint) -> Endpoint + 'a;

/// A tier with what its program sees.
pub struct Seen<'a> {
    /// The tier.
    pub tier: &'a str,
    /// Its variables.
    pub variables: &'a BTreeMap<String, String>,
}

/// Chooses the database: `flag`, else the first variable that is set, in the tier of the migrations
/// first. `origin` says where a tier's variable was set.
///
/// # Errors
/// When no variable is set, or the one that is chosen is no Postgres URL.
pub fn choose(
    flag: Option<&str>,
    configured: &[String],
    tiers: &[Seen<'_>],
    origin: &dyn Fn(&str, &str) -> String,
    complete: &Complete<'_>,
) -> Result<Target, Failure> {
    if let Some(url) = flag {
        return Target::completed(url, None, "--database-url", "the command line", complete);
    }
    let mut names: Vec<&str> = FIRST.to_vec();
    for name in configured.iter().map(String::as_str).chain(LAST) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let found = tiers.iter().find_map(|seen| {
        names.iter().find_map(|name| {
            let value = seen.variables.get(*name)?;
            (!value.trim().is_empty() && !crate::env::is_placeholder(value))
                .then_some((seen.tier, *name, value))
        })
    });
    if let Some((tier, name, value)) = found {
        return Target::completed(value, Some(tier), name, &origin(tier, name), complete);
    }
    let unfilled = tiers.iter().find_map(|seen| {
        let is = |name: &str| {
            let value = seen.variables.get(name);
            value.is_some_and(|value| crate::env::is_placeholder(value))
        };
        let name = names.iter().find(|name| is(name))?;
        Some((*name, origin(seen.tier, name)))
    });
    if let Some((name, origin)) = unfilled {
        return Err(
            Failure::usage(format!("{name} ({origin}) is a placeholder")).help(format!(
                "pixcrawler env set {name}=- asks for it; or: pixcrawler migrate --database-url URL"
            )),
        );
    }
    let looked: Vec<&str> = tiers.iter().map(|seen| seen.tier).collect();
    Err(Failure::usage(format!(
        "no database is named: none of {} is set in {}",
        or_list(&names),
        or_list(&looked)
    ))
    .help("set DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/DATABASE in an env file or in the environment, or: pixcrawler migrate --database-url URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::parse(url, "DATABASE_URL", ".env:1").expect(url)
    }

    #[test]
    fn poolers_are_known_by_their_url() {
        let pooling = |url: &str| target(url).pooling;
        for url in [
            "postgresql://u:p@aws-0-eu.pooler.supabase.com:6543/postgres",
            "postgresql://u:p@db.ref.supabase.co:6543/postgres",
            "postgresql://u:p@ep-x-pooler.eu.neon.tech/db",
            "postgresql+asyncpg://u:p@localhost:5432/db?pgbouncer=true",
        ] {
            assert_eq!(pooling(url), Pooling::Transaction, "{url}");
        }
        for url in [
            "postgresql://u:p@aws-0-eu.pooler.supabase.com:5432/postgres",
            "postgresql://u:p@db.ref.supabase.co:5432/postgres",
            "postgresql://u:p@localhost/db",
        ] {
            assert_eq!(pooling(url), Pooling::Session, "{url}");
        }
        assert!(
            target("postgresql://u:p@a.pooler.supabase.com:6543/d")
                .session_url()
                .contains("pooler.supabase.com:5432/d")
        );
    }

    #[test]
    fn tls_is_what_libpq_makes_of_the_url() {
        let tls = |url: &str| target(url).tls;
        assert_eq!(tls("postgresql://u:p@localhost/d"), SslMode::Prefer);
        assert_eq!(tls("postgresql://u:p@db/d"), SslMode::Prefer);
        assert_eq!(tls("postgresql://u:p@10.0.0.7/d"), SslMode::Prefer);
        assert_eq!(
            tls("postgresql://u:p@db.ref.supabase.co/d"),
            SslMode::Require
        );
        assert_eq!(
            tls("postgresql://u:p@db.ref.supabase.co/d?sslmode=disable"),
            SslMode::Disable
        );
        assert_eq!(
            tls("postgresql://u:p@h/d?sslmode=require&sslrootcert=ca.crt"),
            SslMode::VerifyCa
        );
        assert_eq!(
            tls("postgresql://u:p@h/d?sslrootcert=system"),
            SslMode::VerifyFull
        );
        let several = Target::parse("postgresql://u:hunter22@a:1,b:2/d", "X", ".env:1");
        let several = several.expect_err("two").message;
        assert_eq!(
            several,
            "X (.env:1) names several hosts, and migrations go to one"
        );
        let refused = Target::parse("postgresql://u:hunter22@h/d?sslmode=on", "X", ".env:1");
        let refused = refused.expect_err("no mode").message;
        assert!(refused.contains("sslmode=on") && !refused.contains("hunter22"));
    }

    #[test]
    fn the_strongest_variable_of_the_nearest_tier_is_chosen() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let frontend = map(&[
            ("POSTGRES_URL", "postgresql://u@pg/d"),
            ("SUPABASE_DB", "postgresql://u@named/d"),
            ("DIRECT_URL", " "),
        ]);
        let backend = map(&[("DIRECT_URL", "postgresql+asyncpg://u@direct/d")]);
        let choose = |named: &[String], tiers: &[Seen<'_>]| {
            let origin = |tier: &str, name: &str| format!("{tier}:{name}");
            choose(None, named, tiers, &origin, &|_, _, endpoint| endpoint)
                .map(|target| (target.endpoint.host, target.endpoint.origin))
                .map_err(|failure| failure.message)
        };
        let seen = |tier, variables| Seen { tier, variables };
        let (front, back) = (|| seen("frontend", &frontend), || seen("backend", &backend));
        assert_eq!(
            choose(&[], &[front(), back()]),
            Ok(("pg".to_owned(), "frontend:POSTGRES_URL".to_owned()))
        );
        assert_eq!(
            choose(&["SUPABASE_DB".to_owned()], &[front()]),
            Ok(("named".to_owned(), "frontend:SUPABASE_DB".to_owned()))
        );
        assert_eq!(
            choose(&[], &[back()]).map(|(host, _)| host),
            Ok("direct".to_owned())
        );
        let unfilled = map(&[("POSTGRES_URL", "postgresql://u:your-password@db.example/d")]);
        assert_eq!(
            choose(&[], &[seen("frontend", &unfilled)]),
            Err("POSTGRES_URL (frontend:POSTGRES_URL) is a placeholder".to_owned())
        );
        let none = BTreeMap::new();
        let none = choose(&[], &[seen("frontend", &none)]).expect_err("nothing is set");
        assert!(none.contains("DIRECT_URL, MIGRATION_DATABASE_URL, DATABASE_URL or POSTGRES_URL"));
    }
}
