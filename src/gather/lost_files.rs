//! Code that git has and that is not in the folder any more.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::{fs, variables};
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

use super::{git, migrations as drizzle, python_reach, web_files};

/// A file that is gone, or a folder of which all that git has is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says by itself who has to do with it"
)]
pub struct Lost {
    /// The file or the folder, relative to the root.
    pub path: Utf8PathBuf,
    /// How many files that are.
    pub files: usize,
    /// Whether a service does not work without it.
    pub is_needed: bool,
    /// Whether there is Python among it.
    pub is_python: bool,
    /// Whether it holds the manifest of a side: all of that is gone with it.
    pub is_side: bool,
    /// Whether there are Drizzle's migrations among it, or their journal.
    pub is_of_migrations: bool,
}

/// What counts as code.
const CODE: &[&str] = &[
    "py", "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "css", "sql", "json",
];

/// What others tell of.
const TOLD: &[&str] = &["package.json", "package-lock.json"];

/// The manifests of a side.
const MANIFESTS: [&str; 2] = ["pyproject.toml", "package.json"];

/// So many files are asked of git for what they were.
const ASKED: usize = 8;

/// Where Next finds its pages.
const PAGES: [&str; 4] = ["app", "pages", "src/app", "src/pages"];

/// What git has of the workspace's code and the folder has not.
#[must_use]
pub fn find<'a>(workspace: &Workspace, stack: impl FnOnce() -> &'a Stack) -> Vec<Lost> {
    let Some(standing) = git::standing(&workspace.root) else {
        return Vec::new();
    };
    // What a conflict is about is told as that.
    let is_gone = |path: &&Utf8PathBuf| {
        let path = workspace.path(path);
        !fs::exists(&path) && !fs::is_closed(&path) && !stands_elsewhere(&path)
    };
    let gone: BTreeSet<Utf8PathBuf> = standing.files.iter().filter(is_gone).cloned().collect();
    if !gone.iter().any(|path| is_code(path)) {
        return Vec::new();
    }
    let mut groups = grouped(&standing.files, &standing.unmerged, &gone);
    judge(workspace, stack(), &gone, &mut groups);
    // Of single migrations their own check tells, which knows what ran.
    groups.retain(|it| !it.is_of_migrations || !gone.contains(&it.path));
    groups
}

/// Whether what imports a module finds it all the same: under another ending, or as a folder. The old file would hide
/// that.
fn stands_elsewhere(path: &Utf8Path) -> bool {
    let endings: &[&str] = match path.extension() {
        Some("py") => &["py"],
        Some("ts" | "tsx" | "mts" | "js" | "jsx" | "mjs") => {
            &["ts", "tsx", "mts", "js", "jsx", "mjs"]
        }
        _ => return false,
    };
    let folder = path.with_extension("");
    endings.iter().any(|ending| {
        let inner = if *ending == "py" { "__init__" } else { "index" };
        [
            path.with_extension(ending),
            folder.join(inner).with_extension(ending),
        ]
        .iter()
        .any(|file| fs::is_file(file))
    })
}

fn is_code(path: &Utf8Path) -> bool {
    let is_told = path.file_name().is_some_and(|name| TOLD.contains(&name));
    path.extension().is_some_and(|it| CODE.contains(&it)) && !is_told
}

