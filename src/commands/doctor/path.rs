//! Where cures find their programs: on PATH, in the folders into which cures install, and ourselves.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::commands::Context;
use crate::doctor::{Checked, Status};
use crate::gather::tools;
use crate::output::{Sign, Tone};
use crate::system::program;
use crate::text::and_list;

/// How a line calls us.
const OURSELVES: &str = "pixcrawler";

const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// The environment in which `pixcrawler …` is this very program, with the folders on PATH into which the
/// cures install.
pub(super) fn with_usual_folders(
    variables: &BTreeMap<String, String>,
    fixing: bool,
) -> BTreeMap<String, String> {
    let mut variables = variables.clone();
    if !fixing {
        return variables;
    }
    let name = variables
        .keys()
        .find(|name| name.eq_ignore_ascii_case("PATH"))
        .cloned()
        .unwrap_or_else(|| "PATH".to_owned());
    let mut path = variables.get(&name).cloned().unwrap_or_default();
    for folder in tools::usual_folders(&variables) {
        path = format!("{path}{SEPARATOR}{folder}");
    }
    variables.insert(name.clone(), path.clone());
    if let Some(own) = program::own_folder() {
        let found = program::find(OURSELVES, &variables);
        variables.insert(name, with_own(&path, &own, found.as_deref()));
    }
    variables
}

/// PATH with our own folder on it: before the one in which another `pixcrawler` was found, which may be
/// older than the options that a cure has, and not before others, of whose programs ours may have more.
fn with_own(path: &str, own: &Utf8Path, found: Option<&Utf8Path>) -> String {
    let mut folders: Vec<&str> = path.split(SEPARATOR).collect();
    let taken = found.and_then(Utf8Path::parent);
    let is_taken = |folder: &&str| taken.is_some_and(|taken| taken == Utf8Path::new(*folder));
    let at = folders.iter().position(is_taken).unwrap_or(folders.len());
    folders.insert(at, own.as_str());
    folders.join(&SEPARATOR.to_string())
}

/// The programs that cures install into folders of their own.
const INSTALLED: [&str; 3] = ["uv", "node", "bun"];

/// Those of them that are there by now, on PATH or where installers put them.
pub(super) fn installed(context: &Context) -> Vec<&'static str> {
    let wider = with_usual_folders(&context.variables, true);
    let there = |name: &&str| program::find(name, &wider).is_some();
    INSTALLED.into_iter().filter(there).collect()
}

/// Tools that pass since we looked further than this terminal does: those that came since `before`, and
/// those that were asked about.
pub(super) fn tell_of_path(context: &Context, before: &[&str], checked: &[Checked]) {
    let variables = &context.variables;
    let wider = with_usual_folders(variables, true);
    let beyond = |name: &str| match program::find(name, variables) {
        Some(_) => None,
        None => Some(program::find(name, &wider)?.parent()?.to_string()),
    };
    let passes = |name: &str| {
        let check = checked.iter().find(|it| it.id == name);
        check.is_some_and(|it| !it.answer.irrelevant && it.answer.status() < Status::Fail)
    };
    let (old, new): (Vec<&str>, Vec<&str>) = INSTALLED
        .into_iter()
        .filter(|name| beyond(name).is_some())
        .partition(|name| before.contains(name));
    let old: Vec<&str> = old.into_iter().filter(|name| passes(name)).collect();
    let both = [
        (new, "what was installed is"),
        (old, "what was there already is"),
    ];
    for (names, what) in both {
        let mut folders: Vec<String> = names.iter().filter_map(|name| beyond(name)).collect();
        folders.sort();
        folders.dedup();
        if folders.is_empty() {
            continue;
        }
        let style = context.error_style();
        let line = if cfg!(windows) {
            format!("set PATH={};%PATH%", folders.join(";"))
        } else {
            format!("export PATH=\"{}:$PATH\"", folders.join(":"))
        };
        context.say(&format!(
            "{} {what} not on the PATH of this terminal: {}; a new one may have it already\n  {} {}\n",
            style.sign(Sign::Warning),
            and_list(&names),
            style.arrow(),
            style.paint(Tone::Name, line)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_pixcrawler_comes_before_this_one() {
        let path = ["/bin", "/home/a/.local/bin", "/opt/bin"].join(&SEPARATOR.to_string());
        let with = |found: Option<&str>| {
            let path = with_own(&path, Utf8Path::new("/own"), found.map(Utf8Path::new));
            path.replace(SEPARATOR, " ")
        };
        assert_eq!(with(None), "/bin /home/a/.local/bin /opt/bin /own");
        assert_eq!(
            with(Some("/home/a/.local/bin/pixcrawler")),
            "/bin /own /home/a/.local/bin /opt/bin"
        );
        assert_eq!(
            with(Some("/bin/pixcrawler")),
            "/own /bin /home/a/.local/bin /opt/bin"
        );
    }
}
