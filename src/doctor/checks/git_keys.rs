//! Key-shaped strings in files that git tracks.

mod drawn;
mod finder;
mod firebase;
mod hooks;
mod private_keys;
mod search;
mod shapes;
mod signed;
mod tokens;
mod urls;

use std::borrow::Cow;

use camino::Utf8Path;
use jiff::Timestamp;

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::doctor::{Answer, Facts};
use crate::text::remedy::open_at;
use crate::text::{MASK, Source, Span, and_list, plural};

use finder::{Hit, hits};
use search::{Looked, Skip, search};
use shapes::SHAPES;

/// A key stands in a tracked file.
pub(super) static KEY: Rule = Rule {
    code: "git/key",
    severity: Severity::Error,
    summary: "a file that git tracks holds something that looks like a key",
    text: "\
Everybody who has the repository, now or later, has the key, and services that scan public
repositories find it within minutes.

Way out: give the key back at its service and make a new one; keep the new one in an env file that
git ignores. What is no key of yours (a test's, an example's) gets another shape: `sk_test_xxx`. The key in
a Firebase app's settings is none of them: pages have it by design, and it is only remarked. A signed token
(JWT) that has ended, as it says itself, is a warning.",
};

pub(super) static RULES: &[&Rule] = &[&KEY];

/// What is to be done about a key.
const SECRET: &str =
    "make a new key at its service, keep that in an env file, and take this one out";

/// What is to be done about one that is no secret.
const PUBLIC: &str = "every page of the app has it: what it opens is limited in the Google Cloud console, APIs & Services, Credentials";

/// So many are told one by one: more than anybody mends before looking again.
const TOLD: usize = 200;

pub(super) fn ask(facts: &Facts) -> Answer {
    match search(facts) {
        Ok(looked) => judge(looked),
        Err(answer) => *answer,
    }
}

fn judge(looked: Looked) -> Answer {
    let Looked {
        files,
        skipped,
        mut found,
        within,
        untold,
    } = looked;
    found.sort_by_cached_key(Finding::order);
    let mut skipped: Vec<String> = skipped
        .iter()
        .map(|(skip, count)| match skip {
            Skip::Kind => format!("{count} of a kind without keys (pictures, archives, locks)"),
            Skip::Large => format!("{count} too large"),
            Skip::Folder => {
                format!("{count} that are folders (links, submodules that are not checked out)")
            }
            Skip::Absent => format!(
                "{} not in the folder (deleted, or never checked out)",
                are(*count)
            ),
            Skip::Unreadable => format!("{count} that cannot be read"),
        })
        .collect();
    skipped.extend(untold);
    let skipped = if skipped.is_empty() {
        String::new()
    } else {
        format!("not looked at: {}", skipped.join(", "))
    };
    // What is only remarked is no secret.
    if found.iter().all(|it| it.severity == Severity::Info) {
        let none = if found.is_empty() {
            "none"
        } else {
            "no secret"
        };
        let mut looked = format!("{none} in {}", plural(files, "tracked file"));
        if !within.is_empty() {
            let within: Vec<String> = within.iter().map(ToString::to_string).collect();
            looked = format!("{looked}, those of {} among them", and_list(&within));
        }
        let answer = Answer::found(if skipped.is_empty() {
            looked
        } else {
            format!("{looked}; {skipped}")
        });
        found.truncate(TOLD);
        return Answer {
            findings: found,
            ..answer
        };
    }
    let all = found.len();
    found.truncate(TOLD);
    if all > TOLD {
        // First, so that nobody takes those that follow for all.
        let message = format!("{all} places in tracked files hold keys; {TOLD} of them are told");
        let more = Finding::new(&KEY, message)
            .subject("more")
            .note("mend these, and look again")
            .help("pixcrawler doctor --only git-keys -v");
        found.insert(0, more);
    }
    let skipped = Some(skipped).filter(|it| !it.is_empty());
    Answer {
        findings: found,
        found: skipped.into_iter().collect(),
        ..Answer::default()
    }
}

/// Tracked files, as far as the verb.
fn are(count: usize) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} that {verb}", plural(count, "tracked file"))
}

/// The bytes in an encoding in which ASCII is itself: PowerShell writes UTF-16.
fn plain(bytes: Vec<u8>) -> Vec<u8> {
    let unit = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return bytes,
    };
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| pair.try_into().ok().map(unit))
        .collect();
    String::from_utf16_lossy(&units).into_bytes()
}

