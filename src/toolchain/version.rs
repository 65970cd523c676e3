//! Versions and ranges of them, as Python and Node manifests write them.

use std::cmp::Ordering;
use std::fmt;

/// A version: numbers, and whether it is a pre-release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: Vec<u64>,
    pre: Option<String>,
}

impl Version {
    /// The first version in a text: `Python 3.12.8`, `v20.11.0`, `uv 0.9.1 (abc 2026-01-01)`.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == '(');
        // A digit and a dot are found in any garbage that is long enough.
        let sound = |word: &&str| {
            word.len() <= 40
                && word
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_'))
        };
        words
            .map(|word| {
                word.trim_start_matches(['v', 'V'])
                    .trim_end_matches([')', ';'])
            })
            .filter(sound)
            .find(|word| {
                let (major, rest) = word.split_once('.').unwrap_or_default();
                let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
                !major.is_empty() && digits(major) && rest.starts_with(|c: char| c.is_ascii_digit())
            })
            .and_then(Self::parse)
    }

    /// `3.12.8`, `3.13.0rc1`, `18`, `20.0.0-beta.1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (numbers, rest) = text.split_at(end);
        let numbers: Option<Vec<u64>> = numbers
            .trim_end_matches('.')
            .split('.')
            .map(|part| part.parse().ok())
            .collect();
        // Build metadata (`+local`) does not order versions.
        let rest = rest
            .split('+')
            .next()
            .unwrap_or_default()
            .trim_start_matches(['-', '.', '_']);
        Some(Self {
            numbers: numbers?,
            pre: (!rest.is_empty()).then(|| rest.to_owned()),
        })
    }

    /// The first release of a major version.
    #[must_use]
    pub fn whole(major: u64) -> Self {
        Self {
            numbers: vec![major],
            pre: None,
        }
    }

    fn number(&self, at: usize) -> u64 {
        self.numbers.get(at).copied().unwrap_or(0)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let numbers = (0..length)
            .map(|at| self.number(at).cmp(&other.number(at)))
            .find(|order| order.is_ne());
        numbers.unwrap_or_else(|| match (&self.pre, &other.pre) {
            (None, None) => Ordering::Equal,
            // A pre-release comes before the release.
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => a.cmp(b),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers.iter().map(u64::to_string).collect();
        write!(
            f,
            "{}{}",
            numbers.join("."),
            self.pre.as_deref().unwrap_or_default()
        )
    }
}

/// One bound: an operator and a version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    operator: &'static str,
    version: Version,
    /// `3.12.*`, or a version of npm's with numbers left out: every version that agrees is meant.
    family: bool,
}

impl Bound {
    fn holds(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.operator {
            ">=" => order.is_ge(),
            "<=" => order.is_le() || (self.family && self.is_of(version)),
            ">" => order.is_gt() && !(self.family && self.is_of(version)),
            "<" => order.is_lt(),
            "!=" if self.family => !self.is_of(version),
            "!=" => order.is_ne(),
            "==" | "===" if !self.family => order.is_eq(),
            // The first number that is not zero stays.
            "^" => {
                order.is_ge()
                    && self.agrees(
                        version,
                        self.version
                            .numbers
                            .iter()
                            .position(|n| *n > 0)
                            .unwrap_or(0)
                            + 1,
                    )
            }
            // All but the last number that is written stay.
            "~=" => {
                order.is_ge()
                    && self.agrees(version, self.version.numbers.len().saturating_sub(1).max(1))
            }
            "~" => order.is_ge() && self.agrees(version, self.version.numbers.len().min(2)),
            // As many numbers as are written must agree: `18` means 18.x.
            _ => self.is_of(version),
        }
    }

    /// Whether all numbers that are written agree.
    fn is_of(&self, version: &Version) -> bool {
        self.agrees(version, self.version.numbers.len())
    }

