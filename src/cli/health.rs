//! `pixcrawler health …`.

use std::time::Duration;

use clap::Args;
use url::Url;

use crate::commands::health::Request;

/// What is asked.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 healthy (degraded warns) · 1 unhealthy, or degraded with --strict · 2 bad usage ·
3 the API does not answer

As a probe of a container:  HEALTHCHECK CMD pixcrawler health http://localhost:8000 --quiet")]
pub(super) struct HealthArgs {
    /// The API's address; without one, what the workspace's env files say
    url: Option<Url>,
    /// The web application's address; what the workspace's env files say otherwise
    #[arg(long, value_name = "URL")]
    web: Option<Url>,
    /// Ask again and again, every 2 seconds or as often as you say
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = clap::value_parser!(u16).range(1..))]
    watch: Option<u16>,
    /// How long one question may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u16).range(1..))]
    timeout: u16,
    /// Fail on what is degraded, too
    #[arg(long)]
    strict: bool,
}

impl HealthArgs {
    pub(super) fn request(self) -> Request {
        Request {
            url: self.url,
            web: self.web,
            watch: self
                .watch
                .map(|seconds| Duration::from_secs(seconds.into())),
            timeout: Duration::from_secs(self.timeout.into()),
            strict: self.strict,
        }
    }
}
