//! The thread that has the terminal: events to the model, its picture to the screen.

use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event as input;
use ratatui::layout::Rect;

use super::look::Theme;
use super::model::{Command, Event, First, Model, Role};
use super::view::view;
use crate::service::control::{Ask, Feed, Next, Reply, ServiceView, Stage};
use crate::system::chaos;
use crate::system::process::{Meter, Tree};
use crate::system::terminal;

/// Time between two pictures, however much happens.
const FRAME: Duration = Duration::from_millis(33);

/// Time between two pictures when nothing happens: clocks and graphs go on.
const IDLE: Duration = Duration::from_secs(1);

/// As [`IDLE`], while somebody waits for something to stop.
const BUSY: Duration = Duration::from_millis(200);

/// What the interface wants of the session.
pub type Wanted = Box<dyn Fn(Ask, Feed) + Send>;

/// What wakes the thread.
enum Signal {
    Input(input::Event),
    /// The session said something.
    News,
    /// What an order came to, in words.
    Answer(Result<String, String>),
    /// Somebody else wants the terminal, on which this is to be said at the end.
    Yield(String),
}

/// An interface that has the terminal.
#[derive(Debug)]
pub struct Screen {
    thread: JoinHandle<io::Result<bool>>,
    sender: Sender<Signal>,
}

impl Screen {
    /// Takes the terminal and shows the session that `wanted` speaks with, `first` as somebody asked for it.
    ///
    /// # Errors
    /// When there is no terminal.
    pub fn open(theme: Theme, role: Role, first: First, wanted: Wanted) -> io::Result<Self> {
        let size = ratatui::crossterm::terminal::size()?;
        terminal::enter()?;
        let mut screen = Thread::new(theme, role, size, wanted);
        screen.model.begin(first);
        // Before the session goes on: its first lines are seen too.
        (screen.wanted)(Ask::Follow, screen.feed.clone());
        let sender = screen.sender.clone();
        let thread = std::thread::Builder::new()
            .name("tui".to_owned())
            .spawn(move || {
                let shown = std::panic::catch_unwind(AssertUnwindSafe(|| screen.run()));
                terminal::leave();
                if let Some(last) = &screen.last {
                    let mut stdout = io::stdout().lock();
                    let _ = stdout
                        .write_all(last.as_bytes())
                        .and_then(|()| stdout.flush());
                } else {
                    screen.end();
                }
                // The panic itself was told when it happened.
                shown.unwrap_or_else(|_| Err(io::Error::other("a bug of ours")))
            });
        thread
            .map(|thread| Self { thread, sender })
            .inspect_err(|_| terminal::leave())
    }

    /// Gives the terminal back now, with these last words, while the session goes on. Waits for nothing:
    /// who has a session to end must not hang at a terminal.
    pub fn yield_terminal(&self, last: String) {
        // A thread that has ended has given it back.
        let _ = self.sender.send(Signal::Yield(last));
    }

    /// Waits until the session is over or the interface was left; whether it was left.
    ///
    /// # Errors
    /// When the terminal could not be used any more.
    pub fn close(self) -> io::Result<bool> {
        let left = self.thread.join();
        terminal::leave();
        left.unwrap_or_else(|_| Err(io::Error::other("a bug of ours")))
    }
}

struct Thread {
    model: Model,
    wanted: Wanted,
    feed: Feed,
    signals: Receiver<Signal>,
    sender: Sender<Signal>,
    woken: Arc<AtomicBool>,
    meter: Meter,
    measured: Option<Instant>,
    began: Instant,
    redraw: bool,
    /// What is said when the terminal has been given back.
    last: Option<String>,
}

impl Thread {
    fn new(theme: Theme, role: Role, size: (u16, u16), wanted: Wanted) -> Self {
        let (sender, signals) = mpsc::channel();
        let woken = Arc::new(AtomicBool::new(false));
        let feed = {
            let (sender, woken) = (sender.clone(), Arc::clone(&woken));
            // However much comes, one signal is enough.
            Feed::new(true, move || {
                if !woken.swap(true, Ordering::AcqRel) {
                    let _ = sender.send(Signal::News);
                }
            })
        };
        Self {
            model: Model::new(theme, role, size, TimeZone::system()),
            wanted,
            feed,
            signals,
            sender,
            woken,
            meter: Meter::default(),
            measured: None,
            began: Instant::now(),
            redraw: false,
            last: None,
        }
    }