    /// The same for uv and pip.
    fn specifier(&self) -> String {
        let numbers = &self.version.numbers;
        let version = &self.version;
        let next = |at: usize| {
            let kept = numbers.iter().take(at + 1).enumerate();
            let numbers: Vec<String> = kept
                .map(|(here, number)| (number + u64::from(here == at)).to_string())
                .collect();
            numbers.join(".")
        };
        let last = numbers.len().saturating_sub(1);
        match self.operator {
            "^" => {
                let at = numbers.iter().position(|n| *n > 0).unwrap_or(0);
                format!(">={version},<{}", next(at))
            }
            "~" => format!(">={version},<{}", next(last.min(1))),
            "<=" if self.family => format!("<{}", next(last)),
            ">" if self.family => format!(">={}", next(last)),
            "" | "=" | "==" | "!=" if self.family => {
                let operator = if self.operator == "!=" { "!=" } else { "==" };
                format!("{operator}{version}.*")
            }
            "" | "=" => format!("=={version}"),
            operator => format!("{operator}{version}"),
        }
    }

    fn agrees(&self, version: &Version, count: usize) -> bool {
        (0..count).all(|at| version.number(at) == self.version.number(at))
    }
}

/// A range of versions: alternatives (`||`), each a list of bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    text: String,
    alternatives: Vec<Vec<Bound>>,
}

impl Range {
    /// `>=3.11,<4`, `~=3.11`, `==3.12.*`, as Python reads it. What cannot be understood binds nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let alternatives = text.split("||").map(|text| bounds(text, false)).collect();
        Self {
            text: text.trim().to_owned(),
            alternatives,
        }
    }

    /// `^18 || >=20`, `18 - 20`, `18.x`, as npm reads it: numbers that are left out may be any.
    #[must_use]
    pub fn of_npm(text: &str) -> Self {
        let alternatives = text.split("||").map(|text| bounds(text, true)).collect();
        Self {
            text: text.trim().to_owned(),
            alternatives,
        }
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
            [bounds] if matches!(bounds.as_slice(), [bound] if bound.operator == ">=") => bounds,
            _ => &[],
        }
    }

    /// Whether a version lies in it.
    #[must_use]
    pub fn contains(&self, version: &Version) -> bool {
        self.alternatives
            .iter()
            .any(|bounds| bounds.iter().all(|bound| bound.holds(version)))
    }
}

fn bounds(text: &str, npm: bool) -> Vec<Bound> {
    const OPERATORS: [&str; 11] = ["===", "~=", ">=", "<=", "==", "!=", "^", "~", ">", "<", "="];
    // `18 - 20` is both ends.
    let text = match text.split_once(" - ") {
        Some((from, to)) => format!(">={} <={}", from.trim(), to.trim()),
        None => text.trim().to_owned(),
    };
    // `>= 3.11` is one bound, `>=3.11 <4` are two.
    let mut compact = text;
    for operator in OPERATORS {
        compact = compact.replace(&format!("{operator} "), operator);
    }
    compact
        .split([',', ' '])
        .filter(|part| !part.is_empty())
        .filter_map(|part| {
            let operator = OPERATORS
                .into_iter()
                .find(|operator| part.starts_with(operator))
                .unwrap_or("");
            let written = &part[operator.len()..];
            let wanted = written.trim_end_matches(['*', 'x', 'X', '.']);
            let version = Version::parse(wanted)?;
            Some(Bound {
                operator,
                family: wanted.len() < written.len() || (npm && version.numbers.len() < 3),
                version,
            })
        })
        .collect()
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
    fn a_version_is_not_found_in_garbage() {
        let found = |text: &str| Version::find(text).map(|version| version.to_string());
        assert_eq!(found("git version 2.40.0 (x)").as_deref(), Some("2.40.0"));
        assert_eq!(found("uv-tool (1.2.3)").as_deref(), Some("1.2.3"));
        for text in [
            "9@\u{1}\u{2}9.9@",
            "9\u{fffd}.1",
            "1a.2",
            "9.x",
            &"1.".repeat(99),
        ] {
            assert_eq!(found(text), None, "{text}");
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
}
