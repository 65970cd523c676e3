//! Whether a server would take what somebody does with it, asked without doing it.
//!
//! What MULTI queues is judged as if it were run: the user's rights, whether the server takes writes, its memory,
//! the slots of a cluster. DISCARD drops all of it, and so does the end of the connection.

use redis::aio::MultiplexedConnection;
use redis::{RedisError, ServerError, Value};

/// A command with its arguments.
pub type Command = Vec<String>;

/// A command that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which of the trials it belongs to; none for the transaction itself, in which Celery writes.
    pub trial: Option<usize>,
    /// `READONLY`, `OOM`, `NOPERM` …
    pub code: String,
    /// What the server says beside it.
    pub words: String,
}

/// What a server refuses of each trial's commands.
pub(super) async fn refusals(
    connection: &mut MultiplexedConnection,
    trials: &[Vec<Command>],
) -> Result<Vec<Refusal>, RedisError> {
    if trials.is_empty() {
        return Ok(Vec::new());
    }
    // Where there is no transaction, what follows would be done: it is not even asked.
    let opened: Result<Value, RedisError> = redis::cmd("MULTI").query_async(connection).await;
    match opened {
        Ok(Value::Okay) => {}
        Ok(_) => return Ok(Vec::new()),
        Err(error) => {
            let code = error.code().map(str::to_owned).ok_or(error.clone())?;
            let words = error.detail().unwrap_or_default().to_owned();
            return Ok(vec![Refusal {
                trial: None,
                code,
                words,
            }]);
        }
    }
    let mut asked = redis::pipe();
    asked.ignore_errors();
    for command in trials.iter().flatten() {
        let mut words = command.iter();
        asked.cmd(words.next().map_or("PING", String::as_str));
        for word in words {
            asked.arg(word);
        }
    }
    asked.cmd("DISCARD");
    let said: Vec<Value> = asked.query_async(connection).await?;
    let of = trials
        .iter()
        .enumerate()
        .flat_map(|(trial, commands)| commands.iter().map(move |_| trial));
    let refused = of.zip(said).filter_map(|(trial, value)| match value {
        Value::ServerError(error) => Some(refusal(trial, &error)),
        _ => None,
    });
    Ok(refused.collect())
}

fn refusal(trial: usize, error: &ServerError) -> Refusal {
    Refusal {
        trial: Some(trial),
        code: error.code().to_owned(),
        words: error.details().unwrap_or_default().to_owned(),
    }
}
