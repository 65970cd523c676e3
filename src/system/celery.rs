//! Celery's remote control over a Redis broker: which workers answer, and which processes they are.
//!
//! The wire format is kombu's (5.3 to 5.6, watched with MONITOR): requests are published on the fan-out channel
//! `/{db}.celery.pidbox`; a worker puts its answer at the head of the list that `reply_to` names. A request whose
//! reply exchange is the default one (the empty name) is answered straight into the list, so that no binding has to
//! be registered on the broker, and none can be left behind.

mod queues;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use redis::RedisError;
use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use crate::service::endpoint::Endpoint;
use crate::system::cache;

pub use queues::{Queues, queues};

/// How often the answers are looked for.
const POLL: Duration = Duration::from_millis(10);

/// How long after the last look the broker keeps the reply list, for workers that answer late. Seconds.
const LINGER: i64 = 30;

/// What one worker says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerAnswer {
    /// Node name, e.g. `celery@host`.
    pub name: String,
    /// Process id of the worker's main process, on the worker's machine.
    pub pid: u32,
    /// Processes, threads or greenlets that run tasks; none when the pool does not tell.
    pub concurrency: Option<u32>,
    /// Process ids of the pool's children (prefork), empty for other pools.
    pub processes: Vec<u32>,
    /// Tasks that it has run since its start, by name.
    pub total: u64,
}

/// Who answered, and how many were asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers<T> {
    /// What the workers said that answered.
    pub said: Vec<T>,
    /// How many workers are subscribed to the broker. Those among them that say nothing are busy, as a pool without
    /// processes of its own is while it runs a task, or frozen.
    pub asked: usize,
}

/// Asks every worker on `broker` for its statistics (`celery inspect stats`).
///
/// Returns as soon as every subscribed worker has answered, at the latest after `timeout`. Speaks to the default `control_exchange` (`celery`) without a `global_keyprefix`.
///
/// # Errors
/// When the broker cannot be reached, refuses us or goes away.
pub async fn inspect_stats(
    broker: &Endpoint,
    timeout: Duration,
) -> Result<Answers<WorkerAnswer>, RedisError> {
    inspect(broker, "stats", timeout, stats).await
}

/// A task that a worker runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its name, e.g. `celery_core.tasks.crawl`.
    pub name: String,
    /// The process that runs it.
    pub pid: Option<u32>,
}

/// Asks every worker on `broker` which tasks it runs (`celery inspect active`). As [`inspect_stats`].
///
/// # Errors
/// As [`inspect_stats`].
pub async fn inspect_active(broker: &Endpoint, timeout: Duration) -> Result<Vec<Task>, RedisError> {
    let answers = inspect(broker, "active", timeout, active).await?;
    Ok(answers.said.into_iter().flatten().collect())
}

/// Asks every worker on `broker` which queues it reads (`celery inspect active_queues`). As [`inspect_stats`].
///
/// # Errors
/// As [`inspect_stats`].
pub async fn inspect_queues(
    broker: &Endpoint,
    timeout: Duration,
) -> Result<Answers<Vec<String>>, RedisError> {
    inspect(broker, "active_queues", timeout, active_queues).await
}

async fn inspect<T>(
    broker: &Endpoint,
    method: &str,
    timeout: Duration,
    parse: fn(&str, &Value) -> Option<T>,
) -> Result<Answers<T>, RedisError> {
    let deadline = Instant::now() + timeout;
    let question = Question {
        method,
        parse,
        database: broker.redis_database(),
        timeout,
        deadline,
    };
    match timeout_at(deadline, cache::connect(broker)).await {
        Ok(connection) => ask(connection?, &question).await,
        Err(_) => Err(late("the broker did not answer in time")),
    }
}

/// What is asked of all workers, and how an answer is read.
struct Question<'a, T> {
    method: &'a str,
    parse: fn(&str, &Value) -> Option<T>,
    database: u16,
    timeout: Duration,
    deadline: Instant,
}

