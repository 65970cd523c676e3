//! Addresses in env files that lead to a port from which pixcrawler.toml has moved the service.

use url::{Host, Url};

use crate::diagnostic::{Finding, Rule, Severity};

use super::{Service, listening};

/// An address leads to a port that its service does not have any more.
pub static ADDRESS_STALE: Rule = Rule {
    code: "plan/address-stale",
    severity: Severity::Warning,
    summary: "an address leads to a port from which pixcrawler.toml has moved the service",
    text: "\
pixcrawler.toml gives a service a port (`port`, `--port` in its `command`, `PORT` in its `env`), and a variable
of an env file still names another one on this machine, where nobody listens, or that of the service with which
it swapped. The service itself is told its port, and whoever goes by the variable does not find it: pages call
the API in vain, and `pixcrawler health` asks there.

Way out: write the new port into the variable, too. `pixcrawler doctor --only ports` has the command, and
`--fix` runs it.",
};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[&ADDRESS_STALE];

/// The variables that lead to services, as the frontend's tier has them.
pub const ADDRESSES: &[(&str, &str)] = &[
    ("NEXT_PUBLIC_API_URL", "backend"),
    ("NEXT_PUBLIC_APP_URL", "frontend"),
];

/// An address that is set.
#[derive(Debug, Clone)]
pub struct Address<'a> {
    /// The variable.
    pub variable: &'a str,
    /// The service that it leads to.
    pub service: &'a str,
    /// Its value.
    pub value: &'a str,
    /// Where it is set.
    pub origin: String,
    /// Where pixcrawler.toml gives the service a port, if it does.
    pub moved_at: Option<String>,
}

/// An address that leads nowhere.
#[derive(Debug, Clone)]
pub struct Stale {
    /// The variable.
    pub variable: String,
    /// What it should be; none where the value is nothing to print.
    pub right: Option<String>,
    /// The service that it should lead to.
    pub service: String,
    /// The port of that.
    pub port: u16,
    /// What is to be told; without a way out.
    pub finding: Finding,
}

/// The addresses that lead to a port of this machine where no service of the plan is to listen, nor does
/// anybody: of services whose port stands in pixcrawler.toml.
#[must_use]
pub fn stale(
    addresses: &[Address<'_>],
    services: &[Service],
    listens: impl Fn(u16) -> bool,
) -> Vec<Stale> {
    let read = |address: &Address<'_>| Url::parse(address.value.trim()).ok();
    let origin_of = |variable: &str| {
        let address = addresses.iter().find(|it| it.variable == variable)?;
        Some(read(address)?.origin())
    };
    let pages = origin_of("NEXT_PUBLIC_APP_URL");
    let port_of = |group: &str| {
        let mut all = services.iter().filter(|service| service.group() == group);
        all.find_map(listening::port)
    };
    // Each leads to the port of the other: those were swapped. One alone may well lead there.
    let is_crossed = |address: &Address<'_>| {
        let port = read(address).filter(is_here)?.port_or_known_default()?;
        let mut others = addresses.iter().filter(|it| it.service != address.service);
        others.find(|other| {
            port_of(other.service) == Some(port) && port_of(address.service) != Some(port)
        })
    };
    let are_swapped = addresses.len() > 1 && addresses.iter().all(|it| is_crossed(it).is_some());
    addresses
        .iter()
        .filter(|address| !is_told_by_itself(address, services))
        .filter_map(|address| {
            let url = read(address).filter(is_here)?;
            // Pages that call the API through rewrites call their own server.
            let through_pages = pages.as_ref() == Some(&url.origin());
            let meant = match address.service {
                "backend" if through_pages => "frontend",
                service => service,
            };
            let mut other = addresses.iter().filter(|it| it.service == meant);
            let moved_at = other.find_map(|it| it.moved_at.as_deref())?;
            let port = url.port_or_known_default()?;
            let right = services.iter().find(|service| service.group() == meant)?;
            let right = listening::port(right)?;
            let mut planned = services.iter().filter_map(listening::port);
            let mut is_planned = || planned.any(|its| its == port);
            let whose = if let Some(other) = is_crossed(address).filter(|_| are_swapped) {
                format!("which is that of `{}`", other.service)
            } else if is_planned() || listens(port) {
                return None;
            } else {
                "where nobody listens".to_owned()
            };
            let message = format!(
                "{} ({}) leads to port {port}, {whose}: `{meant}` has {right}, by {moved_at}",
                address.variable, address.origin
            );
            Some(Stale {
                variable: address.variable.to_owned(),
                right: with_port(address.value.trim(), &url, right),
                service: meant.to_owned(),
                port: right,
                finding: Finding::new(&ADDRESS_STALE, message).subject(address.variable),
            })
        })
        .collect()
}

