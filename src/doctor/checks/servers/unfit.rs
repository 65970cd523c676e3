//! URLs of which a driver can make nothing, whoever answers: it is not asked what no program asks for.

use url::Url;

use crate::doctor::Cure;
use crate::env::with_sound_percents;
use crate::service::endpoint::Endpoint;
use crate::workspace::Environment;

use super::naming::{Driver, Lent, Naming};

/// One of them.
pub(super) struct Unfit {
    /// `POSTGRES_URL (frontend/.env:1)`.
    pub(super) place: String,
    /// Where what is to be corrected stands: `frontend/.env:1`.
    pub(super) origin: String,
    pub(super) why: String,
    /// The variable that is to be corrected.
    pub(super) variable: String,
    pub(super) cure: Option<Cure>,
}

/// What is to be corrected.
pub(super) enum Part {
    /// A variable beside the URL.
    Lender(&'static str),
    /// The host is to be named; the one that is meant, where a URL can name it.
    Host(Option<String>),
    /// All of it.
    Whole,
}

impl Unfit {
    pub(super) fn new(naming: &Naming, why: String, part: Part, environment: Environment) -> Self {
        let mut origin = naming.origin.clone();
        let (variable, cure) = match part {
            Part::Lender(name) => {
                naming.place(name).clone_into(&mut origin);
                (name, naming.ask_lender(environment, name))
            }
            Part::Host(host) => {
                let host = host.unwrap_or_else(|| "-".to_owned());
                let parts = [("host".to_owned(), host)];
                let cure = naming.rewrite(environment, &parts);
                (naming.variable.as_str(), cure)
            }
            Part::Whole => (naming.variable.as_str(), naming.ask(environment)),
        };
        Self {
            place: format!("{} ({})", naming.variable, naming.origin),
            origin,
            why,
            variable: variable.to_owned(),
            cure,
        }
    }
}

/// Why a driver can make nothing of a URL, and what to correct. `endpoint` is what it comes to otherwise.
pub(super) fn told(
    url: &str,
    driver: Driver,
    lent: Lent,
    endpoint: &Endpoint,
) -> Option<(String, Part)> {
    if driver == Driver::PostgresJs {
        if Url::parse(url.trim()).is_err() {
            let host = Some(endpoint.host.clone()).filter(|_| !endpoint.is_socket());
            let why = "has a login and no host, which is no URL to postgres.js";
            return Some((why.to_owned(), Part::Host(host)));
        }
        if with_sound_percents(url.trim()).is_some() {
            let why =
                "has a `%` in its login that begins no code such as %25, which postgres.js refuses";
            return Some((why.to_owned(), Part::Whole));
        }
    }
    if let Some(port) = lent.port.filter(|_| lent.unfit) {
        let why = format!("leaves the port to {port}, and what that says is none");
        return Some((why, Part::Lender(port)));
    }
    let tls = lent.unfit_tls?;
    let why = format!(
        "leaves TLS to {tls}, and what that says asyncpg does not know (disable, allow, prefer, require, verify-ca, verify-full)"
    );
    Some((why, Part::Lender(tls)))
}

/// Parts of the address that stand behind the `?` of a URL, where postgres.js sends them to the server as
/// settings, of which none has such a name.
pub(super) fn behind(url: &str, driver: Driver) -> Vec<&'static str> {
    let Ok(url) = Url::parse(url.trim()) else {
        return Vec::new();
    };
    let stands = |part: &&str| url.query_pairs().any(|(name, _)| name == *part);
    let parts = ["dbname", "host", "hostaddr", "password", "port"].into_iter();
    parts
        .filter(|_| driver == Driver::PostgresJs)
        .filter(stands)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cure(url: &str, driver: Driver, lent: Lent) -> Option<(String, Option<String>)> {
        let endpoint = Endpoint::postgres(url, "POSTGRES_URL", "frontend/.env:1").expect(url);
        let naming = Naming {
            places: vec![("PGPORT".to_owned(), "frontend/.env:2".to_owned())],
            ..Naming::of(&endpoint, "frontend")
        };
        let (why, part) = told(url, driver, lent, &endpoint)?;
        let unfit = Unfit::new(&naming, why, part, Environment::Development);
        Some((unfit.variable, unfit.cure.map(|it| it.line)))
    }

    #[test]
    fn what_node_takes_for_no_url_is_told() {
        let js = |url: &str| cure(url, Driver::PostgresJs, Lent::default());
        let set = "pixcrawler env set --file frontend/.env POSTGRES_URL";
        let told = |rest: &str| Some(("POSTGRES_URL".to_owned(), Some(format!("{set}{rest}"))));
        assert_eq!(js("postgresql://:pw@/app"), told(" --part host=localhost"));
        assert_eq!(
            js("postgresql://u@/app?host=/run/x"),
            told(" --part host=-")
        );
        assert_eq!(js("postgresql://u:100%@h/app"), told("=-"));
        for url in ["postgresql:///app", "postgresql://u:%25@h/app"] {
            assert_eq!(js(url), None, "{url}");
        }
        let other = cure("postgresql://:pw@/app", Driver::Other, Lent::default());
        assert_eq!(other, None);
    }

    #[test]
    fn a_port_that_is_none_is_told() {
        let lent = |unfit| Lent {
            port: Some("PGPORT"),
            unfit,
            ..Lent::default()
        };
        let url = "postgresql+asyncpg://h/d";
        let line = "pixcrawler env set --file frontend/.env PGPORT=-";
        assert_eq!(
            cure(url, Driver::Asyncpg, lent(true)),
            Some(("PGPORT".to_owned(), Some(line.to_owned())))
        );
        assert_eq!(cure(url, Driver::Asyncpg, lent(false)), None);
    }

    #[test]
    fn a_mode_of_tls_that_is_none_is_told() {
        let lent = |unfit: bool| Lent {
            tls: Some("PGSSLMODE"),
            unfit_tls: unfit.then_some("PGSSLMODE"),
            ..Lent::default()
        };
        let told = |unfit| cure("postgresql+asyncpg://h/d", Driver::Asyncpg, lent(unfit));
        assert_eq!(told(true).map(|it| it.0).as_deref(), Some("PGSSLMODE"));
        assert_eq!(told(false), None);
    }
}