/// The highest folders of which all is gone, and the files beside them.
fn grouped(
    files: &BTreeSet<Utf8PathBuf>,
    unmerged: &BTreeSet<Utf8PathBuf>,
    gone: &BTreeSet<Utf8PathBuf>,
) -> Vec<Lost> {
    let folders = |path: &Utf8PathBuf| {
        let above = path.ancestors().skip(1);
        let above = above.filter(|folder| !folder.as_str().is_empty());
        above.map(Utf8Path::to_owned).collect::<Vec<_>>()
    };
    let there = files.difference(gone).chain(unmerged);
    let kept: BTreeSet<Utf8PathBuf> = there.flat_map(folders).collect();
    let mut groups: BTreeMap<Utf8PathBuf, Vec<&Utf8PathBuf>> = BTreeMap::new();
    for path in gone {
        let highest = folders(path).into_iter().rfind(|it| !kept.contains(it));
        let of = highest.unwrap_or_else(|| path.clone());
        groups.entry(of).or_default().push(path);
    }
    let lost = groups.into_iter().map(|(path, files)| {
        let is_manifest = |file: &&&Utf8PathBuf| {
            let name = file.file_name().unwrap_or_default();
            MANIFESTS.contains(&name) && file.parent() == Some(&path)
        };
        Lost {
            files: files.len(),
            is_needed: false,
            is_python: files.iter().any(|it| it.extension() == Some("py")),
            is_side: files.iter().any(|file| is_manifest(&file)),
            is_of_migrations: false,
            path,
        }
    });
    let has_code = |it: &Lost| {
        gone.iter()
            .any(|file| file.starts_with(&it.path) && is_code(file))
    };
    lost.filter(has_code).collect()
}

/// Which of it a service needs.
fn judge(workspace: &Workspace, stack: &Stack, gone: &BTreeSet<Utf8PathBuf>, groups: &mut [Lost]) {
    let mut needed: BTreeSet<Utf8PathBuf> = BTreeSet::new();
    if groups.iter().any(|it| it.is_python) {
        let texts = python_reach::texts(workspace);
        let applications = applications(workspace, stack, gone);
        needed.extend(python_reach::follow(stack, &texts, gone, &applications, None).lost);
    }
    if let Some(web) = &stack.web {
        needed.extend(imported(workspace, &web.dir, gone));
        let has_pages = |name: &&'static str| fs::is_dir(&workspace.path(web.dir.join(name)));
        if web.is_next && !PAGES.iter().any(has_pages) {
            let pages = PAGES.map(|name| web.dir.join(name));
            let is_page = |it: &&Utf8PathBuf| pages.iter().any(|dir| it.starts_with(dir));
            needed.extend(gone.iter().filter(is_page).cloned());
        }
    }
    let out = drizzle::config_of(workspace).map(|(_, config)| config.out);
    for group in groups {
        group.is_of_migrations = out
            .as_ref()
            .is_some_and(|out| group.path.starts_with(out) || out.starts_with(&group.path));
        group.is_needed = group.is_side
            || group.is_of_migrations
            || needed.iter().any(|it| it.starts_with(&group.path));
    }
}

/// The files that made an application, with what the last commit has of them, where one is not found any more.
fn applications(
    workspace: &Workspace,
    stack: &Stack,
    gone: &BTreeSet<Utf8PathBuf>,
) -> Vec<(Utf8PathBuf, String)> {
    if stack.api.is_some() && stack.celery.is_some() {
        return Vec::new();
    }
    let is_package = |it: &&&Utf8PathBuf| it.file_name() == Some("__init__.py");
    let mut python: Vec<&Utf8PathBuf> = gone
        .iter()
        .filter(|it| it.extension() == Some("py"))
        .filter(|it| !is_package(&it))
        .collect();
    python.sort_by_key(|path| path.components().count());
    let variables = variables::snapshot();
    let texts = python.into_iter().take(ASKED).filter_map(|path| {
        let text = git::committed(&workspace.root, &variables, path)?;
        python_reach::is_application(&text).then(|| (path.clone(), text))
    });
    texts.collect()
}

