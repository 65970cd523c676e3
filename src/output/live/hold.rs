//! While one service's traceback is being printed, the others stand back: for a moment, and with a
//! bounded amount. Then they come in the order in which they would have, but what belongs together
//! stays together: the next traceback that is not whole yet has the screen for itself.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use crate::service::block::Open;
use crate::service::fleet::Id;

/// A traceback whose last line does not come keeps the others back for this time: whoever writes it line by line
/// through a slow logger takes a while for each.
const TRACEBACK: Duration = Duration::from_secs(1);

/// One that may be the first of a chain does so for this time.
const CHAIN: Duration = Duration::from_millis(50);

/// So does for this time what comes line by line, and an error whose stack is as good as sure: Next's comes thirty
/// milliseconds after its head, or later where the machine is busy.
const STACK: Duration = Duration::from_millis(250);

/// An error that may have a stack does so for this time.
const ERROR: Duration = Duration::from_millis(20);

/// However many times the service goes on: no line is later than this.
const LONGEST: Duration = Duration::from_millis(500);

/// The same while a traceback is surely not whole yet, or comes line by line.
const LONGEST_TRACEBACK: Duration = Duration::from_secs(5);

/// A second look so much later. That time passed does not say that the service was silent: on a busy
/// machine it may be we who come late, and what it printed has been read by then.
const AGAIN: Duration = Duration::from_millis(4);

/// Bytes of the others that are kept.
const MOST: usize = 256 << 10;

/// How long the others wait for more of what is left open.
fn patience(open: Open) -> Option<Duration> {
    match open {
        Open::No => None,
        Open::Perhaps => Some(ERROR),
        Open::Likely => Some(CHAIN),
        Open::Soon => Some(STACK),
        Open::Surely => Some(TRACEBACK),
    }
}

/// How long the others wait at most, however often more of it comes.
fn longest(open: Open) -> Duration {
    match open {
        Open::Surely | Open::Soon => LONGEST_TRACEBACK,
        _ => LONGEST,
    }
}

/// Something that stood back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Of a service: whole lines behind prefixes of that length, and the beginning of another one
    /// with its prefix.
    Lines(Id, usize, Vec<u8>, Option<(Vec<u8>, Vec<u8>)>),
    /// Lines of the tool's own.
    Text(Vec<u8>),
}

impl Held {
    /// What it takes of the memory that there is for them.
    fn cost(&self) -> usize {
        let own = match self {
            Self::Lines(_, _, lines, rest) => lines.len() + cost_of(rest.as_ref()),
            Self::Text(text) => text.len(),
        };
        own + size_of::<Self>()
    }
}

fn cost_of(rest: Option<&(Vec<u8>, Vec<u8>)>) -> usize {
    rest.map_or(0, |(prefix, text)| prefix.len() + text.len())
}

/// Who has the screen.
#[derive(Debug)]
struct Holder {
    id: Id,
    /// What its last line leaves open.
    open: Open,
    /// When the others have waited enough for its next line.
    until: Duration,
    /// Whether that was once so.
    looked: bool,
}

/// What a service that stands back has printed meanwhile.
#[derive(Debug, Clone, Copy, Default)]
struct Waiting {
    /// The number of the last of it, while more may be put to that.
    last: Option<usize>,
    /// What it leaves open, and until when more of that is waited for.
    open: Open,
    until: Duration,
}

/// Who has the screen, and what stands back meanwhile: nothing does while nobody has it.
#[derive(Debug, Default)]
pub(super) struct Hold {
    holder: Option<Holder>,
    /// The oldest first, each with the time since when.
    held: VecDeque<(Duration, Held)>,
    /// The number of the first of them.
    first: usize,
    waiting: Vec<Waiting>,
    bytes: usize,
}

impl Hold {
    /// Learns how many services there are.
    pub(super) fn know(&mut self, services: usize) {
        self.waiting.resize_with(services, Waiting::default);
    }

    /// Whether another service has the screen. Who had it long ago, while nobody wanted it, has not.
    pub(super) fn is_another(&self, id: Id, now: Duration) -> bool {
        self.wanted(now).is_some_and(|holder| holder.id != id)
    }

    fn wanted(&self, now: Duration) -> Option<&Holder> {
        let holder = self.holder.as_ref()?;
        (!self.held.is_empty() || now < holder.until + AGAIN).then_some(holder)
    }

    /// How many lines stand back.
    pub(super) fn lines(&self) -> usize {
        let texts = self.held.iter().map(|(_, held)| match held {
            Held::Lines(_, _, text, _) | Held::Text(text) => text,
        });
        texts
            .map(|text| memchr::memchr_iter(b'\n', text).count())
            .sum()
    }

