//! The variables without which a service of Python's does not start: fields of its settings classes that have no
//! default, and that nothing sets.
//!
//! Only what is certain is told: classes that are known through and through, made as soon as an application is loaded,
//! by code that sets none of the variables itself.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::python::{self, Demand, EnvFiles, Import, Made, SettingsClass, Use, When};
use crate::env::dialect::{Ambient, Dialect, Source as Bytes, load};
use crate::system::fs;
use crate::text::Source;

use super::python_files::{DEPTH, collect};

/// A variable that has to be set.
pub(super) struct Demanded {
    /// The variable.
    pub(super) name: String,
    /// The field that it is for.
    pub(super) field: String,
    /// The class that has it.
    pub(super) class: String,
    /// The file of the class.
    pub(super) file: Utf8PathBuf,
    /// The line of the field.
    pub(super) line: usize,
    /// The env file that the class reads, where there is one in the workspace.
    pub(super) home: Option<Utf8PathBuf>,
}

/// What is known of who sets variables.
pub(super) struct Around<'a> {
    /// The workspace.
    pub(super) root: &'a Utf8Path,
    /// The folders that services may be started in.
    pub(super) folders: BTreeSet<&'a Utf8Path>,
    /// Whether something sets a variable: case does not count.
    pub(super) is_set: &'a dyn Fn(&str) -> bool,
    /// Whether something sets a variable that begins so.
    pub(super) is_begun: &'a dyn Fn(&str) -> bool,
}

/// Folders and files that no service loads.
const ASIDE: &[&str] = &["scripts", "conftest.py", "setup.py"];

/// What sets variables from files of its own.
const LOADERS: &[&str] = &["load_dotenv", "dotenv_values", "read_env", "set_key"];

/// Those that are set nowhere.
pub(super) fn of(around: &Around<'_>) -> Vec<Demanded> {
    let mut texts: Vec<Source> = Vec::new();
    let mut has_own = false;
    let mut found = |path: &Utf8Path, text: String| {
        let mut parts = path.components().map(|part| part.as_str());
        let name = path.file_name().unwrap_or_default();
        let is_test = name.starts_with("test_") || name.ends_with("_test.py");
        if !is_test && !parts.any(|part| ASIDE.contains(&part)) {
            has_own |= text.contains("BaseSettings") && text.contains("pydantic_settings");
            texts.push(Source::new(path, text));
        }
    };
    collect(around.root, Utf8Path::new(""), DEPTH, &mut found);
    if !has_own {
        return Vec::new();
    }
    let mut classes: Vec<(SettingsClass, &Source)> = Vec::new();
    for source in &texts {
        if source.text().contains("class ") && source.text().contains("ettings") {
            let own = python::settings_classes(source.text()).into_iter();
            classes.extend(own.map(|class| (class, source)));
        }
    }
    let lacking: Vec<Lacking<'_>> = classes
        .iter()
        .filter_map(|(class, source)| Lacking::of(class, source, &classes, around))
        .collect();
    if lacking.is_empty() {
        return Vec::new();
    }
    let Some(loaded) = loaded(&texts) else {
        return Vec::new();
    };
    let names: Vec<&str> = classes.iter().map(|(it, _)| it.name.as_str()).collect();
    let made = |source: &&Source| python::made(source.text(), &names);
    let everywhere: Vec<Made> = texts.iter().flat_map(|it| made(&it)).collect();
    let at_once: Vec<Made> = loaded.iter().flat_map(made).collect();
    let code = Code {
        classes: &classes,
        loaded: &loaded,
        texts: &texts,
        everywhere,
        at_once,
    };
    let mut told: Vec<Demanded> = Vec::new();
    for lacking in lacking.iter().filter(|it| code.makes(&it.class.name)) {
        for demand in &lacking.demands {
            let is_told = |name: &String| told.iter().any(|it| it.name == *name);
            let Some(name) = demand.variables.first().filter(|name| !is_told(name)) else {
                continue;
            };
            let owner = classes
                .iter()
                .find(|(it, _)| std::ptr::eq(it, demand.owner));
            let Some((owner, source)) = owner.filter(|_| !code.sets(lacking, demand, around))
            else {
                continue;
            };
            told.push(Demanded {
                name: name.clone(),
                field: demand.field.to_owned(),
                class: owner.name.clone(),
                file: source.path().to_owned(),
                line: source.position(demand.offset).line,
                home: lacking.home.clone(),
            });
        }
    }
    told
}

/// A class with what it lacks.
struct Lacking<'a> {
    class: &'a SettingsClass,
    demands: Vec<Demand<'a>>,
    home: Option<Utf8PathBuf>,
}

