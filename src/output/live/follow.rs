//! A session that runs elsewhere, told in lines.

use std::fmt::Write as _;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use crate::output::{Format, Sign, Style, Tone};
use crate::service::control::{Happened, Mood, Printed, Reply, Snapshot};

use super::prefix::COLOURS;

/// Turns what a session says into lines for a screen, or into the objects of `dev --format json`.
#[derive(Debug)]
pub struct Follow {
    style: Style,
    json: bool,
    zone: TimeZone,
    names: Vec<String>,
    width: usize,
    only: Vec<String>,
}

impl Follow {
    /// Lines in this style and format; with `only`, nothing of other services.
    #[must_use]
    pub fn new(style: Style, format: Format, only: Vec<String>) -> Self {
        Self {
            style,
            json: format == Format::Json,
            zone: TimeZone::system(),
            names: Vec::new(),
            width: 0,
            only,
        }
    }

    /// Learns which services there are.
    pub fn know(&mut self, snapshot: &Snapshot) {
        self.names = snapshot
            .services
            .iter()
            .map(|service| service.name.clone())
            .collect();
        let shown = self.names.iter().filter(|name| self.wants(name));
        self.width = shown.map(|name| name.chars().count()).max().unwrap_or(0);
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// One reply as text; empty where there is nothing to show.
    #[must_use]
    pub fn text(&mut self, reply: &Reply) -> String {
        match reply {
            Reply::Printed(printed) if self.wants(&printed.service) => self.printed(printed),
            Reply::Happened(happened) => self.happened(happened),
            Reply::LeftOut(lines) => self.left_out(*lines),
            Reply::State(snapshot) => {
                self.know(snapshot);
                String::new()
            }
            _ => String::new(),
        }
    }

    fn printed(&self, printed: &Printed) -> String {
        let Printed {
            time,
            service,
            text,
        } = printed;
        if self.json {
            let plain = |line: &str| console::strip_ansi_codes(line).into_owned();
            return text
                .lines()
                .map(|line| {
                    json!({"time": time, "event": "line", "service": service, "line": plain(line)})
                })
                .fold(String::new(), |mut out, object| {
                    let _ = writeln!(out, "{object}");
                    out
                });
        }
        let prefix = self.prefix(time, service);
        let mut out = String::with_capacity(text.len() + 64);
        for line in text.lines() {
            out.push_str(&prefix);
            if self.style.color() {
                out.push_str(line);
            } else {
                out.push_str(&console::strip_ansi_codes(line));
            }
            out.push('\n');
        }
        out
    }

    /// `14:02:11 backend   `, with the name in the service's colour.
    #[must_use]
    pub fn prefix(&self, time: &str, service: &str) -> String {
        let time = time.parse::<Timestamp>().map_or_else(
            |_| "--:--:--".to_owned(),
            |time| {
                let local = time.to_zoned(self.zone.clone());
                local.strftime("%H:%M:%S").to_string()
            },
        );
        let width = self.width;
        let at = self.names.iter().position(|name| name == service);
        if self.style.color() {
            let colour = COLOURS[at.unwrap_or(0) % COLOURS.len()];
            format!("\x1b[2m{time}\x1b[0m \x1b[{colour}m{service:width$}\x1b[0m  ")
        } else {
            format!("{time} {service:width$}  ")
        }
    }

    fn happened(&self, happened: &Happened) -> String {
        let of = happened.event["service"].as_str();
        if of.is_some_and(|of| !self.wants(of)) {
            return String::new();
        }
        if self.json {
            return format!("{}\n", happened.event);
        }
        if happened.text.is_empty() {
            return String::new();
        }
        let sign = match happened.mood {
            Mood::Calm => self.style.paint(Tone::Context, self.style.dot()),
            Mood::Good => self.style.sign(Sign::Ok),
            Mood::Careful => self.style.sign(Sign::Warning),
            Mood::Bad => self.style.sign(Sign::Error),
        };
        format!("{sign} {}\n", happened.text)
    }

    fn left_out(&self, lines: u64) -> String {
        if self.json {
            let object = json!({"event": "left-out", "lines": lines});
            return format!("{object}\n");
        }
        format!(
            "{} {lines} lines are left out here: this terminal was too slow; they are in .pixcrawler/logs/\n",
            self.style.sign(Sign::Warning)
        )
    }
}
