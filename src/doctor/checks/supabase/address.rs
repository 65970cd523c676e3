//! How the project's URL is written: what a client library makes of it, and how it is meant.

use url::Url;

use crate::diagnostic::Severity;
use crate::system::http;

/// What is wrong with how it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Amiss {
    /// In words, behind the variable's name: `has no scheme`.
    pub(super) why: &'static str,
    /// An error is not asked: what answers there would be another's, or keys would travel in the clear.
    pub(super) severity: Severity,
    /// How it is meant, where that is certain.
    pub(super) right: Option<String>,
}

/// The services of a project, whose paths the libraries add themselves.
const SERVICES: &[&str] = &[
    "rest",
    "auth",
    "storage",
    "realtime",
    "functions",
    "graphql",
];

/// The URL, and what is wrong with it; the URL alone where it is sound.
pub(super) fn read(text: &str) -> (Option<Url>, Option<Amiss>) {
    let error = |why, right| {
        let severity = Severity::Error;
        let amiss = Amiss {
            why,
            severity,
            right,
        };
        (None, Some(amiss))
    };
    let bare = text.trim_matches(|c: char| matches!(c, '"' | '\'' | '`') || c.is_whitespace());
    if bare.contains(char::is_whitespace) {
        return error("has a space in it", None);
    }
    let Some((scheme, rest)) = bare.split_once("://") else {
        let place = bare.trim_start_matches('/');
        let scheme = if local_name(place) { "http" } else { "https" };
        let right = meant(&format!("{scheme}://{place}"));
        return error("has no scheme, http:// or https://", right);
    };
    let url = Url::parse(bare).ok().filter(Url::has_host);
    let Some(url) = url else {
        return error("is no URL", None);
    };
    let right = meant(bare);
    if scheme.starts_with("postgres") {
        return error("is the address of the database, not of the project", right);
    }
    if !matches!(url.scheme(), "http" | "https") {
        return error("has a scheme that is neither http nor https", right);
    }
    if rest.split('/').next().is_some_and(|it| it.contains('@')) {
        return error("has a user or a password in it", right);
    }
    if is_dashboard(&url) {
        return error("is the address of the dashboard, not of the project", right);
    }
    if is_hosted(&url) && url.host_str().is_some_and(|host| host.starts_with("db.")) {
        return error("is the address of the database, not of the project", right);
    }
    if is_hosted(&url) && url.scheme() == "http" {
        return error("is http, and keys would travel in the clear", right);
    }
    if bare != text {
        return error("has quotes that are part of the value", right);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return error("has something behind a `?` or a `#`", right);
    }
    if url.path().trim_end_matches('/') != base(&url) {
        return error(
            "has the path of one service, which the libraries add themselves",
            right,
        );
    }
    let slash = bare.ends_with('/').then_some(Amiss {
        why: "ends in a slash: what pastes a path behind it asks for `//auth/v1`",
        severity: Severity::Warning,
        right,
    });
    (Some(url), slash)
}

