//! The commands of a second terminal: `ps`, `attach`, `stop`, `start`, `restart`, `scale`.

use clap::Args;

use crate::commands::stop::Request;
use crate::service::control::Ask;

/// Services of the running session.
#[derive(Debug, Args)]
pub(super) struct ServicesArgs {
    /// Their names; `pixcrawler ps` lists them
    #[arg(required = true, value_name = "SERVICE")]
    pub(super) services: Vec<String>,
}

/// Stop services, or the whole session.
#[derive(Debug, Args)]
pub(super) struct StopArgs {
    /// Only these services; the session goes on. Without any, the session is stopped
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Kill at once whatever is left, as a second Ctrl+C does
    #[arg(long, conflicts_with = "services")]
    kill: bool,
}

impl StopArgs {
    pub(super) fn request(self) -> Request {
        Request {
            services: self.services,
            kill: self.kill,
        }
    }
}

/// How many of which service.
#[derive(Debug, Args)]
pub(super) struct ScaleArgs {
    /// The service and how many of it are to run: worker=3
    #[arg(value_name = "SERVICE=N", value_parser = scale)]
    ask: Ask,
}

impl ScaleArgs {
    pub(super) fn ask(self) -> Ask {
        self.ask
    }
}

fn scale(text: &str) -> Result<Ask, String> {
    let expected = "expected a service and a number: worker=3";
    let (service, count) = text.split_once('=').ok_or(expected)?;
    let replicas = count.parse().map_err(|_| expected)?;
    if service.is_empty() {
        return Err(expected.to_owned());
    }
    Ok(Ask::Scale {
        service: service.to_owned(),
        replicas,
    })
}
