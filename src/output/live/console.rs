//! The merged log on the screen.

use std::fmt::Write as _;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::output::{Sign, Style, Tone};
use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::{Id, Notice};
use crate::service::level::Level;
use crate::service::screen::{harmless, settled};
use crate::text::{Secrets, duration};

use super::clock::Clock;
use super::graded::Graded;
use super::hold::{Held, Hold};
use super::page::Page;
use super::prefix::Prefixes;
use super::status::Status;
use super::tail::Tail;
use super::words::{self, Mood};
use super::writer::{Gone, Writer};
use super::{card, ready};

/// How the screen is to look.
#[derive(Debug, Clone)]
pub struct Look {
    /// Colours and signs.
    pub style: Style,
    /// The first line: `pixcrawler dev · development · http://localhost:3000`.
    pub title: String,
    /// Whether there is a terminal on which something may move.
    pub on_terminal: bool,
    /// Whether to say less.
    pub quiet: bool,
    /// Lines of services below this level are not shown.
    pub level: Option<Level>,
}

/// Shows a session on stdout.
pub struct Console {
    style: Style,
    secrets: Secrets,
    page: Page,
    clock: Clock,
    prefixes: Prefixes,
    graded: Graded,
    hold: Hold,
    tails: Vec<Tail>,
    out: Vec<u8>,
    quiet: bool,
    status: Status,
}

impl Console {
    /// A screen with its first line. `spool` is where output waits for a slow terminal; `gone` is told when the
    /// reader goes away.
    #[must_use]
    pub fn new(look: &Look, secrets: Secrets, spool: Utf8PathBuf, gone: Gone) -> Self {
        let Look {
            style,
            on_terminal,
            quiet,
            level,
            ..
        } = *look;
        let status = Status::new(on_terminal, style);
        let mut page = Page::new(Writer::new(spool, status.clone(), gone));
        page.push(format!("{}\n", style.paint(Tone::Strong, &look.title)).as_bytes());
        Self {
            style,
            secrets,
            page,
            status,
            clock: Clock::new(),
            prefixes: Prefixes::new(style),
            graded: Graded::new(style, level),
            hold: Hold::default(),
            tails: Vec::new(),
            out: Vec::new(),
            quiet,
        }
    }

    fn prepare(&mut self, scene: Scene<'_>) {
        let services = scene.fleet.services();
        if self.prefixes.len() < services.len() {
            let names = services.iter().map(|service| service.name.clone());
            self.prefixes.know(names.collect());
            self.graded.know(services.len());
            self.tails.resize_with(services.len(), Tail::default);
        }
    }

    fn lines(&mut self, scene: Scene<'_>, id: Id, whole: &[u8]) {
        let prefix = self.prefixes.of(id, &mut self.clock);
        self.out.clear();
        self.graded.frame(id, whole, prefix, &mut self.out);
        self.tails[id].push(whole, plain);
        let prefix = prefix.len();
        if self.hold.is_another(id) {
            self.hold.keep_lines(id, prefix, &self.out);
        } else {
            self.page.push_of(id, prefix, &mut self.out);
        }
        let open = self.graded.open(id);
        if self.hold.printed(id, open, scene.now) {
            self.release();
        }
    }

    /// Shows what a service asks without ending its line.
    fn unfinished(&mut self, id: Id, line: &[u8]) {
        let line = &line[..settled(line).min(self.secrets.settled(line))];
        if line.is_empty() {
            return;
        }
        let prefix = self.prefixes.of(id, &mut self.clock).to_vec();
        let (mut masked, mut text) = (Vec::new(), Vec::new());
        self.secrets.mask_into(line, &mut masked);
        harmless(&masked, self.style.color(), &mut text);
        if self.hold.is_another(id) {
            self.hold.keep_unfinished(id, prefix, text);
        } else {
            self.show_unfinished(id, &prefix, &text);
        }
    }

