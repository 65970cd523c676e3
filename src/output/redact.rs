//! A report as it may leave the process: no secret in any text that a renderer writes.
//!
//! Checks do not put secrets into messages. This is the second lock: whatever a source hides is
//! masked in the words about it, and an edit that would spell it out keeps only its title.

use std::collections::{BTreeSet, HashSet};

use foldhash::fast::RandomState;

use crate::diagnostic::{Edit, Finding, Label, Report};
use crate::failure::Failure;
use crate::text::{Secrets, Source};

/// Values of at least this length are looked for in prose.
const SHORTEST: usize = 6;

/// The report with every hidden value of its sources masked.
pub(super) fn redact(report: &Report) -> Report {
    let hidden = hidden_values(report.findings());
    let secrets = telling(&hidden);
    Report::new(
        report
            .findings()
            .iter()
            .map(|finding| masked(finding.clone(), &secrets, &hidden))
            .collect(),
    )
}

/// The same for the findings that explain a failure, in their own order, and for its words.
pub(super) fn redact_failure(failure: &Failure) -> Failure {
    let hidden = hidden_values(&failure.findings);
    let secrets = telling(&hidden);
    let findings = failure.findings.iter().cloned();
    Failure {
        exit: failure.exit,
        message: secrets.mask_text(&failure.message),
        help: failure.help.as_ref().map(|help| secrets.mask_text(help)),
        findings: findings
            .map(|finding| masked(finding, &secrets, &hidden))
            .collect(),
    }
}

/// A finding whose excerpts show none of these either. Masked only when all is written, a line would become
/// another one than is underlined.
pub(super) fn without(finding: &Finding, secrets: &Secrets) -> Finding {
    let mut finding = finding.clone();
    for label in finding.place.iter_mut().chain(&mut finding.related) {
        let secrets = secrets.clone();
        label.source = label.source.without(move |text| secrets.spans(text));
    }
    finding
}

/// The hidden values that are looked for in words.
fn telling(hidden: &BTreeSet<&str>) -> Secrets {
    // A password that is a plain word (`postgres`) protects nothing; masking that word would
    // spoil every sentence and every command that holds it.
    let telling =
        |value: &&&str| value.len() >= SHORTEST && value.chars().any(|c| !c.is_ascii_lowercase());
    Secrets::new(hidden.iter().filter(telling))
}

/// Everything that the words about some findings begin with, at whatever place: a file may hold a
/// hundred thousand secrets, and only those can be told whose beginning is among these.
struct Beginnings<'a>(HashSet<&'a [u8], RandomState>);

impl<'a> Beginnings<'a> {
    fn of(findings: &'a [Finding]) -> Self {
        let mut seen = HashSet::default();
        let mut add = |text: &'a str| seen.extend(text.as_bytes().windows(SHORTEST));
        for finding in findings {
            add(&finding.message);
            finding.notes.iter().for_each(|note| add(note));
            finding.help.iter().for_each(|help| add(help));
            finding.subject.iter().for_each(|subject| add(subject));
            for label in finding.place.iter().chain(&finding.related) {
                add(&label.message);
            }
            if let Some(fix) = &finding.fix {
                add(&fix.title);
                fix.edits.iter().for_each(|edit| add(&edit.replacement));
            }
        }
        Self(seen)
    }

    fn may_hold(&self, value: &str) -> bool {
        value
            .trim()
            .as_bytes()
            .get(..SHORTEST)
            .is_none_or(|beginning| self.0.contains(beginning))
    }
}

fn masked(mut finding: Finding, secrets: &Secrets, hidden: &BTreeSet<&str>) -> Finding {
    let mask = |text: &mut String| {
        if secrets.found_in(text.as_bytes()) {
            *text = secrets.mask_text(text);
        }
    };
    mask(&mut finding.message);
    finding.notes.iter_mut().for_each(mask);
    finding.help.iter_mut().for_each(mask);
    finding.subject.iter_mut().for_each(mask);
    finding
        .place
        .iter_mut()
        .chain(&mut finding.related)
        .for_each(|label| mask(&mut label.message));
    if let Some(fix) = &mut finding.fix {
        mask(&mut fix.title);
        if fix.edits.iter().any(|edit| tells(edit, hidden)) {
            fix.edits.clear();
        }
    }
    finding
}

/// Whether an edit's replacement may hold a secret: it stands in the place of one, perhaps in
/// another spelling (quoted, escaped), or it repeats one elsewhere.
fn tells(edit: &Edit, hidden: &BTreeSet<&str>) -> bool {
    let real = edit.source.text().get(edit.span.start..edit.span.end);
    real.is_some_and(|real| real != edit.source.shown(edit.span))
        || hidden.iter().any(|value| edit.replacement.contains(value))
}

fn hidden_values(findings: &[Finding]) -> BTreeSet<&str> {
    let told = Beginnings::of(findings);
    let mut sources: Vec<&Source> = Vec::new();
    for finding in findings {
        let labels = finding
            .place
            .iter()
            .chain(&finding.related)
            .map(|label: &Label| &label.source);
        let edits = finding
            .fix
            .iter()
            .flat_map(|fix| &fix.edits)
            .map(|edit| &edit.source);
        for source in labels.chain(edits) {
            // By path first: comparing texts of equal length would read every file anew.
            if !sources
                .iter()
                .any(|known| known.path() == source.path() && *known == source)
            {
                sources.push(source);
            }
        }
    }
    let texts = sources.into_iter().flat_map(Source::hidden_texts);
    texts.filter(|text| told.may_hold(text)).collect()
}
