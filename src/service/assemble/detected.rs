//! The services that a workspace has without any configuration.

use std::time::Duration;

use camino::Utf8Path;

use crate::workspace::stack::{ANEW, CeleryApp, Manager};

use super::super::managed::Managed;
use super::super::{
    Command, Condition, Dependency, Http, Kind, OnEnv, Probe, Readiness, Service, Stop, StopSignal,
    Watch,
};
use super::{INSTALL_PYTHON, Inputs, MIGRATE, brokers, unasked};

/// Celery finishes the tasks that run; the broker hands out the others again.
const WORKER_GRACE: Duration = Duration::from_secs(10);

/// Postgres writes everything out before it ends, so that the next start needs no recovery.
const DATABASE_GRACE: Duration = Duration::from_secs(30);

fn exec<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> Command {
    Command::Exec(
        words
            .into_iter()
            .map(|word| word.as_ref().to_owned())
            .collect(),
    )
}

fn blank(inputs: &Inputs<'_>, name: &str, kind: Kind) -> Service {
    Service::new(name, kind, inputs.workspace.root.clone())
}

/// Waits for every one of these services that is in the plan.
fn after(services: &[Service], wanted: impl Fn(&Service) -> bool) -> Vec<Dependency> {
    let chosen = services.iter().filter(|service| wanted(service));
    chosen
        .map(|service| Dependency {
            name: service.name.clone(),
            condition: condition(service),
        })
        .collect()
}

fn condition(service: &Service) -> Condition {
    if service.kind.is_task() {
        Condition::CompletedSuccessfully
    } else {
        Condition::Ready
    }
}

pub(super) fn managed(inputs: &Inputs<'_>, server: &Managed) -> Service {
    let (signal, grace) = if server.is_postgres() {
        (StopSignal::Interrupt, DATABASE_GRACE)
    } else {
        (StopSignal::Terminate, WORKER_GRACE)
    };
    let variables = match server {
        Managed::Postgres(plan) => plan.variables.join(", "),
        Managed::Valkey(plan) => plan.variables.join(", "),
    };
    Service {
        port: Some(server.port()),
        url: Some(format!("127.0.0.1:{}", server.port())),
        ready: Readiness {
            interval: Duration::from_millis(50),
            ..Readiness::by(Probe::Managed)
        },
        stop: Stop {
            signal,
            grace,
            ..Stop::default()
        },
        origin: format!("{variables} names this machine and nothing listens there"),
        ..blank(inputs, server.name(), Kind::Managed(server.clone()))
    }
}

pub(super) fn install_python(inputs: &Inputs<'_>) -> Option<Service> {
    let python = inputs
        .stack
        .python
        .as_ref()
        .filter(|_| inputs.install.python)?;
    let words = python.sync(&python.chosen_extras(inputs.tiers));
    let command = if inputs.install.anew {
        Command::Shell(format!("{ANEW} && {}", words.join(" ")))
    } else {
        exec(words)
    };
    let why = if inputs.install.anew {
        "the environment belongs to another folder".to_owned()
    } else {
        let manifest = python.dir.join("pyproject.toml");
        format!("{manifest} changed since the last installation")
    };
    Some(Service {
        cwd: inputs.workspace.path(&python.dir),
        origin: why,
        ..blank(inputs, INSTALL_PYTHON, Kind::Task(command))
    })
}

pub(super) fn install_web(inputs: &Inputs<'_>) -> Option<Service> {
    let web = inputs.stack.web.as_ref().filter(|_| inputs.install.web)?;
    let program = web.manager.program();
    Some(Service {
        cwd: inputs.workspace.path(&web.top),
        origin: format!(
            "{} changed since the last installation",
            web.dir.join("package.json")
        ),
        ..blank(
            inputs,
            &format!("{program}-install"),
            Kind::Task(exec([program, "install"])),
        )
    })
}

/// Our own `migrate`, as another process: its lines belong into the log, and its end decides.
pub(super) fn migrate(inputs: &Inputs<'_>, services: &[Service]) -> Option<Service> {
    let found = inputs
        .stack
        .migrations
        .as_ref()
        .filter(|_| inputs.migrate)?;
    let root = &inputs.workspace.root;
    let environment = inputs.environment.as_str();
    let words = [
        found.program.as_str(),
        "migrate",
        "--workspace",
        root.as_str(),
        "--env",
        environment,
        "--wait",
        "30s",
    ];
    Some(Service {
        tier: Some(found.tier.clone()),
        after: after(services, |service| {
            matches!(service.kind, Kind::Managed(Managed::Postgres(_)))
        }),
        env: if inputs.colour {
            vec![("FORCE_COLOR".to_owned(), "1".to_owned())]
        } else {
            Vec::new()
        },
        origin: format!("migrations in {}", found.out),
        ..blank(inputs, MIGRATE, Kind::Task(exec(words)))
    })
}

