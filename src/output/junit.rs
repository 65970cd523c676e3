//! For CI systems that show tests: a test case for each finding, and for each rule without one; where
//! checks are asked, for each check without one.
//!
//! The dialect is the one that Jenkins validates: nothing in it but what every reader knows.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use crate::diagnostic::{Finding, Report};

use super::safe::harmless_char;
use super::{Run, Style, human};

pub(super) fn render(report: &Report, run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = report.findings();
    let quiet = quiet(findings, run);
    let failures = findings
        .iter()
        .filter(|finding| finding.severity >= run.fail_on)
        .count();

    let mut counts = format!(
        r#"tests="{}" failures="{failures}" errors="0""#,
        findings.len() + quiet.len()
    );
    let left_out = quiet.iter().filter(|case| case.skipped.is_some()).count();
    let skipped = findings.len() - failures + left_out;
    let time = run.elapsed.map_or(String::new(), |elapsed| {
        format!(r#" time="{:.3}""#, elapsed.as_secs_f64())
    });
    counts.push_str(&time);
    let name = match run.environment {
        Some(environment) => format!("{} ({environment})", run.command),
        None => run.command.to_owned(),
    };

    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="pixcrawler" {counts}>"#)?;
    writeln!(
        out,
        r#"  <testsuite name="{}" {counts} skipped="{skipped}">"#,
        escape(&name)
    )?;
    let mut seen = HashMap::new();
    for finding in findings {
        write_finding(finding, run, &mut seen, out)?;
    }
    for case in quiet {
        let (class, name) = (escape(run.command), escape(case.name));
        let time = case.elapsed.map_or(String::new(), |elapsed| {
            format!(r#" time="{:.3}""#, elapsed.as_secs_f64())
        });
        let begin = format!(r#"    <testcase classname="{class}" name="{name}"{time}"#);
        match case.skipped {
            Some(why) => {
                let why = escape(why);
                writeln!(out, "{begin}>")?;
                writeln!(out, r#"      <skipped message="{why}"/>"#)?;
                writeln!(out, "    </testcase>")?;
            }
            None => writeln!(out, "{begin}/>")?,
        }
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// What was looked at and has nothing to say.
struct Quiet<'a> {
    name: &'a str,
    elapsed: Option<Duration>,
    skipped: Option<&'a str>,
}

fn quiet<'a>(findings: &[Finding], run: &Run<'a>) -> Vec<Quiet<'a>> {
    if run.checks.is_empty() {
        return run
            .rules
            .iter()
            .filter(|rule| {
                !findings
                    .iter()
                    .any(|finding| finding.rule.code == rule.code)
            })
            .map(|rule| Quiet {
                name: rule.code,
                elapsed: None,
                skipped: None,
            })
            .collect();
    }
    run.checks
        .iter()
        .filter(|checked| checked.answer.findings.is_empty())
        .map(|checked| Quiet {
            name: checked.id,
            elapsed: Some(checked.elapsed),
            skipped: checked.answer.skipped.as_deref(),
        })
        .collect()
}

/// A finding fails its test case from the severity on that fails the run; below, the case counts
/// as skipped: seen, not broken.
fn write_finding(
    finding: &Finding,
    run: &Run<'_>,
    seen: &mut HashMap<String, usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let message = escape(&finding.message);
    let name = escape(&unique(case_name(finding), seen));
    writeln!(
        out,
        r#"    <testcase classname="{}" name="{name}">"#,
        escape(run.command)
    )?;
    if finding.severity >= run.fail_on {
        let text = escape(&human::finding_text(finding, Style::plain()));
        let severity = finding.severity;
        writeln!(
            out,
            r#"      <failure type="{severity}" message="{message}">{text}</failure>"#
        )?;
    } else {
        let word = finding.severity;
        writeln!(out, r#"      <skipped message="{word}: {message}"/>"#)?;
    }
    writeln!(out, "    </testcase>")
}

/// Names stay the same while lines move, so that a CI system can tell a test's history.
fn case_name(finding: &Finding) -> String {
    let mut name = finding.rule.code.to_owned();
    if let Some(subject) = &finding.subject {
        let _ = write!(name, " {subject}");
    }
    if let Some(path) = finding.path() {
        let _ = write!(name, " in {path}");
    } else if let Some(tier) = &finding.tier {
        let _ = write!(name, " in {tier}");
    }
    name
}

fn unique(name: String, seen: &mut HashMap<String, usize>) -> String {
    let count = seen.entry(name.clone()).or_insert(0);
    *count += 1;
    if *count == 1 {
        name
    } else {
        format!("{name} ({count})")
    }
}

/// Escapes for text and for attributes between double quotes. Control characters are not
/// even allowed as references in XML 1.0, so they become pictures.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            other => out.push(harmless_char(other)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_that_share_a_name_are_told_apart() {
        let mut seen = HashMap::new();
        let names = ["a", "b", "a", "a"].map(|name| unique(name.to_owned(), &mut seen));
        assert_eq!(names, ["a", "b", "a (2)", "a (3)"]);
    }

    #[test]
    fn text_cannot_leave_its_element() {
        assert_eq!(
            escape("<a b=\"c\">&'\u{1b}\u{fffe}]]>"),
            "&lt;a b=&quot;c&quot;&gt;&amp;'␛�]]&gt;"
        );
    }
}
