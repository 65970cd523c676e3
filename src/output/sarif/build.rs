//! A report in SARIF's words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::Utf8Path;

use crate::diagnostic::{Finding, Fix, Label, Report, Rule, Severity};
use crate::output::Run;
use crate::output::safe::harmless;
use crate::text::{Source, Span};

use super::fingerprint::{Fingerprints, KEY};
use super::log::{
    ArtifactChange, ArtifactLocation, AutomationDetails, Configuration, Driver, FixEntry, Help,
    Location, Log, PhysicalLocation, Region, Replacement, ReportingDescriptor, ResultEntry,
    RuleProperties, RunEntry, Tool, UriBase,
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Stands for the workspace's root, so that no path of a machine gets into the file.
const BASE: &str = "SRCROOT";

pub(super) fn log<'a>(report: &'a Report, run: &Run<'_>) -> Log<'a> {
    let rules = rules(report, run);
    let mut fingerprints = Fingerprints::default();
    let results = report
        .findings()
        .iter()
        .map(|finding| result(finding, &rules, &mut fingerprints))
        .collect();
    let driver = Driver {
        name: env!("CARGO_PKG_NAME"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: rules.iter().map(|rule| descriptor(rule)).collect(),
    };
    let base = UriBase {
        description: "the root of the workspace".into(),
    };
    let entry = RunEntry {
        tool: Tool { driver },
        automation_details: AutomationDetails {
            id: automation_id(run),
        },
        original_uri_base_ids: BTreeMap::from([(BASE, base)]),
        column_kind: "unicodeCodePoints",
        results,
    };
    Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [entry],
    }
}

/// The run's rules, and those of findings that it did not name.
fn rules(report: &Report, run: &Run<'_>) -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = Vec::new();
    for rule in run
        .rules
        .iter()
        .copied()
        .chain(report.findings().iter().map(|finding| finding.rule))
    {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}

/// `pixcrawler/env-check/development/`: what stands before the last slash is the category.
fn automation_id(run: &Run<'_>) -> String {
    let mut id = format!("pixcrawler/{}/", run.command.replace(' ', "-"));
    if let Some(environment) = run.environment {
        id.push_str(environment);
        id.push('/');
    }
    id
}

fn descriptor(rule: &'static Rule) -> ReportingDescriptor {
    let text = rule.text.trim();
    let text = if text.is_empty() { rule.summary } else { text };
    let first_paragraph = text.split("\n\n").next().unwrap_or(text);
    ReportingDescriptor {
        id: rule.code,
        short_description: rule.summary.into(),
        full_description: first_paragraph.into(),
        help: Help {
            text,
            markdown: text,
        },
        default_configuration: Configuration {
            level: level(rule.severity),
        },
        properties: RuleProperties {
            tags: rule
                .code
                .split_once('/')
                .map(|(domain, _)| domain)
                .into_iter()
                .collect(),
        },
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result<'a>(
    finding: &'a Finding,
    rules: &[&'static Rule],
    fingerprints: &mut Fingerprints,
) -> ResultEntry<'a> {
    let related = finding.related.iter().enumerate();
    ResultEntry {
        rule_id: finding.rule.code,
        rule_index: rules
            .iter()
            .position(|rule| *rule == finding.rule)
            .unwrap_or_default(),
        level: level(finding.severity),
        message: message(finding).into(),
        locations: [finding
            .place
            .as_ref()
            .map_or_else(|| whole(finding.path()), |label| location(label, None))],
        related_locations: related
            .map(|(index, label)| location(label, Some(index + 1)))
            .collect(),
        fixes: finding
            .fix
            .iter()
            .filter(|fix| !fix.edits.is_empty())
            .map(fix)
            .collect(),
        partial_fingerprints: BTreeMap::from([(KEY, fingerprints.next(finding))]),
    }
}

/// Viewers show a result's message and nothing else of it: reasons and the way out go along.
fn message(finding: &Finding) -> String {
    let mut text = harmless(&finding.message).into_owned();
    for (word, line) in finding
        .notes
        .iter()
        .map(|note| ("note", note))
        .chain(finding.help.iter().map(|help| ("help", help)))
    {
        let _ = write!(text, "\n{word}: {}", harmless(line));
    }
    text
}

fn location(label: &Label, id: Option<usize>) -> Location<'_> {
    Location {
        id,
        physical_location: PhysicalLocation {
            artifact_location: artifact(label.source.path()),
            region: Some(region(&label.source, label.span)),
        },
        message: Some(&label.message)
            .filter(|message| !message.is_empty())
            .map(|message| harmless(message).into()),
    }
}

/// Where a finding without a place stands: a file as a whole, or else the workspace. Code scanning
/// refuses a file with a result that has no location.
fn whole<'a>(file: Option<&Utf8Path>) -> Location<'a> {
    let artifact_location = file.map_or_else(
        || ArtifactLocation {
            uri: "./".to_owned(),
            uri_base_id: BASE,
        },
        artifact,
    );
    Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location,
            region: None,
        },
        message: None,
    }
}

fn fix(fix: &Fix) -> FixEntry<'_> {
    let mut changes: Vec<ArtifactChange<'_>> = Vec::new();
    for edit in &fix.edits {
        let artifact_location = artifact(edit.source.path());
        let replacement = Replacement {
            deleted_region: region(&edit.source, edit.span),
            inserted_content: edit.replacement.as_str().into(),
        };
        match changes
            .iter_mut()
            .find(|change| change.artifact_location == artifact_location)
        {
            Some(change) => change.replacements.push(replacement),
            None => changes.push(ArtifactChange {
                artifact_location,
                replacements: vec![replacement],
            }),
        }
    }
    FixEntry {
        description: fix.title.as_str().into(),
        artifact_changes: changes,
    }
}

fn region(source: &Source, span: Span) -> Region {
    let (start, end) = (source.position(span.start), source.position(span.end));
    Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

fn artifact(path: &Utf8Path) -> ArtifactLocation {
    ArtifactLocation {
        uri: uri(path.as_str()),
        uri_base_id: BASE,
    }
}

/// A relative path as a URI reference: what RFC 3986 does not allow in a path is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_of_the_frontend_become_valid_uris() {
        assert_eq!(
            uri("app/(auth)/[id]/page ü.tsx"),
            "app/(auth)/%5Bid%5D/page%20%C3%BC.tsx"
        );
        assert_eq!(uri("a:b?c#d%"), "a%3Ab%3Fc%23d%25");
    }
}
