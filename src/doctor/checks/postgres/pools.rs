//! How large a pool may be by what the backend's schema and the code's own settings class take.

use std::ops::RangeInclusive;

use crate::doctor::Facts;
use crate::schema::Kind;

/// The variable of the connections that a pool keeps.
pub(super) const SIZE: &str = "DATABASE_POOL_SIZE";

/// That of those beyond it.
pub(super) const OVERFLOW: &str = "DATABASE_MAX_OVERFLOW";

/// What each of the two may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) size: RangeInclusive<u32>,
    pub(super) overflow: RangeInclusive<u32>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            size: 1..=u32::MAX,
            overflow: 0..=u32::MAX,
        }
    }
}

impl Bounds {
    pub(super) fn of(facts: &Facts) -> Self {
        let open = Self::default();
        Self {
            size: narrowed(facts, SIZE, open.size),
            overflow: narrowed(facts, OVERFLOW, open.overflow),
        }
    }

    /// Size and overflow of a pool of `wanted` connections that is to keep `kept` of them: fewer where no more are
    /// taken.
    pub(super) fn split(&self, wanted: u32, kept: u32) -> (u32, u32) {
        let size = within(&self.size, kept.min(wanted));
        (size, within(&self.overflow, wanted.saturating_sub(size)))
    }
}

fn within(bounds: &RangeInclusive<u32>, number: u32) -> u32 {
    number.min(*bounds.end()).max(*bounds.start())
}

/// What is left of a range by what the schema says of a variable, and by each class that reads it.
fn narrowed(facts: &Facts, name: &str, open: RangeInclusive<u32>) -> RangeInclusive<u32> {
    let gathered = facts.environments().gathered("backend");
    let of_schema = gathered.and_then(|it| match &it.schema.get(name)?.kind {
        Kind::Int(range) => Some((range.min.map(whole), range.max.map(whole))),
        _ => None,
    });
    let fields = facts.declared().iter();
    let fields = fields.filter(|it| it.variables().any(|variable| variable == name));
    let of_code = fields.map(|it| (it.field.bounds.min, it.field.bounds.max));
    of_schema
        .into_iter()
        .chain(of_code)
        .fold(open, |open, (min, max)| {
            let fits = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
            let start = min.map_or(*open.start(), |min| fits(min).max(*open.start()));
            let end = max.map_or(*open.end(), |max| fits(max).min(*open.end()));
            start..=end
        })
}

/// The whole number next to one of the schema's.
#[expect(clippy::cast_possible_truncation, reason = "it saturates")]
fn whole(number: f64) -> i64 {
    number as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_set_than_is_taken() {
        assert_eq!(Bounds::default().split(193, 100), (100, 93));
        assert_eq!(Bounds::default().split(3, 5), (3, 0));
        let code = Bounds {
            size: 1..=20,
            overflow: 0..=20,
        };
        assert_eq!(code.split(193, 100), (20, 20));
        assert_eq!(code.split(24, 5), (5, 19));
        assert_eq!(code.split(30, 5), (5, 20));
    }
}
