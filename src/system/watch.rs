//! Changes of files, as the system tells them: nobody looks again and again.

mod links;
mod names;

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use notify::event::{CreateKind, ModifyKind, RemoveKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::fs;
use names::Names;

pub use links::places;

/// Changes that wait to be looked at; more make the teller wait, not the program.
const WAITING: usize = 256;

/// Folders that may stand behind links in one place: a link may lead to the whole machine.
const BEHIND: usize = 1000;

/// Tells which files change in some folders.
pub struct Watcher {
    inner: RecommendedWatcher,
    changes: mpsc::Receiver<Utf8PathBuf>,
    /// What the last change is called, as far as nobody has been told.
    told: VecDeque<Utf8PathBuf>,
    /// The system is asked for real places, each once: it knows a folder under one name only.
    names: Names,
    /// The folders that were found, by what they are called.
    folders: BTreeSet<Utf8PathBuf>,
    /// Folders that the system watches with all below them, where it can.
    trees: Vec<Utf8PathBuf>,
}

/// A folder that is to be watched.
struct Open {
    called: Utf8PathBuf,
    real: Utf8PathBuf,
    /// Whether a link led here.
    is_behind: bool,
}

impl Watcher {
    /// A watcher that watches nothing yet.
    ///
    /// # Errors
    /// When the system offers none, or no more of them.
    pub fn new() -> io::Result<Self> {
        let (sender, changes) = mpsc::channel(WAITING);
        let told = move |event: notify::Result<Event>| {
            for path in event
                .into_iter()
                .filter(is_change)
                .flat_map(|event| event.paths)
            {
                if let Ok(path) = Utf8PathBuf::from_path_buf(path) {
                    let _ = sender.blocking_send(path);
                }
            }
        };
        Ok(Self {
            inner: notify::recommended_watcher(told).map_err(plain)?,
            changes,
            told: VecDeque::new(),
            names: Names::default(),
            folders: BTreeSet::new(),
            trees: Vec::new(),
        })
    }

    /// Watches a file, or a folder with all below it that `enters` lets in, and tells which files
    /// are there. Again means anew: a folder that was removed and made again is another one.
    ///
    /// A file is watched through its folder: an editor that writes by renaming puts another file in
    /// its place, and who watched the first would hear of nothing any more. What a link leads to is
    /// watched, too, and told by the link's name.
    ///
    /// # Errors
    /// When it is not there, or the system's limit is reached, or ours of what stands behind links; all
    /// that could be is watched then.
    pub fn add(
        &mut self,
        path: &Utf8Path,
        enters: &dyn Fn(&Utf8Path) -> bool,
        there: &mut dyn FnMut(Utf8PathBuf),
    ) -> io::Result<()> {
        // Without the `.` of `s/.` in it, which would stand in the names of all files there.
        let path: &Utf8Path = &path.components().collect::<Utf8PathBuf>();
        if let (true, Some(dir)) = (fs::is_file(path), path.parent()) {
            there(path.to_owned());
            self.add_folder(dir)?;
            return if path.is_symlink() {
                self.add_linked(path)
            } else {
                Ok(())
            };
        }
        let real = fs::real(path);
        self.names.call(path, &real);
        // What stands there by itself comes first: a folder counts under one name.
        let (mut seen, mut behind) = (BTreeSet::new(), 0);
        let (called, is_behind) = (path.to_owned(), false);
        let mut links = VecDeque::new();
        let mut open = vec![Open {
            called,
            real,
            is_behind,
        }];
        while let Some(dir) = open.pop().or_else(|| links.pop_front()) {
            if !seen.insert(dir.real.clone()) {
                continue;
            }
            behind += usize::from(dir.is_behind);
            if behind > BEHIND {
                return Err(io::Error::other(format!(
                    "more than {BEHIND} folders stand behind links in it; name those that count in `watch`"
                )));
            }
            match self.watch(&dir) {
                // It went while we looked.
                Err(_) if dir.called != path && !fs::is_dir(&dir.called) => continue,
                other => other?,
            }
            self.folders.insert(dir.called.clone());
            for inside in fs::list(&dir.called) {
                let (is_folder, is_link) = (fs::is_dir(&inside), inside.is_symlink());
                if is_folder && !enters(&inside) {
                    continue;
                }
                match (is_folder, is_link) {
                    (true, false) => open.push(Open {
                        real: dir.real.join(inside.file_name().unwrap_or_default()),
                        called: inside,
                        is_behind: dir.is_behind,
                    }),
                    (true, true) if !leads_upwards(&inside) => {
                        let real = fs::real(&inside);
                        self.names.call(&inside, &real);
                        links.push_back(Open {
                            called: inside,
                            real,
                            is_behind: true,
                        });
                    }
                    (true, true) => {}
                    (false, true) if fs::is_file(&inside) && behind < BEHIND => {
                        behind += 1;
                        self.add_linked(&inside)?;
                        there(inside);
                    }
                    (false, _) => there(inside),
                }
            }
        }
        Ok(())
    }

    /// Asks the system for one folder.
    fn watch(&mut self, dir: &Open) -> io::Result<()> {
        // One entry a folder: a whole `node_modules` would be the end of the system's limit.
        let mut mode = RecursiveMode::NonRecursive;
        if !cfg!(target_os = "linux") {
            // Elsewhere the system watches whole trees, and what is ignored is ignored later.
            if self.has_tree(&dir.real) {
                return Ok(());
            }
            self.trees.push(dir.real.clone());
            mode = RecursiveMode::Recursive;
        }
        self.inner
            .watch(dir.real.as_std_path(), mode)
            .map_err(plain)
    }

    /// Watches the file that a link leads to.
    fn add_linked(&mut self, link: &Utf8Path) -> io::Result<()> {
        let real = fs::real(link);
        self.names.call(link, &real);
        match real.parent() {
            Some(dir) => self.watch_flat(dir),
            None => Ok(()),
        }
    }

    /// Watches what stands in a folder, and nothing deeper: also files that are not there yet, and
    /// those that an editor writes beside their place and renames.
    ///
    /// # Errors
    /// As [`Watcher::add`].
    pub fn add_folder(&mut self, dir: &Utf8Path) -> io::Result<()> {
        let real = fs::real(dir);
        self.names.call(dir, &real);
        self.watch_flat(&real)
    }

    fn watch_flat(&mut self, real: &Utf8Path) -> io::Result<()> {
        // Where a system watches whole trees, asking again for less would take what there is.
        if self.has_tree(real) {
            return Ok(());
        }
        self.inner
            .watch(real.as_std_path(), RecursiveMode::NonRecursive)
            .map_err(plain)
    }

    /// Takes note that nothing is there any more, and says whether it was a folder that is watched with
    /// all below it, or a link to one.
    pub fn went(&mut self, path: &Utf8Path) -> bool {
        self.names.forget(path);
        let below: Vec<Utf8PathBuf> = self
            .folders
            .range(path.to_owned()..)
            .take_while(|folder| folder.starts_with(path))
            .cloned()
            .collect();
        for folder in &below {
            self.folders.remove(folder);
        }
        below.first().is_some_and(|first| first == path)
    }

    /// Whether a folder is watched with all that is in it.
    fn has_tree(&self, dir: &Utf8Path) -> bool {
        self.trees.iter().any(|tree| dir.starts_with(tree))
    }

    /// Waits for the next change.
    pub async fn next(&mut self) -> Option<Utf8PathBuf> {
        loop {
            if let Some(path) = self.told.pop_front() {
                return Some(path);
            }
            let real = self.changes.recv().await?;
            self.told.extend(self.names.of(&real));
        }
    }
}

/// Whether this is a link to a folder that it stands in itself: whoever followed it would never end.
#[must_use]
pub fn leads_upwards(path: &Utf8Path) -> bool {
    path.is_symlink() && fs::real_folder(path).starts_with(fs::real(path))
}

/// Time within which a file's own time counts as now: clocks of file systems are coarse.
const NOW: Duration = Duration::from_secs(2);

/// Reading is no change, and neither is another owner or another mode. That a folder was removed is
/// none either: what was in it was told before, file by file.
fn is_change(event: &Event) -> bool {
    match event.kind {
        EventKind::Create(
            CreateKind::Any | CreateKind::File | CreateKind::Folder | CreateKind::Other,
        )
        | EventKind::Modify(
            ModifyKind::Any | ModifyKind::Data(_) | ModifyKind::Name(_) | ModifyKind::Other,
        )
        | EventKind::Remove(RemoveKind::Any | RemoveKind::File | RemoveKind::Other) => true,
        // Who touches a file wants it to count as changed.
        EventKind::Modify(ModifyKind::Metadata(_)) => {
            event.paths.iter().any(|path| was_touched(path))
        }
        EventKind::Remove(RemoveKind::Folder)
        | EventKind::Any
        | EventKind::Access(_)
        | EventKind::Other => false,
    }
}

fn was_touched(path: &Path) -> bool {
    let written = std::fs::metadata(path).and_then(|metadata| {
        let is_file = metadata.is_file();
        metadata.modified().map(|at| (is_file, at))
    });
    written.is_ok_and(|(is_file, at)| is_file && at.elapsed().is_ok_and(|age| age < NOW))
}

fn plain(error: notify::Error) -> io::Error {
    let paths: Vec<&PathBuf> = error.paths.iter().collect();
    let place = paths.first().map(|path| format!("{}: ", path.display()));
    let why = match error.kind {
        notify::ErrorKind::Io(error) => fs::plain(&error),
        notify::ErrorKind::MaxFilesWatch => {
            "the system watches no more files: sysctl fs.inotify.max_user_watches=524288".to_owned()
        }
        notify::ErrorKind::PathNotFound => "it is not there".to_owned(),
        other => format!("{other:?}"),
    };
    io::Error::other(format!("{}{why}", place.unwrap_or_default()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