async fn ask<T>(
    mut broker: MultiplexedConnection,
    question: &Question<'_, T>,
) -> Result<Answers<T>, RedisError> {
    let (timeout, deadline) = (question.timeout, question.deadline);
    let ticket = ticket()?;
    let list = format!("{ticket}.reply.celery.pidbox");
    // A first element gives the list a time to live before anybody writes to it: whatever happens to us, it goes.
    let expires = i64::try_from(timeout.as_secs())
        .unwrap_or(i64::MAX / 2)
        .saturating_add(LINGER);
    // The library's own transaction miscounts the answers of a server that refuses to open one.
    let mut prepare = redis::pipe();
    prepare
        .cmd("MULTI")
        .ignore()
        .lpush(&list, "")
        .ignore()
        .expire(&list, expires)
        .ignore()
        .cmd("EXEC")
        .ignore();
    timeout_at(deadline, prepare.query_async::<()>(&mut broker))
        .await
        .map_err(|_| late("the broker did not answer in time"))??;

    let answers = collect(&mut broker, question, &ticket, &list).await;
    let complete = matches!(&answers, Ok(answers) if answers.said.len() >= answers.asked);
    if complete {
        // Everybody has spoken. Otherwise a late answer would create the list again, without an end.
        redis::cmd("DEL")
            .arg(&list)
            .query_async::<()>(&mut broker)
            .await?;
    }
    answers
}

async fn collect<T>(
    broker: &mut MultiplexedConnection,
    question: &Question<'_, T>,
    ticket: &str,
    list: &str,
) -> Result<Answers<T>, RedisError> {
    let Question {
        method,
        parse,
        database,
        timeout,
        deadline,
    } = *question;
    let channel = format!("/{database}.celery.pidbox");
    let expires = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        + timeout;
    let request = request(method, ticket, list, expires.as_secs_f64());
    let asked: usize = match timeout_at(
        deadline,
        redis::cmd("PUBLISH")
            .arg(channel)
            .arg(request)
            .query_async(broker),
    )
    .await
    {
        Ok(asked) => asked?,
        Err(_) => return Err(late("the broker did not answer in time")),
    };
    let mut answers = Vec::new();
    let mut look = redis::cmd("LRANGE");
    look.arg(list).arg(0).arg(-1);
    while answers.len() < asked {
        match timeout_at(deadline, look.query_async::<Vec<Vec<u8>>>(broker)).await {
            Ok(found) => {
                let found = found?;
                let read = found.iter().filter_map(|reply| answer(reply, parse));
                answers = read.collect();
            }
            Err(_) => break,
        }
        if answers.len() >= asked || Instant::now() + POLL >= deadline {
            break;
        }
        sleep(POLL).await;
    }
    Ok(Answers {
        said: answers,
        asked,
    })
}

/// The envelope and body of a request. `expires` is in seconds of the epoch: a worker that reads it later
/// (it was stopped, or busy) drops it.
fn request(method: &str, ticket: &str, list: &str, expires: f64) -> String {
    let body = json!({
        "method": method,
        "arguments": {},
        "destination": null,
        "pattern": null,
        "matcher": null,
        "ticket": ticket,
        "reply_to": {"exchange": "", "routing_key": list},
    });
    json!({
        "body": BASE64.encode(body.to_string()),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"clock": 1, "expires": expires},
        "properties": {
            "delivery_mode": 2,
            "delivery_info": {"exchange": "celery.pidbox", "routing_key": ""},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": ticket,
        },
    })
    .to_string()
}

