//! The lines that can be looked at: a bounded ring for each service, and the selection of them that
//! is on the screen.

use std::collections::VecDeque;
use std::time::Duration;

use crate::service::block::Block;
use crate::service::level::Level;

/// Lines of all services together; each has its share.
const LINES: usize = 40_000;

/// A service's share is never smaller than this and never larger than that.
const SHARE: std::ops::RangeInclusive<usize> = 300..=10_000;

/// Bytes of all services together.
const BYTES: usize = 16 << 20;

/// Bytes of one line that are kept: files have it whole.
const LONGEST: usize = 4096;

/// So many lines may be selected that are not there any more, before they are looked for.
const STALE: usize = 512;

/// What goes on later than this after its beginning stands by itself: whoever looks at the newest lines
/// is to see it.
const TOGETHER: Duration = Duration::from_secs(1);

/// In the place of a service: what is said of the whole session.
pub(super) const SESSION: usize = usize::MAX;

/// Where a line stands among all: behind what it continues, such as its traceback, whatever others
/// said meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The number of the line that began what this one belongs to; its own where it began something.
    of: u64,
    /// Its number among all lines, as they came.
    number: u64,
}

/// One line of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it stands among the lines of all.
    pub(super) place: Place,
    /// Whose it is: a service, or [`SESSION`].
    pub(super) service: usize,
    /// When it was printed: `14:02:11`.
    pub(super) time: Box<str>,
    /// How much it matters.
    pub(super) level: Level,
    /// What it says, with colours and nothing else that steers a terminal.
    pub(super) text: Box<str>,
}

/// What is to be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Only this service.
    pub(super) service: Option<usize>,
    /// Nothing that matters less.
    pub(super) level: Option<Level>,
    /// Only lines with this text.
    pub(super) text: String,
}

impl Filter {
    fn lets_pass(&self, line: &Line) -> bool {
        self.service.is_none_or(|service| service == line.service)
            && self.level.is_none_or(|level| line.level >= level)
            && (self.text.is_empty() || find(&line.text, &self.text).is_some())
    }
}

#[derive(Debug, Default)]
struct Ring {
    lines: VecDeque<Line>,
    bytes: usize,
    block: Block,
    /// The number of the line that began what is being said, and when that was.
    began: (u64, Duration),
}

impl Ring {
    /// Where the next line stands, which is the one with that number and came at that time.
    fn place(&mut self, number: u64, at: Duration) -> Place {
        if self.block.began() || at.saturating_sub(self.began.1) > TOGETHER {
            self.began = (number, at);
        }
        let of = self.began.0;
        Place { of, number }
    }
}

/// The lines of all services, and those that are selected.
#[derive(Debug, Default)]
pub(super) struct Store {
    rings: Vec<Ring>,
    session: Ring,
    next: u64,
    filter: Filter,
    /// Service and place of the selected lines, in the order of their places. Lines that a ring has given
    /// up are still among them for a while.
    selected: VecDeque<(usize, Place)>,
    stale: usize,
}

impl Store {
    /// Makes room for services.
    pub(super) fn grow(&mut self, services: usize) {
        if self.rings.len() < services {
            self.rings.resize_with(services, Ring::default);
        }
    }

    /// Takes a line with the time of day, and with the moment in which it came.
    pub(super) fn push(&mut self, service: usize, (time, at): (&str, Duration), text: &str) {
        let share = (LINES / self.rings.len().max(1)).clamp(*SHARE.start(), *SHARE.end());
        let bytes = BYTES / self.rings.len().max(1);
        let ring = match service {
            SESSION => Some(&mut self.session),
            service => self.rings.get_mut(service),
        };
        let Some(ring) = ring else {
            return;
        };
        let level = ring.block.level(text.as_bytes(), at);
        let line = Line {
            place: ring.place(self.next, at),
            service,
            time: time.into(),
            level,
            text: cut(text).into(),
        };
        self.next += 1;
        ring.bytes += line.text.len();
        if self.filter.lets_pass(&line) {
            let at = after(&self.selected, line.place);
            self.selected.insert(at, (service, line.place));
        }
        ring.lines.push_back(line);
        while ring.lines.len() > share || (ring.bytes > bytes && ring.lines.len() > 1) {
            if let Some(old) = ring.lines.pop_front() {
                ring.bytes -= old.text.len();
                self.stale += 1;
            }
        }
        if self.stale > STALE {
            self.forget();
        }
    }

    /// Selects anew.
    pub(super) fn select(&mut self, filter: Filter) {
        if filter == self.filter {
            return;
        }
        self.filter = filter;
        let rings = self.rings.iter().chain([&self.session]);
        let all = rings.flat_map(|ring| &ring.lines);
        let mut selected: Vec<(usize, Place)> = all
            .filter(|line| self.filter.lets_pass(line))
            .map(|line| (line.service, line.place))
            .collect();
        selected.sort_unstable_by_key(|(_, place)| *place);
        self.selected = selected.into();
        self.stale = 0;
    }

