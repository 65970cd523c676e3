//! Checks of a service: asked again and again until it is ready, and as long as it is.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use crate::env::masked_address;
use crate::service::endpoint::Endpoint;
use crate::service::fleet::Id;
use crate::service::{Command, Health, HealthCheck, Http, Probe, Service};
use crate::system::net::{self, Holder};
use crate::system::process::{self, Bound, Spec, Stamp, Tree};
use crate::system::{celery, http};
use crate::text::and_list;

use super::managed;
use super::news::{News, Verdict};

/// Somebody else who answers on the port for so long will go on, and the service has no place there. A
/// slow one may still come, on another address.
const STRANGE: Duration = Duration::from_secs(5);

/// What a check knows of the process that it checks.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) service: Service,
    pub(super) tree: Tree,
    /// The other services of the session, by name.
    pub(super) others: Vec<(String, Tree)>,
    pub(super) session: String,
    pub(super) managed: Option<Rc<managed::Launch>>,
    pub(super) spec_env: BTreeMap<String, String>,
}

/// Checks until there is a verdict, and reports meanwhile what is missing. What the service says by
/// itself is not asked: the hub hears it.
pub(super) async fn until_ready(subject: Subject, id: Id, run: u32, hub: &Sender<News>) -> Verdict {
    let ready = &subject.service.ready;
    let Some(probe) = &ready.probe else {
        return Verdict::Passed;
    };
    tokio::time::sleep(ready.delay).await;
    let mut told = String::new();
    let mut strange: Option<Instant> = None;
    loop {
        let attempt = match probe {
            Probe::Managed => match managed_ready(&subject).await {
                Ok(verdict) => return verdict,
                Err(why) => Err(why),
            },
            probe => check(probe, &subject, ready.attempt).await,
        };
        let missing = if let Err(why) = attempt {
            strange = None;
            why
        } else {
            let Some(why) = stranger(&subject) else {
                return Verdict::Passed;
            };
            if strange.get_or_insert_with(Instant::now).elapsed() >= STRANGE {
                return Verdict::Broken(why);
            }
            why
        };
        // The same again and again is no news.
        if missing != told {
            told.clone_from(&missing);
            let verdict = Verdict::NotYet(missing);
            let _ = hub.send(News::Verdict(id, run, verdict)).await;
        }
        tokio::time::sleep(ready.interval).await;
    }
}

/// Checks a service's health until nobody wants to know any more.
pub(super) async fn monitor(subject: Subject, health: Health, id: Id, run: u32, hub: Sender<News>) {
    let HealthCheck::Ask(probe) = &health.check else {
        return;
    };
    loop {
        // The first answer comes at once: others may wait for it.
        let result = check(probe, &subject, health.attempt).await;
        if hub.send(News::Checked(id, run, result)).await.is_err() {
            return;
        }
        tokio::time::sleep(health.interval).await;
    }
}

/// One attempt; why it failed.
pub(super) async fn check(probe: &Probe, subject: &Subject, limit: Duration) -> Result<(), String> {
    let attempt = async {
        match probe {
            Probe::Http(wanted) => answers(wanted, limit).await,
            Probe::Tcp(port) => tcp(*port).await,
            Probe::Exec(command) => exec(command, subject, limit).await,
            Probe::Celery(brokers) => ping(brokers, &subject.tree, limit).await,
            Probe::Managed | Probe::Log(_) | Probe::Notify => std::future::pending().await,
        }
    };
    // A command that takes too long is ended by whoever started it, a moment later.
    tokio::time::timeout(limit + Duration::from_millis(500), attempt)
        .await
        .unwrap_or_else(|_| Err(no_answer(limit)))
}

fn no_answer(limit: Duration) -> String {
    format!("no answer in {}", crate::text::duration(limit))
}

/// Somebody else may have taken the port between our check and the service's start: then an
/// answer proves nothing. Its own daemons count, as they do when what is left of it is ended.
fn stranger(subject: &Subject) -> Option<String> {
    let checked = matches!(
        subject.service.ready.probe,
        Some(Probe::Http(_) | Probe::Tcp(_))
    );
    let port = subject.service.port.filter(|_| checked)?;
    let holder = net::holder(port)?;
    let census = process::census();
    let is_own = |holder: &Holder| census.has(&subject.tree, holder.pid);
    // One port has a listener an address, and several of them where they agreed to share it.
    if is_own(&holder) || net::holders(port).iter().any(is_own) {
        return None;
    }
    let mut others = subject.others.iter();
    let owner = others.find(|(_, tree)| census.has(tree, holder.pid));
    Some(answered_by(
        port,
        &holder,
        owner.map(|(name, _)| name.as_str()),
    ))
}

/// Who answers on a service's port in its place; `owner` is the service that has started it.
fn answered_by(port: u16, holder: &Holder, owner: Option<&str>) -> String {
    let whose = owner.map_or_else(
        || "is not ours".to_owned(),
        |name| format!("belongs to the service `{name}`"),
    );
    format!(
        "port {port} is answered by {} (pid {}), which {whose}: {}",
        holder.name, holder.pid, holder.command
    )
}

