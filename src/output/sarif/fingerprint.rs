//! What makes two results of two runs the same one.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::diagnostic::Finding;

/// The key that GitHub's code scanning reads.
pub(super) const KEY: &str = "primaryLocationLineHash";

/// Fingerprints of one run's findings, in order.
#[derive(Default)]
pub(super) struct Fingerprints {
    seen: HashMap<String, usize>,
}

impl Fingerprints {
    /// A hash of what a finding is about and not of where it stands: the same finding keeps its
    /// fingerprint while lines above it come and go. Equal ones are numbered.
    pub(super) fn next(&mut self, finding: &Finding) -> String {
        let mut hasher = Sha256::new();
        for part in parts(finding) {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        let hash = hasher
            .finalize()
            .iter()
            .take(8)
            .fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
        let count = self.seen.entry(hash.clone()).or_insert(0);
        *count += 1;
        format!("{hash}:{count}")
    }
}

fn parts(finding: &Finding) -> [String; 5] {
    let place = finding.place.as_ref();
    let file = finding.path().map_or_else(String::new, ToString::to_string);
    // The line as people may see it: a hash of a secret could be guessed at.
    let line = place.and_then(|label| {
        let span = label.source.line_span(label.start().line)?;
        Some(
            label
                .source
                .shown(span)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        )
    });
    [
        finding.rule.code.to_owned(),
        finding.subject.clone().unwrap_or_default(),
        finding.tier.clone().unwrap_or_default(),
        file,
        line.unwrap_or_default(),
    ]
}
