//! Where a managed Postgres keeps its data.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use super::account::{self, Account};
use super::files::{folder, real, refused};
use super::surroundings::Surroundings;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::aside;
use crate::text::command::Command;

/// The folders and files of one server, side by side in a folder that its account can enter.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The data folder; may not exist yet.
    pub(super) data: PathBuf,
    /// Where a new data folder grows before it takes its name, so that a half-made one never has it.
    pub(super) staging: PathBuf,
    /// The administrator's password.
    pub(super) password: PathBuf,
    /// The account that owns the data, when it is not ours.
    pub(super) account: Option<Account>,
}

impl Place {
    /// The place of the server `name` of `workspace`: `.pixcrawler/NAME`, or where a link of that name points.
    /// Creates the folders around the data, and for root the link.
    pub(super) fn of(
        name: &str,
        workspace: &Path,
        surroundings: &Surroundings,
    ) -> Result<Self, Failure> {
        let home = workspace.join(".pixcrawler");
        let account = account::unprivileged(surroundings.sudo_uid)?;
        if !home.is_dir() {
            folder(&home, 0o755)?;
            if let Some(caller) = account
                .as_ref()
                .filter(|account| Some(account.uid) == surroundings.sudo_uid)
            {
                caller
                    .own(&home)
                    .map_err(refused("change the owner of", &home))?;
            }
        }
        // A relative path would mean something else to a server with another working directory.
        let home = real(&home).map_err(refused("open", &home))?;
        let link = home.join(name);
        let place = if let Ok(target) = fs::read_link(&link) {
            let data = home.join(target);
            if let Some(parent) = data.parent() {
                folder(parent, 0o711)?;
            }
            Self::at(data, account)
        } else if link.join("PG_VERSION").exists()
            || account
                .as_ref()
                .is_none_or(|account| account.can_reach(&home))
        {
            Self::at(link, account)
        } else {
            let data = shared_folder(workspace, surroundings)?.join(name);
            set_aside(&data)?;
            // An empty folder is in the way of the link, anything else is for its owner to decide about.
            let _ = fs::remove_dir(&link);
            link_to(&data, &link).map_err(refused("create the link", &link))?;
            Self::at(data, account)
        };
        place.with_owner()
    }

    fn at(data: PathBuf, account: Option<Account>) -> Self {
        Self {
            staging: beside(&data, "initdb"),
            password: beside(&data, "password"),
            data,
            account,
        }
    }

    /// Postgres insists on owning its data: existing data decides who runs it.
    fn with_owner(mut self) -> Result<Self, Failure> {
        if !self.data.is_dir() {
            return Ok(self);
        }
        let Some(owner) = account::owner(&self.data) else {
            return Ok(self);
        };
        if account::is_root() && owner.uid != 0 {
            if !self
                .data
                .parent()
                .is_some_and(|folder| owner.can_reach(folder))
            {
                return Err(Failure::new(
                    Exit::Findings,
                    format!(
                        "the user {} owns the data in {} and cannot enter the folders above it",
                        owner.name,
                        self.data.display()
                    ),
                )
                .help(format!(
                    "chmod o+x the folders above it, or start afresh: {}",
                    move_away(&self.data)
                )));
            }
            self.account = Some(owner);
        } else if account::our_uid().is_some_and(|uid| uid != owner.uid) {
            return Err(Failure::new(
                Exit::Findings,
                format!(
                    "the Postgres data folder {} belongs to the user {}",
                    self.data.display(),
                    owner.name
                ),
            )
            .help(
                // A server that was left behind there would break: what is not ours we cannot see.
                Command::new("sudo pixcrawler stop && sudo chown -R \"$(id -un)\"")
                    .paths([&self.data, &self.password].map(|path| path.to_string_lossy()))
                    .to_string(),
            ));
        }
        Ok(self)
    }
}

/// `DATA.suffix`, in the same folder.
pub(super) fn beside(data: &Path, suffix: &str) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    data.with_file_name(name)
}

/// The command that keeps a data folder and clears its place.
pub(super) fn move_away(data: &Path) -> String {
    aside::command(Utf8Path::new(&data.to_string_lossy()))
}

/// `/var/lib/pixcrawler/HASH/`, one for each path of a workspace.
fn shared_folder(workspace: &Path, surroundings: &Surroundings) -> Result<PathBuf, Failure> {
    let path = real(workspace).map_err(refused("open", workspace))?;
    let mut hash = String::new();
    for byte in Sha256::digest(path.as_os_str().as_encoded_bytes())
        .iter()
        .take(8)
    {
        let _ = write!(hash, "{byte:02x}");
    }
    folder(&surroundings.shared, 0o755)?;
    let shared = surroundings.shared.join(hash);
    folder(&shared, 0o711)?;
    Ok(shared)
}

/// Data without a link is that of an earlier workspace at the same path: kept one more time, but never taken over.
fn set_aside(data: &Path) -> Result<(), Failure> {
    for path in [data.to_owned(), beside(data, "password")] {
        if fs::symlink_metadata(&path).is_err() {
            continue;
        }
        let old = beside(&path, "old");
        let _ = fs::remove_dir_all(&old);
        let _ = fs::remove_file(&old);
        fs::rename(&path, &old).map_err(refused("move away", &path))?;
    }
    Ok(())
}

#[cfg(unix)]
fn link_to(data: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(data, link)
}

#[cfg(windows)]
fn link_to(data: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(data, link)
}
