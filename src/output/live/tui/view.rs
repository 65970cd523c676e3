//! The model as a picture.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line as Row, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::look;
use super::model::{Anchor, Mode, Model, Role};
use super::text::{Layout, columns, fit};
use super::{help, list};
use crate::service::control::{Phase, Stage};
use crate::text::duration;

/// Draws everything.
pub(super) fn view(model: &Model, frame: &mut Frame<'_>) {
    let areas = model.areas();
    head(model, frame, areas.head);
    list::draw(model, frame, areas.list);
    bar(model, frame, areas.bar);
    log(model, frame, areas.log);
    foot(model, frame, areas.foot);
    if let Mode::Help(from) = model.mode {
        help::draw(model, frame, from);
    }
}

/// One line: what stands left, and what stands right where there is room for it.
fn both(width: u16, left: &str, right: &str) -> String {
    let width = usize::from(width);
    let used = columns(left) + columns(right) + 1;
    if right.is_empty() || used > width {
        return fit(left, width);
    }
    let gap = " ".repeat(width + 1 - used);
    format!("{left}{gap}{right}")
}

fn head(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let Some(session) = &model.session else {
        return frame.render_widget(Row::from(" pixcrawler"), area);
    };
    let dot = look::dot(model.theme);
    let gone = model.now.saturating_sub(model.told);
    let uptime = Duration::from_millis(session.uptime_ms) + gone;
    let ready = model
        .services
        .iter()
        .filter(|service| matches!(service.state, Stage::Ready | Stage::Running | Stage::Done))
        .count();
    let left = match session.phase {
        Phase::Stopping => format!(" pixcrawler {dot} {}", stopping(model, gone)),
        phase => format!(
            " pixcrawler {dot} {} {dot} {}{}",
            session.environment,
            phase.as_str(),
            match uptime.as_secs() {
                0 => String::new(),
                seconds @ 1..60 => format!(" for {seconds} s"),
                seconds => format!(" for {}", duration(Duration::from_secs(seconds))),
            }
        ),
    };
    let right = format!("{ready} of {} ready ", model.there);
    let text = both(area.width, &left, &right);
    frame.render_widget(Row::styled(text, look::strong()), area);
}

/// Who is waited for while everything stops.
fn stopping(model: &Model, gone: Duration) -> String {
    let waited: Vec<String> = model
        .services
        .iter()
        .filter(|service| service.state.is_live())
        .map(|service| match list::left(service, gone) {
            Some(left) => format!("{} (up to {left})", service.name),
            None => service.name.clone(),
        })
        .collect();
    let again = match model.role {
        Role::Owner => " · Ctrl+C again kills",
        Role::Guest => "",
    };
    let again = again.replace('·', look::dot(model.theme));
    if waited.is_empty() {
        return "stopped".to_owned();
    }
    format!("stopping {}{again}", waited.join(", "))
}

fn bar(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let whose = model
        .chosen
        .and_then(|at| model.services.get(at))
        .map_or("all services", |service| service.name.as_str());
    let mut parts = vec![format!(" {whose}")];
    if let Some(level) = model.level {
        parts.push(format!("{} and worse", level.name()));
    }
    if !model.only.is_empty() {
        parts.push(format!("only `{}`", model.only));
    }
    if !model.search.is_empty() {
        parts.push(format!("/{}", model.search));
    }
    if !model.wrap {
        parts.push("not wrapped".to_owned());
    }
    let dot = format!(" {} ", look::dot(model.theme));
    let right = match model.anchor {
        Anchor::Newest => "following ".to_owned(),
        Anchor::Top(place) => {
            let below = model.store.len() - model.store.position(place);
            format!("{below} lines from the end, G follows ")
        }
    };
    let text = both(area.width, &parts.join(&dot), &right);
    frame.render_widget(Row::styled(text, look::bar()), area);
}

fn log(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let layout = Layout::new(model, area.width);
    let (mut at, skip) = model.top(&layout, area.height);
    let mut rows: Vec<Row<'static>> = Vec::new();
    let height = usize::from(area.height);
    while at < model.store.len() && rows.len() < height + skip {
        if let Some(line) = model.store.line(at) {
            let found = model.found == Some(line.place);
            rows.extend(layout.lay_out(line, &model.search, found));
        }
        at += 1;
    }
    rows.drain(..skip.min(rows.len()));
    rows.truncate(height);
    if rows.is_empty() && height > 0 {
        let empty = if model.store.filter().text.is_empty() && model.level.is_none() {
            " no output yet"
        } else {
            " no line matches; Esc shows all"
        };
        rows.push(Row::styled(empty, look::dim(model.theme)));
    }
    frame.render_widget(Paragraph::new(rows), area);
}

fn foot(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let text = match &model.mode {
        Mode::Search(text) => format!("/{text}_"),
        Mode::Filter(text) => format!("only lines with: {text}_"),
        Mode::Confirm(question, _) => format!(" {question} y/n"),
        Mode::Command | Mode::Help(_) => match &model.message {
            Some((message, _)) => format!(" {message}"),
            None => keys(model, area.width),
        },
    };
    let plain = matches!(model.mode, Mode::Command | Mode::Help(_)) && model.message.is_none();
    let style = if plain {
        look::dim(model.theme)
    } else {
        Style::new()
    };
    let text = fit(&text, usize::from(area.width));
    frame.render_widget(Clear, area);
    frame.render_widget(Row::from(Span::styled(text, style)), area);
}

/// As many of the keys as there is room for, the most needed first.
fn keys(model: &Model, width: u16) -> String {
    let arrows = if model.theme.unicode {
        "↑↓ service"
    } else {
        "j/k service"
    };
    let leave = match model.role {
        Role::Owner => "q stop all",
        Role::Guest => "q leave",
    };
    let all = [
        "? help",
        leave,
        arrows,
        "r restart",
        "x stop",
        "s start",
        "/ search",
        "l level",
        "f filter",
    ];
    let mut text = String::new();
    for key in all {
        if columns(&text) + columns(key) + 3 > usize::from(width) {
            break;
        }
        text.push_str(if text.is_empty() { " " } else { "   " });
        text.push_str(key);
    }
    text
}
