//! What is left of a session on the terminal when the interface is gone: what went wrong, and how
//! everything ended.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use console::Term;

use crate::output::{Cell, Sign, Style, Table, Tone};
use crate::service::control::Stage;
use crate::service::event::{Event, Scene, Sink};
use crate::service::fleet::{Id, Notice};
use crate::system::terminal;
use crate::text::{Secrets, Stand, duration};

use super::card;
use super::tui::Screen;
use super::words;
use super::writer::Gone;

/// Cards that are kept: the last ones.
const CARDS: usize = 5;

/// What is being said when nobody waits for it any more gets so much time.
const HURRIED: Duration = Duration::from_millis(500);

/// Time between two looks whether it was said.
const LOOK: Duration = Duration::from_millis(10);

/// Waits for the interface's end and says how the session went.
pub struct Summary {
    style: Style,
    secrets: Secrets,
    screen: Option<Screen>,
    /// Is told when the last words have been said.
    gone: Gone,
    /// Who says them.
    speaking: Option<JoinHandle<()>>,
    cards: Vec<String>,
    /// Where ways out will be typed.
    stand: Stand,
    /// Why the session ended.
    reason: Option<String>,
    /// Which services ended because they were asked to, and how long that took.
    stopped: BTreeMap<Id, Duration>,
    /// Whether the terminal is somebody else's: it has had its last words.
    yielded: bool,
}

impl Summary {
    /// The summary of the session that `screen` shows.
    #[must_use]
    pub fn new(style: Style, secrets: Secrets, screen: Screen, gone: Gone) -> Self {
        Self {
            style,
            secrets,
            screen: Some(screen),
            gone,
            speaking: None,
            cards: Vec::new(),
            stand: Stand::default(),
            reason: None,
            stopped: BTreeMap::new(),
            yielded: false,
        }
    }

    /// With ways out that do the same from there.
    #[must_use]
    pub fn typed_at(mut self, stand: Stand) -> Self {
        self.stand = stand;
        self
    }

    fn keep(&mut self, scene: Scene<'_>, head: &str) {
        let head = self.secrets.mask_text(head);
        self.cards
            .push(card::write(&head, scene.last, self.style, &self.stand));
        if self.cards.len() > CARDS {
            self.cards.remove(0);
        }
    }

    fn notice(&mut self, scene: Scene<'_>, notice: &Notice) {
        match notice {
            Notice::Starting(id) => {
                self.stopped.remove(id);
            }
            Notice::Stopping(_) => {
                self.reason = words::line(scene, notice).map(|(_, line)| line);
            }
            Notice::Stopped(id, after) => {
                self.stopped.insert(*id, *after);
            }
            Notice::Died(id, ending, ran) => {
                let head = words::died(scene, *id, *ending, *ran);
                self.keep(scene, &head);
            }
            Notice::NotReady(..) | Notice::Stalled(_) | Notice::LaunchFailed(..) => {
                if let Some((_, head)) = words::line(scene, notice) {
                    self.keep(scene, &head);
                }
            }
            _ => {}
        }
    }

    /// Why the session ended, and how everybody did.
    fn last_words(&self, scene: Scene<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        let dot = self.style.dot();
        if let Some(reason) = &self.reason {
            out.extend_from_slice(format!("{dot} {reason}\n").as_bytes());
        }
        // It may be another width than when the session began.
        let terminal = Term::stdout().size_checked();
        let room = terminal.map_or(usize::MAX, |(_, columns)| usize::from(columns));
        table(scene, &self.stopped, self.style, room, &mut out);
        let after = duration(scene.now);
        let last =
            format!("{dot} everything stopped after {after} {dot} logs in .pixcrawler/logs/\n");
        out.extend_from_slice(last.as_bytes());
        out
    }
}

