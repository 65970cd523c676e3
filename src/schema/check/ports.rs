//! URLs that must lead to the port on which another tier's program listens.

use crate::schema::types::is_local;
use crate::schema::{Kind, Reference, RelationKind};
use crate::workspace::Environment;

use crate::diagnostic::{Finding, Severity};

use super::values::at_value;
use super::{CONTRADICTION, Tier, lookup};

/// The variable with the port that a URL of a tier must lead to.
fn of<'t>(tier: &'t Tier<'_>, name: &str) -> Option<&'t Reference> {
    let mut relations = tier.schema.relations.iter();
    relations.find_map(|relation| match relation.variables.as_slice() {
        [url, port] if relation.kind == RelationKind::PortOf && url.name == name => Some(port),
        _ => None,
    })
}

/// The variable with the URL of the tier's own application.
const OWN: &str = "NEXT_PUBLIC_APP_URL";

/// A URL for a variable, with the port that it must lead to where that is another one.
pub(super) fn led(
    tier: &Tier<'_>,
    tiers: &[Tier<'_>],
    name: &str,
    url: &str,
    environment: Environment,
) -> Option<String> {
    if name == OWN {
        return with_port(url, tier.listens?.port);
    }
    let port = of(tier, name)?;
    let listening = lookup::effective(tier, tiers, port, environment)?;
    let listening = Kind::number(listening, tier.reader)?;
    with_port(url, format!("{listening:.0}").parse().ok()?)
}

/// The URL of the tier's own application, where it leads to another port than the one that it is started on.
pub(super) fn own(tier: &Tier<'_>) -> Option<Finding> {
    let listens = tier.listens?;
    let (place, port) = (listens.place.as_ref()?, listens.port);
    let set = tier.resolved.get(OWN)?;
    let written = url::Url::parse(&set.value).ok()?;
    // What has no port, or TLS, is that of a proxy in front.
    let named = written.port().filter(|_| written.scheme() == "http")?;
    if tier.resolved.is_doubtful(set) || listens.others.contains(&named) {
        return None;
    }
    let right = with_port(&set.value, port)?;
    let message =
        format!("`{OWN}` leads to port {named}, but {place} starts the application on {port}");
    let finding = Finding::new(&CONTRADICTION, message)
        .severity(Severity::Warning)
        .note("links in e-mails lead there, and it is the origin that the API is to let in");
    let finding = at_value(finding, tier, set, "another port");
    let file = set.origin.place().map(|it| it.source.path());
    Some(finding.help(match file {
        Some(file) => format!("set {OWN}={right} in {file}"),
        None => format!("{OWN}={right}"),
    }))
}

/// The same URL of this machine with another port.
pub(super) fn with_port(url: &str, port: u16) -> Option<String> {
    let mut led = url::Url::parse(url).ok()?;
    let is_here = led.host_str().is_some_and(is_local);
    if !is_here || port == 0 || led.port_or_known_default() == Some(port) {
        return None;
    }
    led.set_port(Some(port)).ok()?;
    let led = led.to_string();
    // An origin stays one.
    let bare = led.strip_suffix('/').filter(|_| !url.ends_with('/'));
    Some(bare.map_or_else(|| led.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_here_gets_another_port() {
        let led = |url: &str| with_port(url, 8123);
        let to = |url: &str| Some(url.to_owned());
        assert_eq!(
            led("http://localhost:8000/api/v1"),
            to("http://localhost:8123/api/v1")
        );
        assert_eq!(led("http://127.0.0.1/api"), to("http://127.0.0.1:8123/api"));
        assert_eq!(led("http://localhost:3000"), to("http://localhost:8123"));
        assert_eq!(led("http://localhost:3000/"), to("http://localhost:8123/"));
        for url in [
            "http://localhost:8123/api/v1",
            "https://api.example.com/v1",
            "/api",
        ] {
            assert_eq!(led(url), None, "{url}");
        }
    }
}
