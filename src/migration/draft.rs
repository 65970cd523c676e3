//! A new, empty migration, byte for byte as `drizzle-kit generate --custom` writes it.

mod order;

use camino::Utf8PathBuf;
use serde_json::{Map, Value, json};

use super::Config;
use super::journal::{self, Journal, Layout};

/// What drizzle-kit writes into an empty migration.
const CUSTOM: &str = "-- Custom SQL migration file, put your code below! --";

/// What the first snapshot builds on.
const NOTHING: &str = "00000000-0000-0000-0000-000000000000";

/// Files to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The migration's name.
    pub tag: String,
    /// The file for the SQL, relative to the workspace.
    pub script: Utf8PathBuf,
    /// The files with their text, in the order in which they are to be written: the journal last.
    pub files: Vec<(Utf8PathBuf, String)>,
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A snapshot is there under the name that the new one would have, and the journal does not know it.
    SnapshotThere(Utf8PathBuf),
    /// The snapshot that the new one must build on is missing or cannot be read.
    NoSnapshot(Utf8PathBuf),
    /// Several snapshots are the newest one.
    Collision(Vec<Utf8PathBuf>),
}

/// What is there already.
#[derive(Debug, Clone)]
pub struct Before<'a> {
    /// The migrations; none when this is the first one.
    pub journal: Option<&'a Journal>,
    /// How the files are to lie when this is the first one.
    pub layout: Layout,
    /// The newest snapshot's text, where it is there.
    pub snapshot: Option<&'a str>,
}

/// A new migration. `now` is in milliseconds since 1970, `id` a new UUID.
///
/// # Errors
/// When drizzle-kit could not go on from it.
pub fn draft(
    config: &Config,
    before: &Before<'_>,
    name: &str,
    now: i64,
    id: &str,
) -> Result<Draft, Obstacle> {
    let layout = before
        .journal
        .map_or(before.layout, |journal| journal.layout);
    match layout {
        Layout::Journal => in_journal(config, before, name, now, id),
        Layout::Folders => in_folder(config, before, name, now, id),
    }
}

/// The snapshot's file of a migration.
#[must_use]
pub fn snapshot_path(journal: &Journal) -> Option<Utf8PathBuf> {
    let last = journal.migrations.last()?;
    Some(match journal.layout {
        Layout::Journal => {
            let prefix = last.tag.split('_').next().unwrap_or_default();
            journal.out.join(format!("meta/{prefix}_snapshot.json"))
        }
        Layout::Folders => last.path.with_file_name("snapshot.json"),
    })
}

