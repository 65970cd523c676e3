//! Ranges of versions, as Python and Node manifests write them.

use std::fmt;

use super::bound::{Bound, World, bounds};
use super::version::Version;

/// A range of versions: alternatives (`||`), each a list of bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    text: String,
    alternatives: Vec<Vec<Bound>>,
    unread: Vec<String>,
}

impl Range {
    /// `>=3.11,<4`, `~=3.11`, `==3.12.*`, as Python reads it. What is not understood binds nothing,
    /// and is told by [`Range::unread`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::read(text, World::Python)
    }

    /// `^18 || >=20`, `18 - 20`, `18.x`, as npm reads it: numbers that are left out may be any. Where a part
    /// is not understood, none binds anything.
    #[must_use]
    pub fn of_npm(text: &str) -> Self {
        Self::read(text, World::Npm)
    }

    fn read(text: &str, world: World) -> Self {
        let mut unread = Vec::new();
        let mut alternatives = Vec::new();
        for alternative in text.split("||") {
            let before = unread.len();
            let bounds = bounds(alternative, world, &mut unread);
            // One of which nothing is understood lets no version in: the others decide.
            if !bounds.is_empty() || unread.len() == before {
                alternatives.push(bounds);
            }
        }
        let is_npm = world == World::Npm;
        if is_npm && text.contains(',') {
            unread.push(",".to_owned());
        }
        // npm reads a range as a whole or not at all.
        if alternatives.is_empty() || (is_npm && !unread.is_empty()) {
            alternatives = vec![Vec::new()];
        }
        Self {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            alternatives,
            unread,
        }
    }

    /// The parts that are not understood.
    #[must_use]
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The versions that lie in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if self.text == other.text || other.text.is_empty() {
            return self.clone();
        }
        // The usual case reads as one bound: `>=3.10` and `>=3.11`.
        if let ([one], [another]) = (self.lowest(), other.lowest()) {
            return if one.version >= another.version {
                self.clone()
            } else {
                other.clone()
            };
        }
        self.all_of(other)
    }

    /// As [`Range::and`], with every bound of both.
    pub(super) fn all_of(&self, other: &Self) -> Self {
        let alternatives = self.alternatives.iter().flat_map(|ours| {
            other
                .alternatives
                .iter()
                .map(|theirs| ours.iter().chain(theirs).cloned().collect())
        });
        Self {
            text: format!("{}, {}", self.text, other.text)
                .trim_start_matches(", ")
                .to_owned(),
            alternatives: alternatives.collect(),
            unread: [self.unread(), other.unread()].concat(),
        }
    }

    /// A list of bounds for uv and pip: all, or those of the first alternative.
    #[must_use]
    pub fn specifier(&self) -> String {
        let bounds = self.alternatives.first().into_iter().flatten();
        bounds.map(Bound::specifier).collect::<Vec<_>>().join(",")
    }

    /// The bound, where it is a single `>=`.
    fn lowest(&self) -> &[Bound] {
        match self.alternatives.as_slice() {
            [bounds]
                if self.unread.is_empty()
                    && matches!(bounds.as_slice(), [bound] if bound.operator == ">=") =>
            {
                bounds
            }
            _ => &[],
        }
    }

    /// The versions that it is written with.
    pub(super) fn named(&self) -> impl Iterator<Item = &Version> {
        self.alternatives
            .iter()
            .flatten()
            .map(|bound| &bound.version)
    }

    /// Whether a version lies in it.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        self.alternatives
            .iter()
            .any(|bounds| bounds.iter().all(|bound| bound.holds(version)))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_ask_for_holds_together() {
        let both = |one: &str, other: &str| Range::parse(one).and(&Range::parse(other));
        assert_eq!(both(">=3.10", ">=3.11").to_string(), ">=3.11");
        let range = both(">=3.11,<3.13", "!=3.12.1");
        let holds = |version: &str| Version::parse(version).is_some_and(|it| range.contains(&it));
        assert_eq!(
            ["3.11", "3.12.1", "3.12.2", "3.13"].map(holds),
            [true, false, true, false]
        );
    }

    #[test]
    fn what_npm_leaves_out_may_be_any_number() {
        for (range, inside, outside, specifier) in [
            ("18 - 20", "20.9.1", "21.0.0", ">=18,<21"),
            ("<=20", "20.9.1", "21.0.0", "<21"),
            (">18", "19.0.0", "18.9.9", ">=19"),
            ("~20.4", "20.4.9", "20.5.0", ">=20.4,<20.5"),
            ("^20.1", "20.9.0", "21.0.0", ">=20.1,<21"),
            (">=18 <21 || ^22", "22.1.0", "21.5.0", ">=18,<21"),
            ("20", "20.1.0", "21.0.0", "==20.*"),
            ("20.1.2", "20.1.2", "20.1.3", "==20.1.2"),
        ] {
            let range = Range::of_npm(range);
            let holds = |text: &str| range.contains(&Version::parse(text).expect("a version"));
            assert!(holds(inside), "{inside} is in {range}");
            assert!(!holds(outside), "{outside} is not in {range}");
            assert_eq!(range.specifier(), specifier);
        }
    }

    #[test]
    fn ranges_of_both_worlds_are_understood() {
        let holds = |range: &str, version: &str| {
            Range::parse(range).contains(&Version::parse(version).expect("a version"))
        };
        for (range, inside, outside) in [
            (">=3.11", "3.13.1", "3.10.9"),
            (">= 3.11, <4", "3.99", "4.0"),
            ("~=3.11", "3.12", "4.0"),
            ("^18 || >=20", "22.1.0", "19.0.0"),
            ("18.x", "18.20.1", "19.0.0"),
            ("==3.12.*", "3.12.4", "3.13"),
            ("!=3.12.*", "3.13.0", "3.12.4"),
            ("===3.12.4", "3.12.4", "3.12.5"),
            ("==3.12", "3.12.0", "3.12.4"),
            ("<=3.12", "3.12.0", "3.12.4"),
            ("~1.4.2", "1.4.9", "1.5.0"),
            (">=18", "18.0.0", "18.0.0-rc.1"),
        ] {
            assert!(holds(range, inside), "{inside} is in {range}");
            assert!(!holds(range, outside), "{outside} is not in {range}");
        }
    }

    fn npm_holds(range: &str, version: &str) -> bool {
        Range::of_npm(range).contains(&Version::parse(version).expect("a version"))
    }

    #[test]
    fn spaces_tabs_and_signs_of_npm_are_read_as_npm_reads_them() {
        for (range, inside, outside) in [
            ("~>20.1", "20.1.4", "12.0.0"),
            ("~=20.1", "20.1.4", "20.2.0"),
            (">=20\t<22", "21.9.0", "23.0.0"),
            (">=   20.9.0", "22.0.0", "20.8.0"),
            ("  >= 20.9.0   <  22 ", "21.0.0", "22.0.0"),
            (">=20<22", "21.0.0", "22.0.0"),
            ("18  -  20", "20.9.9", "21.0.0"),
            ("18.1.2\t- 20.4.0", "20.4.0", "20.4.1"),
            ("=v20.1.2", "20.1.2", "20.1.3"),
            ("^=20", "20.9.0", "21.0.0"),
            (">=22.0.0-rc.10", "22.0.0-rc.11", "22.0.0-rc.9"),
            ("20.1.2", "20.1.2", "20.1.2-rc.1"),
            ("<22", "21.9.9", "22.0.0-rc.1"),
            ("^0.0", "0.0.9", "0.1.0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            ("^0.2.3", "0.2.9", "0.3.0"),
            ("^0", "0.9.0", "1.0.0"),
            ("20.x.x", "20.4.1", "21.0.0"),
        ] {
            assert!(npm_holds(range, inside), "{inside} is in {range}");
            assert!(!npm_holds(range, outside), "{outside} is not in {range}");
            assert_eq!(Range::of_npm(range).unread(), <&[String]>::default());
        }
        for range in ["*", "x", "", ">=0", "20 || *"] {
            assert!(npm_holds(range, "12.0.0"), "{range}");
            assert_eq!(Range::of_npm(range).unread(), <&[String]>::default());
        }
    }

    #[test]
    fn what_is_not_understood_is_told_and_binds_nothing() {
        for (range, unread) in [
            (">=18 || ^foo", &["^foo"][..]),
            ("latest", &["latest"]),
            ("lts/*", &["lts/*"]),
            (">= 20 && < 22", &["&&"]),
            ("20-22", &["20-22"]),
            ("20x", &["20x"]),
            ("! 20 >", &["!", ">"]),
            (">", &[">"]),
            ("1.2.3.4", &["1.2.3.4"]),
            ("\u{2265}20", &["\u{2265}20"]),
            ("\u{2265} 20", &["\u{2265}"]),
            ("18 | 20", &["|"]),
            ("^20.9.0,^22", &[","]),
            ("=>20", &["="]),
        ] {
            let read = Range::of_npm(range);
            assert_eq!(read.unread(), unread, "{range}");
            assert!(npm_holds(range, "12.0.0"), "{range}");
            assert_eq!(read.specifier(), "", "{range}");
        }
        assert_eq!(Range::parse(">=3.11, <4rubbish").unread(), ["<4rubbish"]);
        let both = Range::parse(">=3.11").and(&Range::parse("three"));
        assert_eq!(both.unread(), ["three"]);
    }

    #[test]
    fn what_was_packed_once_more_is_no_candidate() {
        let holds = |range: &str, version: &str| {
            Range::parse(range).contains(&Version::parse(version).expect("a version"))
        };
        assert!(holds(">=2.9.0", "2.9.0.post0"));
        assert!(!holds("<3.15", "3.15.0rc1"));
        assert!(holds("<3.15.0rc2", "3.15.0rc1"));
    }
}
