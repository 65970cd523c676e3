//! Services that `pixcrawler.toml` leaves out, and that are asked for all the same.

use crate::diagnostic::{Finding, Rule, Severity};
use crate::workspace::{CONFIG, Workspace, label};

/// A service is named that is left out.
pub(super) static LEFT_OUT: Rule = Rule {
    code: "plan/left-out",
    severity: Severity::Error,
    summary: "a service is named that pixcrawler.toml leaves out",
    text: "\
`enabled = false` leaves a service out, whoever names it: what waited for it does not wait any more,
since it is provided some other way.

Way out: remove `enabled = false`. What is to be started only when it is named has a profile instead:
`profiles = [\"extra\"]`, then `pixcrawler dev NAME` or `pixcrawler dev --profile extra`.",
};

/// Whether the settings leave out the service of that name.
#[must_use]
pub fn is_left_out(workspace: &Workspace, name: &str) -> bool {
    let written = workspace.options.services.get(name);
    written.is_some_and(|written| written.enabled == Some(false))
}

/// What is said of names that are left out.
pub fn left_out<'a>(
    workspace: &Workspace,
    names: impl IntoIterator<Item = &'a String>,
) -> Vec<Finding> {
    let names = names
        .into_iter()
        .filter(|name| is_left_out(workspace, name));
    let finding = |name: &String| {
        let finding = Finding::new(&LEFT_OUT, format!("`{name}` is left out: enabled = false"))
            .subject(name.clone())
            .note(format!(
                "to start it only when it is named: profiles = [\"{name}\"] instead"
            ))
            .help(format!(
                "remove `enabled = false` from [services.{name}] in {CONFIG}"
            ));
        let settings = workspace.settings.as_ref();
        match settings.and_then(|source| label(source, &["services", name, "enabled"], "")) {
            Some(place) => finding.at(place),
            None => finding,
        }
    };
    names.map(finding).collect()
}