fn stamp(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map(|time| time.strftime("%Y%m%d%H%M%S").to_string())
        .unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    // The same as JSON.stringify(value, null, 2).
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Snapshots that no other builds on.
fn leaves(journal: &Journal) -> Vec<&journal::Snapshot> {
    let builds_on = |id: &str| {
        let mut snapshots = journal.snapshots.iter();
        snapshots.any(|other| other.parents.iter().any(|parent| parent == id))
    };
    let snapshots = journal.snapshots.iter();
    snapshots
        .filter(|snapshot| !builds_on(&snapshot.id))
        .collect()
}

fn in_journal(
    config: &Config,
    before: &Before<'_>,
    name: &str,
    now: i64,
    id: &str,
) -> Result<Draft, Obstacle> {
    let entries = before
        .journal
        .and_then(|journal| journal.source.as_ref())
        .and_then(|source| {
            let text = source.text().trim_start_matches('\u{feff}');
            serde_json::from_str::<Value>(text).ok()
        });
    let mut whole =
        entries.unwrap_or_else(|| json!({"version": "7", "dialect": "postgresql", "entries": []}));
    let last = before.journal.and_then(|journal| journal.migrations.last());
    let old = whole.get("entries").and_then(Value::as_array);
    let idx = old
        .and_then(|entries| entries.last()?.get("idx")?.as_i64())
        .map_or(0, |idx| idx + 1);
    // drizzle-kit takes the clock alone, and skips for ever what is older than what was applied.
    let newest = before
        .journal
        .into_iter()
        .flat_map(|journal| &journal.migrations);
    let when = newest.map(|it| it.when + 1).fold(now, i64::max);
    let prefix = match config.prefix.as_str() {
        "timestamp" | "supabase" => stamp(now),
        "unix" => (now / 1000).to_string(),
        "none" => String::new(),
        _ => format!("{idx:04}"),
    };
    let tag = format!("{prefix}_{name}");
    let meta = config.out.join("meta");
    let path = meta.join(format!("{prefix}_snapshot.json"));
    let snapshots = before.journal.map_or(&[][..], |journal| &journal.snapshots);
    if snapshots.iter().any(|snapshot| snapshot.path == path) {
        return Err(Obstacle::SnapshotThere(path));
    }
    if let Some(journal) = before.journal
        && leaves(journal).len() > 1
    {
        let paths = leaves(journal).into_iter().map(|it| it.path.clone());
        return Err(Obstacle::Collision(paths.collect()));
    }
    let snapshot = match (last, before.snapshot) {
        (None, _) => order::empty(id, NOTHING),
        (Some(_), Some(text)) => {
            let parsed = serde_json::from_str::<Value>(text).ok();
            parsed
                .and_then(|parsed| order::follow(&parsed, id))
                .ok_or_else(|| missing(before))?
        }
        (Some(_), None) => return Err(missing(before)),
    };
    let entry = json!({"idx": idx, "version": "7", "when": when, "tag": tag, "breakpoints": true});
    if let Some(entries) = whole.get_mut("entries").and_then(Value::as_array_mut) {
        entries.push(entry);
    }
    let script = config.out.join(format!("{tag}.sql"));
    Ok(Draft {
        files: vec![
            (path, pretty(&snapshot)),
            (script.clone(), CUSTOM.to_owned()),
            (meta.join("_journal.json"), pretty(&whole)),
        ],
        tag,
        script,
    })
}

fn missing(before: &Before<'_>) -> Obstacle {
    let path = before.journal.and_then(snapshot_path);
    Obstacle::NoSnapshot(path.unwrap_or_default())
}

fn in_folder(
    config: &Config,
    before: &Before<'_>,
    name: &str,
    now: i64,
    id: &str,
) -> Result<Draft, Obstacle> {
    let migrations = before
        .journal
        .into_iter()
        .flat_map(|journal| &journal.migrations);
    let time = migrations.map(|it| it.when + 1000).fold(now, i64::max);
    let tag = format!("{}_{name}", stamp(time));
    let parents: Vec<Value> = match before.journal {
        Some(journal) => {
            let leaves = leaves(journal);
            if leaves.is_empty() {
                return Err(missing(before));
            }
            leaves.iter().map(|leaf| json!(leaf.id)).collect()
        }
        None => vec![json!(NOTHING)],
    };
    let first = before.journal.is_none();
    let mut snapshot = Map::new();
    snapshot.insert("type".into(), json!(if first { "base" } else { "diff" }));
    snapshot.insert("version".into(), json!("9"));
    snapshot.insert("dialect".into(), json!("postgres"));
    snapshot.insert("id".into(), json!(id));
    snapshot.insert("prevIds".into(), Value::Array(parents));
    snapshot.insert("footprints".into(), json!([]));
    snapshot.insert((if first { "ddl" } else { "deltas" }).into(), json!([]));
    let folder = config.out.join(&tag);
    let script = folder.join("migration.sql");
    Ok(Draft {
        files: vec![
            (
                folder.join("snapshot.json"),
                pretty(&Value::Object(snapshot)),
            ),
            (script.clone(), CUSTOM.to_owned()),
        ],
        tag,
        script,
    })
}

#[cfg(test)]
mod tests;
