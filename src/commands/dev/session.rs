//! One supervised session, inside the guarded process.

use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::mpsc;

use crate::diagnostic::{Finding, Report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather;
use crate::output::Format;
use crate::output::live::tui::{First, Role, Screen};
use crate::output::live::{
    Console, Gone, Hints, JsonLines, LogFiles, Look, Masked, Summary, Timings, Written,
};
use crate::service::assemble::Variables;
use crate::service::event::Sink;
use crate::service::fleet::Policy;
use crate::service::level::Level;
use crate::settings;
use crate::supervisor::control::Asked;
use crate::supervisor::managed::{self, Surroundings};
use crate::supervisor::{self, EnvFiles, Session};
use crate::system::guard::Link;
use crate::system::journal::Limits;
use crate::system::{fs, random, stdout, trace};
use crate::text::{Secrets, and_list, plural};
use crate::workspace::Workspace;

use super::door::Door;
use super::environment::Files;
use super::inherited::{OWN, inherited};
use super::stamps::Stamps;
use super::{Context, Request, alone, code, guest, preflight, secrets};

/// A service that says nothing of it may have so many processes.
const MOST: u32 = 1000;

/// How many processes a service may have that says nothing of it.
pub(super) fn most(variables: &Variables) -> Result<u32, Failure> {
    let Some(written) = variables.get(settings::MAX_PROCESSES) else {
        return Ok(MOST);
    };
    let number = written.trim().parse().ok().filter(|most| *most > 0);
    number.ok_or_else(|| {
        Failure::usage(format!(
            "{} is `{written}`, which is no number of processes",
            settings::MAX_PROCESSES
        ))
        .help(format!(
            "unset it for the usual {MOST}, or give a number from 1 on"
        ))
    })
}

/// A mark that no other session has: sixteen hexadecimal digits, the first of which are `begin`.
pub(super) fn mark(begin: &str) -> Result<String, Failure> {
    let rest = random::hex(8).map_err(|error| {
        Failure::unreachable(format!("the system gives no random numbers: {error}"))
    })?;
    let rest = rest.get(begin.len()..).unwrap_or_default();
    Ok(format!("{begin}{rest}"))
}

/// Prepares, runs until everything has ended, and says how it went.
pub(super) fn run(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    prepared: Option<preflight::Prepared>,
    mark: &str,
    open: &mut dyn FnMut() -> io::Result<Link>,
) -> Result<Exit, Failure> {
    let is_workspace = prepared.is_none();
    let lock = is_workspace.then(|| alone::lock(workspace)).transpose()?;
    let lock = lock.map(Arc::new);
    let mut prepared = match prepared {
        Some(prepared) => prepared,
        None => preflight::prepare(context, workspace, request)?,
    };
    let (mut context, mut request) = (context.clone(), request.clone());
    let mut guest_output = None;
    if let Some(command) = &request.exec {
        guest::join(&context, workspace, command, &mut prepared)?;
        // The command's output is the answer; ours is talk, and of the services only what is broken.
        guest_output = Some(stdout::divert().map_err(|error| {
            Failure::unreachable(format!("stdout cannot be kept for the command: {error}"))
        })?);
        context.terminal = context.error_terminal;
        if context.verbose == 0 && context.format == Format::Human {
            request.level.get_or_insert(Level::Error);
        }
    }
    let (context, request) = (&context, &request);
    tell(context, &prepared.warnings, &prepared.left_out);
    trace::wait_for_nobody();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unreachable(format!("no event loop: {error}")))?;
    let secrets = secrets::of(
        &prepared.tiers,
        prepared.plan.services(),
        &context.variables,
    );
    let secrets = Secrets::for_logs(secrets);
    let gone = Gone::default();
    let door = Door::new(context, workspace, mark, is_workspace, request.detached);
    let mut shown = if is_workspace {
        shown(
            context, workspace, request, mark, &prepared, &secrets, &gone,
        )
    } else {
        let spool = fs::temporary(&format!("pixcrawler-{mark}.screen"));
        vec![screen(
            context, request, &prepared, &secrets, spool, &gone, false,
        )]
    };
    shown.push(Box::new(door.broadcast(&secrets)));
    let stamps = Stamps::new(context, workspace, &prepared);
    let policy = Policy {
        keep_going: request.keep_going,
        until_ready: request.until_ready,
        timeout: request.timeout,
        seed: u64::from_str_radix(mark, 16).unwrap_or_default(),
    };
    // Who waits for one command to end wants no restarts in between.
    let watches = is_workspace && request.exec.is_none() && !request.until_ready;
    let files = watches.then(|| {
        let files = Files::new(context, workspace, request, &prepared, secrets.clone());
        Arc::new(files)
    });
    let servers = prepared.managed.services.iter();
    let session = Session {
        mark: mark.to_owned(),
        reader_gone: Gone::clone(&gone),
        guest_output,
        secrets: secrets.clone(),
        env_files: files.clone().map(|files| files as Arc<dyn EnvFiles>),
        most: most(&context.variables)?,
        root: workspace.root.clone(),
        environments: inherited(&context.variables, workspace, &prepared.tiers),
        surroundings: Surroundings {
            session: Some(mark.to_owned()),
            servers: servers.map(|server| server.name().to_owned()).collect(),
            ..Surroundings::new(&context.variables)
        },
    };
    let hints = hints(context, workspace, &prepared);
    let (outcome, unread) = runtime.block_on(async {
        let link = open().map_err(|error| {
            Failure::unreachable(format!("signals cannot be received: {error}"))
        })?;
        let control = door.open(context, lock.as_ref(), !request.tui);
        if request.tui {
            let asks = control.desk.sender.clone();
            let level = request.level;
            shown.push(Box::new(interface(context, &secrets, asks, gone, level)?));
        }
        let sinks: Vec<Box<dyn Sink>> = vec![
            Box::new(Masked::new(secrets.clone(), hints, shown)),
            Box::new(stamps),
        ];
        Ok::<_, Failure>(
            supervisor::run(&prepared.plan, policy, session, link, control, sinks).await,
        )
    })?;
    tell_left_out(context, unread, is_workspace);
    if let Some(files) = files {
        leave_data(workspace, mark, &files);
    }
    Ok(code::of(outcome, request))
}

