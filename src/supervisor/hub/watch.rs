//! Services that are started again when a file changes.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::time::Instant;

use super::super::home::Home;
use super::Hub;
use crate::service::event::Event;
use crate::service::fleet::{Id, Input, State, Why};
use crate::service::{Service, Watch};
use crate::system::watch::{self, Watcher};
use crate::system::{fs, our_output};

/// Files that go on changing are not waited for longer than so many times the usual.
const MOST: u32 = 10;

/// A change that a service has not been started again for.
#[derive(Debug)]
pub(super) struct Touched {
    /// The first file that changed and is still there, or the first of all.
    file: Utf8PathBuf,
    since: Instant,
    /// When it is acted on.
    pub(super) due: Instant,
    /// It was said that there is no folder to start the service in.
    told: bool,
}

/// Time between two looks whether the folder of a service that is to be started again is back.
pub(super) const AWAY: Duration = Duration::from_millis(250);

/// What is said of a service that is to be started again, and whose folder is not there.
pub(super) fn away(home: &Home, service: &Service) -> String {
    let (cwd, name) = (&service.cwd, &service.name);
    let (shown, fate) = (shown(&home.root, cwd), Home::fate(cwd));
    let way_on = home.way_on();
    let way_on = way_on.map_or_else(String::new, |way_on| format!("; {way_on}"));
    format!("{shown} {fate}: {name}, which runs there, is started again once it is back{way_on}")
}

/// Takes the files below a folder that went out of those that are known, and hands on the first of them.
fn take_below(known: &mut BTreeSet<Utf8PathBuf>, dir: &Utf8Path) -> Option<Utf8PathBuf> {
    let below = known.range(dir.to_owned()..);
    let below: Vec<Utf8PathBuf> = below
        .take_while(|file| file.starts_with(dir))
        .cloned()
        .collect();
    for file in &below {
        known.remove(file);
    }
    below.into_iter().next()
}

/// A path as it is shown: below the workspace, where it is there.
fn shown<'a>(root: &Utf8Path, path: &'a Utf8Path) -> &'a Utf8Path {
    match path.strip_prefix(root) {
        Ok(below) if !below.as_str().is_empty() => below,
        _ => path,
    }
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

/// The folders on the way to a place that are there, through which it comes back when it was removed:
/// `git checkout` does that.
pub(super) fn way<'a>(root: &Utf8Path, place: &'a Utf8Path) -> Vec<&'a Utf8Path> {
    // The workspace does not come back, and whatever else happens above it is not ours.
    let above = place
        .ancestors()
        .skip(1)
        .filter(|_| !root.starts_with(place));
    let mut way = Vec::new();
    for dir in above {
        if !way.is_empty() && !dir.starts_with(root) {
            break;
        }
        if fs::is_dir(dir) {
            way.push(dir);
        }
    }
    way
}

/// Watches one place of a service, with the folders on the way to it. Tells which files are there; false
/// when there is nothing yet.
fn follow(
    watcher: &mut Watcher,
    watch: &Watch,
    root: &Utf8Path,
    place: &Utf8Path,
    there: &mut dyn FnMut(Utf8PathBuf),
) -> io::Result<bool> {
    let is_there = place.exists();
    for dir in way(root, place) {
        watcher.add_folder(dir)?;
    }
    if is_there {
        watcher.add(place, &|dir| watch.enters(dir), there)?;
    }
    Ok(is_there)
}

impl Hub {
    /// Begins to watch what services want to be watched.
    pub(super) fn watch(&mut self) -> Option<Watcher> {
        let services = self.fleet.services().to_vec();
        let mut watcher = None;
        for (id, service) in services.iter().enumerate() {
            self.slots[id].known.clear();
            let Some(watch) = &service.watch else {
                continue;
            };
            let opened = match &mut watcher {
                Some(_) => Ok(()),
                None => Watcher::new().map(|new| watcher = Some(new)),
            };
            let Some(watcher) = &mut watcher else {
                let why = opened
                    .err()
                    .map_or(String::new(), |error| format!(": {error}"));
                let line = format!("{} is not watched for changes{why}", service.name);
                self.push(&Event::Trouble(&line));
                continue;
            };
            for place in watch.places() {
                let root = &self.launcher.home.root;
                let shown = shown(root, place);
                let name = &service.name;
                let known = &mut self.slots[id].known;
                let mut there = |file: Utf8PathBuf| {
                    if watch.concerns(&file) {
                        known.insert(file);
                    }
                };
                let trouble = match follow(watcher, watch, root, place, &mut there) {
                    Ok(true) => continue,
                    Ok(false) => format!(
                        "{shown} is not there yet: {name}, which watches it, is started again once it is made"
                    ),
                    Err(error) => {
                        format!("changes in {shown} do not start {name} again: {error}")
                    }
                };
                self.push(&Event::Trouble(&trouble));
            }
        }
        watcher
    }

