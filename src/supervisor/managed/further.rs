//! Data whose name has the port of its server in it: the first server of a kind has the plain name, whatever
//! its port, and a further one begins anew with another port.

use std::fs;
use std::path::{Path, PathBuf};

use super::cluster;
use super::place::{beside, move_away};
use super::surroundings::Surroundings;
use crate::service::managed::Managed;
use crate::text::command::Command;

/// `postgres` and 5433 of `postgres-5433`; none of a first server's name.
fn parts(name: &str) -> Option<(&str, u16)> {
    let (kind, port) = name.split_once('-')?;
    Some((kind, port.parse().ok()?))
}

/// Whether there is a server's data in a folder, and no server that runs.
fn is_idle(data: &Path) -> bool {
    let has = |name: &str| data.join(name).exists();
    let of_redis = ["appendonlydir", "appendonly.aof"];
    of_redis.into_iter().any(has) || has("PG_VERSION") && !has("postmaster.pid")
}

/// Whether nobody serves what is there: a server that was killed leaves its lock behind.
fn is_unused(data: &Path) -> bool {
    is_idle(data) || data.join("PG_VERSION").exists() && !cluster::is_served(data)
}

/// Of a server that begins empty, where data is that no server of its kind uses, and how it would be used.
pub(super) fn idle_words(workspace: &Path, name: &str, surroundings: &Surroundings) -> Vec<String> {
    let words = |old: String| {
        format!(
            "{name} begins empty; data that no server uses is in .pixcrawler/{old}. To go on with that: pixcrawler stop, then {}",
            put_in_place(workspace, &old, name)
        )
    };
    let idle = idle(workspace, name, &surroundings.servers);
    idle.into_iter().map(words).collect()
}

/// Data of servers that nobody runs, beside that of the server `name`; `used` are those of the session.
fn idle(workspace: &Path, name: &str, used: &[String]) -> Vec<String> {
    let home = workspace.join(".pixcrawler");
    let kind = name.split('-').next();
    let Ok(entries) = fs::read_dir(&home) else {
        return Vec::new();
    };
    let mut found: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|other| other != name && !used.contains(other))
        .filter(|other| parts(other).is_some_and(|(of, _)| Some(of) == kind))
        .filter(|other| is_unused(&home.join(other)))
        .collect();
    found.sort();
    found
}

/// The commands that give the data `old` the name of the server that is to have it. What stands there begins
/// anew and is kept aside.
pub(super) fn put_in_place(workspace: &Path, old: &str, name: &str) -> String {
    let home = workspace.join(".pixcrawler");
    let (from, to) = (home.join(old), home.join(name));
    let into = |from: &Path, to: &Path| {
        Command::new(if cfg!(windows) { "move /Y" } else { "mv" })
            .paths([from, to].map(|path| path.to_string_lossy()))
            .to_string()
    };
    let mut commands = vec![move_away(&to), into(&from, &to)];
    let (password, wanted) = (beside(&from, "password"), beside(&to, "password"));
    // Of data behind a link it stands beside the data itself.
    if password.exists() {
        commands.push(into(&password, &wanted));
    }
    commands.join(if cfg!(windows) { " & " } else { " && " })
}

