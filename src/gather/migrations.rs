//! Reads drizzle's configuration, its journal and its files.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::code::sql::Name;
use crate::code::typescript::drizzle;
use crate::diagnostic::{Finding, Label};
use crate::failure::Failure;
use crate::migration::config::{self, Config};
use crate::migration::history::{self, History, State};
use crate::migration::journal::{self, Hashes, Journal, Layout, Migration, Script, Snapshot};
use crate::migration::target::{self, Seen, Target};
use crate::migration::{Book, rules, way_back};
use crate::system::database::session::{NoConnection, Session, SqlError};
use crate::system::fs;
use crate::text::Source;
use crate::workspace::{Tier, Workspace};

use super::bookkeeping::{self, Beside};
use super::git;
use super::logins;
use super::tiers::Tiers;

/// The migrations of a workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Where they are, and where their record is.
    pub config: Config,
    /// The migrations.
    pub journal: Journal,
    /// The tier whose folder has the configuration.
    pub tier: String,
}

/// Why there are no migrations to speak of.
#[derive(Debug, Clone, PartialEq)]
pub enum Missing {
    /// No tier has a `drizzle.config.*`, or a folder as drizzle makes it.
    Config,
    /// The configuration names a folder that is not there, or that holds no migrations.
    Folder(Box<Config>),
    /// The files are there and cannot be understood.
    Broken(Vec<Finding>),
}

/// Finds and reads the migrations of a workspace: the tier with a `drizzle.config.*`, frontend first.
///
/// # Errors
/// When there is nothing to read, or it cannot be understood.
pub fn find(workspace: &Workspace) -> Result<Project, Missing> {
    let (tier, config) = config_of(workspace).ok_or(Missing::Config)?;
    let journal = read(workspace, &config)?;
    Ok(Project {
        config,
        journal,
        tier,
    })
}

/// The configuration alone, with the name of the tier that it belongs to.
#[must_use]
pub fn config_of(workspace: &Workspace) -> Option<(String, Config)> {
    let tiers = || {
        let (front, others): (Vec<_>, Vec<_>) = workspace
            .tiers
            .iter()
            .partition(|tier| tier.name == "frontend");
        front.into_iter().chain(others)
    };
    let written = tiers().find_map(|tier| {
        let (path, text) = config::FILES.iter().find_map(|name| {
            let path = tier.dir.join(name);
            let text = fs::read_text(&workspace.path(&path)).ok()?;
            Some((path, text))
        })?;
        let source = Source::new(path, text);
        let written = drizzle::config(source.text());
        Some((
            tier.name.clone(),
            Config::new(&tier.dir, Some(source), written),
        ))
    });
    // Without a configuration, drizzle's own default folder still is what it looks like.
    written.or_else(|| {
        tiers().find_map(|tier| {
            let config = Config::new(&tier.dir, None, drizzle::Written::default());
            fs::is_file(&workspace.path(config.out.join("meta/_journal.json")))
                .then(|| (tier.name.clone(), config))
        })
    })
}

/// Where the configuration may be.
#[must_use]
pub fn config_files(workspace: &Workspace) -> Vec<Utf8PathBuf> {
    let of_tier = |tier: &Tier| config::FILES.map(|name| tier.dir.join(name));
    workspace.tiers.iter().flat_map(of_tier).collect()
}

/// Reads the folder of the migrations.
///
/// # Errors
/// When it is not there, or cannot be understood.
pub fn read(workspace: &Workspace, config: &Config) -> Result<Journal, Missing> {
    let meta = config.out.join("meta/_journal.json");
    match fs::read_text_if_there(&workspace.path(&meta)) {
        Ok(Some(text)) => read_journal(workspace, config, Source::new(meta, text)),
        Ok(None) => {
            let journal = read_folders(workspace, config);
            if journal.migrations.is_empty() {
                return Err(Missing::Folder(Box::new(config.clone())));
            }
            Ok(journal)
        }
        Err(error) => {
            let finding = Finding::new(&rules::JOURNAL_BROKEN, format!("{meta} cannot be read"))
                .in_file(&meta)
                .note(fs::plain(&error))
                .help(format!(
                    "make it a regular UTF-8 file that you may read: ls -l {meta}"
                ));
            Err(Missing::Broken(vec![finding]))
        }
    }
}

fn read_script(workspace: &Workspace, path: &Utf8Path) -> Option<Script> {
    let bytes = fs::read(&workspace.path(path)).ok()?;
    Some(Script::new(path, &bytes))
}

