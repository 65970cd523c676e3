//! Migrations against a real Postgres, which the tool's own managed service runs: one server for all
//! cases, a database for each.
#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the tool from outside"
)]

mod alike;
mod drizzle_kit;
mod files;
mod history;
mod killed;
mod live;
mod pooled;
mod rights;
mod runs;
mod sent;
pub(crate) mod tls;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use pixcrawler::migration::Target;
use pixcrawler::system::database::session::Session as Database;
use serde_json::Value;
use tempfile::TempDir;

use crate::managed::{Running, World, block, free_port, postgres};
use crate::support::{HANG, Session, within};

/// The server, as long as a case needs it.
struct Server {
    running: Option<Running>,
    _world: World,
    base: String,
    port: u16,
}

impl Server {
    /// Everything that it has written to its log.
    fn log(&self) -> String {
        self.running.as_ref().map(Running::log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

fn server() -> Arc<Server> {
    static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SERVER
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return server;
    }
    let world = World::open();
    let port = free_port();
    let base = format!("postgresql://app:hunter2222@127.0.0.1:{port}/");
    let (service, _) = postgres(&format!("{base}app"));
    let server = Arc::new(Server {
        running: Some(world.start(&service)),
        _world: world,
        base,
        port,
    });
    *shared = Arc::downgrade(&server);
    server
}

/// A workspace with migrations, and an empty database for it.
struct Case {
    server: Arc<Server>,
    dir: TempDir,
    url: String,
}

/// How a command ended.
struct Ended {
    code: Option<i32>,
    text: String,
    json: Value,
}

impl Ended {
    /// The codes of the findings.
    fn rules(&self) -> Vec<&str> {
        let findings = self.json["findings"].as_array().into_iter().flatten();
        findings
            .filter_map(|finding| finding["rule"].as_str())
            .collect()
    }

    /// The place of the first finding: `file:line:column`.
    fn place(&self) -> String {
        let finding = &self.json["findings"][0];
        format!(
            "{}:{}:{}",
            finding["file"].as_str().unwrap_or_default(),
            finding["line"],
            finding["column"]
        )
    }

    fn applied(&self) -> Vec<&str> {
        let applied = self.json["applied"].as_array().into_iter().flatten();
        applied.filter_map(|step| step["tag"].as_str()).collect()
    }
}

impl Case {
    /// Migrations as `(tag, when, text)`.
    fn new(migrations: &[(&str, i64, &str)]) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let server = server();
        let name = format!("case_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        ask_at(
            &format!("{}app", server.base),
            &format!("CREATE DATABASE {name}"),
        );
        let case = Self {
            url: format!("{}{name}", server.base),
            server,
            dir: tempfile::tempdir().expect("a temporary folder"),
        };
        case.write("frontend/package.json", r#"{"name": "web"}"#);
        case.write(
            "frontend/drizzle.config.ts",
            "export default { dialect: 'postgresql', schema: './schema.ts', dbCredentials: { url: process.env.DATABASE_URL! } };\n",
        );
        case.migrations(migrations);
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn sql(&self, tag: &str, text: &str) {
        self.write(&format!("frontend/drizzle/{tag}.sql"), text);
    }

    /// The journal and its files, anew.
    fn migrations(&self, migrations: &[(&str, i64, &str)]) {
        let mut entries = String::new();
        for (at, (tag, when, text)) in migrations.iter().enumerate() {
            self.sql(tag, text);
            let comma = if at == 0 { "" } else { ",\n" };
            let _ = write!(
                entries,
                "{comma}{{\"idx\": {at}, \"version\": \"7\", \"when\": {when}, \"tag\": \"{tag}\", \"breakpoints\": true}}"
            );
        }
        self.write(
            "frontend/drizzle/meta/_journal.json",
            &format!(
                "{{\"version\": \"7\", \"dialect\": \"postgresql\", \"entries\": [\n{entries}\n]}}"
            ),
        );
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pixcrawler"));
        command
            .arg("migrate")
            .args(args)
            .current_dir(self.dir.path())
            .env("DATABASE_URL", &self.url)
            .env("NO_COLOR", "1")
            .env_remove("CI")
            .env_remove("PIXCRAWLER_ENVIRONMENT")
            .stdin(Stdio::null());
        command
    }

    /// Runs `migrate` with JSON.
    fn run(&self, args: &[&str]) -> Ended {
        let mut words = args.to_vec();
        words.extend(["--format", "json"]);
        let output = self.command(&words).output().expect("the binary runs");
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!text.contains("hunter2222"), "the password shows:\n{text}");
        Ended {
            code: output.status.code(),
            json: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
            text,
        }
    }

    /// The case's database through another port, with further words of the URL.
    fn through(&self, port: u16, query: &str) -> String {
        let direct = format!(":{}/", self.server.port);
        self.url.replace(&direct, &format!(":{port}/")) + query
    }

    /// Starts `migrate` as people see it.
    fn start(&self, args: &[&str]) -> Session {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().expect("the binary starts");
        Session::new(child, self.dir.path().to_owned(), true)
    }

    /// Waits until a question is answered with `true`.
    fn wait_until(&self, question: &str) {
        assert!(
            within(HANG, || self.ask(question) == "true"),
            "it never was so: {question}"
        );
    }

    /// A session of the case's database that holds what `sql` takes until it is dropped.
    fn hold(&self, sql: &str) -> Held {
        Held::new(&self.url, sql)
    }

    /// Runs and must succeed.
    fn succeed(&self, args: &[&str]) -> Ended {
        let ended = self.run(args);
        assert_eq!(ended.code, Some(0), "{args:?}:\n{}", ended.text);
        ended
    }

    /// The cells of the rows that a statement gives, by `|` and `,`.
    fn ask(&self, sql: &str) -> String {
        ask_at(&self.url, sql)
    }

    /// What is on record: the times.
    fn record(&self) -> String {
        self.ask("SELECT coalesce(created_at::text, 'null') FROM drizzle.__drizzle_migrations ORDER BY id")
    }
}

/// A transaction that somebody forgot.
struct Held {
    release: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Held {
    fn new(url: &str, sql: &str) -> Self {
        let (url, sql) = (url.to_owned(), format!("BEGIN; {sql}"));
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let target = Target::parse(&url, "DATABASE_URL", "a test").expect("a URL");
            block(async {
                let mut session = Database::connect(&target, HANG)
                    .await
                    .expect("a connection");
                session.query(&sql).await.expect("it runs");
                tell.send(()).expect("somebody waits");
                let _ = released.recv();
                session.close().await;
            });
        });
        told.recv().expect("it began");
        Self {
            release: Some(release),
            thread: Some(thread),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ask_at(url: &str, sql: &str) -> String {
    let target = Target::parse(url, "DATABASE_URL", "a test").expect("a URL");
    block(async {
        let mut session = Database::connect(&target, HANG)
            .await
            .expect("a connection");
        let rows = session
            .query(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        session.close().await;
        rows.into_iter()
            .map(|row| {
                row.into_iter()
                    .map(Option::unwrap_or_default)
                    .collect::<Vec<_>>()
                    .join("|")
            })
            .collect::<Vec<_>>()
            .join(",")
    })
}

/// The folder for what is fetched, beside the binary.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_pixcrawler"))
        .parent()
        .and_then(Path::parent)
        .expect("the target folder")
        .join("test-tools")
}