    fn show_unfinished(&mut self, id: Id, prefix: &[u8], text: &[u8]) {
        if self.status.is_possible() {
            // The status needs a line of its own below, at any time.
            self.page.push(&[prefix, text, b"\n"].concat());
        } else {
            self.page.push_unfinished(id, prefix, text);
        }
    }

    /// Shows what stood back behind an error of another service.
    fn release(&mut self) {
        for held in self.hold.release() {
            match held {
                Held::Lines(id, prefix, mut lines) => self.page.push_of(id, prefix, &mut lines),
                Held::Unfinished(id, prefix, text) => self.show_unfinished(id, &prefix, &text),
            }
        }
    }

    fn notice(&mut self, scene: Scene<'_>, notice: &Notice) {
        let mut text = String::new();
        match notice {
            Notice::Starting(id) => self.tails[*id].clear(),
            Notice::Died(id, ending, ran) => {
                let head = format!(
                    "{} ended after {} with {ending}",
                    scene.service(*id).name,
                    duration(*ran)
                );
                card::write(scene, *id, &head, &self.tails[*id], self.style, &mut text);
            }
            Notice::NotReady(id, _) | Notice::Stalled(id) => {
                let head = words::line(scene, notice)
                    .map(|(_, line)| self.secrets.mask_text(&line))
                    .unwrap_or_default();
                card::write(scene, *id, &head, &self.tails[*id], self.style, &mut text);
            }
            Notice::AllReady => return self.all_ready(scene),
            other => {
                if let Some((mood, line)) = words::line(scene, other) {
                    let sign = match mood {
                        Mood::Calm => self.style.dot().to_owned(),
                        Mood::Good => self.style.sign(Sign::Ok).to_string(),
                        Mood::Careful => self.style.sign(Sign::Warning).to_string(),
                        Mood::Bad => self.style.sign(Sign::Error).to_string(),
                    };
                    let _ = writeln!(text, "{sign} {}", self.secrets.mask_text(&line));
                }
            }
        }
        self.page.push(text.as_bytes());
    }

    fn all_ready(&mut self, scene: Scene<'_>) {
        let mut text = vec![b'\n'];
        ready::write(scene, self.style, &mut text);
        let dot = self.style.dot();
        let line = format!(
            "  all ready in {} {dot} Ctrl+C stops everything {dot} logs in .pixcrawler/logs/",
            duration(scene.now)
        );
        text.extend_from_slice(format!("{}\n\n", self.style.paint(Tone::Strong, line)).as_bytes());
        self.page.push(&text);
    }
}

impl Sink for Console {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        self.prepare(scene);
        match event {
            Event::Lines(id, whole) => self.lines(scene, *id, whole),
            Event::Unfinished(id, line) => self.unfinished(*id, line),
            Event::Notice(notice) => {
                self.release();
                self.status.update(scene);
                self.notice(scene, notice);
            }
            Event::Progress(id, line) if !self.quiet => {
                let text = format!("{} {}: {line}\n", self.style.dot(), scene.service(*id).name);
                self.page.push(self.secrets.mask_text(&text).as_bytes());
            }
            Event::Progress(..) => {}
            Event::Trouble(line) => self
                .page
                .push(format!("{} {line}\n", self.style.sign(Sign::Warning)).as_bytes()),
        }
    }

    fn due(&self) -> Option<Duration> {
        self.hold.due()
    }

    fn tick(&mut self, scene: Scene<'_>) {
        if self.hold.is_over(scene.now) {
            self.release();
        }
    }

    fn finish(&mut self, scene: Scene<'_>) {
        self.release();
        self.status.end();
        let dot = self.style.dot();
        let text = format!("{dot} everything stopped after {}\n", duration(scene.now));
        self.page.push(text.as_bytes());
        self.page.finish();
    }
}

/// A line without anything that moves or colours.
fn plain(line: &[u8]) -> String {
    let mut plain = Vec::new();
    harmless(line, false, &mut plain);
    String::from_utf8_lossy(&plain).into_owned()
}
