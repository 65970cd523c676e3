//! What the interface knows and what is wanted of it: events in, commands out, nothing else.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};
use ratatui::layout::{Position, Rect};

use super::areas::{Areas, areas};
use super::look::{self, Theme};
use super::store::{Filter, Place, SESSION, Store};
use crate::service::block::moment;
use crate::service::control::{
    Ask, Happened, Phase, Printed, Reply, ServiceView, SessionView, Snapshot, Stage,
};
use crate::service::level::Level;
use crate::system::process::Usage;

/// Readings that a sparkline shows.
pub(super) const READINGS: usize = 60;

/// Time for which a message stands at the bottom.
const MESSAGE: Duration = Duration::from_secs(5);

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Ours: leaving means stopping it.
    Owner,
    /// Another terminal's: leaving leaves it running.
    Guest,
}

/// What is looked at first; the keys change it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct First {
    /// The service of this name; all of them without one.
    pub service: Option<String>,
    /// No line below this level.
    pub level: Option<Level>,
}

/// What happened.
#[derive(Debug)]
pub(super) enum Event {
    /// The session said something.
    Reply(Reply),
    /// What an order came to, in words.
    Answer(Result<String, String>),
    /// A key was pressed.
    Key(ratatui::crossterm::event::KeyEvent),
    /// The mouse did something.
    Mouse(ratatui::crossterm::event::MouseEvent),
    /// The terminal has another size: columns and rows.
    Resize(u16, u16),
    /// What each service takes, in the order of the last state.
    Usage(Vec<Option<Usage>>),
    /// So much time has passed since the interface was opened.
    Tick(Duration),
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    /// Ask the session for this.
    Ask(Ask),
    /// Give the terminal back, and leave the session running.
    Leave,
    /// Draw everything anew: something else has written on the screen.
    Redraw,
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
}

/// Which service is looked at: none is all of them together.
pub(super) type Chosen = Option<usize>;

/// What the keys mean at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Mode {
    /// They are commands.
    #[default]
    Command,
    /// They are the text to search for.
    Search(String),
    /// They are the text that lines must have.
    Filter(String),
    /// The help is shown, from this row of it on.
    Help(usize),
    /// A question is asked; yes means this.
    Confirm(String, Ask),
}

/// Which line stands where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The newest stands at the bottom.
    Newest,
    /// This one stands at the top.
    Top(Place),
}

/// What a service took, over time.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// Share of a processor, in per mille.
    pub(super) cpu: VecDeque<u64>,
    /// Bytes in memory.
    pub(super) memory: VecDeque<u64>,
}

impl History {
    fn push(&mut self, usage: Option<Usage>) {
        let cpu = usage.and_then(|usage| usage.cpu).unwrap_or(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share is small and not negative"
        )]
        let cpu = (cpu * 1000.0) as u64;
        let memory = usage.map_or(0, |usage| usage.memory);
        for (readings, value) in [(&mut self.cpu, cpu), (&mut self.memory, memory)] {
            readings.push_back(value);
            while readings.len() > READINGS {
                readings.pop_front();
            }
        }
    }
}

/// Everything that the interface knows.
pub(super) struct Model {
    pub(super) theme: Theme,
    pub(super) role: Role,
    pub(super) size: (u16, u16),
    pub(super) now: Duration,
    pub(super) session: Option<SessionView>,
    pub(super) services: Vec<ServiceView>,
    /// How many of them the session still has.
    pub(super) there: usize,
    /// When the last state came.
    pub(super) told: Duration,
    pub(super) histories: Vec<History>,
    pub(super) store: Store,
    pub(super) chosen: Chosen,
    /// The service that is chosen as soon as it is known.
    pub(super) first: Option<String>,
    /// The first service that the list shows.
    pub(super) scrolled: usize,
    pub(super) mode: Mode,
    pub(super) anchor: Anchor,
    pub(super) wrap: bool,
    /// Columns by which lines are shifted to the left, where they are not wrapped.
    pub(super) shift: usize,
    pub(super) search: String,
    /// The line that was found last.
    pub(super) found: Option<Place>,
    pub(super) level: Option<Level>,
    pub(super) only: String,
    pub(super) mouse: bool,
    pub(super) message: Option<(String, Duration)>,
    pub(super) over: bool,
    /// How often Ctrl+C was pressed.
    pub(super) interrupts: u32,
    zone: TimeZone,
}

impl Model {
    /// An interface that has seen nothing yet.
    pub(super) fn new(theme: Theme, role: Role, size: (u16, u16), zone: TimeZone) -> Self {
        Self {
            theme,
            role,
            size,
            now: Duration::ZERO,
            session: None,
            services: Vec::new(),
            there: 0,
            told: Duration::ZERO,
            histories: Vec::new(),
            store: Store::default(),
            chosen: None,
            first: None,
            scrolled: 0,
            mode: Mode::Command,
            anchor: Anchor::Newest,
            wrap: true,
            shift: 0,
            search: String::new(),
            found: None,
            level: None,
            only: String::new(),
            mouse: true,
            message: None,
            over: false,
            interrupts: 0,
            zone,
        }
    }

    /// Looks at this first.
    pub(super) fn begin(&mut self, first: First) {
        (self.first, self.level) = (first.service, first.level);
        self.select();
    }

