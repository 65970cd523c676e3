//! What the project's files say of JavaScript packages, for a service that runs in some folder.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::manifest;
use crate::service::cause::{Holed, WebModules};
use crate::system::fs;
use crate::text::command;
use crate::workspace::Workspace;
use crate::workspace::stack::{Manager, Stack};

use super::{entries, linked, manifests, packages};

/// The manifest that is nearest to the file that imports, which is absolute as the folder is; where that is not
/// known, or lies elsewhere, to the folder. Who runs above the frontend may have started that: then its manifest counts.
/// None where neither is known to lie in the workspace.
pub(super) fn of(
    workspace: &Workspace,
    stack: &Stack,
    cwd: Option<&Utf8Path>,
    importer: Option<&Utf8Path>,
) -> Option<WebModules> {
    let importer = importer.and_then(|file| below(workspace, file.parent()?));
    let cwd = cwd.and_then(|dir| below(workspace, dir));
    let dir = importer.as_deref().or(cwd.as_deref())?;
    let dirs = || dir.ancestors();
    let has_manifest = |dir: &&Utf8Path| fs::is_file(&workspace.path(dir).join("package.json"));
    let near = match &importer {
        // What a build has made is told only how to read its files: `{"type": "module"}`.
        Some(_) => dirs()
            .filter(has_manifest)
            .find(|dir| !is_only_type(workspace, dir)),
        None => None,
    };
    let near = near.or_else(|| dirs().find(has_manifest));
    let is_of = |web: &Utf8Path| match (&importer, near) {
        (Some(_), near) => near == Some(web),
        (None, near) => web.starts_with(near.unwrap_or(dir)),
    };
    match (&stack.web, near) {
        (Some(web), _) if is_of(&web.dir) => {
            let manifests = packages::manifests(workspace, stack, &BTreeMap::new());
            let asked = manifests.web?.asked;
            let installed = Installed::of(workspace, &web.dir, &asked, web.manager);
            Some(WebModules {
                dir: web.dir.to_string(),
                manager: web.manager.program(),
                brought: installed.brought,
                holed: installed.holed,
                packages: asked.into_keys().collect(),
                programs: programs(workspace, &web.dir),
                is_there: true,
            })
        }
        (_, Some(dir)) => {
            let package = |dir| manifests::package_json(workspace, dir).and_then(Result::ok);
            let own = package(dir).unwrap_or_default();
            // Of a workspace the manifest above names the manager, and has the lock.
            let above: Vec<&Utf8Path> = dir.ancestors().collect();
            let named = above.iter().find_map(|dir| package(dir)?.package_manager);
            let has = |dir: &Utf8Path, name: &str| fs::is_file(&workspace.path(dir).join(name));
            let manager = Manager::choose(named.as_deref(), |name| {
                above.iter().any(|dir| has(dir, name))
            });
            let asked = own.asked(true);
            let installed = Installed::of(workspace, dir, &asked, manager);
            Some(WebModules {
                dir: slashed(dir),
                manager: manager.program(),
                brought: installed.brought,
                holed: installed.holed,
                packages: asked.into_keys().collect(),
                programs: programs(workspace, dir),
                is_there: true,
            })
        }
        (_, None) => Some(WebModules {
            dir: slashed(dir),
            manager: Manager::Bun.program(),
            packages: BTreeSet::new(),
            programs: BTreeSet::new(),
            brought: BTreeMap::new(),
            holed: BTreeMap::new(),
            is_there: false,
        }),
    }
}

/// A folder relative to the root; runtimes name it without links. None where it lies elsewhere.
fn below(workspace: &Workspace, dir: &Utf8Path) -> Option<Utf8PathBuf> {
    let roots = [workspace.root.clone(), fs::real(&workspace.root)];
    let mut below = roots.iter().filter_map(|root| dir.strip_prefix(root).ok());
    below.next().map(Utf8Path::to_owned)
}

/// Whether a manifest names neither itself nor any package nor script.
fn is_only_type(workspace: &Workspace, dir: &Utf8Path) -> bool {
    let manifest = manifests::package_json(workspace, dir).and_then(Result::ok);
    manifest.is_some_and(|it| {
        it.name.is_none()
            && it.dependencies.is_empty()
            && it.dev_dependencies.is_empty()
            && it.scripts.is_empty()
    })
}

/// The programs that scripts of a folder's manifest find: those of its packages, and of the ones above.
fn programs(workspace: &Workspace, dir: &Utf8Path) -> BTreeSet<String> {
    let bins = dir
        .ancestors()
        .map(|dir| workspace.path(dir).join("node_modules/.bin"));
    let names = bins.flat_map(|bin| fs::names(&bin, |_| true));
    // Windows has several files of each.
    let endings = [".cmd", ".ps1", ".exe", ".bunx"];
    let names = names.map(|name| {
        let known = endings.iter().find_map(|end| name.strip_suffix(end));
        known.map(str::to_owned).unwrap_or(name)
    });
    names.collect()
}

/// What is installed of what a manifest asks for.
#[derive(Default)]
struct Installed {
    /// The programs that are called otherwise than their packages, each with its package.
    brought: BTreeMap<String, String>,
    /// The packages of which files are gone.
    holed: BTreeMap<String, Holed>,
}

impl Installed {
    fn of(
        workspace: &Workspace,
        dir: &Utf8Path,
        asked: &BTreeMap<String, String>,
        manager: Manager,
    ) -> Self {
        let mut all = Self::default();
        for (package, range) in asked {
            let found = dir.ancestors().find_map(|dir| {
                let place = workspace.path(dir).join("node_modules");
                let file = place.join(package).join("package.json");
                let text = fs::read_text_if_there(&file).ok().flatten()?;
                Some((dir, place, manifest::installed_package(&text)?))
            });
            let Some((dir, place, installed)) = found else {
                continue;
            };
            let others = installed.programs(package);
            let others = others.filter(|(name, _)| name != package);
            let others = others.map(|(name, _)| (name.to_owned(), package.clone()));
            all.brought.extend(others);
            if let Some(file) = entries::gone(&place, package, range, &installed) {
                let line = manager.renewing(linked::is_store(&place), [package]);
                let holed = Holed {
                    file: format!("node_modules/{package}/{file}"),
                    way: command::within(&slashed(dir), &line),
                };
                all.holed.insert(package.clone(), holed);
            }
        }
        all
    }
}

fn slashed(dir: &Utf8Path) -> String {
    dir.as_str().replace('\\', "/")
}
