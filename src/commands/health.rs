//! `pixcrawler health`: a running deployment, as it says itself and as its broker and its pages show.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use url::Url;

use crate::diagnostic::{Report, Severity};
use crate::doctor::Checked;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::{env_files, stack, tiers};
use crate::health::{self, Broker, Health, Page};
use crate::output::{self, Format, Run};
use crate::service::assemble;
use crate::service::endpoint::Endpoint;
use crate::system::celery;
use crate::system::http::{self, Request as Question, Response, Trouble};
use crate::text::{Secrets, plural};

use super::{Context, doctor};

/// What is to be asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The API's address; the workspace's own otherwise.
    pub url: Option<Url>,
    /// The web application's address; the workspace's own otherwise.
    pub web: Option<Url>,
    /// Ask again and again, this often.
    pub watch: Option<Duration>,
    /// How long one question may take.
    pub timeout: Duration,
    /// What is degraded fails, too.
    pub strict: bool,
}

/// Where everything is.
struct Places {
    api: Url,
    web: Option<Url>,
    broker: Option<Endpoint>,
    secrets: Secrets,
    /// The report that the code has, where it was found.
    health: Option<String>,
}

/// Asks once, or until somebody has seen enough.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let places = places(context, request)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::unreachable(format!("this system gives us no way to wait: {error}"))
        })?;
    let Some(interval) = request.watch else {
        let (exit, text) = round(context, request, &places, &runtime);
        context.print(&text);
        runtime.shutdown_background();
        return Ok(exit);
    };
    let screen = context.terminal.is_terminal && context.format == Format::Human;
    loop {
        let (_, text) = round(context, request, &places, &runtime);
        let mut shown = Vec::new();
        if screen {
            // Home, then each line to its end, then what is left of the last round: nothing flickers.
            shown.extend_from_slice(b"\x1b[H");
            for line in text.split(|byte| *byte == b'\n') {
                shown.extend_from_slice(line);
                shown.extend_from_slice(b"\x1b[K\n");
            }
            shown.extend_from_slice(b"\x1b[J");
        } else {
            shown = text;
        }
        if !context.try_print(&shown) {
            return Ok(Exit::Clean);
        }
        std::thread::sleep(interval);
    }
}

