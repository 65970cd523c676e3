//! The modules of the workspace that a service loads as it starts: those that its own imports, and so on.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python::{self, Import};
use crate::text::Span;
use crate::workspace::Workspace;
use crate::workspace::stack::Stack;

use super::python_files;

/// How deep files are looked for.
const DEPTH: usize = 8;

/// What the services come to.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Modules that are not there any more and that one of them loads.
    pub(super) lost: BTreeSet<Utf8PathBuf>,
    /// Modules in which Python stops: the words, and where.
    pub(super) mistaken: Vec<(Utf8PathBuf, String, Span)>,
    /// Imports that lead nowhere within the workspace's own packages.
    pub(super) astray: Vec<Astray>,
}

/// An import that leads nowhere.
#[derive(Debug)]
pub(super) struct Astray {
    /// The file that has it.
    pub(super) file: Utf8PathBuf,
    /// The statement.
    pub(super) at: Span,
    /// The module, as a path without its ending.
    pub(super) module: Utf8PathBuf,
}

/// The Python files of a workspace with their texts, but tests.
pub(super) fn texts(workspace: &Workspace) -> BTreeMap<Utf8PathBuf, String> {
    let mut texts = BTreeMap::new();
    let mut found = |path: &Utf8Path, text: String| {
        texts.insert(path.to_owned(), text);
    };
    let top = Utf8Path::new("");
    python_files::collect(&workspace.root, top, DEPTH, &mut found);
    texts
}

/// Follows the imports of the applications, of which some may be `lost`: those that are told with the text that they
/// had. `python` is the version that loads them, where that is known.
pub(super) fn follow(
    stack: &Stack,
    texts: &BTreeMap<Utf8PathBuf, String>,
    lost: &BTreeSet<Utf8PathBuf>,
    applications: &[(Utf8PathBuf, String)],
    python: Option<python::Version>,
) -> Reach {
    let api = stack.api.as_ref().map(|it| it.file.clone());
    let celery = stack.celery.as_ref().map(|it| it.file.clone());
    // One that cannot be read far enough is not found by what it makes.
    let api = api.or_else(|| shallowest(texts, APPLICATIONS[0]));
    let celery = celery.or_else(|| shallowest(texts, APPLICATIONS[1]));
    let mut reach = Reach::default();
    let mut next: Vec<Utf8PathBuf> = api.into_iter().chain(celery).collect();
    let mut known: BTreeSet<Utf8PathBuf> = next.iter().cloned().collect();
    let places = Places {
        texts,
        lost,
        python,
    };
    for (path, text) in applications {
        reach.lost.insert(path.clone());
        places.step(path, text, &mut reach, &mut next, &mut known);
    }
    while let Some(path) = next.pop() {
        if let Some(text) = texts.get(&path) {
            places.step(&path, text, &mut reach, &mut next, &mut known);
        }
    }
    reach
}

/// What makes the API, and the worker.
const APPLICATIONS: [&str; 2] = ["FastAPI(", "Celery("];

/// Whether a text makes what a service serves or works off.
pub(super) fn is_application(text: &str) -> bool {
    APPLICATIONS.iter().any(|it| text.contains(it))
}

/// The shallowest file with those words, which is the one that is started.
fn shallowest(texts: &BTreeMap<Utf8PathBuf, String>, words: &str) -> Option<Utf8PathBuf> {
    let is_one = |(path, text): &(&Utf8PathBuf, &String)| {
        let name = path.file_stem().unwrap_or_default();
        let is_test = name == "conftest" || name.starts_with("test_") || name.ends_with("_test");
        !is_test && text.contains(words)
    };
    let files = texts.iter().filter(is_one).map(|(path, _)| path);
    files.min_by_key(|path| path.components().count()).cloned()
}

/// Where modules are, and where they were.
struct Places<'a> {
    texts: &'a BTreeMap<Utf8PathBuf, String>,
    lost: &'a BTreeSet<Utf8PathBuf>,
    python: Option<python::Version>,
}

