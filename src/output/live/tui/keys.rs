//! What keys and the mouse mean.

use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::help;
use super::model::{Command, Mode, Model, Role};
use crate::service::control::Ask;
use crate::service::level::Level;

/// Lines by which the wheel scrolls.
const WHEEL: usize = 3;

/// Columns by which the arrow keys shift.
const SHIFT: usize = 8;

impl Model {
    pub(super) fn key(&mut self, key: KeyEvent) -> Vec<Command> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && key.code == KeyCode::Char('c') {
            return self.interrupt();
        }
        match std::mem::take(&mut self.mode) {
            Mode::Command => self.command(key.code, control),
            Mode::Help(from) => {
                self.turn(key.code, control, from);
                Vec::new()
            }
            Mode::Confirm(_, ask) => match key.code {
                KeyCode::Char('y' | 'Y') | KeyCode::Enter => vec![Command::Ask(ask)],
                _ => Vec::new(),
            },
            Mode::Search(text) => {
                self.type_in(key.code, control, text, Mode::Search);
                Vec::new()
            }
            Mode::Filter(text) => {
                self.type_in(key.code, control, text, Mode::Filter);
                Vec::new()
            }
        }
    }

    /// On the page of keys: those that scroll do so as far as there is more of it, any other closes it.
    fn turn(&mut self, key: KeyCode, control: bool, from: usize) {
        let (most, page) = help::room(self);
        let to = match key {
            KeyCode::Char('d' | 'f') if control => from + page,
            KeyCode::Char('u' | 'b') if control => from.saturating_sub(page),
            KeyCode::Char(_) if control => return,
            KeyCode::Down | KeyCode::Char('j' | 'J') => from + 1,
            KeyCode::Up | KeyCode::Char('k' | 'K') => from.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => from + page,
            KeyCode::PageUp | KeyCode::Char('b') => from.saturating_sub(page),
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => most,
            _ => return,
        };
        if most > 0 {
            self.mode = Mode::Help(to.min(most));
        }
    }

    /// Ctrl+C: in our own session what it always means, elsewhere a way out.
    fn interrupt(&mut self) -> Vec<Command> {
        if self.role == Role::Guest {
            return vec![Command::Leave];
        }
        self.mode = Mode::Command;
        self.interrupts += 1;
        if self.interrupts == 1 && !self.is_stopping() {
            return vec![Command::Ask(Ask::Stop {
                services: Vec::new(),
            })];
        }
        vec![Command::Ask(Ask::Kill)]
    }

    fn type_in(
        &mut self,
        key: KeyCode,
        control: bool,
        mut text: String,
        mode: impl Fn(String) -> Mode,
    ) {
        match key {
            KeyCode::Esc => return,
            KeyCode::Enter => return self.entered(&mode(text)),
            KeyCode::Char('u') if control => text.clear(),
            KeyCode::Char(character) if !control => text.push(character),
            KeyCode::Backspace if text.pop().is_none() => return,
            _ => {}
        }
        self.mode = mode(text);
    }

    fn entered(&mut self, mode: &Mode) {
        match mode {
            Mode::Search(text) => {
                self.search.clone_from(text);
                self.found = None;
                if !text.is_empty() {
                    self.find(false);
                }
            }
            Mode::Filter(text) => {
                self.only.clone_from(text);
                self.select();
                self.follow();
            }
            _ => {}
        }
    }

    fn command(&mut self, key: KeyCode, control: bool) -> Vec<Command> {
        let page = usize::from(self.areas().log.height).max(2) - 1;
        match key {
            KeyCode::Char('d') if control => self.scroll_down(page / 2),
            KeyCode::Char('u') if control => self.scroll_up(page / 2),
            KeyCode::Char('l') if control => return vec![Command::Redraw],
            KeyCode::Char('f') if control => self.scroll_down(page),
            KeyCode::Char('b') if control => self.scroll_up(page),
            KeyCode::Char(_) if control => {}
            KeyCode::Up | KeyCode::Char('k') | KeyCode::BackTab => self.step(-1),
            KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => self.step(1),
            KeyCode::Char('a' | '0') => self.choose(None),
            KeyCode::Char(digit @ '1'..='9') => {
                let at = usize::from(digit as u8 - b'1');
                if at < self.services.len() {
                    self.choose(Some(at));
                }
            }
            KeyCode::PageUp | KeyCode::Char('b') => self.scroll_up(page),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll_down(page),
            KeyCode::Char('K') => self.scroll_up(1),
            KeyCode::Char('J') => self.scroll_down(1),
            KeyCode::Home | KeyCode::Char('g') => self.oldest(),
            KeyCode::End | KeyCode::Char('G' | 'F') => self.follow(),
            KeyCode::Left => self.shift = self.shift.saturating_sub(SHIFT),
            KeyCode::Right if !self.wrap => self.shift += SHIFT,
            KeyCode::Char('w') => {
                self.wrap = !self.wrap;
                self.shift = 0;
            }
            KeyCode::Char('/') => {
                self.message = None;
                self.mode = Mode::Search(String::new());
            }
            KeyCode::Char('f') => self.mode = Mode::Filter(self.only.clone()),
            KeyCode::Char('n') => self.find(true),
            KeyCode::Char('N') => self.find(false),
            KeyCode::Char('l') => self.next_level(),
            KeyCode::Esc => self.clear(),
            KeyCode::Char('?' | 'h') | KeyCode::F(1) => self.mode = Mode::Help(0),
            KeyCode::Char('m') => {
                self.mouse = !self.mouse;
                self.say(if self.mouse {
                    "the mouse chooses and scrolls"
                } else {
                    "the mouse marks text, as in any terminal; m takes it back"
                });
                return vec![Command::Mouse(self.mouse)];
            }
            KeyCode::Char('s') => return self.order("start", |services| Ask::Start { services }),
            KeyCode::Char('x') => return self.order("stop", |services| Ask::Stop { services }),
            KeyCode::Char('r') => {
                return self.order("restart", |services| Ask::Restart { services });
            }
            KeyCode::Char('q') if self.role == Role::Guest => return vec![Command::Leave],
            KeyCode::Char('q' | 'Q') => {
                let services = Vec::new();
                self.mode = Mode::Confirm("stop everything?".to_owned(), Ask::Stop { services });
            }
            _ => {}
        }
        Vec::new()
    }

    /// An order to the chosen service; where all are chosen, after a question.
    fn order(&mut self, verb: &str, ask: impl Fn(Vec<String>) -> Ask) -> Vec<Command> {
        if let Some(service) = self.chosen.and_then(|at| self.services.get(at)) {
            let name = service.name.clone();
            self.say(format!("{verb} {name}"));
            return vec![Command::Ask(ask(vec![name]))];
        }
        let names = self.services.iter().map(|service| service.name.clone());
        let all = match verb {
            // Without names the whole session.
            "stop" => Vec::new(),
            _ => names.collect(),
        };
        let what = match verb {
            "stop" => "stop the whole session?".to_owned(),
            _ => format!("{verb} all services?"),
        };
        self.mode = Mode::Confirm(what, ask(all));
        Vec::new()
    }

    /// Chooses the next service, or the one before; all of them stand first.
    fn step(&mut self, by: isize) {
        let row = self.row().saturating_add_signed(by);
        let row = row.min(self.services.len());
        self.choose(row.checked_sub(1));
    }

    fn next_level(&mut self) {
        self.level = match self.level {
            None => Some(Level::Info),
            Some(Level::Trace | Level::Debug | Level::Info) => Some(Level::Warn),
            Some(Level::Warn) => Some(Level::Error),
            Some(Level::Error) => None,
        };
        self.select();
        self.follow();
    }

    /// Escape: takes back all that marks and narrows the view at once. Who only searched stays where that
    /// led.
    fn clear(&mut self) {
        self.message = None;
        let is_marked = !self.search.is_empty();
        let is_narrowed = !self.only.is_empty() || self.level.is_some();
        self.search.clear();
        self.found = None;
        if is_narrowed {
            self.only.clear();
            self.level = None;
            self.select();
        }
        if is_narrowed || !is_marked {
            self.follow();
        }
    }

    pub(super) fn pointer(&mut self, mouse: MouseEvent) -> Vec<Command> {
        let (areas, column, row) = (self.areas(), mouse.column, mouse.row);
        let in_list = Self::is_in(areas.list, column, row);
        if let Mode::Help(from) = self.mode {
            match mouse.kind {
                MouseEventKind::Down(_) => self.mode = Mode::Command,
                MouseEventKind::ScrollUp => self.turn(KeyCode::Up, false, from),
                MouseEventKind::ScrollDown => self.turn(KeyCode::Down, false, from),
                _ => {}
            }
            return Vec::new();
        }
        match mouse.kind {
            MouseEventKind::ScrollUp if in_list => self.step(-1),
            MouseEventKind::ScrollDown if in_list => self.step(1),
            MouseEventKind::ScrollUp => self.scroll_up(WHEEL),
            MouseEventKind::ScrollDown => self.scroll_down(WHEEL),
            MouseEventKind::Down(MouseButton::Left) if in_list => {
                let row = self.scrolled + usize::from(row - areas.list.y);
                if row <= self.services.len() {
                    self.choose(row.checked_sub(1));
                }
            }
            _ => {}
        }
        Vec::new()
    }
}
