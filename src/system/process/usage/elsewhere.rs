//! macOS and Windows: what `sysinfo` tells.

use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::Taken;

pub(super) fn taken(pid: u32) -> Option<Taken> {
    let mut system = System::new().ok()?;
    let pid = Pid::from_u32(pid);
    let kind = ProcessRefreshKind::nothing()
        .with_cpu()
        .with_memory()
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
    let process = system.process(pid)?;
    Some(Taken {
        cpu: Duration::from_millis(process.accumulated_cpu_time()),
        own: process.memory(),
        shared: 0,
    })
}
