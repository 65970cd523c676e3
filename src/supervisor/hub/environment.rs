//! Env files that change while the services run.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::time::Instant;

use super::super::environment::{Again, EnvFiles, Reading, Renewed};
use super::super::news::News;
use super::{Hub, Slot};
use crate::service::Watch;
use crate::service::event::Event;
use crate::service::fleet::{Fleet, Id, Input, Why};
use crate::system::fs;
use crate::system::watch::Watcher;

/// Changes within this time are one: an editor writes beside the file and renames, and people save
/// two files at once.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// Files that go on changing are read after this time all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// The env files of the session, and which of them changed since they were read.
#[derive(Default)]
pub(super) struct Watched {
    files: Option<Arc<dyn EnvFiles>>,
    changed: Vec<Utf8PathBuf>,
    since: Option<Instant>,
    due: Option<Instant>,
    reading: bool,
    /// Since when they are not what services were given.
    astray: Option<Instant>,
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

    /// Which of them that path is. Some systems name the same file another way than we do.
    fn known(&self, path: &Utf8Path, root: &Utf8Path) -> Option<Utf8PathBuf> {
        let files = self.files.as_ref()?.files();
        let same = |file: &&Utf8PathBuf| {
            let below = file.strip_prefix(root).unwrap_or(file);
            path == *file || path.ends_with(below)
        };
        let length = |file: &&Utf8PathBuf| file.as_str().len();
        files.iter().filter(same).max_by_key(length).cloned()
    }
}

/// Watches what a file is a link to, too: who shares an env file edits it where it is.
fn follow_link(watcher: &mut Watcher, file: &Utf8Path) -> io::Result<()> {
    if file.is_symlink() && fs::is_file(file) {
        watcher.add(file, &|_| false, &mut |_| {})
    } else {
        Ok(())
    }
}

impl Hub {
    /// Begins to watch the env files, also where they are not there yet.
    pub(super) fn watch_env(&mut self) -> Option<Watcher> {
        let files = self.env.files.clone()?;
        let mut folders: Vec<&Utf8Path> = files.files().iter().filter_map(|f| f.parent()).collect();
        folders.sort_unstable();
        folders.dedup();
        folders.retain(|dir| fs::is_dir(dir));
        let opened = Watcher::new().and_then(|mut watcher| {
            for dir in folders {
                watcher.add_folder(dir)?;
            }
            for file in files.files() {
                follow_link(&mut watcher, file)?;
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

    /// Something changed beside the env files, or one of them did.
    pub(super) fn env_touched(&mut self, path: &Utf8Path, watcher: &mut Option<Watcher>) {
        let Some(file) = self.env.known(path, &self.launcher.root) else {
            return;
        };
        if let Some(watcher) = watcher {
            // It may be a link that is new, or one that leads elsewhere now.
            let _ = follow_link(watcher, &file);
        }
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
        (self.env.due, self.env.since) = (None, None);
        self.env.reading = true;
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
