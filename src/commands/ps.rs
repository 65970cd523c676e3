//! `pixcrawler ps`: what runs, from another terminal.

use std::fmt::Write as _;
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
            Cell::new(state(service), tone),
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
    let written = table.write(style, &mut text);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    text.extend_from_slice(details(snapshot, style).as_bytes());
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

/// What there is to be said of how services failed, below the rows: within one it would make all of them
/// wider than a terminal.
fn details(snapshot: &Snapshot, style: Style) -> String {
    let failed = |service: &&ServiceView| service.state == Stage::Failed;
    let mut text = String::new();
    for service in snapshot.services.iter().filter(failed) {
        if let Some(ending) = &service.ending
            && briefly(ending) != ending
        {
            let sign = style.sign(Sign::Error);
            let _ = writeln!(text, "  {sign} {} failed: {ending}", service.name);
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("\n{text}")
    }
}

/// How a service ended, without what is known of such an end.
fn briefly(ending: &str) -> &str {
    ending.split_once(" (").map_or(ending, |(how, _)| how)
}

/// The state in words, with how it ended where that says more.
fn state(service: &ServiceView) -> String {
    let left = service.left_ms.map(Duration::from_millis).map(duration);
    match (service.state, &service.ending, left) {
        (Stage::Failed, Some(ending), _) => format!("failed: {}", briefly(ending)),
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
    fn what_is_known_of_an_end_stands_below_the_rows() {
        for (ending, how) in [
            ("SIGKILL (killed; out of memory, or by hand)", "SIGKILL"),
            ("exit code 137 (128 + SIGKILL)", "exit code 137"),
            ("exit code 5", "exit code 5"),
        ] {
            assert_eq!(briefly(ending), how);
        }
    }
}
