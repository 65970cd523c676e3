//! Judges a running deployment by what it says about itself: pure.

mod body;
mod closed;
mod deep;
mod judge;
mod listed;
mod metrics;
mod own;
mod parts;
mod passing;
mod phrase;
mod reach;
mod read;
mod reason;
mod shown;
mod stranger;
mod tokens;
mod ways;
mod words;
mod workers;
mod xml;

use crate::diagnostic::Rule;

pub use body::{Component, Health, State};
pub use judge::{Detailed, components, readiness, told_by_api};
pub use metrics::{Metrics, judge as metrics};
pub use reach::{Page, api, unreported, web};
pub use read::is_broken;
pub use shown::without;
pub use stranger::apart;
pub use ways::{Beside, DATABASE, Other, REDIS, Stranger, WAIT, WORKER, Way};
pub use workers::{Broker, broker, workers};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &judge::UNREACHABLE,
    &closed::CLOSED,
    &judge::UNHEALTHY,
    &workers::WORKERS,
    &read::UNREADABLE,
    &metrics::BROKEN,
];
