//! Env files that change while the services run.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::time::Instant;

use super::super::environment::{Again, EnvFiles, Reading, Renewed};
use super::super::home::Home;
use super::super::news::News;
use super::watch::{AWAY, way};
use super::{Hub, Slot};
use crate::service::Watch;
use crate::service::event::Event;
use crate::service::fleet::{Fleet, Id, Input, Why};
use crate::system::fs;
use crate::system::watch::{Watcher, places};

/// Changes within this time are one: an editor writes beside the file and renames, and people save
/// two files at once.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// Files that go on changing are read after this time all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks at a file's way until nothing came on it while it was being watched; who goes on making folders
/// there is heard of by those that are watched.
const LOOKS: usize = 4;

/// The env files of the session, and which of them changed since they were read.
#[derive(Default)]
pub(super) struct Watched {
    files: Option<Arc<dyn EnvFiles>>,
    changed: Vec<Utf8PathBuf>,
    since: Option<Instant>,
    due: Option<Instant>,
    reading: bool,
    /// It was said that they are not read while the workspace is not at its place.
    told: bool,
    /// Since when they are not what services were given.
    astray: Option<Instant>,
    /// What decides what stands in each of them: its own place, and where links lead.
    places: BTreeMap<Utf8PathBuf, Vec<Utf8PathBuf>>,
    /// Those that were there at the last look.
    there: BTreeSet<Utf8PathBuf>,
}

/// An env file that a change concerns.
struct Concerned {
    file: Utf8PathBuf,
    /// A folder on the way to it came or went.
    by_folder: bool,
}

impl Watched {
    pub(super) fn new(files: Option<Arc<dyn EnvFiles>>) -> Self {
        Self {
            files,
            ..Self::default()
        }
    }

    /// When they are to be read again.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.reading)
    }

    /// Which of them a change of that path concerns.
    fn concerned(&self, path: &Utf8Path, root: &Utf8Path) -> Vec<Concerned> {
        let concerned = self.places.iter().filter_map(|(file, places)| {
            let is_it = places.iter().any(|place| place == path);
            // What happens to the workspace's own folder concerns none of them.
            let by_folder = !is_it
                && !root.starts_with(path)
                && places.iter().any(|place| place.starts_with(path));
            (is_it || by_folder).then(|| Concerned {
                file: file.clone(),
                by_folder,
            })
        });
        let concerned: Vec<Concerned> = concerned.collect();
        if !concerned.is_empty() {
            return concerned;
        }
        let named = self.named(path, root).map(|file| Concerned {
            file,
            by_folder: false,
        });
        named.into_iter().collect()
    }

    /// Some systems name the same file another way than we do.
    fn named(&self, path: &Utf8Path, root: &Utf8Path) -> Option<Utf8PathBuf> {
        let files = self.files.as_ref()?.files();
        let same = |file: &&Utf8PathBuf| path.ends_with(file.strip_prefix(root).unwrap_or(file));
        let length = |file: &&Utf8PathBuf| file.as_str().len();
        files.iter().filter(same).max_by_key(length).cloned()
    }

    /// Watches what decides what stands in a file, whether it is there or not: its folder and those on the
    /// way to it, which may come and go, and where links lead, since who shares an env file edits it there.
    fn follow(
        &mut self,
        watcher: &mut Watcher,
        file: &Utf8Path,
        root: &Utf8Path,
    ) -> io::Result<()> {
        let mut before = BTreeSet::new();
        for _ in 0..LOOKS {
            let places = places(file);
            let mut folders: BTreeSet<Utf8PathBuf> = BTreeSet::new();
            for dir in places.iter().filter_map(|place| place.parent()) {
                folders.extend(way(root, dir).into_iter().map(Utf8Path::to_owned));
                folders.extend(fs::is_dir(dir).then(|| dir.to_owned()));
            }
            self.places.insert(file.to_owned(), places);
            if folders == before {
                break;
            }
            for dir in &folders {
                match watcher.add_folder(dir) {
                    // It went while we looked.
                    Err(_) if !fs::is_dir(dir) => {}
                    other => other?,
                }
            }
            before = folders;
        }
        Ok(())
    }

    /// Takes note whether a file is there; whether it is, or was until now.
    fn look(&mut self, file: &Utf8Path) -> bool {
        if fs::is_file(file) {
            self.there.insert(file.to_owned());
            true
        } else {
            self.there.remove(file)
        }
    }
}

