//! The data folder of a Postgres: created whole, and settled after whatever happened to its last server.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep, timeout};

use super::binaries::Server;
use super::files::{folder, private_file, random_word, real, refused, set_mode};
use super::place::{self, Place, beside};
use super::surroundings::Surroundings;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::cause;
use crate::service::managed::ADMIN;
use crate::text::remedy;

/// A slow disk makes `initdb` slow; beyond this it hangs.
const INITDB_LIMIT: Duration = Duration::from_mins(3);

/// How long backends of a killed server may take to notice and end.
const ORPHANS_LIMIT: Duration = Duration::from_secs(10);

/// Creates the data folder. It grows beside its place and gets its name when it is complete, so that an `initdb`
/// killed in the middle leaves nothing that looks like data.
pub(super) async fn create(
    server: &Server,
    place: &Place,
    surroundings: &Surroundings,
    progress: &impl Fn(&str),
) -> Result<(), Failure> {
    clear_the_way(place, progress)?;
    progress(&format!(
        "creating a database cluster with {}",
        server.title
    ));
    private_file(
        &place.password,
        &format!("{}\n", random_word()?),
        place.account.as_ref(),
    )?;

    let mut refusals = Vec::new();
    for locale in locales(server.major) {
        clear(&place.staging).await?;
        folder(&place.staging, 0o700)?;
        set_mode(&place.staging, 0o700)
            .map_err(refused("set the permissions of", &place.staging))?;
        if let Some(account) = &place.account {
            account
                .own(&place.staging)
                .map_err(refused("change the owner of", &place.staging))?;
        }
        match initdb(server, place, surroundings, locale).await? {
            Ok(()) => {
                return fs::rename(&place.staging, &place.data)
                    .map_err(refused("create", &place.data));
            }
            Err(refusal) => refusals.push(refusal),
        }
    }
    let _ = fs::remove_dir_all(&place.staging);
    let reason = refusals.pop().unwrap_or_default();
    Err(Failure::new(
        Exit::Findings,
        format!(
            "initdb of {} could not create {}: {reason}",
            server.title,
            place.data.display()
        ),
    )
    .help("make room or mend what it names, then run the same command again"))
}

/// Whatever stands where the data goes and is no data: an empty folder is removed, anything else moved aside.
fn clear_the_way(place: &Place, progress: &impl Fn(&str)) -> Result<(), Failure> {
    if fs::symlink_metadata(&place.data).is_err() || fs::remove_dir(&place.data).is_ok() {
        return Ok(());
    }
    // It gets its name once it is complete: with these in it, it was.
    let has = |name: &str| place.data.join(name).is_dir();
    if has("base") && has("global") {
        let what = format!(
            "{} has databases in it, and no PG_VERSION",
            place.data.display()
        );
        let way = cause::put_back_or(&place::move_away(&place.data));
        return Err(Failure::new(Exit::Findings, cause::refused(&what)).help(way));
    }
    let mut number = 1;
    let mut aside = beside(&place.data, "incomplete-1");
    while fs::symlink_metadata(&aside).is_ok() {
        number += 1;
        aside = beside(&place.data, &format!("incomplete-{number}"));
    }
    progress(&format!(
        "{} holds no complete database, keeping it as {}",
        place.data.display(),
        aside.display()
    ));
    fs::rename(&place.data, &aside).map_err(refused("move away", &place.data))
}

/// Removes what an interrupted `initdb` left. One that was killed with us may still be writing for a moment.
async fn clear(staging: &Path) -> Result<(), Failure> {
    let give_up = Instant::now() + ORPHANS_LIMIT;
    loop {
        match fs::remove_dir_all(staging) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) if Instant::now() >= give_up => {
                return Err(refused("remove", staging)(error));
            }
            _ => sleep(Duration::from_millis(20)).await,
        }
    }
}

/// The locales to try: Unicode-aware case with byte order, which every dump restores into, else plain C.
fn locales(major: u32) -> &'static [&'static [&'static str]] {
    match major {
        17.. => &[&[
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]],
        _ => &[&["--locale=C.UTF-8"], &["--locale=C"]],
    }
}

