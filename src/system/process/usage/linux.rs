//! Linux: `/proc`.
#![expect(clippy::disallowed_methods, reason = "this is the boundary")]

use std::fs;
use std::time::Duration;

use nix::unistd::{SysconfVar, sysconf};

use super::Taken;

pub(super) fn taken(pid: u32) -> Option<Taken> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let mut pages = statm.split_ascii_whitespace().skip(1);
    let resident: u64 = pages.next()?.parse().ok()?;
    let shared: u64 = pages.next()?.parse().ok()?;
    let page = system(SysconfVar::PAGE_SIZE, 4096);
    Some(Taken {
        cpu: Duration::from_millis(ticks(&stat)? * 1000 / system(SysconfVar::CLK_TCK, 100)),
        own: resident.saturating_sub(shared) * page,
        shared: shared * page,
    })
}

/// Time on processors, in the system's ticks: the 14th and the 15th field. The second may hold
/// spaces and parentheses.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat[stat.rfind(')')? + 1..]
        .split_ascii_whitespace()
        .skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let kernel: u64 = fields.next()?.parse().ok()?;
    Some(user + kernel)
}

fn system(what: SysconfVar, otherwise: u64) -> u64 {
    let value = sysconf(what).ok().flatten();
    value
        .and_then(|value| u64::try_from(value).ok())
        .filter(|value| *value > 0)
        .unwrap_or(otherwise)
}
