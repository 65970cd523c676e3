//! A session that runs elsewhere, or one that has ended, told in lines.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use console::measure_text_width;
use jiff::{Timestamp, tz::TimeZone};
use regex::Regex;
use serde_json::json;

use crate::output::{Format, Sign, Style, Tone};
use crate::service::block::{Block, Open, moment};
use crate::service::control::{Happened, Mood, Printed, Reply, Snapshot};
use crate::service::level::{self, Level};
use crate::service::replicated;
use crate::text::Stand;

use super::card;
use super::clock::{in_milliseconds, timestamp};
use super::prefix::{COLOURS, padded};
use super::turns::{Turn, Turns};
use super::words;

/// What of a session is told.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// Only these services; all when empty.
    pub services: Vec<String>,
    /// Names that replicas share, of which all are told that come, too.
    pub groups: Vec<String>,
    /// Nothing less grave.
    pub level: Option<Level>,
    /// Only lines in which this matches.
    pub grep: Option<Regex>,
}

/// A line of a service, or something that the tool said.
#[derive(Debug)]
pub struct Told<'a> {
    /// When, as RFC 3339 in UTC.
    pub time: &'a str,
    /// Whose it is.
    pub service: Option<&'a str>,
    /// Its number in its session.
    pub seq: u64,
    /// How grave it is.
    pub level: Level,
    /// Whether it began something of its own.
    pub began: bool,
    /// What it leaves open.
    pub open: Open,
    /// What it says: colours, and nothing else that steers a terminal.
    pub text: &'a str,
    /// Whether the tool said it.
    pub note: bool,
}

/// Turns what a session says into lines for a screen, or into the objects of `dev --format json`.
#[derive(Debug)]
pub struct Follow {
    style: Style,
    json: bool,
    zone: TimeZone,
    names: Vec<String>,
    width: usize,
    narrow: Narrow,
    /// Where ways out will be typed.
    stand: Stand,
    blocks: BTreeMap<String, Block>,
    /// The last second that was shown, as it came and as it is shown.
    second: (String, String),
    turns: Turns,
    /// When the last of it came about, and when it was told here.
    latest: (Duration, Instant),
}

impl Follow {
    /// Lines in this style and format.
    #[must_use]
    pub fn new(style: Style, format: Format, narrow: Narrow) -> Self {
        Self {
            style,
            json: format == Format::Json,
            zone: TimeZone::system(),
            names: Vec::new(),
            width: 0,
            narrow,
            stand: Stand::default(),
            blocks: BTreeMap::new(),
            second: (String::new(), String::new()),
            turns: Turns::default(),
            latest: (Duration::ZERO, Instant::now()),
        }
    }

    /// With ways out that do the same from there.
    #[must_use]
    pub fn typed_at(mut self, stand: Stand) -> Self {
        self.stand = stand;
        self
    }

