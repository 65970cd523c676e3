//! JavaScript modules that are not found.

use super::pattern::quoted_behind;
use super::{Cause, cause};

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

pub(super) fn of(line: &str) -> Option<Cause> {
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
    Some(cause(
        format!("the JavaScript package `{name}` is not installed"),
        "bun install (in the frontend's folder)",
    ))
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