fn places(context: &Context, request: &Request) -> Result<Places, Failure> {
    let workspace = match (context.find_workspace(), &request.url) {
        (Ok(workspace), _) => Some(workspace),
        (Err(_), Some(_)) if context.workspace.is_none() => None,
        (Err(failure), _) => {
            return Err(match request.url {
                Some(_) => failure,
                None => failure.help("give the address: pixcrawler health https://api.example.com"),
            });
        }
    };
    let Some(workspace) = workspace else {
        return Ok(Places {
            api: sound(request.url.as_ref())?,
            web: request.web.clone(),
            broker: None,
            secrets: Secrets::new([""; 0]),
            health: None,
        });
    };
    let stack = stack::find(&workspace);
    let environments = env_files::load(&workspace, context.environment, &context.variables);
    let tiers = tiers::of(&workspace, &environments);
    let value = |tier: &str, name: &str| {
        let value = tiers.seen.get(tier)?.get(name)?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let named = |name: &str| value("frontend", name).and_then(|url| Url::parse(&url).ok());
    let port = value("backend", "PORT").unwrap_or_else(|| "8000".to_owned());
    let api = request
        .url
        .clone()
        .or_else(|| named("NEXT_PUBLIC_API_URL"))
        .or_else(|| Url::parse(&format!("http://localhost:{port}")).ok());
    // Somebody else's deployment has a broker of its own, which our files do not name.
    let ours = request.url.is_none() || request.url.as_ref().is_some_and(is_local);
    Ok(Places {
        api: sound(api.as_ref())?,
        web: request
            .web
            .clone()
            .or_else(|| named("NEXT_PUBLIC_APP_URL").filter(|_| ours)),
        broker: stack
            .celery
            .as_ref()
            .filter(|_| ours)
            .and_then(|celery| assemble::broker(celery, &tiers.seen)),
        secrets: Secrets::new(&tiers.secrets),
        health: stack.api.and_then(|api| api.health),
    })
}

fn is_local(url: &Url) -> bool {
    matches!(
        url.host_str(),
        Some("localhost" | "127.0.0.1" | "[::1]" | "0.0.0.0")
    )
}

fn sound(url: Option<&Url>) -> Result<Url, Failure> {
    match url {
        Some(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => {
            Ok(url.clone())
        }
        Some(url) => {
            let shown = http::shown(url);
            // `localhost:8000` is read as a URL of the scheme `localhost`.
            let help = if url.cannot_be_a_base() {
                format!("pixcrawler health http://{shown}")
            } else {
                "pixcrawler health https://api.example.com".to_owned()
            };
            Err(Failure::usage(format!("{shown}: is no http or https address")).help(help))
        }
        None => Err(Failure::usage("there is no address of the API")
            .help("pixcrawler health https://api.example.com")),
    }
}

type Said = Result<Response, Trouble>;

/// The first of these paths that is there, below the address itself and below its host.
async fn first(base: &Url, paths: &[String], limit: Duration) -> Said {
    let mut last = Err(Trouble::Other("nothing to ask for".to_owned()));
    for path in paths {
        let mut url = base.clone();
        url.set_path(path);
        url.set_query(None);
        last = http::send(&Question::get(url), limit).await;
        // 405: something is there, and is asked in another way.
        match &last {
            Ok(response) if matches!(response.status, 404 | 405) => {}
            _ => return last,
        }
    }
    last
}

/// `/health` below the path of the address and below the root, each once.
fn paths(base: &Url, own: Option<&str>, names: &[&str]) -> Vec<String> {
    let prefix = base.path().trim_end_matches('/').to_owned();
    let mut paths: Vec<String> = own.map(str::to_owned).into_iter().collect();
    for name in names {
        for path in [format!("{prefix}{name}"), (*name).to_owned()] {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths
}

async fn timed<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    (future.await, began.elapsed())
}

fn round(
    context: &Context,
    request: &Request,
    places: &Places,
    runtime: &tokio::runtime::Runtime,
) -> (Exit, Vec<u8>) {
    let began = Instant::now();
    let limit = request.timeout;
    let base = &places.api;
    let live = paths(
        base,
        places.health.as_deref(),
        &["/health", "/healthz", "/livez", "/health/live"],
    );
    let detailed = paths(
        base,
        None,
        &[
            "/health/detailed",
            "/api/v1/health/detailed",
            "/health/ready",
            "/readyz",
            "/api/v1/health",
        ],
    );
    let metrics = paths(base, None, &["/metrics", "/api/v1/metrics"]);
    let web = places.web.as_ref().map(|url| {
        let mut url = url.clone();
        // A development server would compile the whole page for us.
        if is_local(&url) {
            url.set_path("/favicon.ico");
        }
        url
    });
    let asked = async {
        tokio::join!(
            timed(first(base, &live, limit)),
            timed(first(base, &detailed, limit)),
            timed(first(base, &metrics, limit)),
            timed(async {
                match &web {
                    Some(url) => Some(http::send(&Question::get(url.clone()), limit).await),
                    None => None,
                }
            }),
            timed(async {
                match &places.broker {
                    Some(broker) => Some(ask_broker(broker, limit).await),
                    None => None,
                }
            }),
        )
    };
    let (
        (live, live_time),
        (detailed, detailed_time),
        (metrics, metrics_time),
        (page, web_time),
        (broker, broker_time),
    ) = runtime.block_on(asked);
    let report = detailed
        .as_ref()
        .ok()
        .and_then(|response| Health::parse(&response.body));
    let report = report.as_ref();
    let shown = web.as_ref().map(http::shown).unwrap_or_default();
    let page = page.as_ref().map(|said| Page { url: &shown, said });
    let workers = match &broker {
        Some(said) => health::broker(said),
        None => health::components(report, &["celery", "worker"]),
    };
    let check = |id, answer, elapsed| Checked {
        id,
        answer,
        elapsed,
    };
    let mut checked = vec![
        check("api", health::api(&http::shown(base), &live), live_time),
        check("ready", health::readiness(&detailed, report), detailed_time),
        check(
            "database",
            health::components(report, &["database", "postgres", "db"]),
            detailed_time,
        ),
        check(
            "redis",
            health::components(report, &["redis", "cache", "limiter"]),
            detailed_time,
        ),
        check("workers", workers, broker_time),
        check("metrics", health::metrics(&metrics), metrics_time),
        check("web", health::web(page.as_ref()), web_time),
    ];
    for it in &mut checked {
        doctor::mask(&mut it.answer, &places.secrets);
    }
    rendered(context, request, places, &checked, began.elapsed())
}

fn rendered(
    context: &Context,
    request: &Request,
    places: &Places,
    checked: &[Checked],
    elapsed: Duration,
) -> (Exit, Vec<u8>) {
    let findings = checked
        .iter()
        .flat_map(|it| it.answer.findings.iter().cloned());
    let report = Report::new(findings.collect());
    let threshold = if request.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    let down = checked.iter().any(|it| {
        it.id == "api"
            && it
                .answer
                .findings
                .iter()
                .any(|finding| finding.rule.code == "health/unreachable")
    });
    let exit = if down {
        Exit::Unreachable
    } else {
        report.verdict(threshold)
    };
    let style = context.style();
    let mut text = Vec::new();
    let written = if context.format == Format::Human {
        let head = format!(
            "pixcrawler health {} {}",
            style.dot(),
            http::shown(&places.api)
        );
        output::checks(
            &head,
            checked,
            elapsed,
            context.verbose > 0,
            style,
            &mut text,
        )
    } else {
        let list: Vec<Value> = checked.iter().map(doctor::value).collect();
        let rules = crate::catalogue::rules();
        let run = Run {
            command: "health",
            environment: None,
            elapsed: Some(elapsed),
            checked: plural(checked.len(), "check"),
            rules: &rules,
            fail_on: threshold,
        };
        let extra = Map::from_iter([("checks".to_owned(), Value::Array(list))]);
        output::render(context.format, &report, &run, extra, style, &mut text)
    };
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    (exit, text)
}

/// Workers by remote control, queues by their lists.
async fn ask_broker(broker: &Endpoint, limit: Duration) -> Result<Broker, String> {
    let began = Instant::now();
    let address = format!("{}/{}", broker.address(), broker.redis_database());
    // Workers that are there answer within a second, or when their event loop gets to it.
    let patience = limit.min(Duration::from_secs(3));
    let (workers, queues) = tokio::join!(
        celery::inspect_stats(broker, patience),
        tokio::time::timeout(limit, celery::queues(broker))
    );
    let queues = queues
        .map_err(|_| format!("{address} does not answer in time"))?
        .map_err(|error| format!("{address}: {error}"))?;
    Ok(Broker {
        workers: workers.map_err(|error| format!("{address}: {error}"))?,
        queues: queues.waiting,
        running: queues.running,
        address,
        elapsed: began.elapsed(),
    })
}
