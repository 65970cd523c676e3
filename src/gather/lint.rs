//! What `migrate check` looks at: the migrations, the Drizzle schema beside them, SQL that no journal names.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::code::sql::Name;
use crate::code::typescript::drizzle;
use crate::diagnostic::{Finding, Label};
use crate::migration::journal::{Journal, Layout};
use crate::migration::lint::{self, Declared, Surroundings};
use crate::migration::{Config, integrity};
use crate::system::fs;
use crate::text::Source;
use crate::workspace::{Workspace, apply_levels};

use super::migrations::Project;

/// Everything that can be said about the migrations without a database, in the workspace's severities.
#[must_use]
pub fn check(workspace: &Workspace, project: &Project, reviewed: Option<&str>) -> Vec<Finding> {
    let surroundings = surroundings(workspace, project, reviewed);
    let mut findings = project.config.findings();
    findings.extend(integrity::check(&project.journal));
    findings.extend(lint::check(&project.journal, &surroundings));
    let scripts = project.journal.migrations.iter();
    let sources: Vec<Source> = scripts
        .filter_map(|migration| migration.script.as_ref())
        .chain(&project.journal.orphans)
        .map(|script| script.source.clone())
        .collect();
    apply_levels(lint::silence(findings, &sources), &workspace.options.rules)
}

fn surroundings(workspace: &Workspace, project: &Project, reviewed: Option<&str>) -> Surroundings {
    Surroundings {
        reviewed: reviewed.map(str::to_owned),
        declared: declared(workspace, &project.config),
        snapshot: snapshot(workspace, &project.journal),
        beside: beside(workspace, project),
    }
}

/// The tables of the schema, wherever its files re-export them from.
fn declared(workspace: &Workspace, config: &Config) -> Vec<Declared> {
    let mut open: Vec<Utf8PathBuf> = config
        .schema_files
        .iter()
        .flat_map(|pattern| expand(workspace, &config.dir, pattern))
        .collect();
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let Ok(text) = fs::read_text(&workspace.path(&path)) else {
            continue;
        };
        let tables = drizzle::tables(&text);
        let source = Source::new(path.clone(), text);
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        for export in tables.exports.iter().filter(|it| it.starts_with('.')) {
            open.extend(module(workspace, folder, export));
        }
        found.extend(tables.tables.into_iter().map(|table| Declared {
            name: Name {
                schema: table.schema,
                name: table.name,
            },
            place: Label::new(&source, table.span, "declared here"),
        }));
    }
    found
}

/// The files that one entry of `schema` means: a file, a folder's files, or a glob.
fn expand(workspace: &Workspace, dir: &Utf8Path, pattern: &str) -> Vec<Utf8PathBuf> {
    let path = joined(dir, pattern);
    if !pattern.contains('*') {
        return if fs::is_dir(&workspace.path(&path)) {
            modules(workspace, &path, 0)
        } else {
            vec![path]
        };
    }
    let parts: Vec<&str> = path.as_str().split('/').collect();
    let fixed: Utf8PathBuf = parts
        .iter()
        .take_while(|part| !part.contains('*'))
        .collect();
    let below = modules(workspace, &fixed, DEPTH);
    below
        .into_iter()
        .filter(|file| {
            let names: Vec<&str> = file.as_str().split('/').collect();
            fits(&parts, &names)
        })
        .collect()
}

/// How deep a `**` looks.
const DEPTH: usize = 8;

/// TypeScript and JavaScript files in a folder, and in folders of it.
fn modules(workspace: &Workspace, folder: &Utf8Path, depth: usize) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    for path in fs::list(&workspace.path(folder)) {
        let Some(name) = path.file_name() else {
            continue;
        };
        let relative = folder.join(name);
        if fs::is_dir(&path) {
            if depth > 0 && name != "node_modules" && !name.starts_with('.') {
                found.extend(modules(workspace, &relative, depth - 1));
            }
        } else if matches!(
            path.extension(),
            Some("ts" | "tsx" | "js" | "mjs" | "cjs" | "mts")
        ) && !name.ends_with(".d.ts")
        {
            found.push(relative);
        }
    }
    found
}

/// Whether the parts of a path fit those of a glob: `**` is any number of folders, `*` a part of a name.
fn fits(pattern: &[&str], names: &[&str]) -> bool {
    match (pattern.split_first(), names.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            fits(rest, names)
                || names
                    .split_first()
                    .is_some_and(|(_, later)| fits(pattern, later))
        }
        (Some((part, rest)), Some((name, later))) => name_fits(part, name) && fits(rest, later),
        _ => false,
    }
}

