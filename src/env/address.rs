//! Addresses that are asked over HTTP, and what of one must not be seen.

use super::secret::{mask_parts, secret_parts};

/// An address as people may see it: without its password, and without the tokens in its query.
#[must_use]
pub fn masked_address(url: &str) -> String {
    mask_parts("", url)
}

/// What is masked there.
#[must_use]
pub fn secrets_of_address(url: &str) -> Vec<String> {
    let parts = secret_parts("", url).into_iter();
    parts
        .map(|part| url[part.start..part.end].to_owned())
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
