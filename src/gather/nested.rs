//! The models within the settings classes of a workspace: which names lead into one.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};

use crate::code::python::{self, SettingsClass};
use crate::service::assemble::Groups;
use crate::text::Source;

use super::python_files::{DEPTH, collect};

/// The setting by which single variables lead into models.
const DELIMITER: &str = "env_nested_delimiter";

/// The classes of a workspace that names may lead into.
#[derive(Debug, Default)]
pub(super) struct Nested {
    /// Each with its file and the line of its settings.
    classes: Vec<(SettingsClass, Utf8PathBuf, usize)>,
}

/// A name that leads into a model.
pub(super) struct Led {
    /// The field whose model it is.
    pub(super) field: String,
    /// Where the class says what stands between the names: `backend/settings.py:12`.
    pub(super) place: String,
}

fn take_apart(
    name: &str,
    delimiter: &str,
    model: &Map<String, Value>,
    parts: &mut Vec<(String, String)>,
) {
    for (key, value) in model {
        let name = format!("{name}{delimiter}{key}").to_ascii_uppercase();
        match value {
            Value::Object(inner) => take_apart(&name, delimiter, inner, parts),
            Value::String(text) => parts.push((name, text.clone())),
            Value::Number(_) | Value::Bool(_) => parts.push((name, value.to_string())),
            Value::Null | Value::Array(_) => {}
        }
    }
}

impl Nested {
    /// Reads them. Where no class names a delimiter nothing leads anywhere, and nothing is parsed.
    pub(super) fn of(root: &Utf8Path) -> Self {
        let mut texts = Vec::new();
        let mut found = |path: &Utf8Path, text: String| {
            if text.contains("class ") {
                texts.push((path.to_owned(), text));
            }
        };
        collect(root, Utf8Path::new(""), DEPTH, &mut found);
        if !texts.iter().any(|(_, text)| text.contains(DELIMITER)) {
            return Self::default();
        }
        // A model may stand in any file that knows pydantic.
        texts.retain(|(_, text)| text.contains("pydantic") || text.contains("Settings"));
        let mut classes = Vec::new();
        for (path, text) in texts {
            let source = Source::new(path.as_path(), text);
            let own = python::settings_classes(source.text()).into_iter();
            classes.extend(own.map(|class| {
                let line = source.position(class.offset).line;
                (class, path.clone(), line)
            }));
        }
        Self { classes }
    }

    /// The single variables that say the same as one whose value is a whole model in JSON, by upper case names.
    pub(super) fn parts(&self, name: &str, value: &str) -> Vec<(String, String)> {
        let Ok(Value::Object(model)) = serde_json::from_str(value) else {
            return Vec::new();
        };
        let find = |name: &str| {
            let mut all = self.classes.iter();
            Some(&all.find(|(class, ..)| class.name == name)?.0)
        };
        let mut all = self.classes.iter();
        let delimiter = all.find_map(|(class, ..)| class.holds(name, &find)?.delimiter);
        let mut parts = Vec::new();
        if let Some(delimiter) = delimiter {
            take_apart(name, delimiter, &model, &mut parts);
        }
        parts
    }

    /// How the variables of a server's address begin, where a model has its parts.
    pub(super) fn groups(&self) -> Groups {
        let find = |name: &str| {
            let mut all = self.classes.iter();
            Some(&all.find(|(class, ..)| class.name == name)?.0)
        };
        let mut groups = Groups::default();
        for (class, ..) in &self.classes {
            for address in class.addresses(&find) {
                let names: Vec<&str> = address.names.iter().map(String::as_str).collect();
                groups.add(&address.start, &names, &address.parts);
            }
        }
        groups
    }

    /// Where a name leads, if it does.
    pub(super) fn led(&self, name: &str) -> Option<Led> {
        let find = |name: &str| {
            let mut all = self.classes.iter();
            Some(&all.find(|(class, ..)| class.name == name)?.0)
        };
        let mut all = self.classes.iter();
        all.find_map(|(class, ..)| {
            let way = class.leads_in(name, &find)?;
            let mut all = self.classes.iter();
            let (_, file, line) = all.find(|(it, ..)| std::ptr::eq(it, way.teller))?;
            Some(Led {
                field: way.field.to_owned(),
                place: format!("{file}:{line}"),
            })
        })
    }
}
