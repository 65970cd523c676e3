//! Whether uv has to build something to know what the projects of a workspace ask for. That runs code of theirs, which
//! an answer is not worth, and `--no-build` keeps it only from what is not editable.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::manifest::PyProject;
use crate::system::fs;
use crate::workspace::Workspace;

use super::manifests;

/// Whether all of them say it in their manifests; so do the folders that packages come from.
pub(super) fn is_static(workspace: &Workspace, projects: &[(Utf8PathBuf, PyProject)]) -> bool {
    projects.iter().all(|(dir, project)| {
        let real = |dir: &Utf8Path| fs::real(&workspace.path(dir));
        let known = |it: &Utf8Path| projects.iter().any(|(dir, _)| real(dir) == real(it));
        let mut folders = folders(workspace, dir, project);
        !project.locking.is_dynamic
            && has_known_members(project)
            && folders.all(|folder| known(&folder) || says_all(workspace, &folder))
    })
}

/// Folders that a pattern with one of these leads to are not looked for. One that is not closed uv refuses before
/// it does anything.
fn has_known_members(project: &PyProject) -> bool {
    let mut patterns = project.members.iter().flatten();
    let is_refused = |it: &String| it.matches('[').count() > it.matches(']').count();
    patterns.clone().any(is_refused) || !patterns.any(|it| it.contains(['[', '{', '\\']))
}

/// The folders that packages of a project come from, relative to the workspace.
fn folders<'a>(
    workspace: &'a Workspace,
    dir: &'a Utf8Path,
    project: &'a PyProject,
) -> impl Iterator<Item = Utf8PathBuf> + 'a {
    let sources = project.sources.values().flatten();
    let paths = sources.filter_map(|source| source.path.as_ref());
    let folders = paths.map(|path| dir.join(path));
    folders.filter(|folder| fs::is_dir(&workspace.path(folder)))
}

/// Whether a project that is no member says all of it, and needs no other folder, which is not looked into.
fn says_all(workspace: &Workspace, dir: &Utf8Path) -> bool {
    match manifests::pyproject(workspace, dir) {
        Some(Ok(other)) => {
            other.name.is_some()
                && !other.locking.is_dynamic
                && folders(workspace, dir, &other).next().is_none()
        }
        Some(Err(_)) | None => false,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;
    use crate::code::manifest::pyproject;
    use crate::workspace::Options;

    #[test]
    fn only_what_says_all_of_itself_is_asked_about() {
        let root = fs::temporary("built");
        let write = |dir: &str, text: &str| {
            std::fs::create_dir_all(root.join(dir)).expect("a folder");
            std::fs::write(root.join(dir).join("pyproject.toml"), text).expect("a file");
        };
        let project = |rest: &str| format!("[project]\nname = \"x\"\n{rest}");
        write("plain", &project("version = \"1\"\n"));
        write("dynamic", &project("dynamic = [\"version\"]\n"));
        let from = |path: &str| {
            project(&format!(
                "version = \"1\"\n[tool.uv.sources]\nx = {{ path = \"{path}\", editable = true }}\n"
            ))
        };
        write("further", &from("../plain"));
        for folder in ["app", "legacy"] {
            std::fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        let workspace = Workspace {
            root: root.clone(),
            options: Options::default(),
            settings: None,
            tiers: Vec::new(),
        };
        let is = |text: &str| {
            let project = pyproject(text).expect("a manifest");
            is_static(&workspace, &[("app".into(), project)])
        };
        assert!(is(&project("version = \"1\"\ndynamic = [\"readme\"]\n")));
        assert!(!is(&project("dynamic = [\"version\"]\n")));
        assert!(!is(&project(
            "version = \"1\"\ndynamic = [\"dependencies\"]\n"
        )));
        assert!(is(&from("../plain")) && is(&from("../gone")));
        for other in ["../dynamic", "../further", "../legacy"] {
            assert!(!is(&from(other)), "{other}");
        }
        let members = |pattern: &str| {
            project(&format!(
                "version = \"1\"\n[tool.uv.workspace]\nmembers = [\"{pattern}\"]\n"
            ))
        };
        assert!(is(&members("libs/*")) && !is(&members("libs/[ab]")));
        assert!(is(&members("[")), "uv refuses it before it builds");
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
