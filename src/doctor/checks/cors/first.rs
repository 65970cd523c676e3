//! What answers a browser's question before anything that knows of origins is asked.

/// How a question was answered, beside what the answer says of origins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Manner {
    /// Browsers take anything but 2xx for a no.
    pub(super) status: u16,
    /// Where it sends the browser, as people may see it.
    pub(super) to: Option<String>,
    /// What stands before the API, where the answer tells.
    pub(super) before: Option<String>,
}

impl Manner {
    /// Whether a browser goes on after it.
    pub(super) fn is_yes(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Why it is no answer of what is asked about origins; none where nothing speaks for another one.
    pub(super) fn comes_first(&self) -> Option<String> {
        const LAST: &str = "add the CORS middleware last, so that it is asked before";
        let before = || match &self.before {
            Some(name) => format!("`{name}`, which stands before it,"),
            None => "what stands before it".to_owned(),
        };
        Some(match self.status {
            300..=399 => {
                let to = self.to.as_deref().map(|to| format!(" to {to}"));
                format!(
                    "it redirects{}, and browsers follow no redirect of this question: `NEXT_PUBLIC_API_URL` \
                     has to be the address that answers itself, as with https or without a slash at its end",
                    to.unwrap_or_default()
                )
            }
            401 | 403 => {
                format!(
                    "what checks who is asking answers first, and browsers ask without a token: {LAST}"
                )
            }
            429 => format!(
                "what limits how often it is asked answers first: {LAST}; where that is {}, it has to let OPTIONS through",
                match &self.before {
                    Some(name) => format!("`{name}`, which stands before it"),
                    None => "a proxy before it".to_owned(),
                }
            ),
            502..=504 => format!(
                "{} answers in its place and gets no answer to OPTIONS from it: there is to be mended how it passes that on",
                before()
            ),
            500 | 505.. => format!(
                "it fails before the CORS middleware is asked, and its log says where: {LAST}"
            ),
            // A router without an answer to OPTIONS says so, and refuses nobody.
            200..=299 | 400 | 404 | 405 | 501 => return None,
            _ => format!(
                "{} or a middleware of its own answers first: {LAST}",
                before()
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_middleware_is_told_by_its_status() {
        let why = |status, before: Option<&str>, to: Option<&str>| {
            let manner = Manner {
                status,
                to: to.map(str::to_owned),
                before: before.map(str::to_owned),
            };
            manner.comes_first().unwrap_or_default()
        };
        for status in [200, 204, 400, 404, 405] {
            assert_eq!(why(status, Some("nginx"), None), "", "{status}");
        }
        for (status, words) in [
            (401, "without a token"),
            (429, "limits how often"),
            (500, "its log says"),
            (502, "`nginx`, which stands before it, answers"),
            (307, "redirects, and browsers follow no redirect"),
            (421, "`nginx`, which stands before it, or a middleware"),
        ] {
            let told = why(status, Some("nginx"), None);
            assert!(told.contains(words), "{told}");
            assert!(!told.contains("add CORSMiddleware"), "{told}");
        }
        let moved = why(301, None, Some("https://api.example.com/"));
        assert!(moved.starts_with("it redirects to https://api.example.com/, and"));
        assert!(why(504, None, None).starts_with("what stands before it answers"));
    }
}