fn is_web_install(service: &Service) -> bool {
    service.kind.is_task() && service.name.ends_with("-install")
}

/// What Python services wait for: their packages, their servers, the tables.
fn python_needs(services: &[Service]) -> Vec<Dependency> {
    after(services, |service| {
        service.kind.is_managed() || service.name == INSTALL_PYTHON || service.name == MIGRATE
    })
}

/// Variables with which Python prints at once, in UTF-8, and in colour where that is wanted.
pub(super) fn python_env(inputs: &Inputs<'_>) -> Vec<(String, String)> {
    let mut env = vec![("PYTHONUNBUFFERED".to_owned(), "1".to_owned())];
    if cfg!(windows) {
        // Into a pipe, Python writes the system's code page there, and fails at the first letter that has no place in it.
        env.push(("PYTHONIOENCODING".to_owned(), "utf-8".to_owned()));
    }
    if inputs.colour {
        env.extend(
            ["FORCE_COLOR", "CLICOLOR_FORCE", "LOGURU_COLORIZE"]
                .map(|name| (name.to_owned(), "1".to_owned())),
        );
    }
    env
}

pub(super) fn api(inputs: &Inputs<'_>, services: &[Service]) -> Option<Service> {
    let api = inputs.stack.api.as_ref()?;
    let Listen { host, port } = Listen::of(inputs.tier("backend"));
    // "Any address" is where it listens, not where it can be reached.
    let reach = if matches!(host.as_str(), "0.0.0.0" | "::" | "127.0.0.1") {
        "localhost"
    } else {
        host.as_str()
    };
    let port_text = port.to_string();
    let mut words = vec![
        "uv",
        "run",
        "--no-sync",
        "uvicorn",
        api.target.as_str(),
        "--host",
        host.as_str(),
        "--port",
        port_text.as_str(),
    ];
    let package = api.target.split(['.', ':']).next().unwrap_or_default();
    let apart = code_apart(&api.cwd, &api.imports);
    if let Some(apart) = &apart {
        words.extend(["--app-dir", apart.as_str()]);
    }
    if inputs.reload {
        words.push("--reload");
        // Without a folder uvicorn watches everything below it, `node_modules` too.
        if let Some(apart) = &apart {
            words.extend(["--reload-dir", apart.as_str()]);
        } else if api.cwd.as_str().is_empty() && api.target.contains('.') {
            words.extend(["--reload-dir", package]);
        }
    }
    if inputs.colour {
        words.push("--use-colors");
    }
    let probe = match &api.health {
        Some(path) => Probe::Http(Http::get(format!("http://127.0.0.1:{port}{path}"))),
        None if api.has_schema => {
            Probe::Http(Http::get(format!("http://127.0.0.1:{port}/openapi.json")))
        }
        // It answers to nothing that is known here.
        None => Probe::Tcp(port),
    };
    Some(Service {
        cwd: inputs.workspace.path(&api.cwd),
        tier: Some("backend".to_owned()),
        env: python_env(inputs),
        port: Some(port),
        url: Some(format!("http://{reach}:{port}")),
        after: python_needs(services),
        ready: Readiness::by(probe),
        origin: format!("FastAPI app, {}:{}", api.file, api.line),
        ..blank(inputs, "backend", Kind::Process(exec(words)))
    })
}

/// Where modules are imported from, as seen from where their program runs, if not from there.
fn code_apart(cwd: &Utf8Path, imports: &Utf8Path) -> Option<String> {
    let apart = imports.strip_prefix(cwd).unwrap_or(imports);
    (!apart.as_str().is_empty()).then(|| apart.to_string())
}

/// What lets a worker import its modules where they do not lie where it runs, and its project may not be installed.
fn import_path(inputs: &Inputs<'_>, celery: &CeleryApp) -> Option<(String, String)> {
    const NAME: &str = "PYTHONPATH";
    let mut path = code_apart(&celery.cwd, &celery.imports)?;
    let variables = inputs.tier("backend");
    if let Some(more) = variables.get(NAME).filter(|it| !it.is_empty()) {
        path.push(if cfg!(windows) { ';' } else { ':' });
        path.push_str(more);
    }
    Some((NAME.to_owned(), path))
}

