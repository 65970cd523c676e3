//! `pixcrawler health`: a running deployment, as it says itself and as its broker and its pages show.

mod address;
mod ask;
mod places;
mod running;
mod watch;

use std::time::{Duration, Instant};

use serde_json::Map;
use url::Url;

use crate::diagnostic::{Report, Severity};
use crate::doctor::{Answer, Checked, typed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::health::{self, Beside, Broker, Detailed, Page};
use crate::output::{self, Format, Run, Shown};
use crate::service::endpoint::Endpoint;
use crate::system::http::{self, Request as Question, Trouble};
use crate::system::{cache, celery};
use crate::text::{and_list, plural};
use crate::workspace::stack::Unasked;

use self::places::Places;
use super::{Context, doctor};

/// Where it is told whether the API answers.
const LIVE: &[&str] = &[
    "/health",
    "/healthz",
    "/livez",
    "/health/live",
    "/api/health",
    "/actuator/health",
    "/healthcheck",
    "/up",
];

/// Where it is told how what it stands on is.
const DETAILED: &[&str] = &[
    "/health/detailed",
    "/api/v1/health/detailed",
    "/health/ready",
    "/readyz",
    "/ready",
    "/api/v1/health/ready",
    "/api/v1/ready",
    "/api/v1/health",
];

const METRICS: &[&str] = &["/metrics", "/api/v1/metrics"];

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

/// Asks once, or until somebody has seen enough.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::unreachable(format!("this system gives us no way to wait: {error}"))
        })?;
    if request.watch.is_some() && matches!(context.format, Format::Sarif | Format::Junit) {
        let format = output::name(context.format);
        return Err(Failure::usage(format!(
            "`health --watch` cannot be printed as {format}, of which one document is a whole stream"
        ))
        .help("use --format human, github or json, which is an object a line, or leave out --watch"));
    }
    let places = places::find(context, request, &runtime)?;
    let Some(interval) = request.watch else {
        let (checked, elapsed) = round(context, request, &places, &runtime);
        let (exit, text) = rendered(context, request, &places, &checked, elapsed);
        context.print(&text);
        runtime.shutdown_background();
        return Ok(exit);
    };
    let screen = context.terminal.is_terminal && context.format == Format::Human;
    loop {
        let (mut checked, elapsed) = round(context, request, &places, &runtime);
        let shown = if screen {
            let size = console::Term::stdout().size_checked();
            let size = size.map(|(rows, columns)| (rows.into(), columns.into()));
            let mut context = context.clone();
            context.terminal.width = size.map(|(_, columns)| columns).or(context.terminal.width);
            drawn(&context, request, &places, &mut checked, elapsed, size).into_bytes()
        } else {
            rendered(context, request, &places, &checked, elapsed).1
        };
        if !context.try_print(&shown) {
            return Ok(Exit::Clean);
        }
        std::thread::sleep(interval);
    }
}

/// A round as a terminal of this size shows it. Where not all of it fits, what is wrong comes first.
fn drawn(
    context: &Context,
    request: &Request,
    places: &Places,
    checked: &mut [Checked],
    elapsed: Duration,
    size: Option<watch::Size>,
) -> String {
    let text = |checked: &[Checked]| {
        let (_, text) = rendered(context, request, places, checked, elapsed);
        String::from_utf8_lossy(&text).into_owned()
    };
    let all = text(checked);
    if watch::fits(&all, size) {
        return watch::frame(&all, size);
    }
    watch::sick_first(checked);
    watch::frame(&text(checked), size)
}

