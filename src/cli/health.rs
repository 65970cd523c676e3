//! `pixcrawler health …`.

use std::time::Duration;

use clap::Args;
use url::Url;

use crate::commands::health::Request;
use crate::failure::Failure;

use super::value::{number, with_scheme};

/// How often is asked again where nobody says it.
const EVERY: u16 = 2;

/// What is asked.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 healthy (degraded warns) · 1 unhealthy, closed to us, a report that cannot be read, or a
warning with --strict · 2 bad usage · 3 the API does not answer

--quiet prints only what is wrong. With --watch, --format json is an object a line; sarif and junit have no stream.

As a probe of a container:  HEALTHCHECK CMD pixcrawler health http://localhost:8000 --quiet")]
pub(super) struct HealthArgs {
    /// The API's address; without one, what the workspace's env files say
    #[arg(value_parser = address)]
    url: Option<Url>,
    /// The web application's address; what the workspace's env files say otherwise
    #[arg(long, value_name = "URL", value_parser = address)]
    web: Option<Url>,
    /// Ask again and again, every 2 seconds or as often as you say
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = watch)]
    watch: Option<Watch>,
    /// How long one question may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: u16,
    /// Fail on what is degraded, too
    #[arg(long)]
    strict: bool,
}

/// What stands behind `--watch`: it takes whatever comes next, which may be the address.
#[derive(Debug, Clone)]
enum Watch {
    Every(u16),
    At(Url),
}

fn seconds(text: &str) -> Result<u16, String> {
    number(text, &(1..=u16::MAX))
}

/// An address as it is typed.
fn address(text: &str) -> Result<Url, String> {
    Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            let begins = "an address begins with http:// or https://";
            match with_scheme(text) {
                Some(whole) => format!("{begins}: {whole}"),
                None => format!("{begins}, for example https://api.example.com"),
            }
        }
        error => format!("{error}, in an address such as https://api.example.com"),
    })
}

fn watch(text: &str) -> Result<Watch, String> {
    match (text.parse(), address(text)) {
        (Ok(seconds), _) if seconds > 0 => Ok(Watch::Every(seconds)),
        (Err(_), Ok(url)) => Ok(Watch::At(url)),
        (Err(_), Err(error)) if text.contains(':') => Err(error),
        _ => Err(format!(
            "write how many seconds, 1 to {}, for example --watch 5",
            u16::MAX
        )),
    }
}

impl HealthArgs {
    /// What is to be done.
    ///
    /// # Errors
    /// Where two addresses of the API are given.
    pub(super) fn request(self) -> Result<Request, Failure> {
        let (every, url) = match (self.watch, self.url) {
            (Some(Watch::At(_)), Some(_)) => {
                return Err(Failure::usage("two addresses of the API are given")
                    .help("the one of the pages stands behind --web: pixcrawler health URL --web URL --watch"));
            }
            (Some(Watch::At(url)), None) => (Some(EVERY), Some(url)),
            (Some(Watch::Every(seconds)), url) => (Some(seconds), url),
            (None, url) => (None, url),
        };
        Ok(Request {
            url,
            web: self.web,
            watch: every.map(|seconds| Duration::from_secs(seconds.into())),
            timeout: Duration::from_secs(self.timeout.into()),
            strict: self.strict,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        health: HealthArgs,
    }

    #[test]
    fn what_is_no_address_is_told_how_one_begins() {
        assert!(address("nosuchhost").is_err_and(|why| why.contains("begins with http://")));
        assert!(address("http://h:70999/").is_err_and(|why| why.contains("invalid port number")));
        assert!(address("http://h:8000").is_ok());
        assert!(address("127.0.0.1:80").is_err_and(|why| why.ends_with(": http://127.0.0.1:80")));
    }

    #[test]
    fn a_watch_takes_seconds_or_leaves_the_address() {
        let read = |line: &str| {
            let line = Line::try_parse_from(line.split(' ')).ok()?;
            let request = line.health.request().ok()?;
            let seconds = request.watch.map(|every| every.as_secs());
            Some((seconds, request.url.map(|url| url.to_string())))
        };
        let there = || Some("http://h/".to_owned());
        for (line, expected) in [
            ("health --watch", Some((Some(2), None))),
            ("health http://h", Some((None, there()))),
            ("health --watch http://h", Some((Some(2), there()))),
            ("health http://h --watch", Some((Some(2), there()))),
            ("health --watch 5 http://h", Some((Some(5), there()))),
            ("health --watch=5 http://h", Some((Some(5), there()))),
            ("health --watch http://h http://h", None),
            ("health --watch 0", None),
            ("health --watch 70000", None),
            ("health --watch http://h:99999", None),
            ("health --watch 127.0.0.1:80", None),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
