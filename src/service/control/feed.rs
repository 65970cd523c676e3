//! What is on its way to somebody who follows a session: bounded, so that nobody who reads slowly
//! or not at all can hold up the session or fill its memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Reply;
use super::queue::{Queue, Room};

/// Output that waits for one reader; beyond that some is left out, of whoever printed the most.
const WAITING: Room = Room {
    // A line of ten megabytes, which comes in parts and all at once, finds room.
    bytes: 16 << 20,
    // Of short lines that is more than anybody can catch up with.
    lines: 1 << 16,
};

/// Whose turn it is when something is there.
type Wake = Box<dyn Fn() + Send + Sync>;

/// A queue to one reader. Clones are the same queue.
#[derive(Clone)]
pub struct Feed(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    wake: Wake,
    /// Whether the reader wants what services print.
    output: bool,
    room: Room,
}

#[derive(Default)]
struct Waiting {
    queue: Queue,
    left_out: u64,
    /// Nothing follows.
    ended: bool,
    /// Nobody reads any more.
    abandoned: bool,
}

impl Waiting {
    fn abandon(&mut self) {
        self.abandoned = true;
        self.queue = Queue::default();
    }
}

/// What a reader gets.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// This.
    Reply(Reply),
    /// Nothing yet.
    Nothing,
    /// Nothing any more.
    End,
}

impl Feed {
    /// A queue whose reader is woken with `wake`. With `output` it gets what services print.
    #[must_use]
    pub fn new(output: bool, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self::with_room(WAITING, output, wake)
    }