/// Gives the data of servers that went to other ports the names by which the next session looks for it: it
/// would begin empty though nobody changed anything between the two. Only what is free of danger is done: what
/// stands at the new name stays, and so does data behind a link, whose own name says whose it is.
pub fn rename_moved(workspace: &Path, servers: &[Managed]) {
    let home = workspace.join(".pixcrawler");
    for server in servers {
        let Some((kind, port)) = parts(server.name()).filter(|(_, port)| *port != server.port())
        else {
            continue;
        };
        let named = |port: u16| home.join(format!("{kind}-{port}"));
        let (from, to) = (named(port), named(server.port()));
        let is_free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
        let is_own = fs::symlink_metadata(&from).is_ok_and(|it| it.is_dir());
        let (password, wanted) = (beside(&from, "password"), beside(&to, "password"));
        if !is_own || !is_idle(&from) || !is_free(&to) || !is_free(&wanted) {
            continue;
        }
        match fs::rename(&from, &to) {
            // Without its password it gets a new one.
            Ok(()) => drop(fs::rename(password, wanted)),
            Err(error) => tracing::debug!("{} keeps its name: {error}", from.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::managed::{PostgresPlan, ValkeyPlan};

    fn with(folders: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        for name in folders {
            let data = root.path().join(".pixcrawler").join(name);
            fs::create_dir_all(data.join("appendonlydir")).expect("a folder");
            if name.starts_with("postgres") {
                fs::remove_dir(data.join("appendonlydir")).expect("it is there");
                fs::write(data.join("PG_VERSION"), "15").expect("a file");
            }
        }
        root
    }

    #[test]
    fn data_that_no_server_uses_is_found_and_moves_with_its_password() {
        let root = with(&[
            "postgres",
            "postgres-5433",
            "postgres-5434",
            "postgres-5433.old",
            "redis",
            "redis-6380",
            "redis-6390",
        ]);
        let home = root.path().join(".pixcrawler");
        // Its server was killed.
        fs::write(home.join("postgres-5434/postmaster.pid"), "1").expect("a file");
        let used = ["redis-6390".to_owned()];
        let idle = |name| idle(root.path(), name, &used);
        assert_eq!(idle("postgres-5435"), ["postgres-5433", "postgres-5434"]);
        assert_eq!(idle("postgres-5433"), ["postgres-5434"]);
        assert_eq!(idle("redis-6391"), ["redis-6380"]);
        let moved = |old| put_in_place(root.path(), old, "postgres-5435");
        assert!(!moved("postgres-5433").contains("password"));
        fs::write(home.join("postgres-5433.password"), "x").expect("a file");
        assert!(moved("postgres-5433").contains("postgres-5435.password"));
    }

    // Whose server works there is known by its folder and its name.
    #[cfg(target_os = "linux")]
    #[test]
    fn data_that_a_server_works_in_is_not_offered() {
        let root = with(&["postgres-5433"]);
        let data = root.path().join(".pixcrawler/postgres-5433");
        fs::write(data.join("postmaster.pid"), "1").expect("a file");
        let program = root.path().join("postgres");
        std::os::unix::fs::symlink("/bin/sleep", &program).expect("a link");
        let idle = || idle(root.path(), "postgres-5434", &[]);
        let server = std::process::Command::new(program)
            .arg("1000")
            .current_dir(&data)
            .spawn();
        let mut server = server.expect("it runs");
        let told = idle();
        server.kill().expect("ours");
        server.wait().expect("ours");
        assert_eq!(told, [""; 0]);
        assert_eq!(idle(), ["postgres-5433"]);
    }

    fn redis(name: &str, port: u16) -> Managed {
        Managed::Valkey(ValkeyPlan {
            name: name.to_owned(),
            port,
            users: Vec::new(),
            databases: 16,
            variables: Vec::new(),
        })
    }

    fn postgres(name: &str, port: u16) -> Managed {
        Managed::Postgres(PostgresPlan {
            name: name.to_owned(),
            port,
            roles: Vec::new(),
            databases: Vec::new(),
            variables: Vec::new(),
        })
    }

    #[test]
    fn what_moved_is_found_by_the_next_session_and_nothing_else_is_touched() {
        let root = with(&[
            "redis",
            "redis-6710",
            "redis-6711",
            "redis-6712",
            "redis-6722",
            "postgres-5733",
            "postgres-5734",
        ]);
        let home = root.path().join(".pixcrawler");
        fs::write(home.join("postgres-5733.password"), "x").expect("a file");
        fs::write(home.join("postgres-5734/postmaster.pid"), "1").expect("a file");
        fs::write(home.join("redis-6722/own"), "").expect("a file");
        let servers = [
            redis("redis", 6700),
            redis("redis-6710", 6720),
            redis("redis-6711", 6711),
            // Something is there.
            redis("redis-6712", 6722),
            redis("redis-6799", 6798),
            postgres("postgres-5733", 5744),
            // It was killed, or runs.
            postgres("postgres-5734", 5745),
        ];
        rename_moved(root.path(), &servers);
        let there = fs::read_dir(&home).expect("a folder").flatten();
        let mut there: Vec<String> = there
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        there.sort();
        let expected = [
            "postgres-5734",
            "postgres-5744",
            "postgres-5744.password",
            "redis",
            "redis-6711",
            "redis-6712",
            "redis-6720",
            "redis-6722",
        ];
        assert_eq!(there, expected);
        assert!(home.join("redis-6722/own").exists());
    }
}
