//! `dev --detach`: the session in the background, and the command done once all of it is ready.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use serde_json::{Map, json};

use crate::diagnostic::Finding;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::session::{self, Found};
use crate::output::{Format, Sign, Tone};
use crate::service::control::{Ask, Phase, Reply, ServiceView, Snapshot, Stage};
use crate::system::background::{self, Background};
use crate::system::fs;
use crate::system::signal::Interrupts;
use crate::text::{and_list, duration};
use crate::workspace::Workspace;

use super::said::{causes, last_session, tell_last_words, tell_why};
use super::{Context, Request, alone, handover, preflight};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(25);

/// Starts the same command in the background and waits until all is ready, or it has ended. What is wrong
/// with servers that are not started is said in the end, and where what the start waited for is drawn.
pub(super) fn run(
    context: &Context,
    workspace: &Workspace,
    request: &Request,
    unusable: Vec<Finding>,
    timings: Option<&Utf8Path>,
) -> Result<Exit, Failure> {
    let began = Instant::now();
    let state = workspace.state();
    let before = last_session(workspace);
    // One that runs already is not the one that is started here, which has to say so.
    let other = session::told(&state).map(|told| told.mark);
    let said = state.join("background.log");
    alone::make(&state).map_err(|error| alone::unmade(&state, &error))?;
    let snapshot = session::run(async {
        // Before there is anything that could go on unsaid.
        let mut interrupts = Interrupts::open().map_err(|error| {
            Failure::unreachable(format!("signals cannot be heard: {}", fs::plain(&error)))
        })?;
        let started = background::start_again("--detach", "--detached", &said);
        let mut child = started.map_err(|error| {
            Failure::unreachable(format!("no session can be started: {}", fs::plain(&error)))
        })?;
        tokio::select! {
            snapshot = settled(workspace, &mut child, other.as_deref()) => Ok(Ok(snapshot)),
            number = interrupts.next() => Ok(Err(number)),
        }
    })?;
    let snapshot = match snapshot {
        Ok(snapshot) => snapshot,
        Err(number) => {
            context.say(
                "· it goes on in the background: pixcrawler ps shows it, pixcrawler stop ends it",
            );
            return Ok(Exit::Signal(number));
        }
    };
    let has_drawn = match &snapshot {
        Ok(snapshot) => snapshot.session.phase == Phase::Running,
        Err(_) => last_session(workspace) != before,
    };
    if let Some(drawn) = timings
        && context.format == Format::Human
        && has_drawn
        && fs::exists(drawn)
    {
        context.say(&format!("· what the start waited for: {drawn}"));
    }
    if snapshot.is_ok() {
        tell_warnings(context, &said);
    }
    match snapshot {
        Ok(snapshot) if !missing(&snapshot).is_empty() => {
            tell_last_words(context, workspace, stalled(&snapshot));
            if context.format == Format::Json {
                print_services(context, &snapshot);
            }
            for (service, cause) in causes(workspace, &snapshot) {
                context.say(&format!("{service}: {cause}"));
            }
            let failure = Failure::new(Exit::Findings, and_list(&missing(&snapshot)));
            Err(failure.help(
                "see why: pixcrawler logs; what is ready goes on in the background until: pixcrawler stop",
            ))
        }
        Ok(snapshot) if unusable.is_empty() && !(request.servers && any_failed(&snapshot)) => {
            tell(context, workspace, &snapshot, began.elapsed());
            Ok(Exit::Clean)
        }
        Ok(snapshot) => {
            // One document is the answer.
            if context.format != Format::Json || unusable.is_empty() {
                tell(context, workspace, &snapshot, began.elapsed());
            }
            Err(
                Failure::new(Exit::Findings, "not every server of the env files is there")
                    .help("what is ready goes on in the background until: pixcrawler stop")
                    .findings(unusable),
            )
        }
        Err(code) => {
            let words = fs::read_text(&said).unwrap_or_default();
            if !words.trim().is_empty() {
                context.repeat(words.trim_end());
            }
            let exit = code.map_or(Exit::Unreachable, |code| match code {
                0 => Exit::Clean,
                code => Exit::Program(code),
            });
            // One that did not come so far has said why.
            let has_begun = last_session(workspace) != before;
            let last = if exit != Exit::Clean && has_begun {
                tell_why(context, workspace)
            } else {
                Vec::new()
            };
            if words.trim().is_empty() && !has_begun && context.format != Format::Json {
                unsaid(&said, exit)?;
            }
            if context.format == Format::Json {
                // What is in the way of a start stands in words alone so far.
                let refused = || preflight::prepare(context, workspace, request).err();
                let refused = (!has_begun).then(refused).flatten();
                let session = if has_begun { "ended" } else { "not-started" };
                handover::tell_not_started(context, session, exit, &last, refused);
            }
            Ok(exit)
        }
    }
}

