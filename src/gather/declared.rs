//! What the code's own settings classes say of single variables, as far as it can be read without running them.

use std::cell::OnceCell;

use camino::{Utf8Path, Utf8PathBuf};
use regex::Regex;

use crate::code::python::{self, Field, Module, Pasted, SettingsClass, Way};
use crate::schema::types::Kind;
use crate::text::Source;
use crate::workspace::Workspace;

use super::python_files::{DEPTH, collect};

/// The setting by which names lead into models.
const DELIMITER: &str = "env_nested_delimiter";

/// A field of a settings class, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What the code says of it.
    pub field: Field,
    /// The file, relative to the workspace.
    pub file: Utf8PathBuf,
    /// The line there.
    pub line: usize,
    /// The line where its class pastes it into a URL as it stands, with that.
    pub pasted: Option<(usize, Pasted)>,
    /// The variables that lead to it through other settings, and count before its own.
    pub nested: Vec<String>,
}

impl Declared {
    /// The variables that it is read from, the first that is set.
    pub fn variables(&self) -> impl Iterator<Item = &str> + Clone {
        let others = self.field.others.iter();
        let nested = self.nested.iter();
        nested
            .chain(std::iter::once(&self.field.variable))
            .chain(others)
            .map(String::as_str)
    }

    /// Where it stands: `backend/settings.py:12`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// The fields of all settings classes.
#[must_use]
pub fn of(workspace: &Workspace) -> Vec<Declared> {
    below(&workspace.root, &["Settings"])
}

/// The fields of all settings classes that some service may make.
pub(super) fn settings(root: &Utf8Path) -> Vec<Declared> {
    let mut all = below(root, &["Settings"]);
    let is_aside =
        |part: &str| part == "scripts" || part.starts_with("test_") || part == "conftest.py";
    all.retain(|it| !it.file.as_str().split('/').any(is_aside));
    all
}

/// The fields that hold a list of origins.
pub(super) fn lists_of_origins(root: &Utf8Path) -> Vec<Declared> {
    let mut all = below(root, &["origins"]);
    all.retain(|it| it.field.name.ends_with("origins"));
    all
}

/// Whether all who read a variable take an empty value for none. The code is read when it is first asked for.
pub(super) fn ignoring_empty(root: &Utf8Path) -> impl Fn(&str) -> bool + use<> {
    let root = root.to_owned();
    let code = OnceCell::new();
    move |name| {
        let all: &Vec<Declared> = code.get_or_init(|| below(&root, &["Settings"]));
        let reads = |it: &&Declared| it.variables().any(|it| it.eq_ignore_ascii_case(name));
        let mut readers = all.iter().filter(reads).peekable();
        readers.peek().is_some() && readers.all(|it| it.field.ignores_empty)
    }
}

/// The fields of those files below a folder that have one of these marks.
fn below(root: &Utf8Path, marks: &[&str]) -> Vec<Declared> {
    let mut read: Vec<(Source, Module)> = Vec::new();
    let mut leads_in = false;
    let mut found = |path: &Utf8Path, text: String| {
        let has = |word: &str| text.contains(word);
        if !has("Settings") || !marks.iter().copied().any(has) {
            return;
        }
        leads_in |= has(DELIMITER);
        let module = python::read(&text);
        read.push((Source::new(path, text), module));
    };
    collect(root, Utf8Path::new(""), DEPTH, &mut found);
    let classes = read.iter().filter(|_| leads_in);
    let classes: Vec<&SettingsClass> = classes.flat_map(|(_, it)| &it.classes).collect();
    let find = |name: &str| classes.iter().copied().find(|class| class.name == name);
    let ways_to = |model: &str| -> Vec<Way<'_>> {
        let ways = classes.iter().flat_map(|class| class.ways_to(model, &find));
        ways.filter(|way| way.delimiter.is_some()).collect()
    };
    let mut declared: Vec<Declared> = Vec::new();
    for (source, module) in &read {
        let placed = |field: Field, nested: Vec<String>| Declared {
            line: source.position(field.offset).line,
            pasted: field.pasted.map(|it| (source.position(it.offset).line, it)),
            file: source.path().to_owned(),
            nested,
            field,
        };
        for field in &module.fields {
            let ways = ways_to(&field.class).into_iter();
            let mut nested: Vec<String> = ways.filter_map(|way| way.single(&field.name)).collect();
            nested.dedup();
            declared.push(placed(field.clone(), nested));
        }
        // What belongs to a model alone is read by names that lead into it.
        for field in &module.models {
            let mut known: Vec<String> = Vec::new();
            for way in ways_to(&field.class) {
                let Some(single) = way.single(&field.name).filter(|it| !known.contains(it)) else {
                    continue;
                };
                known.push(single.clone());
                let field = Field {
                    variable: single,
                    others: Vec::new(),
                    files: way.files,
                    ..field.clone()
                };
                declared.push(placed(field, Vec::new()));
            }
        }
    }
    declared
}

/// Whether a value fits a pattern. What pydantic's patterns have and ours do not is not judged.
#[must_use]
pub fn matches(pattern: &str, value: &str) -> bool {
    Regex::new(pattern).is_ok_and(|it| it.is_match(value)) || Regex::new(pattern).is_err()
}

/// What a schema says that a value may be, without what the code refuses.
#[must_use]
pub fn narrowed(all: &[Declared], name: &str, words: &str) -> String {
    const LOCAL: &str = "http://127.0.0.1:54321";
    let said = Kind::SupabaseUrl.to_string();
    // The browser's name is for the same project.
    let same = name.strip_prefix("NEXT_PUBLIC_").unwrap_or(name);
    let refuses = |declared: &Declared| {
        let wanted = declared.field.pattern.as_deref();
        declared.variables().any(|it| it == name || it == same)
            && wanted.is_some_and(|wanted| !matches(wanted, LOCAL))
    };
    match said.split_once(", or ") {
        Some((project, _)) if words.contains(&said) && all.iter().any(refuses) => {
            words.replace(&said, project)
        }
        _ => words.to_owned(),
    }
}

/// Whether a way out offers what the code may refuse, which takes a look at the code.
#[must_use]
pub fn may_be_narrowed(words: &str) -> bool {
    words.contains(&Kind::SupabaseUrl.to_string())
}
