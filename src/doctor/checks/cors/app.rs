//! Where the app's pages are, and what is wrong with an address that leads to none.

use url::Url;

/// Why an address is no page's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    /// What is wrong with it, behind its name.
    pub(super) why: &'static str,
    /// How it is meant, where there is no doubt.
    pub(super) right: Option<String>,
    /// How it may be meant.
    pub(super) perhaps: Option<String>,
}

/// Reads the address of the app. Only of http and https have pages an origin: all others are the one `null`,
/// which sandboxed frames and files of everybody's send, too.
pub(super) fn read(value: &str) -> Result<Url, Unfit> {
    if let Some(url) = page(value) {
        return Ok(url);
    }
    let unfit = |why| Unfit {
        why,
        right: None,
        perhaps: None,
    };
    if value.contains("://") {
        return Err(unfit("is no http or https URL"));
    }
    let bare = value.trim_start_matches('/');
    let with = |scheme: &str| {
        let url = page(&format!("{scheme}://{bare}"))?;
        // `mailto:me` and a word alone are no host of anybody's.
        let host = url.host_str().unwrap_or_default();
        let known = super::is_local(&url) || host.contains('.') || host.starts_with('[');
        (known && url.username().is_empty()).then_some(url)
    };
    let why = "has neither http:// nor https:// in front";
    match with("http") {
        Some(url) if super::is_local(&url) => Err(Unfit {
            right: Some(format!("http://{bare}")),
            ..unfit(why)
        }),
        // Which of the two it is nobody else can know; what goes to everybody has TLS.
        Some(_) => Err(Unfit {
            perhaps: Some(format!("https://{bare}")),
            ..unfit(why)
        }),
        None => Err(unfit("is no http or https URL")),
    }
}

fn page(value: &str) -> Option<Url> {
    let url = Url::parse(value).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_and_https_have_pages() {
        for right in [
            "http://localhost:3000",
            "HTTPS://app.example.com/a",
            "http://[::1]:3000",
        ] {
            assert!(read(right).is_ok(), "{right}");
        }
        for none in [
            "file:///x",
            "postgres://u:p@db/x",
            "mailto:me",
            "app",
            "",
            "data:text/html,x",
            "me:secret@app.example.com",
        ] {
            let unfit = read(none).expect_err(none);
            assert_eq!((unfit.right, unfit.perhaps), (None, None), "{none}");
        }
    }

    #[test]
    fn a_scheme_that_was_forgotten_is_added_where_there_is_no_doubt() {
        let told = |value: &str| {
            let unfit = read(value).expect_err(value);
            (unfit.right, unfit.perhaps)
        };
        let here = |url: &str| (Some(url.to_owned()), None);
        assert_eq!(told("localhost:3000"), here("http://localhost:3000"));
        assert_eq!(told("//127.0.0.1:3000/"), here("http://127.0.0.1:3000/"));
        let there = |url: &str| (None, Some(url.to_owned()));
        assert_eq!(
            told("www.example.com:443"),
            there("https://www.example.com:443")
        );
        assert_eq!(told("app.example.com"), there("https://app.example.com"));
    }
}