fn look(path: &Utf8Path, bytes: Vec<u8>, now: Timestamp) -> Vec<Finding> {
    let bytes = plain(bytes);
    if hits(&bytes).is_empty() {
        return Vec::new();
    }
    // What is not UTF-8 takes another room as text; keys are ASCII and stay.
    let text: Cow<'_, str> = String::from_utf8_lossy(&bytes);
    let hits = hits(text.as_bytes());
    let binary = text.contains('\0');
    // What else stands on the line of a key is seldom harmless: a password beside it, or a key that we
    // do not know. So nothing of it is shown but what says which key it is.
    let seen = seen(&text, &hits);
    let source = Source::with_hidden(path, text.as_ref(), beside(&text, &hits, &seen));
    let found = hits.iter().zip(&seen).filter_map(|(hit, seen)| {
        let shape = SHAPES.get(hit.shape)?;
        let line = source.position(hit.span.start).line;
        let words = hit.token.map(|it| it.words(now));
        let name = hit.token.map_or(shape.name, |it| it.name);
        let (whose, severity, way) = match hit.token {
            Some(token) => ("", token.severity(now), token.way(now).unwrap_or(SECRET)),
            None if hit.public => (" of a Firebase app", Severity::Info, PUBLIC),
            None => ("", shape.severity, SECRET),
        };
        let held = words.as_deref().unwrap_or(name);
        let finding = Finding::new(&KEY, format!("{path}:{line} holds {held}{whose}"));
        let finding = finding.severity(severity);
        let finding = if binary {
            finding.in_file(path)
        } else {
            finding
                .at(Label::new(&source, hit.span, name))
                .note(format!("{}{MASK}", source.shown(*seen)))
        };
        let finding = finding.note(way).help(open_at(path.as_str(), line));
        Some((finding, words.map(|words| (line, words))))
    });
    tokens::together(path.as_str(), found.collect())
}

/// The part of each key that may be shown: its first characters, and the name that it is given.
fn seen(text: &str, hits: &[Hit]) -> Vec<Span> {
    let mut last = 0;
    let part = |hit: &Hit| {
        let Span { start, end } = hit.span;
        let shown = SHAPES.get(hit.shape).map_or(0, |shape| shape.prefix.len());
        let name = text.get(last..start).and_then(name_before);
        let from = name.map_or(start, |name| last + name);
        last = end;
        Span::new(from, (start + shown).min(end))
    };
    hits.iter().map(part).collect()
}

/// Where the name begins that the end of a text gives to what follows: `NAME=`, `"name": "`.
fn name_before(text: &str) -> Option<usize> {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    const LONGEST: usize = 60;
    let blank = [' ', '\t'];
    let bare = text.trim_end_matches(QUOTES).trim_end_matches(blank);
    let before = match bare.strip_suffix(':') {
        // `user:password`, without a space, is no name and its value.
        Some(before) if bare.len() < text.len() => before.strip_suffix(QUOTES).unwrap_or(before),
        Some(_) => return None,
        None => bare.strip_suffix('=')?.trim_end_matches(blank),
    };
    let name = before
        .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .next()?;
    let start = before.len() - name.len();
    // A piece of something longer may be a piece of a secret.
    let apart = before.get(..start)?.chars().next_back();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.len() <= LONGEST
        && apart.is_none_or(|c| c.is_whitespace() || QUOTES.contains(&c) || "{[(,;".contains(c));
    is_name.then_some(start)
}

