//! One line, several readers: where they disagree, and where a value is not what the line shows.

mod proof;
mod whole;
mod written;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::text::mask;

use super::EnvFile;
use super::dialect::{self, Ambient, Dialect, Loaded};
use proof::{Promise, keep_what_helps};
use whole::{BOM, is_with_cr, severity_of, whole_file};
use written::Written;

pub(super) use written::spellings;

/// Two loaders read one line differently.
pub(super) static DISAGREE: Rule = Rule {
    code: "env/loaders-disagree",
    severity: Severity::Warning,
    summary: "the programs that read a file see different values in one line",
    text: "\
There is no standard for env files. The root's file is read by pydantic-settings, by docker compose
and perhaps by a shell; the frontend's by Next.js and by bun. They differ in `#` without a blank
before it, in `$`, in backslashes inside quotes, in text behind a closing quote. A password with one
of these is another password for each of them.

    DB_PASSWORD=s3cr#t$w     # pydantic: s3cr#t$w   Next.js: s3cr

Way out: the finding names the spelling that all readers of this tier read alike, which was found by
asking each of them; `--fix` writes it.",
};

/// A value is not what its line shows.
pub(super) static ALTERED: Rule = Rule {
    code: "env/altered-value",
    severity: Severity::Warning,
    summary: "the loader cuts or expands a value, so that the program sees something else",
    text: "\
Next.js and bun end an unquoted value at the first `#`, also inside a word, and replace `$name` by
that variable's value, inside single quotes too: where there is no such variable, by nothing.

    SMTP_PASSWORD=p#ss       # the program sees: p
    HASH='$2b$12$abc'        # the program sees: b$12 with its pieces missing

Way out: the finding says how to write the value so that it arrives whole; `--fix` writes it.",
};

/// Compares what each of `dialects` makes of a file, the tier's own loader first.
#[must_use]
pub fn compare(
    file: &EnvFile,
    own: &Loaded,
    dialects: &[Dialect],
    process: &BTreeMap<String, String>,
    secret: &dyn Fn(&str) -> bool,
) -> Vec<Finding> {
    let Some((first, others)) = dialects.split_first() else {
        return Vec::new();
    };
    if others.is_empty() && !alters(*first) {
        return Vec::new();
    }
    if file.problem.is_some() || !may_differ(file.source.text()) {
        return Vec::new();
    }
    // The process environment has the last word for all alike, which would hide the difference.
    let names: HashSet<&str> = own
        .bindings
        .iter()
        .map(|binding| binding.name.as_str())
        .collect();
    let ambient: Ambient = process
        .iter()
        .filter(|(name, _)| !names.contains(name.as_str()))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let source = dialect::Source::new(file.source.text().as_bytes());
    let read: Vec<(Dialect, Loaded)> = others
        .iter()
        .map(|other| (*other, dialect::load(*other, source, &ambient)))
        .collect();
    let alone = dialect::load(*first, source, &ambient);
    let has_bom = file.source.text().starts_with(BOM);
    // Of several assignments with one name only one counts.
    let counting: BTreeSet<usize> = alone
        .values
        .iter()
        .map(|(_, entry)| entry.binding)
        .collect();
    let mut findings = whole_file(file, *first, &alone, &read, &counting);
    let mut promises = Vec::new();
    for (_, binding) in alone
        .bindings
        .iter()
        .enumerate()
        .filter(|(at, _)| counting.contains(at))
    {
        let Some(value) = &binding.value else {
            continue;
        };
        let differing: Vec<(Dialect, Option<&str>)> = read
            .iter()
            .filter(|(_, other)| !other.is_fatal())
            .map(|(dialect, other)| (*dialect, value_of(other, &binding.name)))
            .filter(|(_, other)| *other != Some(value.as_str()))
            // Said once for the whole file.
            .filter(|(_, other)| !other.is_some_and(|other| is_with_cr(other, value)))
            .filter(|_| !(has_bom && binding.name_span.start == BOM.len_utf8()))
            .collect();
        let raw = file
            .source
            .text()
            .get(binding.value_span.start..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default();
        if (differing.is_empty() && !raw.contains(['#', '$'])) || super::is_placeholder(value) {
            continue;
        }
        let written = Written::of(file, binding, *first);
        let hidden = secret(&binding.name)
            || super::names_secret(&binding.name, value)
            || super::is_secret_value(value);
        let finding = if differing.is_empty() {
            let Some(why) = written.altered(value, &alone, process) else {
                continue;
            };
            Finding::new(
                &ALTERED,
                format!("{first} does not read `{}` as it is written", binding.name),
            )
            .note(why)
            .note(format!("it sees {}", shown(value, hidden)))
        } else {
            disagreement(*first, value, &differing, &binding.name, hidden)
        };
        let label = Label::new(&file.source, binding.value_span.clone(), "");
        let finding = finding.subject(binding.name.as_str()).at(label);
        let finding = written.way_out(finding, dialects, hidden);
        if finding.fix.is_some() {
            promises.push(Promise {
                finding: findings.len(),
                value: written.into_meant(),
            });
        }
        findings.push(finding);
    }
    keep_what_helps(&mut findings, &promises, file, dialects, &ambient);
    findings
}

fn disagreement(
    first: Dialect,
    value: &str,
    differing: &[(Dialect, Option<&str>)],
    name: &str,
    hidden: bool,
) -> Finding {
    let mut finding = Finding::new(
        &DISAGREE,
        format!("the readers of `{name}` see different values"),
    )
    .note(format!("{first} sees {}", shown(value, hidden)));
    for (dialect, other) in differing {
        let sees = other.map_or_else(
            || "does not see it at all".to_owned(),
            |other| format!("sees {}", shown(other, hidden)),
        );
        finding = finding.note(format!("{dialect} {sees}"));
    }
    let only_bash = differing
        .iter()
        .all(|(dialect, _)| *dialect == Dialect::Bash);
    finding.severity(severity_of(only_bash))
}

/// The letters that loaders disagree about. Without any of them there is nothing to compare.
fn may_differ(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        !line.starts_with('#')
            && !line.is_empty()
            && line.bytes().any(|b| {
                matches!(
                    b,
                    b'#' | b'$'
                        | b'\\'
                        | b'"'
                        | b'\''
                        | b'`'
                        | b' '
                        | b'\t'
                        | b'&'
                        | b';'
                        | b'|'
                        | b'<'
                        | b'>'
                        | b'('
                        | b')'
                        | b'~'
                        | b'*'
                        | b'!'
                        | b'\r'
                ) || !b.is_ascii()
            })
    })
}

