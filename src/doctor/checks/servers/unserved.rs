//! What a URL asks of a server that `pixcrawler dev` would start, and does not get from it.

use crate::doctor::Cure;
use crate::service::endpoint::Protocol;
use crate::service::managed::{self, ProblemKind};
use crate::workspace::Environment;

use super::super::place;
use super::Server;

/// That, and what is to be changed before such a server is started.
pub(super) struct Unserved {
    pub(super) why: String,
    pub(super) cure: Option<Cure>,
    /// The same in words, where no command of ours changes it.
    pub(super) otherwise: String,
}

/// Whether there is something.
pub(super) fn of(server: &Server, environment: Environment) -> Option<Unserved> {
    let kinds: Vec<ProblemKind> = managed::unserved(&server.endpoint).collect();
    let mut why: Vec<&str> = Vec::new();
    let mut cures: Vec<Option<Cure>> = Vec::new();
    let mut otherwise: Vec<&str> = Vec::new();
    for kind in kinds {
        let (asks, cure, words) = match kind {
            ProblemKind::Tls => (
                "has no TLS, on which the URL insists",
                match server.endpoint.protocol {
                    // What belongs to TLS goes with it.
                    Protocol::Redis => server.change(environment, "scheme", "redis"),
                    Protocol::Postgres => server.encrypt(environment, ""),
                },
                "take TLS out",
            ),
            ProblemKind::PasswordMissing => (
                "asks everybody for a password, and the URL has none",
                server.change(environment, "password", "-"),
                "add a password",
            ),
            ProblemKind::PasswordsDiffer | ProblemKind::PortShared => continue,
        };
        why.push(asks);
        cures.push(cure);
        otherwise.push(words);
    }
    if why.is_empty() {
        return None;
    }
    let cures: Option<Vec<Cure>> = cures.into_iter().collect();
    Some(Unserved {
        why: format!(
            "that one {}; a server of your own may do as it stands, else:",
            why.join(", and ")
        ),
        cure: cures.and_then(place::all),
        otherwise: format!("{} in {}", otherwise.join(" and "), server.place()),
    })
}

#[cfg(test)]
mod tests {
    use crate::service::endpoint::Endpoint;

    use super::super::Naming;
    use super::*;

    fn line(url: &str) -> Option<String> {
        let endpoint = if url.starts_with("redis") {
            Endpoint::redis(url, "CELERY_BROKER_URL", "backend/.env:3")
        } else {
            Endpoint::postgres(url, "DATABASE_URL", "backend/.env:3")
        };
        let endpoint = endpoint.expect(url);
        let named = vec![Naming::of(&endpoint, "backend")];
        let found = of(&Server { endpoint, named }, Environment::Development)?;
        Some(found.cure.expect("a command").line)
    }

    #[test]
    fn what_a_managed_server_does_not_give_is_changed_first() {
        let set = |rest: &str| Some(format!("pixcrawler env set --file backend/.env {rest}"));
        assert_eq!(
            line("rediss://:pw@localhost:1/2?ssl_cert_reqs=CERT_REQUIRED"),
            set("CELERY_BROKER_URL --part scheme=redis")
        );
        assert_eq!(
            line("postgresql://a:pw@localhost/d?sslmode=require"),
            set("DATABASE_URL --part sslmode=")
        );
        assert_eq!(
            line("postgresql://a@localhost/d"),
            set("DATABASE_URL --part password=-")
        );
        assert_eq!(line("redis://localhost:1/2"), None);
        assert_eq!(line("postgresql://a:pw@localhost/d?sslmode=prefer"), None);
    }
}
