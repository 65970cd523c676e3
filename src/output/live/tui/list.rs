//! The list of services.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as Row, Span};
use ratatui::widgets::Paragraph;

use super::look;
use super::model::{History, Model};
use super::text::{columns, fit, short};
use crate::service::control::{ServiceView, Stage};
use crate::text::{duration, milliseconds, size};

/// A graph of a processor's share has this as its whole height, at least: per mille.
const CPU: u64 = 250;

/// A graph of memory begins at zero, and is this high at least: bytes.
const MEMORY: u64 = 1 << 20;

/// A name has so many columns, where the figures leave them.
const NAME: usize = 16;

/// And so many at least.
const LEAST: usize = 4;

/// Which columns there is room for.
struct Columns {
    name: usize,
    state: usize,
    ready: bool,
    graph: usize,
    figures: bool,
    address: bool,
}

impl Columns {
    fn new(model: &Model, width: u16) -> Self {
        let mut columns = Self {
            name: NAME,
            state: if width >= 60 { 18 } else { 9 },
            ready: width >= 50,
            graph: match width {
                110.. => 16,
                76.. => 8,
                _ => 0,
            },
            figures: width >= 40,
            address: width >= 100,
        };
        columns.share_out(model, usize::from(width));
        columns
    }

    /// Gives names that are too long what is left over, and what the states do not need.
    fn share_out(&mut self, model: &Model, width: usize) {
        let longest = |of: &dyn Fn(&ServiceView) -> usize| model.services.iter().map(of).max();
        let name = longest(&|service| columns(&service.name)).unwrap_or(0);
        let address = longest(&|service| columns(&address(service))).unwrap_or(0);
        let others = [
            4 + self.state,
            if self.ready { 10 } else { 0 },
            if self.figures {
                self.figures_width()
            } else {
                0
            },
        ];
        let free = width.saturating_sub(others.iter().sum());
        let address = if self.address { 1 + address } else { 0 };
        // An address may be cut off at its end. Of a figure nobody would see that it was.
        let mut room = free.saturating_sub(address).max(NAME.min(free)).max(LEAST);
        if name > room {
            let gone = model.now.saturating_sub(model.told);
            let state = longest(&|service| columns(&state(service, gone))).unwrap_or(0);
            let running = columns(&running(model));
            let spare = self.state.saturating_sub(state.max(running) + 1);
            let given = spare.min(name - room);
            (self.state, room) = (self.state - given, room + given);
        }
        self.name = name.clamp(LEAST, room);
    }

    /// How wide graphs and figures are.
    fn figures_width(&self) -> usize {
        2 * (self.graph + usize::from(self.graph > 0)) + 14
    }
}

/// How many services run.
fn running(model: &Model) -> String {
    let services = model.services.iter();
    let live = services.filter(|service| service.state.is_live()).count();
    format!("{live} running")
}

/// Where a service is reached.
fn address(service: &ServiceView) -> String {
    let port = || service.port.map(|port| format!(":{port}"));
    service.url.clone().or_else(port).unwrap_or_default()
}

pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let columns = Columns::new(model, area.width);
    let rows: Vec<Row<'static>> = (model.scrolled..=model.services.len())
        .take(usize::from(area.height))
        .map(|row| {
            let text = match row.checked_sub(1) {
                None => all(model, &columns),
                Some(at) => service(model, at, &columns),
            };
            if row == model.row() {
                let width = usize::from(area.width);
                chosen(text, width)
            } else {
                text
            }
        })
        .collect();
    frame.render_widget(Paragraph::new(rows), area);
}

/// The time that a service has left.
pub(super) fn left(service: &ServiceView, gone: Duration) -> Option<String> {
    let left = Duration::from_millis(service.left_ms?).saturating_sub(gone);
    Some(duration(left))
}

/// A row that is chosen: marked by more than its colour, to its end.
fn chosen(mut row: Row<'static>, width: usize) -> Row<'static> {
    if let Some(first) = row.spans.first_mut() {
        first.content = ">".into();
    }
    let gap = width.saturating_sub(row.width());
    row.push_span(Span::from(" ".repeat(gap)));
    row.patch_style(look::bar())
}

/// The row of all services together.
fn all(model: &Model, columns: &Columns) -> Row<'static> {
    let sum = |of: fn(&History) -> Option<u64>| model.histories.iter().filter_map(of).sum::<u64>();
    let mut spans = vec![
        Span::from(" "),
        Span::from(format!("  {} ", fit("all", columns.name))),
        Span::from(fit(&running(model), columns.state)),
    ];
    if columns.ready {
        spans.push(Span::from(" ".repeat(10)));
    }
    if columns.figures {
        let cpu = sum(|history| history.cpu.back().copied());
        let memory = sum(|history| history.memory.back().copied());
        if model
            .histories
            .iter()
            .any(|history| !history.cpu.is_empty())
        {
            figures(
                &mut spans,
                columns,
                &graph_room(columns),
                cpu,
                &graph_room(columns),
                memory,
            );
        }
    }
    Row::from(spans)
}

fn graph_room(columns: &Columns) -> String {
    " ".repeat(columns.graph)
}

fn service(model: &Model, at: usize, columns: &Columns) -> Row<'static> {
    let service = &model.services[at];
    let (sign, style) = look::of_stage(model.theme, service.state);
    let gone = model.now.saturating_sub(model.told);
    let state = fit(&state(service, gone), columns.state);
    let mut spans = vec![
        Span::from(" "),
        Span::styled(format!("{sign} "), style),
        Span::styled(
            format!(
                "{} ",
                short(&service.name, columns.name, model.theme.unicode)
            ),
            look::of_service(model.theme, at),
        ),
        Span::styled(state, style),
    ];
    if columns.ready {
        let ready = service.ready_ms.map(milliseconds);
        spans.push(Span::from(format!("{:>9} ", ready.unwrap_or_default())));
    }
    let history = &model.histories[at];
    if columns.figures {
        if let (Some(cpu), Some(memory), true) = (
            history.cpu.back(),
            history.memory.back(),
            service.state.is_live(),
        ) {
            let graph = |readings, least| look::spark(model.theme, readings, columns.graph, least);
            figures(
                &mut spans,
                columns,
                &graph(&history.cpu, CPU),
                *cpu,
                &graph(&history.memory, MEMORY),
                *memory,
            );
        } else if columns.address {
            spans.push(Span::from(" ".repeat(2 * columns.graph + 20)));
        }
    }
    if columns.address {
        let address = format!(" {}", address(service));
        spans.push(Span::styled(address, look::dim(model.theme)));
    }
    Row::from(spans)
}

fn figures(
    spans: &mut Vec<Span<'static>>,
    columns: &Columns,
    cpu_graph: &str,
    cpu: u64,
    memory_graph: &str,
    memory: u64,
) {
    let gap = if columns.graph > 0 { " " } else { "" };
    spans.push(Span::from(format!(
        "{cpu_graph}{gap}{:>5} {memory_graph}{gap}{:>8}",
        format!("{}%", (cpu + 5) / 10),
        size(memory)
    )));
}

/// The state in words, with what else there is to know.
fn state(service: &ServiceView, gone: Duration) -> String {
    let word = service.state.as_str();
    match (service.state, left(service, gone), &service.ending) {
        (Stage::BackOff, Some(left), _) => format!("again in {left}"),
        (Stage::Stopping, Some(left), _) => format!("{word} {left}"),
        (Stage::Failed, _, Some(ending)) => ending.clone(),
        _ if service.restarts > 0 => format!("{word}, restart {}", service.restarts),
        _ => word.to_owned(),
    }
}