/// 0.x: what the journal names, in its order.
fn read_journal(
    workspace: &Workspace,
    config: &Config,
    source: Source,
) -> Result<Journal, Missing> {
    let entries = journal::read(&source).map_err(|finding| Missing::Broken(vec![*finding]))?;
    let migrations: Vec<Migration> = entries
        .into_iter()
        .map(|entry| {
            let path = config.out.join(format!("{}.sql", entry.tag));
            Migration {
                when: entry.when,
                script: read_script(workspace, &path),
                entry: Some(Label::new(&source, entry.tag_at, "")),
                when_at: Some(Label::new(&source, entry.when_at, "")),
                tag: entry.tag,
                path,
            }
        })
        .collect();
    let named = |path: &Utf8Path| {
        migrations
            .iter()
            .any(|migration| migration.path.file_name() == path.file_name())
    };
    let orphans = fs::list(&workspace.path(&config.out))
        .into_iter()
        .filter(|path| journal::looks_like_migration(path) && !named(path))
        .filter_map(|path| read_script(workspace, &config.out.join(path.file_name()?)))
        .collect();
    let snapshots = fs::list(&workspace.path(config.out.join("meta")))
        .into_iter()
        .filter_map(|path| {
            let name = path.file_name()?;
            name.ends_with("_snapshot.json")
                .then(|| config.out.join("meta").join(name))
        })
        .filter_map(|path| read_snapshot(workspace, path))
        .collect();
    Ok(Journal {
        layout: Layout::Journal,
        out: config.out.clone(),
        source: Some(source),
        migrations,
        orphans,
        snapshots,
    })
}

/// 1.x: every folder with a `migration.sql`, by name.
fn read_folders(workspace: &Workspace, config: &Config) -> Journal {
    let mut migrations = Vec::new();
    let mut snapshots = Vec::new();
    for folder in fs::list(&workspace.path(&config.out)) {
        let Some(tag) = folder.file_name().map(str::to_owned) else {
            continue;
        };
        let path = config.out.join(&tag).join("migration.sql");
        let Some(script) = read_script(workspace, &path) else {
            continue;
        };
        // A folder without a time has none for drizzle-kit either: it records NaN and fails.
        migrations.push(Migration {
            when: journal::folder_time(&tag).unwrap_or(0),
            script: Some(script),
            entry: None,
            when_at: None,
            path,
            tag: tag.clone(),
        });
        snapshots.extend(read_snapshot(
            workspace,
            config.out.join(tag).join("snapshot.json"),
        ));
    }
    Journal {
        layout: Layout::Folders,
        out: config.out.clone(),
        source: None,
        migrations,
        orphans: Vec::new(),
        snapshots,
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSnapshot {
    id: String,
    #[serde(default)]
    prev_id: Option<String>,
    #[serde(default)]
    prev_ids: Vec<String>,
}

fn read_snapshot(workspace: &Workspace, path: Utf8PathBuf) -> Option<Snapshot> {
    let text = fs::read_text(&workspace.path(&path)).ok()?;
    let raw: RawSnapshot = serde_json::from_str(&text).ok()?;
    Some(Snapshot {
        path,
        id: raw.id,
        parents: raw.prev_id.into_iter().chain(raw.prev_ids).collect(),
    })
}

/// Which database a workspace's migrations go to: `flag`, else what the tiers resolve, that of the
/// migrations first, then the backend.
///
/// # Errors
/// When none is named, or its URL cannot be read.
pub fn target(
    workspace: &Workspace,
    tiers: &Tiers,
    project: &Project,
    flag: Option<&str>,
) -> Result<Target, Failure> {
    let first = [project.tier.as_str(), "backend", "root"];
    let rest = workspace.tiers.iter().map(|tier| tier.name.as_str());
    let mut seen: Vec<Seen<'_>> = Vec::new();
    for tier in first.into_iter().chain(rest) {
        if let Some((tier, variables)) = tiers.seen.get_key_value(tier)
            && seen.iter().all(|before| before.tier != tier)
        {
            seen.push(Seen { tier, variables });
        }
    }
    let readers = logins::Readers::new(workspace, tiers);
    let ignored = RefCell::new(None);
    let mut target = target::choose(
        flag,
        &project.config.url_variables,
        &seen,
        &|tier, name| tiers.origin(tier, name),
        &|tier, url, endpoint| {
            let login = readers.read(tier, url, endpoint);
            ignored.replace(login.ignored);
            login.endpoint
        },
    )?;
    target.ignored = ignored.take().map(Utf8PathBuf::into_string);
    target.secrets.extend(tiers.secrets.iter().cloned());
    // It starts what the env files name, and nothing for a URL that was typed.
    target.managed = flag.is_none()
        && workspace.options.managed.postgres.unwrap_or(true)
        && target.endpoint.is_usual_loopback();
    // As libpq, from the current folder; and from those where somebody may have meant it to be.
    for file in [
        &mut target.root_cert,
        &mut target.client_cert,
        &mut target.client_key,
    ] {
        if let Some(path) = file.as_deref().filter(|path| *path != "system") {
            *file = Some(found_file(
                workspace,
                &project.config,
                path,
                &target.endpoint.variable,
            )?);
        }
    }
    Ok(target)
}

fn found_file(
    workspace: &Workspace,
    config: &Config,
    path: &str,
    variable: &str,
) -> Result<String, Failure> {
    let places = [
        Utf8PathBuf::from(path),
        workspace.path(path),
        workspace.path(config.dir.join(path)),
    ];
    match places.iter().find(|place| fs::is_file(place)) {
        Some(place) => Ok(place.to_string()),
        None => Err(Failure::usage(format!("{variable} names the file {path}, which is not there"))
            .help("write its absolute path; the authority of a Supabase project is under Database settings, SSL configuration")),
    }
}

/// How the files and a database stand to each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What the database has on record.
    pub book: Book,
    /// The comparison.
    pub history: History,
    /// The records of other tools.
    pub beside: Beside,
}

/// Why a database did not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silent {
    /// There is no connection.
    NoConnection(NoConnection),
    /// It lets us in and not look.
    Refused(SqlError),
}

