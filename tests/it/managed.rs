//! Managed servers, for real: every case starts the servers that it talks about, on free ports, in a workspace of
//! its own. Needs `initdb` and `postgres` (or uv, which fetches them) and uv for Valkey and Celery.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the system from outside"
)]

#[cfg(unix)]
mod celery;
mod cluster;
mod fresh;
mod machine;
mod probes;
#[cfg(unix)]
mod rotated;
#[cfg(unix)]
mod valkey;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use pixcrawler::failure::Failure;
use pixcrawler::service::endpoint::Endpoint;
use pixcrawler::service::managed::{Managed, plan};
use pixcrawler::supervisor::managed::{Launch, NotReady, Surroundings, prepare, ready};
use pixcrawler::system::database::{self, DatabaseState};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// Far beyond what a start takes: only a hang ends here.
const HANG: Duration = Duration::from_mins(1);

/// A workspace in a temporary folder, with what the machine offers.
pub(crate) struct World {
    root: TempDir,
    surroundings: Surroundings,
}

impl World {
    /// A workspace that every account of the machine can enter.
    pub(crate) fn open() -> Self {
        let world = Self::closed();
        world.allow(0o755);
        world
    }

    /// A workspace that only we can enter; root's shared folder is a neighbour that everybody can.
    fn closed() -> Self {
        let root = tempfile::tempdir().expect("temporary folder");
        let mut variables: BTreeMap<String, String> = std::env::vars().collect();
        variables.insert("PATH".to_owned(), crate::tools::path().to_owned());
        let mut surroundings = Surroundings::new(&variables);
        surroundings.shared = root.path().with_extension("shared");
        surroundings.cache = Some(root.path().join("cache"));
        let world = Self { root, surroundings };
        world.allow(0o700);
        world
    }

    fn allow(&self, mode: u32) {
        let folder = self.workspace();
        #[cfg(unix)]
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(mode))
            .expect("chmod");
        // What others may there is not said in such numbers.
        #[cfg(windows)]
        let _ = (folder, mode);
    }

    fn workspace(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.workspace().join(".pixcrawler/postgres")
    }

    fn prepare(&self, service: &Managed) -> Result<Launch, Failure> {
        block(prepare(
            service,
            self.workspace(),
            &self.surroundings,
            |_| {},
        ))
    }

    /// Starts `service` and waits until it is ready.
    pub(crate) fn start(&self, service: &Managed) -> Running {
        let mut running = self.launch(service);
        if let Err(failure) = running.wait_until_ready() {
            panic!("{failure}\n{}", running.log());
        }
        running
    }

    /// Starts `service`, which never gets ready: why.
    pub(crate) fn refuses(&self, service: &Managed) -> Failure {
        let mut running = self.launch(service);
        let refused = running.wait_until_ready();
        running.stop();
        *refused.expect_err("it is ready")
    }

    fn launch(&self, service: &Managed) -> Running {
        let launch = self
            .prepare(service)
            .unwrap_or_else(|failure| panic!("{failure}, help: {:?}", failure.help));
        let log = self.workspace().join(format!("{}.log", service.name()));
        let file = fs::File::options()
            .create(true)
            .append(true)
            .open(&log)
            .expect("log");
        let child = launch
            .command()
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("log"))
            .stderr(file)
            .spawn()
            .expect("spawn");
        Running { child, launch, log }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.surroundings.shared);
    }
}

pub(crate) struct Running {
    child: Child,
    launch: Launch,
    log: PathBuf,
}

impl Running {
    fn wait_until_ready(&mut self) -> Result<(), Box<Failure>> {
        let child = &mut self.child;
        let launch = &self.launch;
        let log = || fs::read_to_string(&self.log).unwrap_or_default();
        block(async {
            let polled = async {
                loop {
                    match ready(launch).await {
                        Ok(()) => return Ok(()),
                        Err(NotReady::Failed(failure)) => return Err(failure),
                        Err(NotReady::Waiting(_)) => {}
                    }
                    if let Some(status) = child.try_wait().expect("wait") {
                        panic!("{} ended with {status}\n{}", launch.origin, log());
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let polled = tokio::time::timeout(HANG, polled).await;
            polled.unwrap_or_else(|_| panic!("never ready\n{}", log()))
        })
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Stops it as the supervisor would, and gives back its log.
    pub(crate) fn stop(mut self) -> String {
        #[cfg(unix)]
        {
            use nix::sys::signal::{Signal, kill};
            use pixcrawler::supervisor::managed::Stop;
            let signal = match self.launch.stop {
                Stop::Interrupt => Signal::SIGINT,
                Stop::Terminate => Signal::SIGTERM,
            };
            kill(
                nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).expect("pid")),
                signal,
            )
            .expect("signal");
        }
        #[cfg(windows)]
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
        self.log()
    }

    fn kill(mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime")
        .block_on(future)
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("free port")
        .port()
}

pub(crate) fn postgres(url: &str) -> (Managed, Endpoint) {
    let endpoint = Endpoint::postgres(url, "DATABASE_URL", ".env:1").expect(url);
    (only(&endpoint), endpoint)
}

pub(crate) fn redis(url: &str) -> (Managed, Endpoint) {
    let endpoint = Endpoint::redis(url, "REDIS_URL", ".env:2").expect(url);
    (only(&endpoint), endpoint)
}

fn only(endpoint: &Endpoint) -> Managed {
    plan(std::slice::from_ref(endpoint))
        .services
        .into_iter()
        .next()
        .expect("one service")
}

fn state(endpoint: &Endpoint) -> DatabaseState {
    block(database::probe(endpoint, HANG))
}

fn accepts(endpoint: &Endpoint) -> bool {
    matches!(
        state(endpoint),
        DatabaseState::Accepts {
            version: Some(130_000..),
            ..
        }
    )
}

/// The first column of the first row, as text.
fn ask(endpoint: &Endpoint, question: &'static str) -> String {
    block(async {
        let mut connection = PgConnection::connect_with(&database::options(endpoint))
            .await
            .expect("connect");
        let answer: Option<String> = sqlx::query_scalar(question)
            .fetch_one(&mut connection)
            .await
            .expect(question);
        connection.close().await.expect("close");
        answer.unwrap_or_default()
    })
}

pub(crate) fn run(endpoint: &Endpoint, statements: &'static str) {
    block(async {
        let mut connection = PgConnection::connect_with(&database::options(endpoint))
            .await
            .expect("connect");
        sqlx::raw_sql(statements)
            .execute(&mut connection)
            .await
            .expect(statements);
        connection.close().await.expect("close");
    });
}

/// Where uv is; fetched where the machine has none.
fn uv() -> PathBuf {
    crate::tools::uv_program()
}
