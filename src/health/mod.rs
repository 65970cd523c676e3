//! Judges a running deployment by what it says about itself: pure.

mod body;
mod judge;
mod metrics;

use crate::diagnostic::Rule;

pub use body::{Component, Health, State};
pub use judge::{Broker, Page, api, broker, components, is_page, readiness, web};
pub use metrics::{Metrics, judge as metrics};

/// The rules that this module's findings carry.
pub static RULES: &[&Rule] = &[
    &judge::UNREACHABLE,
    &judge::UNHEALTHY,
    &judge::WORKERS,
    &metrics::BROKEN,
];
