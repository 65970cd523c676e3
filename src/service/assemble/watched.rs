//! The files whose changes start a service again, as `pixcrawler.toml` names them.

use crate::workspace::WatchOptions;

use super::super::{Service, Watch};
use super::checks::Complaint;

/// What is watched for a service; none where its settings switch that off.
pub(super) fn watch(service: &Service, written: &WatchOptions) -> Result<Option<Watch>, Complaint> {
    let of = |paths: &[String]| Watch {
        paths: if paths.is_empty() {
            vec![service.cwd.clone()]
        } else {
            paths.iter().map(|path| service.cwd.join(path)).collect()
        },
        home: service.cwd.clone(),
        only: Vec::new(),
        ignore: Vec::new(),
        debounce: Watch::DEBOUNCE,
    };
    let (key, paths): (&'static [&'static str], &[String]) = match written {
        WatchOptions::Switch(_) => (&[], &[]),
        WatchOptions::Paths(paths) => (&["watch"], paths),
        WatchOptions::Table(table) => (&["watch", "paths"], &table.paths),
    };
    if let Some(why) = paths.iter().find_map(|path| Watch::complaint_of_path(path)) {
        return Err((key, why));
    }
    if let WatchOptions::Table(table) = written {
        let only = table.only.iter().map(|it| (&["watch", "only"], it));
        let ignore = table.ignore.iter().map(|it| (&["watch", "ignore"], it));
        for (key, pattern) in only.clone().chain(ignore) {
            if let Some(why) = Watch::complaint(pattern) {
                return Err((key, why));
            }
        }
        for (key, pattern) in only {
            if let Some(why) = Watch::complaint_of_only(pattern) {
                return Err((key, why));
            }
        }
    }
    Ok(match written {
        WatchOptions::Switch(false) => None,
        // What was detected knows better which files matter.
        WatchOptions::Switch(true) => Some(service.watch.clone().unwrap_or_else(|| of(&[]))),
        WatchOptions::Paths(paths) => Some(of(paths)),
        WatchOptions::Table(table) => Some(Watch {
            only: table.only.clone(),
            ignore: table.ignore.clone(),
            debounce: table.debounce.map_or(Watch::DEBOUNCE, |time| time.0),
            ..of(&table.paths)
        }),
    })
}
