//! Whether a clause says that a variable is not set. Names of variables stand in many a message, beside
//! words like `missing` and `required`, too: the clause has to say that of the name, and nothing else.

use super::pattern::has;
use crate::service::level::{self, Level};

/// A name that somebody misses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint<'a> {
    pub(super) name: &'a str,
    /// Others of which one would do in its place.
    pub(super) instead: Vec<&'a str>,
    /// Whether it is a variable's without doubt: otherwise only where one of that name is known.
    pub(super) is_sure: bool,
}

impl<'a> Complaint<'a> {
    pub(super) fn of(name: &'a str, is_sure: bool) -> Self {
        Self {
            name,
            instead: Vec::new(),
            is_sure,
        }
    }
}

/// Whether a word can be the name of a variable.
pub(super) fn is_name(word: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !word.is_empty()
        && word.bytes().all(is_part)
        && !word.starts_with(|first: char| first.is_ascii_digit())
}

/// Whether a name is written as variables are.
pub(super) fn is_capital(name: &str) -> bool {
    is_name(name) && !name.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// What a line complains of in words that stand beside the name.
pub(super) fn complaints(line: &str) -> impl Iterator<Item = Complaint<'_>> {
    // Those are about names in the code.
    let is_code = has(
        line,
        &["ReferenceError", "NameError", "TypeError", "UndefinedError"],
    );
    let places = places(line).filter(move |_| !is_code);
    places.flat_map(|place| place.complaints(line))
}

/// A name in a line.
struct Place<'a> {
    name: &'a str,
    /// What stands before it and behind it, in lower case, without what quotes it.
    before: String,
    behind: String,
    /// Whether the code is quoted that reads it.
    is_read: bool,
}

/// How a program gets at its variables.
const READERS: [&str; 6] = [
    "process.env.",
    "import.meta.env.",
    "bun.env.",
    "process.env[",
    "os.environ[",
    "env[",
];

const QUOTES: &[char] = &['"', '\'', '`', '‘', '’', '“', '”'];

/// The names in a line that are written as variables are, with what is around each.
fn places(line: &str) -> impl Iterator<Item = Place<'_>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = line.split(move |c: char| !is_part(c));
    let names = words.filter(|word| is_capital(word) && word.len() > 1);
    names.filter_map(|name| {
        let at = name.as_ptr() as usize - line.as_ptr() as usize;
        let before = line.get(..at)?.to_ascii_lowercase();
        let behind = line.get(at + name.len()..)?.to_ascii_lowercase();
        let bare = before.trim_end_matches(QUOTES);
        // Code that would say it.
        let is_said_by_code = bare.ends_with('(') && bare.len() < before.len();
        let read = bare.trim_end_matches(['$', '{']);
        let unread = READERS.iter().find_map(|reader| read.strip_suffix(reader));
        let behind = behind
            .trim_start_matches(QUOTES)
            .trim_start_matches([']', '}']);
        let before = unread.unwrap_or(read).trim_end_matches(QUOTES);
        let begins =
            before.is_empty() || before.ends_with([' ', '\t', '(', '[', '{', ',', ':', '=']);
        (begins && !is_said_by_code).then(|| Place {
            name,
            before: before.to_owned(),
            behind: behind.trim_start_matches(QUOTES).to_owned(),
            is_read: unread.is_some(),
        })
    })
}

/// Words for a variable.
const NOUNS: [&str; 6] = [
    "environment variables",
    "environment variable",
    "env variables",
    "env variable",
    "env vars",
    "env var",
];

/// What else has names that are written so.
const OTHERS: &str = "\
    argument arg attribute claim column cookie constant field flag header input macro option \
    parameter param permission property role scope";

/// What is said of a name directly behind it, the longer words first.
const UNSET: [&str; 33] = [
    "are missing",
    "are not configured",
    "are not defined",
    "are not provided",
    "are not set",
    "are required",
    "are undefined",
    "are unset",
    "is a required environment variable",
    "is a required variable",
    "is required",
    "is missing",
    "is not configured",
    "is not defined",
    "is not provided",
    "is not set",
    "is undefined",
    "is unset",
    "isn't set",
    "has not been set",
    "must be defined",
    "must be provided",
    "must be set",
    "must be specified",
    "needs to be set",
    "not defined",
    "not provided",
    "not set",
    "was not provided",
    "was not set",
    "missing",
    "required",
    "undefined",
];

