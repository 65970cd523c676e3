//! `pixcrawler ps`: what runs, from another terminal.

mod taken;

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::{leftovers, session};
use crate::output::{Align, Cell, Format, Sign, Style, Table, Tone, wrap};
use crate::service::control::{Ask, Reply, ServiceView, Snapshot, Stage};
use crate::system::process::Usage;
use crate::text::{duration, milliseconds, plural, size};

use super::Context;

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
    let usages = taken::measure(&snapshot);
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

fn extra(snapshot: &Snapshot, usages: &[Option<Usage>]) -> Map<String, Value> {
    let services = snapshot.services.iter().zip(usages);
    let services: Vec<Value> = services
        .map(|(service, usage)| {
            let mut object = json!(service);
            object["cpu"] = json!(usage.and_then(|usage| usage.cpu));
            object["memory"] = json!(usage.map(|usage| usage.memory));
            object["processes"] = json!(taken::processes(service, *usage));
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
    let room = context.room();
    let head = wrap(&head, room);
    let mut text = String::new();
    for line in head.lines() {
        let _ = writeln!(text, "{}", style.paint(Tone::Strong, line));
    }
    text.push('\n');
    let mut text = text.into_bytes();
    let mut layout = Layout::default();
    let mut table = rows(style, snapshot, usages, layout);
    while table.width() > room
        && let Some(narrower) = layout.narrower()
    {
        layout = narrower;
        table = rows(style, snapshot, usages, layout);
    }
    let mut lines = Vec::new();
    let written = table.write(style, &mut lines);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    if layout.names_above {
        lines = with_names(&lines, style, snapshot);
    }
    text.extend_from_slice(&lines);
    let below = snapshot.services.iter().zip(usages);
    let below: String = below
        .map(|(service, usage)| told_below(service, *usage, layout))
        .collect();
    let below: String = below
        .lines()
        .flat_map(|line| {
            let wrapped = wrap(line.trim_start(), room.saturating_sub(2));
            let lines = wrapped.lines().map(|line| format!("  {line}\n"));
            lines.collect::<Vec<_>>()
        })
        .collect();
    if !below.is_empty() {
        text.extend_from_slice(format!("\n{below}").as_bytes());
    }
    let sum = taken::sum(snapshot, usages);
    let sum = format!("\n{}\n", sum.join(&format!(" {dot} ")));
    text.extend_from_slice(style.paint(Tone::Context, sum).to_string().as_bytes());
    text
}

/// What stands in the table, and what beside it where there is little room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Layout {
    /// An ending is told below the table.
    endings_below: bool,
    /// So is an address.
    addresses_below: bool,
    /// A long name has a line of its own, above its row: it has to be whole to be typed.
    names_above: bool,
    /// So many of [`LEAST`] are told below as well.
    left_out: usize,
}

/// The columns that can be left out of the table, the one first that is missed least.
const LEAST: [&str; 6] = ["READY", "RESTARTS", "MEMORY", "UP", "CPU", "PID"];

impl Layout {
    /// The next one, with less in a row; none after the last.
    fn narrower(self) -> Option<Self> {
        Some(match self {
            Self {
                endings_below: false,
                ..
            } => Self {
                endings_below: true,
                ..self
            },
            Self {
                addresses_below: false,
                ..
            } => Self {
                addresses_below: true,
                ..self
            },
            Self {
                names_above: false, ..
            } => Self {
                names_above: true,
                ..self
            },
            Self { left_out, .. } if left_out < LEAST.len() => Self {
                left_out: left_out + 1,
                ..self
            },
            _ => return None,
        })
    }

    /// Whether a column is not in the table.
    fn is_below(self, heading: &str) -> bool {
        (heading == "ADDRESS" && self.addresses_below) || LEAST[..self.left_out].contains(&heading)
    }

    /// Whether this name stands above its row.
    fn is_above(self, name: &str) -> bool {
        self.names_above && is_long(name)
    }
}

/// A name that is no longer than this stands in its row: the heading takes that room anyhow.
const SHORT: usize = 7;

fn is_long(name: &str) -> bool {
    name.chars().count() > SHORT
}

/// The rows with the long names above them.
fn with_names(rows: &[u8], style: Style, snapshot: &Snapshot) -> Vec<u8> {
    let rows = String::from_utf8_lossy(rows);
    let mut rows = rows.split_inclusive('\n');
    let mut text: String = rows.next().unwrap_or_default().to_owned();
    for (row, service) in rows.zip(&snapshot.services) {
        if is_long(&service.name) {
            let sign = style.sign(look(service.state).0);
            let _ = writeln!(text, "  {sign} {}", service.name);
        }
        text.push_str(row);
    }
    text.into_bytes()
}

/// A row for each service.
fn rows(style: Style, snapshot: &Snapshot, usages: &[Option<Usage>], layout: Layout) -> Table {
    let right = Align::Right;
    let numbers = 6 - layout.left_out;
    let left = [Align::Left; 2].into_iter();
    let mut table = Table::indented(2).align(left.chain(std::iter::repeat_n(right, numbers)));
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
    let shown = |heading: &&str| !layout.is_below(heading);
    let heads = headings.iter().copied().filter(|it| shown(it));
    table.row(heads.map(|heading| Cell::new(heading, Tone::Context)));
    for (service, usage) in snapshot.services.iter().zip(usages) {
        let (sign, tone) = look(service.state);
        let time = |ms: Option<u64>| ms.map_or_else(String::new, milliseconds);
        let sign = style.sign(sign).to_string();
        let cells = [
            Cell::from(if layout.is_above(&service.name) {
                String::new()
            } else {
                format!("{sign} {}", service.name)
            }),
            Cell::new(
                if layout.endings_below {
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
        ];
        let cells = headings.iter().zip(cells);
        let cells = cells.filter(|(heading, _)| shown(heading));
        table.row(cells.map(|(_, cell)| cell));
    }
    table
}

/// Lines for what the table does not tell of a service.
fn told_below(service: &ServiceView, usage: Option<Usage>, layout: Layout) -> String {
    let (all, name) = (state(service), &service.name);
    let mut text = String::new();
    if layout.endings_below && all != service.state.as_str() {
        let _ = writeln!(text, "  {name}: {all}");
    }
    if layout.addresses_below {
        let address = match (&service.url, service.port) {
            (Some(url), _) => url.clone(),
            (None, Some(port)) => format!("127.0.0.1:{port}"),
            (None, None) => String::new(),
        };
        if !address.is_empty() {
            let _ = writeln!(text, "  {name}: {address}");
        }
    }
    let said: Vec<String> = LEAST[..layout.left_out]
        .iter()
        .filter_map(|heading| in_words(heading, service, usage))
        .collect();
    if !said.is_empty() {
        let _ = writeln!(text, "  {name}: {}", said.join(", "));
    }
    text
}

/// What stands in a column, in words; none where that is empty.
fn in_words(heading: &str, service: &ServiceView, usage: Option<Usage>) -> Option<String> {
    match heading {
        "READY" => Some(format!("ready in {}", milliseconds(service.ready_ms?))),
        "RESTARTS" => (service.restarts > 0).then(|| plural(service.restarts as usize, "restart")),
        "MEMORY" => Some(size(usage?.memory)),
        "UP" => Some(format!("up {}", milliseconds(service.uptime_ms?))),
        "CPU" => Some(format!("{:.0} % CPU", usage?.cpu? * 100.0)),
        "PID" => Some(format!("pid {}", service.pid?)),
        _ => None,
    }
}

/// The state in words, with how it ended where that says more.
fn state(service: &ServiceView) -> String {
    let left = service.left_ms.map(Duration::from_millis).map(duration);
    match (service.state, &service.ending, left) {
        (Stage::Failed, Some(ending), _) => format!("failed: {ending}"),
        (Stage::BackOff, _, Some(left)) => format!("back-off, again in {left}"),
        (Stage::Stopping, _, Some(left)) => format!("stopping, up to {left}"),
        (Stage::Waiting, ..) => match (&service.held_by, &service.waits_for_health_of) {
            (Some(stopped), _) => format!("waiting for {stopped}, which was stopped"),
            (None, Some(unwell)) => format!("waiting for {unwell} to be healthy"),
            (None, None) => service.state.as_str().to_owned(),
        },
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
            waits_for_health_of: None,
            after: Vec::new(),
            warnings: Vec::new(),
        };
        let killed = service("SIGKILL (killed; out of memory, or by hand)");
        let next = |layout: Layout| layout.narrower().expect("a narrower one");
        let narrow = next(Layout::default());
        let narrower = next(narrow);
        assert_eq!(
            told_below(&killed, None, narrow),
            "  worker: failed: SIGKILL (killed; out of memory, or by hand)\n"
        );
        let ready = ServiceView {
            state: Stage::Ready,
            ..killed.clone()
        };
        assert_eq!(told_below(&ready, None, narrow), "");
        assert_eq!(told_below(&ready, None, Layout::default()), "");
        assert_eq!(
            told_below(&ready, None, narrower),
            "  worker: http://localhost:8000\n"
        );
        let snapshot = Snapshot {
            session: crate::service::control::SessionView {
                pid: 1,
                version: String::new(),
                environment: String::new(),
                root: String::new(),
                phase: crate::service::control::Phase::Running,
                uptime_ms: 0,
            },
            services: vec![
                killed,
                ServiceView {
                    name: "a-service-whose-name-has-forty-five-letters-00".to_owned(),
                    pid: Some(4_194_304),
                    uptime_ms: Some(754_000),
                    ..ready
                },
            ],
        };
        let usage = Usage {
            cpu: Some(1.0),
            memory: 140_000_000,
            processes: 1,
        };
        let usages = [None, Some(usage)];
        let rows = |layout| rows(Style::plain(), &snapshot, &usages, layout);
        let width = |layout| rows(layout).width();
        assert!(width(Layout::default()) > width(narrow));
        assert!(width(narrow) > width(narrower) && width(narrower) > 80);
        let fitting = next(narrower);
        assert!(width(fitting) <= 80);
        let mut least = fitting;
        while let Some(layout) = least.narrower() {
            assert!(width(layout) < width(least));
            least = layout;
        }
        assert!(width(least) <= 25);
        assert_eq!(
            told_below(&snapshot.services[1], Some(usage), least)
                .lines()
                .last(),
            Some(
                "  a-service-whose-name-has-forty-five-letters-00: ready in 12.3 s, 3 restarts, 140 MB, up 12 min 34 s, 100 % CPU, pid 4194304"
            )
        );
        let mut lines = Vec::new();
        rows(fitting)
            .write(Style::plain(), &mut lines)
            .expect("memory");
        let shown = with_names(&lines, Style::plain(), &snapshot);
        let shown = String::from_utf8(shown).expect("text");
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 4, "{shown}");
        assert!(lines[1].starts_with("  ✗ worker   failed"), "{shown}");
        assert_eq!(
            lines[2],
            "  ✓ a-service-whose-name-has-forty-five-letters-00"
        );
        assert!(
            lines[3].starts_with("             ready   4194304"),
            "{shown}"
        );
    }
}
