//! Readiness checks: asked again and again until they pass.

use std::rc::Rc;
use std::time::Duration;

use crate::service::endpoint::Endpoint;
use crate::service::{Command, Probe, Service};
use crate::system::process::{self, Spec};
use crate::system::{celery, http, net};

use super::managed;
use super::news::Verdict;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(2);

/// A Celery worker answers when its event loop gets to it.
const PING: Duration = Duration::from_secs(1);

/// What a check knows of the process that it checks.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) service: Service,
    pub(super) leader: u32,
    pub(super) managed: Option<Rc<managed::Launch>>,
    pub(super) spec_env: std::collections::BTreeMap<String, String>,
}

/// Checks until there is a verdict. [`Probe::Log`] is not asked: the hub sees the lines itself.
pub(super) async fn until_ready(subject: Subject) -> Verdict {
    let interval = subject.service.ready.interval;
    loop {
        if let Some(verdict) = attempt(&subject).await {
            return verdict;
        }
        tokio::time::sleep(interval).await;
    }
}

async fn attempt(subject: &Subject) -> Option<Verdict> {
    let passed = match subject.service.ready.probe.as_ref()? {
        Probe::Http(url) => http(url).await,
        Probe::Tcp(port) => tcp(*port).await,
        Probe::Exec(command) => exec(command, subject).await,
        Probe::Celery(broker) => ping(broker, subject.leader).await,
        Probe::Managed => return managed_ready(subject).await,
        Probe::Log(_) => std::future::pending().await,
    };
    if !passed {
        return None;
    }
    Some(stranger(subject).map_or(Verdict::Passed, Verdict::Broken))
}

/// Somebody else may have taken the port between our check and the service's start: then an
/// answer proves nothing.
fn stranger(subject: &Subject) -> Option<String> {
    let checked = matches!(
        subject.service.ready.probe,
        Some(Probe::Http(_) | Probe::Tcp(_))
    );
    let port = subject.service.port.filter(|_| checked)?;
    let holder = net::holder(port)?;
    let ours = process::is_descendant(holder.pid, subject.leader, &process::snapshot());
    (!ours).then(|| {
        format!(
            "port {port} is answered by {} (pid {}), which is not ours: {}",
            holder.name, holder.pid, holder.command
        )
    })
}

async fn http(url: &str) -> bool {
    let Ok(url) = url.parse() else { return false };
    http::send(&http::Request::get(url).stay(), ATTEMPT)
        .await
        .is_ok_and(|response| response.status < 400)
}

async fn tcp(port: u16) -> bool {
    for host in ["127.0.0.1", "::1"] {
        if let Ok(Ok(_)) =
            tokio::time::timeout(ATTEMPT, tokio::net::TcpStream::connect((host, port))).await
        {
            return true;
        }
    }
    false
}

async fn exec(command: &Command, subject: &Subject) -> bool {
    let spec = Spec {
        command: command.clone(),
        cwd: subject.service.cwd.clone(),
        env: subject.spec_env.clone(),
        account: None,
    };
    let Ok((mut child, mut output)) = process::spawn(&spec) else {
        return false;
    };
    let mut sink = [0; 4096];
    let drained = async { while matches!(output.read(&mut sink).await, Ok(1..)) {} };
    let ended = async {
        drained.await;
        child.wait().await
    };
    tokio::time::timeout(subject.service.ready.timeout, ended)
        .await
        .is_ok_and(|ending| ending.is_ok_and(crate::service::Ending::is_success))
}

/// Another checkout's worker may listen on the same broker: the answering process must be ours.
async fn ping(broker: &Endpoint, leader: u32) -> bool {
    let Ok(answers) = celery::inspect_stats(broker, PING).await else {
        return false;
    };
    let processes = process::snapshot();
    answers
        .iter()
        .any(|worker| process::is_descendant(worker.pid, leader, &processes))
}

async fn managed_ready(subject: &Subject) -> Option<Verdict> {
    let launch = subject.managed.as_ref()?;
    match managed::ready(launch).await {
        Ok(()) => Some(Verdict::Passed),
        Err(managed::NotReady::Waiting(_)) => None,
        Err(managed::NotReady::Failed(failure)) => Some(Verdict::Broken(failure.in_words())),
    }
}
