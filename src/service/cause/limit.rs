//! What the machine has no more of.

use super::pattern::has;
use super::{Cause, Speaker, cause};

/// inotify's limit, as Node, webpack's and Rust's watchers say it.
const NO_WATCHES: &[&str] = &[
    "number of file watchers reached",
    "inotify watch limit",
    "file watch limit reached",
];

/// That of its instances, as Python's watchers say it.
const NO_INSTANCES: &[&str] = &["inotify instance limit"];

pub(super) fn of(speaker: Speaker<'_>, line: &str, lines: &[&str]) -> Option<Cause> {
    if has(line, &["heap out of memory"]) {
        return Some(cause(
            "JavaScript ran out of its memory",
            speaker.way(
                "NODE_OPTIONS=--max-old-space-size=4096 pixcrawler dev",
                "NODE_OPTIONS=--max-old-space-size=4096 in .env, beside the Procfile",
            ),
        ));
    }
    // Node says the code in a line of its own behind the message.
    let is_disk = has(line, &["No space left on device", "ENOSPC"]);
    if has(line, NO_WATCHES) || is_disk && lines.iter().any(|line| has(line, NO_WATCHES)) {
        return Some(cause(
            "all file watches of this user are taken",
            "sudo sysctl fs.inotify.max_user_watches=524288   (twice of what it is, where it is that already)",
        ));
    }
    if is_disk {
        return Some(cause("the disk is full", "df -h .   shows how full"));
    }
    let are_files = |line: &str| has(line, &["EMFILE", "oo many open files"]);
    if are_files(line) || has(line, NO_INSTANCES) {
        // Node says of a watcher that there is none: that is another limit.
        let watches =
            |line: &&str| are_files(line) && line.contains(", watch") || has(line, NO_INSTANCES);
        if lines.iter().any(watches) {
            return Some(cause(
                "this user has as many watchers of files as the system allows",
                "sudo sysctl fs.inotify.max_user_instances=512   (twice of what it is, where it is that already)",
            ));
        }
        return Some(cause(
            format!(
                "`{}` has as many files and connections open as it may",
                speaker.service
            ),
            speaker.way(
                "ulimit -n 10240 && pixcrawler dev   and pixcrawler doctor, where that is not allowed",
                "ulimit -n 10240   then start again, in the same terminal",
            ),
        ));
    }
    let is_python = line
        .trim()
        .strip_prefix("MemoryError")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    let is_allocation = has(line, &["Cannot allocate memory", "ENOMEM"]);
    (is_python || is_allocation).then(|| {
        cause(
            format!("the system gives `{}` no more memory", speaker.service),
            speaker.way(
                "pixcrawler doctor   shows what is left; end other programs, or give it less work at a time",
                "end other programs, or give it less work at a time",
            ),
        )
    })
}
