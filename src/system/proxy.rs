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
                Some(Self {
                    at: found.uri().to_string().trim_end_matches('/').to_owned(),
                    variable: variable.clone(),
                    without: with(except, url.host_str()?),
                })
            })
    }

    /// What can be done about it, for a note.
    #[must_use]
    pub fn note(&self) -> String {
        format!(
            "what `NO_PROXY` names is asked without a proxy; where this one is needed, mend `{}` or unset it",
            self.variable
        )
    }

    /// The command after which the address is asked without it.
    #[must_use]
    pub fn line(&self) -> String {
        remedy::set_to("NO_PROXY", &self.without)
    }
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