/// All of the lines of these keys but what may be seen of them.
fn beside(text: &str, hits: &[Hit], seen: &[Span]) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut hidden = Vec::new();
    let mut from = 0;
    for (at, (hit, shown)) in hits.iter().zip(seen).enumerate() {
        let before = bytes.get(..shown.start).unwrap_or_default();
        let line = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        hidden.push(Span::new(from.max(line), shown.start));
        let after = bytes.get(hit.span.end..).unwrap_or_default();
        let end = memchr::memchr(b'\n', after).map_or(bytes.len(), |found| hit.span.end + found);
        let next = seen.get(at + 1).map_or(end, |next| next.start);
        hidden.push(Span::new(shown.end, end.min(next)));
        from = shown.end;
    }
    hidden.retain(|span| span.start < span.end);
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_that_stands_beside_a_key() {
        let key = format!("AKIA{}", "IOSFODNN7ZXAQPLQ");
        let shown = |before: &str, after: &str| {
            let text = format!("x\n{before}{key}{after}");
            let found = look("a.txt".into(), text.into(), Timestamp::UNIX_EPOCH);
            let finding = found.first().expect("a finding");
            let label = finding.place.as_ref().expect("a place");
            let line = label.source.line_span(2).expect("a line");
            (finding.notes[0].clone(), label.source.shown(line))
        };
        for (before, after, note) in [
            ("KEY=", " postgres://a:hunter2@h", "KEY=AKIA••••••"),
            ("password = \"hunter2\", key=\"", "\"", "key=\"AKIA••••••"),
            (
                "{\"key\": \"",
                "\", \"p\": \"hunter2\"}",
                "key\": \"AKIA••••••",
            ),
            ("run --db redis://:hunter2@h/0 --aws ", "", "AKIA••••••"),
            ("hunter2:", "", "AKIA••••••"),
            ("https://h/hunter2=", "", "AKIA••••••"),
            ("sk_live_hunter2abcdef1234567 ", "", "AKIA••••••"),
            ("", "=hunter2, b=KEY", "AKIA••••••"),
        ] {
            let (told, line) = shown(before, after);
            assert_eq!(told, note);
            assert!(!line.contains("hunter2"), "{line}");
            assert!(line.contains(note.trim_end_matches('•')), "{line}");
        }
        // Of two on one line neither shows the other.
        let (note, line) = shown("A=", &format!("={key} p=hunter2"));
        assert_eq!(note, "A=AKIA••••••");
        assert_eq!(line.replace('•', ""), "A=AKIAAKIA");
    }

    #[test]
    fn what_was_not_looked_at_is_not_counted_as_sound() {
        let looked = |skipped: &[(Skip, usize)]| {
            judge(Looked {
                files: 3,
                skipped: skipped.iter().copied().collect(),
                ..Looked::default()
            })
        };
        let beside = judge(Looked {
            skipped: [(Skip::Large, 1)].into(),
            found: vec![Finding::new(&KEY, "a key").note("its own")],
            ..Looked::default()
        });
        assert_eq!(beside.found, ["not looked at: 1 too large"]);
        assert_eq!(beside.findings[0].notes, ["its own"]);
        assert_eq!(looked(&[]).found, ["none in 3 tracked files"]);
        assert_eq!(
            looked(&[(Skip::Large, 1), (Skip::Absent, 2)]).found,
            [
                "none in 3 tracked files; not looked at: 1 too large, 2 tracked files that are not in the folder (deleted, or never checked out)"
            ]
        );
        let within = judge(Looked {
            files: 3,
            within: vec!["lib/a".into()],
            untold: vec!["lib/b, whose files git does not tell: odd".to_owned()],
            ..Looked::default()
        });
        assert_eq!(
            within.found,
            [
                "none in 3 tracked files, those of lib/a among them; not looked at: lib/b, whose files git does not tell: odd"
            ]
        );
    }

    #[test]
    fn what_is_only_remarked_is_no_secret() {
        let remark = Finding::new(&KEY, "a key of pages").severity(Severity::Info);
        let answer = judge(Looked {
            files: 3,
            found: vec![remark],
            ..Looked::default()
        });
        assert_eq!(answer.status(), crate::doctor::Status::Pass);
        assert_eq!(answer.found, ["no secret in 3 tracked files"]);
        assert_eq!(answer.findings.len(), 1);
    }

    #[test]
    fn what_is_not_told_is_counted() {
        let told = |places: usize| {
            let one = |at: usize| Finding::new(&KEY, "a key").subject(at.to_string());
            let looked = Looked {
                found: (0..places).map(one).collect(),
                ..Looked::default()
            };
            judge(looked).findings
        };
        assert_eq!(told(TOLD).len(), TOLD);
        let many = told(TOLD + 1);
        assert_eq!(many.len(), TOLD + 1);
        let message = format!(
            "{} places in tracked files hold keys; {TOLD} of them are told",
            TOLD + 1
        );
        assert_eq!(many[0].message, message);
    }

    #[test]
    fn every_encoding_is_looked_through() {
        let key = format!("A\nB=ghp_{}", "q7RtY2wZ9kLmN4vBx8CdF3gHjP6sTeQ5uWyA");
        let wide: Vec<u8> = [0xfeff]
            .into_iter()
            .chain(key.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let latin = [b"caf\xe9 \xff".as_slice(), key.as_bytes()].concat();
        for bytes in [wide, latin, [b"\0", key.as_bytes()].concat()] {
            let found = look("a.txt".into(), bytes, Timestamp::UNIX_EPOCH);
            let messages: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
            assert_eq!(messages, ["a.txt:2 holds a GitHub token"]);
        }
    }
}
