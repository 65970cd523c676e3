//! A whole schema into an empty database: in one transaction, and only if it gives what the migrations give.

use std::time::Duration;

use crate::code::sql::{self, Control, Kind, Statement};
use crate::diagnostic::{Finding, Label};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gather::migrations::Project;
use crate::gather::{bookkeeping, contents};
use crate::migration::likeness::{self, Difference, Thing};
use crate::migration::{Target, rules};
use crate::system::database::session::{Session, SqlError};
use crate::text::{Source, Span, plural};

use super::{Stop, lock, refused, script, table, unreachable};

/// How long one attempt to connect may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Compares, and fills the database if both ways lead to the same. Whatever ends the process, the database is
/// either as it was or complete: there is one transaction, and the server rolls it back.
///
/// # Errors
/// Why nothing was done.
pub async fn fresh(
    target: &Target,
    project: &Project,
    schema: &Source,
    patience: Duration,
) -> Result<usize, Stop> {
    let connected = Session::connect(target, patience.max(ATTEMPT)).await;
    let mut session =
        connected.map_err(|error| Stop::Failure(unreachable(target, &error, patience)))?;
    let result = Fresh {
        session: &mut session,
        target,
        project,
    }
    .run(schema)
    .await;
    if result.is_err() {
        let _ = session.query("ROLLBACK").await;
    }
    session.close().await;
    result
}

/// Scripts that run in a transaction which is rolled back unless all is well.
pub(super) struct Fresh<'a> {
    pub(super) session: &'a mut Session,
    pub(super) target: &'a Target,
    pub(super) project: &'a Project,
}

impl Fresh<'_> {
    async fn run(&mut self, schema: &Source) -> Result<usize, Stop> {
        self.begin().await?;
        self.must_be_empty().await?;
        self.migrations(usize::MAX).await?;
        let migrated = self.contents().await?;
        self.query("ROLLBACK").await?;
        self.begin().await?;
        let text = without_meta_commands(schema.text());
        self.apply(schema, sql::read_whole(&text)).await?;
        let whole = self.contents().await?;
        let differences = likeness::compare(&whole, &migrated);
        if !differences.is_empty() {
            return Err(Stop::Refused(findings(schema, &differences)));
        }
        self.record().await?;
        self.query("COMMIT").await?;
        Ok(whole.iter().filter(|thing| thing.kind == "table").count())
    }

    /// What the migrations up to and with `last` make here; nothing of it stays.
    pub(super) async fn replay(&mut self, last: usize) -> Result<Vec<Thing>, Stop> {
        self.query("BEGIN").await?;
        self.migrations(last).await?;
        let made = self.contents().await?;
        self.query("ROLLBACK").await?;
        Ok(made)
    }

    async fn migrations(&mut self, last: usize) -> Result<(), Stop> {
        let migrations = &self.project.journal.migrations;
        for migration in migrations.iter().take(last.saturating_add(1)) {
            match &migration.script {
                Some(script) => {
                    let facts = sql::read(script.source.text());
                    self.apply(&script.source, facts).await?;
                }
                None => {
                    return Err(Stop::Failure(
                        Failure::new(Exit::Findings, format!("{} is missing", migration.path))
                            .help("pixcrawler migrate check"),
                    ));
                }
            }
        }
        Ok(())
    }

    async fn begin(&mut self) -> Result<(), Stop> {
        self.query("BEGIN").await?;
        let key = lock::key(&self.project.config);
        let rows = self
            .query(&format!(
                "SELECT pg_catalog.pg_try_advisory_xact_lock({key})::text"
            ))
            .await?;
        if rows
            .first()
            .and_then(|row| row.first())
            .is_some_and(|it| it.as_deref() == Some("true"))
        {
            return Ok(());
        }
        Err(Stop::Failure(
            Failure::new(
                Exit::Busy,
                "another runner holds the lock of the migrations",
            )
            .help("wait for it, or see who it is: pixcrawler migrate lock"),
        ))
    }

    async fn must_be_empty(&mut self) -> Result<(), Stop> {
        let book = bookkeeping::read(self.session, &self.project.config).await;
        let book = book.map_err(|error| self.refused(&error))?;
        // Extensions come with the database: Supabase has a dozen before anybody made a table.
        let mut there = self.contents().await?;
        there.retain(|thing| thing.kind != "extension");
        let what = if !book.rows.is_empty() {
            format!("{} on record", plural(book.rows.len(), "migration"))
        } else if let Some(first) = there.first() {
            let named: Vec<String> = there
                .iter()
                .filter(|thing| thing.kind == first.kind)
                .take(3)
                .map(Thing::shown)
                .collect();
            format!("{} among others", named.join(", "))
        } else {
            // The check emptied the search path of the transaction, which is to run migrations now.
            self.query("ROLLBACK").await?;
            return self.begin().await;
        };
        Err(Stop::Failure(
            Failure::new(
                Exit::Findings,
                format!("{} is not empty: {what}", self.target.shown()),
            )
            .help("make a new database for it; a database that has its tables already: pixcrawler migrate adopt"),
        ))
    }

    /// Runs a script statement by statement. In a database that nobody else sees, nothing needs CONCURRENTLY.
    async fn apply(&mut self, source: &Source, script: sql::Script) -> Result<(), Stop> {
        for statement in &script.statements {
            let Some(text) = runnable(source.text(), statement) else {
                continue;
            };
            if let Err(error) = self.session.query(&text).await {
                return Err(Stop::Failed(Box::new(failed(source, statement, &error))));
            }
        }
        Ok(())
    }

    async fn contents(&mut self) -> Result<Vec<Thing>, Stop> {
        let read = contents::read(self.session, &self.project.config).await;
        read.map_err(|error| self.refused(&error))
    }

    async fn record(&mut self) -> Result<(), Stop> {
        let (config, journal) = (&self.project.config, &self.project.journal);
        let book = bookkeeping::read(self.session, config).await;
        let book = book.map_err(|error| self.refused(&error))?;
        let made = table::ensure(self.session, config, journal, &book).await;
        made.map_err(|error| self.refused(&error))?;
        let book = bookkeeping::read(self.session, config).await;
        let book = book.map_err(|error| self.refused(&error))?;
        for migration in &journal.migrations {
            self.query(&script::record(config, book.shape, migration))
                .await?;
        }
        Ok(())
    }

    async fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Stop> {
        let rows = self.session.query(sql).await;
        rows.map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &SqlError) -> Stop {
        Stop::Failure(refused(self.target, &self.project.config, error))
    }
}