/// The page at an address. A development server makes it when it is first asked for, which may take
/// longer than we wait: its icon tells meanwhile that it is there.
async fn page(url: &Url, limit: Duration) -> Page {
    let mut icon = url.clone();
    icon.set_path("/favicon.ico");
    icon.set_query(None);
    let (page, icon) = (Question::get(url.clone()), Question::get(icon));
    let (said, icon) = tokio::join!(http::send(&page, limit), http::send(&icon, limit));
    Page {
        said,
        alive: icon.is_ok_and(|response| response.status < 500),
    }
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
) -> (Vec<Checked>, Duration) {
    let began = Instant::now();
    let limit = request.timeout;
    let base = &places.api;
    let live = ask::Paths::of_report(base, places.health.as_deref(), LIVE, places.typed);
    let detailed = ask::Paths::below(base, DETAILED);
    let metrics = ask::Paths::below(base, METRICS);
    let web = places.web.clone();
    let asked = async {
        tokio::join!(
            timed(live.first(limit)),
            timed(detailed.first_of_guesses(limit)),
            timed(metrics.first_of_guesses(limit)),
            timed(async {
                match &web {
                    Some(url) => Some(page(url, limit).await),
                    None => None,
                }
            }),
            timed(async {
                match places.brokers.as_slice() {
                    [] => None,
                    // The application has no such trouble, and may tell of them itself.
                    brokers if brokers.iter().any(|it| cache::not_askable(it).is_some()) => None,
                    brokers => Some(ask_brokers(brokers, places.unasked.as_ref(), limit).await),
                }
            }),
            places.ways(),
        )
    };
    let (
        (live, live_time),
        (detailed, detailed_time),
        (metrics, metrics_time),
        (page, web_time),
        (broker, broker_time),
        mut ways,
    ) = runtime.block_on(asked);
    ways.api.beside = beside(broker.as_ref(), ways.worker.as_deref());
    let [live, detailed, metrics] =
        [live, detailed, metrics].map(|answered| answered.without(&places.words));
    let meant = live.meant;
    let own = ways.api.asking(live.place.clone());
    let own = own.after_asking(live.tried.clone());
    let live = ask::alive(live, &detailed.said);
    let is_there = detailed.meant;
    let asked = ways.api.asking(detailed.place);
    let detailed = ask::most_telling(&live, detailed.said);
    let report = ask::read(&detailed);
    let detail = Detailed::of(&detailed, report.as_ref());
    // Whoever begins an answer is there.
    let alive = live.as_ref().map_or_else(Trouble::has_begun, |_| true);
    let check = |id, answer, elapsed| Checked {
        id,
        answer,
        elapsed,
    };
    let told = match &detailed {
        Ok(response) => ways.api.at(&response.url),
        Err(_) => asked,
    };
    let part = |words| health::apart(&own, health::components(&told, detail, words));
    let mut api = health::api(&own, &live);
    if !meant {
        api = health::unreported(api, &own, &live);
    }
    let mut ready = health::readiness(&told, alive, is_there, &detailed, detail);
    ready = health::apart(&own, ready);
    if same(&live, &detailed) && !api.findings.is_empty() {
        ready = health::told_by_api(ready);
    }
    let mut checked = vec![
        check("api", api, live_time),
        check("ready", ready, detailed_time),
        check("database", part(health::DATABASE), detailed_time),
        check("redis", part(health::REDIS), detailed_time),
        check(
            "workers",
            health::workers(&told, ways.worker.as_deref(), broker.as_ref(), detail),
            broker_time,
        ),
        check(
            "metrics",
            if alive {
                let way = ways.api.asking(metrics.place);
                health::apart(&own, health::metrics(&way, &metrics.said))
            } else {
                Answer::skipped("the API does not answer")
            },
            metrics_time,
        ),
        check(
            "web",
            health::web(ways.web.as_ref().zip(page.as_ref())),
            web_time,
        ),
    ];
    let stand = places.stand(context);
    for it in &mut checked {
        it.answer = typed(std::mem::take(&mut it.answer), &stand);
        doctor::mask(&mut it.answer, &places.secrets);
    }
    (checked, began.elapsed())
}

/// What is known of workers, and what gets one to run.
fn beside(broker: Option<&Result<Broker, String>>, start: Option<&str>) -> Beside {
    match (broker, start) {
        (None, _) => Beside::Unknown,
        (Some(Ok(told)), Some(line)) if told.subscribed == 0 && told.workers.is_empty() => {
            Beside::Missing(line.to_owned())
        }
        _ => Beside::Otherwise,
    }
}