pub(super) fn worker(inputs: &Inputs<'_>, services: &[Service]) -> Option<Service> {
    let celery = inputs.stack.celery.as_ref()?;
    let mut words = vec![
        "uv",
        "run",
        "--no-sync",
        "celery",
        "-A",
        celery.target.as_str(),
        "worker",
        "--loglevel=info",
    ];
    let variables = inputs.tier("backend");
    // As many children as the machine has cores is right for a server, not beside an editor.
    if !variables.contains_key("CELERY_WORKER_CONCURRENCY") {
        words.push("--concurrency=2");
    }
    if cfg!(windows) {
        words.push("--pool=solo");
    }
    // Files that a URL names are found from where the worker runs.
    let home = inputs.workspace.path(&celery.cwd);
    let code = inputs.workspace.path(&celery.imports);
    let mut env = python_env(inputs);
    env.extend(import_path(inputs, celery));
    let brokers: Vec<_> = brokers(celery, inputs.sight)
        .into_iter()
        .map(|broker| broker.within(&home))
        .collect();
    Some(Service {
        cwd: inputs.workspace.path(&celery.cwd),
        tier: Some("backend".to_owned()),
        env,
        url: Some(format!("celery -A {}", celery.target)),
        after: python_needs(services),
        ready: Readiness {
            interval: Duration::from_millis(250),
            ..if brokers.is_empty() || celery.unasked.is_some() {
                // Nobody can be pinged there: it says by itself when it has come so far.
                unasked::by_its_line(inputs)
            } else {
                Readiness::by(Probe::Celery(brokers))
            }
        },
        // One signal to the leader is a warm stop; a second, or one to a pool child, cuts tasks off.
        stop: Stop {
            grace: WORKER_GRACE,
            ..Stop::default()
        },
        // Celery has no reload of its own. A worker writes no Python, so nothing here is a circle.
        watch: inputs.reload.then(|| Watch {
            paths: vec![code],
            home,
            only: vec!["*.py".to_owned()],
            ignore: Vec::new(),
            debounce: Watch::DEBOUNCE,
        }),
        origin: format!("Celery app, {}:{}", celery.file, celery.line),
        ..blank(inputs, "worker", Kind::Process(exec(words)))
    })
}

pub(super) fn web(inputs: &Inputs<'_>, services: &[Service]) -> Option<Service> {
    let web = inputs.stack.web.as_ref().filter(|web| web.has_dev)?;
    let tier = tier_of(inputs, &web.dir);
    let variables = tier
        .as_deref()
        .map(|name| inputs.tier(name))
        .unwrap_or_default();
    let address = variables
        .get("NEXT_PUBLIC_APP_URL")
        .and_then(|url| url::Url::parse(url).ok());
    let local = address.filter(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1")));
    let port = web
        .fixed_port
        .or_else(|| local.and_then(|url| url.port()))
        .unwrap_or(3000);
    let mut env = vec![
        ("PORT".to_owned(), port.to_string()),
        ("NEXT_TELEMETRY_DISABLED".to_owned(), "1".to_owned()),
    ];
    if inputs.colour {
        env.push(("FORCE_COLOR".to_owned(), "1".to_owned()));
    }
    let words: &[&str] = match web.manager {
        Manager::Bun => &["bun", "run", "dev"],
        Manager::Pnpm => &["pnpm", "run", "dev"],
        Manager::Yarn => &["yarn", "run", "dev"],
        Manager::Npm => &["npm", "run", "dev"],
    };
    Some(Service {
        cwd: inputs.workspace.path(&web.dir),
        tier,
        env,
        port: Some(port),
        url: Some(format!("http://localhost:{port}")),
        after: after(services, is_web_install),
        // A page would be compiled first, which takes half a minute: a connection tells enough.
        ready: Readiness::by(Probe::Tcp(port)),
        on_env: if web.is_next {
            OnEnv::ReadsAgain
        } else {
            OnEnv::Restart
        },
        origin: format!("script dev of {}", web.dir.join("package.json")),
        ..blank(inputs, "frontend", Kind::Process(exec(words)))
    })
}

fn tier_of(inputs: &Inputs<'_>, dir: &Utf8Path) -> Option<String> {
    inputs
        .workspace
        .tiers
        .iter()
        .find(|tier| tier.dir == dir)
        .map(|tier| tier.name.clone())
}

/// Where the API is to listen, as its tier's variables say.
#[derive(Debug, serde::Deserialize)]
#[serde(default)]
struct Listen {
    host: String,
    port: u16,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8000,
        }
    }
}

impl Listen {
    /// What is not set, or is no port, is as uvicorn has it; `env check` says what is wrong.
    fn of(variables: super::Variables) -> Self {
        let set = variables
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty());
        envy::from_iter(set).unwrap_or_default()
    }
}
