//! `pixcrawler ps`: what runs, from another terminal.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::{leftovers, session};
use crate::output::{Align, Cell, Format, Sign, Style, Table, Tone};
use crate::service::control::{Ask, Reply, ServiceView, Snapshot, Stage};
use crate::system::process::{Meter, Tree, Usage};
use crate::text::{duration, milliseconds, plural, size};

use super::Context;

/// Time between the two readings that a share of a processor is made of.
const BETWEEN: Duration = Duration::from_millis(200);

/// Runs the command.
pub fn run(context: &Context) -> Result<Exit, Failure> {
    context.only_human_or_json("ps")?;
    let workspace = context.find_place()?;
    let snapshot = session::run(async {
        let reply = session::line(&workspace).await?.ask(Ask::State).await?;
        match reply {
            Reply::State(snapshot) => Ok(*snapshot),
            other => Err(session::unexpected(&other)),
        }
    })?;
    let usages = measure(&snapshot);
    let left = session::left(&workspace);
    if !left.is_empty() {
        context.say(&format!(
            "! {}\n  → pixcrawler stop   ends the session and what was left",
            leftovers::words(&left)
        ));
    }
    if context.format == Format::Json {
        context.result("ps", extra(&snapshot, &usages));
    } else {
        context.print(&table(context, &snapshot, &usages));
    }
    Ok(Exit::Clean)
}

/// What each service takes; read twice, since a share of a processor is a difference.
fn measure(snapshot: &Snapshot) -> Vec<Option<Usage>> {
    let trees: Vec<Tree> = snapshot.services.iter().map(tree).collect();
    let mut meter = Meter::default();
    if meter.read(&trees).iter().any(Option::is_some) {
        std::thread::sleep(BETWEEN);
    }
    meter.read(&trees)
}

/// The processes of a service.
#[must_use]
pub(super) fn tree(service: &ServiceView) -> Tree {
    Tree {
        leader: service.pid.unwrap_or(0),
        mark: service.mark.clone(),
        // Orphans are the session's own children: nobody else can tell them from strangers.
        stamp: None,
    }
}

fn extra(snapshot: &Snapshot, usages: &[Option<Usage>]) -> Map<String, Value> {
    let services = snapshot.services.iter().zip(usages);
    let services: Vec<Value> = services
        .map(|(service, usage)| {
            let mut object = json!(service);
            object["cpu"] = json!(usage.and_then(|usage| usage.cpu));
            object["memory"] = json!(usage.map(|usage| usage.memory));
            object["processes"] = json!(usage.map_or(0, |usage| usage.processes));
            object
        })
        .collect();
    Map::from_iter([
        ("session".to_owned(), json!(snapshot.session)),
        ("services".to_owned(), Value::Array(services)),
    ])
}

fn table(context: &Context, snapshot: &Snapshot, usages: &[Option<Usage>]) -> Vec<u8> {
    let style = context.style();
    let dot = style.dot();
    let session = &snapshot.session;
    let head = format!(
        "{} {dot} {} {dot} {} for {} {dot} pid {}",
        session.root,
        session.environment,
        session.phase.as_str(),
        duration(Duration::from_millis(session.uptime_ms)),
        session.pid
    );
    let mut text = format!("{}\n\n", style.paint(Tone::Strong, head)).into_bytes();
    let room = context
        .terminal
        .width
        .filter(|_| context.terminal.is_terminal);
    let mut table = rows(style, snapshot, usages, false);
    let mut below = Vec::new();
    if room.is_some_and(|room| table.width() > room) {
        table = rows(style, snapshot, usages, true);
        below = snapshot.services.iter().filter_map(told_below).collect();
    }
    let written = table.write(style, &mut text);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    if !below.is_empty() {
        text.extend_from_slice(format!("\n{}", below.concat()).as_bytes());
    }
    let processes: usize = usages.iter().flatten().map(|usage| usage.processes).sum();
    let memory: u64 = usages.iter().flatten().map(|usage| usage.memory).sum();
    let sum = format!(
        "\n{} {dot} {} {dot} {}\n",
        plural(snapshot.services.len(), "service"),
        if processes == 1 {
            "1 process".to_owned()
        } else {
            format!("{processes} processes")
        },
        size(memory)
    );
    text.extend_from_slice(style.paint(Tone::Context, sum).to_string().as_bytes());
    text
}

