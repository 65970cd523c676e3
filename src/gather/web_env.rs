//! The module in which a web application checks its environment, and who imports it.

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::typescript::zod::{self, Takes};
use crate::schema::check::Said;
use crate::system::fs;
use crate::text::Source;
use crate::workspace::Workspace;

use super::web_files;

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

/// The first one that is understood, with what it says of its variables.
pub(super) fn of(workspace: &Workspace, dir: &Utf8Path) -> Option<(Utf8PathBuf, Vec<Asked>)> {
    let places = FOLDERS
        .iter()
        .flat_map(|folder| NAMES.iter().map(move |name| dir.join(folder).join(name)));
    places.into_iter().find_map(|path| {
        let text = fs::read_text_if_there(&workspace.path(&path)).ok()??;
        if !text.contains("zod") {
            return None;
        }
        let source = Source::new(path.as_path(), text);
        let said: Vec<Asked> = zod::wanted(source.text())
            .into_iter()
            .map(|it| Asked {
                said: Said {
                    place: format!("{path}:{}", source.position(it.offset).line),
                    name: it.name,
                    default: it.default,
                    note: None,
                    home: None,
                },
                is_needed: it.is_needed,
                takes: it.takes,
                ignores_empty: it.ignores_empty,
                unless: it.unless,
            })
            .collect();
        (!said.is_empty()).then_some((path, said))
    })
}

/// Whether a file of the application imports the module, by whatever way.
pub(super) fn is_imported(workspace: &Workspace, dir: &Utf8Path, module: &Utf8Path) -> bool {
    let name = module.file_stem().unwrap_or("env");
    let endings = ["", ".ts", ".js", ".mjs", ".mts"];
    let ends: Vec<String> = endings
        .iter()
        .flat_map(|end| ['"', '\''].map(|quote| format!("/{name}{end}{quote}")))
        .collect();
    // Next's own reader of env files has that name, too.
    let imports = |text: &str, end: &str| {
        let mut places = text.match_indices(end);
        places.any(|(at, _)| !text[..at].ends_with("@next"))
    };
    web_files::any(workspace, dir, &mut |path, text| {
        path != module && ends.iter().any(|end| imports(&text, end))
    })
}