impl<'a> Lacking<'a> {
    fn of(
        class: &'a SettingsClass,
        source: &Source,
        all: &'a [(SettingsClass, &'a Source)],
        around: &Around<'_>,
    ) -> Option<Self> {
        let find = |name: &str| -> Option<&'a SettingsClass> {
            let mut named = all.iter().filter(|(it, _)| it.name == name);
            // Of two it may be either.
            let only = named.next().filter(|_| named.next().is_none());
            only.map(|(it, _)| it)
        };
        // Who uses a name that two classes have is not known either.
        find(&class.name)?;
        let (mut demands, files) = class.demands(&find)?;
        let files = match files {
            EnvFiles::These(files) => files,
            // One that reads no env file is helped by none: who starts it sets its variables.
            EnvFiles::None | EnvFiles::Unsaid | EnvFiles::Computed => return None,
        };
        let places: Vec<Utf8PathBuf> = files
            .iter()
            .flat_map(|file| {
                let folders = around.folders.iter();
                folders.filter_map(|folder| file.within(folder, source.path()))
            })
            .collect();
        demands.retain(|demand| {
            let mut variables = demand.variables.iter();
            let is_named = |name: &String| places.iter().any(|it| names(around.root, it, name));
            let is_begun = |start: &String| (around.is_begun)(start);
            !variables.any(|name| (around.is_set)(name) || is_named(name))
                && !demand.groups.iter().any(is_begun)
        });
        let home = places
            .into_iter()
            .find(|it| fs::is_file(&around.root.join(it)));
        (!demands.is_empty()).then_some(Self {
            class,
            demands,
            home,
        })
    }
}

/// Whether an env file has a line for a variable.
fn names(root: &Utf8Path, file: &Utf8Path, name: &str) -> bool {
    let Ok(Some(text)) = fs::read_text_if_there(&root.join(file)) else {
        return false;
    };
    let bytes = Bytes::new(text.as_bytes());
    let loaded = load(Dialect::PythonDotenv, bytes, &Ambient::default());
    let mut all = loaded.values.iter();
    all.any(|(set, _)| set.eq_ignore_ascii_case(name))
}

/// The modules that are loaded with the applications; nothing where there is none.
fn loaded(texts: &[Source]) -> Option<Vec<&Source>> {
    const MARKS: [&str; 2] = ["FastAPI(", "Celery("];
    let is_application = |source: &&Source| {
        let has = |mark: &&str| source.text().contains(*mark);
        MARKS.iter().any(has) && !python::read(source.text()).applications.is_empty()
    };
    let mut open: Vec<&Source> = texts.iter().filter(is_application).collect();
    let mut known: BTreeSet<&Utf8Path> = open.iter().map(|it| it.path()).collect();
    let mut found = Vec::new();
    while let Some(source) = open.pop() {
        found.push(source);
        let imports = python::loading(source.text(), None).imports;
        for name in imports.iter().flat_map(Import::modules) {
            for path in paths(&name, source.path()) {
                let ends = |it: &&Source| match it.path().as_str().strip_suffix(path.as_str()) {
                    Some("") => true,
                    // The folder of a tier, or its `src`; deeper, another module has that name.
                    Some(folder) if !name.starts_with('.') => {
                        folder.ends_with("src/") || folder.matches('/').count() == 1
                    }
                    _ => false,
                };
                for other in texts.iter().filter(ends) {
                    if known.insert(other.path()) {
                        open.push(other);
                    }
                }
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The files that a module of that name, and those around it, may be; seen from the module that loads it.
fn paths(name: &str, from: &Utf8Path) -> Vec<Utf8PathBuf> {
    let level = name.bytes().take_while(|it| *it == b'.').count();
    let start = match level {
        0 => Utf8PathBuf::new(),
        level => match from.ancestors().nth(level) {
            Some(folder) => folder.to_owned(),
            None => return Vec::new(),
        },
    };
    let mut found = Vec::new();
    if level > 0 {
        found.push(start.join("__init__.py"));
    }
    let mut way = start;
    for part in name[level..].split('.').filter(|part| !part.is_empty()) {
        way.push(part);
        found.push(way.with_extension("py"));
        found.push(way.join("__init__.py"));
    }
    found
}

/// What the code does with its settings.
struct Code<'a> {
    classes: &'a [(SettingsClass, &'a Source)],
    /// The modules of the services.
    loaded: &'a [&'a Source],
    texts: &'a [Source],
    /// Where settings are made, in all the code, and in those modules.
    everywhere: Vec<Made>,
    at_once: Vec<Made>,
}