/// Whether two answers are one report.
fn same(one: &ask::Said, other: &ask::Said) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            (one.url == other.url && one.status == other.status) && one.body == other.body
        }
        _ => false,
    }
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
    let told: Vec<Checked>;
    let shown = if context.quiet {
        told = checked
            .iter()
            .filter(|it| !it.answer.findings.is_empty())
            .cloned()
            .collect();
        told.as_slice()
    } else {
        checked
    };
    let written = if context.format == Format::Human && shown.is_empty() {
        Ok(())
    } else if context.format == Format::Human {
        let head = format!(
            "pixcrawler health {} {}",
            style.dot(),
            http::shown(&places.api)
        );
        let which = if context.verbose > 0 {
            Shown::All
        } else {
            Shown::Relevant
        };
        let fix = places.stand(context).line("pixcrawler doctor --fix");
        output::checks(&head, shown, elapsed, which, &fix, style, &mut text)
    } else {
        let rules = crate::catalogue::rules();
        let run = Run {
            command: "health",
            environment: None,
            elapsed: Some(elapsed),
            checked: plural(checked.len(), "check"),
            rules: &rules,
            fail_on: threshold,
            checks: checked,
        };
        if context.format == Format::Json && request.watch.is_some() {
            text.extend(output::json_line_of(&report, &run).into_bytes());
            Ok(())
        } else {
            output::render(context.format, &report, &run, Map::new(), style, &mut text)
        }
    };
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    (exit, text)
}

/// The first broker of a list that lets us in, as Celery goes through it.
async fn ask_brokers(
    brokers: &[Endpoint],
    unasked: Option<&Unasked>,
    limit: Duration,
) -> Result<Broker, String> {
    let mut passed = Vec::new();
    for broker in brokers {
        let address = format!("{}/{}", broker.address(), broker.redis_database());
        let connected = tokio::time::timeout(limit, cache::connect(broker)).await;
        match connected {
            Ok(Ok(_)) => {
                let mut told = match unasked {
                    Some(unasked) => ask_queues(broker, address, unasked, limit).await?,
                    None => ask_broker(broker, address, limit).await?,
                };
                told.passed = passed;
                return Ok(told);
            }
            Ok(Err(error)) => passed.push(format!("{address} {}", cache::words(&error))),
            Err(_) => passed.push(format!("{address} does not answer in time")),
        }
    }
    Err(and_list(&passed))
}

/// Queues alone, where no worker hears a question.
async fn ask_queues(
    broker: &Endpoint,
    address: String,
    unasked: &Unasked,
    limit: Duration,
) -> Result<Broker, String> {
    let began = Instant::now();
    let queues = tokio::time::timeout(limit, celery::queues(broker))
        .await
        .map_err(|_| format!("{address} does not answer in time"))?
        .map_err(|error| format!("{address} {}", cache::words(&error)))?;
    Ok(Broker {
        read: None,
        workers: Vec::new(),
        subscribed: 0,
        queues: queues.waiting,
        running: queues.running,
        passed: Vec::new(),
        unasked: Some(unasked.clone()),
        address,
        elapsed: began.elapsed(),
    })
}

/// Workers by remote control, queues by their lists.
async fn ask_broker(broker: &Endpoint, address: String, limit: Duration) -> Result<Broker, String> {
    let began = Instant::now();
    // Workers that are there answer within a second, or when their event loop gets to it.
    let patience = limit.min(Duration::from_secs(3));
    let (workers, queues) = tokio::join!(
        celery::inspect_stats(broker, patience),
        tokio::time::timeout(limit, celery::queues(broker))
    );
    let words = |error: &_| format!("{address} {}", cache::words(error));
    let queues = queues
        .map_err(|_| format!("{address} does not answer in time"))?
        .map_err(|error| words(&error))?;
    let workers = workers.map_err(|error| words(&error))?;
    // Where nothing waits, who reads what says nothing.
    let waits = queues.waiting.iter().any(|(_, length)| *length > 0);
    let read = if waits && workers.asked > 0 && workers.said.len() == workers.asked {
        let told = celery::inspect_queues(broker, patience).await.ok();
        told.filter(|told| told.said.len() == told.asked)
            .map(|told| told.said.into_iter().flatten().collect())
    } else {
        None
    };
    Ok(Broker {
        read,
        workers: workers.said,
        subscribed: workers.asked,
        queues: queues.waiting,
        running: queues.running,
        passed: Vec::new(),
        unasked: None,
        address,
        elapsed: began.elapsed(),
    })
}