/// How everybody did, no line wider than `room` where a space allows it.
fn table(
    scene: Scene<'_>,
    stopped: &BTreeMap<Id, Duration>,
    style: Style,
    room: usize,
    out: &mut Vec<u8>,
) {
    let mut table = Table::indented(2);
    for (id, service) in scene.fleet.services().iter().enumerate() {
        let machine = scene.fleet.machine(id);
        let after = stopped.get(&id);
        let stage = after.map_or_else(|| Stage::from(scene.fleet.phase(id)), |_| Stage::Stopped);
        let (sign, tone) = match stage {
            Stage::Failed => (Sign::Error, Tone::Error),
            Stage::Skipped => (Sign::Skipped, Tone::Context),
            _ => (Sign::Ok, Tone::Ok),
        };
        let how = match (stage, machine.ready_after) {
            (Stage::Skipped, _) => "never started".to_owned(),
            (Stage::Failed, _) => machine
                .ending
                .map(|ending| machine.how_it_failed(ending))
                .unwrap_or_default(),
            (Stage::Stopped, _) => {
                format!("in {}", duration(after.copied().unwrap_or_default()))
            }
            (_, Some(after)) if service.kind.is_task() => {
                format!("done in {}", duration(after))
            }
            (_, Some(after)) => format!("was ready after {}", duration(after)),
            (_, None) => "was never ready".to_owned(),
        };
        table.row([
            Cell::from(format!("{} {}", style.sign(sign), service.name)),
            Cell::new(stage.as_str(), tone),
            Cell::new(how, Tone::Context),
        ]);
    }
    let written = table.write_within(style, room, out);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
}

impl Sink for Summary {
    fn accept(&mut self, scene: Scene<'_>, event: &Event<'_>) {
        if let Event::Notice(notice) = event {
            self.notice(scene, notice);
        }
    }

    fn yield_terminal(&mut self, who: &str) {
        self.yielded = true;
        if let Some(screen) = &self.screen {
            let sign = self.style.sign(Sign::Warning);
            let dot = self.style.dot();
            let last = format!(
                "{sign} the {who} process died, everything stops {dot} logs in .pixcrawler/logs/\n"
            );
            screen.yield_terminal(last);
        }
    }

    fn finish(&mut self, scene: Scene<'_>) {
        let Some(screen) = self.screen.take() else {
            return;
        };
        let (before, after) = (self.cards.concat(), self.last_words(scene));
        let (sign, yielded) = (self.style.sign(Sign::Error).to_string(), self.yielded);
        let gone = Gone::clone(&self.gone);
        // The terminal may be paused, and who has a session to end waits for no terminal.
        let speaking = std::thread::Builder::new().spawn(move || {
            let closed = screen.close();
            // What would be said now would stand within what the shell shows.
            if !yielded {
                let broken = closed.err().map_or(String::new(), |error| {
                    let why = crate::system::fs::plain(&error);
                    format!("{sign} the interface ended: {why}\n")
                });
                let out = [before.as_bytes(), broken.as_bytes(), &after].concat();
                let mut stdout = std::io::stdout().lock();
                let _ = stdout.write_all(&out).and_then(|()| stdout.flush());
            }
            gone.notify_one();
        });
        self.speaking = speaking.ok();
    }

    fn unread(&self) -> Option<u64> {
        let speaks = self.speaking.as_ref().is_some_and(|it| !it.is_finished());
        // Nothing is lost: the log files have it.
        speaks.then_some(0)
    }

    fn give_up(&mut self) -> u64 {
        // Somebody is in a hurry; the terminal is to be given back all the same.
        let until = Instant::now() + HURRIED;
        while self.unread().is_some() && Instant::now() < until {
            std::thread::sleep(LOOK);
        }
        terminal::make_cooked();
        0
    }
}

#[cfg(test)]
mod tests {
    use console::measure_text_width;

    use super::*;
    use crate::service::fleet::{Fleet, Input, Policy};
    use crate::service::{Command, Ending, Kind, Plan, Selection, Service};

    #[test]
    fn the_table_fits_into_the_terminal() {
        let name = "a-service-with-a-long-name";
        let kind = Kind::Process(Command::Exec(vec!["x".to_owned()]));
        let services = vec![Service::new(name, kind, "/".into())];
        let plan = Plan::new(services, &Selection::default()).expect("sound");
        let mut fleet = Fleet::new(&plan, Policy::default());
        for input in [
            Input::Begin,
            Input::Launched(0, 4_194_303),
            Input::Ended(0, Ending::Signal(9)),
            Input::Gone(0),
        ] {
            fleet.step(Duration::ZERO, input);
        }
        let scene = Scene {
            now: Duration::ZERO,
            fleet: &fleet,
            last: None,
        };
        let shown = |room| {
            let mut out = Vec::new();
            table(scene, &BTreeMap::new(), Style::plain(), room, &mut out);
            String::from_utf8(out).expect("text")
        };
        let wide = shown(usize::MAX);
        assert_eq!(wide.lines().count(), 1, "{wide}");
        let narrow = shown(60);
        assert!(narrow.lines().count() > 1, "{narrow}");
        for line in narrow.lines() {
            assert!(measure_text_width(line) <= 60, "{narrow}");
        }
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&narrow), words(&wide));
    }
}
