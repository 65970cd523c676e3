//! `env check --fix`: the edits that are certain, shown first, each file whole or not at all.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::commands::Context;
use crate::diagnostic::{Edit, Report, edit};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::system::fs;
use crate::text::plural;
use crate::workspace::Workspace;

/// Applies what can be applied. True if a file was changed.
pub(super) fn apply(
    context: &Context,
    workspace: &Workspace,
    report: &Report,
) -> Result<bool, Failure> {
    let mut by_file: BTreeMap<Utf8PathBuf, Vec<&Edit>> = BTreeMap::new();
    for edit in report
        .findings()
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .flat_map(|fix| &fix.edits)
    {
        by_file
            .entry(edit.source.path().to_owned())
            .or_default()
            .push(edit);
    }
    for (path, edits) in &by_file {
        let Some(source) = edits.first().map(|edit| &edit.source) else {
            continue;
        };
        let text = edit::applied(source, edits);
        context.say(&edit::diff(source, edits));
        let absolute = workspace.path(path);
        // Somebody may have saved the file since it was read.
        if fs::read_text(&absolute).ok().as_deref() != Some(source.text()) {
            return Err(
                Failure::new(Exit::Findings, format!("{path} was changed meanwhile"))
                    .help("run the command again"),
            );
        }
        fs::write_atomic(&absolute, text.as_bytes())
            .map_err(|error| Failure::new(Exit::Findings, error.to_string()))?;
    }
    if !by_file.is_empty() {
        let count = by_file.values().map(Vec::len).sum();
        context.say(&format!(
            "applied {} in {}\n",
            plural(count, "change"),
            plural(by_file.len(), "file")
        ));
    }
    Ok(!by_file.is_empty())
}
