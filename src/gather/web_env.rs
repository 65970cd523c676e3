//! The modules in which a web application checks its environment.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::typescript::zod::{self, Takes};
use crate::schema::check::Said;
use crate::system::fs;
use crate::text::Source;
use crate::workspace::Workspace;

/// Where such a module usually is.
const FOLDERS: &[&str] = &["", "lib", "src", "src/lib", "config", "src/config"];

const NAMES: &[&str] = &["env.ts", "env.mts", "env.mjs", "env.js"];

/// What such a module says of a variable.
pub(super) struct Asked {
    pub(super) said: Said,
    /// Whether the module throws where it is not set.
    pub(super) is_needed: bool,
    /// What it asks of its value.
    pub(super) takes: Takes,
    /// One that is set to nothing counts as not set.
    pub(super) ignores_empty: bool,
    /// With one of these variables nothing is checked.
    pub(super) unless: Vec<String>,
}

/// A module that is understood.
pub(super) struct Checked {
    /// Where it is.
    pub(super) path: Utf8PathBuf,
    /// What it says of its variables.
    pub(super) asked: Vec<Asked>,
}

/// Words of code that gets variables from elsewhere.
const LOADERS: &[&str] = &[
    "dotenv",
    "loadEnvFile",
    "loadEnvConfig",
    "Object.assign(process.env",
];

/// Whether code gets variables from elsewhere, for all that follows it.
pub(super) fn loads(text: &str) -> bool {
    LOADERS.iter().any(|it| text.contains(it))
}

/// Those that are understood. One of them may be left over from before, and be imported by nobody.
pub(super) fn all(workspace: &Workspace, dir: &Utf8Path) -> Vec<Checked> {
    let places = FOLDERS
        .iter()
        .flat_map(|folder| NAMES.iter().map(move |name| dir.join(folder).join(name)));
    let read = |path: Utf8PathBuf| {
        let text = fs::read_text_if_there(&workspace.path(&path)).ok()??;
        if !text.contains("zod") {
            return None;
        }
        let source = Source::new(path.as_path(), text);
        let loads = loads(source.text());
        let asked: Vec<Asked> = zod::wanted(source.text())
            .into_iter()
            .map(|it| Asked {
                said: Said {
                    place: format!("{path}:{}", source.position(it.offset).line),
                    note: it.takes.never().map(|word| {
                        format!("a variable is a text, and what asks for it takes a {word} alone")
                    }),
                    name: it.name,
                    default: it.default,
                    home: None,
                },
                is_needed: it.is_needed && !loads,
                takes: it.takes,
                ignores_empty: it.ignores_empty,
                unless: it.unless,
            })
            .collect();
        (!asked.is_empty()).then_some(Checked { path, asked })
    };
    places.filter_map(read).collect()
}