    /// Whether that service has the screen, and others wait for it.
    pub(super) fn is_waited_for(&self, id: Id) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.id == id) && !self.held.is_empty()
    }

    /// Keeps lines back: together with those that they continue, whatever came in between.
    pub(super) fn keep_lines(&mut self, id: Id, prefix: usize, lines: &[u8], now: Duration) {
        if lines.is_empty() {
            return;
        }
        let waiting = self.waiting[id];
        let newest = (self.first + self.held.len()).checked_sub(1);
        let joins = waiting.until > now || waiting.last == newest;
        if let Some(Held::Lines(_, length, kept, rest)) = self.last_of(id) {
            // The line that was begun comes again as a whole.
            let less = cost_of(rest.take().as_ref());
            if joins || kept.is_empty() {
                *length = prefix;
                kept.extend_from_slice(lines);
                self.bytes = self.bytes - less + lines.len();
                return;
            }
            self.bytes -= less;
        }
        self.keep(Held::Lines(id, prefix, lines.to_vec(), None), now);
        self.waiting[id].last = Some(self.first + self.held.len() - 1);
    }

    /// Keeps the beginning of a line back.
    pub(super) fn keep_unfinished(&mut self, id: Id, begun: (Vec<u8>, Vec<u8>), now: Duration) {
        let more = cost_of(Some(&begun));
        if let Some(Held::Lines(_, _, _, rest)) = self.last_of(id) {
            let less = cost_of(rest.replace(begun).as_ref());
            self.bytes = self.bytes - less + more;
            return;
        }
        let prefix = begun.0.len();
        self.keep(Held::Lines(id, prefix, Vec::new(), Some(begun)), now);
        self.waiting[id].last = Some(self.first + self.held.len() - 1);
    }

    /// Keeps lines of the tool's own back, unless they are about the one who has the screen.
    pub(super) fn keep_text(&mut self, about: Option<Id>, text: &[u8], now: Duration) -> bool {
        let holder = self.wanted(now);
        let keeps = holder.is_some_and(|holder| about != Some(holder.id));
        if keeps {
            self.keep(Held::Text(text.to_vec()), now);
            // What that service prints from now on comes after it.
            if let Some(id) = about {
                self.waiting[id] = Waiting::default();
            }
        }
        keeps
    }

    fn keep(&mut self, held: Held, now: Duration) {
        self.bytes += held.cost();
        self.held.push_back((now, held));
    }

    fn last_of(&mut self, id: Id) -> Option<&mut Held> {
        let at = self.waiting[id].last?.checked_sub(self.first)?;
        self.held.get_mut(at).map(|(_, held)| held)
    }

    /// A service printed something and leaves `open` behind. True: what stands back is due.
    pub(super) fn printed(&mut self, id: Id, open: Open, now: Duration) -> bool {
        let until = patience(open).map(|patience| now + patience);
        if self.holder.is_none() && until.is_none() {
            return false;
        }
        let wanted = self.wanted(now).is_some();
        match (&mut self.holder, until) {
            (Some(holder), Some(until)) if holder.id == id => {
                (holder.open, holder.until, holder.looked) = (open, until, false);
            }
            (Some(holder), None) if holder.id == id => return true,
            (Some(_), until) if wanted => {
                let waiting = &mut self.waiting[id];
                (waiting.open, waiting.until) = (open, until.unwrap_or_default());
            }
            // Whoever had it wants it no more, or nobody had it.
            (holder, until) => {
                *holder = until.map(|until| Holder {
                    id,
                    open,
                    until,
                    looked: false,
                });
            }
        }
        self.is_enough(now)
    }

    /// Whether no more may stand back, or no longer.
    fn is_enough(&self, now: Duration) -> bool {
        let oldest = self.held.front();
        self.bytes > MOST || oldest.is_some_and(|(since, _)| now >= *since + self.longest())
    }

    /// How long they wait for who has the screen.
    fn longest(&self) -> Duration {
        let open = self.holder.as_ref().map(|holder| holder.open);
        longest(open.unwrap_or_default())
    }

    /// When what stands back is due, whatever happens; never while nothing does.
    pub(super) fn due(&self) -> Option<Duration> {
        let (since, _) = self.held.front()?;
        let holder = self.holder.as_ref()?;
        Some(holder.until.min(*since + longest(holder.open)))
    }

    /// Whether it is due now.
    pub(super) fn is_over(&mut self, now: Duration) -> bool {
        let enough = self.is_enough(now);
        let Some(holder) = &mut self.holder else {
            return false;
        };
        if enough || now < holder.until {
            return enough;
        }
        let looked = std::mem::replace(&mut holder.looked, true);
        if !looked {
            holder.until = now + AGAIN;
        }
        looked
    }

    /// Nobody has the screen any more: [`Self::next`] has to follow until there is none.
    pub(super) fn end(&mut self) {
        self.holder = None;
    }

    /// What is to be shown next of what stood back; none when nothing is left, or when the last one
    /// has the screen now, since more of it is to come.
    pub(super) fn next(&mut self, now: Duration) -> Option<Held> {
        if self.holder.is_some() && !self.is_enough(now) {
            return None;
        }
        self.holder = None;
        let (_, held) = self.held.pop_front()?;
        self.bytes -= held.cost();
        let number = self.first;
        self.first += 1;
        if let Held::Lines(id, ..) = &held {
            let waiting = &mut self.waiting[*id];
            if waiting.last == Some(number) {
                let Waiting { open, until, .. } = std::mem::take(waiting);
                self.holder = (until > now).then_some(Holder {
                    id: *id,
                    open,
                    until,
                    looked: false,
                });
            }
        }
        Some(held)
    }
}
