//! The merged log on the screen.

use std::fmt::Write as _;

use camino::Utf8PathBuf;

use crate::output::{Sign, Style, Tone};
use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::{Id, Notice};
use crate::service::screen::{harmless, settled};
use crate::text::{Secrets, duration};

use super::clock::Clock;
use super::page::Page;
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
}

/// The colours of services, in the order of the plan.
const COLOURS: [&str; 6] = ["36", "35", "34", "33", "32", "96"];

/// Shows a session on stdout.
pub struct Console {
    style: Style,
    secrets: Secrets,
    page: Page,
    clock: Clock,
    width: usize,
    tails: Vec<Tail>,
    out: Vec<u8>,
    masked: Vec<u8>,
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
            width: 0,
            tails: Vec::new(),
            out: Vec::new(),
            masked: Vec::new(),
            quiet,
        }
    }

    fn prepare(&mut self, scene: Scene<'_>) {
        if self.tails.is_empty() {
            let names = scene
                .fleet
                .services()
                .iter()
                .map(|service| service.name.chars().count());
            self.width = names.max().unwrap_or(0);
            self.tails
                .resize_with(scene.fleet.services().len(), Tail::default);
        }
    }

    /// `14:02:11 backend   `, with the name in the service's colour.
    fn prefix(&mut self, scene: Scene<'_>, id: Id) -> Vec<u8> {
        let (name, width) = (&scene.service(id).name, self.width);
        let time = self.clock.time();
        let text = if self.style.color() {
            format!(
                "\x1b[2m{time}\x1b[0m \x1b[{}m{name:width$}\x1b[0m  ",
                COLOURS[id % COLOURS.len()]
            )
        } else {
            format!("{time} {name:width$}  ")
        };
        text.into_bytes()
    }

    fn lines(&mut self, scene: Scene<'_>, id: Id, whole: &[u8]) {
        let prefix = self.prefix(scene, id);
        let mut masked = std::mem::take(&mut self.masked);
        let whole = if self.secrets.found_in(whole) {
            masked.clear();
            self.secrets.mask_into(whole, &mut masked);
            &masked
        } else {
            whole
        };
        self.out.clear();
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', whole) {
            self.out.extend_from_slice(&prefix);
            harmless(&whole[from..end], self.style.color(), &mut self.out);
            self.out.push(b'\n');
            from = end + 1;
        }
        self.page.push_of(id, prefix.len(), &self.out);
        self.tails[id].push(whole, |line| {
            let mut plain = Vec::new();
            harmless(line, false, &mut plain);
            String::from_utf8_lossy(&plain).into_owned()
        });
        self.masked = masked;
    }

    /// Shows what a service asks without ending its line.
    fn unfinished(&mut self, scene: Scene<'_>, id: Id, line: &[u8]) {
        let line = &line[..settled(line).min(self.secrets.settled(line))];
        if line.is_empty() {
            return;
        }
        let prefix = self.prefix(scene, id);
        let (mut masked, mut text) = (Vec::new(), Vec::new());
        self.secrets.mask_into(line, &mut masked);
        harmless(&masked, self.style.color(), &mut text);
        if self.status.is_possible() {
            // The status needs a line of its own below, at any time.
            self.page.push(&[&prefix, text.as_slice(), b"\n"].concat());
        } else {
            self.page.push_unfinished(id, &prefix, &text);
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
            Event::Unfinished(id, line) => self.unfinished(scene, *id, line),
            Event::Notice(notice) => {
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

    fn finish(&mut self, scene: Scene<'_>) {
        self.status.end();
        let dot = self.style.dot();
        let text = format!("{dot} everything stopped after {}\n", duration(scene.now));
        self.page.push(text.as_bytes());
        self.page.finish();
    }
}