    fn with_room(room: Room, output: bool, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared {
            waiting: Mutex::default(),
            wake: Box::new(wake),
            output,
            room,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        let waiting = self.0.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a reply. Never waits.
    pub fn push(&self, reply: Reply) {
        self.share(Arc::new(reply));
    }

    fn share(&self, reply: Arc<Reply>) {
        let mut waiting = self.lock();
        let unwanted = !self.0.output && matches!(*reply, Reply::Printed(_));
        if waiting.ended || waiting.abandoned || unwanted {
            return;
        }
        waiting.queue.push(reply);
        waiting.left_out += waiting.queue.shorten(self.0.room);
        if waiting.queue.piles_up() {
            waiting.abandon();
        }
        drop(waiting);
        (self.0.wake)();
    }

    /// Appends the last reply.
    pub fn finish(&self, reply: Reply) {
        self.push(reply);
        self.end();
    }

    /// Nothing follows.
    pub fn end(&self) {
        self.lock().ended = true;
        (self.0.wake)();
    }

    /// The next reply.
    #[must_use]
    pub fn next(&self) -> Next {
        let mut waiting = self.lock();
        if waiting.left_out > 0 {
            return Next::Reply(Reply::LeftOut(std::mem::take(&mut waiting.left_out)));
        }
        match waiting.queue.pop() {
            Some(reply) => {
                drop(waiting);
                Next::Reply(Arc::unwrap_or_clone(reply))
            }
            None if waiting.ended || waiting.abandoned => Next::End,
            None => Next::Nothing,
        }
    }

    /// The reader leaves.
    pub fn abandon(&self) {
        self.lock().abandon();
    }

    /// Whether nothing more will be taken.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let waiting = self.lock();
        waiting.ended || waiting.abandoned
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}

/// Everybody who follows a session. Clones are the same list.
#[derive(Debug, Clone, Default)]
pub struct Feeds(Arc<Mutex<Following>>);

#[derive(Debug, Default)]
struct Following {
    feeds: Vec<Feed>,
    /// What still holds of each service and stands in no history: whoever comes now is told too.
    standing: BTreeMap<String, Arc<Reply>>,
}

impl Feeds {
    fn lock(&self) -> MutexGuard<'_, Following> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells `feed` what stands of services.
    pub fn tell_standing(&self, feed: &Feed) {
        for reply in self.lock().standing.values() {
            feed.share(Arc::clone(reply));
        }
    }

    /// From now on `feed` gets everything.
    pub fn add(&self, feed: Feed) {
        let mut following = self.lock();
        if feed.0.output {
            for reply in following.standing.values() {
                feed.share(Arc::clone(reply));
            }
        }
        following.feeds.push(feed);
    }

    /// Whether anybody follows; `output`: wants what services print. Those who left are forgotten.
    #[must_use]
    pub fn any(&self, output: bool) -> bool {
        let feeds = &mut self.lock().feeds;
        feeds.retain(|feed| !feed.is_over());
        feeds.iter().any(|feed| feed.0.output || !output)
    }

    /// Hands a reply to everybody.
    pub fn push(&self, reply: Reply) {
        self.lock().push(&Arc::new(reply));
    }

    /// Hands a reply about a service to everybody, and to those who come until it is [settled](Self::settle).
    pub fn stand(&self, service: &str, reply: Reply) {
        let reply = Arc::new(reply);
        let mut following = self.lock();
        following.push(&reply);
        following.standing.insert(service.to_owned(), reply);
    }

    /// What stood of a service holds no more.
    pub fn settle(&self, service: &str) {
        self.lock().standing.remove(service);
    }

    /// The session is over.
    pub fn finish(&self) {
        for feed in self.lock().feeds.drain(..) {
            feed.finish(Reply::Over);
        }
    }
}

impl Following {
    fn push(&self, reply: &Arc<Reply>) {
        for feed in &self.feeds {
            feed.share(Arc::clone(reply));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Printed;
    use super::super::queue::NEWS;
    use super::*;
    use proptest::prelude::*;

    fn printed(lines: usize, width: usize) -> Reply {
        Reply::Printed(Printed {
            time: String::new(),
            service: "api".to_owned(),
            seq: 1,
            text: format!("{}\n", "x".repeat(width)).repeat(lines),
        })
    }

    fn waiting(feed: &Feed) -> (usize, u64) {
        let amount = feed.lock().queue.amount();
        (amount.bytes, amount.lines)
    }

    proptest! {
        #[test]
        fn whoever_does_not_read_costs_a_bounded_amount_and_is_told_how_much_was_left_out(
            parts in proptest::collection::vec((1_usize..50, 1_usize..20_000), 1..60), reads in 0_usize..5
        ) {
            let room = Room { bytes: 1 << 20, lines: 400 };
            let feed = Feed::with_room(room, true, || {});
            let (mut sent, mut got, mut left_out) = (0, 0, 0);
            let mut take = |feed: &Feed| match feed.next() {
                Next::Reply(Reply::Printed(printed)) => { got += printed.text.lines().count() as u64; true }
                Next::Reply(Reply::LeftOut(lines)) => { left_out += lines; true }
                Next::Reply(_) => true,
                Next::Nothing | Next::End => false,
            };
            for (lines, width) in parts {
                feed.push(printed(lines, width));
                sent += lines as u64;
                let (bytes, lines) = waiting(&feed);
                prop_assert!(bytes <= room.bytes && lines <= room.lines);
                for _ in 0..reads {
                    take(&feed);
                }
            }
            feed.finish(Reply::Over);
            while take(&feed) {}
            prop_assert_eq!(got + left_out, sent);
            prop_assert_eq!(feed.next(), Next::End);
        }
    }

    #[test]
    fn who_wants_no_output_gets_none_and_only_what_is_new_of_the_rest() {
        let (feeds, feed) = (Feeds::default(), Feed::new(false, || {}));
        feeds.add(feed.clone());
        assert!(feeds.any(false) && !feeds.any(true));
        feeds.push(printed(1, 1));
        feeds.push(Reply::LeftOut(3));
        feeds.finish();
        assert_eq!(feed.next(), Next::Reply(Reply::LeftOut(3)));
        assert_eq!(feed.next(), Next::Reply(Reply::Over));
        assert_eq!(feed.next(), Next::End);
        assert!(!feeds.any(false));
    }

    #[test]
    fn whoever_comes_later_is_told_what_still_holds() {
        let feeds = Feeds::default();
        let late = |output| {
            let feed = Feed::new(output, || {});
            feeds.add(feed.clone());
            feed.next()
        };
        for number in [1, 2] {
            feeds.stand("api", Reply::LeftOut(number));
        }
        assert_eq!(late(true), Next::Reply(Reply::LeftOut(2)), "the latest");
        assert_eq!(late(false), Next::Nothing, "it gave an order");
        let asks = Feed::new(false, || {});
        feeds.tell_standing(&asks);
        asks.end();
        assert_eq!(asks.next(), Next::Reply(Reply::LeftOut(2)));
        assert_eq!(asks.next(), Next::End);
        feeds.settle("api");
        assert_eq!(late(true), Next::Nothing);
    }

    #[test]
    fn a_line_of_ten_megabytes_that_comes_in_parts_waits_whole() {
        let feed = Feed::new(true, || {});
        for _ in 0..10 {
            feed.push(printed(1, 1 << 20));
        }
        for _ in 0..10 {
            assert_eq!(feed.next(), Next::Reply(printed(1, 1 << 20)));
        }
        assert_eq!(feed.next(), Next::Nothing);
    }

    #[test]
    fn what_came_last_is_kept_however_long_it_is() {
        let room = Room {
            bytes: 10,
            lines: 2,
        };
        let feed = Feed::with_room(room, true, || {});
        feed.push(printed(1, 5));
        feed.push(printed(3, 100));
        assert_eq!(feed.next(), Next::Reply(Reply::LeftOut(1)));
        assert_eq!(feed.next(), Next::Reply(printed(3, 100)));
        assert_eq!(feed.next(), Next::Nothing);
        assert_eq!(waiting(&feed), (0, 0));
    }

    #[test]
    fn a_reader_that_stopped_reading_is_given_up() {
        let feed = Feed::new(true, || {});
        for _ in 0..=NEWS {
            feed.push(Reply::LeftOut(1));
        }
        assert!(feed.is_over());
        assert_eq!(feed.next(), Next::End);
    }
}
