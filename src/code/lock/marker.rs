//! Conditions of requirements (PEP 508), as uv reads them, and whether two of them can hold at once.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::{Operator, Version, VersionPattern, VersionSpecifier};

/// What a condition asks of a machine, with what an older tool called it.
const NAMES: [&str; 24] = [
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
    "extra",
    "extras",
    "dependency_groups",
    "os.name",
    "sys.platform",
    "platform.version",
    "platform.machine",
    "platform.python_implementation",
    "python_implementation",
    "variant_namespaces",
    "variant_features",
    "variant_properties",
    "variant_label",
];

const OPERATORS: [&str; 7] = ["==", "!=", "~=", "<=", ">=", "<", ">"];

/// As many machines are tried for whether two conditions hold at once.
const TRIED: usize = 4096;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// One of them.
    Any(Vec<Marker>),
    /// All of them.
    All(Vec<Marker>),
    /// A comparison of two sides.
    One(Side, String, Side),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// What is asked of the machine.
    Name(String),
    /// A text in quotes.
    Text(String),
}

impl Marker {
    /// Reads `sys_platform == 'linux' and python_version < '3.13'`.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            rest: text,
            depth: 0,
        };
        let marker = reader.any()?;
        match reader.word() {
            "" => Ok(marker),
            word => Err(format!("`{word}` stands behind its end")),
        }
    }

    /// Whether some machine satisfies both, as far as that is certain: a comparison that is neither one of plain
    /// texts nor of versions of Python is taken for one that does not hold.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let mut asked = BTreeMap::new();
        self.collect(&mut asked);
        other.collect(&mut asked);
        // Which of them belong together only uv knows.
        let related: [&[&str]; 2] = [
            &["sys_platform", "platform_system", "os_name"],
            &["implementation_name", "platform_python_implementation"],
        ];
        let of_two = |names: &&[&str]| names.iter().filter(|it| asked.contains_key(**it)).count();
        let machines = asked.values().map(BTreeSet::len);
        if related.iter().any(|names| of_two(names) > 1)
            || machines.fold(1, usize::saturating_mul) > TRIED
        {
            return false;
        }
        let asked: Vec<_> = asked.into_iter().collect();
        any_machine(&asked, &mut BTreeMap::new(), &|it| {
            self.holds(it) && other.holds(it)
        })
    }

    /// Adds the values of each name among which machines differ.
    fn collect(&self, asked: &mut BTreeMap<&'static str, BTreeSet<Value>>) {
        match self {
            Self::Any(all) | Self::All(all) => all.iter().for_each(|it| it.collect(asked)),
            Self::One(..) => {
                if let Some(plain) = self.plain() {
                    asked.entry(plain.name()).or_default().extend(plain.near());
                }
            }
        }
    }

    fn holds(&self, machine: &BTreeMap<&'static str, Value>) -> bool {
        match self {
            Self::Any(all) => all.iter().any(|it| it.holds(machine)),
            Self::All(all) => all.iter().all(|it| it.holds(machine)),
            Self::One(..) => self.plain().is_some_and(|plain| {
                let there = machine.get(plain.name());
                there.is_some_and(|there| plain.holds(there))
            }),
        }
    }

    /// A comparison that says how it is meant.
    fn plain(&self) -> Option<Plain<'_>> {
        const TEXTS: [&str; 6] = [
            "sys_platform",
            "platform_system",
            "os_name",
            "platform_machine",
            "implementation_name",
            "platform_python_implementation",
        ];
        let Self::One(Side::Name(name), operator, Side::Text(text)) = self else {
            return None;
        };
        if let Some(name) = TEXTS.iter().find(|it| *it == name) {
            let is_equal = operator == "==";
            return (is_equal || operator == "!=").then_some(Plain::Text(name, text, is_equal));
        }
        let numbers = match name.as_str() {
            "python_version" => 2,
            "python_full_version" => 3,
            _ => return None,
        };
        let version: VersionPattern = text.parse().ok()?;
        let operator: Operator = operator.parse().ok()?;
        let bound = VersionSpecifier::from_pattern(operator, version).ok()?;
        let version = bound.version();
        let is_release = *version == version.only_release() && version.release().len() <= numbers;
        is_release.then_some(Plain::Python(bound, numbers))
    }
}

/// What a machine is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    Python(Version),
}

/// A comparison that says how it is meant.
enum Plain<'a> {
    /// Of what a machine calls itself, and whether it is to be this text or another one.
    Text(&'static str, &'a str, bool),
    /// Of the version of Python, by its first numbers.
    Python(VersionSpecifier, usize),
}

