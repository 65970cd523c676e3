//! JavaScript modules that are not found.

use std::collections::BTreeSet;

use super::pattern::quoted_behind;
use super::{Cause, Speaker, cause};
use crate::text::command;

/// What the project's files say of JavaScript packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebModules {
    /// The folder of their manifest, relative to the root.
    pub dir: String,
    /// The program that installs them.
    pub manager: &'static str,
    /// The packages that the manifest names.
    pub packages: BTreeSet<String>,
}

impl WebModules {
    /// A package that is not where it is looked for.
    fn missing(&self, name: &str, package: &str) -> Cause {
        let line = |words: &str| command::within(&self.dir, &format!("{} {words}", self.manager));
        if self.packages.contains(package) {
            return cause(
                format!("the JavaScript package `{name}` is not installed"),
                line("install"),
            );
        }
        let manifest = match self.dir.as_str() {
            "" => "package.json".to_owned(),
            dir => format!("{dir}/package.json"),
        };
        let add = if self.manager == "npm" {
            "install"
        } else {
            "add"
        };
        cause(
            format!(
                "the JavaScript package `{name}` is not installed, and {manifest} does not name it"
            ),
            line(&format!("{add} {}", crate::text::remedy::quoted(package))),
        )
    }
}

/// How Node, Bun, webpack and esbuild say it, and the quotes in which the name follows. `Could not
/// resolve` is said of servers, too: in other quotes, or in none.
const NOT_FOUND: &[(&str, &[char])] = &[
    ("Cannot find module", &['\'', '"']),
    ("Cannot find package", &['\'', '"']),
    ("Module not found", &['\'', '"']),
    ("Can't resolve", &['\'', '"', '`']),
    ("Could not resolve", &['"', '`']),
];

/// Modules that are parts of Node.
const OF_NODE: &[&str] = &[
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "querystring",
    "readline",
    "stream",
    "string_decoder",
    "timers",
    "tls",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "worker_threads",
    "zlib",
];

pub(super) fn of(speaker: Speaker<'_>, line: &str) -> Option<Cause> {
    if let Some(name) = super::pattern::word_behind(line, "No such built-in module:") {
        return Some(of_another_node(name));
    }
    let name = NOT_FOUND
        .iter()
        .find_map(|(words, quotes)| quoted_behind(line, words, quotes))?;
    if name.starts_with("node:") || name.starts_with("bun:") {
        return Some(of_another_node(name));
    }
    let is_windows_path = name.contains('\\');
    if name.starts_with(['.', '/']) || name.starts_with("file:") || is_windows_path {
        return Some(cause(
            format!("`{name}` is imported and is not there"),
            "correct the import, or restore the file",
        ));
    }
    // No package has a name that begins so.
    if name.starts_with(['~', '#', '$']) || name.starts_with("@/") {
        return Some(cause(
            format!("`{name}` is imported and is not there, or its alias leads elsewhere"),
            "correct the import, restore the file, or correct the alias (`paths` in tsconfig.json, `imports` in package.json)",
        ));
    }
    let top = name.split('/').next().unwrap_or(name);
    if OF_NODE.contains(&top) {
        return Some(cause(
            format!("`{name}` is a part of Node, and code for the browser imports it"),
            "import it, and what needs it, only in code that runs on the server",
        ));
    }
    Some(match &speaker.modules.web {
        Some(web) => web.missing(name, package(name)),
        None => cause(
            format!("the JavaScript package `{name}` is not installed"),
            speaker.way(
                "bun install (in the frontend's folder)",
                "install it with the package manager of its folder: bun install, npm install",
            ),
        ),
    })
}

/// The package of a module: `@scope/x` of `@scope/x/y`.
fn package(module: &str) -> &str {
    let parts = if module.starts_with('@') { 2 } else { 1 };
    let end = module.match_indices('/').nth(parts - 1);
    end.map_or(module, |(at, _)| &module[..at])
}

fn of_another_node(name: &str) -> Cause {
    let program = if name.starts_with("bun:") {
        "bun"
    } else {
        "node"
    };
    cause(
        format!("`{name}` is a part of {program} itself, and what runs here has none of that name"),
        format!(
            "{program} --version   shows which it is; correct the name, or run it with a {program} that has it"
        ),
    )
}