    /// Takes an event; what is to be done.
    pub(super) fn update(&mut self, event: Event) -> Vec<Command> {
        match event {
            Event::Reply(reply) => self.reply(reply),
            Event::Answer(Ok(text) | Err(text)) => self.say(text),
            Event::Key(key) => return self.key(key),
            Event::Mouse(mouse) => return self.pointer(mouse),
            Event::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.show_chosen();
            }
            Event::Usage(usages) => {
                for (history, usage) in self.histories.iter_mut().zip(usages) {
                    history.push(usage);
                }
            }
            Event::Tick(now) => {
                self.now = now;
                if self
                    .message
                    .as_ref()
                    .is_some_and(|(_, until)| *until <= now)
                {
                    self.message = None;
                }
            }
        }
        Vec::new()
    }

    fn reply(&mut self, reply: Reply) {
        match reply {
            Reply::State(snapshot) => self.state(*snapshot),
            Reply::Printed(printed) => self.printed(&printed),
            Reply::Happened(happened) => self.happened(&happened),
            Reply::LeftOut(1) => {
                self.say("1 line came too fast to be shown; it is in .pixcrawler/logs/");
            }
            Reply::LeftOut(lines) => self.say(format!(
                "{lines} lines came too fast to be shown; they are in .pixcrawler/logs/"
            )),
            Reply::Refused(refusal) => self.say(refusal.message),
            Reply::Done(_) => {}
            Reply::Over => self.over = true,
        }
    }

    fn state(&mut self, snapshot: Snapshot) {
        self.session = Some(snapshot.session);
        self.there = snapshot.services.len();
        // A service keeps its place and its lines, also when it is scaled away.
        for known in &mut self.services {
            if !snapshot
                .services
                .iter()
                .any(|service| service.name == known.name)
            {
                known.state = Stage::Stopped;
                known.pid = None;
            }
        }
        for service in snapshot.services {
            match self.position(&service.name) {
                Some(at) => self.services[at] = service,
                None => self.services.push(service),
            }
        }
        self.histories
            .resize_with(self.services.len(), History::default);
        self.store.grow(self.services.len());
        self.told = self.now;
        let first = self.first.take();
        if let Some(at) = first.and_then(|name| self.position(&name)) {
            self.choose(Some(at));
        }
        self.show_chosen();
    }

    fn printed(&mut self, printed: &Printed) {
        let Some(service) = self.position(&printed.service) else {
            return;
        };
        let (time, at) = (self.local(&printed.time), moment(&printed.time));
        for line in printed.text.lines() {
            self.store.push(service, (&time, at), line);
        }
    }

    /// What happens to a service stands in its log too, and what concerns all of them between theirs.
    fn happened(&mut self, happened: &Happened) {
        if happened.text.is_empty() {
            return;
        }
        let event = &happened.event;
        let service = event["service"]
            .as_str()
            .and_then(|name| self.position(name));
        let service = service.unwrap_or_else(|| {
            self.say(happened.text.clone());
            SESSION
        });
        let time = event["time"].as_str().unwrap_or_default();
        let (time, at) = (self.local(time), moment(time));
        let sign = look::sign(self.theme, happened.mood);
        self.store
            .push(service, (&time, at), &format!("{sign} {}", happened.text));
        for (what, word) in [("cause", "cause: "), ("help", "→ ")] {
            if let (Some(_), Some(text)) = (event["cause"].as_str(), event[what].as_str()) {
                self.store
                    .push(service, (&time, at), &format!("  {word}{text}"));
            }
        }
    }

    /// The time of day here of a time in UTC.
    fn local(&self, time: &str) -> String {
        time.parse::<Timestamp>().map_or_else(
            |_| String::new(),
            |time| {
                let local = time.to_zoned(self.zone.clone());
                local.strftime("%H:%M:%S").to_string()
            },
        )
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.services
            .iter()
            .position(|service| service.name == name)
    }

    /// Says something at the bottom for a while.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.message = Some((text.into(), self.now + MESSAGE));
    }

    /// Whether the session is being stopped.
    pub(super) fn is_stopping(&self) -> bool {
        self.session
            .as_ref()
            .is_some_and(|session| session.phase == Phase::Stopping)
    }

    /// Where everything stands on the screen.
    pub(super) fn areas(&self) -> Areas {
        areas(self.size, self.services.len())
    }

    /// Chooses a service, or all.
    pub(super) fn choose(&mut self, chosen: Chosen) {
        if chosen != self.chosen {
            self.chosen = chosen;
            self.select();
            self.anchor = Anchor::Newest;
            self.shift = 0;
            self.found = None;
        }
        self.show_chosen();
    }

    /// The list's row of what is chosen: all of them stand first.
    pub(super) fn row(&self) -> usize {
        self.chosen.map_or(0, |service| service + 1)
    }

    /// Scrolls the list so that what is chosen is seen.
    fn show_chosen(&mut self) {
        let height = usize::from(self.areas().list.height);
        let row = self.row();
        if height == 0 {
            self.scrolled = 0;
        } else if row < self.scrolled {
            self.scrolled = row;
        } else if row >= self.scrolled + height {
            self.scrolled = row + 1 - height;
        }
        let most = (self.services.len() + 1).saturating_sub(height);
        self.scrolled = self.scrolled.min(most);
    }

    /// Selects the lines that are to be seen.
    pub(super) fn select(&mut self) {
        self.store.select(Filter {
            service: self.chosen,
            level: self.level,
            text: self.only.clone(),
        });
    }

    /// Whether a point lies in an area.
    pub(super) fn is_in(area: Rect, column: u16, row: u16) -> bool {
        area.contains(Position::new(column, row))
    }
}