impl Places<'_> {
    fn step(
        &self,
        path: &Utf8Path,
        text: &str,
        reach: &mut Reach,
        next: &mut Vec<Utf8PathBuf>,
        known: &mut BTreeSet<Utf8PathBuf>,
    ) {
        let loading = python::loading(text, self.python);
        let is_there = self.texts.contains_key(path);
        if let Some((why, at)) = loading.mistake.filter(|_| is_there) {
            reach.mistaken.push((path.to_owned(), why, at));
        }
        let mut imports = loading.imports;
        imports.extend(included(text).map(|module| Import {
            level: 0,
            module,
            names: Vec::new(),
            at: Span::new(0, 0),
        }));
        for import in &imports {
            let modules = self.modules(path, import);
            if is_there && let Some(module) = self.astray(path, import) {
                reach.astray.push(Astray {
                    file: path.to_owned(),
                    at: import.at,
                    module,
                });
            }
            for module in modules {
                let files = [module.with_extension("py"), module.join("__init__.py")];
                if let Some(file) = files.iter().find(|it| self.texts.contains_key(*it)) {
                    if known.insert(file.clone()) {
                        next.push(file.clone());
                    }
                } else if let Some(file) = files.iter().find(|it| self.lost.contains(*it)) {
                    reach.lost.insert(file.clone());
                }
            }
        }
    }

    /// The modules that an import loads, each as a path without its ending.
    fn modules(&self, path: &Utf8Path, import: &Import) -> Vec<Utf8PathBuf> {
        let inner = import.module.replace('.', "/");
        let bases: Vec<Utf8PathBuf> = if import.level > 0 {
            let above = path.ancestors().nth(import.level);
            above.map(Utf8Path::to_owned).into_iter().collect()
        } else {
            // What Python is started in, and where packages lie: no package itself.
            let folders = path.ancestors().skip(1);
            let folders = folders.filter(|folder| !self.is_package(folder));
            folders.map(Utf8Path::to_owned).collect()
        };
        let is_there = |module: &Utf8Path| {
            let files = [module.with_extension("py"), module.join("__init__.py")];
            let mut files = files.iter();
            files.any(|it| self.texts.contains_key(it) || self.lost.contains(it))
        };
        let mut modules = Vec::new();
        for base in bases {
            let module = base.join(&inner);
            // Each package on the way is loaded first.
            let way = module.ancestors().take_while(|it| *it != base);
            let mut own: Vec<Utf8PathBuf> = way.map(Utf8Path::to_owned).collect();
            own.extend(
                import
                    .names
                    .iter()
                    .filter(|name| !self.gives(&module, name))
                    .map(|name| module.join(name)),
            );
            own.retain(|module| is_there(module));
            // The first place that has any of it.
            if !own.is_empty() {
                modules = own;
                break;
            }
        }
        modules
    }

    /// The module that an import names within a package which is there, where that has nothing of the name.
    fn astray(&self, path: &Utf8Path, import: &Import) -> Option<Utf8PathBuf> {
        let inner = Utf8PathBuf::from(import.module.replace('.', "/"));
        let bases: Vec<&Utf8Path> = if import.level > 0 {
            path.ancestors().nth(import.level).into_iter().collect()
        } else {
            let folders = path.ancestors().skip(1);
            folders.filter(|it| !self.is_package(it)).collect()
        };
        let is_known = |module: &Utf8Path| {
            let file = module.with_extension("py");
            let within = self.texts.keys().chain(self.lost);
            self.texts.contains_key(&file)
                || self.lost.contains(&file)
                || within.into_iter().any(|it| it.starts_with(module))
        };
        let first = inner.components().next()?;
        let starts = |base: &&Utf8Path| import.level > 0 || self.is_package(&base.join(first));
        let base = bases.into_iter().find(starts)?;
        let way: Vec<&Utf8Path> = inner
            .ancestors()
            .filter(|it| !it.as_str().is_empty())
            .collect();
        let mut outermost = way.into_iter().rev().map(|it| base.join(it));
        let module = outermost.find(|module| !is_known(module));
        module.or_else(|| self.lacks(&base.join(&inner), import))
    }

    /// The name that is taken from a package which says nothing of it, and has no module of that name.
    fn lacks(&self, package: &Utf8Path, import: &Import) -> Option<Utf8PathBuf> {
        let text = self.texts.get(&package.join("__init__.py"))?;
        // It may have anything then.
        if ["import *", "__getattr__", "globals(", "setattr("]
            .iter()
            .any(|it| text.contains(it))
        {
            return None;
        }
        let is_there = |name: &String| {
            let module = package.join(name);
            let mut known = self.texts.keys().chain(self.lost);
            name.starts_with("__")
                || self.gives(package, name)
                || known.any(|it| *it == module.with_extension("py") || it.starts_with(&module))
        };
        let name = import
            .names
            .iter()
            .find(|name| *name != "*" && !is_there(name))?;
        Some(package.join(name))
    }

    fn is_package(&self, folder: &Utf8Path) -> bool {
        let init = folder.join("__init__.py");
        self.texts.contains_key(&init) || self.lost.contains(&init)
    }

    /// Whether a package's own module may give that name, without another module of it.
    fn gives(&self, module: &Utf8Path, name: &str) -> bool {
        if self.texts.contains_key(&module.with_extension("py")) {
            return true;
        }
        let text = self.texts.get(&module.join("__init__.py"));
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let is_named = |text: &String| text.split(|c: char| !is_part(c)).any(|word| word == name);
        let is_file = self
            .texts
            .contains_key(&module.join(name).with_extension("py"));
        !is_file && text.is_some_and(is_named)
    }
}

