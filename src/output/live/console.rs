//! The merged log on the screen.

use std::fmt::Write as _;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::output::human::finding_text;
use crate::output::redact::without;
use crate::output::{Sign, Style, Tone, broken, typed};
use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::{Id, Notice};
use crate::service::level::Level;
use crate::service::screen::{harmless, settled};
use crate::service::timeline::Timeline;
use crate::text::{Secrets, Stand, duration};

use super::clock::Clock;
use super::merge::{Merge, Out};
use super::page::Page;
use super::prefix::Prefixes;
use super::status::Status;
use super::words::{self, Mood};
use super::writer::{Gone, Writer};
use super::{card, ready, waterfall};

/// How the screen is to look.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Look {
    /// Colours and signs.
    pub style: Style,
    /// The first line: `pixcrawler dev · development · http://localhost:3000`.
    pub title: String,
    /// The columns into which its own tables are to fit.
    pub room: usize,
    /// Whether there is a terminal on which something may move.
    pub on_terminal: bool,
    /// Whether to say less.
    pub quiet: bool,
    /// Lines of services below this level are not shown.
    pub level: Option<Level>,
    /// Whether to show what the start waited for.
    pub timings: bool,
    /// Whether whole logs are kept beside it.
    pub has_logs: bool,
    /// Where ways out will be typed.
    pub stand: Stand,
}

/// Shows a session on stdout.
pub struct Console {
    style: Style,
    secrets: Secrets,
    screen: Screen,
    clock: Clock,
    prefixes: Prefixes,
    merge: Merge,
    timings: bool,
    timeline: Timeline,
    quiet: bool,
    has_logs: bool,
    stand: Stand,
    /// Columns to fit into.
    room: usize,
}

/// What is on the screen.
struct Screen {
    page: Page,
    status: Status,
}

impl Out for Screen {
    fn lines(&mut self, id: Id, prefix: usize, lines: &mut Vec<u8>) {
        self.page.push_of(id, prefix, lines);
    }

    fn unfinished(&mut self, id: Id, prefix: &[u8], text: &[u8]) {
        if self.status.is_possible() {
            // The status needs a line of its own below, at any time.
            self.page.push(&[prefix, text, b"\n"].concat());
        } else {
            self.page.push_unfinished(id, prefix, text);
        }
    }

    fn text(&mut self, text: &[u8]) {
        self.page.push(text);
    }
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
            timings,
            ..
        } = *look;
        let status = Status::new(on_terminal, style);
        let mut page = Page::new(Writer::new(spool, status, gone));
        page.push(format!("{}\n", style.paint(Tone::Strong, &look.title)).as_bytes());
        Self {
            style,
            secrets,
            screen: Screen { page, status },
            clock: Clock::new(),
            prefixes: Prefixes::new(style),
            merge: Merge::new(style, level),
            timings,
            timeline: Timeline::default(),
            quiet,
            has_logs: look.has_logs,
            stand: look.stand.clone(),
            room: look.room,
        }
    }

    fn prepare(&mut self, scene: Scene<'_>) {
        let services = scene.fleet.services();
        if self.prefixes.len() < services.len() {
            let names: Vec<String> = services.iter().map(|it| it.name.clone()).collect();
            self.prefixes.know(&names);
            self.merge.know(services.len());
        }
    }

    fn lines(&mut self, scene: Scene<'_>, id: Id, whole: &[u8]) {
        let prefix = self.prefixes.of(id, &mut self.clock);
        let lines = (whole, scene.now);
        self.merge.lines(id, lines, prefix, &mut self.screen);
    }

    /// Shows what a service asks without ending its line.
    fn unfinished(&mut self, scene: Scene<'_>, id: Id, line: &[u8]) {
        let line = &line[..settled(line).min(self.secrets.settled(line))];
        if line.is_empty() {
            return;
        }
        let (mut masked, mut text) = (Vec::new(), Vec::new());
        self.secrets.mask_into(line, &mut masked);
        harmless(&masked, self.style.color(), &mut text);
        if text.is_empty() {
            return;
        }
        let prefix = self.prefixes.of(id, &mut self.clock);
        let begun = (text, scene.now);
        self.merge.unfinished(id, begun, prefix, &mut self.screen);
    }

    fn notice(&mut self, scene: Scene<'_>, notice: &Notice) {
        let mut text = String::new();
        let mut about = None;
        match notice {
            Notice::Died(id, ending, ran) => {
                let head = words::died(scene, *id, *ending, *ran);
                text = card::write(&head, scene.last, self.style, &self.stand);
                about = Some(*id);
            }
            Notice::NotReady(id, _) | Notice::Stalled(id) => {
                let head = words::line(scene, notice)
                    .map(|(_, line)| self.secrets.mask_text(&line))
                    .unwrap_or_default();
                text = card::write(&head, scene.last, self.style, &self.stand);
                about = Some(*id);
            }
            other => {
                if let Some((mood, line)) = words::line(scene, other) {
                    let sign = match mood {
                        Mood::Calm => self.style.dot().to_owned(),
                        Mood::Good => self.style.sign(Sign::Ok).to_string(),
                        Mood::Careful => self.style.sign(Sign::Warning).to_string(),
                        Mood::Bad => self.style.sign(Sign::Error).to_string(),
                    };
                    let line = line + words::hint(scene, other);
                    let line = self.secrets.mask_text(&line);
                    let _ = writeln!(text, "{sign} {}", self.stand.words(&line));
                }
            }
        }
        self.say(scene, about, text.as_bytes());
    }

    /// Shows lines of the tool's own, in their place.
    fn say(&mut self, scene: Scene<'_>, about: Option<Id>, text: &[u8]) {
        let text = (text, scene.now);
        self.merge.text(about, text, &mut self.screen);
    }

    fn all_ready(&mut self, scene: Scene<'_>, start_is_over: bool) {
        let line = format!("all ready in {}", duration(scene.now));
        self.table(scene, &line, start_is_over);
    }

    /// Nobody is on the way any more, and not all is ready.
    fn settled(&mut self, scene: Scene<'_>, start_is_over: bool) {
        let line = self.secrets.mask_text(&words::settled(scene));
        self.table(scene, &line, start_is_over);
    }

    /// Shows what runs, what the start waited for where that is over with this, and a line below it.
    fn table(&mut self, scene: Scene<'_>, line: &str, start_is_over: bool) {
        let mut text = vec![b'\n'];
        ready::write(scene, self.style, self.room, &mut text);
        if self.timings && start_is_over {
            text.extend_from_slice(waterfall::text(&self.timeline, self.style).as_bytes());
        }
        let dot = self.style.dot();
        let mut line = line.to_owned();
        // It is a command's own while there is one.
        if scene.fleet.guest().is_none() {
            let _ = write!(line, " {dot} Ctrl+C stops everything");
        }
        if self.has_logs {
            let _ = write!(line, " {dot} logs in .pixcrawler/logs/");
        }
        for line in broken(&line, self.room.saturating_sub(2)) {
            let line = self.style.paint(Tone::Strong, format!("  {line}"));
            text.extend_from_slice(format!("{line}\n").as_bytes());
        }
        text.push(b'\n');
        self.say(scene, None, &text);
    }
}

