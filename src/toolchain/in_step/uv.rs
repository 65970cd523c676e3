//! What uv says when it is to check its lock.

use super::super::misled::beneath;
use super::{Refusal, Said, Verdict, quoted_names, shown};

/// Asks uv whether it would write another lock. Nothing is written or fetched; with `-v` it says why.
pub const UV_IN_STEP: [&str; 10] = [
    "uv",
    "-v",
    "lock",
    "--check",
    "--offline",
    "--no-build",
    "--no-python-downloads",
    "--color",
    "never",
    "--no-progress",
];

/// What is said of others, or of us who ask: of manifests and lock it tells nothing.
const OF_OTHERS: &[&str] = &[
    "interpreter",
    "querying python",
    "the python request",
    "conflicting python requirements",
    "unable to find lockfile",
    "required uv version",
    "does not match the running version",
    "initialize cache",
    "failed to open",
    "os error",
    "permission denied",
    "building source distributions",
    "build backend",
    "invalid value",
    "unexpected argument",
    "the argument '",
    "cannot be used with",
    "marked as unmanaged",
    "no `pyproject.toml` found",
    "no `project` table",
    "failed to fetch",
    "failed to download",
    "error sending request",
    "failed to query",
    "failed to acquire",
    "git operation failed",
    "git executable",
    "timed out",
    "panicked",
];

/// What depends on which releases uv has heard of, which may be more by now.
const OF_RELEASES: &[&str] = &[
    "no version",
    "only the following versions",
    "not found",
    "available",
    "was published",
    "were published",
    "no wheel",
    "no usable",
    "cache",
    "needs to be downloaded",
    "yanked",
];

/// Reads what uv printed, on both streams, and how it ended.
#[must_use]
pub fn uv_in_step(text: &str, code: Option<i32>) -> Said {
    Said {
        verdict: verdict(text, code),
        slip: slip(text),
    }
}

/// A file of settings of which it takes nothing: ``warning: Failed to parse `pyproject.toml` during settings
/// discovery:``.
fn slip(text: &str) -> Option<Refusal> {
    let mut lines = text.lines();
    let path = lines.find_map(|line| {
        let rest = line.strip_prefix("warning: Failed to parse `")?;
        let (path, rest) = rest.split_once('`')?;
        rest.contains("settings discovery").then_some(path)
    })?;
    let (line, why) = parse_error(lines)?;
    Some(Refusal {
        place: Some((path.to_owned(), line)),
        why,
        names: Vec::new(),
    })
}

/// The line and the words of a `TOML parse error at line 3, column 11`, which is the next thing that is said.
fn parse_error<'a>(mut lines: impl Iterator<Item = &'a str>) -> Option<(usize, String)> {
    let (_, place) = lines.next()?.split_once("TOML parse error at line ")?;
    let line = place.split(',').next()?.trim().parse().ok()?;
    let why = beneath(lines)?;
    Some((line, shown(why)))
}

fn verdict(text: &str, code: Option<i32>) -> Verdict {
    match code {
        Some(0) => return Verdict::InStep,
        Some(1 | 2) => {}
        // Whatever ended it, it is no answer.
        _ => return Verdict::Unknown,
    }
    let mut lines = text.lines().skip_while(|line| error(line).is_none());
    let Some(error) = lines.next().and_then(error) else {
        return Verdict::Unknown;
    };
    let beneath = lines.clone();
    if let Some(path) = error.strip_prefix("Failed to parse") {
        let path = path.trim_matches([':', ' ', '`']);
        let found = parse_error(beneath);
        return match (path, found) {
            ("uv.lock", Some((line, why))) => Verdict::Unread(format!("{why} at line {line}")),
            ("uv.lock", None) => match cause(lines) {
                cause if cause.is_empty() => Verdict::Unknown,
                cause => Verdict::Unread(shown(&cause)),
            },
            (path, Some((line, why))) if path.ends_with("pyproject.toml") => {
                Verdict::Refused(Refusal {
                    place: Some((path.to_owned(), line)),
                    why,
                    names: Vec::new(),
                })
            }
            // Of a file of settings is told where uv is asked for its version.
            _ => Verdict::Unknown,
        };
    }
    let whole = std::iter::once(error)
        .chain(lines.clone())
        .collect::<Vec<_>>();
    let whole = whole.join(" ").to_ascii_lowercase();
    let whole = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| whole.contains(phrase));
    let anew = anew(text);
    let is_unsolved = error.starts_with("No solution found");
    if whole.contains("needs to be updated") && whole.contains("lockfile at") {
        return Verdict::Older(anew);
    }
    if whole.contains("network") && whole.contains("disabled") {
        // The lock is taken first where it fits: so it does not.
        return match anew {
            Some(anew) => Verdict::Older(Some(anew)),
            None if is_unsolved => Verdict::Older(None),
            None => Verdict::Unknown,
        };
    }
    if is_unsolved {
        let cause = cause(lines);
        return if says(OF_RELEASES) || cause.is_empty() {
            Verdict::Older(anew)
        } else {
            Verdict::Unsolvable(Refusal {
                place: None,
                names: sides(&cause),
                why: shown(&cause),
            })
        };
    }
    if says(OF_OTHERS) {
        return Verdict::Unknown;
    }
    let words = match cause(lines) {
        cause if cause.is_empty() => error.to_owned(),
        cause => format!("{error}: {cause}"),
    };
    if whole.contains("unsupported schema version") {
        return Verdict::Unread(shown(&words));
    }
    Verdict::Refused(Refusal {
        place: None,
        names: quoted_names(&words),
        why: shown(&words),
    })
}

/// The error that a line tells; older ones draw `×` before one that has causes.
fn error(line: &str) -> Option<&str> {
    let error = line.strip_prefix("error: ");
    error.or_else(|| line.trim_start().strip_prefix("× "))
}

/// Why the lock that is there is not taken.
fn anew(text: &str) -> Option<String> {
    let mut lines = text
        .lines()
        .map(|line| line.strip_prefix("DEBUG ").unwrap_or(line));
    let why = lines.find_map(|line| {
        let rest = line
            .strip_prefix("Resolving despite existing lockfile due to ")
            .or_else(|| line.strip_prefix("Ignoring existing lockfile due to "))?;
        Some(rest.trim_end_matches(':'))
    })?;
    Some(shown(why))
}

/// What is said beneath an error, up to the next matter; the causes one behind the other.
fn cause<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines = lines.map(str::trim).take_while(|line| {
        !line.is_empty() && !["hint: ", "help: "].iter().any(|it| line.starts_with(it))
    });
    let mut cause = String::new();
    for line in lines {
        let begins = ["cause: ", "Caused by: ", "╰─▶ ", "├─▶ "];
        let next = begins.iter().find_map(|begin| line.strip_prefix(begin));
        if !cause.is_empty() {
            cause.push_str(if next.is_some() { ": " } else { " " });
        }
        cause.push_str(next.unwrap_or(line));
    }
    // What follows from it says nothing new.
    let end = cause.find(", we can conclude ").unwrap_or(cause.len());
    cause.truncate(end);
    cause
}

/// Who asks, and for what: `Because backend depends on httpx==1 and httpx==2`.
fn sides(cause: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (before, behind) in cause
        .match_indices(" depends on ")
        .map(|(at, verb)| (&cause[..at], &cause[at + verb.len()..]))
    {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let who = before.rsplit(' ').next().unwrap_or_default();
        for word in [who, behind] {
            let end = word.find(|c| !is_name(c)).unwrap_or(word.len());
            names.push(word[..end].to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests;