impl<'a> Place<'a> {
    fn complaints(&self, line: &'a str) -> Vec<Complaint<'a>> {
        let (mut names, is_either, lead) = beside(line, self.name);
        let is_row = !names.is_empty() && !is_either;
        let lead = if is_row { &lead } else { &self.before };
        let Some(is_sure) = self.complaint(line, lead) else {
            return Vec::new();
        };
        names.push(self.name);
        if is_either {
            let name = names.remove(0);
            return vec![Complaint {
                instead: names,
                ..Complaint::of(name, is_sure)
            }];
        }
        let of = |name| Complaint::of(name, is_sure);
        names.into_iter().map(of).collect()
    }

    /// Whether it is said to be missing, and then whether it is a variable for sure. `lead` is what stands before
    /// it and the names that it is in a row with.
    fn complaint(&self, line: &str, lead: &str) -> Option<bool> {
        if self.is_of_another() {
            return None;
        }
        let behind = self.behind.trim_start();
        let unnamed = NOUNS.iter().find_map(|noun| behind.strip_prefix(noun));
        let before = self.before.trim_end();
        let is_named = unnamed.is_some() || NOUNS.iter().any(|noun| before.ends_with(noun));
        let is_said = self.is_read || is_named;
        let behind = unnamed.unwrap_or(&self.behind);
        let words = unset(behind, is_said)
            .or_else(|| (is_missed(unopened(lead)) && ends_list(behind)).then_some("missing"))?;
        // Orders, tables and roles are missing, too; they are not set.
        let is_set = ["set", "variable"].iter().any(|end| words.ends_with(end));
        let is_known = is_set || is_of_variables(line) || self.is_setting(lead);
        Some(is_error(line) && (is_said || (self.name.contains('_') && is_known)))
    }

    /// Whether it is called as hardly anything else is, and nothing but an error's class is before it.
    fn is_setting(&self, lead: &str) -> bool {
        let ends = [
            "_URL",
            "_URI",
            "_DSN",
            "_PASSWORD",
            "_API_KEY",
            "_ACCESS_KEY",
            "_SECRET",
            "_SECRET_KEY",
        ];
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let words = lead.split(|c| !is_part(c));
        let is_class = |word: &str| {
            let classes = ["error", "exception", "fatal", "panic"];
            classes.iter().any(|class| word.ends_with(class))
                || word.bytes().all(|byte| byte.is_ascii_digit())
        };
        ends.iter().any(|end| self.name.ends_with(end))
            && words
                .into_iter()
                .all(|word| is_filler(word) || is_class(word))
    }

    /// Whether the word before it says that it is the name of something else, or that not all of several
    /// are to be there.
    fn is_of_another(&self) -> bool {
        let mut words = self.before.split(|c: char| !c.is_ascii_alphabetic());
        let last = words.rfind(|word| !word.is_empty());
        let is_other = |word| OTHERS.split_ascii_whitespace().any(|other| other == word);
        last.is_some_and(is_other) || has(&self.before, &["exactly one of", "only one of"])
    }
}

/// The names that stand before one in a row with it, `A, B or C`, whether one of all would do, and what stands
/// before them in lower case.
fn beside<'a>(line: &'a str, name: &str) -> (Vec<&'a str>, bool, String) {
    let mut text = &line[..name.as_ptr() as usize - line.as_ptr() as usize];
    let (mut names, mut is_either) = (Vec::new(), false);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    loop {
        let bare = text.trim_end_matches(QUOTES).trim_end();
        let joints = [" or", " and", ","];
        let Some(joint) = joints.into_iter().find(|joint| bare.ends_with(joint)) else {
            break;
        };
        let row = bare[..bare.len() - joint.len()].trim_end_matches([',', ' ']);
        let row = row.trim_end_matches(QUOTES);
        let start = row.trim_end_matches(is_part).len();
        let other = &row[start..];
        if !is_capital(other) || !other.contains('_') {
            break;
        }
        is_either |= joint == " or";
        names.insert(0, other);
        text = &row[..start];
    }
    let lead = text
        .trim_end_matches(QUOTES)
        .trim_end()
        .to_ascii_lowercase();
    let bare = lead.trim_end_matches(':').trim_end();
    let leads = ["one of", "any of", "one of the following"];
    is_either |= !names.is_empty() && leads.iter().any(|end| bare.ends_with(end));
    (names, is_either, lead)
}

/// Whether a line is about variables, by words of it.
pub(super) fn is_of_variables(line: &str) -> bool {
    let words = [
        "env var",
        "env-var",
        "envvar",
        "environ[",
        "environment variable",
        "getenv",
        "in the environment",
        "in your environment",
        "os.environ",
        "process.env",
        // A file of them.
        ".env",
        // Nest, and Rust.
        "config validation error",
        ": notpresent",
    ];
    has(&line.to_ascii_lowercase(), &words)
}

