//! macOS and Windows: the process table of the system.

use camino::{Utf8Path, Utf8PathBuf};
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::{Resident, is_mark, lives};

/// Those that live in `dir`.
pub(super) fn residents(dir: &Utf8Path) -> Vec<Resident> {
    let Ok(mut system) = System::new() else {
        return Vec::new();
    };
    let kind = ProcessRefreshKind::nothing()
        .with_cmd(UpdateKind::Always)
        .with_cwd(UpdateKind::Always)
        .with_environ(UpdateKind::Always)
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    system
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
            let environment = process.environ();
            lives(dir, cwd.as_ref(), &command).then(|| Resident {
                pid: process.pid().as_u32(),
                parent: process.parent().map_or(0, Pid::as_u32),
                name: process.name().to_string_lossy().into_owned(),
                supervised: (!environment.is_empty()).then(|| {
                    environment
                        .iter()
                        .any(|variable| is_mark(&variable.to_string_lossy()))
                }),
                command,
                cwd,
            })
        })
        .collect()
}
