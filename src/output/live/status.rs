//! One line at the bottom of a terminal: who is still starting, or still stopping.

use std::time::Duration;

use console::{Term, measure_text_width};
use indicatif::{ProgressBar, ProgressStyle};

use super::bottom;
use crate::output::Style;
use crate::service::event::Scene;
use crate::service::fleet::State;
use crate::text::{and_list, plural};

/// Time between two redraws.
const TICK: Duration = Duration::from_millis(120);

/// Columns of the line that are neither names nor words: the sign, the time, blanks.
const BESIDE: usize = 14;

/// The line; nothing at all where the screen is no terminal.
#[derive(Debug, Clone)]
pub(super) struct Status(Option<ProgressBar>);

impl Status {
    /// A line for a terminal, or none.
    pub(super) fn new(on_terminal: bool, style: Style) -> Self {
        let ticks = if style.unicode() {
            "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "
        } else {
            "-\\|/ "
        };
        // From the line's beginning on, over an echoed `^C`: behind it the line would be too long, and
        // could not be taken away again. A template that does not parse leaves the library's own, which says the same.
        let template = if style.color() {
            "\r{spinner} {msg} {elapsed:.dim}"
        } else {
            "\r{spinner} {msg} {elapsed}"
        };
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        Self(on_terminal.then(|| {
            let bar = ProgressBar::with_draw_target(None, bottom::target());
            bar.with_style(style.tick_chars(ticks))
        }))
    }

    /// Shows who is waited for; the line goes when that is nobody.
    pub(super) fn update(&self, scene: Scene<'_>) {
        let Some(bar) = &self.0 else { return };
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
            bar.disable_steady_tick();
            bar.finish_and_clear();
            return;
        }
        let (verb, hint) = if stopping {
            ("stopping", " · Ctrl+C again kills ·")
        } else {
            ("starting", " ·")
        };
        let room = usize::from(Term::stdout().size().1);
        let room = room.saturating_sub(verb.len() + hint.chars().count() + BESIDE);
        bar.set_message(format!("{verb} {}{hint}", fitting(&names, room)));
        if bar.is_finished() {
            bar.reset();
        }
        bar.enable_steady_tick(TICK);
    }

    /// Takes the line away for good.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
    }

    /// Whether the line may appear.
    pub(super) fn is_possible(&self) -> bool {
        self.0.is_some()
    }

    /// Writes something above the line.
    pub(super) fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) if !bar.is_finished() => bar.suspend(write),
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