/// Leaves the data of the servers where the next session looks for it.
fn leave_data(workspace: &Workspace, mark: &str, files: &Files) {
    let told = gather::session::told_here(&workspace.state());
    // Where the workspace was renamed, another one may stand at its place.
    if told.is_some_and(|told| told.mark == mark) {
        managed::rename_moved(workspace.root.as_std_path(), &files.servers());
    }
}

/// Says how much of the output nobody took, unless nobody would take that either.
fn tell_left_out(context: &Context, unread: u64, has_logs: bool) {
    if unread == 0 || !stdout::stderr_takes() {
        return;
    }
    let whole = if has_logs {
        "; whole logs: .pixcrawler/logs/, or pixcrawler logs"
    } else {
        ""
    };
    let size = crate::text::size(unread);
    context.say_in_time(&format!(
        "! the last {size} of the output are left out: nobody took them{whole}"
    ));
}

/// Says what is worth knowing before the start.
fn tell(context: &Context, warnings: &[Finding], left_out: &[String]) {
    // What is wrong with a service is said in full: nothing else would say it.
    let (of_plan, others): (Vec<_>, Vec<_>) = warnings
        .iter()
        .cloned()
        .partition(|finding| finding.rule.code.starts_with("plan/"));
    if !context.quiet {
        for finding in of_plan {
            let way = finding
                .help
                .map_or(String::new(), |help| format!("; {help}"));
            context.say(&format!("! {}{way}", finding.message));
        }
    }
    if !context.quiet
        && let Some(line) = beforehand(others)
    {
        context.say(&line);
    }
    for what in left_out {
        context.say(&format!("- {what}"));
    }
}

/// How much there is to be seen of what was found before the start, if anything.
fn beforehand(findings: Vec<Finding>) -> Option<String> {
    let found = Report::new(findings).summary();
    let counts = [(found.warning, "warning"), (found.info, "info")];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| plural(count, what))
        .collect();
    if counts.is_empty() {
        return None;
    }
    let sign = if found.warning > 0 { "!" } else { "·" };
    Some(format!(
        "{sign} {} before the start; see them with: pixcrawler env check",
        and_list(&counts)
    ))
}

/// Where what the start waits for is drawn.
pub(super) fn timings(context: &Context, workspace: &Workspace, path: &Utf8Path) -> Utf8PathBuf {
    if path.as_str().is_empty() {
        workspace.state().join("timings.svg")
    } else {
        context.path(path)
    }
}

