//! URLs of pages, and what all URLs share.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::or_list;

use super::{Misfit, Problem, is_local, slashes};

/// What is said of an origin with a slash behind it.
pub const SLASH: &str = "ends with a slash, which no browser sends in an Origin header";

/// What a URL must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Url {
    /// Accepted schemes; `http` and `https` when empty.
    pub schemes: Vec<String>,
}

impl Url {
    pub(super) fn check(&self, value: &str) -> Result<(), Problem> {
        let web = ["http".to_owned(), "https".to_owned()];
        let schemes = if self.schemes.is_empty() {
            &web[..]
        } else {
            &self.schemes[..]
        };
        let url = parse(value, schemes)?;
        if !schemes.iter().any(|scheme| scheme == url.scheme()) {
            let written = url.scheme();
            return Err(Problem::wrong(format!(
                "has the scheme `{written}`, not {}",
                or_list(schemes)
            ))
            .way_out(format!("begin it with {}://", schemes.join(":// or "))));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(Problem::wrong("names no host").way_out(format!(
                "write {}://host",
                schemes.first().map_or("https", String::as_str)
            )));
        }
        Ok(())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schemes.is_empty() {
            f.write_str("http:// or https:// URL")
        } else {
            write!(f, "{}:// URL", self.schemes.join(":// or "))
        }
    }
}

pub(super) fn parse(value: &str, schemes: &[String]) -> Result<url::Url, Problem> {
    let host = value.split([':', '/']).next().unwrap_or_default();
    let secure = schemes.iter().find(|it| *it == "https" && !is_local(host));
    let scheme = secure.or(schemes.first()).map_or("https", String::as_str);
    if value.chars().any(char::is_whitespace) {
        return Err(Problem::wrong("has blanks in it").way_out("take out the blanks"));
    }
    slashes::check(value)?;
    url::Url::parse(value).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => Problem::wrong("has no scheme").way_out(format!("begin it with {scheme}://")),
        url::ParseError::InvalidPort => {
            let problem = Problem::wrong("has a port that is no number from 0 to 65535");
            // Without a login there is no password that may be taken for a port.
            problem.way_out(if value.contains('@') {
                "if a `:`, `/`, `?`, `#` or `@` belongs to the password, write it as %3A, %2F, %3F, %23 or %40"
            } else {
                "write the port as a number from 0 to 65535, or leave it out with its colon"
            })
        }
        other => Problem::wrong(format!("is no URL: {other}")).way_out(format!("write {scheme}://host")),
    })
}

/// Scheme, host and port, without a path: the form in which browsers send it.
pub(super) fn origin(value: &str) -> Result<Option<url::Url>, Problem> {
    if value == "*" {
        return Ok(None);
    }
    Url::default().check(value)?;
    let url = parse(value, &[])?;
    if let Some(origin) = value.strip_suffix('/').filter(|_| url.path() == "/") {
        return Err(Problem::new(Misfit::Doubtful, SLASH)
            .way_out(format!("write {origin}"))
            .replacement(origin));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        let origin = url.origin().ascii_serialization();
        return Err(
            Problem::wrong("has a path, which no browser sends in an Origin header")
                .way_out(format!("write {origin}"))
                .replacement(origin),
        );
    }
    Ok(Some(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_urls() {
        let url = Url::default();
        for value in [
            "http://localhost:8000",
            "https://a.b/c?d#e",
            "http://[::1]:80",
        ] {
            assert_eq!(url.check(value), Ok(()), "{value}");
        }
        for value in [
            "localhost:8000",
            "a.b",
            "ftp://a.b",
            "http://",
            "http://a b",
            "http://a:99999",
        ] {
            assert!(url.check(value).is_err(), "{value}");
        }
        let port = |value| {
            let problem = url.check(value).expect_err("no port");
            problem.way_out.unwrap_or_default()
        };
        assert!(port("http://u:p/w@h").contains("belongs to the password"));
        assert!(port("http://127.0.0.1:543210").starts_with("write the port as a number"));
        let begin = |value| url.check(value).expect_err("no scheme").way_out;
        let told = |scheme: &str| Some(format!("begin it with {scheme}://"));
        assert_eq!(begin("abc.supabase.co"), told("https"));
        assert_eq!(begin("127.0.0.1/api"), told("http"));
        assert_eq!(
            origin("http://a.b/c")
                .expect_err("path")
                .replacement
                .as_deref(),
            Some("http://a.b")
        );
    }
}
