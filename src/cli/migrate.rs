//! `pixcrawler migrate …`.

use clap::{Args, Subcommand};

use crate::commands::{self, Context};
use crate::diagnostic::Severity;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::workspace::Seconds;

use super::database::DatabaseArgs;
use super::migrate_record::RecordCommand;
use super::value::number;

const EXIT_CODES: &str = "\
Exit codes: 0 all applied · 1 refused, or a migration failed and was rolled back · 2 bad usage, no
database named, production without --yes · 3 the database cannot be reached; or it is ahead of this
checkout, under --strict and in CI · 4 another runner holds the lock · 5 status --check: something is
pending · interrupted: rolled back, then 130 (Ctrl+C) or 143

In CI:
  pixcrawler migrate --wait 60s --format github         before the tests
  pixcrawler migrate status --check --env production    5: this commit has migrations to deploy
  pixcrawler migrate --env production --yes             the deployment; after 3 and 4 try again, after 1 look";

/// Apply Drizzle's migrations safely; see what was applied.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXIT_CODES)]
pub(super) struct MigrateArgs {
    #[command(subcommand)]
    command: Option<MigrateCommand>,
    #[command(flatten)]
    up: UpArgs,
}

#[derive(Debug, Subcommand)]
enum MigrateCommand {
    /// Apply what is pending; what `migrate` alone does
    #[command(after_help = EXIT_CODES)]
    Up(Box<UpArgs>),
    #[command(flatten)]
    Record(RecordCommand),
    /// What was applied, and what is pending, late, edited or unknown
    #[command(after_help = STATUS)]
    Status {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Fail with exit code 5 if something is pending
        #[arg(long)]
        check: bool,
    },
    /// Check the files and their SQL without a database
    #[command(after_help = CHECK)]
    Check {
        /// Be silent about the dangers of this migration and those before it; pixcrawler.toml says it otherwise
        #[arg(long, value_name = "TAG")]
        reviewed: Option<String>,
        /// Fail on findings of this severity too: warnings or info
        #[arg(long, value_name = "SEVERITY")]
        deny: Option<Severity>,
    },
    /// Fill an empty database from one file, if that gives what the migrations give
    #[command(after_help = FRESH)]
    Fresh {
        /// The SQL; `production_schema.sql` beside the migrations or at the root otherwise
        file: Option<camino::Utf8PathBuf>,
        #[command(flatten)]
        database: DatabaseArgs,
        /// Go ahead on production
        #[arg(short, long)]
        yes: bool,
    },
    /// Write an empty migration, as drizzle-kit generate --custom does
    New {
        /// Its name, e.g. `row_level_security`
        name: String,
        /// Let the project's drizzle-kit write what schema.ts changed
        #[arg(long)]
        from_schema: bool,
    },
}

const STATUS: &str = "\
Drizzle's history, alembic's beside it, and what else has a record in the database. What is wrong in
alembic's files is a warning here, since it stops no migration of Drizzle's; `migrate check` fails on it.

Exit codes: 0 nothing is wrong · 1 edited, deleted, late, or rows without a time · 2 bad usage, no database
named · 3 the database cannot be reached · 5 under --check: something is pending";

const FRESH: &str = "\
The migrations and the file are each run into the empty database in a transaction, and what the server
then has is compared. If it is the same, the file's transaction is committed with a row for each migration,
so that the next `migrate` and drizzle-kit have nothing to do; else everything is rolled back.

Exit codes: 0 filled · 1 not empty, a statement fails, or the two differ · 2 bad usage · 3 the database
cannot be reached · 4 another runner holds the lock";

const CHECK: &str = "\
The journal against its files, statements that cannot work, dangerous ones, tables without row level
security, tables of schema.ts that no migration creates, alembic's heads. A finding is silenced in the
file (-- pixcrawler: ignore[migrate/rule] reason) or under [rules] in pixcrawler.toml.

Exit codes: 0 nothing to say, or only below the threshold · 1 findings · 2 bad usage or configuration";

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that can be typed"
)]
struct UpArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Stop after this migration
    #[arg(long, value_name = "TAG")]
    to: Option<String>,
    /// Print the exact SQL and the locks it takes; touch nothing
    #[arg(long)]
    dry_run: bool,
    /// All in one transaction, as drizzle-kit does it
    #[arg(long)]
    single_transaction: bool,
    /// Apply migrations that are older than what was applied
    #[arg(long)]
    allow_late: bool,
    /// Go ahead on production
    #[arg(short, long)]
    yes: bool,
    /// Refuse a database that is ahead of this checkout; so does CI
    #[arg(long)]
    strict: bool,
    /// How long a statement may wait for a lock of the server
    #[arg(long, value_name = "TIME", default_value = "5s")]
    lock_timeout: Seconds,
    /// How often a migration is tried again that did not get a lock in time
    #[arg(long, value_name = "TIMES", default_value_t = 5, value_parser = times)]
    lock_retries: u32,
    /// How long a statement may run; 0 is for ever
    #[arg(long, value_name = "TIME", default_value = "0")]
    statement_timeout: Seconds,
    /// How long to wait for another runner
    #[arg(long, value_name = "TIME", default_value = "60s")]
    lock_wait: Seconds,
}

fn times(text: &str) -> Result<u32, String> {
    number(text, &(0..=u32::MAX))
}

impl UpArgs {
    fn request(self) -> commands::migrate::up::Request {
        commands::migrate::up::Request {
            database: self.database.request(),
            to: self.to,
            dry_run: self.dry_run,
            single_transaction: self.single_transaction,
            allow_late: self.allow_late,
            yes: self.yes,
            strict: self.strict,
            lock_timeout: self.lock_timeout.0,
            lock_retries: self.lock_retries,
            statement_timeout: self.statement_timeout.0,
            lock_wait: self.lock_wait.0,
        }
    }
}

impl MigrateArgs {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            None => commands::migrate::up::run(context, &self.up.request()),
            Some(MigrateCommand::Up(args)) => commands::migrate::up::run(context, &args.request()),
            Some(MigrateCommand::Record(command)) => command.run(context),
            Some(MigrateCommand::Status { database, check }) => commands::migrate::status::run(
                context,
                &commands::migrate::status::Request {
                    database: database.request(),
                    check,
                },
            ),
            Some(MigrateCommand::Check { reviewed, deny }) => commands::migrate::check::run(
                context,
                &commands::migrate::check::Request { reviewed, deny },
            ),
            Some(MigrateCommand::Fresh {
                file,
                database,
                yes,
            }) => commands::migrate::fresh::run(
                context,
                &commands::migrate::fresh::Request {
                    database: database.request(),
                    file,
                    yes,
                },
            ),
            Some(MigrateCommand::New { name, from_schema }) => commands::migrate::new::run(
                context,
                &commands::migrate::new::Request { name, from_schema },
            ),
        }
    }
}