    /// A file changed: whom does it concern?
    pub(super) fn touched(&mut self, path: &Utf8Path, watcher: &mut Option<Watcher>) {
        let now = Instant::now();
        let services = self.fleet.services();
        let wishes = services.iter().map(|service| service.watch.as_ref());
        let Some(watcher) = watcher else { return };
        // What we say of a new start would be the next one's cause.
        if our_output::goes_to(path) {
            return;
        }
        // The workspace's own folder may be renamed, and back: what was watched in it still is. What stands
        // at its place meanwhile is another's.
        let home = &self.launcher.home;
        if home.root.starts_with(path) || home.is_strange(path) {
            return;
        }
        let is_folder = fs::is_dir(path);
        // Of a folder that was moved away nobody tells what was in it.
        let went = !path.exists() && watcher.went(path);
        for (slot, watch) in self.slots.iter_mut().zip(wishes) {
            let Some(watch) = watch else { continue };
            let mut changed = None;
            if is_folder {
                // What is made or moved there is watched from now on, and what came with it came
                // before anybody looked.
                let known = &mut slot.known;
                let mut came = |file: Utf8PathBuf| {
                    if watch.concerns(&file) {
                        known.insert(file.clone());
                        changed.get_or_insert(file);
                    }
                };
                if watch.enters(path) && !watch::leads_upwards(path) {
                    let _ = watcher.add(path, &|dir| watch.enters(dir), &mut came);
                }
                for place in watch.places().filter(|place| place.starts_with(path)) {
                    if place != path {
                        let _ = follow(watcher, watch, &self.launcher.home.root, place, &mut came);
                    }
                }
            } else if went {
                changed = take_below(&mut slot.known, path);
            } else if watch.concerns(path) {
                if path.exists() {
                    slot.known.insert(path.to_owned());
                    // A link that is new leads to another file.
                    if path.is_symlink() {
                        let _ = watcher.add(path, &|_| false, &mut |_| {});
                    }
                } else if !slot.known.remove(path) {
                    // The second news of a folder that went, or a file that came and went at once.
                    continue;
                }
                changed = Some(path.to_owned());
            }
            let Some(file) = changed else { continue };
            let touched = slot.touched.get_or_insert_with(|| Touched {
                file: file.clone(),
                since: now,
                due: now,
                told: false,
            });
            // An editor writes beside a file and renames: what it had for a moment nobody knows.
            if touched.file != file && !touched.file.exists() && file.exists() {
                touched.file = file;
            }
            touched.due = (now + watch.debounce).min(touched.since + watch.debounce * MOST);
        }
    }

    /// Starts again what is due, unless the folder that it runs in is away: a start would fail, and the
    /// session end with it. `git checkout` and generators take a folder away for a moment.
    pub(super) fn renew_touched(&mut self, id: Id) {
        let now = Instant::now();
        let due = |touched: &mut Touched| touched.due <= now;
        let Some(mut touched) = self.slots[id].touched.take_if(due) else {
            return;
        };
        let home = &self.launcher.home;
        let service = &self.fleet.services()[id];
        let is_started = !matches!(
            self.fleet.machine(id).state,
            State::Waiting | State::Stopped
        );
        if is_started && !home.has(&service.cwd) {
            let line = away(home, service);
            let was_told = std::mem::replace(&mut touched.told, true);
            touched.due = now + AWAY;
            self.slots[id].touched = Some(touched);
            if !was_told {
                self.push(&Event::Trouble(&line));
            }
            return;
        }
        let file = shown(&home.root, &touched.file).to_string();
        self.input(Input::RestartOne(id, Why::File(file)));
    }
}
