//! Secrets that `pixcrawler.toml` has for a service, where git tracks that file.

use crate::diagnostic::{Finding, Label, Rule, Severity};
use crate::text::remedy::quoted;

/// A secret in a file that everybody has.
pub(super) static SECRET_IN_SETTINGS: Rule = Rule {
    code: "env/secret-in-settings",
    severity: Severity::Warning,
    summary: "pixcrawler.toml, which git tracks, holds a secret",
    text: "\
The settings of a workspace belong in its repository, and whatever `[services.NAME] env` says there is in
every clone and stays in the history. Passwords, keys and tokens are told by the names of their variables,
by the schema, and by their shape; the password in the URL of a server of this machine is none.

Way out: take the line out of pixcrawler.toml and give the value to the tier in an env file, which git
ignores: pixcrawler env set --tier backend NAME=-. What opens something elsewhere has to count as published:
replace it where it was issued.",
};

/// The finding about one of them, which `label` points to.
#[must_use]
pub fn secret_in_settings(name: &str, service: &str, tier: Option<&str>, label: Label) -> Finding {
    let tier = tier.unwrap_or("root");
    Finding::new(
        &SECRET_IN_SETTINGS,
        format!("git tracks pixcrawler.toml, which has the secret `{name}` of `{service}`"),
    )
    .subject(name)
    .tier(tier)
    .at(label)
    .note("what was committed stays in the history: where it opens something elsewhere, replace it there")
    .help(format!(
        "delete it here, and write it into an env file: pixcrawler env set --tier {} {}=-",
        quoted(tier),
        quoted(name)
    ))
}
