//! `pixcrawler dev`.

use camino::Utf8PathBuf;
use clap::Args;

use crate::commands::dev::Request;
use crate::failure::Failure;
use crate::service::Command;
use crate::service::level::Level;
use crate::workspace::Seconds;

/// Start everything, wait until it is ready, merge the logs, stop it cleanly.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that can be typed"
)]
pub(super) struct DevArgs {
    /// Only these services and what they depend on
    services: Vec<String>,
    /// Services of this profile too; may be given more than once
    #[arg(long = "profile", value_name = "NAME")]
    profiles: Vec<String>,
    /// Run so many replicas of a service, e.g. worker=3; may be given more than once, or several with
    /// commas. Of a Procfile also none, worker=0, and all=1 for those that are not named
    #[arg(long, value_name = "SERVICE=N", value_parser = scale, value_delimiter = ',')]
    scale: Vec<(String, u32)>,
    /// Run this Procfile, as foreman does, wherever it lies; no workspace is needed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["migrate", "attach", "profiles"])]
    procfile: Option<Utf8PathBuf>,
    /// Run this shell line once all is ready, stop everything after it, and end with its code; what is
    /// saved meanwhile in env files and pixcrawler.toml changes nothing
    #[arg(long, value_name = "CMD", value_parser = line, conflicts_with_all = ["until_ready", "attach", "tui", "command"])]
    exec: Option<String>,
    /// As --exec, without a shell: pixcrawler dev -- pytest -q
    #[arg(last = true, value_name = "COMMAND", conflicts_with_all = ["until_ready", "attach", "tui"])]
    command: Vec<String>,
    /// Print the plan and start nothing
    #[arg(long)]
    dry_run: bool,
    /// Apply pending migrations before the services start
    #[arg(long)]
    migrate: bool,
    /// Stop everything again once all is ready; for CI. What is saved meanwhile in env files and
    /// pixcrawler.toml changes nothing
    #[arg(long)]
    until_ready: bool,
    /// Give up when not all is ready after this time, e.g. 90s
    #[arg(long, value_name = "TIME")]
    timeout: Option<Seconds>,
    /// Attach to the session that is running already, where there is one
    #[arg(long)]
    attach: bool,
    /// The whole terminal as an interface: services, what they take, their logs; ? shows the keys
    #[arg(long, conflicts_with_all = ["dry_run", "until_ready"])]
    tui: bool,
    /// Keep the others running when a service ends
    #[arg(long)]
    keep_going: bool,
    /// Show only lines of services from this level on: trace, debug, info, warn, error
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// Start no Postgres or Redis; use what the env files name
    #[arg(long)]
    no_managed: bool,
    /// Install no dependencies
    #[arg(long)]
    no_install: bool,
    /// Show what the start waited for, and draw it as SVG (into .pixcrawler/timings.svg, or FILE)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    timings: Option<Utf8PathBuf>,
    /// End what an earlier session left behind, then start
    #[arg(long)]
    takeover: bool,
    /// Check neither tools nor env files first
    #[arg(long)]
    no_check: bool,
    /// Start only the Postgres and Redis of this machine that nobody runs
    #[arg(long, conflicts_with_all = ["services", "no_managed", "migrate", "exec", "command", "procfile"])]
    servers: bool,
    /// Go on in the background once all is ready: pixcrawler ps shows it, stop ends it
    #[arg(long, conflicts_with_all = ["until_ready", "exec", "command", "attach", "tui", "dry_run", "procfile"])]
    detach: bool,
    /// What --detach starts
    #[arg(long, hide = true)]
    detached: bool,
}

impl DevArgs {
    /// Whether it tells what happens as it happens, and gives no report in the end.
    pub(super) fn streams(&self) -> bool {
        !self.dry_run && !self.detach
    }

    /// Whether it is what `--detach` starts.
    pub(super) fn is_in_background(&self) -> bool {
        self.detached
    }

    /// The request; `is_open` says that nothing stands behind the `--` that the line ends with, which the
    /// parser takes for no command at all.
    pub(super) fn request(self, is_open: bool) -> Result<Request, Failure> {
        let is_empty = match self.command.first() {
            Some(program) => program.is_empty(),
            None => is_open,
        };
        if is_empty {
            return Err(Failure::usage(
                "the command behind `--` is empty, and all would run without an end",
            )
            .help("name it: pixcrawler dev -- pytest -q; or leave out `--`"));
        }
        if self.attach && self.dry_run {
            return Err(Failure::usage(
                "--attach cannot be used with --dry-run: a plan is that of a session to be started",
            )
            .help("see what the one that runs has: pixcrawler ps; or leave out --attach"));
        }
        // A value that stands behind a space is a service.
        let is_picture = |name: &&String| name.to_ascii_lowercase().ends_with(".svg");
        if let (Some(_), Some(file)) = (&self.timings, self.services.iter().find(is_picture)) {
            return Err(
                Failure::usage(format!("{file} is no service")).help(format!(
                    "the file of --timings stands behind a `=`: --timings={file}"
                )),
            );
        }
        Ok(Request {
            exec: self
                .exec
                .map(Command::Shell)
                .or_else(|| (!self.command.is_empty()).then_some(Command::Exec(self.command))),
            profiles: self.profiles,
            scale: self.scale.into_iter().collect(),
            procfile: self.procfile,
            services: self.services,
            dry_run: self.dry_run,
            migrate: self.migrate,
            until_ready: self.until_ready,
            timeout: self.timeout.map(|time| time.0),
            attach: self.attach,
            tui: self.tui,
            keep_going: self.keep_going,
            level: self.level,
            timings: self.timings,
            takeover: self.takeover,
            managed: !self.no_managed,
            install: !self.no_install,
            check: !self.no_check,
            servers: self.servers,
            detach: self.detach,
            detached: self.detached,
        })
    }
}

/// A shell line that does something: an empty one would succeed whatever it was to test.
fn line(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err(
            "the command is empty, expected a shell line, for example \"pytest -q\"".to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// `worker=3`.
fn scale(text: &str) -> Result<(String, u32), String> {
    let usual = || format!("`{text}` is not SERVICE=N, for example worker=3");
    let (name, count) = text.split_once('=').ok_or_else(usual)?;
    let count = count.parse().map_err(|_| usual())?;
    Ok((name.to_owned(), count))
}
