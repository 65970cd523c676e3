//! What bun is told beside the manifest.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::settings::broken;
use crate::system::fs;
use crate::system::program::{self, Answered};
use crate::toolchain::{Answer, Cause, named_by_bun};
use crate::workspace::Workspace;
use crate::workspace::stack::Web;

use super::LIMIT;

/// A question for which bun reads its settings, and does nothing: it tells its version without a look at them.
const LOOKS: [&str; 3] = ["bun", "pm", "bin"];

/// The file in the folder where it is started.
const OWN: &str = "bunfig.toml";

/// The file of settings for which bun does nothing, where there is one: what it takes for a value, only bun
/// itself knows. It is asked only where there is such a file, each folder once.
#[must_use]
pub fn bun_misled(
    workspace: &Workspace,
    web: &Web,
    variables: &BTreeMap<String, String>,
) -> Option<Answer> {
    let of_user = ["XDG_CONFIG_HOME", "HOME"]
        .into_iter()
        .filter_map(|name| variables.get(name))
        .filter(|folder| !folder.is_empty())
        .map(|folder| Utf8Path::new(folder).join(".bunfig.toml"))
        .find(|file| fs::is_file(file));
    let mut dirs = vec![&web.top];
    if web.dir != web.top {
        dirs.push(&web.dir);
    }
    dirs.into_iter().find_map(|dir| {
        let own = dir.join(OWN);
        let own = fs::is_file(&workspace.path(&own)).then_some(own);
        // That of the user is read from everywhere.
        let file = own.or_else(|| of_user.clone().filter(|_| *dir == web.top))?;
        let words = LOOKS.map(str::to_owned);
        match program::ask(&words, &workspace.path(dir), variables, LIMIT) {
            Answered::Ended {
                success: false,
                text,
                ..
            } if text.to_ascii_lowercase().contains("bunfig") => {
                Some(misled(workspace, file, &text))
            }
            _ => None,
        }
    })
}

/// What bun says of one, with its place; `file` is the one that it has to mean where it names none.
fn misled(workspace: &Workspace, file: Utf8PathBuf, text: &str) -> Answer {
    let named = named_by_bun(text);
    let path = named.map_or(file, |(path, _, _)| {
        let root = workspace.root.canonicalize_utf8();
        let root = root.as_deref().unwrap_or(&workspace.root);
        let path = Utf8Path::new(path);
        path.strip_prefix(root).unwrap_or(path).to_owned()
    });
    let ours = || broken(&fs::read_text(&workspace.path(&path)).ok()?);
    let (line, why) = ours()
        .or_else(|| named.map(|(_, line, why)| (line, why.to_owned())))
        .unwrap_or_else(|| (1, "it does not say why".to_owned()));
    Answer::Misled {
        why: format!("it cannot read {path}: {why}"),
        cause: Cause::File {
            path: path.into_string(),
            line,
        },
    }
}
