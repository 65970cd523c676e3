//! One line at the bottom of a terminal: who is still starting, or still stopping.

use std::time::{Duration, Instant};

use console::{Term, measure_text_width};
use indicatif::{ProgressBar, ProgressStyle};

use super::bottom;
use crate::output::Style;
use crate::service::event::Scene;
use crate::service::fleet::{Reason, State};
use crate::text::{and_list, plural};

/// Time between two redraws.
const TICK: Duration = Duration::from_millis(120);

/// Columns of the line that are neither names nor words: the sign, the time, blanks.
const BESIDE: usize = 14;

/// What the line is to say: nobody who has a session to run may wait for a terminal, so that only
/// [`Line`] draws, in the thread that writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    on_terminal: bool,
    style: Style,
}

impl Status {
    /// A line for a terminal, or none.
    pub(super) fn new(on_terminal: bool, style: Style) -> Self {
        Self { on_terminal, style }
    }

    /// Who is waited for, in words; none when that is nobody.
    pub(super) fn words(self, scene: Scene<'_>) -> Option<String> {
        if !self.on_terminal {
            return None;
        }
        let stopping = scene.fleet.stopping().is_some();
        // A command that has the terminal has all of it: the line would be drawn over what it prints
        // and over what is typed.
        let is_lent = scene.fleet.is_guest_live();
        let waited_for = |state: State| match state {
            State::Waiting | State::Launching | State::Starting(_) => !stopping,
            State::Stopping(_) | State::Sweeping(_) => stopping,
            _ => false,
        };
        let services = scene.fleet.services().iter().enumerate();
        // Who waits for somebody to mend the code is nobody that we wait for.
        let names: Vec<&str> = services
            .filter(|(id, _)| {
                let machine = scene.fleet.machine(*id);
                !is_lent && waited_for(machine.state) && (stopping || !machine.stalled)
            })
            .map(|(_, service)| service.name.as_str())
            .collect();
        if names.is_empty() {
            return None;
        }
        let (verb, hint) = match scene.fleet.stopping() {
            Some(Reason::Signal(_)) => ("stopping", " · Ctrl+C again kills ·"),
            Some(_) if scene.fleet.is_held_up() => ("stopping", " · Ctrl+C kills ·"),
            Some(_) => ("stopping", " ·"),
            None => ("starting", " ·"),
        };
        let room = usize::from(Term::stdout().size().1);
        let room = room.saturating_sub(verb.len() + hint.chars().count() + BESIDE);
        Some(format!("{verb} {}{hint}", fitting(&names, room)))
    }

    /// Whether the line may appear.
    pub(super) fn is_possible(self) -> bool {
        self.on_terminal
    }

    /// The line itself, for the thread that writes.
    pub(super) fn line(self) -> Line {
        let ticks = if self.style.unicode() {
            "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "
        } else {
            "-\\|/ "
        };
        // From the line's beginning on, over an echoed `^C`: behind it the line would be too long, and
        // could not be taken away again. A template that does not parse leaves the library's own, which says the same.
        let template = if self.style.color() {
            "\r{spinner} {msg} {elapsed:.dim}"
        } else {
            "\r{spinner} {msg} {elapsed}"
        };
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = self.on_terminal.then(|| {
            let bar = ProgressBar::with_draw_target(None, bottom::target());
            bar.with_style(style.tick_chars(ticks))
        });
        Line {
            bar,
            shown: None,
            drawn: Instant::now(),
        }
    }
}

/// The line as it is drawn; nothing at all where the screen is no terminal. All of it may wait for the
/// terminal.
#[derive(Debug)]
pub(super) struct Line {
    bar: Option<ProgressBar>,
    shown: Option<String>,
    drawn: Instant,
}

impl Line {
    /// Whether it says so already.
    pub(super) fn says(&self, words: Option<&String>) -> bool {
        self.shown.as_ref() == words
    }

    /// In how long it is to be drawn again; never when it is not there.
    pub(super) fn due(&self) -> Option<Duration> {
        self.shown.as_ref()?;
        Some(TICK.saturating_sub(self.drawn.elapsed()))
    }

    /// From now on it says these words, and is drawn again if it is time.
    pub(super) fn say(&mut self, words: Option<String>) {
        let Some(bar) = &self.bar else { return };
        let is_new = !self.says(words.as_ref());
        match &words {
            None if is_new => bar.finish_and_clear(),
            None => {}
            Some(words) => {
                if bar.is_finished() {
                    bar.reset();
                }
                if is_new {
                    bar.set_message(words.clone());
                }
                if is_new || self.due() == Some(Duration::ZERO) {
                    bar.tick();
                    self.drawn = Instant::now();
                }
            }
        }
        self.shown = words;
    }

    /// Writes something above the line.
    pub(super) fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        match (&self.bar, &self.shown) {
            (Some(bar), Some(_)) => bar.suspend(write),
            _ => write(),
        }
    }
}

/// As many of the names as there is room for, and how many more there are.
fn fitting(names: &[&str], room: usize) -> String {
    let all = and_list(names);
    if measure_text_width(&all) <= room {
        return all;
    }
    let shortened = (1..names.len()).rev().map(|shown| {
        let more = format!("{} more", names.len() - shown);
        let mut some = names[..shown].to_vec();
        some.push(&more);
        and_list(&some)
    });
    let mut shortened = shortened.filter(|text| measure_text_width(text) <= room);
    shortened
        .next()
        .unwrap_or_else(|| plural(names.len(), "service"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_far_as_there_is_room() {
        let names = ["alt", "ask", "json", "notify"];
        assert_eq!(fitting(&names, 40), "alt, ask, json and notify");
        assert_eq!(fitting(&names, 20), "alt, ask and 2 more");
        assert_eq!(fitting(&names, 5), "4 services");
    }
}
