//! Changes of files, as the system tells them: nobody looks again and again.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use notify::event::{CreateKind, ModifyKind, RemoveKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::fs;

/// Changes that wait to be looked at; more make the teller wait, not the program.
const WAITING: usize = 256;

/// Tells which files change in some folders.
pub struct Watcher {
    inner: RecommendedWatcher,
    changes: mpsc::Receiver<Utf8PathBuf>,
    /// Folders that the system watches with all below them, where it can.
    trees: Vec<Utf8PathBuf>,
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
            trees: Vec::new(),
        })
    }

    /// Watches a file, or a folder with all below it that `enters` lets in, and tells which files
    /// are there. On Linux, again means anew: a folder that was removed and made again is another one.
    ///
    /// A file is watched through its folder: an editor that writes by renaming puts another file in
    /// its place, and who watched the first would hear of nothing any more.
    ///
    /// # Errors
    /// When it is not there, or the system's limit is reached.
    pub fn add(
        &mut self,
        path: &Utf8Path,
        enters: &dyn Fn(&Utf8Path) -> bool,
        there: &mut dyn FnMut(Utf8PathBuf),
    ) -> io::Result<()> {
        if let (true, Some(dir)) = (fs::is_file(path), path.parent()) {
            there(path.to_owned());
            return self.add_folder(dir);
        }
        if !cfg!(target_os = "linux") {
            // Elsewhere the system watches whole trees, what is ignored is ignored later, and files
            // in a folder that is new are told of one by one.
            if self.has_tree(path) {
                return Ok(());
            }
            self.trees.push(path.to_owned());
            return self
                .inner
                .watch(path.as_std_path(), RecursiveMode::Recursive)
                .map_err(plain);
        }
        // One entry a folder: a whole `node_modules` would be the end of the system's limit.
        let mut open = vec![path.to_owned()];
        while let Some(dir) = open.pop() {
            let watched = self
                .inner
                .watch(dir.as_std_path(), RecursiveMode::NonRecursive);
            match watched.map_err(plain) {
                // It went while we looked.
                Err(_) if dir != path && !fs::is_dir(&dir) => continue,
                other => other?,
            }
            for inside in fs::list(&dir) {
                if !fs::is_dir(&inside) {
                    there(inside);
                } else if !inside.is_symlink() && enters(&inside) {
                    open.push(inside);
                }
            }
        }
        Ok(())
    }

    /// Watches what stands in a folder, and nothing deeper: also files that are not there yet, and
    /// those that an editor writes beside their place and renames.
    ///
    /// # Errors
    /// As [`Watcher::add`].
    pub fn add_folder(&mut self, dir: &Utf8Path) -> io::Result<()> {
        // Where a system watches whole trees, asking again for less would take what there is.
        if self.has_tree(dir) {
            return Ok(());
        }
        self.inner
            .watch(dir.as_std_path(), RecursiveMode::NonRecursive)
            .map_err(plain)
    }

    /// Whether a folder is watched with all that is in it.
    fn has_tree(&self, dir: &Utf8Path) -> bool {
        self.trees.iter().any(|tree| dir.starts_with(tree))
    }

    /// Waits for the next change.
    pub async fn next(&mut self) -> Option<Utf8PathBuf> {
        self.changes.recv().await
    }
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
#[expect(
    clippy::disallowed_methods,
    reason = "a test changes files behind the back of the tool"
)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_in_a_folder_that_goes_is_told_and_the_folder_is_not() {
        let dir = tempfile::tempdir().expect("a folder");
        let root = Utf8Path::from_path(dir.path()).expect("UTF-8");
        let (place, inside) = (root.join("src"), root.join("src/a.txt"));
        fs::create_dir_all(&place).expect("a folder");
        std::fs::write(&inside, b"0").expect("a file");
        let mut watcher = Watcher::new().expect("a watcher");
        watcher.add_folder(root).expect("it is there");
        watcher
            .add(&place, &|_| true, &mut |_| {})
            .expect("it is there");
        std::fs::remove_dir_all(&place).expect("it is there");
        let last = root.join("last");
        std::fs::write(&last, b"1").expect("a file");
        let mut told = Vec::new();
        while told.last() != Some(&last) {
            told.push(watcher.next().await.expect("it goes on"));
        }
        assert!(told.contains(&inside) && !told.contains(&place), "{told:?}");
    }
}
