//! The fields of one settings class of a workspace, for who is refused by it.

use camino::Utf8Path;

use crate::code::python::{self, SettingsClass};
use crate::service::cause::Fields;
use crate::text::Source;
use crate::workspace::Workspace;

use super::python_files::{DEPTH, collect};

/// What the code says of the class of that name, for who runs in that folder; none where there are several of the name.
pub(super) fn of(workspace: &Workspace, cwd: Option<&Utf8Path>, class: &str) -> Option<Fields> {
    let mut texts = Vec::new();
    let mut found = |path: &Utf8Path, text: String| {
        // A model may stand in any file that knows pydantic.
        if text.contains("class ") && (text.contains("pydantic") || text.contains("Settings")) {
            texts.push(Source::new(path, text));
        }
    };
    collect(&workspace.root, Utf8Path::new(""), DEPTH, &mut found);
    let classes: Vec<(SettingsClass, &Source)> = texts
        .iter()
        .flat_map(|source| {
            let own = python::settings_classes(source.text()).into_iter();
            own.map(move |class| (class, source))
        })
        .collect();
    let mut named = classes.iter().filter(|(it, _)| it.name == class);
    let ((own, source), None) = (named.next()?, named.next()) else {
        return None;
    };
    let find = |name: &str| {
        let mut all = classes.iter();
        Some(&all.find(|(it, _)| it.name == name)?.0)
    };
    let (variables, files) = own.variables(&find);
    let cwd = cwd.and_then(|cwd| cwd.strip_prefix(&workspace.root).ok());
    let file = files.known().and_then(<[_]>::first);
    let file = file.and_then(|file| file.within(cwd?, source.path()));
    Some(Fields {
        class: class.to_owned(),
        place: format!("{}:{}", source.path(), source.position(own.offset).line),
        variables: variables.into_iter().collect(),
        file: file.map(|file| file.to_string()),
    })
}
