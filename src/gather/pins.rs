//! The versions of Node and of the frontend's package manager that files name for everybody.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::pins;
use crate::code::settings::line_of_json;
use crate::system::fs;
use crate::toolchain::Pin;
use crate::workspace::Workspace;
use crate::workspace::stack::{Manager, Web};

/// Where mise looks for what a project wants, what counts most first; a person's own settings left out.
const MISE: [&str; 4] = [
    "mise.toml",
    ".mise.toml",
    ".mise/config.toml",
    ".config/mise.toml",
];

/// The lines that say something.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The first of them without a remark behind it, which nvm and its kin leave out.
fn node_version(path: &Utf8Path) -> Option<String> {
    let text = fs::read_text(path).ok()?;
    let line = lines(&text).next()?;
    let (version, _) = line.split_once('#').unwrap_or((line, ""));
    Some(version.trim().to_owned())
}

/// The version of Node, out of the files that hold nothing else first.
pub(super) fn node(workspace: &Workspace, web: &Web) -> Option<Pin> {
    let dirs = [web.dir.as_path(), Utf8Path::new("")];
    let files = dirs.iter().flat_map(|dir| {
        [".node-version", ".nvmrc"]
            .into_iter()
            .map(|name| dir.join(name))
    });
    let mut pins = files.filter_map(|file| {
        let wanted = node_version(&workspace.path(&file))?;
        Some(pin(file, None, 1, wanted))
    });
    pins.next()
        .or_else(|| of_managers(workspace, web, "runtime", "node"))
}

/// The version of the package manager, where no `packageManager` names it.
pub(super) fn manager(workspace: &Workspace, web: &Web) -> Option<Pin> {
    of_managers(workspace, web, "packageManager", web.manager.program())
}

/// The package managers that the manifest asks for where npm, which looks there, is none of them.
pub(super) fn other_manager(workspace: &Workspace, web: &Web) -> Option<Pin> {
    const KIND: &str = "packageManager";
    if web.manager != Manager::Npm {
        return None;
    }
    let file = web.top.join("package.json");
    let text = fs::read_text(&workspace.path(&file)).ok()?;
    let wanted = pins::others(&text, KIND, web.manager.program())?;
    Some(Pin {
        is_bound: pins::binds(&text, KIND),
        ..pin(
            file,
            Some("devEngines"),
            line_of_json(&text, &["devEngines", KIND]),
            wanted,
        )
    })
}

/// What asdf or mise would take for a tool, by files in one of these folders or at the top.
pub(super) fn listed<'a>(
    workspace: &Workspace,
    dirs: impl IntoIterator<Item = &'a Utf8PathBuf>,
    tool: &str,
) -> Option<Pin> {
    let top = Utf8Path::new("");
    let mut dirs: Vec<&Utf8Path> = dirs.into_iter().map(Utf8PathBuf::as_path).collect();
    dirs.push(top);
    dirs.dedup();
    let read = |file: &Utf8Path| fs::read_text(&workspace.path(file)).ok();
    let of_mise = |dir: &Utf8Path| {
        MISE.iter().find_map(|name| {
            let file = dir.join(name);
            let text = read(&file)?;
            let wanted = pins::of_mise(&text, tool)?;
            Some(pin(file, None, pins::line_of(&text, tool), wanted))
        })
    };
    let in_list = |dir: &Utf8Path| {
        let file = dir.join(".tool-versions");
        let text = read(&file)?;
        let wanted = pins::of_tool_versions(&text, tool)?;
        Some(pin(file, None, pins::line_of(&text, tool), wanted))
    };
    let mut dirs = dirs.into_iter();
    dirs.find_map(|dir| of_mise(dir).or_else(|| in_list(dir)))
}

/// What volta, asdf or mise would take for a tool, or npm asks for.
fn of_managers(workspace: &Workspace, web: &Web, kind: &str, tool: &str) -> Option<Pin> {
    let mut dirs = [web.dir.as_path(), &web.top, Utf8Path::new("")].to_vec();
    dirs.dedup();
    let read = |file: &Utf8Path| fs::read_text(&workspace.path(file)).ok();
    let in_manifest = |dir: &Utf8Path| {
        let file = dir.join("package.json");
        let text = read(&file)?;
        let of_volta = || Some(("volta", pins::of_volta(&text, tool)?));
        let of_npm = || Some(("devEngines", pins::of_dev_engines(&text, kind, tool)?));
        let (key, wanted) = of_volta().or_else(of_npm)?;
        let below = if key == "volta" { tool } else { kind };
        let line = line_of_json(&text, &[key, below]);
        // It reads the manifest at the top only.
        let by_npm = key == "devEngines" && web.manager == Manager::Npm && dir == web.top;
        Some(Pin {
            is_bound: by_npm && pins::binds(&text, kind),
            ..pin(file, Some(key), line, wanted)
        })
    };
    let in_manifests = dirs.iter().find_map(|dir| in_manifest(dir));
    in_manifests.or_else(|| listed(workspace, [&web.dir, &web.top], tool))
}

fn pin(file: Utf8PathBuf, key: Option<&'static str>, line: usize, wanted: String) -> Pin {
    Pin {
        wanted,
        file: file.into_string(),
        key,
        line,
        is_bound: false,
    }
}
