//! What waits for one reader, in its order, and of which service: whoever prints too much loses its
//! own lines, not those of the others.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::{Printed, Reply};

/// Other news that wait for one reader: a reader that lets them pile up has stopped reading.
pub(super) const NEWS: usize = 4096;

/// How much output may wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) bytes: usize,
    pub(super) lines: u64,
}

/// Output that waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) bytes: usize,
    pub(super) lines: u64,
}

impl Amount {
    fn add(&mut self, printed: &Printed) {
        self.bytes += printed.text.len();
        self.lines += printed.lines();
    }

    fn take(&mut self, printed: &Printed) {
        self.bytes -= printed.text.len();
        self.lines -= printed.lines();
    }

    fn exceeds(self, room: Room) -> bool {
        self.bytes > room.bytes || self.lines > room.lines
    }

    /// How much of the room that is, whichever is scarcer; comparable for one room.
    fn part_of(self, room: Room) -> u128 {
        let bytes = self.bytes as u128 * u128::from(room.lines);
        let lines = u128::from(self.lines) * room.bytes as u128;
        bytes.max(lines)
    }
}

/// What waits of one service.
#[derive(Debug, Default)]
struct Share {
    amount: Amount,
    /// Where in the queue, the oldest first.
    places: VecDeque<u64>,
}

/// Replies in their order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// By their number. Shared with all others who follow: however many do not read, they keep the same.
    replies: BTreeMap<u64, Arc<Reply>>,
    /// The number of the next one.
    next: u64,
    /// The state among them.
    state: Option<u64>,
    /// The output among them, by service.
    shares: BTreeMap<String, Share>,
    /// The newest output.
    newest: u64,
    /// How many of them are output.
    outputs: usize,
    amount: Amount,
}

impl Queue {
    /// Appends a reply.
    pub(super) fn push(&mut self, reply: Arc<Reply>) {
        let place = self.next;
        self.next += 1;
        match &*reply {
            Reply::Printed(printed) => {
                self.amount.add(printed);
                self.outputs += 1;
                self.newest = place;
                // A name is copied once, not for every line.
                if let Some(share) = self.shares.get_mut(&printed.service) {
                    share.amount.add(printed);
                    share.places.push_back(place);
                } else {
                    let mut share = Share::default();
                    share.amount.add(printed);
                    share.places.push_back(place);
                    self.shares.insert(printed.service.clone(), share);
                }
            }
            // The latest state says all that an earlier one said, and stands where that stood. The first of
            // all stays: it is what was when somebody asked.
            Reply::State(_) if place > 0 => {
                let place = *self.state.get_or_insert(place);
                self.replies.insert(place, reply);
                return;
            }
            _ => {}
        }
        self.replies.insert(place, reply);
    }

    /// The oldest reply.
    pub(super) fn pop(&mut self) -> Option<Arc<Reply>> {
        let (place, reply) = self.replies.pop_first()?;
        if let Reply::Printed(printed) = &*reply {
            self.forget(printed);
        } else if self.state == Some(place) {
            self.state = None;
        }
        Some(reply)
    }

    /// Whether other things than output pile up.
    pub(super) fn piles_up(&self) -> bool {
        self.replies.len() - self.outputs > NEWS
    }

    /// Leaves output out where there is too much of it, the oldest of whoever has the most; never the
    /// newest, so that whoever reads gets on. How many lines.
    pub(super) fn shorten(&mut self, room: Room) -> u64 {
        let mut left_out = 0;
        while self.amount.exceeds(room) {
            let oldest = self
                .shares
                .values()
                .filter_map(|share| Some((share.amount.part_of(room), *share.places.front()?)))
                .filter(|(_, place)| *place != self.newest)
                .max_by_key(|(part, _)| *part);
            let Some(reply) = oldest.and_then(|(_, place)| self.replies.remove(&place)) else {
                break;
            };
            if let Reply::Printed(printed) = &*reply {
                self.forget(printed);
                left_out += printed.lines();
            }
        }
        left_out
    }

