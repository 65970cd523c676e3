//! Which variable a line says to be missing, in the words of Python's `os.environ`, of the packages that
//! read variables, of shells, and of who words it by hand.

use super::clause::{self, Complaint, is_capital, is_name, is_of_variables};
use super::counted::Line;
use super::part::{Part, cites};
use super::pattern::has;
use crate::service::level;

/// What a line complains of, with those around it.
pub(super) fn of<'a>(lines: &[Line<'a>], at: usize) -> Vec<Complaint<'a>> {
    let line = lines[at].text;
    let before = &lines[..at];
    let is_of_others = match lines[at].part {
        Part::Own => false,
        Part::Frame | Part::Expected => true,
        Part::Assertion => !is_said_at_once(line),
        Part::Note => cites(line),
    };
    if is_of_others {
        return Vec::new();
    }
    if line.contains("KeyError: '") {
        return key(before, line).into_iter().collect();
    }
    if let Some(name) = of_library(line) {
        let complaint = is_name(name).then(|| Complaint::of(name, true));
        return complaint.into_iter().collect();
    }
    // envy.
    if let Some((_, name)) = line.split_once("missing value for field ") {
        return vec![Complaint::of(name.trim(), false)];
    }
    let mut found = below_heading(before, line);
    found.extend(of_issue(before, line));
    found.extend(clause::complaints(line));
    found
}

/// Whether an assertion says nothing else than that a variable is missing, as who asserts that it is there
/// words it: `assert DATABASE_URL, "DATABASE_URL is not set"`. In others it may be what was expected.
fn is_said_at_once(line: &str) -> bool {
    let message = line.split_once("AssertionError").map(|(_, behind)| behind);
    let message = message.and_then(|behind| behind.split_once(": "));
    message.is_some_and(|(_, message)| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let words = message
            .split(|c| !is_part(c))
            .filter(|word| !word.is_empty());
        let before = words.take_while(|word| !is_capital(word));
        before.into_iter().all(clause::is_filler)
    })
}

/// The key of a `KeyError`. Any dictionary has keys that are missing: the frames before it tell which it
/// was, where there are any.
fn key<'a>(before: &[Line<'a>], line: &'a str) -> Option<Complaint<'a>> {
    let name = between(line, "KeyError: '", "'").filter(|name| is_name(name))?;
    let frames = before.iter().rev();
    let frames = frames.take_while(|line| line.part == Part::Frame).count();
    let frames = &before[before.len() - frames..];
    if frames.is_empty() {
        return Some(Complaint::of(name, false));
    }
    let is_place = |line: &Line<'_>| line.text.trim_start().starts_with("File \"");
    let last = frames.iter().rposition(is_place).unwrap_or(0);
    let is_of_os = |line: &str| {
        has(line, &["/os.py\"", "\\os.py\"", "<frozen os>"]) && line.contains("__getitem__")
    };
    let asked = ['"', '\''].map(|quote| format!("environ[{quote}{name}{quote}]"));
    let is_sure = frames[last..].iter().any(|line| {
        is_of_os(line.text) || asked.iter().any(|asked| line.text.contains(asked.as_str()))
    });
    is_sure.then(|| Complaint::of(name, true))
}

/// The name in the words of packages that read variables, and of shells.
fn of_library(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let said = [
        // decouple, environs, django-environ, Starlette.
        ("UndefinedValueError: ", " not found"),
        ("nvironment variable \"", "\" not set"),
        ("ImproperlyConfigured: Set the ", " environment variable"),
        ("KeyError: \"Config '", "' is missing, and has no default"),
        // envconfig of Go, then what Compose makes of `${NAME:?}`.
        ("required key ", " missing value"),
        ("required variable ", " is missing a value"),
        // OpenAI's packages, in Python and in JavaScript.
        (" or by setting the ", " environment variable"),
        (
            "Missing credentials. Please pass an `apiKey`, or set the `",
            "` environment variable",
        ),
    ];
    let mut said = said.iter();
    said.find_map(|(before, behind)| between(line, before, behind))
        // Prisma.
        .or_else(|| {
            let behind = line.split_once("nvironment variable not found: ")?.1;
            behind.split_whitespace().next()
        })
        .or_else(|| {
            let ends = [
                ": parameter not set",
                ": parameter null or not set",
                ": parameter not set or null",
                ": unbound variable",
            ];
            let before = ends.iter().find_map(|end| line.strip_suffix(end))?;
            before.rsplit(": ").next()
        })
        .map(|name| name.trim_matches(['.', '\'', '"', '`']))
}

fn between<'a>(line: &'a str, before: &str, behind: &str) -> Option<&'a str> {
    let rest = line.split_once(before)?.1;
    Some(rest.split_once(behind)?.0)
}

/// How many lines of one of zod's issues there are between its path and its message.
const ISSUE: usize = 4;

/// The name above the message of one of zod's issues, or below it where it is told for people.
fn of_issue<'a>(before: &[Line<'a>], line: &'a str) -> Option<Complaint<'a>> {
    let is_unset = |line: &str| {
        let lower = line.to_ascii_lowercase();
        has(
            &lower,
            &["'required'", "\"required\"", "received undefined"],
        )
    };
    let text = line.trim_start();
    let name = if let Some(name) = text.strip_prefix("→ at ") {
        let message = before.last()?.text;
        is_unset(message).then(|| name.trim())?
    } else if has(text, &["message:", "\"message\":"]) && is_unset(text) {
        let mut issue = before.iter().rev().take(ISSUE);
        issue.find_map(|line| {
            let path = line.text.trim().trim_end_matches(',');
            let path = path.strip_prefix("path:").unwrap_or(path);
            let name = path.trim_matches(['[', ']', ' ']);
            let bare = name.trim_matches(['"', '\'']);
            (bare.len() + 2 == name.len()).then_some(bare)
        })?
    } else {
        return None;
    };
    // Any data has fields.
    let is_sure = name.contains('_') && before.iter().any(|line| is_of_variables(line.text));
    is_capital(name).then(|| Complaint::of(name, is_sure))
}

/// The names in an item of a list whose heading says that these are missing: envalid, dotenv-safe.
fn below_heading<'a>(before: &[Line<'a>], line: &'a str) -> Vec<Complaint<'a>> {
    let names = items(line);
    let others = before.iter().rev();
    let others = others.take_while(|line| !items(line.text).is_empty());
    let heading = before.iter().rev().nth(others.count());
    if names.is_empty() || !heading.is_some_and(|line| is_heading(line.text)) {
        return Vec::new();
    }
    let of = |name| Complaint::of(name, true);
    names.into_iter().map(of).collect()
}

/// Whether a line announces variables that are missing.
fn is_heading(line: &str) -> bool {
    let lower = line.trim_end().to_ascii_lowercase();
    let ends = [
        "missing",
        "not set",
        "not present in the environment",
        "required",
        "undefined",
    ];
    lower.ends_with(':') && has(&lower, &["environment", "env var"]) && has(&lower, &ends)
}

/// The names of an item of a list: one that something is said of, or several.
fn items(line: &str) -> Vec<&str> {
    if level::of(line.as_bytes()).is_some() {
        return Vec::new();
    }
    let item = line.trim().trim_start_matches(['-', '*', '•', '·', ' ']);
    let item = item.split([':', '(']).next().unwrap_or_default();
    let item = item.split(" - ").next().unwrap_or_default();
    let names: Vec<&str> = item.split(',').map(str::trim).collect();
    if names.iter().all(|name| is_capital(name)) {
        names
    } else {
        Vec::new()
    }
}
