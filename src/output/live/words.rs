//! Notices in words.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use crate::diagnostic::{Finding, Severity};
use crate::service::cause::Cause;
use crate::service::event::{Event, Scene};
use crate::service::fleet::{Fault, Id, Machine, Notice, Reason, State, Why};
use crate::service::record::CAUSE;
use crate::service::timeline::{Missing, causes_first};
use crate::service::{Ending, Kind, Restart, Service, StopSignal};
use crate::text::{Stand, and_list, duration, few, plural};

/// What ends a session at once, from wherever.
const AT_ONCE: &str = "pixcrawler stop --kill";

/// How a notice is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Calm,
    Good,
    Careful,
    Bad,
}

/// A notice as one line; none for what is shown some other way.
pub(super) fn line(scene: Scene<'_>, notice: &Notice) -> Option<(Mood, String)> {
    let name = |id: &usize| scene.service(*id).name.clone();
    Some(match notice {
        Notice::Starting(_) | Notice::AllReady | Notice::Died(..) => return None,
        Notice::Settled => (Mood::Careful, settled(scene)),
        Notice::Ready(id, after) => {
            let service = scene.service(*id);
            let url = service
                .url
                .as_deref()
                .map(|url| format!(" · {url}"))
                .unwrap_or_default();
            // Without a check nothing is known but that it runs.
            let how = match service.ready.probe {
                Some(_) => format!("ready in {}", duration(*after)),
                None => "started".to_owned(),
            };
            (Mood::Good, format!("{} {how}{url}", name(id)))
        }
        Notice::Completed(id, after) => (
            Mood::Good,
            format!("{} done in {}", name(id), duration(*after)),
        ),
        Notice::Finished(id, ending, ran) => (Mood::Calm, finished(scene, *id, *ending, *ran)),
        Notice::LaunchFailed(id, why) => (
            Mood::Bad,
            format!("{} could not be started: {why}", name(id)),
        ),
        Notice::NotReady(id, why) => (Mood::Bad, format!("{} did not get ready: {why}", name(id))),
        Notice::Unhealthy(id, why) => (Mood::Bad, format!("{} is unhealthy: {why}", name(id))),
        Notice::Refused(id) => (Mood::Bad, too_many(scene, *id, None)),
        Notice::Overgrown(id, count) => (Mood::Bad, too_many(scene, *id, Some(*count))),
        Notice::Recovered(id) => (Mood::Good, format!("{} is healthy again", name(id))),
        Notice::Stalled(id) => (Mood::Bad, stalled(scene, *id)),
        Notice::Skipped(id, other) => (
            Mood::Careful,
            format!(
                "{} is not started, since {}",
                name(id),
                absence(scene, *other)
            ),
        ),
        Notice::WaitsForHealth(id, other) => (
            Mood::Careful,
            format!("{} waits for {} to be healthy", name(id), name(other)),
        ),
        Notice::Needed(id, by) => (
            Mood::Calm,
            format!("{} is started: {} needs it", name(id), name(by)),
        ),
        Notice::Restarting(id, wait) => (
            match scene.fleet.machine(*id).ending {
                Some(ending) if scene.fleet.succeeds(*id, ending) => Mood::Calm,
                _ => Mood::Careful,
            },
            format!("{} is started again in {}", name(id), duration(*wait)),
        ),
        Notice::Renewing(id, why) => (
            Mood::Calm,
            format!("restarting {}: {}", name(id), because(why)),
        ),
        Notice::CrashLoop(id) => (Mood::Bad, crash_loop(scene, *id)),
        Notice::Stopping(reason) => (
            match reason {
                Reason::TooSlow | Reason::Without(_) | Reason::GuardDied | Reason::KeeperDied => {
                    Mood::Bad
                }
                _ => Mood::Calm,
            },
            format!("stopping: {}", self::reason(scene, *reason)),
        ),
        Notice::Stopped(id, after) if was_killed(scene, *id) => (
            Mood::Careful,
            format!("{} was killed after {}", name(id), duration(*after)),
        ),
        Notice::Stopped(id, after) => (
            Mood::Good,
            format!("{} stopped in {}", name(id), duration(*after)),
        ),
        Notice::WaitingFor(id, left) => (
            Mood::Careful,
            format!(
                "waiting for {}{}, up to {} more",
                name(id),
                straggler(scene.fleet.machine(*id)),
                duration(*left),
            ),
        ),
        Notice::Killing(id) => (Mood::Bad, killing(scene, *id)),
    })
}

