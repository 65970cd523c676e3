//! What the project's files say of JavaScript packages, for a service that runs in some folder.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::service::cause::WebModules;
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::{Manager, Stack};

use super::{manifests, packages};

/// The manifest that is nearest to a folder, which is absolute. Who runs above the frontend may have started that:
/// then its manifest counts.
pub(super) fn of(workspace: &Workspace, stack: &Stack, cwd: &Utf8Path) -> Option<WebModules> {
    let dirs = || {
        let dir = cwd.strip_prefix(&workspace.root).ok();
        dir.into_iter().flat_map(Utf8Path::ancestors)
    };
    let near = dirs().find(|dir| fs::is_file(&workspace.path(dir).join("package.json")));
    match (&stack.web, near) {
        (Some(web), near) if near.is_none_or(|dir| web.dir.starts_with(dir)) => {
            let manifests = packages::manifests(workspace, stack, &BTreeMap::new());
            let asked = manifests.web?.asked;
            Some(WebModules {
                dir: web.dir.to_string(),
                manager: web.manager.program(),
                packages: asked.into_keys().collect(),
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
            Some(WebModules {
                dir: slashed(dir),
                manager: manager.program(),
                packages: own.asked(true).into_keys().collect(),
                is_there: true,
            })
        }
        (_, None) => {
            let dir = dirs().next()?;
            Some(WebModules {
                dir: slashed(dir),
                manager: Manager::Bun.program(),
                packages: std::collections::BTreeSet::new(),
                is_there: false,
            })
        }
    }
}

fn slashed(dir: &Utf8Path) -> String {
    dir.as_str().replace('\\', "/")
}
