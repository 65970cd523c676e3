//! Manifests that are sound each by itself, and that uv refuses beside those of the other members.

use camino::Utf8PathBuf;

use crate::code::lock::{Requirement, normal_name};
use crate::code::manifest::PyProject;
use crate::workspace::Workspace;
use crate::workspace::stack::Broken;

use super::manifests;

/// Those of the manifests of a workspace; its own is the first.
pub(super) fn refused(workspace: &Workspace, projects: &[(Utf8PathBuf, PyProject)]) -> Vec<Broken> {
    let name_of = |project: &PyProject| project.name.as_deref().map(normal_name);
    let mut refused = Vec::new();
    for (at, (dir, project)) in projects.iter().enumerate() {
        let name = name_of(project);
        let before = projects.iter().take(at);
        let mut before = before.filter(|(_, other)| name.is_some() && name_of(other) == name);
        if let (Some(name), Some((other, _))) = (&name, before.next()) {
            let other = other.join("pyproject.toml");
            let why = format!("{other} has the name `{name}`, too: no two members share one");
            let is_it = |line: &str| {
                line.split('=')
                    .next()
                    .is_some_and(|key| key.trim() == "name")
            };
            refused.push(manifests::refused(workspace, dir, why, is_it));
            continue;
        }
        let Some((text, asked)) = undeclared(projects, project) else {
            continue;
        };
        let why = format!(
            "`{asked}` is a member of the workspace, and [tool.uv.sources] lacks `{asked} = {{ workspace = true }}`"
        );
        let named = ['"', '\''].map(|quote| format!("{quote}{text}{quote}"));
        let is_it = |line: &str| named.iter().any(|named| line.contains(named.as_str()));
        refused.push(manifests::refused(workspace, dir, why, is_it));
    }
    refused
}

/// What a project asks for by the name of another member, while nothing says that it is that one: as it is
/// written, and its normalised name.
fn undeclared<'a>(
    projects: &[(Utf8PathBuf, PyProject)],
    project: &'a PyProject,
) -> Option<(&'a str, String)> {
    let names = |name: &str, other: &PyProject| {
        other.name.as_deref().map(normal_name).as_deref() == Some(name)
    };
    // What the workspace's own manifest says counts for all members.
    let own = projects.first().map(|(_, first)| &first.sources);
    let parts = project.extras.values().chain(project.groups.values());
    let mut asked = parts.flatten().chain(&project.dependencies);
    asked.find_map(|text| {
        let name = Requirement::parse(text)?.name;
        let is_declared = project.sources.contains(&name) || own?.contains(&name);
        let is_member = projects.iter().any(|(_, other)| names(&name, other));
        (is_member && !names(&name, project) && !is_declared).then_some((text.as_str(), name))
    })
}
