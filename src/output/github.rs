//! For GitHub Actions: one workflow command a finding, which becomes an annotation in the diff.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::diagnostic::{Finding, Report, Severity};

use super::safe::harmless;

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for finding in report.findings() {
        writeln!(out, "{}", command(finding))?;
    }
    Ok(())
}

fn command(finding: &Finding) -> String {
    let name = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut command = format!("::{name} ");
    if let Some(place) = &finding.place {
        let (start, end) = (place.start(), place.end());
        let _ = write!(
            command,
            "file={},line={},",
            property(place.source.path().as_str()),
            start.line
        );
        // GitHub refuses columns when a range spans lines.
        if start.line == end.line {
            let _ = write!(
                command,
                "col={},endLine={},endColumn={},",
                start.column, end.line, end.column
            );
        } else {
            let _ = write!(command, "endLine={},", end.line);
        }
    } else if let Some(path) = finding.path() {
        let _ = write!(command, "file={},line=1,", property(path.as_str()));
    }
    let _ = write!(
        command,
        "title={}::{}",
        property(finding.rule.code),
        data(&message(finding))
    );
    command
}

/// An annotation shows no source of its own files: what the places say is told as lines.
fn message(finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    lines.extend(
        finding
            .place
            .iter()
            .map(|label| label.message.clone())
            .filter(|message| !message.is_empty()),
    );
    for label in finding
        .related
        .iter()
        .filter(|label| !label.message.is_empty())
    {
        lines.push(format!(
            "{}:{}: {}",
            label.source.path(),
            label.start().line,
            label.message
        ));
    }
    lines.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    lines.extend(finding.fix.iter().map(|fix| format!("fix: {}", fix.title)));
    lines.join("\n")
}

/// Escapes what stands behind `::`.
fn data(text: &str) -> String {
    harmless(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property, which also ends at `:` and `,`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_early_is_escaped() {
        assert_eq!(data("50 %\r\na: b, c"), "50 %25%0Aa: b, c");
        assert_eq!(property("C:\\a,b%"), "C%3A\\a%2Cb%25");
    }
}
