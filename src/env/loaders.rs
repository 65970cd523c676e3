//! One line, several readers: where they disagree, and where a value is not what the line shows.

mod whole;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::diagnostic::{Edit, Finding, Fix, Label, Rule, Severity};
use crate::text::{and_list, mask, mask_url};

use super::dialect::{self, Ambient, Dialect, Loaded};
use super::{EnvFile, Problem};
use whole::{BOM, is_with_cr, severity_of, whole_file};

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

/// The ways to write a value, the plainest first.
pub(super) fn spellings(value: &str) -> impl Iterator<Item = String> {
    SPELLINGS.iter().map(move |(_, spell)| spell(value))
}

/// A way to write a value: how people call it, and how it is done.
type Spelling = (&'static str, fn(&str) -> String);

/// Spellings of a value, the plainest first.
const SPELLINGS: &[Spelling] = &[
    ("without quotes", str::to_owned),
    ("in double quotes", |value| format!("\"{value}\"")),
    ("in single quotes", |value| format!("'{value}'")),
    (
        "in double quotes, with a backslash before each $",
        |value| format!("\"{}\"", value.replace('$', "\\$")),
    ),
    ("with a backslash before each $", |value| {
        value.replace('$', "\\$")
    }),
    ("in double quotes, with escapes", |value| {
        format!(
            "\"{}\"",
            value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('$', "\\$")
        )
    }),
];

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
    if matches!(
        file.problem,
        Some(Problem::Refused(_) | Problem::NotUtf8(_))
    ) || !may_differ(file.source.text())
    {
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
            || super::looks_secret(&binding.name)
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
        findings.push(written.way_out(
            finding.subject(binding.name.as_str()).at(label),
            dialects,
            hidden,
        ));
    }
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
        let line: String = mask_url(value)
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

/// A value as the file has it.
struct Written<'a> {
    file: &'a EnvFile,
    span: std::ops::Range<usize>,
    /// The line behind the equals sign, up to where the text ends.
    meant: String,
    quoted: bool,
    dialect: Dialect,
}

impl<'a> Written<'a> {
    fn of(file: &'a EnvFile, binding: &dialect::Binding, dialect: Dialect) -> Self {
        let text = file.source.text();
        let quoted = binding.quote != dialect::Quote::None;
        let start = binding.value_span.start;
        let mut end = binding.value_span.end;
        if !quoted {
            // A `#` that stands inside a word was meant as a part of it: the text goes on to the next blank.
            let rest = text.get(end..).unwrap_or_default();
            if rest.starts_with('#') && start < end {
                end += rest.find(char::is_whitespace).unwrap_or(rest.len());
            }
        }
        let raw = text.get(start..end).unwrap_or_default();
        let meant = if quoted && raw.len() >= 2 {
            raw.get(1..raw.len() - 1).unwrap_or(raw).replace("\\$", "$")
        } else {
            raw.replace("\\$", "$")
        };
        Self {
            file,
            span: start..end,
            meant,
            quoted,
            dialect,
        }
    }

    /// Why the program sees something else than what is written, if it does.
    fn altered(
        &self,
        value: &str,
        loaded: &Loaded,
        process: &BTreeMap<String, String>,
    ) -> Option<String> {
        if self.meant == value || !alters(self.dialect) {
            return None;
        }
        if !self.quoted
            && self.meant.starts_with(value)
            && self
                .meant
                .get(value.len()..)
                .is_some_and(|rest| rest.starts_with('#'))
        {
            return Some("it ends an unquoted value at the first `#`".to_owned());
        }
        let unknown = references(&self.meant)
            .into_iter()
            .find(|name| !process.contains_key(*name) && loaded.values.get(name).is_none())?;
        Some(format!(
            "it replaces `${unknown}` by the value of that variable, and there is none"
        ))
    }

    /// The spelling that all readers read as it is meant, found by asking them.
    fn way_out(&self, finding: Finding, dialects: &[Dialect], hidden: bool) -> Finding {
        let reads = |dialect: Dialect, spelling: &str| {
            let line = format!("PIXCRAWLER_CLI_PROBE={spelling}\n");
            let loaded = dialect::load(
                dialect,
                dialect::Source::new(line.as_bytes()),
                &Ambient::default(),
            );
            !loaded.is_fatal()
                && value_of(&loaded, "PIXCRAWLER_CLI_PROBE") == Some(self.meant.as_str())
        };
        let best = SPELLINGS
            .iter()
            .map(|(title, spell)| (*title, spell(&self.meant)))
            .map(|(title, spelling)| {
                (
                    dialects
                        .iter()
                        .filter(|dialect| reads(**dialect, &spelling))
                        .count(),
                    title,
                    spelling,
                )
            })
            .rev()
            .max_by_key(|(agreeing, _, _)| *agreeing);
        let Some((agreeing, title, spelling)) = best.filter(|(agreeing, _, _)| *agreeing > 0)
        else {
            return finding.help("use a value without #, $, quotes, backslashes and blanks: no spelling suits all readers");
        };
        let names: Vec<&str> = dialects
            .iter()
            .filter(|dialect| reads(**dialect, &spelling))
            .map(|dialect| dialect.as_str())
            .collect();
        let suits = if agreeing == dialects.len() {
            String::new()
        } else {
            format!(
                " (right for {} only: no spelling suits all)",
                and_list(&names)
            )
        };
        let help = if hidden || mask_url(&spelling) != spelling {
            format!("write it {title}{suits}")
        } else {
            format!("write it {title}: {spelling}{suits}")
        };
        let edit = Edit {
            source: self.file.source.clone(),
            span: self.span.clone().into(),
            replacement: spelling,
        };
        let finding = finding.help(help);
        if agreeing == dialects.len() {
            finding.fix(Fix {
                title: format!("write it {title}"),
                edits: vec![edit],
            })
        } else {
            finding
        }
    }
}

/// The names that a value refers to with `$name` or `${name…}`.
fn references(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices('$') {
        let rest = text.get(at + 1..).unwrap_or_default();
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        if end > 0 {
            names.push(&rest[..end]);
        }
    }
    names
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
