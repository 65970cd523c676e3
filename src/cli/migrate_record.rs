//! The commands of `pixcrawler migrate` that change or guard what is on record.

use clap::Subcommand;

use crate::commands::Context;
use crate::commands::migrate::{adopt, harden, holder, repair};
use crate::exit::Exit;
use crate::failure::Failure;

use super::database::DatabaseArgs;

#[derive(Debug, Subcommand)]
pub(super) enum RecordCommand {
    /// Put migrations on record without running them, for a database that has the tables already
    Adopt {
        #[command(flatten)]
        database: DatabaseArgs,
        /// The last migration that the database has
        #[arg(long, value_name = "TAG")]
        to: Option<String>,
        /// Refuse unless the database is what they make: run them into an empty database beside it, and compare
        #[arg(long)]
        verify: bool,
        /// Go ahead on production
        #[arg(short, long)]
        yes: bool,
    },
    /// Mend the record: missing times and names; what is asked for by name
    Repair {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Record the file as it is now for this migration, which was changed after it was applied
        #[arg(long, value_name = "TAG")]
        accept: Vec<String>,
        /// Put this migration on record without running it
        #[arg(long, value_name = "TAG")]
        mark: Vec<String>,
        /// Delete this row, whose migration is gone for good
        #[arg(long, value_name = "ROW")]
        forget: Vec<i64>,
        /// Show what would change; change nothing
        #[arg(long)]
        dry_run: bool,
        /// Go ahead on production
        #[arg(short, long)]
        yes: bool,
    },
    /// Make two runners of drizzle-kit safe too: one row for each time, by a unique index
    Harden {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Go ahead on production
        #[arg(short, long)]
        yes: bool,
    },
    /// Who holds the lock of the migrations
    Lock {
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

impl RecordCommand {
    pub(super) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Adopt {
                database,
                to,
                verify,
                yes,
            } => adopt::run(
                context,
                &adopt::Request {
                    database: database.request(),
                    to,
                    verify,
                    yes,
                },
            ),
            Self::Repair {
                database,
                accept,
                mark,
                forget,
                dry_run,
                yes,
            } => repair::run(
                context,
                &repair::Request {
                    database: database.request(),
                    accept,
                    mark,
                    forget,
                    dry_run,
                    yes,
                },
            ),
            Self::Harden { database, yes } => harden::run(context, &database.request(), yes),
            Self::Lock { database } => holder::run(context, &database.request()),
        }
    }
}