/// Whether pixcrawler.toml gives those who read an address another one: then the file's counts for nobody. The
/// frontend reads all of them.
fn is_told_by_itself(address: &Address<'_>, services: &[Service]) -> bool {
    let readers = services
        .iter()
        .filter(|service| service.group() == "frontend");
    let mut told = readers.flat_map(|service| &service.env);
    told.any(|(name, _)| name == address.variable)
}

/// Whether an address is one of this machine.
fn is_here(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
            Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
            None => false,
        }
}

/// The same address with another port, in the same words; none where it holds what is nobody's to see.
fn with_port(value: &str, url: &Url, port: u16) -> Option<String> {
    if url.password().is_some() || !url.username().is_empty() || url.query().is_some() {
        return None;
    }
    let mut right = url.clone();
    right.set_port(Some(port)).ok()?;
    let mut right = right.to_string();
    if url.path() == "/" && !value.ends_with('/') {
        right.pop();
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::super::{Command, Kind};
    use super::*;

    fn services() -> Vec<Service> {
        let service = |(name, port)| {
            let kind = Kind::Process(Command::Shell("x".to_owned()));
            let mut service = Service::new(name, kind, "/".into());
            service.port = Some(port);
            service
        };
        [("backend", 44111), ("frontend", 44131)]
            .map(service)
            .to_vec()
    }

    fn told(api: &str, app: &str, moved: [bool; 2], listening: &[u16]) -> Vec<(String, String)> {
        let values = [api, app];
        let addresses = [0, 1].map(|at| {
            let (variable, service) = ADDRESSES[at];
            Address {
                variable,
                service,
                value: values[at],
                origin: format!("frontend/.env.local:{}", at + 1),
                moved_at: moved[at].then(|| "pixcrawler.toml:2".to_owned()),
            }
        });
        of(&addresses, &services(), listening)
    }

    fn of(
        addresses: &[Address<'_>],
        services: &[Service],
        listening: &[u16],
    ) -> Vec<(String, String)> {
        let stale = stale(addresses, services, |port| listening.contains(&port));
        let words = |stale: Stale| {
            (
                stale.finding.message,
                stale.right.unwrap_or_else(|| "-".to_owned()),
            )
        };
        stale.into_iter().map(words).collect()
    }

    #[test]
    fn an_address_follows_the_port_of_its_service() {
        let (api, app) = ("http://127.0.0.1:44100/api/v1", "http://localhost:44130");
        let both = told(api, app, [true, true], &[]);
        assert_eq!(
            both[0],
            (
                "NEXT_PUBLIC_API_URL (frontend/.env.local:1) leads to port 44100, where nobody listens: \
                 `backend` has 44111, by pixcrawler.toml:2"
                    .to_owned(),
                "http://127.0.0.1:44111/api/v1".to_owned()
            )
        );
        assert_eq!(both[1].1, "http://localhost:44131");
        // Whoever listens there may pass it on.
        assert_eq!(told(api, app, [true, true], &[44100]), both[1..]);
        assert_eq!(told(api, app, [false, true], &[]), both[1..]);
    }

    #[test]
    fn what_leads_somewhere_is_left_alone() {
        for api in [
            "http://localhost:44111",
            "http://localhost:44131/api",
            "https://api.example.com",
            "no address",
        ] {
            assert!(told(api, "", [true, true], &[]).is_empty(), "{api}");
        }
        let through = told(
            "http://localhost:44130/api",
            "http://localhost:44130",
            [true, true],
            &[],
        );
        assert_eq!(through[0].1, "http://localhost:44131/api");
        let hidden = told("http://u:p@localhost:44100", "", [true, true], &[]);
        assert_eq!(hidden[0].1, "-");
    }

    fn addresses(values: [&str; 2]) -> [Address<'_>; 2] {
        [0, 1].map(|at| Address {
            variable: ADDRESSES[at].0,
            service: ADDRESSES[at].1,
            value: values[at],
            origin: format!("frontend/.env.local:{}", at + 1),
            moved_at: Some("pixcrawler.toml:2".to_owned()),
        })
    }

    #[test]
    fn services_that_swapped_their_ports_have_each_others_addresses() {
        let both = addresses(["http://localhost:44131/api", "http://localhost:44111"]);
        let told = of(&both, &services(), &[44111, 44131]);
        assert!(
            told[0]
                .0
                .contains("leads to port 44131, which is that of `frontend`: `backend` has 44111"),
            "{told:?}"
        );
        assert_eq!(told[0].1, "http://localhost:44111/api");
        assert_eq!(told[1].1, "http://localhost:44131");
        let right = addresses(["http://localhost:44131/api", "http://localhost:44131"]);
        assert!(of(&right, &services(), &[]).is_empty());
    }

    #[test]
    fn what_a_service_is_told_itself_counts() {
        let mut services = services();
        let own = ("NEXT_PUBLIC_API_URL", "http://localhost:44111");
        services[1].env.push((own.0.to_owned(), own.1.to_owned()));
        let stale = addresses(["http://localhost:44100", "http://localhost:44131"]);
        assert!(of(&stale, &services, &[]).is_empty());
    }
}
