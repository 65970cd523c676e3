//! The starter workspace, for real: uvicorn, Celery, Next, Postgres and Valkey, all through the tool.
#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at the tool from outside"
)]

mod http;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::tools;

const BINARY: &str = env!("CARGO_BIN_EXE_pixcrawler");

/// A first start installs everything, on a machine that may be busy.
const START: Duration = Duration::from_mins(10);

fn pixcrawler(dir: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command
        .current_dir(dir)
        .env("PATH", tools::path())
        .env("NO_COLOR", "1")
        .env_remove("PIXCRAWLER_ENVIRONMENT");
    command
}

fn run(dir: &Path, args: &[&str]) -> Output {
    pixcrawler(dir)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs")
}

fn succeed(dir: &Path, args: &[&str]) -> String {
    let output = run(dir, args);
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success(),
        "{args:?} ended with {}:\n{text}",
        output.status
    );
    text
}

/// The services of the plan.
fn plan(dir: &Path) -> Vec<Value> {
    let output = run(dir, &["dev", "--dry-run", "--format", "json"]);
    let plan: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    plan["services"].as_array().cloned().expect("a list")
}

fn wait_for<T>(what: &str, limit: Duration, mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = found() {
            return value;
        }
        assert!(began.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A session that runs in the background, ended whatever happens to the test.
struct Session(Child);

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_port_in_a_command_of_ones_own_or_its_variables_is_that_of_the_service() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    succeed(temp.path(), &["new", "shop"]);
    let dir = temp.path().join("shop");
    let settings = "\n[services.backend]\ncommand = \"uv run --no-sync uvicorn main:app --port 9123\"\n\n[services.frontend]\nenv = { PORT = \"3123\" }\n";
    std::fs::write(dir.join("pixcrawler.toml"), settings).expect("written");
    let expect = |backend: &str, frontend: &str| {
        let services = plan(&dir);
        let of = |name: &str, key: &str| {
            let mut all = services.iter();
            let service = all.find(|service| service["name"] == name).expect(name);
            service[key].to_string()
        };
        for (name, port) in [("backend", backend), ("frontend", frontend)] {
            assert_eq!(of(name, "port"), port);
            for key in ["url", "ready"] {
                let told = of(name, key);
                assert!(told.contains(port), "{name} {key}: {told}");
            }
        }
        of("backend", "command")
    };
    expect("9123", "3123");
    let settings = "\n[services.backend]\nenv = { PORT = \"9124\" }\n\n[services.frontend]\ncommand = \"bun run dev -- -p 3124\"\n";
    std::fs::write(dir.join("pixcrawler.toml"), settings).expect("written");
    let command = expect("9124", "3124");
    assert!(
        command.contains("9124"),
        "the detected command is told, too: {command}"
    );
    let settings =
        "\n[services.backend]\ncommand = \"uvicorn main:app --port 9123\"\nport = 9124\n";
    std::fs::write(dir.join("pixcrawler.toml"), settings).expect("written");
    let refused = run(&dir, &["dev", "--dry-run"]);
    let told = String::from_utf8_lossy(&refused.stderr);
    let why = "`port` is 9124, and `--port` in its command is 9123";
    assert!(
        told.contains(why) && told.contains("pixcrawler.toml:4"),
        "{told}"
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one life of a workspace, from its first start to its last stop"
)]
fn the_starter_runs_does_its_job_and_leaves_nothing_behind() {
    let temp = tempfile::tempdir().expect("a temporary folder");
    succeed(temp.path(), &["new", "my shop", "--name", "My Shop"]);
    let dir = temp.path().join("my shop");

    let refused = run(temp.path(), &["new", "my shop"]);
    assert_eq!(
        refused.status.code(),
        Some(2),
        "a folder that is not empty is refused"
    );
    assert!(succeed(&dir, &["env", "check"]).contains("no findings"));

    let services = plan(&dir);
    let port = |name: &str| {
        services
            .iter()
            .find(|service| service["name"] == name)
            .and_then(|service| service["port"].as_u64())
            .expect(name)
    };
    let ports = [
        port("backend"),
        port("frontend"),
        port("postgres"),
        port("redis"),
    ];

    // First for CI: everything is installed, migrated, started, and stopped again.
    let first = succeed(
        &dir,
        &["dev", "--migrate", "--until-ready", "--timeout", "600s"],
    );
    for service in ["postgres", "redis", "backend", "worker", "frontend"] {
        assert!(
            first.contains(&format!("✓ {service} ready in ")),
            "{service}:\n{first}"
        );
        assert!(
            first.contains(&format!("✓ {service} stopped in ")),
            "{service}:\n{first}"
        );
    }
    assert_all_free(&ports);
    let again = plan(&dir);
    let names: Vec<&str> = again
        .iter()
        .filter_map(|service| service["name"].as_str())
        .collect();
    assert!(
        !names.contains(&"uv-sync") && !names.contains(&"bun-install"),
        "what is installed is not installed again: {names:?}"
    );

    // Its own tests read no variable of the command that runs them, but for the database.
    for tier in ["root", "backend"] {
        let line = [
            "env",
            "run",
            "--tier",
            tier,
            "--",
            "uv",
            "run",
            "--no-sync",
            "pytest",
            "-q",
        ];
        let told = succeed(&dir, &line);
        assert!(told.contains(" passed"), "{tier}:\n{told}");
    }

    // Then for a developer.
    let log = std::fs::File::create(temp.path().join("dev.log")).expect("a log file");
    let child = pixcrawler(&dir)
        .arg("dev")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a copy"))
        .stderr(log)
        .spawn()
        .expect("the binary runs");
    let mut session = Session(child);
    let shown = || std::fs::read_to_string(temp.path().join("dev.log")).unwrap_or_default();
    wait_for("all ready", START, || {
        assert!(
            session.0.try_wait().expect("our child").is_none(),
            "it ended:\n{}",
            shown()
        );
        shown().contains("all ready in").then_some(())
    });
    assert!(
        !shown().contains("database system was interrupted"),
        "the last stop was clean:\n{}",
        shown()
    );

    let api = http::Client::new(ports[0]);
    assert_eq!(api.get("/health")["status"], "healthy");
    let project = api.post("/api/v1/projects", &json!({"name": "cats"}));
    let job = api.post(
        "/api/v1/jobs",
        &json!({"project_id": project["id"], "name": "cats", "keywords": ["cat"], "max_images": 3}),
    );
    let path = format!("/api/v1/jobs/{}", job["id"]);
    let done = wait_for("the worker's result", Duration::from_mins(1), || {
        let job = api.get(&path);
        assert_ne!(job["status"], "failed", "{job}");
        (job["status"] == "completed").then_some(job)
    });
    assert_eq!(done["downloaded_images"], 3);
    let page = http::Client::new(ports[1]).text("/", Duration::from_mins(3));
    assert!(page.contains("My Shop"), "{page}");

    let secret = std::fs::read_to_string(dir.join("backend/.env")).expect("the file");
    let secret = secret
        .lines()
        .find_map(|line| line.strip_prefix("CACHE_REDIS_PASSWORD="))
        .expect("a password")
        .trim()
        .to_owned();
    assert!(!shown().contains(&secret), "a secret on the screen");

    stop(&mut session);
    let status = wait_for("the end", Duration::from_mins(1), || {
        session.0.try_wait().expect("our child")
    });
    assert_eq!(status.code(), Some(0), "a clean Ctrl+C:\n{}", shown());
    assert_all_free(&ports);
    assert!(survivors(&dir).is_empty(), "{:?}", survivors(&dir));
}

#[cfg(unix)]
fn stop(session: &mut Session) {
    let pid = i32::try_from(session.0.id()).expect("a process number");
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(pid),
        nix::sys::signal::Signal::SIGINT,
    )
    .expect("it is alive");
}

#[cfg(windows)]
fn stop(session: &mut Session) {
    session.0.kill().expect("it is alive");
}

fn assert_all_free(ports: &[u64]) {
    for port in ports {
        let port = u16::try_from(*port).expect("a port");
        assert!(
            !pixcrawler::system::net::answers(port),
            "port {port} still answers"
        );
    }
}

/// Processes whose command or folder lies in the workspace.
fn survivors(dir: &Path) -> Vec<String> {
    let dir = dir.to_string_lossy();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let command = std::fs::read(entry.path().join("cmdline")).ok()?;
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            let cwd = std::fs::read_link(entry.path().join("cwd")).ok()?;
            (command.contains(dir.as_ref()) || cwd.to_string_lossy().starts_with(dir.as_ref()))
                .then_some(command)
        })
        .collect()
}