/// The modules that a Celery application is told to load: `include=["celery_core.tasks"]`.
fn included(text: &str) -> impl Iterator<Item = String> {
    let is_celery = text.contains("Celery(");
    let lists = text.split("include=[").skip(1).filter(move |_| is_celery);
    let lists = lists.filter_map(|rest| rest.split_once(']'));
    lists.flat_map(|(list, _)| {
        let quoted = list.split(['"', '\'']).skip(1).step_by(2);
        quoted.map(str::to_owned).collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> BTreeMap<Utf8PathBuf, String> {
        let all = all.iter();
        all.map(|(path, text)| ((*path).into(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn a_service_loads_what_it_imports_and_so_on() {
        let texts = files(&[
            ("backend/__init__.py", ""),
            (
                "backend/main.py",
                "from fastapi import FastAPI\nfrom backend.core import redis\nfrom .api import v1\napp = FastAPI()\n",
            ),
            ("backend/core/__init__.py", "from .settings import x\n"),
            ("backend/broken.py", "def (\n"),
            ("backend/api/__init__.py", "import backend.broken\n"),
            ("scripts/odd.py", "print 'x'\n"),
            (
                "celery_core/app.py",
                "app = Celery('x', include=['celery_core.tasks'])\n",
            ),
        ]);
        let lost: BTreeSet<Utf8PathBuf> = [
            "backend/core/redis.py",
            "backend/core/settings/__init__.py",
            "backend/core/unused.py",
            "backend/api/v1.py",
            "celery_core/tasks.py",
            "redis.py",
        ]
        .map(Utf8PathBuf::from)
        .into();
        let reach = follow(&Stack::default(), &texts, &lost, &[], None);
        let told: Vec<&str> = reach.lost.iter().map(|it| it.as_str()).collect();
        assert_eq!(
            told,
            [
                "backend/api/v1.py",
                "backend/core/redis.py",
                "backend/core/settings/__init__.py",
                "celery_core/tasks.py"
            ]
        );
        let mistaken: Vec<&str> = reach.mistaken.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(mistaken, ["backend/broken.py"]);
    }

    #[test]
    fn an_import_that_leads_nowhere_is_one_of_a_package_that_is_there() {
        let main = "from fastapi import FastAPI\nimport nowhere\nfrom core.gone import x\nfrom core import name\nfrom .absent import y\nfrom core import a, third\nfrom core.lost import z\nimport core.a.b\nfrom . import other\napp = FastAPI()\n";
        let texts = files(&[
            ("backend/main.py", main),
            ("backend/core/__init__.py", "name = 1\n"),
            ("backend/core/a.py", ""),
        ]);
        let lost = BTreeSet::from([Utf8PathBuf::from("backend/core/lost.py")]);
        let reach = follow(&Stack::default(), &texts, &lost, &[], None);
        let told: Vec<&str> = reach.astray.iter().map(|it| it.module.as_str()).collect();
        assert_eq!(
            told,
            [
                "backend/core/gone",
                "backend/absent",
                "backend/core/third",
                "backend/core/a/b"
            ]
        );
        assert_eq!(
            &main[reach.astray[0].at.start..reach.astray[0].at.end],
            "from core.gone import x"
        );
    }

    #[test]
    fn what_a_package_says_itself_is_no_other_module() {
        let texts = files(&[
            ("main.py", "from core import settings\napp = FastAPI()\n"),
            ("core/__init__.py", "settings = 1\n"),
        ]);
        let lost = BTreeSet::from([Utf8PathBuf::from("core/settings.py")]);
        let reach = follow(&Stack::default(), &texts, &lost, &[], None);
        assert!(reach.lost.is_empty(), "{reach:?}");
        // One that is lost itself is told, and what it loads with it.
        let gone = [(
            Utf8PathBuf::from("app.py"),
            "import core.settings\n".to_owned(),
        )];
        let reach = follow(&Stack::default(), &texts, &lost, &gone, None);
        let told: Vec<&str> = reach.lost.iter().map(|it| it.as_str()).collect();
        assert_eq!(told, ["app.py", "core/settings.py"]);
    }
}
