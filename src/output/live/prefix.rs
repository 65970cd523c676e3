//! What stands before each line: `14:02:11 backend   `, made once a second.

use crate::output::Style;
use crate::service::fleet::Id;

use super::clock::Clock;

/// The colours of services, in the order of the plan.
pub(super) const COLOURS: [&str; 6] = ["36", "35", "34", "33", "32", "96"];

/// The prefixes of all services.
#[derive(Debug)]
pub(super) struct Prefixes {
    style: Style,
    names: Vec<String>,
    width: usize,
    /// Each with the second it was made in.
    made: Vec<(i64, Vec<u8>)>,
}

impl Prefixes {
    pub(super) fn new(style: Style) -> Self {
        Self {
            style,
            names: Vec::new(),
            width: 0,
            made: Vec::new(),
        }
    }

    /// How many services are known.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Learns the names of all services.
    pub(super) fn know(&mut self, names: Vec<String>) {
        let widths = names.iter().map(|name| name.chars().count());
        self.width = widths.max().unwrap_or(0);
        self.made = vec![(i64::MIN, Vec::new()); names.len()];
        self.names = names;
    }

    /// The prefix of a service now.
    pub(super) fn of(&mut self, id: Id, clock: &mut Clock) -> &[u8] {
        let (second, time) = clock.time();
        let (made, prefix) = &mut self.made[id];
        if *made != second {
            let (name, width) = (&self.names[id], self.width);
            let text = if self.style.color() {
                let colour = COLOURS[id % COLOURS.len()];
                format!("\x1b[2m{time}\x1b[0m \x1b[{colour}m{name:width$}\x1b[0m  ")
            } else {
                format!("{time} {name:width$}  ")
            };
            (*made, *prefix) = (second, text.into_bytes());
        }
        prefix
    }
}