fn shown(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    mark: &str,
    prepared: &preflight::Prepared,
    secrets: &Secrets,
    gone: &Gone,
) -> Vec<Box<dyn Sink>> {
    let logs = workspace.state().join("logs");
    let spool = logs.join(".screen");
    let kept = &workspace.options.logs;
    let limits = Limits {
        size: kept.max_size.0,
        files: kept.max_files,
        age: kept.max_age.0,
    };
    let files = LogFiles::new(logs, mark.to_owned(), limits, secrets.clone());
    let mut shown: Vec<Box<dyn Sink>> = vec![Box::new(files)];
    if let Some(path) = &request.timings {
        shown.push(Box::new(Timings::new(timings(context, workspace, path))));
    }
    if !request.tui {
        shown.insert(
            0,
            screen(context, request, prepared, secrets, spool, gone, true),
        );
    }
    shown
}

/// What shows the session, line by line.
fn screen(
    context: &Context,
    request: &Request,
    prepared: &preflight::Prepared,
    secrets: &Secrets,
    spool: Utf8PathBuf,
    gone: &Gone,
    has_logs: bool,
) -> Box<dyn Sink> {
    if context.format == Format::Json {
        let lines = JsonLines::new(secrets.clone(), request.level, spool, gone.clone());
        let lines = lines.typed_at(context.stand_here());
        Box::new(lines.with_timings(request.timings.is_some()))
    } else {
        let web = prepared
            .plan
            .services()
            .iter()
            .find(|service| service.name == "frontend")
            .and_then(|service| service.url.clone());
        let title = [
            Some("pixcrawler dev".to_owned()),
            Some(context.environment.to_string()),
            web,
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ");
        let on_terminal = context.terminal.is_terminal && !context.terminal.ci;
        let look = Look {
            style: context.style(),
            title,
            room: context.room(),
            on_terminal,
            quiet: context.quiet,
            level: request.level,
            timings: request.timings.is_some(),
            has_logs,
            stand: context.stand_here(),
        };
        Box::new(Console::new(&look, secrets.clone(), spool, gone.clone()))
    }
}

/// What shows the session on the whole terminal.
fn interface(
    context: &Context,
    secrets: &Secrets,
    asks: mpsc::Sender<Asked>,
    gone: Gone,
    level: Option<Level>,
) -> Result<Summary, Failure> {
    let wanted = move |ask, feed| {
        // A hub that has so much to do has no place for more; one that is gone needs none.
        let _ = asks.try_send(Asked { ask, feed });
    };
    let first = First {
        level,
        ..First::default()
    };
    let screen = Screen::open(context.theme(), Role::Owner, first, Box::new(wanted))
        .map_err(|error| Failure::unreachable(format!("the terminal cannot be used: {error}")))?;
    let summary = Summary::new(context.style(), secrets.clone(), screen, gone);
    Ok(summary.typed_at(context.stand_here()))
}

/// What ways out are made of.
fn hints(context: &Context, workspace: &Workspace, prepared: &preflight::Prepared) -> Hints {
    let (workspace, stack) = (workspace.clone(), prepared.stack.clone());
    let ours = context.variables.iter();
    let ours = ours.filter(|(name, value)| !value.is_empty() && !name.starts_with(OWN));
    Hints {
        declared: prepared.tiers.declared.clone(),
        given: prepared.tiers.given(),
        inherited: ours.map(|(name, _)| name.clone()).collect(),
        modules: Written::new(move |cwd, sought| {
            gather::modules::read(&workspace, &stack, cwd, sought)
        }),
        tables: prepared.tables.clone(),
        installers: gather::tools::starters(&context.variables),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Rule, Severity};

    static RULE: Rule = Rule {
        code: "test/rule",
        severity: Severity::Warning,
        summary: "a rule",
        text: "",
    };

    #[test]
    fn what_is_no_warning_is_not_called_one() {
        let found = |severities: &[Severity]| {
            let findings = severities.iter().map(|severity| Finding {
                severity: *severity,
                ..Finding::new(&RULE, "found")
            });
            beforehand(findings.collect())
        };
        let (warning, info) = (Severity::Warning, Severity::Info);
        let rest = "before the start; see them with: pixcrawler env check";
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[info, info]), Some(format!("· 2 infos {rest}")));
        assert_eq!(
            found(&[warning, info]),
            Some(format!("! 1 warning and 1 info {rest}"))
        );
    }
}