/// A row for each service. Where there is little room, an ending is told below them.
fn rows(style: Style, snapshot: &Snapshot, usages: &[Option<Usage>], narrow: bool) -> Table {
    let right = Align::Right;
    let mut table = Table::indented(2).align([
        Align::Left,
        Align::Left,
        right,
        right,
        right,
        right,
        right,
        right,
    ]);
    let headings = [
        "  SERVICE",
        "STATE",
        "PID",
        "UP",
        "READY",
        "RESTARTS",
        "CPU",
        "MEMORY",
        "ADDRESS",
    ];
    table.row(headings.map(|heading| Cell::new(heading, Tone::Context)));
    for (service, usage) in snapshot.services.iter().zip(usages) {
        let (sign, tone) = look(service.state);
        let time = |ms: Option<u64>| ms.map_or_else(String::new, milliseconds);
        let sign = style.sign(sign).to_string();
        table.row([
            Cell::from(format!("{sign} {}", service.name)),
            Cell::new(
                if narrow {
                    service.state.as_str().to_owned()
                } else {
                    state(service)
                },
                tone,
            ),
            Cell::new(
                service.pid.map(|pid| pid.to_string()).unwrap_or_default(),
                Tone::Context,
            ),
            Cell::from(time(service.uptime_ms)),
            Cell::from(time(service.ready_ms)),
            Cell::from(match service.restarts {
                0 => String::new(),
                restarts => restarts.to_string(),
            }),
            Cell::from(
                usage
                    .and_then(|usage| usage.cpu)
                    .map(|cpu| format!("{:.0} %", cpu * 100.0))
                    .unwrap_or_default(),
            ),
            Cell::from(usage.map(|usage| size(usage.memory)).unwrap_or_default()),
            Cell::new(address(service), Tone::Name),
        ]);
    }
    table
}

/// A state as a line of its own, where the table does not tell all of it.
fn told_below(service: &ServiceView) -> Option<String> {
    let all = state(service);
    (all != service.state.as_str()).then(|| format!("  {}: {all}\n", service.name))
}

/// The state in words, with how it ended where that says more.
fn state(service: &ServiceView) -> String {
    let left = service.left_ms.map(Duration::from_millis).map(duration);
    match (service.state, &service.ending, left) {
        (Stage::Failed, Some(ending), _) => format!("failed: {ending}"),
        (Stage::BackOff, _, Some(left)) => format!("back-off, again in {left}"),
        (Stage::Stopping, _, Some(left)) => format!("stopping, up to {left}"),
        (stage, ..) => stage.as_str().to_owned(),
    }
}

/// The sign and the colour of a state.
fn look(stage: Stage) -> (Sign, Tone) {
    match stage {
        Stage::Ready | Stage::Running | Stage::Done => (Sign::Ok, Tone::Ok),
        Stage::Starting | Stage::Stopping | Stage::BackOff => (Sign::Warning, Tone::Warning),
        Stage::Failed | Stage::Unhealthy | Stage::Stalled => (Sign::Error, Tone::Error),
        Stage::Waiting | Stage::Stopped | Stage::Skipped | Stage::Unknown => {
            (Sign::Skipped, Tone::Context)
        }
    }
}

fn address(service: &ServiceView) -> String {
    match (&service.url, service.port) {
        (Some(url), _) => url.clone(),
        (None, Some(port)) => format!(":{port}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_ending_makes_no_row_wide() {
        let service = |ending: &str| ServiceView {
            name: "worker".to_owned(),
            group: None,
            kind: "service".to_owned(),
            state: Stage::Failed,
            pid: None,
            mark: String::new(),
            port: Some(8000),
            url: Some("http://localhost:8000".to_owned()),
            uptime_ms: None,
            ready_ms: Some(12_345),
            restarts: 3,
            ending: Some(ending.to_owned()),
            left_ms: None,
            held_by: None,
            after: Vec::new(),
            warnings: Vec::new(),
        };
        let killed = service("SIGKILL (killed; out of memory, or by hand)");
        assert_eq!(
            told_below(&killed).as_deref(),
            Some("  worker: failed: SIGKILL (killed; out of memory, or by hand)\n")
        );
        let ready = ServiceView {
            state: Stage::Ready,
            ..killed.clone()
        };
        assert_eq!(told_below(&ready), None);
        let snapshot = Snapshot {
            session: crate::service::control::SessionView {
                pid: 1,
                version: String::new(),
                environment: String::new(),
                root: String::new(),
                phase: crate::service::control::Phase::Running,
                uptime_ms: 0,
            },
            services: vec![killed],
        };
        let width = |narrow| rows(Style::plain(), &snapshot, &[None], narrow).width();
        assert!(width(false) > 100 && width(true) < 90);
    }
}
