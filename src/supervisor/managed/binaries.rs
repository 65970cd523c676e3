//! The servers that this machine has: on PATH and in the folders where packages put them.

use std::collections::BTreeSet;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::account::Account;
use super::files::real;
use super::surroundings::Surroundings;

/// A server that cannot tell its version in this time is not one that we want.
const VERSION_LIMIT: Duration = Duration::from_secs(5);

/// The oldest Postgres that has `gen_random_uuid()` without an extension.
const OLDEST_POSTGRES: u32 = 13;

/// A server program that runs here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// Absolute path, links resolved.
    pub(super) program: PathBuf,
    /// Major version, which decides about data folders.
    pub(super) major: u32,
    /// As people read it: `PostgreSQL 15.18`, `Valkey 9.1.2`.
    pub(super) title: String,
}

impl Server {
    /// The program and where it came from, for tables.
    pub(super) fn origin(&self) -> String {
        let folder = self.program.parent().unwrap_or(Path::new("")).display();
        format!("{}, {folder}", self.title)
    }

    /// A program of the same installation.
    pub(super) fn sibling(&self, name: &str) -> PathBuf {
        self.program.with_file_name(format!("{name}{EXE_SUFFIX}"))
    }
}

/// Every usable Postgres of this machine, the newest first. `initdb` lies beside each.
pub(super) async fn postgres(
    surroundings: &Surroundings,
    account: Option<&Account>,
) -> Vec<Server> {
    let folders = on_path(surroundings, &["postgres"])
        .into_iter()
        .chain(usual_folders(surroundings, "postgresql"));
    let mut found = Vec::new();
    for program in distinct(folders, &["postgres"]) {
        if let Some(server) = postgres_at(&program, account).await {
            found.push(server);
        }
    }
    // Stable: of two with the same version, PATH's comes first.
    found.sort_by_key(|server| std::cmp::Reverse(server.major));
    found
}

/// The Postgres whose server program is `program`, if it is complete and `account` may run it.
pub(super) async fn postgres_at(program: &Path, account: Option<&Account>) -> Option<Server> {
    let server = Server {
        program: program.to_owned(),
        major: 0,
        title: String::new(),
    };
    let complete = server.sibling("initdb").is_file();
    if !complete || !account.is_none_or(|account| account.can_reach(program)) {
        return None;
    }
    // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
    let said = version_line(program).await?;
    let version = said
        .strip_prefix("postgres (PostgreSQL) ")?
        .split_whitespace()
        .next()?;
    let major = leading_number(version)?;
    (major >= OLDEST_POSTGRES).then(|| Server {
        major,
        title: format!("PostgreSQL {version}"),
        ..server
    })
}

/// The first usable Valkey or Redis of this machine.
pub(super) async fn valkey(surroundings: &Surroundings) -> Option<Server> {
    let names = ["valkey-server", "redis-server"];
    let usual = ["valkey", "redis"]
        .into_iter()
        .flat_map(|package| usual_folders(surroundings, package));
    for program in distinct(
        on_path(surroundings, &names).into_iter().chain(usual),
        &names,
    ) {
        if let Some(server) = valkey_at(&program).await {
            return Some(server);
        }
    }
    None
}

/// The Valkey or Redis whose server program is `program`.
pub(super) async fn valkey_at(program: &Path) -> Option<Server> {
    // Valkey server v=9.1.2 sha=… / Redis server v=7.0.15 sha=…
    let said = version_line(program).await?;
    let name = ["Valkey", "Redis"]
        .into_iter()
        .find(|name| said.starts_with(&format!("{name} server ")))?;
    let version = said
        .split_whitespace()
        .find_map(|word| word.strip_prefix("v="))?;
    Some(Server {
        program: program.to_owned(),
        major: leading_number(version)?,
        title: format!("{name} {version}"),
    })
}

/// Folders of PATH that hold one of `names`. PATH itself may point to links: see [`distinct`].
fn on_path(surroundings: &Surroundings, names: &[&str]) -> Vec<PathBuf> {
    let holds = |folder: &Path| {
        names
            .iter()
            .any(|name| folder.join(format!("{name}{EXE_SUFFIX}")).is_file())
    };
    std::env::split_paths(&surroundings.path)
        .filter(|folder| folder.is_absolute() && holds(folder))
        .collect()
}

/// Where packages of `name` put their servers without putting them on PATH.
fn usual_folders(surroundings: &Surroundings, name: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if cfg!(windows) {
        folders.extend(versions(
            Path::new(r"C:\Program Files\PostgreSQL"),
            "",
            "bin",
        ));
        folders.push(Path::new(r"C:\Program Files").join(if name == "redis" {
            "Memurai"
        } else {
            name
        }));
    } else {
        folders.extend(versions(Path::new("/usr/lib/postgresql"), "", "bin"));
        folders.extend(versions(Path::new("/usr"), "pgsql-", "bin"));
        for prefix in ["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"].map(Path::new) {
            folders.extend(versions(&prefix.join("opt"), name, "bin"));
            folders.push(prefix.join("bin"));
        }
        folders.extend(["/usr/bin", "/usr/sbin"].map(PathBuf::from));
        folders.extend(
            surroundings
                .home
                .as_ref()
                .map(|home| home.join(".local/bin")),
        );
    }
    folders
}

/// `PARENT/PREFIX*/TAIL`, whatever is there.
fn versions(parent: &Path, prefix: &str, tail: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let named = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    named.map(|entry| entry.path().join(tail)).collect()
}

/// The real programs in `folders`, each once, in that order. A `postgres` on PATH is often a link into the folder
/// that has its `initdb` and its libraries.
fn distinct(folders: impl Iterator<Item = PathBuf>, names: &[&str]) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    folders
        .flat_map(|folder| {
            names
                .iter()
                .map(move |name| folder.join(format!("{name}{EXE_SUFFIX}")))
                .collect::<Vec<_>>()
        })
        .filter_map(|program| real(&program).ok())
        .filter(|program| program.is_file() && seen.insert(program.clone()))
        .collect()
}

async fn version_line(program: &Path) -> Option<String> {
    let asked = Command::new(program)
        .arg("--version")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(VERSION_LIMIT, asked).await.ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(str::to_owned)
}

/// The digits that a version starts with: `15` of `15.18` and of `15beta2`.
fn leading_number(version: &str) -> Option<u32> {
    let end = version
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(version.len());
    version.get(..end)?.parse().ok()
}
