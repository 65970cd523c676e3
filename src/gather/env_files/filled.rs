//! Variables that a web application gets in another way than by env files: its script or its configuration sets them.

use camino::Utf8Path;

use crate::code::manifest::{self, Script};
use crate::system::fs;
use crate::workspace::{CommandOptions, Environment, Tier, Workspace};

use super::super::web_env;
use super::listens::SERVICE;

/// Where Next.js is configured.
const CONFIGS: &[&str] = &[
    "next.config.js",
    "next.config.mjs",
    "next.config.ts",
    "next.config.mts",
    "next.config.cjs",
];

/// What is known of it.
#[derive(Default)]
pub(super) struct Filled {
    script: Script,
    config: String,
}

impl Filled {
    /// Reads both. What `dev` does not start sets nothing that is known here.
    pub(super) fn of(workspace: &Workspace, environment: Environment, tier: &Tier) -> Self {
        if environment != Environment::Development {
            return Self::default();
        }
        let dir = &tier.dir;
        let configs = CONFIGS.iter().map(|name| dir.join(name));
        let read = |path| fs::read_text_if_there(&workspace.path(path)).ok().flatten();
        Self {
            script: script(workspace, dir),
            config: configs.filter_map(read).collect(),
        }
    }

    /// Whether the script sets a variable, whatever files say.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.script.sets.iter().any(|it| it == name)
    }

    /// Whether a variable is set so, or may be.
    pub(super) fn may_set(&self, name: &str) -> bool {
        self.script.is_open
            || self.sets(name)
            || web_env::loads(&self.config)
            || is_set_in(&self.config, name)
    }
}

/// What starts the application: the command of pixcrawler.toml, or the script that it runs.
fn script(workspace: &Workspace, dir: &Utf8Path) -> Script {
    let options = workspace.options.services.get(SERVICE);
    let line = options.and_then(|it| match it.command.as_ref()? {
        CommandOptions::Shell(line) => Some(line.clone()),
        CommandOptions::Exec(words) => Some(words.join(" ")),
    });
    if let Some(line) = line.filter(|line| !manifest::runs_script(line, "dev")) {
        return Script::of(&line);
    }
    let text = fs::read_text_if_there(&workspace.path(dir.join("package.json")));
    let package = text.ok().flatten().map(|it| manifest::package_json(&it));
    let package = package.and_then(Result::ok).unwrap_or_default();
    // Without a script Next.js is started as it is.
    let script = package.scripts.get("dev");
    script.map_or_else(Script::default, |line| Script::of(line))
}

/// Whether a configuration sets a variable: `env: { NAME: … }`, `process.env.NAME = …`.
fn is_set_in(config: &str, name: &str) -> bool {
    config.match_indices(name).any(|(at, _)| {
        let is_letter = |it: char| it.is_alphanumeric() || it == '_';
        let before = &config[..at];
        let behind = &config[at + name.len()..];
        if before.ends_with(is_letter) || behind.starts_with(is_letter) {
            return false;
        }
        let behind = behind.trim_start_matches(['"', '\'', ']']).trim_start();
        let is_variable = before
            .trim_end_matches(['"', '\'', '['])
            .trim_end_matches('.');
        if is_variable.ends_with("process.env") {
            let behind = behind.trim_start_matches(['?', '|']);
            return behind.starts_with('=') && !behind.starts_with("==");
        }
        behind.starts_with(':') && !before.ends_with('.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_configuration_sets_is_told_from_what_it_reads() {
        for config in [
            "export default { env: { API: 'x' } };",
            "export default { env: { \"API\": 'x' } };",
            "process.env.API ??= 'x';",
            "process.env.API = 'x';",
            "process.env['API'] ||= 'x';",
        ] {
            assert!(is_set_in(config, "API"), "{config}");
        }
        for config in [
            "rewrites: () => [{ destination: process.env.API }]",
            "const at = process.env.API ?? 'x';",
            "if (process.env.API === 'x') {}",
            "env: { THE_API: 'x', API_URL: 'y' }",
            "",
        ] {
            assert!(!is_set_in(config, "API"), "{config}");
        }
    }
}
