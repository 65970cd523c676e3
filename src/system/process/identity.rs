//! Who a process is: more than its number, which the system gives out again.

use camino::Utf8PathBuf;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::{Stamp, table};
use crate::settings;

/// A process, as far as it may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub pid: u32,
    /// Its parent's number, where it has one.
    pub parent: Option<u32>,
    /// Its program's name.
    pub name: String,
    /// The folder that it works in, where that can be seen.
    pub cwd: Option<Utf8PathBuf>,
    /// Its whole command.
    pub command: String,
    /// When it was started: seconds since 1970.
    pub started: u64,
    /// The mark of the session and the service that it carries: `SESSION/SERVICE`.
    pub mark: Option<String>,
    /// The number that it carries in place of a mark that it may have lost; any other one is no stamp.
    pub stamp: Option<u64>,
}

impl Identity {
    /// Session and service of the mark.
    #[must_use]
    pub fn parts(&self) -> Option<(&str, &str)> {
        self.mark.as_deref()?.split_once('/')
    }

    /// Whether a session started it, or what it came of.
    #[must_use]
    pub fn is_of(&self, session: &str) -> bool {
        match self.parts() {
            Some((mark, _)) => mark == session,
            None => self
                .stamp
                .is_some_and(|number| Stamp::is_of(session, number)),
        }
    }
}

/// Who that process is; none when it is gone, or hidden from us.
#[must_use]
pub fn identity(pid: u32) -> Option<Identity> {
    let mut system = System::new().ok()?;
    let id = Pid::from_u32(pid);
    let what = ProcessRefreshKind::nothing()
        .with_cmd(UpdateKind::Always)
        .with_cwd(UpdateKind::Always)
        .with_environ(UpdateKind::Always)
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[id]), true, what);
    let process = system.process(id)?;
    let words: Vec<String> = process
        .cmd()
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let prefix = format!("{}=", settings::SERVICE);
    let mark = process
        .environ()
        .iter()
        .find_map(|entry| Some(entry.to_str()?.strip_prefix(&prefix)?.to_owned()));
    Some(Identity {
        pid,
        parent: process.parent().map(Pid::as_u32),
        name: process.name().to_string_lossy().into_owned(),
        cwd: process
            .cwd()
            .and_then(|path| Utf8PathBuf::from_path_buf(path.to_owned()).ok()),
        command: words.join(" "),
        started: process.start_time(),
        mark,
        stamp: table::stamp(pid),
    })
}
