//! uv and bun for the tests: those on PATH, else fetched once into the target folder.
#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the tool from outside"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A PATH on which uv and bun are.
pub(crate) fn path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        let mut folders: Vec<PathBuf> = Vec::new();
        let target = Path::new(env!("CARGO_BIN_EXE_pixcrawler"))
            .parent()
            .and_then(Path::parent)
            .expect("the target folder")
            .join("test-tools");
        if !on_path("uv") {
            folders.push(uv(&target));
        }
        if !on_path("bun") {
            folders.push(bun(&target));
        }
        folders.extend(std::env::split_paths(
            &std::env::var_os("PATH").unwrap_or_default(),
        ));
        std::env::join_paths(folders)
            .expect("plain folders")
            .into_string()
            .expect("Unicode folders")
    })
}

/// What tells this machine's programs whom to trust on the network and how to reach it: without it uv
/// fetches no server behind a proxy that opens connections.
#[cfg(unix)]
pub(crate) fn network() -> impl Iterator<Item = (&'static str, String)> {
    let names = [
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "UV_DEFAULT_INDEX",
        "UV_INDEX_URL",
    ];
    names
        .into_iter()
        .filter_map(|name| Some((name, std::env::var(name).ok()?)))
}

/// Where uv is.
pub(crate) fn uv_program() -> PathBuf {
    which::which_in("uv", Some(path()), ".").expect("uv was found or fetched")
}

fn on_path(name: &str) -> bool {
    which::which(name).is_ok()
}

fn succeed(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {text}");
}

fn uv(target: &Path) -> PathBuf {
    let venv = target.join("uv");
    let bin = venv.join(if cfg!(windows) { "Scripts" } else { "bin" });
    if which::which_in("uv", Some(&bin), target).is_err() {
        let python = if cfg!(windows) { "python" } else { "python3" };
        succeed(Command::new(python).args(["-m", "venv"]).arg(&venv));
        succeed(Command::new(bin.join("python")).args(["-m", "pip", "install", "--quiet", "uv"]));
    }
    bin
}

fn bun(target: &Path) -> PathBuf {
    let prefix = target.join("bun");
    let bin = prefix.join("node_modules/.bin");
    if which::which_in("bun", Some(&bin), target).is_err() {
        std::fs::create_dir_all(&prefix).expect("a folder");
        let npm = which::which("npm").expect("npm, which comes with Node");
        succeed(
            Command::new(npm)
                .args(["install", "--no-audit", "--no-fund", "--prefix"])
                .arg(&prefix)
                .arg("bun"),
        );
        // Its program is put in place by a script that npm may have been told not to run.
        let script = prefix.join("node_modules/bun/install.js");
        if !Command::new(bin.join("bun"))
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
            && script.is_file()
        {
            succeed(
                Command::new("node")
                    .arg(&script)
                    .current_dir(prefix.join("node_modules/bun")),
            );
        }
    }
    bin
}
