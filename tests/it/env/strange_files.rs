//! What may lie in the place of a file: folders, pipes, links, what nobody may read.

#![expect(
    clippy::disallowed_methods,
    reason = "a test makes files and runs the binary"
)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use super::bad_inputs::{Bad, Make, SECRET};
use super::sandbox::{Ran, Workspace};

fn strange(name: &'static str, make: fn(&Workspace), expected: &'static str) -> Bad {
    Bad {
        name,
        make: Make::By(make),
        expected,
    }
}

/// Takes the backend's env file away, so that something else can take its place.
fn place(workspace: &Workspace) -> camino::Utf8PathBuf {
    let path = workspace.path("backend/.env");
    fs::remove_file(&path).expect("it is there");
    path
}

fn mode(workspace: &Workspace, path: &str, mode: u32) {
    fs::set_permissions(workspace.path(path), fs::Permissions::from_mode(mode)).expect("own files");
}

fn fifo(path: &camino::Utf8Path) {
    nix::unistd::mkfifo(path.as_std_path(), nix::sys::stat::Mode::S_IRWXU)
        .expect("pipes can be made");
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn all() -> Vec<Bad> {
    vec![
        strange(
            "a folder",
            |workspace| fs::create_dir(place(workspace)).expect("a folder"),
            "1 unreadable",
        ),
        strange(
            "a pipe",
            |workspace| fifo(&place(workspace)),
            "1 unreadable",
        ),
        strange(
            "a socket",
            |workspace| drop(UnixListener::bind(place(workspace)).expect("a socket")),
            "1 unreadable",
        ),
        strange(
            "a link to itself",
            |workspace| symlink(".env", place(workspace)).expect("a link"),
            "1 unreadable",
        ),
        strange(
            "a link to nothing",
            |workspace| symlink("nowhere", place(workspace)).expect("a link"),
            "1 file-missing",
        ),
        strange(
            "a link to a folder",
            |workspace| symlink(".", place(workspace)).expect("a link"),
            "1 unreadable",
        ),
        strange(
            "a link to zeros without end",
            |workspace| symlink("/dev/zero", place(workspace)).expect("a link"),
            "1 unreadable",
        ),
        strange(
            "a link to nothing at all",
            |workspace| symlink("/dev/null", place(workspace)).expect("a link"),
            "1 unreadable",
        ),
        strange(
            "a link to the root's file",
            |workspace| symlink("../.env", place(workspace)).expect("a link"),
            "1 missing",
        ),
        strange(
            "a file that nobody may read",
            |workspace| mode(workspace, "backend/.env", 0),
            "1 unreadable",
        ),
        strange(
            "a folder that nobody may enter",
            |workspace| mode(workspace, "backend", 0),
            "1 unreadable",
        ),
        strange(
            "a folder that nobody may list",
            |workspace| mode(workspace, "backend", 0o300),
            "0",
        ),
        strange(
            "a file too large to read",
            |workspace| {
                fs::File::create(place(workspace))
                    .and_then(|file| file.set_len(1 << 40))
                    .expect("a sparse file");
            },
            "1 unreadable",
        ),
        strange(
            "a file in the place of a folder",
            |workspace| {
                fs::remove_dir_all(workspace.path("frontend")).expect("it is there");
                workspace.write("frontend", SECRET);
            },
            "0",
        ),
        strange(
            "a schema that is a folder",
            |workspace| {
                fs::create_dir_all(workspace.path("env-schemas/backend.toml")).expect("a folder");
            },
            "1 broken-schema",
        ),
        strange(
            "a schema that is a pipe",
            |workspace| {
                fs::create_dir(workspace.path("env-schemas")).expect("a folder");
                fifo(&workspace.path("env-schemas/backend.toml"));
            },
            "1 broken-schema",
        ),
        strange(
            "settings that are a folder",
            |workspace| {
                fs::remove_file(workspace.path("pixcrawler.toml")).expect("it is there");
                fs::create_dir(workspace.path("pixcrawler.toml")).expect("a folder");
            },
            "2 config/broken",
        ),
        strange(
            "a git index of noise",
            |workspace| workspace.write(".git/index", b"DIRC\0\0\0\x02\xff\xff\xff\xffnoise"),
            "0",
        ),
        strange(
            "a git index of nothing",
            |workspace| workspace.write(".git/index", ""),
            "0",
        ),
        strange(
            "a repository that is elsewhere",
            |workspace| workspace.write(".git", "gitdir: /nowhere/at/all\n"),
            "0",
        ),
        strange(
            "1,000 example files",
            |workspace| {
                (0..1_000).for_each(|at| {
                    workspace.write(
                        &format!("backend/.env.{at}.example"),
                        "API_TOKEN=hunter22s3cret\n",
                    );
                });
            },
            "0",
        ),
        strange(
            "an example that is a folder",
            |workspace| fs::create_dir(workspace.path("backend/.env.example")).expect("a folder"),
            "0",
        ),
    ]
}

/// Runs the binary as a user who is not root, to whom permissions mean something.
pub(super) fn run(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let mut command = workspace.command(arguments);
    if nix::unistd::geteuid().is_root() {
        use std::os::unix::process::CommandExt;
        const NOBODY: u32 = 65_534;
        let everything = walk(workspace.root());
        for path in &everything {
            let _ = std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY));
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    Ran::of(&command.output().expect("the binary starts"))
}

/// A folder with all that lies in it; links are not followed.
fn walk(folder: &camino::Utf8Path) -> Vec<camino::Utf8PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(walk(entry.path()));
        } else {
            found.push(entry.path().to_owned());
        }
    }
    found
}

/// Gives the permissions back that it takes to delete the workspace.
pub(super) fn release(workspace: &Workspace) {
    let _ = fs::set_permissions(workspace.path("backend"), fs::Permissions::from_mode(0o700));
}
