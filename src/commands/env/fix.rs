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
    let mut made: Vec<usize> = Vec::new();
    for (path, edits) in &by_file {
        let Some(source) = edits.first().map(|edit| &edit.source) else {
            continue;
        };
        let absolute = workspace.path(path);
        let now = fs::read_text(&absolute);
        if now
            .as_ref()
            .is_err_and(|error| error.kind() == std::io::ErrorKind::InvalidData)
        {
            context.say(&format!("{path} is left as it is: it is not UTF-8\n"));
            continue;
        }
        let text = edit::applied(source, edits);
        context.say(&edit::diff(source, edits));
        // Somebody may have saved the file since it was read.
        if now.ok().as_deref() != Some(source.text()) {
            return Err(
                Failure::new(Exit::Findings, format!("{path} was changed meanwhile"))
                    .help("run the command again"),
            );
        }
        fs::write_atomic(&absolute, text.as_bytes())
            .map_err(|error| Failure::new(Exit::Findings, error.to_string()))?;
        made.push(edits.len());
    }
    if !made.is_empty() {
        context.say(&format!(
            "applied {} in {}\n",
            plural(made.iter().sum(), "change"),
            plural(made.len(), "file")
        ));
    }
    Ok(!made.is_empty())
}
