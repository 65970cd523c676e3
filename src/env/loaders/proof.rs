//! Whether a spelling helps where it stands: a line alone is read otherwise than behind an open quote.

use crate::diagnostic::{Edit, Finding, edit};

use super::super::EnvFile;
use super::super::dialect::{self, Ambient, Dialect, Loaded};
use super::value_of;

/// What a fix promises: which finding has it, and the value that all readers see then.
pub(super) struct Promise {
    pub(super) finding: usize,
    pub(super) value: String,
}

/// Takes back each fix that does not keep its promise when all are made. Without this, a line that one
/// reader does not see at all, because of what stands above it, would be written otherwise in each run.
pub(super) fn keep_what_helps(
    findings: &mut [Finding],
    promises: &[Promise],
    file: &EnvFile,
    dialects: &[Dialect],
    ambient: &Ambient,
) {
    let edits: Vec<&Edit> = promises
        .iter()
        .filter_map(|promise| findings.get(promise.finding)?.fix.as_ref())
        .flat_map(|fix| &fix.edits)
        .collect();
    if edits.is_empty() {
        return;
    }
    let after = edit::applied(&file.source, &edits);
    let source = dialect::Source::new(after.as_bytes());
    let read: Vec<Loaded> = dialects
        .iter()
        .map(|dialect| dialect::load(*dialect, source, ambient))
        .collect();
    for promise in promises {
        let Some(finding) = findings.get_mut(promise.finding) else {
            continue;
        };
        let name = finding.subject.as_deref().unwrap_or_default();
        // Who does not read the file at all is told of elsewhere.
        let blind = dialects.iter().zip(&read).find(|(_, loaded)| {
            !loaded.is_fatal() && value_of(loaded, name) != Some(promise.value.as_str())
        });
        if let Some((one, _)) = blind {
            finding.fix = None;
            finding.help = Some(format!(
                "close what is open here or above first: {one} reads past the end of this line"
            ));
        }
    }
}