    /// Takes note that the oldest output of a service waits no more.
    fn forget(&mut self, printed: &Printed) {
        self.amount.take(printed);
        self.outputs -= 1;
        if let Some(share) = self.shares.get_mut(&printed.service) {
            share.amount.take(printed);
            share.places.pop_front();
            if share.places.is_empty() {
                self.shares.remove(&printed.service);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn amount(&self) -> Amount {
        self.amount
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Phase, SessionView, Snapshot};
    use super::*;
    use proptest::prelude::*;

    fn printed(service: &str, seq: u64, lines: usize) -> Arc<Reply> {
        Arc::new(Reply::Printed(Printed {
            time: String::new(),
            service: service.to_owned(),
            seq,
            text: "x\n".repeat(lines),
        }))
    }

    const ROOM: Room = Room {
        bytes: 1 << 10,
        lines: 100,
    };

    /// What is left of it all: service, number, how many lines.
    fn rest(queue: &mut Queue) -> Vec<(String, u64, u64)> {
        std::iter::from_fn(|| queue.pop())
            .filter_map(|reply| match &*reply {
                Reply::Printed(printed) => {
                    Some((printed.service.clone(), printed.seq, printed.lines()))
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_flood_pushes_out_its_own_lines_only() {
        let mut queue = Queue::default();
        let (mut seq, mut left_out) = (1, 0);
        for _ in 0..20 {
            for (service, lines) in [("quiet", 1), ("flood", 30), ("flood", 30)] {
                queue.push(printed(service, seq, lines));
                seq += lines as u64;
                left_out += queue.shorten(ROOM);
            }
        }
        let rest = rest(&mut queue);
        let quiet: Vec<u64> = rest
            .iter()
            .filter(|(service, ..)| service == "quiet")
            .map(|(_, seq, _)| *seq)
            .collect();
        assert_eq!(quiet, (0..20).map(|at| 1 + at * 61).collect::<Vec<_>>());
        assert!(rest.is_sorted_by_key(|(_, seq, _)| *seq), "{rest:?}");
        let kept: u64 = rest.iter().map(|(_, _, lines)| lines).sum();
        assert_eq!(kept + left_out, seq - 1);
        assert_eq!(queue.amount(), Amount::default());
        assert!(queue.shares.is_empty());
    }

    proptest! {
        #[test]
        fn nobody_loses_a_line_while_another_has_more(
            pushed in proptest::collection::vec((0_usize..4, 1_usize..40), 1..80)
        ) {
            let mut queue = Queue::default();
            let mut sent: BTreeMap<String, u64> = BTreeMap::new();
            for (seq, (service, lines)) in (0..).zip(pushed) {
                let service = format!("s{service}");
                *sent.entry(service.clone()).or_default() += lines as u64;
                queue.push(printed(&service, seq, lines));
                queue.shorten(ROOM);
                let amount = queue.amount();
                prop_assert!(!amount.exceeds(ROOM));
                // What the newest leaves, which is at most 39, is room for so much of each other one.
                for (service, sent) in sent.iter().filter(|(_, sent)| **sent <= (100 - 39) / 3) {
                    let kept = queue.shares.get(service).map_or(0, |share| share.amount.lines);
                    prop_assert_eq!(kept, *sent, "{}", service);
                }
            }
        }
    }

    #[test]
    fn the_latest_state_stands_where_the_one_before_stood_and_the_first_stays() {
        let mut queue = Queue::default();
        let state = |uptime_ms| {
            let session = SessionView {
                pid: 1,
                version: String::new(),
                environment: String::new(),
                root: String::new(),
                phase: Phase::Running,
                uptime_ms,
            };
            let services = Vec::new();
            Arc::new(Reply::State(Box::new(Snapshot { session, services })))
        };
        let news = || Arc::new(Reply::LeftOut(1));
        for reply in [state(1), state(2), news(), state(3)] {
            queue.push(reply);
        }
        // What was when somebody asked is known, whatever became of it meanwhile.
        for wanted in [state(1), state(3), news()] {
            assert_eq!(queue.pop(), Some(wanted));
        }
        queue.push(news());
        queue.push(state(4));
        for wanted in [news(), state(4)] {
            assert_eq!(queue.pop(), Some(wanted));
        }
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn lines_of_many_who_print_little_are_no_pile_of_news() {
        let mut queue = Queue::default();
        for seq in 0..2 * NEWS as u64 {
            queue.push(printed("api", seq, 1));
        }
        assert!(!queue.piles_up());
        for _ in 0..=NEWS {
            queue.push(Arc::new(Reply::LeftOut(1)));
        }
        assert!(queue.piles_up());
    }
}