impl Plain<'_> {
    /// What it asks for; the two ways to ask for Python's version are one.
    fn name(&self) -> &'static str {
        match self {
            Self::Text(name, ..) => name,
            Self::Python(..) => "python_full_version",
        }
    }

    /// Values of which it may hold, and others of which it may not.
    fn near(&self) -> Vec<Value> {
        match self {
            Self::Text(_, text, _) => [text, "another"]
                .map(|it| Value::Text(it.to_owned()))
                .to_vec(),
            Self::Python(bound, _) => {
                let number = |at| bound.version().release().get(at).copied().unwrap_or(0);
                let [major, minor, patch] = [0, 1, 2].map(number);
                let before = match minor.checked_sub(1) {
                    Some(minor) => [major, minor, 0],
                    None => [major.saturating_sub(1), 99, 0],
                };
                let behind = [
                    [major, minor, patch],
                    [major, minor, patch.saturating_add(1)],
                    [major, minor.saturating_add(1), 0],
                    before,
                ];
                behind.map(|it| Value::Python(Version::new(it))).to_vec()
            }
        }
    }

    fn holds(&self, there: &Value) -> bool {
        match (self, there) {
            (Self::Text(_, text, is_equal), Value::Text(there)) => (there == text) == *is_equal,
            (Self::Python(bound, numbers), Value::Python(there)) => {
                let first = there.release().iter().take(*numbers);
                bound.contains(&Version::new(first))
            }
            _ => false,
        }
    }
}

