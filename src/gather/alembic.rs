//! Reads alembic's settings and its revisions, without Python.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::alembic;
use crate::code::sql::Name;
use crate::migration::alembic::{Alembic, File};
use crate::system::fs;
use crate::text::Source;
use crate::workspace::Workspace;

/// The revisions of a workspace: those that an `alembic.ini` or a pyproject.toml at its root or in a tier names.
#[must_use]
pub fn find(workspace: &Workspace) -> Option<Alembic> {
    dirs(workspace).find_map(|dir| read(workspace, &dir))
}

/// The folder of the first settings among those, where `alembic` is run.
#[must_use]
pub fn home(workspace: &Workspace) -> Option<Utf8PathBuf> {
    dirs(workspace).find(|dir| script_location(workspace, dir).is_some())
}

/// The folders that settings are looked for in.
fn dirs(workspace: &Workspace) -> impl Iterator<Item = Utf8PathBuf> {
    let tiers = workspace.tiers.iter().map(|tier| tier.dir.clone());
    std::iter::once(Utf8PathBuf::new()).chain(tiers)
}

fn read(workspace: &Workspace, dir: &Utf8Path) -> Option<Alembic> {
    let script = script_location(workspace, dir)?;
    let versions = script.join("versions");
    let mut files: Vec<File> = Vec::new();
    for path in fs::list(&workspace.path(&versions)) {
        let Some(name) = path.file_name().filter(|name| *name != "__init__.py") else {
            continue;
        };
        if path.extension() != Some("py") {
            continue;
        }
        let Ok(text) = fs::read_text(&path) else {
            continue;
        };
        files.push(File {
            revision: alembic::revision(&text),
            source: Source::new(versions.join(name), text),
        });
    }
    let env = fs::read_text(&workspace.path(script.join("env.py"))).unwrap_or_default();
    let (table, schema) = alembic::version_table(&env);
    (!files.is_empty()).then(|| Alembic {
        versions,
        table: Name {
            schema,
            name: table.unwrap_or_else(|| "alembic_version".to_owned()),
        },
        files,
    })
}

/// `script_location`, relative to the workspace.
fn script_location(workspace: &Workspace, dir: &Utf8Path) -> Option<Utf8PathBuf> {
    let text = |name: &str| fs::read_text(&workspace.path(dir.join(name))).ok();
    let written = text("alembic.ini")
        .and_then(|text| from_ini(&text))
        .or_else(|| from_pyproject(&text("pyproject.toml")?))?;
    let written = written
        .replace("%(here)s", ".")
        // `package:folder` is a folder of an installed package; here it lies in the checkout.
        .replace(':', "/");
    let mut location = dir.to_owned();
    for part in Utf8Path::new(&written).components() {
        match part.as_str() {
            "." => {}
            ".." => {
                location.pop();
            }
            part => location.push(part),
        }
    }
    Some(location)
}

fn from_ini(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == "[alembic]")?;
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(['=', ':']))
        .find(|(key, _)| key.trim() == "script_location")
        .map(|(_, value)| value.trim().to_owned())
}

fn from_pyproject(text: &str) -> Option<String> {
    let table: toml::Table = text.parse().ok()?;
    let value = table.get("tool")?.get("alembic")?.get("script_location")?;
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_say_where_the_revisions_are() {
        assert_eq!(
            from_ini(
                "# c\n[alembic]\n# script_location = no\nscript_location = %(here)s/alembic\n\n[loggers]\n"
            ),
            Some("%(here)s/alembic".to_owned())
        );
        assert_eq!(from_ini("[other]\nscript_location = x"), None);
        assert_eq!(
            from_pyproject("[tool.alembic]\nscript_location = \"migrations\"\n"),
            Some("migrations".to_owned())
        );
    }
}
