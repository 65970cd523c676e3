//! What a session and another terminal say to each other: pure values, and how they become bytes.
//!
//! One JSON object a line. The other terminal asks once per connection ([`Request`]) and gets
//! replies ([`Reply`]) until the session closes the line. Whatever arrives is judged here, with a
//! limit on its length; nothing that a client sends can be more than a refusal.

mod feed;
mod frame;
mod goal;
mod message;
mod queue;
mod snapshot;
mod whereabouts;

pub use feed::{Feed, Feeds, Next};
pub use frame::{Broken, Frames, LONGEST_REPLY, LONGEST_REQUEST, encode};
pub use goal::{Goal, Missed, Progress};
pub use message::{Ask, Happened, Mood, PROTOCOL, Printed, Refusal, Reply, Request};
pub use snapshot::{Phase, ServiceView, SessionView, Snapshot, Stage};
pub use whereabouts::Whereabouts;
