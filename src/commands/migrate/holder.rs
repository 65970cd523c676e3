//! `pixcrawler migrate lock`: who is at work.

use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migrator;
use crate::output::harmless;

use super::{Database, record};

/// Shows who holds the lock.
pub fn run(context: &Context, database: &Database) -> Result<Exit, Failure> {
    let setting = super::setting(context, database)?;
    let holders = super::runtime()?.block_on(migrator::who(
        &setting.target,
        &setting.project,
        database.wait,
    ))?;
    if holders.is_empty() {
        record::line(context, "nobody holds the lock");
    }
    for holder in &holders {
        record::line(
            context,
            &format!(
                "{}, from {}\n  end it, and the server rolls back what it does: SELECT pg_terminate_backend({})",
                harmless(&holder.in_words()),
                holder.address,
                holder.pid
            ),
        );
    }
    let list: Vec<Value> = holders
        .iter()
        .map(|it| json!({"pid": it.pid, "user": it.user, "application": it.application, "address": it.address, "state": it.state, "seconds": it.seconds, "statement": it.statement}))
        .collect();
    let exit = if holders.is_empty() {
        Exit::Clean
    } else {
        Exit::Busy
    };
    let extra = Map::from_iter([
        ("database".to_owned(), super::database_json(&setting.target)),
        ("holders".to_owned(), Value::Array(list)),
    ]);
    record::report(
        context,
        "migrate lock",
        "1 lock".to_owned(),
        Vec::new(),
        extra,
    );
    Ok(exit)
}