/// Whether a loader cuts and expands what other ones hand over as it is written.
fn alters(dialect: Dialect) -> bool {
    matches!(dialect, Dialect::Next | Dialect::Bun)
}

fn value_of<'a>(loaded: &'a Loaded, name: &str) -> Option<&'a str> {
    let entry = loaded
        .values
        .get(name)
        .or_else(|| loaded.values.get(&name.to_lowercase()))?;
    loaded.bindings.get(entry.binding)?.value.as_deref()
}

/// A value as people may see it: of a secret no more than its beginning and its length.
fn shown(value: &str, hidden: bool) -> String {
    if hidden {
        format!("{} ({} characters)", mask(value), value.chars().count())
    } else {
        let line: String = super::mask_parts("", value)
            .chars()
            .flat_map(|c| {
                if c.is_control() {
                    c.escape_default().collect::<Vec<_>>()
                } else {
                    vec![c]
                }
            })
            .collect();
        format!("`{line}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn findings(text: &str, dialects: &[Dialect]) -> Vec<(String, String)> {
        let file = EnvFile::new(Source::new(".env", text));
        let none = BTreeMap::new();
        let own = dialect::load(
            dialects[0],
            dialect::Source::new(text.as_bytes()),
            &Ambient::default(),
        );
        let findings = compare(&file, &own, dialects, &none, &|_| false);
        findings
            .into_iter()
            .map(|finding| {
                (
                    finding.rule.code.to_owned(),
                    finding.help.unwrap_or_default(),
                )
            })
            .collect()
    }

    #[test]
    fn plain_lines_are_silent() {
        let text = "# a comment's $ # 'x\nA=1\nB=http://localhost:3000,http://127.0.0.1\nC=\nD=a # comment\nE=\"two words\"\n";
        assert_eq!(
            findings(
                text,
                &[
                    Dialect::PydanticSettings,
                    Dialect::Next,
                    Dialect::Bun,
                    Dialect::Compose
                ]
            ),
            []
        );
    }

    #[test]
    fn a_glued_hash_is_read_whole_by_python_and_cut_by_next() {
        let both = findings("A=p#ss\n", &[Dialect::PydanticSettings, Dialect::Next]);
        assert_eq!(
            both,
            [(
                "env/loaders-disagree".to_owned(),
                "write it in double quotes: \"p#ss\"".to_owned()
            )]
        );
        let next = findings("A=p#ss\n", &[Dialect::Next, Dialect::Bun]);
        assert_eq!(
            next,
            [(
                "env/altered-value".to_owned(),
                "write it in double quotes: \"p#ss\"".to_owned()
            )]
        );
    }

    #[test]
    fn a_dollar_needs_a_spelling_per_tier() {
        let next = findings("A=pa$word\n", &[Dialect::Next, Dialect::Bun]);
        assert_eq!(next.len(), 1);
        assert!(next[0].1.contains("\\$word"), "{next:?}");
        assert_eq!(
            findings("B=x\nA=a${B}\n", &[Dialect::Next, Dialect::Bun]),
            []
        );
    }
}
