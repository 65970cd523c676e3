//! Processes that live in a folder: whose working folder it is, or whose command names it.

use camino::{Utf8Path, Utf8PathBuf};
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use crate::settings;

/// One process with what a person wants to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Its number.
    pub pid: u32,
    /// Its parent's number.
    pub parent: u32,
    /// Its program's name.
    pub name: String,
    /// Its words.
    pub command: Vec<String>,
    /// The folder that it works in, where that can be seen.
    pub cwd: Option<Utf8PathBuf>,
    /// Whether a session of ours started it; none where the system does not let us see.
    pub supervised: Option<bool>,
}

/// Every process that works in `dir` or below, or whose program or script lies there.
#[must_use]
pub fn residents(dir: &Utf8Path) -> Vec<Resident> {
    let Ok(mut system) = System::new() else {
        return Vec::new();
    };
    let kind = ProcessRefreshKind::nothing()
        .with_cmd(UpdateKind::Always)
        .with_cwd(UpdateKind::Always)
        .with_environ(UpdateKind::Always)
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    let real = dir.canonicalize_utf8().unwrap_or_else(|_| dir.to_owned());
    let mut found: Vec<Resident> = system
        .processes()
        .values()
        .filter(|process| {
            !matches!(
                process.status(),
                ProcessStatus::Zombie | ProcessStatus::Dead
            )
        })
        .filter_map(|process| {
            let cwd = process
                .cwd()
                .and_then(|path| Utf8PathBuf::from_path_buf(path.to_owned()).ok());
            let command: Vec<String> = process
                .cmd()
                .iter()
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
            let lives = cwd.as_ref().is_some_and(|cwd| cwd.starts_with(&real))
                || command
                    .iter()
                    .take(2)
                    .any(|word| Utf8Path::new(word).starts_with(&real));
            let marked = |word: &std::ffi::OsString| {
                word.to_string_lossy()
                    .strip_prefix(settings::SERVICE)
                    .is_some_and(|rest| rest.starts_with('='))
            };
            lives.then(|| Resident {
                pid: process.pid().as_u32(),
                parent: process.parent().map_or(0, Pid::as_u32),
                name: process.name().to_string_lossy().into_owned(),
                supervised: (!process.environ().is_empty())
                    .then(|| process.environ().iter().any(marked)),
                command,
                cwd,
            })
        })
        .collect();
    found.sort_by_key(|process| process.pid);
    found
}