impl Sink for Console {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        self.prepare(scene);
        match event {
            Event::Lines(id, whole) => self.lines(scene, *id, whole),
            Event::Unfinished(id, line) => self.unfinished(scene, *id, line),
            Event::Notice(notice) => {
                let start_is_over = self.timeline.note(scene, notice);
                let waited_for = self.screen.status.words(scene);
                self.screen.page.writer().bottom(waited_for);
                match **notice {
                    Notice::AllReady => self.all_ready(scene, start_is_over),
                    Notice::Settled => self.settled(scene, start_is_over),
                    _ => {
                        if start_is_over && self.timings {
                            let text = waterfall::text(&self.timeline, self.style);
                            self.say(scene, None, format!("\n{text}").as_bytes());
                        }
                        self.notice(scene, notice);
                    }
                }
            }
            Event::Progress(id, line) if !self.quiet => {
                let text = format!("{} {}: {line}\n", self.style.dot(), scene.service(*id).name);
                let text = self.secrets.mask_text(&text);
                self.say(scene, None, text.as_bytes());
            }
            Event::Trouble(line) => {
                let text = format!("{} {line}\n", self.style.sign(Sign::Warning));
                self.say(scene, None, self.stand.words(&text).as_bytes());
            }
            Event::Remark(line) if !self.quiet => {
                let line = format!("{} {}", self.style.dot(), self.stand.words(line));
                let text = format!("{}\n", self.style.paint(Tone::Context, line));
                self.say(scene, None, self.secrets.mask_text(&text).as_bytes());
            }
            Event::Progress(..) | Event::Remark(_) => {}
            Event::Finding(finding) => {
                let finding = typed(&without(finding, &self.secrets), &self.stand);
                let text = format!("{}\n\n", finding_text(&finding, self.style));
                self.say(scene, None, self.secrets.mask_text(&text).as_bytes());
            }
        }
    }

    fn due(&self) -> Option<Duration> {
        self.merge.due()
    }

    fn tick(&mut self, scene: Scene<'_>) {
        self.merge.tick(scene.now, &mut self.screen);
    }

    fn finish(&mut self, scene: Scene<'_>) {
        self.merge.finish(&mut self.screen);
        self.screen.page.writer().bottom(None);
        if self.timings && self.timeline.close(scene) {
            let text = waterfall::text(&self.timeline, self.style);
            self.screen.page.push(format!("\n{text}").as_bytes());
        }
        let dot = self.style.dot();
        let text = format!("{dot} everything stopped after {}\n", duration(scene.now));
        self.screen.page.push(text.as_bytes());
        self.screen.page.writer().finish();
    }

    fn unread(&self) -> Option<u64> {
        self.screen.page.writer().unread()
    }

    fn give_up(&mut self) -> u64 {
        self.screen.page.writer().give_up()
    }
}
