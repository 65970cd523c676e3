//! `pixcrawler doctor …`.

use clap::Args;

use crate::commands::doctor::Request;

/// What is asked, and what is done about it.
#[derive(Debug, Args)]
#[command(after_help = "\
With --env staging or production a deployment is judged: its env files and servers, not this machine.

--quiet prints only what is wrong.

Exit codes: 0 nothing stops you (warnings may be left) · 1 something does · 2 bad usage")]
#[expect(clippy::struct_excessive_bools, reason = "flags are switches")]
pub(super) struct DoctorArgs {
    /// Run the commands that mend what was found, asking before each, then look again
    #[arg(long)]
    fix: bool,
    /// With --fix: do not ask
    #[arg(short, long, requires = "fix")]
    yes: bool,
    /// Ask nothing beyond this machine
    #[arg(long)]
    offline: bool,
    /// Only this check; may be repeated, or several with commas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// Not this check; may be repeated, or several with commas
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    skip: Vec<String>,
    /// List the checks and their IDs
    #[arg(long)]
    list: bool,
}

impl DoctorArgs {
    pub(super) fn request(self) -> Request {
        Request {
            only: self.only,
            skip: self.skip,
            offline: self.offline,
            fix: self.fix,
            yes: self.yes,
            list: self.list,
        }
    }
}