/// Asks a database what was applied to it.
///
/// # Errors
/// When it cannot be reached, or does not tell.
pub async fn status(
    target: &Target,
    project: &Project,
    alembic: Option<&Name>,
    patience: Duration,
) -> Result<Standing, Silent> {
    let session = Session::connect(target, patience)
        .await
        .map_err(Silent::NoConnection)?;
    status_over(session, project, alembic).await
}

/// As [`status`], over a session that is open already, and is closed by it.
///
/// # Errors
/// When the database does not tell.
pub async fn status_over(
    mut session: Session,
    project: &Project,
    alembic: Option<&Name>,
) -> Result<Standing, Silent> {
    let book = bookkeeping::read(&mut session, &project.config).await;
    let beside = bookkeeping::beside(&mut session, alembic).await;
    session.close().await;
    let book = book.map_err(Silent::Refused)?;
    let beside = beside.map_err(Silent::Refused)?;
    Ok(Standing {
        history: history::compare(&project.journal, &book),
        book,
        beside,
    })
}

/// Findings, those of files that were changed after they ran, or are gone, with the command that brings such a file
/// back, where git has it.
#[must_use]
pub fn with_ways_back(
    findings: Vec<Finding>,
    workspace: &Workspace,
    variables: &BTreeMap<String, String>,
    project: &Project,
    standing: &Standing,
) -> Vec<Finding> {
    let root = &workspace.root;
    let migrations = &project.journal.migrations;
    let of = |finding: &Finding| {
        let codes = [rules::EDITED.code, rules::DELETED.code];
        let is_of = codes.contains(&finding.rule.code);
        let subject = finding.subject.as_deref().filter(|_| is_of)?;
        let mut states = migrations.iter().zip(&standing.history.states);
        states.find(|(migration, _)| migration.tag == subject)
    };
    let is_it = |text: &str, row: i64| {
        let mut rows = standing.book.rows.iter();
        let row = rows.find(|own| own.id == row);
        row.is_some_and(|row| Hashes::of(text).fit(&row.hash))
    };
    let way_back = |finding: &Finding| match of(finding)? {
        (migration, State::Edited { row }) => {
            let text = git::committed(root, variables, &migration.path)?;
            is_it(&text, *row).then(|| way_back::of_changed(finding.clone(), migration))
        }
        (migration, State::Deleted { row }) => {
            let path = &migration.path;
            let (commit, text) = if let Some(text) = git::committed(root, variables, path) {
                ("HEAD".to_owned(), text)
            } else {
                let commit = git::last_with(root, variables, path)?;
                let text = git::in_commit(root, variables, &commit, path)?;
                (commit, text)
            };
            let ran = is_it(&text, *row);
            Some(way_back::of_deleted(
                finding.clone(),
                migration,
                &commit,
                ran,
            ))
        }
        _ => None,
    };
    let one = |finding: Finding| way_back(&finding).unwrap_or(finding);
    findings.into_iter().map(one).collect()
}
