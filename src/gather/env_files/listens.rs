//! The port that `dev` starts the web application on, as far as something else than its own URL says it.

use camino::Utf8Path;

use crate::code::manifest;
use crate::system::fs;
use crate::workspace::{CommandOptions, Environment, Runtime, Workspace};

use super::Gathered;

/// How `dev` calls the application that it finds.
const SERVICE: &str = "frontend";

/// The variable whose value it decides.
const OWN: &str = "NEXT_PUBLIC_APP_URL";

/// Notes it for the tier where the URL is missing.
pub(super) fn fill(workspace: &Workspace, environment: Environment, tiers: &mut [Gathered]) {
    let is_it = |it: &&mut Gathered| {
        it.tier.runtime == Runtime::Next
            && environment == Environment::Development
            && it.resolved.get(OWN).is_none()
    };
    for gathered in tiers.iter_mut().filter(is_it) {
        gathered.listens =
            of_settings(workspace).or_else(|| of_script(workspace, &gathered.tier.dir));
    }
}

/// What `pixcrawler.toml` says.
fn of_settings(workspace: &Workspace) -> Option<u16> {
    let written = workspace.options.services.get(SERVICE)?;
    let of_command = || match written.command.as_ref()? {
        CommandOptions::Shell(line) => manifest::script_port(line),
        CommandOptions::Exec(words) => manifest::script_port(&words.join(" ")),
    };
    let of_variable = || written.env.get("PORT")?.trim().parse().ok();
    let port = written.port.or_else(of_command).or_else(of_variable);
    port.filter(|it| *it != 0)
}

/// What the script says that `dev` runs.
fn of_script(workspace: &Workspace, dir: &Utf8Path) -> Option<u16> {
    let text = fs::read_text_if_there(&workspace.path(dir.join("package.json")));
    let package = manifest::package_json(&text.ok()??).ok()?;
    manifest::script_port(package.scripts.get("dev")?)
}
