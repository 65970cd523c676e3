//! The settings that keep the web side's installer from what its manifest asks for.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::installer::{self, Bunfig, Held};
use crate::system::fs;
use crate::workspace::Workspace;
use crate::workspace::stack::{Manager, Web};

/// A setting that restrains the installer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restraint {
    /// What it is and where: `production = true` with its file and line, or a variable.
    pub what: String,
    /// The file, as seen from where the installer runs, and the line; none for a variable.
    pub file: Option<(Utf8PathBuf, usize)>,
    /// The option with which the installer passes it over, and nothing else.
    pub past: Option<&'static str>,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restraints {
    /// What leaves out the packages that only developers need.
    pub without_dev: Option<Restraint>,
    /// What leaves the lock as it is.
    pub frozen: Option<Restraint>,
}

/// With it bun reads this in place of the folder's own file.
const NO_BUNFIG: &str = "--config=/dev/null";

/// Reads them.
pub(super) fn of(
    workspace: &Workspace,
    web: &Web,
    variables: &BTreeMap<String, String>,
) -> Restraints {
    let asked = Asked {
        workspace,
        web,
        variables,
    };
    match web.manager {
        Manager::Bun => asked.of_bun(),
        Manager::Npm => Restraints {
            without_dev: asked.of_npm(),
            frozen: None,
        },
        // The others have settings of their own.
        Manager::Pnpm | Manager::Yarn => Restraints::default(),
    }
}

struct Asked<'a> {
    workspace: &'a Workspace,
    web: &'a Web,
    variables: &'a BTreeMap<String, String>,
}

impl Asked<'_> {
    fn of_bun(&self) -> Restraints {
        let own = self.own("bunfig.toml");
        let homes = ["XDG_CONFIG_HOME", "HOME"].into_iter();
        let home = homes
            .filter_map(|name| self.in_folder_of(name, ".bunfig.toml"))
            .find(|(file, _)| fs::is_file(file));
        let read = |text: &String| installer::bunfig(text);
        let said = own.as_ref().map(|(_, text)| read(text));
        let of_user = home.as_ref().map(|(_, text)| read(text));
        let of_npmrc = self.npmrc(true);
        let pick = |of: fn(&Bunfig) -> &Option<(bool, Held)>, is_free: bool| {
            let ours = said.as_ref().and_then(|it| of(it).as_ref());
            let theirs = of_user.as_ref().and_then(|it| of(it).as_ref());
            let file =
                |it: &Option<(Utf8PathBuf, String)>| it.as_ref().map(|(file, _)| file.clone());
            match (ours, theirs) {
                (Some((true, held)), theirs) => {
                    let is_all = said.as_ref().is_some_and(|it| it.is_all);
                    let is_past = is_all && is_free && !theirs.is_some_and(|(is_on, _)| *is_on);
                    let past = (is_past && cfg!(unix)).then_some(NO_BUNFIG);
                    Some(self.restraint(&file(&own)?, held, past))
                }
                (None, Some((true, held))) => Some(self.restraint(&file(&home)?, held, None)),
                _ => None,
            }
        };
        Restraints {
            without_dev: pick(|it| &it.without_dev, of_npmrc.is_none()).or(of_npmrc),
            frozen: pick(|it| &it.frozen, true),
        }
    }

    fn of_npm(&self) -> Option<Restraint> {
        let by_name = |(name, value): (&String, &String)| {
            let lower = name.to_ascii_lowercase();
            let is_it = match lower.as_str() {
                "npm_config_omit" => value == "dev",
                "npm_config_production" => value == "true",
                _ => name == "NODE_ENV" && value == "production",
            };
            is_it.then(|| Restraint {
                what: format!("{name}={value} in the process environment"),
                file: None,
                past: Some(INCLUDE),
            })
        };
        self.variables
            .iter()
            .find_map(by_name)
            .or_else(|| self.npmrc(false))
    }

    fn npmrc(&self, is_bun: bool) -> Option<Restraint> {
        let files = [self.own(".npmrc"), self.in_folder_of("HOME", ".npmrc")];
        files.into_iter().flatten().find_map(|(file, text)| {
            let held = installer::npmrc(&text, is_bun)?;
            Some(self.restraint(&file, &held, (!is_bun).then_some(INCLUDE)))
        })
    }

    /// A file where the installer runs, with its text.
    fn own(&self, name: &str) -> Option<(Utf8PathBuf, String)> {
        let file = self.workspace.path(self.web.top.join(name));
        let text = fs::read_text_if_there(&file).ok()??;
        Some((file, text))
    }

    /// A file in the folder that a variable names, with its text.
    fn in_folder_of(&self, variable: &str, name: &str) -> Option<(Utf8PathBuf, String)> {
        let folder = Utf8Path::new(self.variables.get(variable)?);
        let file = folder.is_absolute().then(|| folder.join(name))?;
        let text = fs::read_text_if_there(&file).ok()??;
        Some((file, text))
    }

    fn restraint(&self, file: &Utf8Path, held: &Held, past: Option<&'static str>) -> Restraint {
        let shown = file.strip_prefix(&self.workspace.root).unwrap_or(file);
        let top = self.workspace.path(&self.web.top);
        let near = file.strip_prefix(&top).unwrap_or(file).to_owned();
        Restraint {
            what: format!("{shown}:{} ({})", held.line, held.text),
            file: Some((near, held.line)),
            past,
        }
    }
}

/// npm takes what it is told to leave out.
const INCLUDE: &str = "--include=dev";
