//! Judges a running deployment by what it says about itself: pure.

mod body;
mod judge;
mod metrics;
mod reach;
mod read;
mod ways;

use crate::diagnostic::Rule;

pub use body::{Component, Health, State};
pub use judge::{Broker, Detailed, broker, components, readiness, workers};
pub use metrics::{Metrics, judge as metrics};
pub use reach::{Page, api, web};
pub use ways::{DATABASE, REDIS, WORKER, Way};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &judge::UNREACHABLE,
    &judge::CLOSED,
    &judge::UNHEALTHY,
    &judge::WORKERS,
    &read::UNREADABLE,
    &metrics::BROKEN,
];
