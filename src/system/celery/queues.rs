//! What waits on a Redis broker, and what was handed out.

use std::collections::BTreeSet;

use redis::RedisError;
use redis::aio::MultiplexedConnection;

use crate::service::endpoint::Endpoint;
use crate::system::cache;

/// What stands between a queue's name and a priority: kombu's own, and the one that Celery's manual sets (`sep`).
const SEPARATORS: [&str; 2] = ["\u{6}\u{16}", ":"];

/// Kombu keeps tasks of one priority in a list of their own. Whatever the steps (`priority_steps`), they lie
/// between these; what has none, or 0, is in the list without a number.
const PRIORITIES: std::ops::RangeInclusive<u8> = 1..=9;

/// What waits and what runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queues {
    /// Tasks that wait, by queue, the queues that workers bound.
    pub waiting: Vec<(String, u64)>,
    /// Tasks that were handed out and are not acknowledged.
    pub running: u64,
}

/// The queues on `broker` with their lengths: those that are bound to an exchange, and Celery's default one, each
/// with its priorities.
///
/// # Errors
/// When the broker cannot be reached, refuses us or goes away.
pub async fn queues(broker: &Endpoint) -> Result<Queues, RedisError> {
    let mut connection = cache::connect(broker).await?;
    let names = names(&mut connection).await?;
    let mut lengths = redis::pipe();
    // A list that is none, or that the user may not look at, has nothing in it for us.
    lengths.ignore_errors();
    let lists: Vec<Vec<String>> = names.iter().map(|name| lists(name, &names)).collect();
    for list in lists.iter().flatten() {
        lengths.llen(list);
    }
    lengths.hlen("unacked");
    let counted: Vec<redis::Value> = lengths.query_async(&mut connection).await?;
    let mut counted = counted.into_iter().map(|value| match value {
        redis::Value::Int(count) => u64::try_from(count).unwrap_or(0),
        _ => 0,
    });
    let waiting = names
        .iter()
        .zip(&lists)
        .map(|(name, lists)| (name.clone(), counted.by_ref().take(lists.len()).sum()))
        .collect();
    Ok(Queues {
        waiting,
        running: counted.next().unwrap_or(0),
    })
}

/// The lists of one queue. A queue of its own may be called as a priority of another one is.
fn lists(name: &str, queues: &BTreeSet<String>) -> Vec<String> {
    let of = SEPARATORS.iter().flat_map(|separator| {
        PRIORITIES.map(move |priority| format!("{name}{separator}{priority}"))
    });
    std::iter::once(name.to_owned())
        .chain(of.filter(|list| !queues.contains(list)))
        .collect()
}

async fn names(connection: &mut MultiplexedConnection) -> Result<BTreeSet<String>, RedisError> {
    let mut names = BTreeSet::from(["celery".to_owned()]);
    let mut cursor = 0_u64;
    loop {
        let (next, keys): (u64, Vec<String>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg("_kombu.binding.*")
            .arg("COUNT")
            .arg(1000)
            .query_async(connection)
            .await?;
        // Remote control and events have queues of their own, one a process.
        for key in keys
            .iter()
            .filter(|key| !key.ends_with("pidbox") && !key.ends_with("celeryev"))
        {
            let bindings: Vec<String> = redis::cmd("SMEMBERS")
                .arg(key)
                .query_async(connection)
                .await?;
            // Routing key, pattern and queue, with two control characters between.
            let queues = bindings
                .iter()
                .filter_map(|binding| binding.rsplit('\u{16}').next());
            names.extend(queues.map(str::to_owned));
        }
        cursor = next;
        if cursor == 0 {
            return Ok(names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_a_list_for_each_priority() {
        let queues = BTreeSet::from(["crawl".to_owned(), "crawl:3".to_owned()]);
        let lists = lists("crawl", &queues);
        assert_eq!(lists.first().map(String::as_str), Some("crawl"));
        for list in ["crawl\u{6}\u{16}3", "crawl\u{6}\u{16}9", "crawl:9"] {
            assert!(lists.iter().any(|it| it == list), "{list:?}");
        }
        assert!(!lists.iter().any(|it| it == "crawl:3"), "{lists:?}");
    }
}
