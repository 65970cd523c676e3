//! Lengths of time.

use crate::workspace::Seconds;

use super::Problem;

pub(super) fn check(value: &str) -> Result<(), Problem> {
    value.parse::<Seconds>().map(drop).map_err(|_| {
        Problem::wrong("is no length of time").way_out("write for example 500ms, 10s, 2m or 1h")
    })
}