impl Hub {
    /// Begins to watch the env files, also where they are not there yet.
    pub(super) fn watch_env(&mut self) -> Option<Watcher> {
        let files = self.env.files.clone()?;
        let root = self.launcher.home.root.clone();
        let opened = Watcher::new().and_then(|mut watcher| {
            for file in files.files() {
                self.env.follow(&mut watcher, file, &root)?;
                self.env.look(file);
            }
            Ok(watcher)
        });
        match opened {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                let line = format!("env files are not watched for changes: {error}");
                self.push(&Event::Trouble(&line));
                None
            }
        }
    }

    /// Something changed beside the env files or on the way to them, or one of them did.
    pub(super) fn env_touched(&mut self, path: &Utf8Path, watcher: &mut Option<Watcher>) {
        let root = self.launcher.home.root.clone();
        for Concerned { file, by_folder } in self.env.concerned(path, &root) {
            if let Some(watcher) = watcher {
                if by_folder && !fs::exists(path) {
                    watcher.went(path);
                }
                // A folder that came is another one than before, and so may be what a link leads to.
                let _ = self.env.follow(watcher, &file, &root);
            }
            if self.env.look(&file) || !by_folder {
                self.env_changed(file);
            }
        }
    }

    /// This file is to be read again in a moment.
    fn env_changed(&mut self, file: Utf8PathBuf) {
        let now = Instant::now();
        let since = *self.env.since.get_or_insert(now);
        self.env.due = Some((now + DEBOUNCE).min(since + PATIENCE));
        self.env.astray.get_or_insert(since);
        if !self.env.changed.contains(&file) {
            self.env.changed.push(file);
            if let Some(files) = self.env.files.clone() {
                tokio::task::spawn_blocking(move || files.learn());
            }
        }
    }

    /// Reads them again, if it is time.
    pub(super) fn read_env(&mut self) {
        let is_due = self.env.due().is_some_and(|due| due <= Instant::now());
        let (true, Some(files)) = (is_due, self.env.files.clone()) else {
            return;
        };
        // Without their files services would be given nothing, and those of another workspace are not theirs.
        let home = &self.launcher.home;
        if let Some(way_on) = home.way_on() {
            let (root, fate) = (&home.root, Home::fate(&home.root));
            let line = format!("{root} {fate}: no service gets what was saved; {way_on}");
            self.env.due = Some(Instant::now() + AWAY);
            if !std::mem::replace(&mut self.env.told, true) {
                self.push(&Event::Trouble(&line));
            }
            return;
        }
        (self.env.due, self.env.since) = (None, None);
        (self.env.reading, self.env.told) = (true, false);
        let changed = std::mem::take(&mut self.env.changed);
        let (hub, standing) = (self.sender.clone(), self.fleet.standings());
        tokio::task::spawn_local(async move {
            let read = tokio::task::spawn_blocking(move || files.read(&changed, &standing)).await;
            let _ = hub.send(News::EnvRead(Box::new(read.ok()))).await;
        });
    }

    /// Says what was found, and starts again whom it concerns.
    pub(super) fn env_read(&mut self, reading: Option<Reading>) {
        self.env.reading = false;
        let Some(reading) = reading else {
            return self.push(&Event::Trouble("the env files could not be read again"));
        };
        for file in reading.again {
            self.env_changed(file);
        }
        for finding in &reading.findings {
            self.push(&Event::Finding(finding));
        }
        for line in &reading.troubles {
            self.push(&Event::Trouble(line));
        }
        for line in &reading.remarks {
            self.push(&Event::Remark(line));
        }
        if let Some(renewed) = reading.renewed {
            self.renew(renewed);
        }
    }

    /// What services get, and what they are, from now on.
    fn renew(&mut self, renewed: Renewed) {
        let mut concerned = self.concerned(&renewed.restarts);
        let astray = std::mem::replace(&mut self.env.astray, self.env.since);
        concerned.extend(self.misled(&renewed.mended, astray));
        let is_up = |(id, _): &(Id, Why)| self.fleet.machine(*id).state.is_up();
        let (running, others): (Vec<_>, Vec<_>) = concerned.into_iter().partition(is_up);
        // Who runs is asked to stop as it was to be stopped when it was started.
        for (id, why) in running {
            self.input(Input::RestartOne(id, why));
        }
        self.launcher.environments = Rc::new(renewed.inherited);
        let watched = |fleet: &Fleet| -> Vec<Watch> {
            let services = fleet.services().iter();
            services
                .filter_map(|service| service.watch.clone())
                .collect()
        };
        let before = watched(&self.fleet);
        let effects = self.fleet.redefine(self.now(), renewed.redefinition);
        self.rewatch |= watched(&self.fleet) != before;
        let services = self.fleet.services().len();
        self.slots.resize_with(services, Slot::default);
        self.perform(effects);
        for (id, why) in others {
            self.input(Input::RestartOne(id, why));
        }
    }

    /// Says what becomes of a service that could not work with what was saved.
    pub(super) fn awaits_change(&mut self, id: Id) {
        let service = &self.fleet.services()[id];
        let what = match service.watch {
            Some(_) => "its files",
            None => "its env files or pixcrawler.toml",
        };
        let name = &service.name;
        let line = format!(
            "{name} is started again when {what} change, or with: pixcrawler restart {name}"
        );
        self.push(&Event::Trouble(&line));
    }

    /// Says what starts a service again that has ended while the others go on.
    pub(super) fn left(&mut self, id: Id) {
        let name = &self.fleet.services()[id].name;
        let line = format!("{name} is started again with: pixcrawler restart {name}");
        self.push(&Event::Trouble(&line));
    }

    /// The services that are started again, replicas of them included that came later.
    fn concerned(&self, restarts: &[Again]) -> Vec<(Id, Why)> {
        let services = self.fleet.services().iter().enumerate();
        services
            .filter_map(|(id, service)| {
                let own = restarts.iter().find(|again| again.service == service.name);
                let again = own.or_else(|| {
                    let of = service.replica.as_ref()?;
                    restarts.iter().find(|again| again.group == of.of)
                })?;
                Some((id, again.why.clone()))
            })
            .collect()
    }

    /// Those of them that may have read their files since these went astray.
    fn misled(&self, mended: &[Again], astray: Option<Instant>) -> Vec<(Id, Why)> {
        let Some(since) = astray.map(|at| at.saturating_duration_since(self.began)) else {
            return Vec::new();
        };
        let mut misled = self.concerned(mended);
        misled.retain(|(id, _)| self.fleet.machine(*id).may_have_read_since(since));
        misled
    }
}
