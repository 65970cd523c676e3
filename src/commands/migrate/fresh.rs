//! `pixcrawler migrate fresh`: a whole schema into an empty database, with the journal marked as applied.

use std::time::Instant;

use camino::Utf8PathBuf;
use serde_json::{Map, json};

use crate::commands::Context;
use crate::diagnostic::{Report, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::migration::rules;
use crate::migrator::{self, Stop};
use crate::output::Run;
use crate::system::fs;
use crate::text::{Source, plural};
use crate::workspace::Environment;

use super::{Database, Setting};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Which database.
    pub database: Database,
    /// The file; `production_schema.sql` beside the migrations or at the root otherwise.
    pub file: Option<Utf8PathBuf>,
    /// Production is meant.
    pub yes: bool,
}

/// Fills an empty database.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let began = Instant::now();
    let setting = super::setting(context, &request.database)?;
    let schema = schema(&setting, request)?;
    if context.environment == Environment::Production && !request.yes {
        return Err(
            Failure::usage(format!("this is production: {}", setting.target.shown()))
                .help("look at the file first, then say --yes"),
        );
    }
    let done = super::runtime()?.block_on(migrator::fresh(
        &setting.target,
        &setting.project,
        &schema,
        request.database.wait,
    ));
    let migrations = setting.project.journal.migrations.len();
    let (findings, tables) = match done {
        Ok(tables) => (Vec::new(), Some(tables)),
        Err(Stop::Failure(failure)) => return Err(failure),
        Err(Stop::Refused(findings)) => (findings, None),
        Err(Stop::Failed(finding)) => (vec![*finding], None),
        Err(Stop::Interrupted(number)) => return Ok(Exit::Signal(number)),
    };
    let report = Report::new(findings);
    if let Some(tables) = tables {
        context.say(&format!(
            "{} made {} in {}, the same as the migrations make; {} on record",
            schema.path(),
            plural(tables, "table"),
            setting.target.shown(),
            plural(migrations, "migration")
        ));
    } else {
        context.say("nothing was changed in the database");
    }
    let environment = context.environment.to_string();
    let run = Run {
        command: "migrate fresh",
        environment: Some(&environment),
        elapsed: Some(began.elapsed()),
        checked: plural(migrations, "migration"),
        rules: rules::RULES,
        fail_on: Severity::Error,
        checks: &[],
    };
    let mut extra = Map::new();
    extra.insert("database".to_owned(), super::database_json(&setting.target));
    extra.insert(
        "fresh".to_owned(),
        json!({"file": schema.path(), "tables": tables}),
    );
    context.report(&report, &run, extra);
    Ok(report.verdict(Severity::Error))
}

fn schema(setting: &Setting, request: &Request) -> Result<Source, Failure> {
    const NAME: &str = "production_schema.sql";
    let candidates: Vec<Utf8PathBuf> = match &request.file {
        Some(file) => vec![file.clone()],
        None => vec![setting.project.journal.out.join(NAME), NAME.into()],
    };
    let found = candidates
        .iter()
        .find(|path| fs::is_file(&setting.workspace.path(path)));
    let Some(path) = found else {
        let named = candidates.iter().map(|path| path.as_str());
        return Err(Failure::usage(format!(
            "there is no {}",
            named.collect::<Vec<_>>().join(" and no ")
        ))
        .help("name the file: pixcrawler migrate fresh FILE; without one, pixcrawler migrate fills an empty database"));
    };
    let text = fs::read_text(&setting.workspace.path(path))
        .map_err(|error| Failure::usage(error.to_string()).help("make it a readable UTF-8 file"))?;
    Ok(Source::new(path.clone(), text))
}