/// A session that ended before it began, without a word.
///
/// # Errors
/// Where it was to go on: why nothing was said, as far as that can be told.
fn unsaid(said: &Utf8Path, exit: Exit) -> Result<(), Failure> {
    if exit == Exit::Clean {
        return Ok(());
    }
    // Its words are to stand where they find room.
    if let Err(error) = fs::write_private(said, b"\n") {
        return Err(Failure::new(exit, error.to_string())
            .help("make room on the disk, or make the file writable"));
    }
    Err(
        Failure::new(exit, "the session ended before it began, and said nothing")
            .help("leave out --detach to see it"),
    )
}

/// The session once all of it is ready, or nobody is on the way any more; the code of one that has ended.
async fn settled(
    workspace: &Workspace,
    child: &mut Background,
    other: Option<&str>,
) -> Result<Box<Snapshot>, Option<u8>> {
    loop {
        if let Some(code) = child.ended() {
            return Err(code);
        }
        if let Found::Running(mut line) = session::find(workspace).await
            && line.whereabouts.detached
            && Some(line.whereabouts.mark.as_str()) != other
            && let Ok(Reply::State(snapshot)) = line.ask(Ask::State).await
            && (snapshot.session.phase == Phase::Running || !missing(&snapshot).is_empty())
        {
            return Ok(snapshot);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Who will never be ready, in words, where nobody of a session that is not ready is on the way.
fn missing(snapshot: &Snapshot) -> Vec<String> {
    // Whoever waits while nobody else is on the way waits for one of these.
    let waits_in_vain = snapshot
        .services
        .iter()
        .any(|service| service.state == Stage::Stalled);
    // Nobody waits any longer for the health of somebody.
    let is_starting = snapshot.session.phase == Phase::Starting;
    let waits_for_health =
        |service: &ServiceView| !is_starting && service.waits_for_health_of.is_some();
    let is_settled = |service: &ServiceView| match service.state {
        Stage::Running => service.kind != "task",
        Stage::Waiting => service.held_by.is_some() || waits_in_vain || waits_for_health(service),
        state => matches!(
            state,
            Stage::Ready
                | Stage::Unhealthy
                // How long somebody takes to mend the code nobody knows.
                | Stage::Stalled
                | Stage::Stopped
                | Stage::Done
                | Stage::Failed
                | Stage::Skipped
        ),
    };
    let services = snapshot.services.iter();
    let is_open = is_starting || services.clone().any(waits_for_health);
    if !is_open || !services.clone().all(is_settled) {
        return Vec::new();
    }
    services
        .filter_map(
            |service| match (service.state, &service.ending, &service.held_by) {
                (Stage::Skipped, ..) => Some(format!(
                    "{} is not started, since what it waits for is not there",
                    service.name
                )),
                (Stage::Waiting, _, Some(held_by)) => Some(format!(
                    "{0} is not started, since {held_by} was stopped by hand (pixcrawler start {0})",
                    service.name
                )),
                (Stage::Waiting, _, None) if let Some(unwell) = &service.waits_for_health_of => {
                    Some(format!("{} is not started, since {unwell} is unhealthy", service.name))
                }
                (Stage::Waiting, _, None) => Some(format!(
                    "{} is not started, since what it waits for is not ready",
                    service.name
                )),
                (Stage::Failed, Some(ending), _) => {
                    Some(format!("{} failed: {ending}", service.name))
                }
                (Stage::Stalled, ..) => Some(format!(
                    "{} {}, and waits for a change of the code",
                    service.name,
                    why_stalled(service)
                )),
                _ => None,
            },
        )
        .collect()
}

/// Why a service that is not over answers nobody.
fn why_stalled(service: &ServiceView) -> String {
    match (service.pid, &service.ending, service.ready_ms) {
        (None, Some(ending), _) => format!("ended with {ending}"),
        (_, Some(ending), Some(_)) => format!("answers no more: its server ended with {ending}"),
        (_, None, Some(_)) => "answers no more: its server ended".to_owned(),
        _ => "did not get ready: its server could not start".to_owned(),
    }
}

/// Whether one of them is not there, though the session goes on.
fn any_failed(snapshot: &Snapshot) -> bool {
    let mut services = snapshot.services.iter();
    services.any(|service| service.state == Stage::Failed)
}

/// The services that wait for a change of their code.
fn stalled(snapshot: &Snapshot) -> Vec<String> {
    let services = snapshot.services.iter();
    let stalled = services.filter(|service| service.state == Stage::Stalled);
    stalled.map(|service| service.name.clone()).collect()
}

/// What the session warned of before it started anything.
fn tell_warnings(context: &Context, said: &Utf8Path) {
    let words = fs::read_text(said).unwrap_or_default();
    // Without a terminal it has no colours.
    for line in words.lines().filter(|line| line.starts_with("! ")) {
        context.repeat(line);
    }
}

fn tell(context: &Context, workspace: &Workspace, snapshot: &Snapshot, took: Duration) {
    if context.format == Format::Json {
        return print_services(context, snapshot);
    }
    let style = context.style();
    let mut text = String::new();
    let causes = causes(workspace, snapshot);
    for service in &snapshot.services {
        text.push_str(&line(service, context));
        if let Some(cause) = causes.get(&service.name) {
            let _ = writeln!(text, "  {cause}");
        } else if service.state == Stage::Failed {
            let why = format!("see why: pixcrawler logs {}", service.name);
            let _ = writeln!(text, "  {} {why}", style.arrow());
        }
    }
    let _ = writeln!(
        text,
        "{} in the background after {}: {} shows it, {} ends it",
        style.sign(Sign::Ok),
        duration(took),
        style.paint(Tone::Name, "pixcrawler ps"),
        style.paint(Tone::Name, "pixcrawler stop"),
    );
    context.print(context.words(&text).as_bytes());
}

fn print_services(context: &Context, snapshot: &Snapshot) {
    let services = json!(snapshot.services);
    let result = Map::from_iter([("services".to_owned(), services)]);
    context.result("dev", result);
}

fn line(service: &ServiceView, context: &Context) -> String {
    let style = context.style();
    let at = match (&service.url, service.port) {
        _ if !service.state.is_live() => String::new(),
        (Some(url), _) => format!(" {} {url}", style.dot()),
        (None, Some(port)) => format!(" {} 127.0.0.1:{port}", style.dot()),
        (None, None) => String::new(),
    };
    let (sign, how) = standing(service.state);
    let ending = service.ending.as_deref();
    let ending = ending.filter(|_| service.state == Stage::Failed);
    let ending = ending.map_or_else(String::new, |ending| format!(": {ending}"));
    let mut text = format!("{} {} {how}{ending}{at}\n", style.sign(sign), service.name);
    for warning in &service.warnings {
        let _ = writeln!(text, "{} {warning}", style.sign(Sign::Warning));
    }
    text
}

/// How a service stands once all is ready: somebody may have stopped it, and a task is done.
fn standing(state: Stage) -> (Sign, &'static str) {
    match state {
        Stage::Ready => (Sign::Ok, "ready"),
        // Nothing tells whether it is ready.
        Stage::Running => (Sign::Ok, "running"),
        Stage::Done => (Sign::Ok, "done"),
        Stage::Stopped => (Sign::Skipped, "stopped by hand"),
        Stage::Failed => (Sign::Error, "failed"),
        other => (Sign::Warning, other.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(states: [&str; 2]) -> Snapshot {
        let service = |(name, state): (&str, &str)| {
            json!({
                "name": name, "kind": "service", "state": state, "pid": null, "mark": "m/x",
                "port": null, "url": null, "uptime_ms": null, "ready_ms": null, "restarts": 0,
                "ending": (state == "failed").then_some("exit code 5"), "left_ms": null,
                "held_by": (state == "waiting" && states.contains(&"stopped")).then_some("z"),
            })
        };
        let services: Vec<_> = ["x", "z"].into_iter().zip(states).map(service).collect();
        let session = json!({
            "phase": "starting", "pid": 1, "root": "/w", "environment": "development",
            "version": "1", "uptime_ms": 1,
        });
        serde_json::from_value(json!({ "session": session, "services": services }))
            .expect("a snapshot")
    }

    #[test]
    fn only_what_is_ready_is_said_to_be() {
        let how = |state| standing(state).1;
        assert_eq!(
            [Stage::Ready, Stage::Running, Stage::Done, Stage::Stopped].map(how),
            ["ready", "running", "done", "stopped by hand"]
        );
        assert_eq!(how(Stage::Unhealthy), "unhealthy");
    }

    #[test]
    fn nobody_waits_for_what_will_never_be_ready() {
        assert_eq!(
            missing(&snapshot(["failed", "skipped"])),
            [
                "x failed: exit code 5",
                "z is not started, since what it waits for is not there"
            ]
        );
        for states in [
            ["failed", "waiting"],
            ["back-off", "ready"],
            ["stalled", "starting"],
            ["ready", "ready"],
        ] {
            assert_eq!(missing(&snapshot(states)), Vec::<String>::new());
        }
        assert_eq!(
            missing(&snapshot(["waiting", "stopped"])),
            ["x is not started, since z was stopped by hand (pixcrawler start x)"]
        );
        let stalled = snapshot(["stalled", "ready"]);
        let told =
            "x did not get ready: its server could not start, and waits for a change of the code";
        assert_eq!(missing(&stalled), [told]);
        assert_eq!(super::stalled(&stalled), ["x"]);
        assert_eq!(
            missing(&snapshot(["stalled", "waiting"])),
            [
                told,
                "z is not started, since what it waits for is not ready"
            ]
        );
    }
}