fn name_fits(pattern: &str, name: &str) -> bool {
    // `{a,b}` is one or the other.
    if let Some((before, rest)) = pattern.split_once('{')
        && let Some((choices, after)) = rest.split_once('}')
    {
        return choices
            .split(',')
            .any(|choice| name_fits(&format!("{before}{choice}{after}"), name));
    }
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| name_fits(after, rest.get(at..).unwrap_or_default()))
        }),
    }
}

/// The file of `./name`, as TypeScript finds it.
fn module(workspace: &Workspace, folder: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
    let path = joined(folder, name);
    let bare = path.as_str().trim_end_matches(".js").to_owned();
    [
        path.clone(),
        format!("{bare}.ts").into(),
        format!("{bare}.tsx").into(),
        format!("{bare}.js").into(),
        path.join("index.ts"),
        path.join("index.js"),
    ]
    .into_iter()
    .find(|path| fs::is_file(&workspace.path(path)))
}

/// A relative path below a folder without `.` and `..`.
fn joined(dir: &Utf8Path, path: &str) -> Utf8PathBuf {
    let mut joined = Utf8PathBuf::new();
    for part in dir.join(path).components() {
        match part.as_str() {
            "." => {}
            ".." => {
                joined.pop();
            }
            part => joined.push(part),
        }
    }
    joined
}

/// The tables that drizzle-kit believes to be there after the last migration.
fn snapshot(workspace: &Workspace, journal: &Journal) -> Vec<Name> {
    let Some(last) = journal.migrations.last() else {
        return Vec::new();
    };
    let path = match journal.layout {
        Layout::Journal => {
            let prefix = last.tag.split('_').next().unwrap_or_default();
            journal.out.join(format!("meta/{prefix}_snapshot.json"))
        }
        Layout::Folders => last.path.with_file_name("snapshot.json"),
    };
    let Ok(text) = fs::read_text(&workspace.path(path)) else {
        return Vec::new();
    };
    let parsed: Value = serde_json::from_str(&text).unwrap_or_default();
    let tables = parsed.get("tables").and_then(Value::as_object);
    let classic = tables.into_iter().flat_map(|tables| tables.values());
    // 1.x: a list of all kinds of things, whole in a `base`.
    let entities = parsed.get("ddl").and_then(Value::as_array);
    let named = entities
        .into_iter()
        .flatten()
        .filter(|entity| entity.get("entityType").and_then(Value::as_str) == Some("tables"));
    classic
        .chain(named)
        .filter_map(|table| {
            let schema = table.get("schema").and_then(Value::as_str);
            Some(Name {
                schema: schema.filter(|it| !it.is_empty()).map(str::to_owned),
                name: table.get("name")?.as_str()?.to_owned(),
            })
        })
        .collect()
}

/// SQL files that no journal names and that look like the whole schema: beside the migrations, or at the root.
fn beside(workspace: &Workspace, project: &Project) -> Vec<Source> {
    let journal = &project.journal;
    let named = |name: &str| {
        let migrations = journal.migrations.iter();
        migrations
            .filter_map(|it| it.path.file_name())
            .any(|it| it == name)
    };
    let own = fs::list(&workspace.path(&journal.out))
        .into_iter()
        .filter_map(|path| {
            let name = path.file_name()?.to_owned();
            (path.extension() == Some("sql") && !named(&name)).then(|| journal.out.join(name))
        });
    own.chain([Utf8PathBuf::from("production_schema.sql")])
        .filter_map(|path| {
            let text = fs::read_text(&workspace.path(&path)).ok()?;
            Some(Source::new(path, text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_those_of_drizzle_kit() {
        let fit = |pattern: &str, path: &str| {
            fits(
                &pattern.split('/').collect::<Vec<_>>(),
                &path.split('/').collect::<Vec<_>>(),
            )
        };
        assert!(fit("db/**/*.ts", "db/a.ts") && fit("db/**/*.ts", "db/x/y/a.ts"));
        assert!(fit("db/*.schema.ts", "db/users.schema.ts"));
        assert!(fit("db/*.{ts,js}", "db/users.js"));
        assert!(!fit("db/*.ts", "db/x/a.ts") && !fit("db/*.ts", "db/a.js"));
    }
}