impl Code<'_> {
    /// Whether a service makes settings of that class.
    fn makes(&self, class: &str) -> bool {
        let mut own = self.at_once.iter().filter(|it| it.class == class);
        own.any(|made| match &made.when {
            When::Loaded | When::Asked | When::Chosen => true,
            When::With(other) => self.is_used(other, DEPTH),
            When::Later => false,
        })
    }

    /// Whether a class, or one that is made from it, is more than a base or a type.
    fn is_used(&self, class: &str, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let mut loaded = self.loaded.iter();
        let uses = |it: &&Source| {
            it.text().contains(class) && python::use_of(it.text(), class) == Use::Plain
        };
        if loaded.any(uses) {
            return true;
        }
        let from_it = |it: &&(SettingsClass, &Source)| it.0.bases.iter().any(|it| it == class);
        let mut made = self.classes.iter().filter(from_it);
        made.any(|(it, _)| self.is_used(&it.name, depth))
    }

    /// Whether the code gives a field its value, or may do.
    fn sets(&self, lacking: &Lacking<'_>, demand: &Demand<'_>, around: &Around<'_>) -> bool {
        let is_handed = |made: &Made| {
            let given = made.given.as_ref();
            given.is_none_or(|given| {
                let mut given = given.iter();
                given.any(|it| {
                    it == demand.field
                        || demand
                            .variables
                            .iter()
                            .any(|name| name.eq_ignore_ascii_case(it))
                })
            })
        };
        let mut own = self
            .everywhere
            .iter()
            .filter(|it| it.class == lacking.class.name);
        own.any(is_handed)
            || self.texts.iter().any(|source| {
                let text = source.text();
                let quoted = |name: &String| {
                    ['"', '\'']
                        .iter()
                        .any(|quote| text.contains(&format!("{quote}{name}{quote}")))
                };
                let changes = text.contains("environ") || text.contains("putenv");
                let updated = |name: &String| updates(text, name);
                changes && demand.variables.iter().any(|it| quoted(it) || updated(it))
                    || loads(source, demand, around)
            })
    }
}

/// Whether a text has `environ.update(NAME=...)`.
fn updates(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut calls = text.split("environ.update(").skip(1);
    calls.any(|rest| {
        let mut open = 1_usize;
        let end = rest.find(|c| {
            match c {
                '(' => open += 1,
                ')' => open -= 1,
                _ => {}
            }
            open == 0
        });
        let given = &rest[..end.unwrap_or(rest.len())];
        given.match_indices(name).any(|(at, _)| {
            let value = given[at + name.len()..].trim_start().strip_prefix('=');
            !given[..at].ends_with(is_part) && value.is_some_and(|it| !it.starts_with('='))
        })
    })
}

/// Whether a module reads a file of its own into the environment that may have a variable.
fn loads(source: &Source, demand: &Demand<'_>, around: &Around<'_>) -> bool {
    LOADERS.iter().any(|loader| {
        let mut calls = source.text().match_indices(loader);
        calls.any(|(at, _)| {
            let rest = &source.text()[at + loader.len()..];
            match rest.strip_prefix('(') {
                // It looks for a file from its own folder on.
                Some(rest) if rest.starts_with(')') => {
                    let mut folders = source.path().ancestors().skip(1);
                    folders.any(|folder| {
                        let file = folder.join(".env");
                        let mut variables = demand.variables.iter();
                        variables.any(|name| names(around.root, &file, name))
                    })
                }
                Some(_) => true,
                None => false,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_of_the_environment_names_what_it_sets() {
        let sets = |text: &str| updates(text, "KEY");
        assert!(sets("os.environ.update(KEY='x')"));
        assert!(sets("environ.update(\n    A=f(1),\n    KEY = 'x',\n)"));
        for text in [
            "os.environ.update(OTHER_KEY='x')",
            "os.environ.update(KEY_OF='x')",
            "os.environ.update(A=f(1))\nKEY='x'",
            "os.environ.update(A=B if KEY == 1 else C)",
            "KEY='x'",
        ] {
            assert!(!sets(text), "{text}");
        }
    }

    #[test]
    fn a_module_lies_where_its_name_says() {
        let told = |name: &str| {
            let all = paths(name, "backend/core/main.py".into()).into_iter();
            all.map(Utf8PathBuf::into_string).collect::<Vec<_>>()
        };
        assert_eq!(
            told("a.b"),
            ["a.py", "a/__init__.py", "a/b.py", "a/b/__init__.py"]
        );
        let beside = [
            "backend/core/__init__.py",
            "backend/core/b.py",
            "backend/core/b/__init__.py",
        ];
        assert_eq!(told(".b"), beside);
        assert_eq!(told(".."), ["backend/__init__.py"]);
        assert!(told("....b").is_empty());
    }
}
