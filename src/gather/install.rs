//! Whether the packages are installed and in step with the manifests.
//!
//! A stamp in `.pixcrawler/` remembers, after a successful installation, what the manifests held
//! and which packages were there. Both must still be so: a `uv sync` inside a member removes what
//! the others need.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::service::assemble::Install;
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::{Python, Stack, Web};

use super::{scripts, venv};

/// The stamps, by what was installed.
type Stamps = BTreeMap<String, String>;

fn path(workspace: &Workspace) -> Utf8PathBuf {
    workspace.state().join("installed.json")
}

fn read(workspace: &Workspace) -> Stamps {
    fs::read_text(&path(workspace))
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// What must be installed before anything can run.
#[must_use]
pub fn needed(
    workspace: &Workspace,
    stack: &Stack,
    extras: &[String],
    variables: &BTreeMap<String, String>,
) -> Install {
    let stamps = read(workspace);
    let stale = |name: &str, now: Option<String>| now.is_none() || stamps.get(name) != now.as_ref();
    let python = stack.python.as_ref();
    let anew = python.is_some_and(|python| {
        let venv = venv::venv(workspace, python, variables);
        scripts::elsewhere(&venv).is_some()
    });
    Install {
        anew,
        python: anew
            || python
                .is_some_and(|python| stale("python", python_stamp(workspace, python, extras))),
        web: stack
            .web
            .as_ref()
            .is_some_and(|web| stale("web", web_stamp(workspace, web))),
    }
}

/// Remembers what is installed now.
pub fn remember(workspace: &Workspace, stack: &Stack, extras: &[String], done: Install) {
    let mut stamps = read(workspace);
    if let Some(stamp) = stack
        .python
        .as_ref()
        .filter(|_| done.python)
        .and_then(|python| python_stamp(workspace, python, extras))
    {
        stamps.insert("python".to_owned(), stamp);
    }
    if let Some(stamp) = stack
        .web
        .as_ref()
        .filter(|_| done.web)
        .and_then(|web| web_stamp(workspace, web))
    {
        stamps.insert("web".to_owned(), stamp);
    }
    if let Ok(text) = serde_json::to_vec_pretty(&stamps) {
        // Without the stamp the next start installs again, which is slow but right.
        let _ = fs::write_atomic(&path(workspace), &text);
    }
}

/// None while there is no environment.
fn python_stamp(workspace: &Workspace, python: &Python, extras: &[String]) -> Option<String> {
    let dir = workspace.path(&python.dir);
    let venv = dir.join(".venv");
    let packages = std::iter::once(venv.join("Lib/site-packages"))
        .chain(
            fs::list(&venv.join("lib"))
                .into_iter()
                .map(|lib| lib.join("site-packages")),
        )
        .find(|packages| fs::is_dir(packages))?;
    let mut manifests = vec![
        dir.join("pyproject.toml"),
        dir.join("uv.lock"),
        dir.join(".python-version"),
        dir.join(".python-versions"),
    ];
    manifests.extend(
        fs::list(&dir)
            .into_iter()
            .map(|member| member.join("pyproject.toml")),
    );
    // Names, not the folder's time: Python itself writes its byte code there.
    let installed = names(&packages).filter(|name| name.ends_with(".dist-info"));
    let extras = extras.iter().map(|extra| format!("extra {extra}"));
    Some(stamp(&manifests, installed.chain(extras)))
}

fn web_stamp(workspace: &Workspace, web: &Web) -> Option<String> {
    let dir = workspace.path(&web.top);
    let packages = dir.join("node_modules");
    let mut manifests = [
        "package.json",
        "bun.lock",
        "bun.lockb",
        "pnpm-lock.yaml",
        "yarn.lock",
        "package-lock.json",
    ]
    .map(|name| dir.join(name))
    .to_vec();
    if web.top != web.dir {
        manifests.push(workspace.path(&web.dir).join("package.json"));
    }
    let installed = names(&packages).filter(|name| !name.starts_with('.'));
    fs::is_dir(&packages).then(|| stamp(&manifests, installed))
}

/// The sorted names in a folder.
fn names(dir: &Utf8Path) -> impl Iterator<Item = String> {
    fs::list(dir)
        .into_iter()
        .filter_map(|path| path.file_name().map(str::to_owned))
}

fn stamp(manifests: &[Utf8PathBuf], installed: impl Iterator<Item = String>) -> String {
    let mut hash = Sha256::new();
    for manifest in manifests {
        if let Ok(bytes) = fs::read(manifest) {
            hash.update(manifest.as_str());
            hash.update(bytes.len().to_le_bytes());
            hash.update(&bytes);
        }
    }
    for name in installed {
        hash.update(name.as_bytes());
        hash.update([0]);
    }
    crate::text::hex(&hash.finalize()[..16])
}