/// How an address is meant, as far as it tells.
fn meant(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(Url::has_host)?;
    let host = url.host_str()?;
    let project = |reference: &str| {
        let sound = !reference.is_empty() && reference.bytes().all(|b| b.is_ascii_alphanumeric());
        sound.then(|| format!("https://{reference}.supabase.co"))
    };
    if is_dashboard(&url) {
        let mut parts = url.path_segments()?.skip_while(|part| *part != "project");
        return project(parts.nth(1)?);
    }
    if let Some(name) = host.strip_suffix(".supabase.co") {
        return project(name.strip_prefix("db.").unwrap_or(name));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let mut url = url;
    let path = base(&url).to_owned();
    url.set_path(&path);
    let meant = http::shown(&url).trim_end_matches('/').to_owned();
    // A host may have nearly any character in it, and nobody means most of them.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/[]%".contains(&b);
    meant.bytes().all(plain).then_some(meant)
}

/// What stands before the path of a service: nothing, unless somebody runs the project below a path.
fn base(url: &Url) -> &str {
    let path = url.path();
    if is_hosted(url) {
        return "";
    }
    let service = SERVICES
        .iter()
        .filter_map(|name| path.find(&format!("/{name}/v1")))
        .min();
    path.get(..service.unwrap_or(path.len()))
        .unwrap_or(path)
        .trim_end_matches('/')
}

fn is_hosted(url: &Url) -> bool {
    url.host_str()
        .is_some_and(|host| host.ends_with(".supabase.co"))
}

fn is_dashboard(url: &Url) -> bool {
    matches!(url.host_str(), Some("supabase.com" | "app.supabase.com"))
}

/// Whether an address without a scheme begins with a name or a number of this machine or its network.
fn local_name(text: &str) -> bool {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let place = text.get(..end).unwrap_or(text);
    let host = place.rsplit_once(':').map_or(place, |(host, _)| host);
    host == "localhost" || host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_otherwise_than_it_is_meant_is_told_with_what_is_meant() {
        const HOSTED: &str = "https://abcdefghijklmnopqrst.supabase.co";
        const LOCAL: &str = "http://127.0.0.1:54321";
        for (text, why, right) in [
            ("127.0.0.1:54321", "no scheme", Some(LOCAL)),
            ("127.0.0.1:54321/rest/v1/", "no scheme", Some(LOCAL)),
            (
                "localhost:54321",
                "no scheme",
                Some("http://localhost:54321"),
            ),
            (
                "abcdefghijklmnopqrst.supabase.co",
                "no scheme",
                Some(HOSTED),
            ),
            (
                "supabase.example.com",
                "no scheme",
                Some("https://supabase.example.com"),
            ),
            ("//127.0.0.1:54321", "no scheme", Some(LOCAL)),
            (
                "\"https://abcdefghijklmnopqrst.supabase.co\"",
                "quotes",
                Some(HOSTED),
            ),
            ("http://127.0.0.1: 54321", "a space", None),
            ("http://", "no URL", None),
            (
                "http://abcdefghijklmnopqrst.supabase.co",
                "is http",
                Some(HOSTED),
            ),
            (
                "https://abcdefghijklmnopqrst.supabase.co/rest/v1",
                "path",
                Some(HOSTED),
            ),
            (
                "https://abcdefghijklmnopqrst.supabase.co/rest/v1/",
                "path",
                Some(HOSTED),
            ),
            ("http://127.0.0.1:54321/auth/v1/health", "path", Some(LOCAL)),
            ("http://127.0.0.1:54321?x=1", "behind", Some(LOCAL)),
            ("http://bob:pw@127.0.0.1:54321", "password", Some(LOCAL)),
            (
                "https://supabase.com/dashboard/project/abcdefghijklmnopqrst/settings/api",
                "dashboard",
                Some(HOSTED),
            ),
            ("https://supabase.com/dashboard", "dashboard", None),
            (
                "https://db.abcdefghijklmnopqrst.supabase.co",
                "database",
                Some(HOSTED),
            ),
            (
                "postgresql://u:pw@db.abcdefghijklmnopqrst.supabase.co:5432/postgres",
                "database",
                Some(HOSTED),
            ),
            ("postgresql://u:pw@h:5432/postgres", "database", None),
            ("ftp://h", "neither", None),
        ] {
            let (url, amiss) = read(text);
            let amiss = amiss.unwrap_or_else(|| panic!("{text} is amiss"));
            assert_eq!((url, amiss.severity), (None, Severity::Error), "{text}");
            assert!(amiss.why.contains(why), "{text}: {}", amiss.why);
            assert_eq!(amiss.right.as_deref(), right, "{text}");
            if let Some(right) = right {
                assert_eq!(read(right).1, None, "{text}");
            }
        }
        for sound in [
            HOSTED,
            LOCAL,
            "http://[::1]:54321",
            "https://h.example/supabase",
        ] {
            let (url, amiss) = read(sound);
            assert!(url.is_some() && amiss.is_none(), "{sound}: {amiss:?}");
        }
        let (url, amiss) = read("http://127.0.0.1:54321/");
        let amiss = amiss.expect("a slash");
        assert!(url.is_some() && amiss.severity == Severity::Warning);
        assert_eq!(amiss.right.as_deref(), Some(LOCAL));
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it_and_what_is_meant_is_sound(text in ".{0,60}") {
            if let Some(right) = read(&text).1.and_then(|it| it.right) {
                proptest::prop_assert!(read(&right).0.is_some(), "{text} -> {right}");
            }
        }
    }
}
