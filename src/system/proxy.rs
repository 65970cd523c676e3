//! The proxy that an address is asked through: the HTTP client takes it from the environment by itself, and
//! does not say so.

use std::collections::BTreeMap;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::text::remedy;

/// A proxy that stands between us and an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Where it is, without a user and a password: `http://proxy:3128`.
    pub at: String,
    /// The variable that names it: `https_proxy`.
    pub variable: String,
    /// What `NO_PROXY` has to be for the address to be asked without it.
    pub without: String,
    /// Whether a sign that ends a host stands bare in its password: another server is asked than the one
    /// that is meant.
    pub misread: bool,
}

impl Proxy {
    /// The proxy for an address, where these variables name one.
    #[must_use]
    pub fn of(url: &Url, variables: &BTreeMap<String, String>) -> Option<Self> {
        // On Windows names are the same in small letters.
        let first = |names: [&str; 2]| {
            names.into_iter().find_map(|name| {
                let is = |known: &str| {
                    known == name || cfg!(windows) && known.eq_ignore_ascii_case(name)
                };
                variables.iter().find(|(known, _)| is(known))
            })
        };
        // The client takes the variables of a CGI program for a stranger's headers.
        if variables.contains_key("REQUEST_METHOD") {
            return None;
        }
        let address = url.as_str().parse().ok()?;
        let except = first(["NO_PROXY", "no_proxy"]).map_or("", |(_, list)| list.as_str());
        let own = match url.scheme() {
            "https" => ["HTTPS_PROXY", "https_proxy"],
            _ => ["HTTP_PROXY", "http_proxy"],
        };
        [own, ["ALL_PROXY", "all_proxy"]]
            .into_iter()
            .find_map(|names| {
                let (variable, value) = first(names)?;
                let matcher = Matcher::builder().all(value.as_str()).no(except).build();
                let found = matcher.intercept(&address)?;
                let meant = meant(value);
                let misread = meant.is_some();
                // What the client takes for the host is a part of the password then.
                let at = meant.unwrap_or_else(|| found.uri().to_string());
                Some(Self {
                    at: at.trim_end_matches('/').to_owned(),
                    variable: variable.clone(),
                    without: with(except, url.host_str()?),
                    misread,
                })
            })
    }

    /// What can be done about it, for a note.
    #[must_use]
    pub fn note(&self) -> String {
        if self.misread {
            return "in its password `/` is written %2F, `?` %3F, `#` %23, `@` %40 and `%` %25"
                .to_owned();
        }
        format!(
            "what `NO_PROXY` names is asked without a proxy; where this one is needed, mend `{}` or unset it",
            self.variable
        )
    }

    /// The variable that helps, and what it has to be: what is asked without this proxy, or the proxy itself.
    #[must_use]
    pub fn setting(&self) -> (&str, String) {
        if self.misread {
            let written = self.at.replacen("://", "://USER:PASSWORD@", 1);
            (&self.variable, written)
        } else {
            ("NO_PROXY", self.without.clone())
        }
    }

    /// The command after which the address is asked without it, or through the one that is meant.
    #[must_use]
    pub fn line(&self) -> String {
        let (name, value) = self.setting();
        remedy::set_to(name, &value)
    }
}

/// The proxy that a value means whose password has a `/`, `?`, `#` or `@` as it is, without its login. Those end
/// the host, or the login, for every client.
fn meant(value: &str) -> Option<String> {
    let is_scheme = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric());
    let (scheme, rest) = value
        .split_once("://")
        .filter(|(scheme, _)| is_scheme(scheme))
        .unwrap_or(("http", value));
    let (login, host) = rest.rsplit_once('@')?;
    let host = host.split(['/', '?', '#']).next().unwrap_or(host);
    login
        .contains(['/', '?', '#', '@'])
        .then(|| format!("{scheme}://{host}"))
}

/// A list with one more host in it.
fn with(list: &str, host: &str) -> String {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let known = list.split(',').map(str::trim).filter(|it| !it.is_empty());
    known.chain([host]).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str, variables: &[(&str, &str)]) -> Option<Proxy> {
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Proxy::of(&Url::parse(url).expect("a url"), &variables.collect())
    }

    #[test]
    fn it_is_named_without_its_password_and_with_its_variable() {
        let found = of("http://a.example/x", &[("http_proxy", "http://u:pw@h:9")]);
        assert_eq!(
            found,
            Some(Proxy {
                at: "http://h:9".to_owned(),
                variable: "http_proxy".to_owned(),
                without: "a.example".to_owned(),
                misread: false,
            })
        );
        let variable = |url: &str, variables: &[(&str, &str)]| {
            of(url, variables).map_or_else(String::new, |it| it.variable)
        };
        let all = [
            ("HTTPS_PROXY", "h:1"),
            ("all_proxy", "h:2"),
            ("http_proxy", "h:3"),
        ];
        assert_eq!(variable("https://a", &all), "HTTPS_PROXY");
        assert_eq!(variable("http://a", &all), "http_proxy");
        assert_eq!(variable("https://a", &all[1..]), "all_proxy");
        assert_eq!(variable("https://a", &all[2..]), "");
        // What is set to nothing hides the one in small letters, and leaves the one for all.
        let empty = [
            ("HTTP_PROXY", ""),
            ("http_proxy", "h:1"),
            ("all_proxy", "h:2"),
        ];
        #[cfg(not(windows))]
        assert_eq!(variable("http://a", &empty), "all_proxy");
        assert_eq!(variable("http://a", &empty[..1]), "");
    }

    #[test]
    fn a_password_that_ends_the_host_is_never_shown() {
        for value in [
            "http://user:Secret99/x@h:9",
            "http://user:Pa@Secret99/x@h:9",
            "http://user:Pa@Secret99@h:9/",
            "http://user:p#Secret99@h:9",
            "http://user:p?Secret99@h:9",
            "user:Secret99/x@h:9",
            "user:Secret99://x@h:9",
        ] {
            // Of some the client makes nothing, and asks without a proxy.
            let Some(found) = of("http://a.example", &[("http_proxy", value)]) else {
                assert!(meant(value).is_some(), "{value}");
                continue;
            };
            assert_eq!(
                (found.at.as_str(), found.misread),
                ("http://h:9", true),
                "{value}"
            );
            let sound = ("http_proxy", "http://USER:PASSWORD@h:9".to_owned());
            assert_eq!(found.setting(), sound);
            let words = format!("{found:?} {} {}", found.note(), found.line());
            assert!(!words.contains("Secret99"), "{words}");
        }
        for sound in ["http://u:p%2Fw@h:9", "http://h:9/", "h:9", "u@h"] {
            assert_eq!(meant(sound), None, "{sound}");
        }
    }

    #[test]
    fn what_goes_past_it_goes_on_doing_so() {
        let list = |no: &str, url: &str| {
            of(url, &[("http_proxy", "h:1"), ("NO_PROXY", no)]).map(|it| it.without)
        };
        assert_eq!(list("a.example", "http://a.example"), None);
        assert_eq!(list("10.0.0.0/8", "http://10.1.2.3"), None);
        assert_eq!(
            list("a.example, .b ,", "http://c.example").as_deref(),
            Some("a.example,.b,c.example")
        );
        assert_eq!(
            list("", "http://[fd00::1]:8000").as_deref(),
            Some("fd00::1")
        );
    }
}
