//! Ranges of versions, as Python and Node manifests write them.

use std::fmt;

use super::version::Version;

/// Who reads a range: what Python leaves out is zero, what npm leaves out may be any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum World {
    Python,
    Npm,
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
            // Who asks for less than 22 does not want its release candidates.
            "<" => order.is_lt() && !(self.is_release_of(version) && version.is_pre()),
            "!=" if self.family => !self.is_of(version),
            "!=" => order.is_ne(),
            "==" | "===" if !self.family => order.is_eq(),
            // The first number that is not zero stays.
            "^" => order.is_ge() && self.agrees(version, self.leading() + 1),
            // All but the last number that is written stay.
            "~=" => order.is_ge() && self.agrees(version, self.written().saturating_sub(1).max(1)),
            "~" => order.is_ge() && self.agrees(version, self.written().min(2)),
            // `20.1.2` is that one, and no other.
            _ if !self.family && (self.written() > 2 || !self.version.is_bare()) => order.is_eq(),
            // As many numbers as are written must agree: `18` means 18.x.
            _ => self.is_of(version),
        }
    }

    /// How many numbers are written.
    fn written(&self) -> usize {
        self.version.numbers().len()
    }

    /// Where the first number stands that is not zero: the last one where all are, so that `^0.0`
    /// means 0.0.x.
    fn leading(&self) -> usize {
        let numbers = self.version.numbers();
        numbers
            .iter()
            .position(|number| *number > 0)
            .unwrap_or(numbers.len().saturating_sub(1))
    }

    /// Whether all numbers that are written agree.
    fn is_of(&self, version: &Version) -> bool {
        self.agrees(version, self.written())
    }

    fn is_release_of(&self, version: &Version) -> bool {
        self.version.is_bare() && self.agrees(version, self.written().max(version.numbers().len()))
    }

    /// The same for uv and pip.
    fn specifier(&self) -> String {
        let numbers = self.version.numbers();
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
            "^" => format!(">={version},<{}", next(self.leading())),
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
    unread: Vec<String>,
}

impl Range {
    /// `>=3.11,<4`, `~=3.11`, `==3.12.*`, as Python reads it. What is not understood binds nothing,
    /// and is told by [`Range::unread`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::read(text, World::Python)
    }

    /// `^18 || >=20`, `18 - 20`, `18.x`, as npm reads it: numbers that are left out may be any.
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
        if alternatives.is_empty() {
            alternatives.push(Vec::new());
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

/// Every operator of both worlds, the longer ones first.
const OPERATORS: [&str; 12] = [
    "===", "~>", "~=", ">=", "<=", "==", "!=", "^", "~", ">", "<", "=",
];

/// Operators and what each stands before: spaces between the two are nothing.
fn tokens(text: &str) -> Vec<(&'static str, &str)> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let Some(first) = rest.chars().next() else {
            return tokens;
        };
        let operator = OPERATORS
            .into_iter()
            .find(|operator| rest.starts_with(operator))
            .unwrap_or("");
        let after = rest.get(operator.len()..).unwrap_or_default().trim_start();
        let ends = |c: char| c.is_whitespace() || ",<>=~^!".contains(c);
        let end = match after.find(ends) {
            // A sign that is no operator is a word of its own, or this would not end.
            Some(0) if operator.is_empty() => first.len_utf8(),
            Some(end) => end,
            None => after.len(),
        };
        let (word, left) = after.split_at(end);
        tokens.push((operator, word));
        rest = left;
    }
}

/// What all of them together ask for; what is not understood goes to `unread`.
fn bounds(text: &str, world: World, unread: &mut Vec<String>) -> Vec<Bound> {
    let tokens = tokens(text);
    let mut bounds = Vec::new();
    let mut add = |operator: &'static str, word: &str| match bound(operator, word, world) {
        Some(bound) => bounds.extend(bound),
        None => unread.push(format!("{operator}{word}")),
    };
    let mut rest = tokens.as_slice();
    loop {
        rest = match rest {
            [] => return bounds,
            // `18 - 20` is both ends.
            [("", from), ("", "-"), ("", to), rest @ ..] => {
                add(">=", from);
                add("<=", to);
                rest
            }
            // `^=1` is `^1` to npm.
            [(operator, ""), ("=", word), rest @ ..] if world == World::Npm => {
                add(operator, word);
                rest
            }
            [(operator, word), rest @ ..] => {
                add(operator, word);
                rest
            }
        };
    }
}

/// One bound, or none for a word that lets everything in; `None` for what is not understood.
fn bound(operator: &'static str, word: &str, world: World) -> Option<Option<Bound>> {
    let is_any = |part: &str| matches!(part, "*" | "x" | "X");
    let parts: Vec<&str> = word.split('.').collect();
    let open = parts.iter().position(|part| is_any(part));
    let wanted = match open {
        Some(at) if parts.iter().skip(at).all(|part| is_any(part)) => {
            parts.get(..at).unwrap_or_default().join(".")
        }
        Some(_) => return None,
        None => word.to_owned(),
    };
    if wanted.is_empty() {
        let all = open.is_some() && !matches!(operator, "<" | ">" | "!=");
        return all.then_some(None);
    }
    let version = Version::parse(&wanted)?;
    let in_form = match world {
        World::Python => is_of_python(&wanted, &version),
        World::Npm => is_of_npm(&wanted, &version),
    };
    in_form.then(|| {
        let npm = world == World::Npm;
        Some(Bound {
            // npm has no `~=`, and takes the second sign for nothing.
            operator: if npm && matches!(operator, "~=" | "~>") {
                "~"
            } else {
                operator
            },
            family: open.is_some() || (npm && version.numbers().len() < 3),
            version,
        })
    })
}

/// What stands after the numbers of a version.
fn after_numbers(word: &str) -> &str {
    word.trim_start_matches(['v', 'V'])
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
}

fn is_of_python(word: &str, version: &Version) -> bool {
    let label: String = after_numbers(word)
        .trim_start_matches(['-', '_', '.'])
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    let known = [
        "a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "post", "rev", "r", "dev",
    ];
    version.is_bare() || known.contains(&label.to_ascii_lowercase().as_str())
}

fn is_of_npm(word: &str, version: &Version) -> bool {
    let after = after_numbers(word);
    let numbers = word.len() - after.len();
    let ends_well = !word.get(..numbers).is_some_and(|text| text.ends_with('.'));
    let whole = version.numbers().len() == 3;
    ends_well
        && version.numbers().len() <= 3
        && (after.is_empty() || (whole && after.starts_with(['-', '+'])))
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
    fn what_is_not_understood_is_told_and_lets_nothing_more_in() {
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
        ] {
            assert_eq!(Range::of_npm(range).unread(), unread, "{range}");
        }
        assert!(npm_holds(">=18 || ^foo", "18.0.0"));
        assert!(!npm_holds(">=18 || ^foo", "12.0.0"));
        assert!(npm_holds("^foo", "12.0.0"));
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