/// Whether there is a machine for which something holds, among all values that were named.
fn any_machine(
    asked: &[(&'static str, BTreeSet<Value>)],
    machine: &mut BTreeMap<&'static str, Value>,
    holds: &dyn Fn(&BTreeMap<&'static str, Value>) -> bool,
) -> bool {
    let Some(((name, values), rest)) = asked.split_first() else {
        return holds(machine);
    };
    values.iter().any(|value| {
        machine.insert(name, value.clone());
        any_machine(rest, machine, holds)
    })
}

/// Brackets within brackets that are followed: nobody writes more, and each takes some of the stack.
const DEEPEST: u8 = 64;

struct Reader<'a> {
    rest: &'a str,
    /// Brackets that are open.
    depth: u8,
}

impl<'a> Reader<'a> {
    /// The next word, without taking it: a name, an operator, a bracket; empty at the end.
    fn word(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let is_sign = |c: char| "<>=!~".contains(c);
        let mut letters = self.rest.chars();
        let end = match letters.next() {
            None => 0,
            Some(c) if is_name(c) => self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len()),
            Some(c) if is_sign(c) => self.rest.find(|c| !is_sign(c)).unwrap_or(self.rest.len()),
            Some(c) => c.len_utf8(),
        };
        &self.rest[..end]
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_it = self.word() == word;
        if is_it {
            self.rest = &self.rest[word.len()..];
        }
        is_it
    }

    fn any(&mut self) -> Result<Marker, String> {
        let mut all = vec![self.all()?];
        while self.takes("or") {
            all.push(self.all()?);
        }
        Ok(Marker::Any(all))
    }

    fn all(&mut self) -> Result<Marker, String> {
        let mut all = vec![self.one()?];
        while self.takes("and") {
            all.push(self.one()?);
        }
        Ok(Marker::All(all))
    }

    fn one(&mut self) -> Result<Marker, String> {
        if self.takes("(") {
            if self.depth == DEEPEST {
                return Err(format!(
                    "more than {DEEPEST} brackets stand within each other"
                ));
            }
            self.depth += 1;
            let inner = self.any()?;
            self.depth -= 1;
            return if self.takes(")") {
                Ok(inner)
            } else {
                Err("a `)` is missing".to_owned())
            };
        }
        let left = self.side()?;
        let operator = self.operator()?;
        Ok(Marker::One(left, operator, self.side()?))
    }

    fn side(&mut self) -> Result<Side, String> {
        let word = self.word();
        if word.is_empty() {
            return Err("it ends too early".to_owned());
        }
        if word == "'" || word == "\"" {
            let text = self.rest[1..].split_once(word);
            let (text, rest) = text.ok_or_else(|| format!("a `{word}` is missing"))?;
            self.rest = rest;
            return Ok(Side::Text(text.to_owned()));
        }
        if !NAMES.contains(&word) {
            return Err(format!(
                "`{word}` is nothing that a condition can ask for, and texts stand in quotes"
            ));
        }
        self.rest = &self.rest[word.len()..];
        Ok(Side::Name(word.to_owned()))
    }

    fn operator(&mut self) -> Result<String, String> {
        let word = self.word();
        if self.takes("not") {
            return if self.takes("in") {
                Ok("not in".to_owned())
            } else {
                Err("`not` stands without `in`".to_owned())
            };
        }
        if word == "in" || OPERATORS.contains(&word) {
            self.rest = &self.rest[word.len()..];
            return Ok(word.to_owned());
        }
        Err(match word {
            "" => "it ends too early".to_owned(),
            _ => format!("`{word}` compares nothing: write `==`, `>=`, `in` or the like"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_without_end_are_an_error_and_nothing_worse() {
        let within = |count: usize| {
            let text = format!("{}os_name == 'x'{}", "(".repeat(count), ")".repeat(count));
            Marker::parse(&text)
        };
        assert!(within(usize::from(DEEPEST)).is_ok());
        assert!(within(200_000).is_err_and(|why| why.contains("within each other")));
    }

    #[test]
    fn conditions_are_read_as_uv_reads_them() {
        for text in [
            "python_version > '3'",
            "python_version in '3.11 3.12'",
            "'linux' in sys_platform",
            "python_version == '3' or sys_platform == \"linux\"",
            "python_version>'3'and(os_name=='a')",
            "((os_name=='a')and((os_name=='b')))or(os_name=='c')",
            "python_version not  in '3'",
            "os.name == 'nt'",
            "'a' == 'b'",
            "'x' in extras",
            " extra == 'x' ",
        ] {
            assert!(Marker::parse(text).is_ok(), "{text}");
        }
        for (text, why) in [
            ("", "too early"),
            ("python_version > ", "too early"),
            ("python_version", "too early"),
            ("python_version == '3' and", "too early"),
            ("bar == '3'", "`bar` is nothing"),
            ("python_version == 3", "`3` is nothing"),
            ("not python_version", "`not` is nothing"),
            ("sys_platform = 'linux'", "`=` compares nothing"),
            ("sys_platform === 'linux'", "`===` compares nothing"),
            ("python_version => '3'", "`=>` compares nothing"),
            ("python_version notin '3'", "`notin` compares nothing"),
            ("python_version not '3'", "without `in`"),
            ("(python_version == '3'", "a `)` is missing"),
            ("python_version == '3')", "`)` stands behind"),
            ("python_version >= \"3", "a `\"` is missing"),
            ("python_version >= '3' # c", "`#` stands behind"),
            ("python_version < '3','4'", "`,` stands behind"),
        ] {
            let refused = Marker::parse(text).expect_err(text);
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }

    #[test]
    fn two_conditions_that_hold_at_once_overlap() {
        let overlaps = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| Marker::parse(text).expect(text));
            one.overlaps(&other)
        };
        for (one, other) in [
            ("sys_platform == 'linux'", "sys_platform == 'linux'"),
            ("sys_platform == 'linux'", "sys_platform != 'win32'"),
            ("sys_platform == 'linux'", "platform_machine == 'x86_64'"),
            ("python_version >= '3.11'", "python_version < '3.13'"),
            ("python_version < '3.11'", "python_full_version < '3.10'"),
            ("python_version <= '3.11'", "python_version > '3.10'"),
            ("python_version <= '3.11'", "python_full_version > '3.11.0'"),
            (
                "python_version == '3.11'",
                "python_full_version == '3.11.2'",
            ),
            ("python_version == '3.11'", "python_version ~= '3.10'"),
            ("python_version == '3.11.*'", "python_version >= '3.11'"),
            ("python_version != '3.11'", "python_version >= '3.11'"),
            ("python_version < '3.0'", "python_version < '2.0'"),
            (
                "sys_platform == 'linux' or 'x' in platform_version",
                "sys_platform == 'linux'",
            ),
        ] {
            assert!(overlaps(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("sys_platform == 'linux'", "sys_platform == 'darwin'"),
            ("python_version >= '3.12'", "python_version < '3.12'"),
            (
                "sys_platform == 'linux' and platform_machine == 'x86_64'",
                "sys_platform == 'linux' and platform_machine != 'x86_64'",
            ),
            ("python_version <= '3.11'", "python_version > '3.11'"),
            ("python_full_version < '3.11'", "python_version >= '3.11'"),
            // What only uv knows.
            ("sys_platform == 'linux'", "platform_system == 'Windows'"),
            ("sys_platform == 'linux'", "'lin' in sys_platform"),
        ] {
            assert!(!overlaps(one, other), "{one} {other}");
        }
    }
}
