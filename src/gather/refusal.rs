//! A folder that an installer fills, and that refuses us: as after `sudo uv sync`.

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::access::{self, Owner};
use crate::system::{fs, resources};

/// What refuses us.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Refusal {
    /// The folder that is to be ours, as seen from where its installer runs.
    pub folder: Utf8PathBuf,
    /// What it is: the folder itself, or a folder in it.
    pub path: Utf8PathBuf,
    /// Whose that is.
    pub owner: Option<Owner>,
    /// Whether we do not even see what is in it.
    pub is_closed: bool,
    /// Whether its disk takes no writes, whosoever they are.
    pub is_read_only: bool,
    /// Whether it is the project's own folder, in which the installer's is yet to be made.
    pub is_home: bool,
    /// Whether the folder itself takes our files, so that only what makes it anew is refused.
    pub only_anew: bool,
    /// The project's own folder, where that refuses us beside the installer's: nothing in it is made anew.
    pub home: Option<Box<Refusal>>,
}

/// What refuses us of the project's own folder, where that does.
fn of_home(dir: &Utf8Path) -> Option<Refusal> {
    (fs::is_dir(dir) && !access::writable(dir)).then(|| Refusal {
        folder: ".".into(),
        path: Utf8PathBuf::new(),
        owner: access::owner(dir),
        is_closed: false,
        is_read_only: resources::disk(dir).is_ok_and(|disk| disk.read_only),
        is_home: true,
        only_anew: false,
        home: None,
    })
}

/// What refuses us of a folder within a project, or of those in it that an installer writes into.
pub(super) fn of(
    dir: &Utf8Path,
    folder: &Utf8Path,
    deeper: impl FnOnce() -> Vec<Utf8PathBuf>,
) -> Option<Refusal> {
    if !fs::is_dir(folder) {
        let is_new = folder.parent() == Some(dir) && !fs::exists(folder) && !fs::is_link(folder);
        return of_home(dir).filter(|_| is_new);
    }
    let of_home = || of_home(dir).filter(|_| folder.parent() == Some(dir));
    let within = within(dir, folder, deeper);
    let Some(within) = within else {
        return of_home().map(|home| Refusal {
            only_anew: true,
            ..home
        });
    };
    Some(Refusal {
        home: of_home().map(Box::new),
        ..within
    })
}

/// The same of one that is there.
fn within(
    dir: &Utf8Path,
    folder: &Utf8Path,
    deeper: impl FnOnce() -> Vec<Utf8PathBuf>,
) -> Option<Refusal> {
    let real = fs::real(folder);
    let folder = if fs::is_link(folder) { &real } else { folder };
    let home = fs::real(dir);
    let inside = |path: &Utf8Path| {
        let path = path.strip_prefix(dir).or_else(|_| path.strip_prefix(&home));
        path.ok()
            .filter(|it| !it.as_str().is_empty())
            .map(Utf8Path::to_owned)
    };
    // What lies elsewhere may be others' by right, as a whole Python in a container.
    let shown = inside(folder)?;
    let refusal = |path: &Utf8Path, is_closed| Refusal {
        folder: shown.clone(),
        path: inside(path).unwrap_or_else(|| path.to_owned()),
        owner: access::owner(path),
        is_closed,
        is_read_only: resources::disk(path).is_ok_and(|disk| disk.read_only),
        is_home: false,
        only_anew: false,
        home: None,
    };
    if !access::enterable(folder) {
        return Some(refusal(folder, true));
    }
    if !access::writable(folder) {
        return Some(refusal(folder, false));
    }
    let refuses = |path: &Utf8PathBuf| !access::writable(path) && fs::is_dir(path);
    let within: Vec<Utf8PathBuf> = deeper().into_iter().filter(refuses).collect();
    // A package that nobody may look into is not known to be missing.
    let is_shut = |path: &&Utf8PathBuf| {
        let name = path.file_name().unwrap_or_default();
        let is_package = !name.starts_with('.') && name != "__pycache__";
        is_package && !access::enterable(path)
    };
    match within.iter().find(is_shut) {
        Some(shut) => Some(refusal(shut, true)),
        None => Some(refusal(within.first()?, false)),
    }
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "files as others leave them")]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_closed_or_not_to_be_written_refuses() {
        use std::os::unix::fs::PermissionsExt;

        let root = fs::temporary("refusal");
        let folder = root.join(".venv");
        std::fs::create_dir_all(folder.join("bin")).expect("made");
        let told = |mode: u32, deeper: u32| {
            let set = |path: &Utf8Path, mode| {
                let mode = std::fs::Permissions::from_mode(mode);
                std::fs::set_permissions(path, mode).expect("a mode");
            };
            set(&folder.join("bin"), deeper);
            set(&folder, mode);
            let found = of(&root, &folder, || fs::list(&folder));
            set(&folder, 0o755);
            found.map(|it| (it.path.into_string(), it.is_closed))
        };
        assert_eq!(told(0o755, 0o755), None);
        // Nothing refuses an administrator.
        if !crate::system::resources::is_admin() {
            assert_eq!(told(0o000, 0o755), Some((".venv".to_owned(), true)));
            assert_eq!(told(0o555, 0o755), Some((".venv".to_owned(), false)));
            assert_eq!(told(0o755, 0o555), Some((".venv/bin".to_owned(), false)));
            // What is yet to be made is refused by the project's folder.
            let mode = |mode| {
                let mode = std::fs::Permissions::from_mode(mode);
                std::fs::set_permissions(&root, mode).expect("a mode");
            };
            mode(0o555);
            let found = of(&root, &root.join("node_modules"), Vec::new);
            mode(0o755);
            assert!(found.is_some_and(|it| it.is_home && !it.is_closed));
            // What is there may be filled, and not be made anew.
            mode(0o555);
            let found = of(&root, &folder, Vec::new);
            mode(0o755);
            assert!(found.is_some_and(|it| it.only_anew && it.folder == "."));
        }
        assert_eq!(of(&root, &root.join("nothing"), Vec::new), None);
        // Of what is not the project's own nobody takes possession.
        for other in ["/", root.as_str()] {
            assert_eq!(of(&root, Utf8Path::new(other), Vec::new), None);
        }
        std::fs::remove_dir_all(&root).expect("removed");
    }
}
