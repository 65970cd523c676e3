//! The port that `dev` starts the web application on, as far as something else than its own URL says it.

use camino::Utf8Path;

use crate::code::manifest;
use crate::code::settings::line_of_json;
use crate::system::fs;
use crate::workspace::{CommandOptions, Environment, Runtime, Workspace};

use crate::schema::check::Listens;

use super::Gathered;

/// How `dev` calls the application that it finds.
pub(super) const SERVICE: &str = "frontend";

/// The variable whose value it decides.
const OWN: &str = "NEXT_PUBLIC_APP_URL";

/// Notes it for the tier of the application.
pub(super) fn fill(workspace: &Workspace, environment: Environment, tiers: &mut [Gathered]) {
    let is_it = |it: &&mut Gathered| {
        it.tier.runtime == Runtime::Next && environment == Environment::Development
    };
    for gathered in tiers.iter_mut().filter(is_it) {
        gathered.listens =
            of_settings(workspace).or_else(|| of_script(workspace, &gathered.tier.dir));
    }
}

/// What `pixcrawler.toml` says.
fn of_settings(workspace: &Workspace) -> Option<Listens> {
    let written = workspace.options.services.get(SERVICE)?;
    let of_command = || match written.command.as_ref()? {
        CommandOptions::Shell(line) => manifest::script_port(line),
        CommandOptions::Exec(words) => manifest::script_port(&words.join(" ")),
    };
    let of_variable = || written.env.get("PORT")?.trim().parse().ok();
    let port = written.port.or_else(of_command).or_else(of_variable);
    Some(Listens {
        port: port.filter(|it| *it != 0)?,
        // What is written there is judged with the services' ports.
        place: None,
        others: Vec::new(),
    })
}

/// What the script says that `dev` runs.
fn of_script(workspace: &Workspace, dir: &Utf8Path) -> Option<Listens> {
    let path = dir.join("package.json");
    let text = fs::read_text_if_there(&workspace.path(&path)).ok()??;
    let package = manifest::package_json(&text).ok()?;
    let script = package.scripts.get("dev")?;
    let line = line_of_json(&text, &["scripts", "dev"]);
    let services = &workspace.options.services;
    let is_own = |it: &&String| it.as_str() == OWN;
    // A line of pixcrawler.toml's may pass over the script, and a value there over the file's.
    let frontend = services.get(SERVICE);
    let is_sure =
        frontend.is_none_or(|it| it.command.is_none() && !it.env.keys().any(|it| is_own(&it)));
    Some(Listens {
        port: manifest::script_port(script).filter(|it| *it != 0)?,
        place: is_sure.then(|| format!("{path}:{line}")),
        others: services.values().filter_map(|it| it.port).collect(),
    })
}
