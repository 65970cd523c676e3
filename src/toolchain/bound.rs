//! One bound of a range: how it is written, and what it lets in.

use super::version::Version;

/// Who reads a range: what Python leaves out is zero, what npm leaves out may be any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum World {
    Python,
    Npm,
}

/// One bound: an operator and a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) operator: &'static str,
    pub(super) version: Version,
    /// `3.12.*`, or a version of npm's with numbers left out: every version that agrees is meant.
    family: bool,
}

impl Bound {
    pub(super) fn holds(&self, version: &Version) -> bool {
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
    pub(super) fn specifier(&self) -> String {
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
pub(super) fn bounds(text: &str, reader: World, unread: &mut Vec<String>) -> Vec<Bound> {
    let tokens = tokens(text);
    let mut bounds = Vec::new();
    let mut add = |operator: &'static str, word: &str| match bound(operator, word, reader) {
        Ok(bound) => bounds.extend(bound),
        Err(NotRead) => unread.push(format!("{operator}{word}")),
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
            [(operator, ""), ("=", word), rest @ ..] if reader == World::Npm => {
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

/// What is no bound of a version.
struct NotRead;

/// One bound, or none for a word that lets everything in; an error for what is not understood.
fn bound(operator: &'static str, word: &str, reader: World) -> Result<Option<Bound>, NotRead> {
    let is_any = |part: &str| matches!(part, "*" | "x" | "X");
    let parts: Vec<&str> = word.split('.').collect();
    let open = parts.iter().position(|part| is_any(part));
    let wanted = match open {
        Some(at) if parts.iter().skip(at).all(|part| is_any(part)) => {
            parts.get(..at).unwrap_or_default().join(".")
        }
        Some(_) => return Err(NotRead),
        None => word.to_owned(),
    };
    if wanted.is_empty() {
        let all = open.is_some() && !matches!(operator, "<" | ">" | "!=");
        return if all { Ok(None) } else { Err(NotRead) };
    }
    let version = Version::parse(&wanted).ok_or(NotRead)?;
    let in_form = match reader {
        World::Python => is_of_python(&wanted, &version),
        World::Npm => is_of_npm(&wanted, &version),
    };
    if !in_form {
        return Err(NotRead);
    }
    let npm = reader == World::Npm;
    Ok(Some(Bound {
        // npm has no `~=`, and takes the second sign for nothing.
        operator: if npm && matches!(operator, "~=" | "~>") {
            "~"
        } else {
            operator
        },
        family: open.is_some() || (npm && version.numbers().len() < 3),
        version,
    }))
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