    /// Learns which services there are.
    pub fn know(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            if !self.names.contains(&name) {
                self.names.push(name);
            }
        }
        let shown = self.names.iter().filter(|name| self.wants(name));
        self.width = shown
            .map(|name| measure_text_width(name))
            .max()
            .unwrap_or(0);
    }

    /// From now on only these services are shown, and replicas that come of these `groups`; all
    /// when there are none.
    pub fn narrow_to(&mut self, services: Vec<String>, groups: Vec<String>) {
        (self.narrow.services, self.narrow.groups) = (services, groups);
    }

    fn wants(&self, name: &str) -> bool {
        let only = &self.narrow.services;
        only.is_empty() || only.iter().any(|only| only == name) || self.may_be_wanted(name)
    }

    /// The first that is heard of a new replica may come before the state that has it.
    fn may_be_wanted(&self, name: &str) -> bool {
        !self.names.iter().any(|known| known == name)
            && replicated(name).is_some_and(|of| self.is_group(of))
    }

    fn is_group(&self, name: &str) -> bool {
        self.narrow.groups.iter().any(|group| group == name)
    }

    /// One reply as text; empty where there is nothing to show.
    #[must_use]
    pub fn text(&mut self, reply: &Reply) -> String {
        match reply {
            Reply::Printed(printed) => self.printed(printed, 0),
            Reply::Happened(happened) => {
                let text = self.happened(happened);
                let event = &happened.event;
                self.said(event["service"].as_str(), event["time"].as_str(), text)
            }
            Reply::LeftOut(lines) => {
                let text = self.left_out(*lines);
                self.said(None, None, text)
            }
            Reply::State(snapshot) => {
                self.know_state(snapshot);
                String::new()
            }
            _ => String::new(),
        }
    }

    /// How everything stands when somebody comes, for a program; people see it in what follows.
    #[must_use]
    pub fn standing(&self, snapshot: &Snapshot) -> String {
        if !self.json {
            return String::new();
        }
        let services = snapshot.services.iter();
        let services: Vec<_> = services.filter(|it| self.wants(&it.name)).collect();
        let object = json!({
            "time": timestamp(), "event": "state",
            "session": snapshot.session, "services": services,
        });
        format!("{object}\n")
    }

    fn know_state(&mut self, snapshot: &Snapshot) {
        for service in &snapshot.services {
            let of = service.group.as_deref();
            let own = &self.narrow.services;
            if of.is_some_and(|of| self.is_group(of)) && !own.contains(&service.name) {
                self.narrow.services.push(service.name.clone());
            }
        }
        let services = snapshot.services.iter();
        self.know(services.map(|service| service.name.clone()));
    }

    /// The history is at its end, and the session goes on where it left these open.
    pub fn go_on(&mut self, blocks: BTreeMap<String, Block>) {
        self.blocks = blocks;
    }

    /// How many lines stand back.
    #[must_use]
    pub fn standing_back(&self) -> usize {
        self.turns.standing_back()
    }

    /// What time it is where all this comes from: it may be told much later, and then all at once.
    fn now(&self) -> Duration {
        self.latest.0 + self.latest.1.elapsed()
    }

    /// Takes note that something came at that time; what time that is. Clocks may be put back.
    fn came(&mut self, time: Option<&str>) -> Duration {
        let time = time.map(moment).filter(|time| *time >= self.latest.0);
        let time = time.unwrap_or_else(|| self.now());
        self.latest = (time, Instant::now());
        time
    }

    /// What the tool says, when it is its turn.
    fn said(&mut self, about: Option<&str>, time: Option<&str>, text: String) -> String {
        if self.json {
            return text;
        }
        let (mut out, now) = (String::new(), self.came(time));
        self.turns.pass(now, &mut out);
        self.turns.text(about, &text, now, &mut out);
        out
    }

    /// In how long something that stands back behind a traceback is due; [`Self::passed`] has it then.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        let due = self.turns.due()?;
        Some(due.saturating_sub(self.now()))
    }

    /// What has stood back for long enough.
    #[must_use]
    pub fn passed(&mut self) -> String {
        let mut out = String::new();
        self.turns.tick(self.now(), &mut out);
        out
    }

    /// All that stands back: nothing follows, or what follows is of another time.
    #[must_use]
    pub fn finish(&mut self) -> String {
        let mut out = String::new();
        self.turns.finish(&mut out);
        out
    }

    /// What a service printed, but for lines that were shown: those up to the number `seen`.
    #[must_use]
    pub fn printed(&mut self, printed: &Printed, seen: u64) -> String {
        if !self.wants(&printed.service) {
            return String::new();
        }
        let mut out = String::new();
        let mut now = None;
        let mut block = self.blocks.remove(&printed.service).unwrap_or_default();
        let at = moment(&printed.time);
        for (seq, line) in (printed.seq..).zip(printed.text.lines()) {
            if seq > seen {
                let now = *now.get_or_insert_with(|| {
                    let now = self.came(Some(&printed.time));
                    self.turns.pass(now, &mut out);
                    now
                });
                let level = block.level(line.as_bytes(), at);
                let told = Told {
                    time: &printed.time,
                    service: Some(&printed.service),
                    seq,
                    level,
                    began: block.began(),
                    open: block.open(),
                    text: line,
                    note: false,
                };
                self.line(&told, now, &mut out);
            }
        }
        self.blocks.insert(printed.service.clone(), block);
        out
    }

    /// Appends a line of the past, if it is wanted, when it is its turn.
    pub fn past(&mut self, told: &Told<'_>, out: &mut String) {
        let now = self.came(Some(told.time));
        self.turns.pass(now, out);
        self.line(told, now, out);
    }

    /// The same of one that came at that time. Its service is taken to be wanted.
    fn line(&mut self, told: &Told<'_>, now: Duration, out: &mut String) {
        if self.json {
            return self.show(told, out);
        }
        let mut text = String::new();
        self.show(told, &mut text);
        match told.service {
            Some(service) if !told.note => {
                let turn = Turn {
                    service,
                    text: &text,
                    began: told.began,
                    open: told.open,
                };
                self.turns.line(&turn, now, out);
            }
            about => self.turns.text(about, &text, now, out),
        }
    }

    /// Appends a line as it is shown, if it is.
    fn show(&mut self, told: &Told<'_>, out: &mut String) {
        let plain = console::strip_ansi_codes(told.text);
        let grep = self.narrow.grep.as_ref();
        if self.narrow.level.is_some_and(|least| told.level < least)
            || grep.is_some_and(|grep| !grep.is_match(&plain))
        {
            return;
        }
        if self.json {
            let level = told.level.name();
            let time = in_milliseconds(told.time);
            let object = if told.note {
                let note = words::noted(&plain, &self.stand);
                json!({"time": time, "event": "note", "service": told.service, "level": level, "message": note})
            } else {
                json!({"time": time, "event": "line", "seq": told.seq, "service": told.service, "level": level, "line": plain})
            };
            let _ = writeln!(out, "{object}");
            return;
        }
        self.prefix(told.time, told.service.unwrap_or_default(), out);
        if told.note {
            let sign = match told.level {
                Level::Error => self.style.sign(Sign::Error),
                Level::Warn => self.style.sign(Sign::Warning),
                _ => self.style.paint(Tone::Context, self.style.dot()),
            };
            let _ = writeln!(out, "{sign} {}", words::noted(&plain, &self.stand));
        } else if !self.style.color() {
            let _ = writeln!(out, "{plain}");
        } else if let (Some(tint), true) = (tint(told.level), plain.len() == told.text.len()) {
            // Whoever has colours of its own keeps them.
            let _ = writeln!(out, "{tint}{plain}\x1b[0m");
        } else {
            let _ = writeln!(out, "{}", told.text);
        }
    }

    /// `14:02:11 backend   `, with the name in the service's colour.
    fn prefix(&mut self, time: &str, service: &str, out: &mut String) {
        let second = time.get(..19).unwrap_or(time);
        if self.second.0 != second {
            let local = time.parse::<Timestamp>().map_or_else(
                |_| "--:--:--".to_owned(),
                |time| {
                    let local = time.to_zoned(self.zone.clone());
                    local.strftime("%H:%M:%S").to_string()
                },
            );
            self.second = (second.to_owned(), local);
        }
        let (time, name) = (&self.second.1, padded(service, self.width));
        let at = self.names.iter().position(|name| name == service);
        let _ = if self.style.color() {
            let colour = COLOURS[at.unwrap_or(0) % COLOURS.len()];
            write!(out, "\x1b[2m{time}\x1b[0m \x1b[{colour}m{name}\x1b[0m  ")
        } else {
            write!(out, "{time} {name}  ")
        };
    }

    fn happened(&mut self, happened: &Happened) -> String {
        let of = happened.event["service"].as_str();
        let level = match happened.mood {
            _ if happened.event["event"] == "unfinished" => {
                let line = happened.event["line"].as_str().unwrap_or_default();
                level::alone(line.as_bytes())
            }
            Mood::Calm | Mood::Good => Level::Info,
            Mood::Careful => Level::Warn,
            Mood::Bad => Level::Error,
        };
        let grep = self.narrow.grep.as_ref();
        if of.is_some_and(|of| !self.wants(of))
            || self.narrow.level.is_some_and(|least| level < least)
            || grep.is_some_and(|grep| !grep.is_match(&happened.text))
        {
            return String::new();
        }
        if self.json {
            let mut event = happened.event.clone();
            words::typed(&mut event, &self.stand);
            return format!("{event}\n");
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
        let event = &happened.event;
        let cause = match (event["cause"].as_str(), event["help"].as_str()) {
            (Some(meaning), Some(way_out)) => {
                card::cause(meaning, way_out, self.style, &self.stand)
            }
            _ => String::new(),
        };
        // What a service has begun to say is its own.
        let text = match event["event"].as_str() {
            Some("unfinished") => happened.text.as_str().into(),
            _ => self.stand.words(&happened.text),
        };
        format!("{sign} {text}\n{cause}")
    }

    fn left_out(&self, lines: u64) -> String {
        if self.json {
            let object = json!({"event": "left-out", "lines": lines});
            return format!("{object}\n");
        }
        let (are, they) = match lines {
            1 => ("1 line is".to_owned(), "it is"),
            more => (format!("{more} lines are"), "they are"),
        };
        format!(
            "{} {are} left out here: they came faster than they were taken; {they} in .pixcrawler/logs/\n",
            self.style.sign(Sign::Warning)
        )
    }
}

/// The colour of a line that has none of its own.
fn tint(level: Level) -> Option<&'static str> {
    match level {
        Level::Error => Some("\x1b[31m"),
        Level::Warn => Some("\x1b[33m"),
        Level::Trace | Level::Debug => Some("\x1b[2m"),
        Level::Info => None,
    }
}
