//! Reports that are there, and not for us.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::system::http::Response;

use super::shown::shown;
use super::ways::{Way, server};

/// It answers, and not to us.
pub(super) static CLOSED: Rule = Rule {
    code: "health/closed",
    severity: Severity::Error,
    summary: "a deployment answers, and does not let us in",
    text: "\
The health report is answered with 401 or 403: it wants a user and a password, or others than it got.
Those of an address are for its own server: where that sends us to another one, they stay behind. Or it sends
us to a page to log in. A detailed report that is closed beside others that are not there warns, and fails with
`--strict`.

Way out: give the ones that open it, `pixcrawler health https://USER:PASSWORD@api.example.com`; a
password's `@` is written `%40`, its `/` `%2F`. Or let the report be read without.",
};

/// It answers, and does not let us in; `url` is how the answer's place is told.
pub(super) fn closed(way: &Way, response: &Response, url: &str) -> Finding {
    let Response { status, .. } = response;
    let moved = origin(&way.url) != origin(&response.url);
    let finding = |message| Finding::new(&CLOSED, message);
    if way.credentials && !moved {
        let finding = finding(format!(
            "{url} does not let in the user and the password of its address ({status})"
        ))
        .note("a password's `@` is written %40 there, its `/` %2F, its `%` %25; curl asks for it as it is")
        .help(format!(
            "curl -si -u USER {}",
            way.without_login().typed(&response.url)
        ));
        return way.explained(finding);
    }
    let (place, note) = if way.credentials {
        (
            format!("{}/", origin(&response.url)),
            "the user and the password were for the server that sends us there, which alone got them",
        )
    } else {
        (
            way.url.clone(),
            "where a user and a password open it, they stand in the address",
        )
    };
    let with_login = Way {
        credentials: true,
        ..way.clone()
    };
    let place = if server(&place) == server(&way.url) {
        with_login.typed(&place)
    } else {
        place.replacen("://", "://USER:PASSWORD@", 1)
    };
    let finding = finding(format!("{url} is closed to us ({status})"))
        .note(note)
        .help(format!("pixcrawler health {place}"));
    way.explained(finding)
}

/// When it wants to be asked again, where it says so.
pub(super) fn later(response: &Response) -> Option<String> {
    let when = response.header("retry-after")?.trim();
    match when.parse::<u32>() {
        Ok(seconds) => Some(format!("it asks to wait {seconds} s (Retry-After)")),
        Err(_) if when.is_empty() => None,
        Err(_) => Some(format!(
            "it asks to wait until {} (Retry-After)",
            shown(when, 40)
        )),
    }
}

/// Scheme, host and port of an address.
pub(super) fn origin(url: &str) -> &str {
    let end = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(end..).unwrap_or_default();
    let length = rest.find('/').unwrap_or(rest.len());
    url.get(..end + length).unwrap_or_default()
}
