//! Values in other words that mean the same place, or the same project.

use crate::env::Claims;

/// URLs that differ by a slash at the end, by the driver, by capitals in the host or by a port that is meant
/// anyway are the same place.
pub(super) fn comparable(value: &str) -> String {
    let value = value.trim().trim_end_matches('/');
    match value.split_once("://") {
        Some((scheme, rest)) => {
            let scheme = scheme
                .split('+')
                .next()
                .unwrap_or(scheme)
                .to_ascii_lowercase()
                .replace("postgresql", "postgres");
            let rest = with_plain_host(&scheme, rest).replace("127.0.0.1", "localhost");
            format!("{scheme}://{rest}")
        }
        None => value.to_owned(),
    }
}

/// What follows `scheme://`, the host in small letters and without the port that the scheme means.
fn with_plain_host(scheme: &str, rest: &str) -> String {
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (login, host) = authority.split_at(authority.rfind('@').map_or(0, |at| at + 1));
    // What looks like a host may be a password with a bare slash in it, whose capitals count.
    if login.is_empty() && path.contains('@') {
        return rest.to_owned();
    }
    let usual = match scheme {
        "http" => ":80",
        "https" => ":443",
        "postgres" => ":5432",
        _ => "",
    };
    let host = host.strip_suffix(usual).unwrap_or(host);
    format!("{login}{}{path}", host.to_ascii_lowercase())
}

/// The Supabase project that a URL or a key belongs to, where it says so.
pub(super) fn project(value: &str) -> Option<String> {
    if let Some(claims) = Claims::of(value) {
        return claims.project;
    }
    let url = url::Url::parse(value).ok()?;
    url.host_str()?
        .strip_suffix(".supabase.co")
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_compared_as_places() {
        assert_eq!(
            comparable("postgresql+asyncpg://u:p@localhost/d"),
            comparable("postgres://u:p@127.0.0.1/d/")
        );
        assert_ne!(
            comparable("https://a.supabase.co"),
            comparable("https://b.supabase.co")
        );
        assert_eq!(
            comparable("HTTPS://ABC.Supabase.co/"),
            comparable("https://abc.supabase.co:443")
        );
        assert_eq!(
            comparable("postgresql://u:p@DB:5432/d"),
            comparable("postgres://u:p@db/d")
        );
        // Only the host is one word in all spellings.
        for (one, other) in [
            ("https://h/A", "https://h/a"),
            ("postgres://u:P@h/d", "postgres://u:p@h/d"),
            ("postgres://u:P/x@h/d", "postgres://u:p/x@h/d"),
            ("https://h:4430", "https://h:443"),
        ] {
            assert_ne!(comparable(one), comparable(other), "{one}");
        }
    }
}
