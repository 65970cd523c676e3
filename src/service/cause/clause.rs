//! Whether a clause says that a variable is not set. Names of variables stand in many a message, beside
//! words like `missing` and `required`, too: the clause has to say that of the name, and nothing else.

use super::pattern::has;
use crate::service::level::{self, Level};

/// A name that somebody misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Complaint<'a> {
    pub(super) name: &'a str,
    /// Whether it is a variable's without doubt: otherwise only where one of that name is declared.
    pub(super) is_sure: bool,
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
    places.filter_map(|place| place.complaint(line))
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
const UNSET: [&str; 25] = [
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
    fn complaint(&self, line: &str) -> Option<Complaint<'a>> {
        if self.is_of_another() {
            return None;
        }
        let behind = self.behind.trim_start();
        let unnamed = NOUNS.iter().find_map(|noun| behind.strip_prefix(noun));
        let before = self.before.trim_end();
        let is_named = unnamed.is_some() || NOUNS.iter().any(|noun| before.ends_with(noun));
        let is_said = self.is_read || is_named;
        let behind = unnamed.unwrap_or(&self.behind);
        let is_missing = is_unset(behind, is_said) || (is_missed(before) && ends_list(behind));
        if !is_missing {
            return None;
        }
        Some(Complaint {
            name: self.name,
            is_sure: is_error(line) && (is_said || self.name.contains('_')),
        })
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

fn is_error(line: &str) -> bool {
    level::of(line.as_bytes()) == Some(Level::Error)
        // Elixir; Rust, below the line that says that it panics.
        || has(line, &["Error: ", "Error) ", ": NotPresent"])
}

/// Whether what stands behind a name says that it is not set, and no more than that.
fn is_unset(behind: &str, is_said: bool) -> bool {
    let (text, is_apart) = match behind.strip_prefix(':') {
        Some(text) => (text.trim_start_matches([' ', '[', '"', '\'', '`']), true),
        None => (behind, false),
    };
    // zod, arktype.
    let is_typed = text.starts_with(" must be ") && text.ends_with("(was missing)");
    if is_typed || (is_apart && text.contains("received undefined")) {
        return true;
    }
    if !is_apart && !text.starts_with(' ') {
        return false;
    }
    let text = text.trim_start();
    let text = text
        .strip_prefix("field ")
        .filter(|_| is_apart)
        .unwrap_or(text);
    UNSET.iter().any(|words| {
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
    let is_filler = |word: &&str| FILLERS.split_ascii_whitespace().any(|other| other == *word);
    words.find(|word| !is_filler(word)).is_some_and(|word| {
        let word = word.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        word == "missing"
    })
}

/// Whether nothing follows but other names.
fn ends_list(behind: &str) -> bool {
    ends_clause("missing", behind, false)
}
