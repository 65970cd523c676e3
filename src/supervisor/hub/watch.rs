//! Services that are started again when a file changes.

use camino::{Utf8Path, Utf8PathBuf};
use tokio::time::Instant;

use super::Hub;
use crate::service::event::Event;
use crate::service::fleet::{Id, Input, Why};
use crate::system::fs;
use crate::system::watch::Watcher;

/// Files that go on changing are not waited for longer than so many times the usual.
const MOST: u32 = 10;

/// A change that a service has not been started again for.
#[derive(Debug)]
pub(super) struct Touched {
    /// The first file that changed.
    file: Utf8PathBuf,
    since: Instant,
    /// When it is acted on.
    pub(super) due: Instant,
}

/// Waits for the next change; for ever without a watcher.
pub(super) async fn next(watcher: &mut Option<Watcher>) -> Utf8PathBuf {
    if let Some(open) = watcher
        && let Some(path) = open.next().await
    {
        return path;
    }
    std::future::pending().await
}

impl Hub {
    /// Begins to watch what services want to be watched.
    pub(super) fn watch(&mut self) -> Option<Watcher> {
        let services = self.fleet.services().to_vec();
        let mut watcher = None;
        for service in &services {
            let Some(watch) = &service.watch else {
                continue;
            };
            for path in &watch.paths {
                let opened = match &mut watcher {
                    Some(_) => Ok(()),
                    None => Watcher::new().map(|new| watcher = Some(new)),
                };
                let added = opened.and_then(|()| match &mut watcher {
                    Some(watcher) => watcher.add(path, &|dir| watch.enters(dir)),
                    None => Ok(()),
                });
                if let Err(error) = added {
                    let line = format!("{} is not watched for changes: {error}", service.name);
                    self.push(&Event::Trouble(&line));
                }
            }
        }
        watcher
    }

    /// A file changed: whom does it concern?
    pub(super) fn touched(&mut self, path: &Utf8Path, watcher: &mut Option<Watcher>) {
        let now = Instant::now();
        let services = self.fleet.services();
        let wishes = services.iter().map(|service| service.watch.as_ref());
        for (slot, watch) in self.slots.iter_mut().zip(wishes) {
            let Some(watch) = watch else { continue };
            // What is made or moved there is watched from now on.
            if let Some(watcher) = watcher
                && watch.enters(path)
                && fs::is_dir(path)
            {
                let _ = watcher.add(path, &|dir| watch.enters(dir));
                continue;
            }
            if !watch.concerns(path) {
                continue;
            }
            let touched = slot.touched.get_or_insert_with(|| Touched {
                file: path.to_owned(),
                since: now,
                due: now,
            });
            touched.due = (now + watch.debounce).min(touched.since + watch.debounce * MOST);
        }
    }

    /// Starts again what is due.
    pub(super) fn renew_touched(&mut self, id: Id) {
        let now = Instant::now();
        if let Some(touched) = self.slots[id].touched.take_if(|touched| touched.due <= now) {
            let root = &self.launcher.root;
            let shown = touched.file.strip_prefix(root).unwrap_or(&touched.file);
            self.input(Input::RestartOne(id, Why::File(shown.to_string())));
        }
    }
}
