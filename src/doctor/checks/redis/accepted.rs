//! A Redis that lets us in: what it is, and whether that is enough.

use std::time::Duration;

use crate::diagnostic::Finding;
use crate::doctor::{Answer, Cure, Operation};
use crate::service::endpoint::{Endpoint, Protocol, Tls};
use crate::system::cache::CacheFacts;
use crate::text::{duration, remedy};
use crate::toolchain::Version;
use crate::workspace::Environment;

use super::super::servers::{Naming, Server, finding, is_here, mended};
use super::numbers::Numbers;
use super::rules::{EVICTION, LOGIN, OLD, SLOW};
use super::{Role, uses};

/// From here on a Redis is far away, or too busy: every request and every task waits for it.
const SLOW_FROM: Duration = Duration::from_millis(300);

/// What it is, and whether that is enough.
pub(super) fn accepted(
    answer: Answer,
    server: &Server,
    known: &CacheFacts,
    numbers: &Numbers<'_>,
    environment: Environment,
) -> Answer {
    let endpoint = &server.endpoint;
    let version = known.version.as_deref().unwrap_or("of unknown version");
    let mut answer = answer.and(format!(
        "{version} at {}, {}, {}",
        endpoint.address(),
        duration(known.latency),
        uses(server)
    ));
    if Version::parse(version).is_some_and(|version| version < Version::whole(6)) {
        let message = format!("Redis at {} is {version}, 6 is needed", endpoint.address());
        let finding = Finding::new(&OLD, message)
            .subject(endpoint.variable.clone())
            .note("then pixcrawler dev starts a newer one where the system has none")
            .help(format!("{} shutdown", client(endpoint)));
        answer = answer.problem(finding);
    }
    let policy = known.eviction.as_deref().unwrap_or("noeviction");
    if known.max_memory > 0
        && let Some((keeps, what)) = lost(server, policy)
    {
        let message = format!(
            "Redis at {} throws keys away when it is full ({policy}), and {} keeps {what} there",
            endpoint.address(),
            keeps.variable
        );
        let finding = Finding::new(&EVICTION, message)
            .subject(keeps.variable.clone())
            .note(format!(
                "{} config set maxmemory-policy noeviction does the same",
                client(endpoint)
            ));
        let cure = Cure::own("redis", Operation::KeepKeys(endpoint.clone()));
        answer = answer.mended_by(finding, cure);
    }
    let answer = match misplaced(server, known) {
        // Another number is no way out.
        Some(_) => answer,
        None => beyond(answer, server, known, numbers, environment),
    };
    distance(answer, server, known.latency, environment)
}

/// Who wants Celery's tasks or results to be on the node of a cluster: that takes several keys at once, which
/// lie on several nodes.
pub(super) fn misplaced<'a>(server: &'a Server, known: &CacheFacts) -> Option<&'a Naming> {
    let is_node = known.mode.as_deref() == Some("cluster");
    of_celery(server).filter(|_| is_node)
}

/// Whoever names a server for Celery.
pub(super) fn of_celery(server: &Server) -> Option<&Naming> {
    let mut named = server.named.iter();
    named.find(|naming| matches!(Role::of(&naming.variable), Role::Broker | Role::Result))
}

/// Who loses something under a policy, and what. `volatile-…` takes keys alone that end by themselves: Celery's
/// queues do not, its results do.
fn lost<'a>(server: &'a Server, policy: &str) -> Option<(&'a Naming, &'static str)> {
    let of = |role| {
        let mut named = server.named.iter();
        named.find(|naming| Role::of(&naming.variable) == role)
    };
    let tasks = || of(Role::Broker).map(|naming| (naming, "tasks"));
    let results = || of(Role::Result).map(|naming| (naming, "results"));
    match policy {
        "noeviction" => None,
        policy if policy.starts_with("volatile-") => results(),
        _ => tasks().or_else(results),
    }
}

/// A server that takes its time.
fn distance(
    answer: Answer,
    server: &Server,
    latency: Duration,
    environment: Environment,
) -> Answer {
    if latency <= SLOW_FROM {
        return answer;
    }
    let endpoint = &server.endpoint;
    let address = endpoint.address();
    let message = format!("Redis at {address} takes {} to answer", duration(latency));
    let finding = finding(&SLOW, server, None, message);
    if is_here(endpoint) {
        let line = format!("{} slowlog get 10", client(endpoint));
        return answer.problem(
            finding
                .note("it answers one after the other: this shows which commands held it up")
                .help(line),
        );
    }
    let finding = finding.note("a Redis in a nearer region, or on this machine, is better");
    let finding = match server.shape() {
        Some(shape) => finding.note(shape),
        None => finding,
    };
    let words = format!("correct {}", server.place());
    mended(answer, finding, server.correct(environment), words)
}

/// Numbers of databases that the server does not have. Each is changed where it stands; the others'
/// are right.
fn beyond(
    mut answer: Answer,
    server: &Server,
    known: &CacheFacts,
    numbers: &Numbers<'_>,
    environment: Environment,
) -> Answer {
    let lacks = |number: u16| known.no_databases.contains(&number);
    let lowest = known.no_databases.iter().min().copied();
    let has = known.databases.or(lowest).unwrap_or(u16::MAX);
    for naming in server.named.iter().filter(|it| lacks(it.database)) {
        let (variable, origin) = naming.numbered();
        let message = format!(
            "Redis at {} has no database {}",
            server.endpoint.address(),
            naming.database
        );
        let finding = Finding::new(&LOGIN, message)
            .subject(variable)
            .note(format!("named by {variable} ({origin})"))
            .of_value();
        let Some(free) = numbers.given(naming) else {
            answer = answer.problem(too_few(finding, &server.endpoint, has));
            continue;
        };
        let cure = naming.change(Protocol::Redis, environment, "database", &free.to_string());
        let words = format!("use a number below the server's `databases` in {origin}");
        answer = mended(answer, finding, cure, words);
    }
    answer
}

/// Where no number is left, only the server can have more of them, or another server: a number that is
/// changed would be another's.
pub(super) fn too_few(finding: Finding, endpoint: &Endpoint, has: u16) -> Finding {
    let databases = if has == 1 {
        "it has database 0 alone".to_owned()
    } else {
        format!("it has the databases 0 to {}", has.saturating_sub(1))
    };
    finding
        .note(format!(
            "{databases}, and each is in use: it needs another server, or `databases` in the configuration, whose place this shows"
        ))
        .help(format!("{} info server", client(endpoint)))
}

/// The client program of Redis, with where it is to go; it asks for the password.
pub(super) fn client(endpoint: &Endpoint) -> String {
    let mut line = admin(endpoint);
    if let Some(user) = &endpoint.user {
        line = format!("{line} --user {}", remedy::quoted(user));
    }
    if endpoint.password.is_some() {
        line.push_str(" --askpass");
    }
    line
}

/// The same for somebody who administers the server, and logs in as he does.
pub(super) fn admin(endpoint: &Endpoint) -> String {
    let host = remedy::quoted(&endpoint.host);
    let mut line = if endpoint.is_socket() {
        format!("redis-cli -s {host}")
    } else {
        format!("redis-cli -h {host} -p {}", endpoint.port)
    };
    if endpoint.tls != Tls::Off {
        line.push_str(" --tls");
    }
    line
}