/// Whether a service ended by SIGKILL, and not because its settings have that for a stop; or what it had
/// started did, where it is led by a shell that ends at once.
fn was_killed(scene: Scene<'_>, id: Id) -> bool {
    let machine = scene.fleet.machine(id);
    let is_way = scene.service(id).stop.signal == StopSignal::Kill;
    machine.killed || machine.ending == Some(Ending::Signal(9)) && !is_way
}

/// How not to wait for those of whom a notice says that we do, where the session's own terminal shows it.
pub(super) fn hint(scene: Scene<'_>, notice: &Notice) -> &'static str {
    match (notice, scene.fleet.stopping()) {
        (Notice::WaitingFor(..), Some(Reason::Signal(_))) => " (Ctrl+C again kills)",
        (Notice::WaitingFor(..), Some(_)) => " (Ctrl+C kills)",
        // A service that is stopped alone is no reason to kill all.
        _ => "",
    }
}

/// What stands between what last words mean and the way out.
const ARROW: &str = " → ";

/// What last words mean and the way out, as one line.
pub(super) fn cause(cause: &Cause) -> String {
    format!("{CAUSE}{}{ARROW}{}", cause.meaning, cause.way_out)
}

/// A note of a session that is over, as it is typed from there.
pub(super) fn noted(note: &str, stand: &Stand) -> String {
    match note.rsplit_once(ARROW).filter(|_| note.starts_with(CAUSE)) {
        Some((meaning, way)) => {
            let (meaning, way) = (stand.words(meaning), stand.way_out(way));
            format!("{meaning}{ARROW}{way}")
        }
        None => stand.words(note).into_owned(),
    }
}

/// An event for programs, with ways out and words as they are typed from there.
pub(super) fn typed(event: &mut Value, stand: &Stand) {
    // What a service says is its own.
    if stand.root.is_none() || event["event"] == "line" || event["event"] == "unfinished" {
        return;
    }
    let is_cause = event["cause"].is_string();
    for key in ["message", "cause", "help"] {
        if let Some(Value::String(text)) = event.get_mut(key) {
            *text = match key {
                "help" if is_cause => stand.way_out(text),
                _ => stand.words(text).into_owned(),
            };
        }
    }
}

/// Why a service that others wait for is not there.
fn absence(scene: Scene<'_>, id: usize) -> String {
    let (service, machine) = (scene.service(id), scene.fleet.machine(id));
    let name = &service.name;
    let never_ready = service.ready.probe.is_some() && machine.ready_after.is_none();
    match machine.state {
        // We ended it ourselves then: how says nothing.
        State::Ended(ending)
            if never_ready && machine.condemned.is_none() && ending.is_from_outside() =>
        {
            format!("{name} did not get ready")
        }
        State::Ended(ending) => format!("{name} {}", machine.how_it_ended(ending)),
        State::Skipped => format!("{name} is not started either"),
        _ => format!("{name} is not there"),
    }
}

/// A service ended without being asked.
pub(super) fn died(scene: Scene<'_>, id: usize, ending: Ending, ran: Duration) -> String {
    let (name, ran) = (&scene.service(id).name, duration(ran));
    let machine = scene.fleet.machine(id);
    match machine.condemned {
        Some(fault) => format!("{name} was killed after {ran}: it {}", fault.as_verb()),
        None => format!("{name} ended after {ran} with {ending}"),
    }
}

/// A service ended by itself, and that is no failure: where its settings call it none, why nothing more is done.
fn finished(scene: Scene<'_>, id: usize, ending: Ending, ran: Duration) -> String {
    let service = scene.service(id);
    let (name, ran) = (&service.name, duration(ran));
    let told = format!("{name} ended after {ran} with {ending}");
    if ending.is_success() || !scene.fleet.succeeds(id, ending) {
        return told;
    }
    let counts = "which counts as success (success-codes)";
    if service.restart == Restart::OnFailure {
        format!("{told}, {counts}: restart = \"on-failure\" does not start it again")
    } else {
        format!("{told}, {counts}")
    }
}

/// A service that is killed, since its time is over.
fn killing(scene: Scene<'_>, id: usize) -> String {
    let service = scene.service(id);
    let name = &service.name;
    match scene.fleet.machine(id).condemned {
        Some(Fault::Lingering) => format!(
            "{name} said STOPPING=1, did not end within {} and is killed",
            duration(service.stop.grace)
        ),
        _ => format!("{name} did not stop in time and is killed"),
    }
}

/// Nobody is on the way any more, and these are missing.
pub(super) fn settled(scene: Scene<'_>) -> String {
    let services = scene.fleet.services().iter().enumerate();
    let is_missing = |id: usize| match scene.fleet.machine(id).state {
        // Whoever waits for any end has what it waits for; others may miss that it was no success.
        State::Ended(ending) => {
            !(scene.fleet.is_expected(id, ending) && scene.fleet.succeeds(id, ending))
        }
        State::Waiting | State::Skipped => true,
        _ => false,
    };
    let missing: Vec<(usize, Missing<'_>)> = services
        .filter(|(id, _)| is_missing(*id))
        .map(|(id, service)| {
            let state = scene.fleet.machine(id).state;
            let one = Missing {
                name: &service.name,
                started: !matches!(state, State::Waiting | State::Skipped),
                after: service.after.iter().map(|on| on.name.as_str()).collect(),
            };
            (id, one)
        })
        .collect();
    let all: Vec<Missing<'_>> = missing.iter().map(|(_, one)| one.clone()).collect();
    let (names, behind) = causes_first(&all);
    let mut words = format!("started in {}, without {names}", duration(scene.now));
    if let Some(behind) = behind {
        let _ = write!(words, ", and so without {behind}");
    }
    for (id, one) in missing {
        if let Some(end) = no_task(scene, id) {
            let _ = write!(words, "; {} {end}", one.name);
        }
    }
    words
}

/// How a service ended well by itself, though it is none of which that is expected.
fn no_task(scene: Scene<'_>, id: usize) -> Option<String> {
    let State::Ended(ending) = scene.fleet.machine(id).state else {
        return None;
    };
    let is_wrong = !scene.fleet.succeeds(id, ending) || scene.fleet.is_expected(id, ending);
    (!is_wrong).then(|| {
        let name = &scene.service(id).name;
        format!("ended with {ending}, which only a task may (task = true in [services.{name}])")
    })
}

/// Which process we wait for, and what it is doing.
fn straggler(machine: &Machine) -> String {
    let pid = machine.pid.map(|pid| format!("pid {pid}"));
    let mut names = machine.busy.clone();
    names.sort_unstable();
    names.dedup();
    let tasks = (!names.is_empty()).then(|| {
        format!(
            "{} running: {}",
            plural(machine.busy.len(), "task"),
            few(&names)
        )
    });
    let known: Vec<String> = pid.into_iter().chain(tasks).collect();
    if known.is_empty() {
        String::new()
    } else {
        format!(" ({})", known.join(", "))
    }
}

/// A service that lives and answers nobody.
fn stalled(scene: Scene<'_>, id: usize) -> String {
    let name = &scene.service(id).name;
    let machine = scene.fleet.machine(id);
    if machine.ready_after.is_some() {
        let how = machine
            .server_ending
            .map_or_else(String::new, |ending| format!(" with {ending}"));
        format!(
            "{name} answers no more: its server ended{how}; waiting for a change of the code, or: pixcrawler restart {name}"
        )
    } else {
        format!(
            "{name} did not get ready: its server could not start; waiting for a change of the code, or: pixcrawler restart {name}"
        )
    }
}

fn crash_loop(scene: Scene<'_>, id: usize) -> String {
    let service = scene.service(id);
    let often = match service.back_off.limit {
        None | Some(0 | 1) => "failed".to_owned(),
        Some(times) => format!("failed {times} times in a row"),
    };
    format!("{} {often} and is not started again", service.name)
}

/// A service with as many processes as it may have, or with so many more; the way out when that is
/// meant so.
fn too_many(scene: Scene<'_>, id: usize, count: Option<u32>) -> String {
    let service = scene.service(id);
    let name = &service.name;
    let what = match count {
        Some(count) => format!("{name} has {count} processes, more than it may, and is killed"),
        None => format!(
            "{name} has as many processes as it may, {}, and is refused more",
            service.most.unwrap_or_default()
        ),
    };
    let group = service.group();
    format!("{what} · meant so? [services.{group}] max-processes in pixcrawler.toml")
}

/// Why a service is started again.
fn because(why: &Why) -> String {
    match why {
        Why::Asked => "asked to".to_owned(),
        Why::File(path) => format!("{path} changed"),
        Why::Definition(path, names) => format!("{path} changed ({})", few(names)),
        Why::Mended(path) => format!("it may have read {path} before that was mended"),
    }
}

/// An event as one line for who sees nothing but lines; none where there is nothing to say.
pub(super) fn told(scene: Scene<'_>, event: &Event<'_>) -> Option<(Mood, String)> {
    let name = |id: usize| scene.service(id).name.as_str();
    match event {
        // Of a service without a check the same is said at once, with its address.
        Event::Notice(Notice::Starting(id)) if is_started_at_once(scene.service(*id)) => None,
        Event::Notice(Notice::Starting(id)) => {
            Some((Mood::Calm, format!("{} is started", name(*id))))
        }
        Event::Notice(Notice::AllReady) => {
            Some((Mood::Good, format!("all ready in {}", duration(scene.now))))
        }
        Event::Notice(Notice::Died(id, ending, ran)) => {
            Some((Mood::Bad, died(scene, *id, *ending, *ran)))
        }
        // Elsewhere Ctrl+C ends no session.
        Event::Notice(notice @ Notice::WaitingFor(..)) if scene.fleet.stopping().is_some() => {
            line(scene, notice).map(|(mood, line)| (mood, format!("{line} (at once: {AT_ONCE})")))
        }
        Event::Notice(notice) => line(scene, notice),
        Event::Progress(id, line) => Some((Mood::Calm, format!("{}: {line}", name(*id)))),
        Event::Trouble(line) => Some((Mood::Careful, (*line).to_owned())),
        Event::Remark(line) => Some((Mood::Calm, (*line).to_owned())),
        Event::Finding(finding) => Some(found(finding)),
        Event::Lines(..) | Event::Unfinished(..) => None,
    }
}

/// Whether a service counts as started as soon as its process runs.
fn is_started_at_once(service: &Service) -> bool {
    service.ready.probe.is_none() && matches!(service.kind, Kind::Process(_))
}

/// A finding as one line: where it is, what it is, the way out.
fn found(finding: &Finding) -> (Mood, String) {
    let place = match (finding.path(), &finding.place) {
        (Some(path), Some(place)) => format!("{path}:{}: ", place.start().line),
        (Some(path), None) => format!("{path}: "),
        (None, _) => String::new(),
    };
    let help = finding.help.as_deref();
    let help = help.map_or_else(String::new, |help| format!(" · {help}"));
    let mood = match finding.severity {
        Severity::Error => Mood::Bad,
        Severity::Warning => Mood::Careful,
        Severity::Info => Mood::Calm,
    };
    (mood, format!("{place}{}{help}", finding.message))
}

/// Why a session ends.
pub(super) fn reason(scene: Scene<'_>, reason: Reason) -> String {
    match reason {
        Reason::Signal(2) => "Ctrl+C".to_owned(),
        Reason::Signal(15) => "asked to end (SIGTERM)".to_owned(),
        Reason::Signal(1) => "the terminal was closed (SIGHUP)".to_owned(),
        Reason::Signal(number) => format!("signal {number}"),
        Reason::Asked => "asked to stop".to_owned(),
        Reason::AllReady => "all was ready".to_owned(),
        Reason::TooSlow => format!("not all was ready in time: {}", unready(scene)),
        Reason::OutputClosed => "the reader of our output went away".to_owned(),
        Reason::Service(id) => given_up(scene, id),
        Reason::Without(id) => without(scene, id),
        Reason::GuardDied => "the guard process died".to_owned(),
        Reason::KeeperDied => "the keeper process died".to_owned(),
    }
}

/// What became of the service without which the others are not to go on.
fn given_up(scene: Scene<'_>, id: usize) -> String {
    let (name, machine) = (&scene.service(id).name, scene.fleet.machine(id));
    match (machine.condemned, machine.state) {
        // We ended it, or are about to.
        (Some(fault), _) => format!("{name} {}", fault.as_verb()),
        (None, State::Ended(Ending::Unstarted)) => format!("{name} could not be started"),
        (None, State::Ended(Ending::Aborted)) if let Some(want) = scene.fleet.want(id) => {
            let (other, how) = (&scene.service(want.id).name, &want.how);
            format!("{name} is not started, since {other} {how}")
        }
        (None, State::Skipped) => format!("{name} is not started"),
        (None, State::Stopped) => format!("{name} was stopped by hand"),
        // Whoever waits for all has to know why that is no success.
        (None, _)
            if scene.fleet.keeps_going()
                && let Some(end) = no_task(scene, id) =>
        {
            format!("{name} {end}")
        }
        (None, State::Ended(ending))
            if scene.fleet.succeeds(id, ending) && could_go_on(scene, id) =>
        {
            format!("{name} ended, with success (--keep-going keeps the others)")
        }
        (None, _) => format!("{name} ended"),
    }
}

/// Whether others run that could go on without a service that did its part: nobody waits for all, and they were
/// not told to.
fn could_go_on(scene: Scene<'_>, id: usize) -> bool {
    let fleet = scene.fleet;
    let was_ready =
        scene.service(id).ready.probe.is_none() || fleet.machine(id).ready_after.is_some();
    let mut others = (0..fleet.services().len()).filter(|other| *other != id);
    was_ready
        && !fleet.keeps_going()
        && !fleet.is_all_awaited()
        && others.any(|other| fleet.machine(other).state.is_live())
}

/// What was stopped by hand before all was ready, for whoever waits for all.
fn without(scene: Scene<'_>, id: usize) -> String {
    let stopped = &scene.service(id).name;
    match scene.fleet.guest() {
        Some(guest) => {
            let guest = &scene.service(guest).name;
            format!("{guest} waits for {stopped}, which was stopped by hand")
        }
        None => format!("not all will be ready: {stopped} was stopped by hand"),
    }
}

fn unready(scene: Scene<'_>) -> String {
    let services = scene.fleet.services().iter().enumerate();
    let waiting: Vec<String> = services
        .filter(|(id, _)| scene.fleet.machine(*id).ready_after.is_none())
        .map(|(id, service)| match scene.fleet.why_unready(id) {
            Some(why) => format!("{} ({why})", service.name),
            None => service.name.clone(),
        })
        .collect();
    and_list(&waiting)
}
