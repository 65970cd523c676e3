//! What stands before each line: `14:02:11 backend   `, whose time is put in once a second.

use std::borrow::Cow;

use console::{Alignment, measure_text_width, pad_str};

use crate::output::Style;
use crate::service::fleet::Id;

use super::clock::Clock;

/// The colours of services, in the order of the plan.
pub(super) const COLOURS: [&str; 6] = ["36", "35", "34", "33", "32", "96"];

/// Before the time, which is less important than what follows.
const DIM: &str = "\x1b[2m";

/// A name in so many columns, of which a character may take two.
pub(super) fn padded(name: &str, width: usize) -> Cow<'_, str> {
    pad_str(name, width, Alignment::Left, None)
}

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
        let widths = names.iter().map(|name| measure_text_width(name));
        let width = widths.max().unwrap_or(0);
        let made = names.iter().enumerate().map(|(id, name)| {
            let name = padded(name, width);
            let text = if self.style.color() {
                let colour = COLOURS[id % COLOURS.len()];
                format!("{DIM}00:00:00\x1b[0m \x1b[{colour}m{name}\x1b[0m  ")
            } else {
                format!("00:00:00 {name}  ")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_in_one_column_whatever_script_the_names_are_in() {
        let mut prefixes = Prefixes::new(Style::plain());
        prefixes.know(&["日本".to_owned(), "api".to_owned()]);
        let mut clock = Clock::new();
        let mut shown =
            |id| String::from_utf8_lossy(&prefixes.of(id, &mut clock)[8..]).into_owned();
        assert_eq!([shown(0), shown(1)], [" 日本  ", " api   "]);
    }
}
