//! Whether every migration is applied to the database that they go to.

use std::time::Duration;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::migrations::{self, Missing, Silent, Standing};
use crate::text::plural;

use super::postgres::is_here;
use super::python_packages::few;

/// Migrations wait.
pub(super) static PENDING: Rule = Rule {
    code: "migration/pending",
    severity: Severity::Warning,
    summary: "migrations of this checkout are not applied to its database",
    text: "\
The code expects tables and columns that the database does not have yet; what touches them fails with
`relation does not exist`.

Way out: `pixcrawler migrate` applies what is pending, each in a transaction; `pixcrawler migrate
status` shows the state of each.",
};

pub(super) static RULES: &[&Rule] = &[&PENDING];

/// How long the database may take.
const LIMIT: Duration = Duration::from_secs(8);

pub(super) fn ask(facts: &Facts) -> Answer {
    let workspace = facts.workspace();
    let project = match migrations::find(workspace) {
        Ok(project) => project,
        Err(Missing::Config) => return Answer::irrelevant("no drizzle.config.ts"),
        Err(Missing::Folder(_)) => return Answer::irrelevant("no migrations yet"),
        Err(Missing::Broken(findings)) => {
            return findings
                .into_iter()
                .fold(Answer::default(), Answer::problem);
        }
    };
    let target = match migrations::target(workspace, facts.tiers(), &project, None) {
        Ok(target) => target,
        Err(failure) => return Answer::skipped(failure.message),
    };
    if facts.questions.offline && !is_here(&target.endpoint) {
        return Answer::skipped("offline");
    }
    match wait(migrations::status(&target, &project, None, LIMIT)) {
        Some(Ok(standing)) => {
            let tags: Vec<&str> = project
                .journal
                .migrations
                .iter()
                .map(|migration| migration.tag.as_str())
                .collect();
            let more = standing
                .history
                .findings(&project.config, &project.journal, &standing.book);
            let answer = judge(&tags, &standing, &target.shown(), facts.of_deployment());
            more.into_iter().fold(answer, Answer::problem)
        }
        Some(Err(Silent::NoConnection(_))) => {
            Answer::skipped("the database does not let us in; postgres says why")
        }
        Some(Err(Silent::Refused(_))) | None => {
            Answer::skipped("the database does not let us look: pixcrawler migrate status")
        }
    }
}

fn judge(tags: &[&str], standing: &Standing, at: &str, deployment: bool) -> Answer {
    let due: Vec<String> = standing
        .history
        .due()
        .filter_map(|at| tags.get(at).map(|tag| (*tag).to_owned()))
        .collect();
    let answer = Answer::found(format!(
        "{} of {} applied to {at}",
        standing.history.applied(),
        tags.len()
    ));
    if due.is_empty() {
        return answer;
    }
    let message = format!(
        "{} not applied: {}",
        plural(due.len(), "migration"),
        few(&due)
    );
    let finding = Finding::new(&PENDING, message).subject("migrations");
    if deployment {
        // Nobody migrates production by a check.
        answer.problem(finding.help("pixcrawler migrate --env production --yes"))
    } else {
        answer.mended_by(finding, Cure::new("pixcrawler migrate"))
    }
}