/// The files that what is left of the frontend imports.
fn imported(
    workspace: &Workspace,
    dir: &Utf8Path,
    gone: &BTreeSet<Utf8PathBuf>,
) -> BTreeSet<Utf8PathBuf> {
    let own: Vec<&Utf8PathBuf> = gone.iter().filter(|it| it.starts_with(dir)).collect();
    let mut found = BTreeSet::new();
    if own.is_empty() {
        return found;
    }
    web_files::any(workspace, dir, &mut |path, text| {
        for named in specifiers(&text) {
            for target in targets(dir, path, named) {
                let is_it = |file: &&&Utf8PathBuf| {
                    let bare = file.with_extension("");
                    let is_index = bare.file_stem() == Some("index");
                    ***file == target
                        || bare == target
                        || is_index && bare.parent() == Some(&target)
                };
                found.extend(own.iter().filter(is_it).map(|it| (*it).clone()));
            }
        }
        false
    });
    found
}

/// What a file names behind `from`, `import` and `require`.
fn specifiers(text: &str) -> impl Iterator<Item = &str> {
    const BEFORE: [&str; 4] = ["from", "import", "import(", "require("];
    let lines = text.lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with('*')
    });
    lines.flat_map(|line| {
        let mut parts = line.split(['"', '\'']);
        let mut before = parts.next().unwrap_or_default();
        let mut found = Vec::new();
        while let (Some(quoted), Some(behind)) = (parts.next(), parts.next()) {
            if BEFORE.iter().any(|it| before.trim_end().ends_with(it)) {
                found.push(quoted);
            }
            before = behind;
        }
        found
    })
}

/// The paths that one may mean.
fn targets(dir: &Utf8Path, file: &Utf8Path, named: &str) -> Vec<Utf8PathBuf> {
    if let Some(inner) = named
        .strip_prefix("@/")
        .or_else(|| named.strip_prefix("~/"))
    {
        return vec![dir.join(inner), dir.join("src").join(inner)];
    }
    if !named.starts_with('.') {
        return Vec::new();
    }
    let mut path = file.parent().unwrap_or(Utf8Path::new("")).to_owned();
    for part in named.split('/') {
        match part {
            ".." if !path.pop() => return Vec::new(),
            "" | "." | ".." => {}
            part => path.push(part),
        }
    }
    vec![path]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(paths: &[&str]) -> BTreeSet<Utf8PathBuf> {
        paths.iter().map(Utf8PathBuf::from).collect()
    }

    #[test]
    fn what_is_gone_is_told_by_the_highest_folder() {
        let files = set(&[
            "a/b/c.py",
            "a/b/d/e.py",
            "a/f.py",
            "g/h.ts",
            "g/package.json",
            "i/j.md",
            "k.py",
            "l/m.py",
        ]);
        let gone = set(&[
            "a/b/c.py",
            "a/b/d/e.py",
            "g/h.ts",
            "g/package.json",
            "i/j.md",
            "k.py",
            "l/m.py",
        ]);
        let groups = grouped(&files, &set(&["l/n.py"]), &gone);
        let told: Vec<(&str, usize, bool, bool)> = groups
            .iter()
            .map(|it| (it.path.as_str(), it.files, it.is_python, it.is_side))
            .collect();
        assert_eq!(
            told,
            [
                ("a/b", 2, true, false),
                ("g", 2, false, true),
                ("k.py", 1, true, false),
                // Beside a conflict git restores no folder.
                ("l/m.py", 1, true, false),
            ]
        );
    }

    #[test]
    fn imports_of_the_frontend_are_followed() {
        let text = "import { a } from \"@/lib/api\";\n// from './no'\nconst b = require('../c');\nconst s = 'from x';\nimport './d.css';\n";
        let named: Vec<&str> = specifiers(text).collect();
        assert_eq!(named, ["@/lib/api", "../c", "./d.css"]);
        let of = |named: &str| targets("web".into(), "web/app/page.tsx".into(), named);
        assert_eq!(of("../c"), [Utf8PathBuf::from("web/c")]);
        assert_eq!(of("./d.css"), [Utf8PathBuf::from("web/app/d.css")]);
        assert_eq!(of("@/lib/api")[0], Utf8PathBuf::from("web/lib/api"));
        assert!(of("react").is_empty() && of("../../../x").is_empty());
    }
}
