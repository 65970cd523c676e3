//! Which version of a range is worth installing.

use super::range::Range;
use super::version::Version;

/// Later than every release of anything.
const LATEST: u64 = 9999;

/// Whether whatever is newest lies in the range.
pub(super) fn takes_newest(range: &Range) -> bool {
    range.contains(&Version::whole(LATEST))
}

/// The newest release of a line: `3.12` has 3.12.9999.
fn newest_of(numbers: &[u64]) -> Version {
    let mut numbers = numbers.to_vec();
    while numbers.len() < 3 {
        numbers.push(LATEST);
    }
    Version::of(numbers)
}

/// The first of these lines of releases whose newest lies in the range: the one that most packages are
/// built for, where it does. Else one that the range itself names, as far as there is one.
pub(super) fn line(range: &Range, offered: &[&str]) -> Option<String> {
    let offered: Vec<Version> = offered
        .iter()
        .filter_map(|text| Version::parse(text))
        .collect();
    let length = offered.first().map_or(1, |version| version.numbers().len());
    let last = offered.iter().max()?;
    let named = range
        .named()
        .map(|version| Version::of((0..length).map(|at| version.number(at)).collect()))
        .filter(|version| version <= last);
    offered
        .iter()
        .cloned()
        .chain(named)
        .find(|line| range.contains(&newest_of(line.numbers())))
        .map(|line| line.to_string())
}

/// A version with which the range is written, and which lies in it; all three numbers of it.
pub(super) fn one(range: &Range) -> Option<String> {
    let whole = |version: &Version| {
        if version.is_bare() && version.numbers().len() < 3 {
            Version::of((0..3).map(|at| version.number(at)).collect())
        } else {
            version.clone()
        }
    };
    range
        .named()
        .map(whole)
        .find(|version| range.contains(version))
        .map(|version| version.to_string())
}

/// Whether some version may lie in it. Where it is written with releases before a release, nobody counts
/// what lies between them.
pub(super) fn is_possible(range: &Range) -> bool {
    !range.named().all(Version::is_bare) || meet(range, range)
}

/// Whether some version may lie in both: those with which they are written, those that come next, and the
/// newest of their lines are tried, the newest of all, and the first.
#[must_use]
pub fn meet(one: &Range, other: &Range) -> bool {
    let tried = |range: &Range| {
        let versions = range.named().flat_map(|version| {
            let numbers = version.numbers();
            let lines = (1..=numbers.len().min(2)).filter_map(|length| numbers.get(..length));
            let lines: Vec<Version> = lines.map(newest_of).collect();
            let next = (1..=3).map(|length| {
                let number = |at| version.number(at) + u64::from(at + 1 == length);
                Version::of((0..length).map(number).collect())
            });
            lines.into_iter().chain(next).chain([version.clone()])
        });
        versions.collect::<Vec<_>>()
    };
    tried(one)
        .into_iter()
        .chain(tried(other))
        .chain([Version::whole(LATEST), Version::whole(0)])
        .any(|version| one.contains(&version) && other.contains(&version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_releases_lies_in_the_range() {
        let line = |range: &str| line(&Range::of_npm(range), &["22", "24", "20"]);
        assert_eq!(line(">=18").as_deref(), Some("22"));
        assert_eq!(line("^20.1").as_deref(), Some("20"));
        assert_eq!(line("^21.1").as_deref(), Some("21"));
        // There is none, as far as anybody knows.
        assert_eq!(line(">=99"), None);
        assert_eq!(line("20.1.2"), None);
    }

    #[test]
    fn one_version_of_a_range_is_named_by_it() {
        let one = |range: &str| one(&Range::parse(range));
        assert_eq!(one("==0.1.0").as_deref(), Some("0.1.0"));
        assert_eq!(one(">=0.5,<0.6").as_deref(), Some("0.5.0"));
        assert_eq!(one("<0.6"), None);
        assert!(takes_newest(&Range::parse("")));
        assert!(!takes_newest(&Range::parse("<0.6")));
    }

    #[test]
    fn ranges_meet_or_do_not() {
        let meets = |a: &str, b: &str| meet(&Range::parse(a), &Range::parse(b));
        assert!(meets("3.12", ">=3.11,<3.16"));
        assert!(meets("3.12", ">=3.12.4"));
        assert!(meets(">=3.12", "<3.14"));
        assert!(meets(">=3.12", ""));
        assert!(!meets("3.10", ">=3.11"));
        assert!(!meets("<3.11", ">=3.11"));
    }
}
