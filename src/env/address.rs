//! Addresses that are asked over HTTP, and what of one must not be seen.

use crate::text::{MASK, Span, mask_url, url_passwords};

use super::secret::looks_secret;

/// Names of parameters that no variable would have.
const NAMES: &[&str] = &["AUTH", "SIG", "SIGNATURE"];

/// Where the values of parameters stand whose names announce a secret.
fn parameters(url: &str) -> Vec<Span> {
    let Some(query) = url.find('?') else {
        return Vec::new();
    };
    let end = url[query..].find('#').map_or(url.len(), |at| query + at);
    let mut spans = Vec::new();
    let mut from = query + 1;
    for pair in url[from..end].split('&') {
        let start = from;
        from += pair.len() + 1;
        if let Some((name, value)) = pair.split_once('=')
            && is_secret(name)
            && !value.is_empty()
        {
            let start = start + name.len() + 1;
            spans.push(Span::new(start, start + value.len()));
        }
    }
    spans
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    // `accessToken` is one word here.
    let ends = ["TOKEN", "SECRET", "PASSWORD", "APIKEY"];
    looks_secret(&name)
        || NAMES.contains(&name.as_str())
        || ends.iter().any(|end| name.ends_with(end))
}

/// An address as people may see it: without its password, and without the tokens in its query.
#[must_use]
pub fn masked_address(url: &str) -> String {
    let mut shown = String::with_capacity(url.len());
    let mut from = 0;
    for value in parameters(url) {
        shown.push_str(&url[from..value.start]);
        shown.push_str(MASK);
        from = value.end;
    }
    shown.push_str(&url[from..]);
    mask_url(&shown)
}

/// What is masked there.
#[must_use]
pub fn secrets_of_address(url: &str) -> Vec<String> {
    let spans = url_passwords(url, &[]).chain(parameters(url));
    spans
        .map(|span| url[span.start..span.end].to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_tokens_of_addresses_are_masked() {
        for (url, masked, secrets) in [
            (
                "http://user:pw4567secret@127.0.0.1:1/x?token=tok998877",
                "http://user:••••••@127.0.0.1:1/x?token=••••••",
                &["pw4567secret", "tok998877"][..],
            ),
            (
                "http://h/x?a=1&api-key=k&accessToken=t&page=2#f",
                "http://h/x?a=1&api-key=••••••&accessToken=••••••&page=2#f",
                &["k", "t"],
            ),
            (
                "http://h:80/x?page=2&token=",
                "http://h:80/x?page=2&token=",
                &[],
            ),
            ("http://h/token=x", "http://h/token=x", &[]),
        ] {
            assert_eq!(masked_address(url), masked);
            assert_eq!(secrets_of_address(url), secrets, "{url}");
        }
    }
}
