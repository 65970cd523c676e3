//! `pixcrawler migrate check`: the files and their SQL, without a database.

use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::diagnostic::{Report, Rule, Severity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather;
use crate::gather::migrations::Missing;
use crate::migration;
use crate::output::Run;
use crate::text::{nearest, plural};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The last migration whose dangers somebody looked at; what pixcrawler.toml says otherwise.
    pub reviewed: Option<String>,
    /// The severity from which on the run fails; errors when none is given.
    pub deny: Option<Severity>,
}

/// Checks the migrations of a workspace.
pub fn run(context: &Context, request: &Request) -> Result<Exit, Failure> {
    let began = Instant::now();
    let workspace = context.find_workspace()?;
    let mut extra = Map::new();
    let (mut findings, checked) = match gather::migrations::find(&workspace) {
        // A journal that cannot be read is what a check is there to say.
        Err(Missing::Broken(findings)) => (findings, "the journal".to_owned()),
        Err(_) => return super::project(&workspace).map(|_| Exit::Clean),
        Ok(project) => {
            let migrations = &project.journal.migrations;
            let set = workspace.options.migrate.reviewed.clone();
            let reviewed = request.reviewed.clone().or(set);
            if let Some(tag) = &reviewed
                && project.journal.get(tag).is_none()
            {
                let known = migrations.iter().map(|it| it.tag.as_str());
                let help = match nearest(tag, known) {
                    Some(near) => format!("did you mean {near}?"),
                    None => "pixcrawler migrate status lists the migrations".to_owned(),
                };
                return Err(Failure::usage(format!(
                    "there is no migration {tag}, which is named as the last one that was reviewed"
                ))
                .help(help));
            }
            let findings = gather::lint::check(&workspace, &project, reviewed.as_deref());
            let list: Vec<Value> = migrations
                .iter()
                .map(|it| json!({"tag": it.tag, "when": it.when, "file": it.path}))
                .collect();
            extra.insert("migrations".to_owned(), Value::Array(list));
            (findings, plural(migrations.len(), "migration"))
        }
    };
    if let Some(alembic) = gather::alembic::find(&workspace) {
        let journal = gather::migrations::find(&workspace).ok();
        let journal = journal.as_ref().map(|project| &project.journal);
        let (obstacle, twice) = migration::alembic::obstacle(&alembic, journal);
        let mut own = alembic.findings();
        own.extend(obstacle.map(|obstacle| obstacle.finding()));
        own.extend(twice);
        findings.extend(crate::workspace::apply_levels(
            own,
            &workspace.options.rules,
        ));
    }
    let report = Report::new(findings);
    let rules: Vec<&'static Rule> = migration::RULES
        .iter()
        .chain(migration::lint::RULES)
        .chain(migration::alembic::RULES)
        .copied()
        .collect();
    let run = Run {
        command: "migrate check",
        environment: None,
        elapsed: Some(began.elapsed()),
        checked,
        rules: &rules,
        fail_on: request.deny.unwrap_or(Severity::Error),
        checks: &[],
    };
    context.report(&report, &run, extra);
    Ok(report.verdict(run.fail_on))
}
