//! What the machine offers, read once: tests give their own.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::settings;

/// Where servers, uv and caches are looked for.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// `PATH`.
    pub path: OsString,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The user's cache folder: `XDG_CACHE_HOME` or `~/.cache`, on Windows `LOCALAPPDATA`.
    pub cache: Option<PathBuf>,
    /// Data and tools of root, for accounts that cannot enter root's folders: `/var/lib/pixcrawler`.
    pub shared: PathBuf,
    /// Who called `sudo`, from `SUDO_UID`.
    pub sudo_uid: Option<u32>,
    /// Ignore the servers that this machine has, and take the pinned wheels.
    pub wheels_only: bool,
    /// The mark of the running session: `initdb` and uv carry it, so that a guard finds them too.
    pub session: Option<String>,
    /// The names of all servers of the session.
    pub servers: Vec<String>,
}

impl Surroundings {
    /// As the process environment describes them.
    #[must_use]
    pub fn new(variables: &BTreeMap<String, String>) -> Self {
        let value = |name: &str| variables.get(name).filter(|value| !value.is_empty());
        let folder = |name: &str| {
            value(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home =
            folder(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).or_else(env::home_dir);
        let cache = if cfg!(windows) {
            folder("LOCALAPPDATA")
        } else {
            folder("XDG_CACHE_HOME").or_else(|| home.as_ref().map(|home| home.join(".cache")))
        };
        // Windows says `Path`.
        let path = variables
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("PATH"));
        Self {
            path: path.map(|(_, value)| value.into()).unwrap_or_default(),
            home,
            cache,
            shared: PathBuf::from("/var/lib/pixcrawler"),
            sudo_uid: value("SUDO_UID").and_then(|uid| uid.parse().ok()),
            session: None,
            servers: Vec::new(),
            wheels_only: value(settings::MANAGED_FROM).is_some_and(|value| value == "wheels"),
        }
    }

    /// Marks a command that prepares a server, and takes it out of the terminal's reach: what a Ctrl+C means for it
    /// is decided by us alone.
    pub(super) fn mark(&self, command: &mut Command) {
        if let Some(session) = &self.session {
            command
                .env(settings::SESSION, session)
                .env(settings::SERVICE, format!("{session}/prepare"));
        }
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
    }
}