async fn initdb(
    server: &Server,
    place: &Place,
    surroundings: &Surroundings,
    locale: &[&str],
) -> Result<Result<(), String>, Failure> {
    let program = server.sibling("initdb");
    let mut command = Command::new(&program);
    command
        .arg("-D")
        .arg(&place.staging)
        .arg("--pwfile")
        .arg(&place.password);
    command
        .args(["-U", ADMIN, "--auth=scram-sha-256", "--encoding=UTF8"])
        .args(locale);
    let output = match timeout(
        INITDB_LIMIT,
        helper(command, place, surroundings, &place.staging).output(),
    )
    .await
    {
        Ok(output) => output.map_err(refused("run", &program))?,
        Err(_) => return Ok(Err("no end after 3 minutes".to_owned())),
    };
    if output.status.success() {
        return Ok(Ok(()));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let telling = said
        .lines()
        .find(|line| line.contains("error:") || line.contains("FATAL:"))
        .or_else(|| said.lines().last());
    Ok(Err(telling.map_or_else(
        || output.status.to_string(),
        |line| line.trim_start_matches("initdb: ").to_owned(),
    )))
}

/// A command that ends with us, run as the server's account.
fn helper(
    mut command: Command,
    place: &Place,
    surroundings: &Surroundings,
    cwd: &Path,
) -> tokio::process::Command {
    command
        .env("LC_ALL", "C")
        .current_dir(cwd)
        .stdin(Stdio::null());
    surroundings.mark(&mut command);
    if let Some(account) = &place.account {
        account.wear(&mut command);
    }
    let mut command = tokio::process::Command::from(command);
    command.kill_on_drop(true);
    command
}

/// Before a start on existing data: nobody else serves it, and nothing of a killed server is left.
///
/// Postgres itself refuses while the pid in `postmaster.pid` lives, even when that number belongs to another program
/// by now, and while a backend of a killed server still holds its shared memory.
pub(super) async fn settle(place: &Place) -> Result<(), Failure> {
    let lock = place.data.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&lock) else {
        return Ok(());
    };
    let pid: Option<u32> = text
        .lines()
        .next()
        .and_then(|line| line.trim().parse().ok());
    let give_up = Instant::now() + ORPHANS_LIMIT;
    loop {
        let (serving, pid_lives) = servers_of(&place.data, pid);
        if let Some(pid) = pid.filter(|pid| serving.contains(pid)) {
            return Err(Failure::new(
                Exit::Busy,
                format!(
                    "another Postgres (pid {pid}) already serves {}",
                    place.data.display()
                ),
            )
            .help(if cfg!(windows) {
                format!("pg_ctl stop -D \"{}\"", place.data.display())
            } else {
                format!("kill -INT {pid}")
            }));
        }
        if serving.is_empty() {
            return if pid_lives {
                fs::remove_file(&lock).map_err(refused("remove the stale", &lock))
            } else {
                Ok(())
            };
        }
        if Instant::now() >= give_up {
            let pids: Vec<String> = serving.iter().map(u32::to_string).collect();
            return Err(Failure::new(
                Exit::Busy,
                format!(
                    "backends of a killed Postgres still use {} (pid {})",
                    place.data.display(),
                    pids.join(", ")
                ),
            )
            .help(
                serving
                    .iter()
                    .map(|pid| remedy::end_process(*pid))
                    .collect::<Vec<_>>()
                    .join(" && "),
            ));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Whether the server in `data` says that it accepts connections: in the eighth line of its lock, where `pg_ctl` looks
/// too. Asking it over the network before that makes it log a fatal error each time.
pub(super) fn is_up(data: &Path) -> bool {
    let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    lock.lines()
        .nth(7)
        .is_some_and(|status| status.trim() == "ready")
}

/// Whether it is the server in `data` that listens on that port of 127.0.0.1, by what it wrote into its lock: the
/// fourth and the sixth line.
pub(super) fn listens(data: &Path, port: u16) -> bool {
    let lock = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = lock.lines().map(str::trim);
    let its = lines.nth(3).and_then(|line| line.parse().ok());
    its == Some(port) && lines.nth(1) == Some("127.0.0.1") && is_up(data)
}

/// Whether a server or one of its backends works in `data`.
pub(super) fn is_served(data: &Path) -> bool {
    !servers_of(data, None).0.is_empty()
}

/// Processes that work in `data` (a Postgres server and its backends make it their working directory), and whether
/// any process at all has the number `pid`.
fn servers_of(data: &Path, pid: Option<u32>) -> (Vec<u32>, bool) {
    let (Ok(data), Ok(mut system)) = (real(data), System::new()) else {
        return (Vec::new(), false);
    };
    let wanted = ProcessRefreshKind::nothing()
        .with_cwd(UpdateKind::Always)
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
    let works_here = |process: &sysinfo::Process| {
        process.cwd() == Some(&data)
            && process
                .name()
                .to_string_lossy()
                .to_ascii_lowercase()
                .starts_with("postgres")
    };
    let serving = system
        .processes()
        .iter()
        .filter(|(_, process)| works_here(process))
        .map(|(pid, _)| pid.as_u32())
        .collect();
    (
        serving,
        pid.is_some_and(|pid| system.process(Pid::from_u32(pid)).is_some()),
    )
}

/// Gives the administrator a new password, for data whose password file was lost: Postgres' single-user mode asks
/// for none, and takes the statement on stdin.
pub(super) async fn renew_password(
    server: &Server,
    place: &Place,
    surroundings: &Surroundings,
    progress: &impl Fn(&str),
) -> Result<(), Failure> {
    progress("the administrator's password is lost, setting a new one");
    let password = random_word()?;
    let mut command = Command::new(&server.program);
    command
        .arg("--single")
        .arg("-D")
        .arg(&place.data)
        .arg("postgres");
    let mut command = helper(command, place, surroundings, &place.data);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(refused("run", &server.program))?;
    if let Some(mut stdin) = child.stdin.take() {
        let statement = format!("ALTER ROLE {ADMIN} PASSWORD '{password}'\n");
        stdin
            .write_all(statement.as_bytes())
            .await
            .map_err(refused("talk to", &server.program))?;
    }
    let ended = timeout(INITDB_LIMIT, child.wait_with_output()).await;
    match ended {
        Ok(Ok(output))
            if output.status.success()
                && !String::from_utf8_lossy(&output.stderr).contains("ERROR:") =>
        {
            private_file(
                &place.password,
                &format!("{password}\n"),
                place.account.as_ref(),
            )
        }
        _ => Err(Failure::new(
            Exit::Findings,
            format!(
                "{} is missing, and Postgres did not take a new password for {}",
                place.password.display(),
                place.data.display()
            ),
        )
        .help(format!("start afresh: {}", place::move_away(&place.data)))),
    }
}
