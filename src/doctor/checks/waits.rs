//! Checks that cannot judge because a manifest cannot be read.

use crate::doctor::{Answer, Cure, Facts};
use crate::workspace::stack::Broken;

/// The manifests that cannot be read, where that is this check's to say; none where all can.
pub(super) fn told<'a>(broken: impl Iterator<Item = &'a Broken>) -> Option<Answer> {
    let mut answer = Answer::default();
    for manifest in broken {
        let finding = manifest.finding();
        let finding = finding.note("what it asks for is not compared until then");
        // What only a person can tell the worth of is not written over unasked.
        let restored = manifest.restores().filter(|_| manifest.restores_all());
        answer = match restored {
            Some(line) => answer.mended_by(finding, Cure::new(line)),
            None => answer.problem(finding),
        };
    }
    (!answer.findings.is_empty()).then_some(answer)
}

/// The answer of a check whose side of the workspace is not known, because its manifest cannot be read.
pub(super) fn for_side(facts: &Facts, python: bool) -> Option<Answer> {
    let mut broken = facts.sides().broken.iter();
    let manifest = broken.find(|manifest| manifest.is_python() == python)?;
    Some(Answer::skipped(manifest.keeps_waiting()))
}
