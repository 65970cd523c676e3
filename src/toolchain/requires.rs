//! `requires-python` as uv reads it, which is stricter than what people write.

use crate::diagnostic::{Finding, Severity};
use crate::text::{and_list, remedy};

use super::choice;
use super::range::Range;
use super::version::Version;
use super::{Tool, UNREAD};

/// The versions that one manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requires {
    /// As it is written: `>=3.11`.
    pub text: String,
    /// The manifest.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
}

/// What every command of uv fails with, before anything is looked for: a range that it cannot read, or
/// ranges that no version meets.
pub(super) fn refused(tool: &Tool) -> Option<Box<Finding>> {
    if tool.name != "python" {
        return None;
    }
    let finding = |message: String, one: &Requires| {
        Finding::new(&UNREAD, message)
            .severity(Severity::Error)
            .subject(tool.name)
            .note("every command of uv fails with it")
            .help(remedy::open_at(&one.file, one.line))
    };
    for one in &tool.requires {
        let Requires { text, file, .. } = one;
        if is_read(text) {
            continue;
        }
        let message = format!(
            "{}: uv cannot read requires-python = \"{text}\" in {file}",
            tool.name
        );
        let finding = finding(message, one);
        return Some(Box::new(match meant(text) {
            Some(meant) => finding.note(format!("uv reads: requires-python = \"{meant}\"")),
            None => finding,
        }));
    }
    if is_possible(tool.requires.iter()) {
        return None;
    }
    let asked = tool.requires.iter();
    let asked = asked.map(|one| format!("`{}` ({})", one.text, one.file));
    let message = format!(
        "{}: no version is {}",
        tool.name,
        and_list(&asked.collect::<Vec<_>>())
    );
    let odd = odd_one(&tool.requires)?;
    Some(Box::new(finding(message, odd)))
}

/// Who asks for other versions than this one, and where: `>=3.13` (backend/pyproject.toml:5).
pub(super) fn others(tool: &Tool, version: &Version) -> Option<String> {
    let range = |text: &str| match tool.name {
        "python" | "uv" => Range::parse(text),
        _ => Range::of_npm(text),
    };
    let others = tool.requires.iter();
    let others = others.filter(|one| !range(&one.text).contains(version));
    let places = others.map(|one| format!("`{}` ({}:{})", one.text, one.file, one.line));
    let places: Vec<String> = places.collect();
    (!places.is_empty()).then(|| format!("asked for: {}", and_list(&places)))
}

/// What all of them ask for together; none where nobody asks.
pub(super) fn together<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Range> {
    texts.map(Range::parse).reduce(|all, one| all.all_of(&one))
}

/// Whether some version may lie in all of them.
fn is_possible<'a>(requires: impl Iterator<Item = &'a Requires>) -> bool {
    let all = together(requires.map(|one| one.text.as_str()));
    all.is_none_or(|all| choice::is_possible(&all))
}

/// The one to be changed: what is impossible by itself, else the only one without which the others agree.
/// Where each of two may be meant, the first.
fn odd_one(requires: &[Requires]) -> Option<&Requires> {
    let by_itself = |one: &&Requires| !is_possible(std::iter::once(*one));
    let agree_without =
        |one: &&Requires| is_possible(requires.iter().filter(|it| it.file != one.file));
    let alone = || {
        let mut odd = requires.iter().filter(agree_without);
        odd.next().filter(|_| odd.next().is_none())
    };
    let found = requires.iter().find(by_itself).or_else(alone);
    found.or(requires.first())
}

/// Whether uv takes it: clauses with a comma between any two of them.
pub(super) fn is_read(text: &str) -> bool {
    text.is_empty() || text.split(',').all(is_clause)
}

/// The operators, the longer ones first.
const OPERATORS: [&str; 8] = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"];

fn is_clause(clause: &str) -> bool {
    let clause = clause.trim();
    let known = OPERATORS.into_iter().find(|it| clause.starts_with(it));
    let Some((operator, version)) = known.and_then(|it| Some((it, clause.strip_prefix(it)?)))
    else {
        return false;
    };
    let version = version.trim_start().to_ascii_lowercase();
    let (version, family) = match version.strip_suffix(".*") {
        Some(version) => (version, true),
        None => (version.as_str(), false),
    };
    let equals = matches!(operator, "==" | "!=");
    let local = equals || operator == "===";
    match parts(version) {
        Some(parts) => {
            (!family || (equals && parts.is_bare))
                && (!parts.is_local || local)
                && (operator != "~=" || parts.numbers > 1)
        }
        None => false,
    }
}

/// What a version of PEP 440 is made of.
struct Parts {
    /// How many numbers are written.
    numbers: usize,
    /// Whether nothing comes after them.
    is_bare: bool,
    is_local: bool,
}

