//! `pixcrawler dev`: check, plan, start, watch, log, stop.

mod alone;
mod amend;
mod beside;
mod blame;
mod code;
mod describe;
mod detach;
mod door;
mod environment;
mod foreman_files;
mod guest;
mod handover;
mod inherited;
mod leftovers;
mod next_config;
mod passwords;
mod preflight;
mod procfile;
mod refusals;
mod renamed;
mod said;
mod secrets;
mod servers;
mod session;
mod shared;
mod stale;
mod stamps;
mod startable;
mod taken;
mod traces;
mod unsound;

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::{self, session::Found};
use crate::output::{self, Format};
use crate::service::Command;
use crate::service::level::Level;
use crate::system::guard;
use crate::system::terminal::Saved;
use crate::workspace::Workspace;

use super::{Context, attach};

/// What was asked for.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that can be typed"
)]
pub struct Request {
    /// Only these services and what they wait for; all when empty.
    pub services: Vec<String>,
    /// Services of these profiles too.
    pub profiles: Vec<String>,
    /// How many replicas, by the service's name.
    pub scale: BTreeMap<String, u32>,
    /// This Procfile instead of a workspace.
    pub procfile: Option<Utf8PathBuf>,
    /// This command runs when all is ready, and its end is the session's.
    pub exec: Option<Command>,
    /// Print the plan and start nothing.
    pub dry_run: bool,
    /// Apply pending migrations first.
    pub migrate: bool,
    /// Stop everything once all is ready.
    pub until_ready: bool,
    /// All must be ready after this time.
    pub timeout: Option<Duration>,
    /// A session that runs already is attached to.
    pub attach: bool,
    /// The session has the whole terminal.
    pub tui: bool,
    /// Others go on when a service ends.
    pub keep_going: bool,
    /// Servers may be started that are not there.
    pub managed: bool,
    /// Packages may be installed.
    pub install: bool,
    /// Lines of services below this level are not shown.
    pub level: Option<Level>,
    /// What the start waited for is shown, and drawn into this SVG; the empty path is the usual place.
    pub timings: Option<Utf8PathBuf>,
    /// What an earlier session left behind is ended first.
    pub takeover: bool,
    /// Tools and env files are checked first.
    pub check: bool,
    /// Only the servers that would be started.
    pub servers: bool,
    /// In the background: done once all is ready.
    pub detach: bool,
    /// This is the session in the background.
    pub detached: bool,
}

/// The session of this workspace, if there is one. The line to it is closed again: a fork follows.
fn look(workspace: &Workspace) -> Found {
    let found = gather::session::run(async { Ok(gather::session::find(workspace).await) });
    found.unwrap_or(Found::None)
}

/// Runs the command.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    if let Some(file) = &request.procfile {
        let (workspace, prepared) = procfile::prepare(context, file, request)?;
        if request.dry_run {
            return Ok(describe::run(context, &workspace, &prepared));
        }
        return supervise(context, &workspace, request, Some(prepared));
    }
    let workspace = context.find_workspace()?;
    if request.dry_run {
        let prepared = preflight::prepare(context, &workspace, request)?;
        return Ok(describe::run(context, &workspace, &prepared));
    }
    if request.attach {
        match look(&workspace) {
            Found::Running(_) => {
                beside::check(request)?;
                return attach::run(context, &request.services, request.tui, request.level);
            }
            Found::Starting(pid) => return Err(gather::session::starting(pid)),
            _ => {}
        }
    }
    let leaving = if request.detached {
        None
    } else {
        handover::leaving(&workspace)?
    };
    let mut request = request.clone();
    let mut unusable = Vec::new();
    if request.servers {
        let leaving = leaving.as_deref();
        (request.services, unusable) =
            preflight::absent_servers(context, &workspace, &request, leaving.unwrap_or_default())?;
        if request.services.is_empty() {
            if leaving.is_some() {
                handover::end(context, &workspace, handover::Fate::Needless)?;
            }
            context.say("✓ every server of this machine that the env files name answers");
            return Ok(Exit::Clean);
        }
        // They need no tool of ours, and no other variable.
        request.check = false;
        request.install = false;
        // No server in the background needs another one, and nobody is there to hear of the end of all.
        request.keep_going |= request.detach || request.detached;
    }
    if let Some(leaving) = &leaving {
        // Whatever refuses the start has to say so while they run.
        match handover::rehearse(context, &workspace, &request, leaving) {
            Ok(fate) => handover::end(context, &workspace, fate)?,
            Err(failure) => return handover::refused(context, &request, failure),
        }
    }
    if request.detach {
        // In the background nobody would be told of it, or asked.
        leftovers::deal_with(context, &workspace, &request)?;
        let timings = request.timings.as_ref();
        let timings = timings.map(|path| session::timings(context, &workspace, path));
        return detach::run(context, &workspace, &request, unusable, timings.as_deref());
    }
    // In the background nobody would hear it, and whoever waits there says it.
    for finding in unusable.iter().filter(|_| !request.detached) {
        let way = finding.help.as_deref();
        let way = way.map_or(String::new(), |help| format!("; {help}"));
        context.say(&format!("! {}{way}", finding.message));
    }
    supervise(context, &workspace, &request, None)
}

/// Refuses formats in which nothing can be told line by line.
fn supervised_format(context: &Context) -> Result<(), Failure> {
    if matches!(context.format, Format::Human | Format::Json) {
        return Ok(());
    }
    let format = output::name(context.format);
    Err(
        Failure::usage(format!("a running session cannot be printed as {format}"))
            .help("use --format human or json"),
    )
}

/// Runs a session under its guard. What is `prepared` already needs no workspace.
fn supervise(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    prepared: Option<preflight::Prepared>,
) -> Result<Exit, Failure> {
    supervised_format(context)?;
    let mark = if prepared.is_none() {
        if !request.detached {
            leftovers::deal_with(context, workspace, request)?;
        }
        session::mark("")?
    } else {
        let folder = &workspace.root;
        leftovers::deal_with_unrecorded(context, folder, request)?;
        session::mark(&leftovers::begin_of(folder))?
    };
    let terminal = if request.tui {
        context.only_on_a_terminal()?;
        Saved::take()
    } else {
        None
    };
    // From here on two processes: this one guards, its child does the work. There is one thread.
    Ok(guard::guarded(&mark, terminal.as_ref(), |open| {
        session::run(context, workspace, request, prepared, &mark, open).unwrap_or_else(|failure| {
            if !request.detached {
                context.stream_failure("dev", &failure);
            }
            context.failed(&failure)
        })
    }))
}
