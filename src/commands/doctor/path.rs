//! Where cures find their programs: on PATH, in the folders into which cures install, and ourselves.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::gather::tools;
use crate::system::program;

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