fn parts(version: &str) -> Option<Parts> {
    let rest = version.strip_prefix('v').unwrap_or(version);
    let (rest, local) = match rest.split_once('+') {
        Some((rest, local)) => (rest, Some(local)),
        None => (rest, None),
    };
    let rest = match rest.split_once('!') {
        Some((epoch, rest)) if is_number(epoch) => rest,
        Some(_) => return None,
        None => rest,
    };
    // A dot belongs to the numbers where a digit comes after it.
    let digits = |c: char| !c.is_ascii_digit();
    let mut numbers = 0;
    let mut after = rest;
    loop {
        let next = if numbers == 0 {
            Some(after)
        } else {
            after.strip_prefix('.')
        };
        let next = next.filter(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        let Some(next) = next else { break };
        numbers += 1;
        after = next.trim_start_matches(|c| !digits(c));
    }
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let local_reads = local.is_none_or(|local| local.split(['.', '-', '_']).all(is_word));
    (numbers > 0 && local_reads && is_after(after)).then_some(Parts {
        numbers,
        is_bare: after.is_empty() && local.is_none(),
        is_local: local.is_some(),
    })
}

/// What comes after the numbers: a release before the release, one packed once more, one on the way,
/// each at most once and in this order.
fn is_after(mut rest: &str) -> bool {
    let kinds: [&[&str]; 3] = [
        &["alpha", "beta", "preview", "pre", "rc", "a", "b", "c"],
        &["post", "rev", "r"],
        &["dev"],
    ];
    for (at, words) in kinds.into_iter().enumerate() {
        // `3.11-1` is the same as `3.11.post1`.
        if let (1, Some(number)) = (at, rest.strip_prefix('-'))
            && number.starts_with(|c: char| c.is_ascii_digit())
        {
            rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
            continue;
        }
        let word = rest.strip_prefix(['.', '-', '_']).unwrap_or(rest);
        let Some(after) = words.iter().find_map(|it| word.strip_prefix(it)) else {
            continue;
        };
        let number = after.strip_prefix(['.', '-', '_']).unwrap_or(after);
        rest = if number.starts_with(|c: char| c.is_ascii_digit()) {
            number.trim_start_matches(|c: char| c.is_ascii_digit())
        } else {
            after
        };
    }
    rest.is_empty()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The same as uv reads it, as far as one can tell what was meant: npm and Poetry write ranges alike.
fn meant(text: &str) -> Option<String> {
    if text.contains("||") {
        return None;
    }
    let clauses = text.split(',').map(str::trim);
    let meant: Option<Vec<String>> = clauses
        .filter(|clause| !clause.is_empty())
        .map(|clause| {
            if is_clause(clause) {
                return Some(clause.to_owned());
            }
            let range = Range::of_npm(clause);
            range.unread().is_empty().then(|| range.specifier())
        })
        .collect();
    let meant = meant?.join(",");
    (!meant.is_empty() && is_read(&meant)).then_some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_uv_refuses_is_told_from_what_it_reads() {
        // Each as uv 0.13.9 takes it.
        for text in [
            "",
            ">=3.11",
            ">= 3.11",
            ">=3.11 , <4",
            "~=3.11",
            "==3.11",
            "===3.11",
            "==3.12.*",
            "!=3.9.*",
            ">=3.11.0rc1",
            ">=v3.11",
            ">=3.11-1",
            "<3.15.dev0",
            "==3.11+local",
        ] {
            assert!(is_read(text), "{text}");
        }
        for (text, written) in [
            ("^3.11", Some(">=3.11,<4")),
            ("3.11", Some("==3.11.*")),
            ("~=3", Some(">=3,<4")),
            (">=3.11,", Some(">=3.11")),
            ("<4 , ", Some("<4")),
            (">=3.11,,<4", Some(">=3.11,<4")),
            (">=3.10 <4", Some(">=3.10,<4")),
            ("~3.11", Some(">=3.11,<3.12")),
            ("=3.11", Some("==3.11.*")),
            (">3.11.*", Some(">=3.12")),
            (">=3.10,^3.11", Some(">=3.10,>=3.11,<4")),
            ("==3.11.x", Some("==3.11.*")),
            (" ", None),
            ("*", None),
            (">=3.11 || <3", None),
            (">=3.11;<4", None),
            (">=3.11+local", None),
            ("=>3.11", None),
            ("===abc", None),
            ("three", None),
        ] {
            assert!(!is_read(text), "{text}");
            assert_eq!(meant(text).as_deref(), written, "{text}");
        }
    }

    #[test]
    fn ranges_that_no_version_meets_are_told_with_their_files() {
        let told = |ranges: &[(&str, &str)]| {
            let requires = ranges.iter().map(|(text, file)| Requires {
                text: (*text).to_owned(),
                file: (*file).to_owned(),
                line: 5,
            });
            let tool = Tool {
                name: "python",
                command: Vec::new(),
                range: Range::parse(""),
                install: Vec::new(),
                pinned: None,
                asked_in: String::new(),
                requires: requires.collect(),
            };
            refused(&tool).map(|finding| (finding.message, finding.help.unwrap_or_default()))
        };
        let message = |ranges: &[(&str, &str)]| told(ranges).map(|(message, _)| message);
        assert_eq!(
            message(&[(">=3.12,<3.11", "pyproject.toml")]).as_deref(),
            Some("python: no version is `>=3.12,<3.11` (pyproject.toml)")
        );
        assert_eq!(
            message(&[
                (">=3.12", "pyproject.toml"),
                ("<3.12", "backend/pyproject.toml")
            ])
            .as_deref(),
            Some(
                "python: no version is `>=3.12` (pyproject.toml) and `<3.12` (backend/pyproject.toml)"
            )
        );
        for fits in [
            &[(">=3.11", "a"), (">=3.10,<4", "b")][..],
            &[("==3.12.*", "a"), (">=3.12.4,<3.12.6,!=3.12.4", "b")],
            &[(">=3.12,!=3.12.*,<3.14", "a")],
            &[(">3.11.0a1,<3.11.0b1", "a")],
            &[("<4", "a")],
            &[("<3.13", "a"), ("<=3.14", "b")],
            &[],
        ] {
            assert_eq!(told(fits), None, "{fits:?}");
        }
        // The others agree with each other.
        for (first, second, last, odd) in [
            (">=3.11", ">=3.11,<3.16", "<3.11", "c"),
            (">=3.11", "<3.11", ">=3.11", "b"),
            (">=3.11", ">=3.11,<3.11", ">=3.12", "b"),
        ] {
            let (_, help) = told(&[(first, "a"), (second, "b"), (last, "c")]).expect("none");
            assert_eq!(help, remedy::open_at(odd, 5));
        }
    }
}
