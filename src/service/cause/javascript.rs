//! JavaScript modules that are not found.

use std::collections::{BTreeMap, BTreeSet};

use super::packaged::bringing;
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
    /// The programs that are installed for it.
    pub programs: BTreeSet<String>,
    /// Programs that installed packages of the manifest bring by another name than their own, each with its package.
    pub brought: BTreeMap<String, String>,
    /// Installed packages of the manifest of which files are gone.
    pub holed: BTreeMap<String, Holed>,
    /// Whether there is a manifest.
    pub is_there: bool,
}

/// What is gone of an installed package. What describes it is left, so that an installer restores nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holed {
    /// A file that it says to have.
    pub file: String,
    /// The line that installs it anew.
    pub way: String,
}

impl WebModules {
    /// The manifest, relative to the root.
    fn manifest(&self) -> String {
        match self.dir.as_str() {
            "" => "package.json".to_owned(),
            dir => format!("{dir}/package.json"),
        }
    }

    /// A program that no shell finds, of a package that the manifest asks for: in vain, or for its scripts alone.
    pub(super) fn missing_program(&self, name: &str) -> Option<Cause> {
        let package = self.bringer(name)?;
        if let Some(holed) = self.holed(package) {
            return Some(holed);
        }
        if self.programs.contains(name) {
            let (meaning, line) = self.of_scripts(name, package);
            return Some(cause(
                meaning,
                format!("write `{line}` in the place of `{name}`"),
            ));
        }
        // What is installed and has lost its programs is another thing.
        if self.brought.contains_key(name) {
            return None;
        }
        let meaning = if package == name {
            format!("`{name}` of {} is not installed", self.manifest())
        } else {
            format!(
                "`{name}` of the package `{package}` is not installed, which {} names",
                self.manifest()
            )
        };
        Some(cause(meaning, self.install()))
    }

    /// Why a program that a package of the manifest brings is not found where a service names it, and what would
    /// help: `place` says in words where it does.
    #[must_use]
    pub fn unfound(&self, name: &str, place: &str) -> Option<(String, String)> {
        let package = self.bringer(name)?;
        if let Some(Holed { file, way }) = self.holed.get(package) {
            let why = format!("files of the installed package `{package}` are gone: {file}");
            return Some((why, way.clone()));
        }
        let (why, line) = self.of_scripts(name, package);
        if self.programs.contains(name) {
            return Some((why, format!("write `{line}` in {place}")));
        }
        if self.brought.contains_key(name) {
            return None;
        }
        let why = format!(
            "`{name}` is not on PATH: it comes with `{package}` of {}, which is not installed",
            self.manifest()
        );
        let install = self.install();
        Some((why, format!("{install}; then write `{line}` in {place}")))
    }

    /// That only scripts find a program, and the line that runs it elsewhere.
    fn of_scripts(&self, name: &str, package: &str) -> (String, String) {
        let runner = match self.manager {
            "bun" => "bunx",
            "pnpm" => "pnpm exec",
            "yarn" => "yarn run",
            _ => "npx",
        };
        let why = format!(
            "`{name}` is not on PATH: it comes with `{package}`, and only scripts of {} find it by that name",
            self.manifest()
        );
        (why, format!("{runner} {name}"))
    }

    /// The package of the manifest that brings a program.
    fn bringer(&self, program: &str) -> Option<&str> {
        let known = bringing(program).iter().copied();
        let mut named = std::iter::once(program).chain(known);
        let named = named.find_map(|it| self.packages.get(it).map(String::as_str));
        let brought = self.brought.get(program);
        brought.map(String::as_str).or(named)
    }

    /// That files of an installed package are gone.
    fn holed(&self, package: &str) -> Option<Cause> {
        let Holed { file, way } = self.holed.get(package)?;
        Some(cause(
            format!("files of the installed package `{package}` are gone: {file}"),
            way.as_str(),
        ))
    }

    fn install(&self) -> String {
        command::within(&self.dir, &format!("{} install", self.manager))
    }

    /// A package that is not where it is looked for.
    fn missing(&self, name: &str, package: &str) -> Cause {
        let line = |words: &str| command::within(&self.dir, &format!("{} {words}", self.manager));
        if let Some(holed) = self.holed(package) {
            return holed;
        }
        if self.packages.contains(package) {
            return cause(
                format!("the JavaScript package `{name}` is not installed"),
                line("install"),
            );
        }
        let manifest = self.manifest();
        let add = if self.manager == "npm" {
            "install"
        } else {
            "add"
        };
        let add = line(&format!("{add} {}", crate::text::remedy::quoted(package)));
        if !self.is_there {
            let above = if self.dir.is_empty() {
                ""
            } else {
                ", nor one above it"
            };
            return cause(
                format!(
                    "the JavaScript package `{name}` is not installed, and there is no {manifest}{above}"
                ),
                format!("{add}   makes one, too; with npm it is `npm install`"),
            );
        }
        cause(
            format!(
                "the JavaScript package `{name}` is not installed, and {manifest} does not name it"
            ),
            add,
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

pub(super) fn of(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
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
    if is_entry(line, name, lines) {
        return Some(no_entry(speaker, name));
    }
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

/// Whether a file that is not there is the program itself. Node names who imported one, if anybody
/// did; Bun says of no other that it is not found in these words, and without the file that wants it.
fn is_entry(line: &str, name: &str, lines: &[&str]) -> bool {
    if line.trim_start().starts_with("error: Module not found \"") {
        let line = line.trim_end();
        return line.ends_with('"') && name.contains(['/', '\\', '.']);
    }
    let is_absolute = name.starts_with('/') || name.get(1..3).is_some_and(|rest| rest == ":\\");
    let is_required = |line: &&str| {
        line.starts_with("Require stack:")
            || (line.contains("requireStack: [") && !line.contains("requireStack: []"))
    };
    is_absolute
        && line.contains("Error: Cannot find module")
        && lines.iter().any(|line| line.contains("requireStack: []"))
        && !lines.iter().any(is_required)
}

/// Folders that builds make.
const BUILT: &[&str] = &["dist", "build", "out", ".next", ".output"];

/// The program that is to run is not there.
fn no_entry(speaker: Speaker<'_>, name: &str) -> Cause {
    let parts: Vec<&str> = name.split(['/', '\\']).collect();
    let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
    let Some(built) = folders.iter().rposition(|part| BUILT.contains(part)) else {
        return cause(
            format!(
                "the program `{name}` that `{}` runs is not there",
                speaker.service
            ),
            "correct the command, or restore the file",
        );
    };
    let meaning = format!(
        "the program `{name}` that `{}` runs is not there: it is not built yet, or elsewhere",
        speaker.service
    );
    let above = folders[..built].join("/");
    let web = speaker.modules.web.as_ref().filter(|web| web.is_there);
    let web = web.filter(|web| {
        let is_within = above.strip_suffix(&*web.dir);
        is_within.is_some_and(|rest| !web.dir.is_empty() && rest.ends_with('/'))
    });
    let way_out = match web {
        Some(web) => command::within(&web.dir, &format!("{} run build", web.manager)),
        None => {
            "run the `build` script of its package.json: npm run build, bun run build".to_owned()
        }
    };
    cause(meaning, way_out)
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