async fn answers(wanted: &Http, limit: Duration) -> Result<(), String> {
    let url = wanted
        .url
        .parse()
        .map_err(|_| format!("`{}` is no URL", masked_address(&wanted.url)))?;
    let mut request = http::Request::get(url).stay();
    for (name, value) in &wanted.headers {
        request = request.header(name, value);
    }
    let response = http::send(&request, limit)
        .await
        .map_err(|trouble| trouble.to_string())?;
    let status = response.status;
    if !wanted.accepts(status) {
        return Err(format!("status {status}"));
    }
    for (name, value) in &wanted.response_headers {
        match response.header(&name.to_ascii_lowercase()) {
            Some(got) if value.is_empty() || got == value => {}
            Some(_) => return Err(format!("header `{name}` is not `{value}`")),
            None => return Err(format!("no header `{name}`")),
        }
    }
    match &wanted.body {
        Some(text) if !response.body.contains(text.as_str()) => {
            let body = if response.is_cut() {
                "the first 4 MiB of the body do"
            } else {
                "the body does"
            };
            Err(format!("status {status}, but {body} not hold `{text}`"))
        }
        _ => Ok(()),
    }
}

async fn tcp(port: u16) -> Result<(), String> {
    for host in ["127.0.0.1", "::1"] {
        if tokio::net::TcpStream::connect((host, port)).await.is_ok() {
            return Ok(());
        }
    }
    Err(format!("port {port} accepts no connection"))
}

async fn exec(command: &Command, subject: &Subject, limit: Duration) -> Result<(), String> {
    let mut spec = Spec {
        command: command.clone(),
        cwd: subject.service.cwd.clone(),
        env: subject.spec_env.clone(),
        account: None,
        bound: Bound::default(),
        stamp: None,
    };
    let stamp = subject.tree.stamp.map(Stamp::part);
    // Whatever becomes of us, it goes with its service.
    spec.mark(&subject.session, &subject.service.name, stamp);
    let (mut child, mut output) = process::spawn(&spec).map_err(|error| error.to_string())?;
    let rest = Rest(Tree {
        leader: child.id(),
        mark: String::new(),
        stamp,
    });
    let mut sink = [0; 4096];
    let ended = async {
        let drained = async { while matches!(output.read(&mut sink).await, Ok(1..)) {} };
        tokio::select! {
            biased;
            ending = child.wait() => ending,
            () = drained => child.wait().await,
        }
    };
    match tokio::time::timeout(limit, ended).await {
        Ok(Ok(ending)) if ending.is_success() => Ok(()),
        Ok(Ok(ending)) => Err(format!("`{command}` ended with {ending}")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => {
            drop(rest);
            let _ = child.wait().await;
            Err(no_answer(limit))
        }
    }
}

/// What is left of a check's command goes with it, also when nobody waits for its answer any more:
/// the next one comes soon, and they would pile up.
struct Rest(Tree);

impl Drop for Rest {
    fn drop(&mut self) {
        process::kill_rest(&self.0);
    }
}

/// Another checkout's worker may listen on the same broker: the answering process must be ours.
async fn ping(brokers: &[Endpoint], tree: &Tree, limit: Duration) -> Result<(), String> {
    // A Celery worker answers when its event loop gets to it.
    let patience = limit.min(Duration::from_secs(1));
    // All at once: which of a list it uses depends on who answered as it came to them.
    let mut asked = tokio::task::JoinSet::new();
    for broker in brokers {
        let broker = broker.clone();
        asked.spawn(async move {
            let said = celery::inspect_stats(&broker, patience).await;
            said.map_err(|error| format!("its broker at {}: {error}", broker.address()))
        });
    }
    let (mut trouble, mut answered) = (None, false);
    while let Some(said) = asked.join_next().await {
        let Ok(said) = said else { continue };
        match said.map(|answers| answers.said) {
            Ok(workers) => {
                answered = true;
                let census = (!workers.is_empty()).then(process::census);
                let is_ours = census.is_some_and(|census| {
                    let mut workers = workers.iter();
                    workers.any(|worker| census.has(tree, worker.pid))
                });
                if is_ours {
                    return Ok(());
                }
            }
            Err(error) => trouble = Some(error),
        }
    }
    let silent = || {
        let all: Vec<String> = brokers.iter().map(Endpoint::redis_place).collect();
        format!(
            "the worker does not answer over its broker, {}",
            and_list(&all)
        )
    };
    Err(trouble.filter(|_| !answered).unwrap_or_else(silent))
}

/// A verdict, or what the server is still waiting for.
async fn managed_ready(subject: &Subject) -> Result<Verdict, String> {
    let launch = subject.managed.as_ref();
    let launch = launch.ok_or_else(|| "it is starting".to_owned())?;
    match managed::ready(launch).await {
        Ok(()) => Ok(Verdict::Passed),
        Err(managed::NotReady::Waiting(why)) => Err(why),
        Err(managed::NotReady::Failed(failure)) => Ok(Verdict::Broken(failure.in_words())),
    }
}