/// Reads one answer: the worker's name with what it says.
fn answer<T>(reply: &[u8], parse: fn(&str, &Value) -> Option<T>) -> Option<T> {
    let envelope: Value = serde_json::from_slice(reply).ok()?;
    let body = envelope.get("body")?.as_str()?;
    let body = match envelope
        .pointer("/properties/body_encoding")
        .and_then(Value::as_str)
    {
        Some("base64") => BASE64.decode(body).ok()?,
        _ => body.as_bytes().to_vec(),
    };
    let body: Value = serde_json::from_slice(&body).ok()?;
    let (name, said) = body.as_object()?.iter().next()?;
    parse(name, said)
}

fn number(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

/// `{"pid": 1, "pool": {"max-concurrency": 2, "processes": [3, 4]}, "total": {}}`.
fn stats(name: &str, stats: &Value) -> Option<WorkerAnswer> {
    let processes = stats.pointer("/pool/processes").and_then(Value::as_array);
    Some(WorkerAnswer {
        name: name.to_owned(),
        pid: number(stats.get("pid")?)?,
        concurrency: stats.pointer("/pool/max-concurrency").and_then(number),
        processes: processes
            .map(|pids| pids.iter().filter_map(number).collect())
            .unwrap_or_default(),
        total: stats
            .get("total")
            .and_then(Value::as_object)
            .map_or(0, |tasks| tasks.values().filter_map(Value::as_u64).sum()),
    })
}

/// `[{"name": "tasks.crawl", "worker_pid": 3}]`.
fn active(_name: &str, tasks: &Value) -> Option<Vec<Task>> {
    let task = |task: &Value| {
        Some(Task {
            name: task.get("name")?.as_str()?.to_owned(),
            pid: task.get("worker_pid").and_then(number),
        })
    };
    Some(tasks.as_array()?.iter().filter_map(task).collect())
}

/// `[{"name": "celery", "exchange": {}, "routing_key": "celery"}]`.
fn active_queues(_name: &str, queues: &Value) -> Option<Vec<String>> {
    let name = |queue: &Value| Some(queue.get("name")?.as_str()?.to_owned());
    Some(queues.as_array()?.iter().filter_map(name).collect())
}

/// A random name in the form of a UUID, as kombu's own tickets.
fn ticket() -> Result<String, RedisError> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|_| late("the system gave no random bytes"))?;
    let number = u128::from_be_bytes(random);
    let hex = format!("{number:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Ok(format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    ))
}

fn late(message: &'static str) -> RedisError {
    RedisError::from((redis::ErrorKind::Io, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(body: &str, encoding: &str) -> Vec<u8> {
        let body = if encoding == "base64" {
            BASE64.encode(body)
        } else {
            body.to_owned()
        };
        json!({"body": body, "content-type": "application/json", "properties": {"body_encoding": encoding}}).to_string().into_bytes()
    }

    #[test]
    fn answers_name_the_worker_and_its_processes() {
        let body = r#"{"celery@vm": {"total": {"crawl": 2, "add": 1}, "pid": 70, "pool": {"max-concurrency": 2, "processes": [71, 72]}}}"#;
        let expected = WorkerAnswer {
            name: "celery@vm".into(),
            pid: 70,
            concurrency: Some(2),
            processes: vec![71, 72],
            total: 3,
        };
        assert_eq!(
            answer(&reply(body, "base64"), stats),
            Some(expected.clone())
        );
        assert_eq!(answer(&reply(body, "utf-8"), stats), Some(expected));
    }

    #[test]
    fn what_is_no_answer_is_left_out() {
        assert_eq!(answer(b"", stats), None);
        assert_eq!(
            answer(
                &reply(r#"{"celery@vm": {"error": "unknown method"}}"#, "base64"),
                stats
            ),
            None
        );
    }

    #[test]
    fn answers_name_the_tasks_that_run() {
        let body = r#"{"celery@vm": [{"name": "tasks.crawl", "worker_pid": 71, "args": []}]}"#;
        let task = Task {
            name: "tasks.crawl".into(),
            pid: Some(71),
        };
        assert_eq!(answer(&reply(body, "base64"), active), Some(vec![task]));
    }
}
