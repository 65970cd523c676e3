//! Tools that are installed where PATH does not lead: nothing is to be installed for them.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::program::{self, Answered, Manner};
use crate::system::{access, fs};
use crate::toolchain::{Tool, Version};
use crate::workspace::Workspace;

/// Where installers put programs without asking, seen from the home folder: PATH may not know yet.
const USUAL: &[&str] = &[".local/bin", ".cargo/bin", ".bun/bin"];

/// Where others keep theirs, seen from there; `*` is a folder for each version.
const OF_HOME: &[&str] = if cfg!(windows) {
    &[
        "scoop/shims",
        "AppData/Local/Microsoft/WinGet/Links",
        "AppData/Roaming/fnm/node-versions/*/installation",
    ]
} else {
    &[
        ".volta/bin",
        ".nvm/versions/node/*/bin",
        ".local/share/fnm/node-versions/*/installation/bin",
        "Library/Application Support/fnm/node-versions/*/installation/bin",
        ".local/share/mise/installs/node/*/bin",
        ".asdf/installs/nodejs/*/bin",
    ]
};

/// Where the system, and what installs for all of its users, keeps them.
const OF_ALL: &[&str] = if cfg!(windows) {
    &["C:\\Program Files\\nodejs", "C:\\Program Files\\Git\\cmd"]
} else {
    &[
        "/usr/local/bin",
        "/opt/homebrew/bin",
        "/home/linuxbrew/.linuxbrew/bin",
        "/usr/bin",
        "/bin",
        "/snap/bin",
    ]
};

/// How long one of them may take to say its version.
const LIMIT: Duration = Duration::from_secs(2);

/// Bytes of that which are read.
const LONGEST: usize = 64 * 1024;

const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// The folders where installers put programs without asking.
#[must_use]
pub fn usual_folders(variables: &BTreeMap<String, String>) -> Vec<Utf8PathBuf> {
    let home = home(variables);
    let below = |home: &Utf8PathBuf| USUAL.iter().map(|folder| home.join(folder)).collect();
    home.as_ref().map(below).unwrap_or_default()
}

/// The user's home folder; where nothing tells it, that of the account.
fn home(variables: &BTreeMap<String, String>) -> Option<Utf8PathBuf> {
    let told = variables
        .get(if cfg!(windows) { "USERPROFILE" } else { "HOME" })
        .filter(|home| !home.is_empty());
    told.map(Utf8PathBuf::from).or_else(access::home)
}

/// The folder beyond PATH that has the tool, in a version that fits.
pub(super) fn folder(
    workspace: &Workspace,
    tool: &Tool,
    variables: &BTreeMap<String, String>,
) -> Option<String> {
    let program = tool.command.first()?;
    if program::find(program, variables).is_some() {
        return None;
    }
    let file = if cfg!(windows) {
        format!("{program}.exe")
    } else {
        program.clone()
    };
    let of_home = home(variables).into_iter().flat_map(|home| {
        let folders = OF_HOME.iter();
        folders.flat_map(move |folder| expanded(&home, folder))
    });
    usual_folders(variables)
        .into_iter()
        .chain(of_home)
        .chain(OF_ALL.iter().map(Utf8PathBuf::from))
        .filter(|folder| fs::is_file(&folder.join(&file)))
        .find(|folder| fits(workspace, tool, &folder.join(&file), variables))
        .map(Utf8PathBuf::into_string)
}

/// The folders that a name with a `*` means, the highest version first.
fn expanded(home: &Utf8Path, folder: &str) -> Vec<Utf8PathBuf> {
    let Some((above, below)) = folder.split_once("/*/") else {
        return vec![home.join(folder)];
    };
    let mut all = fs::list(&home.join(above));
    all.sort_by_cached_key(|folder| folder.file_name().and_then(Version::find));
    all.into_iter()
        .rev()
        .map(|folder| folder.join(below))
        .collect()
}

/// Whether a program says that it is a version of the tool that works. Scripts find what runs them beside them.
fn fits(
    workspace: &Workspace,
    tool: &Tool,
    file: &Utf8Path,
    variables: &BTreeMap<String, String>,
) -> bool {
    let folder = file.parent().map_or("", Utf8Path::as_str);
    let path = match variables.get("PATH").filter(|path| !path.is_empty()) {
        Some(path) => format!("{folder}{SEPARATOR}{path}"),
        None => folder.to_owned(),
    };
    let manner = Manner {
        limit: LIMIT,
        longest: LONGEST,
        without: &[],
        with: &[("PATH", &path)],
    };
    let words = [file.to_string(), "--version".to_owned()];
    match program::ask_as(&words, &workspace.root, variables, manner) {
        Answered::Ended {
            success: true,
            text,
            ..
        } => Version::find(&text).is_some_and(|version| tool.range.contains(&version)),
        _ => false,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_home_counts_where_no_other_is_told() {
        let folders = |home: Option<&str>| {
            let home = home.map(|home| ("HOME".to_owned(), home.to_owned()));
            usual_folders(&home.into_iter().collect())
        };
        let of_account = access::home().map(|home| home.join(".local/bin"));
        assert_eq!(folders(None).first(), of_account.as_ref());
        assert_eq!(folders(Some("")).first(), of_account.as_ref());
        assert_eq!(folders(Some("/h"))[0], "/h/.local/bin");
    }

    #[test]
    fn the_highest_version_comes_first() {
        let dir = tempfile::tempdir().expect("a folder");
        let home = Utf8Path::from_path(dir.path()).expect("UTF-8");
        for version in ["v9.1.0", "v22.1.0", "v20.3.1"] {
            fs::create_dir_all(&home.join("node").join(version)).expect("a folder");
        }
        let found = expanded(home, "node/*/bin");
        let names =
            ["v22.1.0", "v20.3.1", "v9.1.0"].map(|name| home.join("node").join(name).join("bin"));
        assert_eq!(found, names);
    }
}