    /// Until the session is over or the interface is left; whether it was left.
    fn run(&mut self) -> io::Result<bool> {
        terminal::survive_background();
        read_keys(self.sender.clone());
        let mut screen = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        let mut drawn = Instant::now();
        let mut dirty = true;
        loop {
            if dirty && drawn.elapsed() >= FRAME {
                self.tick();
                // Who gave the terminal back meanwhile, a panic elsewhere, is not drawn over.
                let Some(shown) = terminal::drawing(|| self.draw(&mut screen)) else {
                    return Ok(false);
                };
                shown?;
                drawn = Instant::now();
                dirty = false;
            }
            let wait = if dirty {
                FRAME.saturating_sub(drawn.elapsed())
            } else if self.model.is_stopping() {
                BUSY
            } else {
                IDLE
            };
            match self.signals.recv_timeout(wait) {
                Ok(signal) => {
                    if self.take(signal) {
                        return Ok(true);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(false),
            }
            dirty = true;
            if self.model.over {
                return Ok(false);
            }
        }
    }

    fn draw(&mut self, screen: &mut Terminal<CrosstermBackend<io::Stdout>>) -> io::Result<()> {
        if std::mem::take(&mut self.redraw) {
            let (columns, rows) = self.model.size;
            screen.resize(Rect::new(0, 0, columns, rows))?;
        }
        screen.draw(|frame| view(&self.model, frame))?;
        Ok(())
    }

    /// Nobody can stop a session of ours any more that nobody sees: then it ends now.
    fn end(&self) {
        if self.model.role == Role::Owner && !self.model.over {
            let services = Vec::new();
            (self.wanted)(Ask::Stop { services }, Feed::new(false, || {}));
        }
    }

    fn tick(&mut self) {
        let services = &self.model.services;
        if !services.is_empty() && services.iter().all(|service| service.state == Stage::Ready) {
            chaos::panic_in("screen");
        }
        self.model.update(Event::Tick(self.began.elapsed()));
        if self.measured.is_none_or(|at| at.elapsed() >= IDLE) {
            self.measured = Some(Instant::now());
            let trees: Vec<Tree> = self.model.services.iter().map(tree).collect();
            let usages = self.meter.read(&trees);
            self.model.update(Event::Usage(usages));
        }
    }

    /// Takes what happened; whether the interface is left.
    fn take(&mut self, signal: Signal) -> bool {
        let event = match signal {
            Signal::News => return self.news(),
            Signal::Answer(answer) => Event::Answer(answer),
            Signal::Yield(last) => {
                self.feed.abandon();
                self.last = Some(last);
                return true;
            }
            Signal::Input(input::Event::Key(key)) => Event::Key(key),
            Signal::Input(input::Event::Mouse(mouse)) => Event::Mouse(mouse),
            Signal::Input(input::Event::Resize(columns, rows)) => Event::Resize(columns, rows),
            Signal::Input(_) => return false,
        };
        let commands = self.model.update(event);
        self.perform(commands)
    }

    fn news(&mut self) -> bool {
        self.woken.store(false, Ordering::Release);
        // However much there is: pictures go on.
        let until = Instant::now() + FRAME;
        while Instant::now() < until {
            match self.feed.next() {
                Next::Reply(reply) => {
                    self.model.update(Event::Reply(reply));
                }
                Next::Nothing => return false,
                Next::End => {
                    self.model.update(Event::Reply(Reply::Over));
                    return false;
                }
            }
        }
        // There is more, after the next picture.
        if !self.woken.swap(true, Ordering::AcqRel) {
            let _ = self.sender.send(Signal::News);
        }
        false
    }

    fn perform(&mut self, commands: Vec<Command>) -> bool {
        for command in commands {
            match command {
                Command::Leave => {
                    self.feed.abandon();
                    return true;
                }
                Command::Redraw => self.redraw = true,
                Command::Mouse(ours) => terminal::mouse(ours),
                Command::Ask(ask) => {
                    let feed = self.answers();
                    (self.wanted)(ask, feed);
                }
            }
        }
        false
    }

    /// Where an order's replies go: only what it came to is shown.
    fn answers(&self) -> Feed {
        let sender = self.sender.clone();
        let known: Arc<Mutex<Option<Feed>>> = Arc::default();
        let slot = Arc::clone(&known);
        let feed = Feed::new(false, move || {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(feed) = known.as_ref() {
                match feed.next() {
                    Next::Reply(Reply::Refused(refusal)) => {
                        let _ = sender.send(Signal::Answer(Err(refusal.message)));
                    }
                    Next::Reply(_) => {}
                    Next::Nothing => return,
                    Next::End => *known = None,
                }
            }
        });
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(feed.clone());
        feed
    }
}

/// The processes of a service.
fn tree(service: &ServiceView) -> Tree {
    Tree {
        leader: service.pid.unwrap_or(0),
        mark: service.mark.clone(),
        stamp: None,
    }
}

/// Reads keys in a thread of its own, which ends with the process.
fn read_keys(sender: Sender<Signal>) {
    std::thread::spawn(move || {
        terminal::survive_background();
        while let Ok(event) = input::read() {
            if sender.send(Signal::Input(event)).is_err() {
                return;
            }
        }
    });
}