/// What of a statement runs inside our transaction; none for what only opens or ends one of its own.
fn runnable(text: &str, statement: &Statement) -> Option<String> {
    let text = text.get(statement.span.start..statement.span.end)?;
    match statement.kind {
        Kind::Transaction(Control::Begin | Control::Commit) => None,
        Kind::CreateIndex {
            concurrently: true, ..
        }
        | Kind::DropIndex {
            concurrently: true, ..
        } => {
            let at = text.to_ascii_lowercase().find("concurrently")?;
            let after = text.get(at + "concurrently".len()..)?;
            Some(format!("{}{after}", text.get(..at)?))
        }
        _ if statement.outside_transaction.is_some() => None,
        _ => Some(text.to_owned()),
    }
}

/// psql's own commands, which `pg_dump` writes on lines of their own, replaced by spaces.
fn without_meta_commands(text: &str) -> String {
    const META: &[&str] = &[
        "\\restrict ",
        "\\unrestrict ",
        "\\connect ",
        "\\set ",
        "\\encoding ",
    ];
    let line = |line: &str| {
        if META.iter().any(|meta| line.starts_with(meta)) {
            " ".repeat(line.trim_end_matches('\n').len()) + "\n"
        } else {
            line.to_owned()
        }
    };
    text.split_inclusive('\n').map(line).collect()
}

fn failed(source: &Source, statement: &Statement, error: &SqlError) -> Finding {
    let mut finding = Finding::new(
        &rules::FAILED,
        format!("{} fails: {}", statement.title(), error.in_words()),
    )
    .at(Label::new(source, statement.span, "this statement"));
    for note in [&error.detail, &error.hint].into_iter().flatten() {
        finding = finding.note(note);
    }
    let help = match error.code.as_str() {
        "3F000" if error.message.contains("auth") => {
            "use a database that has what Supabase provides: a project's own, or the one that pixcrawler dev starts"
        }
        _ => "correct the statement; nothing was changed in the database",
    };
    finding.help(help)
}

/// One finding for each table or other thing, with its differences as notes.
fn findings(schema: &Source, differences: &[Difference]) -> Vec<Finding> {
    let mut owners: Vec<&str> = differences.iter().map(Difference::owner).collect();
    owners.sort_unstable();
    owners.dedup();
    owners
        .into_iter()
        .map(|owner| {
            let own: Vec<&Difference> = differences
                .iter()
                .filter(|it| it.owner() == owner)
                .collect();
            finding(schema, owner, &own)
        })
        .collect()
}

fn finding(schema: &Source, owner: &str, differences: &[&Difference]) -> Finding {
    let path = schema.path();
    let name = owner.strip_prefix("public.").unwrap_or(owner);
    let message = match differences {
        [Difference::OnlyLeft(thing)] => {
            format!("{}: only in the file, no migration makes it", thing.shown())
        }
        [Difference::OnlyRight(thing)] => format!(
            "{}: the migrations make it, the file does not",
            thing.shown()
        ),
        several => format!(
            "`{name}` is not the same: {} between {path} and the migrations",
            plural(several.len(), "difference")
        ),
    };
    let mut finding = Finding::new(&rules::FRESH_DIFFERS, message).subject(name).help(
        "bring the file and the migrations together; pixcrawler migrate fills the database from the migrations",
    );
    for difference in differences {
        finding = finding.note(difference.in_words("the file", "the migrations"));
    }
    match place(schema, owner) {
        Some(label) => finding.at(label),
        None => finding.in_file(path),
    }
}

/// Where the file makes the table.
fn place(schema: &Source, owner: &str) -> Option<Label> {
    let script = sql::read_whole(schema.text());
    let statement = script.statements.iter().find(|statement| {
        matches!(&statement.kind, Kind::CreateTable { table, .. }
            if format!("{}.{}", table.schema(), table.name) == owner)
    })?;
    let line = schema
        .text()
        .get(statement.span.start..statement.span.end)?
        .lines()
        .next()?;
    let end = statement.span.start + line.len();
    Some(Label::new(
        schema,
        Span::new(statement.span.start, end),
        "made here",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_a_transaction_of_its_own_is_left_out() {
        let text = "BEGIN; CREATE INDEX CONCURRENTLY i ON t (a); VACUUM t; SELECT 1; COMMIT;";
        let script = sql::read_whole(text);
        let found: Vec<String> = script
            .statements
            .iter()
            .filter_map(|statement| runnable(text, statement))
            .collect();
        assert_eq!(found, ["CREATE INDEX  i ON t (a)", "SELECT 1"]);
        assert_eq!(
            without_meta_commands("\\restrict ü\nSELECT '\n\\x';\n"),
            "            \nSELECT '\n\\x';\n"
        );
    }
}
