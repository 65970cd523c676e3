//! What bun is told beside the manifest.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::settings::broken;
use crate::system::fs;
use crate::system::program::{self, Answered};
use crate::toolchain::{Answer, Cause};
use crate::workspace::Workspace;
use crate::workspace::stack::Web;

use super::LIMIT;

/// A question for which bun reads its settings, and does nothing: it tells its version without a look at them.
const LOOKS: [&str; 3] = ["bun", "pm", "bin"];

/// The file of settings for which bun does nothing, where there is one. It is asked only where one is no TOML
/// to us.
#[must_use]
pub fn bun_misled(
    workspace: &Workspace,
    web: &Web,
    variables: &BTreeMap<String, String>,
) -> Option<Answer> {
    let of_project = [&web.top, &web.dir].map(|dir| (dir.join("bunfig.toml"), dir));
    let of_user = ["XDG_CONFIG_HOME", "HOME"]
        .into_iter()
        .filter_map(|name| variables.get(name))
        .filter(|folder| !folder.is_empty())
        .map(|folder| (Utf8Path::new(folder).join(".bunfig.toml"), &web.top));
    let is_broken = |(path, dir): (Utf8PathBuf, &Utf8PathBuf)| {
        let text = fs::read_text(&workspace.path(&path)).ok()?;
        let (line, why) = broken(&text)?;
        let words = LOOKS.map(str::to_owned);
        match program::ask(&words, &workspace.path(dir), variables, LIMIT) {
            Answered::Ended {
                success: false,
                text,
                ..
            } if text.contains("bunfig") => Some(Answer::Misled {
                why: format!("it cannot read {path}: {why}"),
                cause: Cause::File {
                    path: path.into_string(),
                    line,
                },
            }),
            _ => None,
        }
    };
    of_project.into_iter().chain(of_user).find_map(is_broken)
}
