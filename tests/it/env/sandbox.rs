//! A workspace in a temporary folder, and the binary run in it.

#![expect(
    clippy::disallowed_methods,
    reason = "a test makes files and runs the binary"
)]

use std::fs;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

/// A folder that goes away with it.
pub(super) struct Workspace {
    folder: TempDir,
}

/// How a run ended.
pub(super) struct Ran {
    /// Its exit code; none when a signal ended it.
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Workspace {
    /// A workspace with the files of `BASE`, in which nothing is wrong.
    pub(super) fn sound() -> Self {
        let this = Self {
            folder: tempfile::tempdir().expect("a folder for the test"),
        };
        for (path, text) in super::BASE {
            this.write(path, text);
        }
        this
    }

    /// Its root.
    pub(super) fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).expect("an UTF-8 path")
    }

    /// The path of a file in it.
    pub(super) fn path(&self, path: &str) -> Utf8PathBuf {
        self.root().join(path)
    }

    /// Writes a file that only its owner may read, as env files are.
    pub(super) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("folders can be made");
        fs::write(&path, content).expect("files can be written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("an own file");
        }
    }

    /// What a file holds.
    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("the file is there")
    }

    /// The binary in this workspace, with no variables of the caller's.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pixcrawler"));
        command
            .args(arguments)
            .current_dir(self.root())
            .env_clear()
            .env("LC_ALL", "C.UTF-8");
        for kept in ["PATH", "SystemRoot"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command
    }

    /// Runs the binary.
    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().expect("the binary starts"))
    }
}

impl Ran {
    pub(super) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}
