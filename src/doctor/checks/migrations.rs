//! Whether every migration is applied to the database that they go to.

use std::time::Duration;

use tokio::time::timeout;

use crate::diagnostic::{Finding, Rule, Severity};
use crate::doctor::facts::wait;
use crate::doctor::{Answer, Cure, Facts};
use crate::gather::bookkeeping;
use crate::gather::migrations::{self, Missing, Project, Silent, Standing};
use crate::migration::journal::Migration;
use crate::migration::target::Target;
use crate::system::database::DatabaseState;
use crate::system::database::session::{Session, literal};
use crate::text::{plural, remedy};
use crate::workspace::Environment;

use super::place;
use super::postgres::{Database, databases};
use super::python_packages::few;
use super::servers::{Server, is_here, mended};

/// Migrations wait.
pub(super) static PENDING: Rule = Rule {
    code: "migration/pending",
    severity: Severity::Warning,
    summary: "migrations of this checkout are not applied to its database",
    text: "\
The code expects tables and columns that the database does not have yet; what touches them fails with
`relation does not exist`.

Migrations that refer to `auth.users` are for a database of Supabase's, or for one that `pixcrawler dev`
makes; where there is no schema `auth` they fail, and nothing is applied by `--fix`.

Way out: `pixcrawler migrate` applies what is pending, each in a transaction; `pixcrawler migrate
status` shows the state of each.",
};

/// Nobody can read what is applied.
pub(super) static LOCKED: Rule = Rule {
    code: "migration/locked",
    severity: Severity::Warning,
    summary: "the database does not tell in time which migrations are applied",
    text: "\
The database lets us in, and the question for its record of migrations gets no answer: somebody holds a
lock on that table, as `ALTER TABLE`, `LOCK TABLE` and `VACUUM FULL` do until their transaction ends. A
session that was left open in a transaction does so for ever. `pixcrawler migrate` would wait there, too.

Way out: the query that is printed shows who holds it; let that end, or end it with
`pg_terminate_backend`.",
};

pub(super) static RULES: &[&Rule] = &[&PENDING, &LOCKED];

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
    let known = known(facts, &target);
    if let Some(state) = known.and_then(|database| database.state.as_ref().err()) {
        return Answer::skipped(format!("{}; postgres says why", closed(state)));
    }
    let open = known
        .filter(|_| target.root_cert.is_none() && target.client_cert.is_none())
        .and_then(Database::connection);
    let asked = async {
        let session = match open {
            Some(open) => Session::over(open, &target),
            None => match Session::connect(&target, LIMIT).await {
                Ok(session) => session,
                Err(why) => return Ok(Err(Silent::NoConnection(why))),
            },
        };
        timeout(LIMIT, migrations::status_over(session, &project, None)).await
    };
    match wait(asked) {
        Some(Err(_)) => locked(&target, &project),
        Some(Ok(Ok(standing))) => {
            let tags: Vec<&str> = project
                .journal
                .migrations
                .iter()
                .map(|migration| migration.tag.as_str())
                .collect();
            let more = standing
                .history
                .findings(&project.config, &project.journal, &standing.book);
            let variables = &facts.questions.variables;
            let more = migrations::with_ways_back(more, workspace, variables, &project, &standing);
            let at = target.shown();
            let standby = known.filter(|it| it.state.as_ref().is_ok_and(|known| known.standby));
            let answer = match standby {
                Some(standby) => {
                    let judged = judge(&tags, &standing, &at, true);
                    elsewhere(judged, &standby.server, facts.questions.environment)
                }
                None => match without_auth(&project, &standing) {
                    Some(tag) => {
                        let judged = judge(&tags, &standing, &at, true);
                        not_there(judged, tag, &project.tier, &target, facts)
                    }
                    None => judge(&tags, &standing, &at, facts.of_deployment()),
                },
            };
            more.into_iter().fold(answer, Answer::problem)
        }
        // Postgres has nothing to say of this login.
        Some(Ok(Err(Silent::NoConnection(why)))) => Answer::skipped(format!(
            "{}: pixcrawler migrate status says why",
            closed(&why.state)
        )),
        Some(Ok(Err(Silent::Refused(_)))) | None => {
            Answer::skipped("the database does not let us look: pixcrawler migrate status")
        }
    }
}

/// That there is no connection, in words: only who answers can refuse a login.
fn closed(state: &DatabaseState) -> &'static str {
    match state {
        DatabaseState::Refused => "the database's address refuses connections",
        DatabaseState::AuthFailed
        | DatabaseState::NoSuchRole
        | DatabaseState::NoSuchDatabase
        | DatabaseState::Rejected(_) => "the database does not let us in",
        _ => "there is no connection to the database",
    }
}

/// What the postgres check knows of this database: it is not asked twice whether it lets us in.
fn known<'a>(facts: &'a Facts, target: &Target) -> Option<&'a Database> {
    let wanted = &target.endpoint;
    databases(facts).iter().find(|database| {
        let endpoint = &database.server.endpoint;
        endpoint.address() == wanted.address()
            && endpoint.user == wanted.user
            && endpoint.password == wanted.password
            && endpoint.database == wanted.database
            && endpoint.tls == wanted.tls
    })
}