fn is_error(line: &str) -> bool {
    level::of(line.as_bytes()) == Some(Level::Error)
        // Elixir; Rust, below the line that says that it panics.
        || has(line, &["Error: ", "Error) ", ": NotPresent"])
}

/// The words behind a name that say that it is not set, where they say no more than that.
fn unset(behind: &str, is_said: bool) -> Option<&'static str> {
    let (text, is_apart) = match behind.strip_prefix(':') {
        Some(text) => (text.trim_start_matches([' ', '[', '"', '\'', '`']), true),
        None => (behind, false),
    };
    // zod, arktype.
    let is_typed = text.starts_with(" must be ") && text.ends_with("(was missing)");
    if is_typed || (is_apart && text.contains("received undefined")) {
        return Some("undefined");
    }
    if !is_apart && !text.starts_with(' ') {
        return None;
    }
    let text = text.trim_start();
    let text = text
        .strip_prefix("field ")
        .filter(|_| is_apart)
        .unwrap_or(text);
    UNSET.into_iter().find(|words| {
        let rest = text.strip_prefix(words);
        // A value that is shown is no complaint.
        let is_value = is_apart && *words == "undefined";
        rest.is_some_and(|rest| !is_value && ends_clause(words, rest, is_said))
    })
}

/// What may follow in the same clause.
const TAILS: [&str; 25] = [
    "(",
    "]",
    "}",
    "- ",
    "– ",
    "— ",
    "as an env",
    "as environment",
    "but is missing",
    "but is not set",
    "but is undefined",
    "but it is not set",
    "but it was not",
    "but missing",
    "but not ",
    "but undefined",
    "but was not ",
    "in .env",
    "in env",
    "in process.env",
    "in the .env",
    "in the env",
    "in your .env",
    "in your env",
    "or ",
];

/// Whether a clause ends behind these words. What is required, or to be set, may be so in a certain way.
fn ends_clause(words: &str, rest: &str, is_said: bool) -> bool {
    let rest = rest.trim_start_matches(QUOTES);
    let is_wish = words.starts_with("must ") || words.ends_with("required");
    match rest.chars().next() {
        None | Some(',' | ';' | '!' | ')' | ']' | '}') => true,
        Some('.') => !rest[1..].starts_with(|c: char| c.is_alphanumeric()),
        Some(':') => !words.ends_with("required") || rest.contains("notpresent"),
        Some(' ') => {
            let tail = rest.trim_start();
            TAILS.iter().any(|words| tail.starts_with(words))
                || (!is_wish && tail.starts_with("and "))
                || (is_said && tail.starts_with("for "))
                || (is_said && tail.starts_with("to ") && !tail.starts_with("to be "))
        }
        Some(_) => false,
    }
}

/// What stands before a name, without what opens a list as languages print one: `missing: ['A', 'B']`.
fn unopened(before: &str) -> &str {
    let is_opening = |c: char| c.is_whitespace() || "[({".contains(c) || QUOTES.contains(&c);
    before.trim_end_matches(is_opening)
}

/// Words between `missing` and a name.
const FILLERS: &str = "\
    config configuration env environment following mandatory or required secret setting settings the \
    these value values var variable variables vars";

/// Whether what stands before a name says that it is missing: `missing required environment variable`,
/// `environment variables not set:`.
fn is_missed(before: &str) -> bool {
    let ends = [
        "missing",
        "not defined",
        "not found",
        "not set",
        "required",
        "undefined",
        "unset",
    ];
    let announced = before.strip_suffix(':');
    if let Some(announced) = announced
        && NOUNS.iter().any(|noun| announced.contains(noun))
        && ends.iter().any(|end| announced.ends_with(end))
    {
        return true;
    }
    let words = announced.unwrap_or(before).split_whitespace().rev();
    let mut words = words.map(|word| word.trim_end_matches("(s)"));
    words
        .find(|word| !FILLERS.split_ascii_whitespace().any(|other| other == *word))
        .is_some_and(|word| {
            let word = word.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
            word == "missing"
        })
}

/// Whether a word before a name says no more than that it is a variable's, and missing.
pub(super) fn is_filler(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let mut words = FILLERS.split_ascii_whitespace();
    word == "missing" || word == "unset" || words.any(|other| other == word)
}

/// Whether nothing follows but other names.
fn ends_list(behind: &str) -> bool {
    ends_clause("missing", behind, false)
}
