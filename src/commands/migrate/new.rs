//! `pixcrawler migrate new NAME`: an empty migration, as drizzle-kit writes one.

use camino::Utf8PathBuf;

use crate::commands::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather;
use crate::gather::migrations::{Missing, Project};
use crate::migration::draft::{self, Before, Obstacle};
use crate::migration::{Config, Layout};
use crate::system::{fs, random, replace};
use crate::text::command::Command;
use crate::text::remedy::quoted;
use crate::workspace::Workspace;
use crate::workspace::stack::Manager;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Its name.
    pub name: String,
    /// Let the project's drizzle-kit write what the schema changed.
    pub from_schema: bool,
}

/// Writes a new migration.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    usable(&request.name)?;
    let workspace = context.find_workspace()?;
    let (project, config) = match gather::migrations::find(&workspace) {
        Ok(project) => (Some(project.clone()), project.config),
        Err(Missing::Folder(config)) => (None, *config),
        Err(_) => {
            super::project(&workspace)?;
            return Ok(Exit::Clean);
        }
    };
    if request.from_schema {
        return generate(&workspace, &config, &request.name);
    }
    let journal = project.as_ref().map(|project| &project.journal);
    let snapshot = journal
        .and_then(draft::snapshot_path)
        .and_then(|path| fs::read_text(&workspace.path(path)).ok());
    let before = Before {
        journal,
        layout: layout(&workspace, &config),
        snapshot: snapshot.as_deref(),
    };
    let now = jiff::Timestamp::now().as_millisecond();
    let made = draft::draft(&config, &before, &request.name, now, &uuid()?)
        .map_err(|obstacle| refused(&obstacle, project.as_ref()))?;
    for (path, text) in &made.files {
        let path = workspace.path(path);
        let written = match path.parent() {
            Some(folder) => fs::create_dir_all(folder),
            None => Ok(()),
        }
        .and_then(|()| fs::write_atomic(&path, text.as_bytes()));
        written.map_err(|error| {
            Failure::unreachable(format!("the migration cannot be written: {error}"))
                .help("make the folder writable, and run the command again")
        })?;
    }
    context.print(format!("{}\n", made.script).as_bytes());
    context.say("put the SQL there, then: pixcrawler migrate check, pixcrawler migrate");
    Ok(Exit::Clean)
}

/// A name is a part of a file's name, on Windows too.
fn usable(name: &str) -> Result<(), Failure> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.is_empty() && name.chars().all(good) && !name.starts_with('.') {
        return Ok(());
    }
    let mended: String = name
        .chars()
        .map(|c| if good(c) { c } else { '_' })
        .collect();
    let mended = mended.trim_matches(['_', '.']);
    let mended = if mended.is_empty() { "change" } else { mended };
    Err(
        Failure::usage(format!("`{name}` is no name for a migration"))
            .help(format!("pixcrawler migrate new {mended}")),
    )
}

fn uuid() -> Result<String, Failure> {
    let mut bytes: [u8; 16] = random::bytes().map_err(|error| {
        Failure::unreachable(format!("no random bytes: {error}")).help("try again")
    })?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = crate::text::hex(&bytes);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    Ok(format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    ))
}

/// How the files of a first migration lie: as the installed drizzle-kit has them, else the wanted one.
fn layout(workspace: &Workspace, config: &Config) -> Layout {
    let version = |path: &str, pointer: &str| {
        let text = fs::read_text(&workspace.path(config.dir.join(path))).ok()?;
        let value: serde_json::Value = serde_json::from_str(&text).ok()?;
        let version = value.pointer(pointer)?.as_str()?.to_owned();
        let version = version.trim_start_matches(|c: char| !c.is_ascii_digit());
        version.split('.').next()?.parse::<u32>().ok()
    };
    let major = version("node_modules/drizzle-kit/package.json", "/version")
        .or_else(|| version("package.json", "/devDependencies/drizzle-kit"))
        .or_else(|| version("package.json", "/dependencies/drizzle-kit"));
    if major.is_some_and(|major| major >= 1) {
        Layout::Folders
    } else {
        Layout::Journal
    }
}

fn refused(obstacle: &Obstacle, project: Option<&Project>) -> Failure {
    let out = project.map(|project| project.journal.out.clone());
    let out = out.unwrap_or_default();
    match obstacle {
        Obstacle::SnapshotThere(path) => Failure::new(
            Exit::Findings,
            format!("{path} is there, and the journal does not know it: it would be overwritten"),
        )
        .help(format!(
            "bring the entry back (git log -p {out}/meta/_journal.json), or delete the snapshot"
        )),
        Obstacle::NoSnapshot(path) => Failure::new(
            Exit::Findings,
            format!("{path} is missing or cannot be read, and the new snapshot builds on it"),
        )
        .help(Command::new("git checkout --").path(path).to_string()),
        Obstacle::Collision(paths) => {
            let paths: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
            Failure::new(
                Exit::Findings,
                format!("several snapshots are the newest one: {}", paths.join(", ")),
            )
            .help("delete the newer migration with its snapshot and entry, then: drizzle-kit generate")
        }
    }
}

/// Becomes the project's own `drizzle-kit generate`.
fn generate(workspace: &Workspace, config: &Config, name: &str) -> Result<Exit, Failure> {
    let dir = workspace.path(&config.dir);
    if !fs::is_dir(&dir.join("node_modules/drizzle-kit")) {
        let has = |name: &str| fs::is_file(&dir.join(name));
        let manager = Manager::choose(None, has).program();
        return Err(Failure::unreachable(format!(
            "drizzle-kit is not installed in {}",
            Utf8PathBuf::from(&config.dir)
        ))
        .help(format!(
            "cd {} && {manager} install",
            quoted(config.dir.as_str())
        )));
    }
    let program = dir.join("node_modules/.bin/drizzle-kit");
    let arguments = ["generate", "--name", name].map(str::to_owned);
    match replace::run_in(&dir, program.as_str(), &arguments) {
        Ok(code) => Ok(Exit::Program(code)),
        Err(error) => Err(Failure::unreachable(format!(
            "{program} cannot be run: {}",
            fs::plain(&error)
        ))
        .help("install Node.js, or see: pixcrawler doctor")),
    }
}