/// There is a connection, and no answer comes: whoever reads a table waits for nothing but its lock.
fn locked(target: &Target, project: &Project) -> Answer {
    let endpoint = &target.endpoint;
    let message = format!(
        "{} does not tell within {} s which migrations are applied: somebody holds a lock on {}, it seems",
        target.shown(),
        LIMIT.as_secs(),
        project.config.shown_table()
    );
    let table = literal(&bookkeeping::table(&project.config));
    let sql = format!(
        "SELECT pid, usename, application_name, state, query FROM pg_stat_activity JOIN pg_locks USING (pid) \
         WHERE relation = {table}::regclass AND granted"
    );
    let finding = Finding::new(&LOCKED, message)
        .subject("migrations")
        .note("who that is; SELECT pg_terminate_backend(PID) ends it, where it will not end by itself:")
        .help(format!(
            "psql -h {} -p {} -U {} -d {} -c {}",
            remedy::quoted(&endpoint.host),
            endpoint.port,
            remedy::quoted(endpoint.user.as_deref().unwrap_or("postgres")),
            remedy::quoted(target.database()),
            remedy::quoted(&sql)
        ));
    Answer::default().problem(finding)
}

/// The first migration that is due and fails: it needs the schema in which Supabase keeps its users, and there is
/// none.
fn without_auth<'a>(project: &'a Project, standing: &Standing) -> Option<&'a str> {
    let migrations = &project.journal.migrations;
    let text = |migration: &'a Migration| migration.script.as_ref().map(|it| it.source.text());
    if standing.beside.has_auth || migrations.iter().filter_map(text).any(makes_auth) {
        return None;
    }
    let due = standing.history.due().filter_map(|at| migrations.get(at));
    let mut due = due.filter(|migration| text(migration).is_some_and(needs_auth));
    due.next().map(|migration| migration.tag.as_str())
}

fn needs_auth(text: &str) -> bool {
    ["\"auth\".\"users\"", " auth.users"]
        .iter()
        .any(|table| text.contains(table))
}

fn makes_auth(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.split("create schema ").skip(1).any(|name| {
        let name = name.trim_start_matches("if not exists ");
        name.starts_with("auth") || name.starts_with("\"auth\"")
    })
}

/// A database without Supabase's schema: nothing is applied there before it has that.
fn not_there(mut judged: Answer, tag: &str, tier: &str, target: &Target, facts: &Facts) -> Answer {
    let endpoint = &target.endpoint;
    let ask = format!("{}=-", endpoint.variable);
    let environment = facts.questions.environment;
    let place = place::changed(facts, tier, &endpoint.origin);
    let cure = place::at(tier, &place, environment, &[&ask]);
    let findings = std::mem::take(&mut judged.findings);
    findings.into_iter().fold(judged, |answer, mut finding| {
        finding.help = None;
        if cure.is_none() {
            finding.subject = Some(endpoint.variable.clone());
        }
        let finding = finding.note(format!(
            "{tag} needs the table auth.users, and {} has no schema auth: Supabase's databases have it, and those that pixcrawler dev makes; to name such a one:",
            target.shown()
        ));
        let words = format!("correct {} ({})", endpoint.variable, endpoint.origin);
        mended(answer, finding, cure.clone(), words)
    })
}

/// A standby takes no writes: what is not applied there is applied to the server that it follows.
fn elsewhere(mut judged: Answer, server: &Server, environment: Environment) -> Answer {
    let findings = std::mem::take(&mut judged.findings);
    findings.into_iter().fold(judged, |answer, mut finding| {
        finding.help = None;
        let finding = finding.note(
            "it is a standby, which takes no writes: they are applied to its primary, and come from there; to name that one:",
        );
        let cure = server.change(environment, "host", "-");
        let words = format!("name the primary in {}", server.place());
        mended(answer, finding, cure, words)
    })
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
        answer.problem(finding.help("pixcrawler migrate --yes"))
    } else {
        answer.mended_by(finding, Cure::new("pixcrawler migrate"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_answers_refuses_a_login() {
        let login = "the database does not let us in";
        for state in [DatabaseState::AuthFailed, DatabaseState::NoSuchDatabase] {
            assert_eq!(closed(&state), login);
        }
        let nobody = closed(&DatabaseState::Refused);
        assert_eq!(nobody, "the database's address refuses connections");
        let none = closed(&DatabaseState::TimedOut);
        assert_eq!(none, "there is no connection to the database");
    }

    #[test]
    fn what_needs_supabase_is_known_by_its_table() {
        for (text, needs) in [
            ("REFERENCES \"auth\".\"users\"(\"id\")", true),
            ("SELECT id FROM auth.users;", true),
            ("REFERENCES \"users\"(\"id\")", false),
            ("SELECT id FROM oauth.users;", false),
        ] {
            assert_eq!(needs_auth(text), needs, "{text}");
        }
        assert!(makes_auth("CREATE SCHEMA IF NOT EXISTS \"auth\";"));
        assert!(makes_auth("create schema auth;"));
        assert!(!makes_auth("CREATE SCHEMA \"other\";"));
    }
}