    /// Drops what is selected and not there any more.
    fn forget(&mut self) {
        let front = |ring: &Ring| ring.lines.front().map(|line| line.place);
        let oldest: Vec<Option<Place>> = self.rings.iter().map(front).collect();
        let of_session = front(&self.session);
        self.selected.retain(|(service, place)| {
            let oldest = oldest.get(*service).copied().unwrap_or(of_session);
            oldest.is_some_and(|oldest| *place >= oldest)
        });
        self.stale = 0;
    }

    /// What is selected for.
    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How many lines are selected, at most.
    pub(super) fn len(&self) -> usize {
        self.selected.len()
    }

    /// The selected line at a position; none when it is not there any more.
    pub(super) fn line(&self, at: usize) -> Option<&Line> {
        let (service, place) = *self.selected.get(at)?;
        let ring = match service {
            SESSION => &self.session,
            service => self.rings.get(service)?,
        };
        let lines = &ring.lines;
        let at = lines.binary_search_by_key(&place, |line| line.place).ok()?;
        lines.get(at)
    }

    /// The position of the first selected line at this place or behind it.
    pub(super) fn position(&self, place: Place) -> usize {
        self.selected
            .partition_point(|(_, selected)| *selected < place)
    }

    /// The place of the selected line at a position.
    pub(super) fn place(&self, at: usize) -> Option<Place> {
        self.selected.get(at).map(|(_, place)| *place)
    }
}

/// The position behind all that stand before a new line's place: nearly always the end.
fn after(selected: &VecDeque<(usize, Place)>, place: Place) -> usize {
    match selected.back() {
        Some((_, last)) if *last > place => selected.partition_point(|(_, at)| *at < place),
        _ => selected.len(),
    }
}

/// A line as far as it is kept.
fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = (0..=LONGEST)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    format!(
        "{}\x1b[0m … (cut: the whole line is in the file)",
        &text[..end]
    )
}

/// Where `wanted` stands in a line, colours left out: byte offsets in the line without them. Case
/// counts where `wanted` has a capital.
pub(super) fn find(line: &str, wanted: &str) -> Option<usize> {
    let plain = console::strip_ansi_codes(line);
    find_plain(&plain, wanted, 0)
}

/// As [`find`], in a text without colours, from an offset on.
pub(super) fn find_plain(plain: &str, wanted: &str, from: usize) -> Option<usize> {
    let rest = plain.get(from..)?;
    let exact = wanted.chars().any(char::is_uppercase);
    let at = if exact || !wanted.is_ascii() {
        rest.find(wanted)
    } else {
        let size = wanted.len().max(1);
        rest.as_bytes()
            .windows(size)
            .position(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
    };
    at.map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: (&str, Duration) = ("", Duration::ZERO);

    #[test]
    fn a_noisy_service_does_not_push_out_a_quiet_one() {
        let mut store = Store::default();
        store.grow(2);
        store.push(0, NOW, "quiet");
        for n in 0..50_000 {
            store.push(1, NOW, &format!("noise {n}"));
        }
        let lines: Vec<&Line> = (0..store.len()).filter_map(|at| store.line(at)).collect();
        assert_eq!((lines[0].service, &*lines[0].text), (0, "quiet"));
        assert_eq!(lines.len(), 10_001);
        assert!(store.len() <= lines.len() + STALE);
    }

    #[test]
    fn a_traceback_stands_together_whatever_others_say_meanwhile() {
        let told = |gap: u64| {
            let mut store = Store::default();
            store.grow(2);
            let lines = [
                "Traceback (most recent call last):",
                "  File \"a.py\"",
                "KeyError: 1",
            ];
            for (line, at) in lines.into_iter().zip([1, 2, 3]) {
                let at = Duration::from_millis(at * gap);
                store.push(0, ("", at), line);
                store.push(1, ("", at), line);
            }
            store.push(SESSION, NOW, "note");
            let whose = (0..store.len()).filter_map(|at| store.line(at));
            whose.map(|line| line.service).collect::<Vec<_>>()
        };
        assert_eq!(told(10), [0, 0, 0, 1, 1, 1, SESSION]);
        // What goes on later is new.
        assert_eq!(told(1500), [0, 1, 0, 1, 0, 1, SESSION]);
    }

    #[test]
    fn case_counts_where_it_is_written() {
        assert_eq!(find("\x1b[31mGET\x1b[0m /Health", "/health"), Some(4));
        assert_eq!(find("GET /health", "/Health"), None);
        assert_eq!(find("größe 3", "größe"), Some(0));
    }

    proptest! {
        #[test]
        fn what_is_selected_is_what_a_fresh_selection_would_be(
            lines in proptest::collection::vec((0_usize..4, "(INFO|ERROR|x) [ab]{1,2}"), 0..900),
            service in proptest::option::of(0_usize..3), text in "[ab]{0,1}"
        ) {
            let filter = Filter { service, level: None, text };
            let (mut live, mut late) = (Store::default(), Store::default());
            live.grow(3);
            late.grow(3);
            live.select(filter.clone());
            for (service, line) in &lines {
                let service = if *service == 3 { SESSION } else { *service };
                live.push(service, NOW, line);
                late.push(service, NOW, line);
            }
            late.select(filter);
            let shown = |store: &Store| (0..store.len()).filter_map(|at| store.line(at).cloned()).collect::<Vec<_>>();
            prop_assert_eq!(shown(&live), shown(&late));
        }
    }
}
