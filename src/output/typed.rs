//! Findings and failures as they are typed from where the terminal stands.

use crate::diagnostic::Finding;
use crate::failure::Failure;
use crate::text::Stand;

/// The finding with ways out that do the same from there.
#[must_use]
pub fn typed(finding: &Finding, stand: &Stand) -> Finding {
    let mut finding = finding.clone();
    let notes = finding.notes.iter_mut();
    for text in notes.chain(&mut finding.help) {
        *text = stand.words(text).into_owned();
    }
    finding
}

/// The same of a failure.
#[must_use]
pub fn typed_failure(failure: &Failure, stand: &Stand) -> Failure {
    let words = |text: &String| stand.words(text).into_owned();
    let findings = failure.findings.iter();
    Failure {
        exit: failure.exit,
        message: words(&failure.message),
        help: failure.help.as_ref().map(words),
        findings: findings.map(|finding| typed(finding, stand)).collect(),
    }
}
