//! What stands before each line: `14:02:11 backend   `, whose time is put in once a second.

use crate::output::Style;
use crate::service::fleet::Id;

use super::clock::Clock;

/// The colours of services, in the order of the plan.
pub(super) const COLOURS: [&str; 6] = ["36", "35", "34", "33", "32", "96"];

/// Before the time, which is less important than what follows.
const DIM: &str = "\x1b[2m";

/// The prefixes of all services.
#[derive(Debug)]
pub(super) struct Prefixes {
    style: Style,
    /// Each with the second that it shows.
    made: Vec<(i64, Vec<u8>)>,
}

impl Prefixes {
    pub(super) fn new(style: Style) -> Self {
        Self {
            style,
            made: Vec::new(),
        }
    }

    /// How many services are known.
    pub(super) fn len(&self) -> usize {
        self.made.len()
    }

    /// Learns the names of all services.
    pub(super) fn know(&mut self, names: &[String]) {
        let widths = names.iter().map(|name| name.chars().count());
        let width = widths.max().unwrap_or(0);
        let made = names.iter().enumerate().map(|(id, name)| {
            let text = if self.style.color() {
                let colour = COLOURS[id % COLOURS.len()];
                format!("{DIM}00:00:00\x1b[0m \x1b[{colour}m{name:width$}\x1b[0m  ")
            } else {
                format!("00:00:00 {name:width$}  ")
            };
            (i64::MIN, text.into_bytes())
        });
        self.made = made.collect();
    }

    /// The prefix of a service now.
    pub(super) fn of(&mut self, id: Id, clock: &mut Clock) -> &[u8] {
        let (second, time) = clock.time();
        let (shows, prefix) = &mut self.made[id];
        if *shows != second {
            *shows = second;
            let at = if self.style.color() { DIM.len() } else { 0 };
            prefix[at..at + time.len()].copy_from_slice(time);
        }
        prefix
    }
}
